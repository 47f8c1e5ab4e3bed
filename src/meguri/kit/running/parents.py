"""A process that was started beside a server ends with it, however the server ended."""

from __future__ import annotations

import argparse
import os
import threading
import time

OPTION = "--with-parent"
SERVER = "MEGURI_SERVER"
"""In the surroundings of a server's workers: the process that started them."""


def add(parser: argparse.ArgumentParser) -> None:
    """Let a command be told by whom it was started."""
    parser.add_argument(OPTION, type=int, metavar="PID", help=argparse.SUPPRESS)


def follow(arguments: argparse.Namespace) -> None:
    """End this process within a second or so of the process that started it."""
    if arguments.with_parent is not None:
        end_with(arguments.with_parent)


def end_with(parent: int) -> None:
    """End this process within a second or so of that one, which started it."""
    threading.Thread(target=_wait, args=(parent,), daemon=True).start()


def _wait(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(0)
