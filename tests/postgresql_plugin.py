"""Sets the surroundings for the tests before Django reads them: a data folder, a mode, and a database.

``--database=postgresql`` starts a PostgreSQL of its own in a temporary folder; where that cannot be done the run
fails, because a suite that passes on another database by silence proves nothing.
"""

from __future__ import annotations

import atexit
import glob
import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", choices=("sqlite", "postgresql"), default="sqlite", help="the database to test on")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config, parser, args):
    home = Path(tempfile.mkdtemp(prefix="meguri-tests-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    os.environ["MEGURI_HOME"] = str(home)
    os.environ["MEGURI_MODE"] = "demonstration"
    # Tests count in their own process, and begin anew with `cache.clear()`; those of counting itself ask for more.
    os.environ["MEGURI_LIMITS"] = "cache"
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    os.environ.pop("MEGURI_DEMONSTRATION", None)
    os.environ["DJANGO_SETTINGS_MODULE"] = "meguri.portal.settings"
    if wanted(args) == "postgresql":
        os.environ["MEGURI_DATABASE_URL"] = start_postgresql()
    else:
        os.environ["MEGURI_DATABASE_URL"] = f"sqlite:///{home / 'tests.sqlite3'}"
    return (yield)


def wanted(args: list[str]) -> str:
    for position, arg in enumerate(args):
        if arg.startswith("--database="):
            return arg.partition("=")[2]
        if arg == "--database" and position + 1 < len(args):
            return args[position + 1]
    return "sqlite"


def binaries_of_postgresql() -> Path:
    """Where PostgreSQL's programs lie, the newest of Debian's first."""
    folders = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda path: int(path.split("/")[4]))
    found = shutil.which("initdb")
    binaries = Path(folders[-1]) if folders else Path(found).parent if found else None
    if binaries is None:
        raise pytest.UsageError("PostgreSQL's initdb was not found. Install it: apt-get install postgresql")
    return binaries


def start_postgresql() -> str:
    """Start a throw-away cluster (fsync off: nothing here measures durability); returns its address."""
    binaries = binaries_of_postgresql()
    folder = Path(tempfile.mkdtemp(prefix="meguri-postgresql-"))
    become: list[str] = []
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
        become = ["runuser", "-u", "postgres", "--"]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data = folder / "data"

    def call(*command: str) -> None:
        done = subprocess.run([*become, *command], cwd="/", capture_output=True, text=True, check=False)
        if done.returncode:
            raise pytest.UsageError(f"PostgreSQL did not start: {' '.join(command)}\n{done.stdout}{done.stderr}")

    def stop() -> None:
        subprocess.run(
            [*become, str(binaries / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop"],
            cwd="/",
            capture_output=True,
            check=False,
        )
        shutil.rmtree(folder, ignore_errors=True)

    call(
        str(binaries / "initdb"),
        "-D",
        str(data),
        "-A",
        "trust",
        "-U",
        "meguri",
        "-E",
        "UTF8",
        "--locale=C.UTF-8",
        "--no-sync",
    )
    options = (
        f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off "
        "-c synchronous_commit=off -c full_page_writes=off -c max_connections=60 -c shared_buffers=128MB"
    )
    atexit.register(stop)
    call(str(binaries / "pg_ctl"), "-D", str(data), "-o", options, "-l", str(folder / "log"), "-w", "start")
    call(str(binaries / "createdb"), "-h", "127.0.0.1", "-p", str(port), "-U", "meguri", "meguri")
    return f"postgresql://meguri@127.0.0.1:{port}/meguri"
