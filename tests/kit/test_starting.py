"""How a process that works on the record ends: what it wrote lies in the database's one file."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys

import pytest

import processes

WRITES = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "meguri.portal.settings"
from meguri.kit.running.starting import start
start()
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("CREATE TABLE written (n INTEGER)")
    cursor.execute("INSERT INTO written VALUES (1)")
"""


def by_itself(words, env):
    return subprocess.run([sys.executable, *words], env=env, capture_output=True, check=False)


@pytest.mark.parametrize("run", [by_itself, processes.run])
def test_a_copy_of_the_one_file_has_what_a_process_wrote_that_has_ended(tmp_path, run):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MEGURI_", "DJANGO_"))}
    done = run(["-c", WRITES], {**kept, "MEGURI_HOME": str(tmp_path), "MEGURI_MODE": "local"})
    assert done.returncode == 0, done.stderr
    shutil.copy(tmp_path / "meguri.sqlite3", tmp_path / "copy")
    with sqlite3.connect(tmp_path / "copy") as copy:
        assert copy.execute("SELECT n FROM written").fetchall() == [(1,)]
