"""Records of their own, each in a data folder and (on PostgreSQL) a database of its own, worked on by commands."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

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
        return subprocess.run(
            [sys.executable, *program, *map(str, words)],
            env=self.surroundings,
            capture_output=True,
            text=True,
            check=False,
        )

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


@pytest.fixture
def folders(tmp_path, request):
    """Makes empty records; called with a name, and with the database's kind where it is not that of this run."""
    wanted = request.config.getoption("--database")
    made: list[tuple[str, str]] = []

    def make(name: str, kind: str = wanted, **more) -> Folder:
        home = tmp_path / name
        home.mkdir()
        database = ""
        if kind == "postgresql":
            import psycopg

            server = os.environ["MEGURI_DATABASE_URL"]
            with psycopg.connect(server, autocommit=True) as own:
                own.execute(f"CREATE DATABASE operate_{name}")
            made.append((server, f"operate_{name}"))
            database = urlunsplit(urlsplit(server)._replace(path=f"/operate_{name}"))
        return Folder(home, database=database, **more)

    yield make
    for server, database in made:
        import psycopg

        with psycopg.connect(server, autocommit=True) as own:
            own.execute(f"DROP DATABASE {database} WITH (FORCE)")


def share_keys(one: Folder, other: Folder) -> None:
    """What lies beside the database, and has to be kept beside its backups."""
    for name in ("secret.key", "keyring.key", "mode"):
        (other.home / name).write_bytes((one.home / name).read_bytes())
