"""In which language a command speaks: as asked, else as the terminal does; what is for machines is in English."""

from __future__ import annotations

import argparse
import os
from typing import Any

from meguri.kit.catalogues import SOURCE, nearest, offered

# In the order in which POSIX reads them.
VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")


def add_language(parser: Any) -> None:
    """Offer ``--lang`` on a command."""
    parser.add_argument(
        "--lang", choices=offered(), help="language of the text; where not given, the terminal's (LC_ALL, LANG)"
    )


def of_the_terminal() -> str:
    """The offered language that the environment asks for, English where it asks for none."""
    return nearest(next((os.environ[name] for name in VARIABLES if os.environ.get(name)), None))


def language(arguments: argparse.Namespace) -> str:
    """The language for one command."""
    if asked := getattr(arguments, "lang", None):
        return str(asked)
    return SOURCE if getattr(arguments, "json", False) else of_the_terminal()
