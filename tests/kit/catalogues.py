"""Finds every text that a room says, in Python and in templates, and what its Japanese catalogue says for it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.pofile import read_po

ROOMS = Path(__file__).resolve().parents[2] / "src" / "meguri"
MARKERS = {"_", "N_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy"}
TRANSLATE = re.compile(r"""{%-?\s*(?:translate|trans)\s+(?:"([^"]*)"|'([^']*)')""")
BLOCK = re.compile(r"{%\s*blocktrans(?:late)?\b([^%]*)%}(.*?){%\s*endblocktrans(?:late)?\s*%}", re.DOTALL)
PLACES = re.compile(r"\{\w+[^}]*\}|%\(\w+\)[sd]")
PLURAL = re.compile(r"{%\s*plural\s*%}")
VARIABLE = re.compile(r"{{\s*([\w.]+)[^}]*}}")


def said_in_python(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        function = node.func
        name = function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
        if name not in MARKERS:
            continue
        for argument in node.args[:2] if name.startswith("ngettext") else node.args[:1]:
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                yield argument.value


def said_in_template(source: str) -> Iterator[str]:
    """The keys as Django looks them up: a percent sign of a template is doubled."""
    for double, single in TRANSLATE.findall(source):
        yield (double or single).replace("%", "%%")
    for options, body in BLOCK.findall(source):
        for part in PLURAL.split(body):
            text = VARIABLE.sub(r"%(\1)s", part.replace("%", "%%"))
            yield " ".join(line.strip() for line in text.splitlines() if line.strip()) if "trimmed" in options else text


def said(room: Path) -> dict[str, str]:
    """Every text of a room with the file that says it."""
    found: dict[str, str] = {}
    for file in sorted(room.rglob("*.py")):
        for text in said_in_python(file.read_text(encoding="utf-8")):
            found.setdefault(text, str(file.relative_to(ROOMS)))
    for file in sorted(room.glob("web/templates/**/*.html")):
        for text in said_in_template(file.read_text(encoding="utf-8")):
            found.setdefault(text, str(file.relative_to(ROOMS)))
    return found


def japanese() -> dict[str, str]:
    """All Japanese texts of all rooms: a text said by two rooms needs translating once."""
    found: dict[str, str] = {}
    for file in ROOMS.glob("*/locale/ja/LC_MESSAGES/django.po"):
        with file.open("rb") as source:
            for message in read_po(source, locale="ja"):
                for key in message.id if isinstance(message.id, tuple) else (message.id,):
                    text = message.string if isinstance(message.string, str) else " ".join(message.string or ())
                    if key and text and not message.fuzzy:
                        found[key] = text
    return found


def parameters_differ() -> dict[str, str]:
    """Texts whose Japanese takes other parameters; of a plural, either English form may carry one."""
    found: dict[str, str] = {}
    for file in sorted(ROOMS.glob("*/locale/ja/LC_MESSAGES/django.po")):
        with file.open("rb") as source:
            for message in read_po(source, locale="ja"):
                english = message.id if isinstance(message.id, str) else " ".join(message.id)
                text = message.string if isinstance(message.string, str) else " ".join(message.string or ())
                if english and set(PLACES.findall(english)) != set(PLACES.findall(text)):
                    found[english] = text
    return found


def said_twice() -> dict[str, dict[str, str]]:
    """English texts for which two rooms give different Japanese: pages would show the first room's everywhere."""
    found: dict[str, dict[str, str]] = {}
    for file in sorted(ROOMS.glob("*/locale/ja/LC_MESSAGES/django.po")):
        room = file.relative_to(ROOMS).parts[0]
        with file.open("rb") as source:
            for message in read_po(source, locale="ja"):
                if message.id and isinstance(message.id, str) and isinstance(message.string, str):
                    found.setdefault(message.id, {})[room] = message.string
    return {text: rooms for text, rooms in found.items() if len(set(rooms.values())) > 1}
