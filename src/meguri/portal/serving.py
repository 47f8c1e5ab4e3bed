"""Serving the portal on this machine: a free port, the sealer beside it, one server."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

from meguri.kit.problems import N_, refuse


def parse_port(text: str) -> int:
    """A port number from 1 to 65535. Raises Refused."""
    if not text.isdigit() or not 1 <= int(text) <= 65535:
        raise refuse(
            N_("“{text}” is no port. Write a number from 1 to 65535, for instance PORT=8080 ./run."),
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
                N_("Port {port} needs an administrator. Choose one above 1023: PORT=8080 ./run."),
                "/port",
                "port",
                port=port,
            ) from None
        except OSError:
            raise refuse(
                N_("Port {port} is in use. Stop what runs there, or choose another: PORT={other} ./run."),
                "/port",
                "port",
                port=port,
                other=port + 1 if port < 65535 else 8000,
            ) from None


def serve(host: str, port: int, workers: int) -> int:
    """Serve until interrupted; the sealer and the legal clock run beside the server and end with it.

    The demonstration keeps its own time, so there the clock is told by its steps.
    """
    from django.conf import settings
    from granian import Granian
    from granian.constants import Interfaces

    require_free(host, port)
    beside = [["journal", "seal", "--watch"]]
    if not settings.DEMONSTRATION:
        beside.append(["clock", "--watch"])
    helpers = [subprocess.Popen([sys.executable, "-m", "meguri", *words]) for words in beside]  # noqa: S603
    print(f"Meguri is at http://{host}:{port}  (Ctrl-C stops it)", flush=True)
    try:
        Granian(
            "meguri.portal.wsgi:application",
            address=host,
            port=port,
            interface=Interfaces.WSGI,
            workers=workers,
            blocking_threads=4,
            log_enabled=bool(os.environ.get("MEGURI_LOG")),
        ).serve()
    finally:
        for helper in helpers:
            helper.terminate()
        for helper in helpers:
            helper.wait(timeout=10)
    return 0
