"""Records of their own, each in a data folder and (on PostgreSQL) a database of its own, worked on by commands."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

import processes

TELL = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "meguri.portal.settings"
from meguri.kit.running.starting import start
start()
from meguri.journal import services
services.ensure_node()
for name in sys.argv[1:]:
    services.enrol(f"organisation:{name}")
"""


@dataclass
class Folder:
    """A record, and the surroundings in which commands find it."""

    home: Path
    mode: str = "local"
    database: str = ""
    more: dict[str, str] = field(default_factory=dict)

    @property
    def surroundings(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("MEGURI_", "DJANGO_"))}
        own = {"MEGURI_HOME": str(self.home), "MEGURI_MODE": self.mode, "MEGURI_DATABASE_URL": self.database}
        return {**kept, **own, **self.more, "LC_ALL": "C.UTF-8"}

    def call(self, *words: str, program: tuple[str, ...] = ("-m", "meguri")) -> subprocess.CompletedProcess[str]:
        return processes.run([*program, *map(str, words)], self.surroundings)

    def run(self, *words: str, status: int = 0):
        """A command that ends with that status; returns what it prints as JSON."""
        done = self.call(*words, "--json")
        assert done.returncode == status, (words, done.stdout, done.stderr)
        return json.loads(done.stdout)

    def python(self, text: str, *words: str) -> str:
        done = self.call(*words, program=("-c", text))
        assert done.returncode == 0, done.stderr
        return done.stdout

    def tell(self, *names: str) -> None:
        """An act for each name: a key of that organisation is enrolled."""
        self.python(TELL, *names)

    def ask(self, sql: str) -> list[tuple]:
        """What a question finds, past every model."""
        if self.database.startswith("postgresql"):
            import psycopg

            with psycopg.connect(self.database, autocommit=True) as database:
                found = database.execute(sql)
                return found.fetchall() if found.description else []
        import sqlite3

        with sqlite3.connect(self.home / "meguri.sqlite3") as database:
            return database.execute(sql).fetchall()


class Folders:
    """Makes records in a folder, and takes their databases away again."""

    def __init__(self, parent: Path, kind: str) -> None:
        self.parent, self.kind = parent, kind
        self.made: list[str] = []

    def __call__(self, name: str, kind: str = "", like: Folder | None = None, **more) -> Folder:
        """An empty record, or a copy of another, which nobody works on meanwhile."""
        home, database = self.parent / name, ""
        if like is None:
            home.mkdir()
        else:
            shutil.copytree(like.home, home)
            more = {"mode": like.mode, "more": dict(like.more), **more}
        if (kind or self.kind) == "postgresql":
            template = "" if like is None else f" TEMPLATE {urlsplit(like.database).path[1:]}"
            self._execute(f"CREATE DATABASE operate_{name}{template}")
            self.made.append(f"operate_{name}")
            database = urlunsplit(urlsplit(os.environ["MEGURI_DATABASE_URL"])._replace(path=f"/operate_{name}"))
        return Folder(home, database=database, **more)

    def clear(self) -> None:
        for database in self.made:
            self._execute(f"DROP DATABASE {database} WITH (FORCE)")

    @staticmethod
    def _execute(sql: str) -> None:
        import psycopg

        with psycopg.connect(os.environ["MEGURI_DATABASE_URL"], autocommit=True) as own:
            own.execute(sql)


@pytest.fixture(scope="session")
def patterns(tmp_path_factory, request):
    """Records that tests have copies of; made once."""
    made = Folders(tmp_path_factory.mktemp("patterns"), request.config.getoption("--database"))
    yield made
    made.clear()


@pytest.fixture(scope="session")
def set_up(patterns):
    """A record as ``meguri setup`` makes it."""
    record = patterns("pattern")
    record.run("setup")
    return record


@pytest.fixture
def folders(tmp_path, request):
    """Makes empty records; called with a name, and with the database's kind where it is not that of this run."""
    made = Folders(tmp_path, request.config.getoption("--database"))
    yield made
    made.clear()


def share_keys(one: Folder, other: Folder) -> None:
    """What lies beside the database, and has to be kept beside its backups."""
    for name in ("secret.key", "keyring.key", "mode"):
        (other.home / name).write_bytes((one.home / name).read_bytes())
