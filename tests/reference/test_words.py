"""What a person is told when something is refused stands in Japanese too."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from meguri import reference

ROOMS = Path(reference.__file__).resolve().parent.parent


def templates(room: str) -> set[str]:
    """The texts that a room marks with N_ for translation."""
    found = set()
    for path in (ROOMS / room).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "N_":
                found.add(ast.literal_eval(node.args[0]))
    return found


@pytest.mark.parametrize("room", ["reference", "materials", "network", "worth"])
def test_every_refusal_is_written_in_japanese_with_the_same_parameters(room: str) -> None:
    # One English text has one Japanese text in all rooms, wherever it stands.
    catalogue = Catalog(locale="ja")
    for path in sorted(ROOMS.glob("*/locale/ja/LC_MESSAGES/django.po")):
        with path.open("rb") as file:
            for one in read_po(file, locale="ja"):
                catalogue[one.id] = one
    wanted = templates(room)
    assert wanted
    for text in wanted:
        message = catalogue.get(text)
        assert message, text
        assert message.string, text
        assert set(re.findall(r"{(\w+)}", str(message.string))) == set(re.findall(r"{(\w+)}", text))
