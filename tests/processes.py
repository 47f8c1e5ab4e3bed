"""Commands in processes of their own, quickly: forked from one that has loaded what commands load.

Of a command that takes a second and a half, more than a second goes into loading modules. `run` lets a process do what
``python -m …`` or ``python -c …`` would do, with the same arguments, surroundings, output and exit status, but whose
modules are there already. What needs settings is loaded by the command itself, from its own. An empty SQLite is
migrated once and copied from then on.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import gc
import importlib
import json
import os
import pkgutil
import runpy
import selectors
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import IO, Any, NoReturn

FOREIGN = (
    "django.core.handlers.wsgi", "django.core.management", "django.db.migrations.executor", "django.db.models",
    "django.db.backends.sqlite3.client", "django.db.models.sql.compiler", "django.template.loader", "psycopg_pool",
    "pydantic", "requests",
)  # fmt: skip
NOT_LOADED = {
    "__main__",
    "apps",
    "arisings",
    "network",
    "demonstration",
    "measure",
    "migrations",
    "models",
    "settings",
    "web",
    "wsgi",
    "rsgi",
}
"""Parts of the names of modules that need settings, begin something when they are loaded, or are asked by few."""


def load() -> None:
    """Load what commands load, as far as it needs no settings."""
    import meguri

    house = (one.name for one in pkgutil.walk_packages(meguri.__path__, "meguri.", lambda name: None))
    for name in (*FOREIGN, *house):
        if NOT_LOADED.isdisjoint(name.split(".")):
            # One that needs settings is not loaded; what it had asked for before that is.
            with contextlib.suppress(Exception):
                importlib.import_module(name)


def run(
    words: Sequence[str],
    env: Mapping[str, str] | None = None,
    *,
    cwd: str | os.PathLike[str] | None = None,
    input: str = "",
    timeout: float = 300.0,
) -> subprocess.CompletedProcess[str]:
    """What ``python`` does with these words (``-m module …`` or ``-c text …``), to its end; `env` is this one's."""
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        given.write(input.encode())
        given.seek(0)
        wanted = {
            "words": [*map(str, words)],
            "env": dict(os.environ if env is None else env),
            "cwd": os.fspath(cwd or os.getcwd()),
        }
        status = _ask(_address(), wanted, [given.fileno(), out.fileno(), err.fileno()], timeout)
        for file in (out, err):
            file.seek(0)
        return subprocess.CompletedProcess([*words], status, _text(out), _text(err))


def tool(*words: str) -> str:
    """A script that does what ``python`` does with these words and its own, for a shell that asks for a command.

    It waits for the command, but signals do not reach that: what is killed has to be a process of its own.
    """
    return f'#!/bin/sh\nexec "{sys.executable}" -SE "{__file__}" --ask "{_address()}" {" ".join(words)} "$@"\n'


def _ask(address: str, wanted: dict[str, Any], files: Sequence[int], timeout: float | None) -> int:
    """Have a process forked that works with these files; returns its exit status."""
    with socket.socket(socket.AF_UNIX) as asked:
        asked.settimeout(timeout)
        asked.connect(address)
        text = json.dumps(wanted).encode()
        socket.send_fds(asked, [f"{len(text):08d}".encode()], files)
        asked.sendall(text)
        answer = asked.makefile().readline()
        assert answer, "the process that commands are forked from has ended"
        return int(answer)


def _text(file: IO[bytes]) -> str:
    return file.read().decode(errors="replace")


@functools.cache
def _address() -> str:
    """Where the process listens that commands are forked from; it is started once, and ends with this one."""
    folder = tempfile.mkdtemp(prefix="meguri-commands-")
    address = os.path.join(folder, "asked")
    env = {name: value for name, value in os.environ.items() if not name.startswith(("MEGURI_", "DJANGO_"))}
    loader = subprocess.Popen(
        [sys.executable, __file__, address],
        env={**env, "LC_ALL": "C.UTF-8"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    atexit.register(lambda: (loader.stdin.close(), loader.wait(10), shutil.rmtree(folder, ignore_errors=True)))
    assert loader.stdout.readline() == b"ready\n"
    return address


def _serve(address: str) -> Callable[[], None]:
    """Fork a process for each call, and tell each caller how it ended; returns in each fork what it is to do."""
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(address)
    listening.listen(64)
    print("ready", flush=True)
    looking = selectors.DefaultSelector()
    looking.register(listening, selectors.EVENT_READ)
    looking.register(sys.stdin, selectors.EVENT_READ)
    while True:
        for key, _ in looking.select():
            if key.fileobj is sys.stdin:  # whoever started this has ended
                os._exit(0)
            if key.fileobj is listening:
                caller, _ = listening.accept()
                head, files, _, _ = socket.recv_fds(caller, 8, 3)
                with caller.makefile("rb") as reading:
                    wanted = json.loads(reading.read(int(head)))
                pid = os.fork()
                if not pid:
                    looking.close()
                    listening.close()
                    caller.close()
                    return functools.partial(_become, wanted, files)
                for file in files:
                    os.close(file)
                looking.register(os.pidfd_open(pid), selectors.EVENT_READ, (pid, caller))
            else:
                pid, caller = key.data
                _, status = os.waitpid(pid, 0)
                looking.unregister(key.fileobj)
                os.close(key.fd)
                with caller, contextlib.suppress(OSError):
                    caller.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())


def _copy_what_was_migrated(folder: str) -> None:
    """Let the first of these processes that migrates an empty SQLite keep it in a folder, and others begin with a copy.

    Every migration is still run by one process for each list of applications, and by the tests' own database.
    """
    from django.core.management.commands import migrate
    from django.db import connections

    inner = migrate.Command.handle

    def handle(self: Any, *words: Any, **options: Any) -> Any:
        from django.conf import settings

        connection = connections[options["database"]]
        if connection.vendor != "sqlite" or options["app_label"] or connection.introspection.table_names():
            return inner(self, *words, **options)
        kept = os.path.join(folder, f"{zlib.crc32(repr(settings.INSTALLED_APPS).encode()):08x}.sqlite3")
        name = connection.settings_dict["NAME"]
        if os.path.exists(kept):
            connection.close()
            shutil.copyfile(kept, name)
            return None
        done = inner(self, *words, **options)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [f"{kept}.{os.getpid()}"])
        os.replace(f"{kept}.{os.getpid()}", kept)
        return done

    migrate.Command.handle = handle


def _end(work: Callable[[], None]) -> NoReturn:
    """Do it and end as Python does, but leave what was loaded before as it is: taking it apart takes a third of it."""
    status: Any = 0
    try:
        work()
    except SystemExit as end:
        status = end.code
        if not isinstance(status, int | None):
            print(status, file=sys.stderr)
            status = 1
    except BaseException:
        sys.excepthook(*sys.exc_info())
        status = 1
    from meguri.kit.running.starting import leave

    threading._shutdown()
    atexit._run_exitfuncs()
    leave()
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit((status or 0) & 0xFF)


def _become(wanted: dict[str, Any], files: Sequence[int]) -> None:
    """Be the process that was asked for."""
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    os.environ.clear()
    os.environ.update(wanted["env"])
    os.chdir(wanted["cwd"])
    how, what, *rest = wanted["words"]
    sys.path[0] = wanted["cwd"] if how == "-m" else ""
    if how == "-m":
        sys.argv = [what, *rest]
        runpy.run_module(what, run_name="__main__", alter_sys=True)
    else:
        sys.argv = ["-c", *rest]
        exec(compile(what, "<string>", "exec"), {"__name__": "__main__", "__builtins__": __builtins__})


if __name__ == "__main__":
    if sys.argv[1] == "--ask":
        asking = {"words": sys.argv[3:], "env": dict(os.environ), "cwd": os.getcwd()}
        sys.exit(_ask(sys.argv[2], asking, (0, 1, 2), None) & 0xFF)
    load()
    _copy_what_was_migrated(os.path.dirname(sys.argv[1]))
    gc.freeze()
    _end(_serve(sys.argv[1]))
