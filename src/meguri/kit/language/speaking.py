"""In which language a command speaks: as asked, else as the terminal does; what is for machines is in English."""

from __future__ import annotations

import argparse
import os
from typing import Any

from meguri.kit.catalogues import SOURCE, nearest, offered
from meguri.kit.problems import N_
from meguri.kit.words import Words

USUAL = (N_("options"), N_("positional arguments"), N_("show this help message and exit"))
"""What the standard library says in every help."""
# In the order in which POSIX reads them.
VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")


def add_language(parser: Any) -> None:
    """Offer ``--lang`` on a command."""
    parser.add_argument(
        "--lang", choices=offered(), help=N_("language of the text; where not given, the terminal's (LC_ALL, LANG)")
    )


def told_in(parser: argparse.ArgumentParser, language: str) -> argparse.ArgumentParser:
    """The parser with whatever help of it and of its commands has a wording in a language in that one."""
    if language == SOURCE:
        return parser

    def said(text: Any) -> Any:
        return Words(text).say(language) if isinstance(text, str) and text not in ("", argparse.SUPPRESS) else text

    parser.description, parser.epilog = said(parser.description), said(parser.epilog)
    for group in parser._action_groups:
        group.title = said(group.title)
    for action in parser._actions:
        action.help = said(action.help)
        if isinstance(action, argparse._SubParsersAction):
            for choice in action._choices_actions:
                choice.help = said(choice.help)
            for inner in dict.fromkeys(action.choices.values()):
                told_in(inner, language)
    return parser


def of_the_terminal() -> str:
    """The offered language that the environment asks for, English where it asks for none."""
    return nearest(next((os.environ[name] for name in VARIABLES if os.environ.get(name)), None))


def language(arguments: argparse.Namespace) -> str:
    """The language for one command."""
    if asked := getattr(arguments, "lang", None):
        return str(asked)
    return SOURCE if getattr(arguments, "json", False) else of_the_terminal()
