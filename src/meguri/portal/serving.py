"""Serving the portal on this machine: a free port, the sealer beside it, one server."""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence

from meguri.kit.problems import N_, refuse
from meguri.kit.running import logs, parents

log = logging.getLogger(__name__)


def parse_port(text: str) -> int:
    """A port number from 1 to 65535. Raises Refused."""
    if not text.isdigit() or not 1 <= int(text) <= 65535:
        raise refuse(
            N_("“{text}” is no port. Write a number from 1 to 65535, for instance meguri serve --port 8080."),
            "/port",
            "port",
            text=text,
        )
    return int(text)


def require_free(host: str, port: int) -> None:
    """Raise Refused where something else answers at that port already, or it may not be used."""
    with socket.socket() as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind((host, port))
        except PermissionError:
            raise refuse(
                N_("Port {port} needs an administrator. Choose one above 1023: meguri serve --port 8080."),
                "/port",
                "port",
                port=port,
            ) from None
        except OSError:
            raise refuse(
                N_("Port {port} is in use. Stop what runs there, or choose another: meguri serve --port {other}."),
                "/port",
                "port",
                port=port,
                other=port + 1 if port < 65535 else 8000,
            ) from None


HEADERS_MS = 10_000
"""Milliseconds in which the headers of a request are there, and a connection is used again. Bodies: `door.gate`."""
CONNECTIONS = 4096
"""Connections that one worker holds; each of them costs no more than its socket while nothing comes."""
AGAIN = 1.0
"""Seconds after which a process that ended is started again."""
ENDING = 10.0
"""Seconds that a process has to end by itself."""


class Beside:
    """A process beside the server: started, started again when it ends, and ended with the server. One whose server is
    gone ends by itself.
    """

    COMMAND = (sys.executable, "-m", "meguri")

    def __init__(self, words: Sequence[str]) -> None:
        self.command = [*self.COMMAND, *words, parents.OPTION, str(os.getpid())]
        self.ended = threading.Event()
        self.process = self._start()
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()

    def _watch(self) -> None:
        while True:
            status = self.process.wait()
            if self.ended.wait(AGAIN):
                return
            log.warning("%s ended with %s; it is started again", " ".join(self.command), status)
            self.process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        # Spawned, not forked: a worker that is forked at the same moment would inherit the pipe on which a fork waits
        # for its program to begin, and keep it open. Files of ours are not inherited anyway.
        return subprocess.Popen(self.command, close_fds=False)  # noqa: S603

    def end(self) -> None:
        """End it, and wait for that."""
        self.ended.set()
        self.process.terminate()
        try:
            self.process.wait(ENDING)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.thread.join(ENDING)


def let_go() -> None:
    """Close every connection to the database, before workers are made by forking.

    A worker would take over what it does not hold: PostgreSQL's socket, which all would read from, or SQLite's
    locks, which are the parent's alone. Once that was killed, the next process to close the file would believe to
    be the last, and throw away the log that workers were still writing acts to.
    """
    from django.db import connections

    for connection in connections.all(initialized_only=True):
        connection.close()
        if hasattr(connection, "close_pool"):
            connection.close_pool()


def serve(host: str, port: int, workers: int) -> int:
    """Serve until interrupted; the sealer, the delivery of webhooks, mail and the legal clock run beside the server and
    end with it.

    The demonstration keeps its own time, so there the clock is told by its steps.
    """
    from django.conf import settings
    from granian import Granian
    from granian.constants import HTTPModes, Interfaces
    from granian.http import HTTP1Settings
    from granian.log import LogLevels

    from meguri.journal.keeping import rights

    require_free(host, port)
    if settings.PRODUCTION and rights.may_drop():
        log.warning(
            "the service's database role can drop the triggers that keep the journal append-only; "
            "give it a role of its own: docs/operate.md, PostgreSQL with two roles"
        )
    let_go()
    beside = [["journal", "seal", "--watch"], ["webhooks", "deliver", "--watch"], ["notices", "--watch"]]
    if not settings.DEMONSTRATION:
        beside.append(["clock", "--watch"])
    helpers = [Beside(words) for words in beside]
    os.environ[parents.SERVER] = str(os.getpid())
    if folder := getattr(settings, "EMAIL_FILE_PATH", None):
        print(f"Mail is written into {folder}", flush=True)
    print(f"Meguri is at http://{host}:{port}  (Ctrl-C stops it)", flush=True)
    try:
        Granian(
            "meguri.portal.rsgi:application",
            address=host,
            port=port,
            interface=Interfaces.RSGI,
            # Second protocols are further doors: streams within a connection, sockets without an end.
            http=HTTPModes.http1,
            websockets=False,
            http1_settings=HTTP1Settings(header_read_timeout=HEADERS_MS),
            workers=workers,
            backpressure=CONNECTIONS,
            respawn_failed_workers=True,
            # Its own access lines would hold addresses; ours are `kit.running.logs`.
            log_access=False,
            log_level=LogLevels.info if settings.LOG == "json" else LogLevels.warning,
            log_dictconfig=logs.of_server(),
        ).serve()
    finally:
        for helper in helpers:
            helper.end()
    return 0
