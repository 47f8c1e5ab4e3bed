"""What each room says, drawn out of its code, templates and tables, and held against its catalogues.

Code says a text by `N_`, `_`, `gettext` and the like, by `refuse` and `Problem` through `N_`, or by ``Words("…")``;
templates by ``translate`` and ``blocktranslate``. Which cells of which tables are words a room lists in
``locale/columns.csv``: `file` (a CSV or TOML file of the room, or a pattern), `column` (of a CSV, or the dotted path of
a key) and `id` (what names the row: columns joined by ``+``; in TOML dotted paths; empty
where a text means the same in every row, such as a note that many rows repeat).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from meguri.kit.catalogues import DOMAINS, ROOMS, SOURCE, languages
from meguri.kit.files import reading
from meguri.kit.words import context_of

MARKERS = frozenset({"_", "N_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy", "Words"})
TRANSLATE = re.compile(r"""{%-?\s*(?:translate|trans)\s+(?:"([^"]*)"|'([^']*)')(?:\s+context\s+["']([^"']*)["'])?""")
BLOCK = re.compile(r"{%\s*blocktrans(?:late)?\b([^%]*)%}(.*?){%\s*endblocktrans(?:late)?\s*%}", re.DOTALL)
CONTEXT = re.compile(r"""\bcontext\s+["']([^"']*)["']""")
PLURAL = re.compile(r"{%\s*plural\s*%}")
VARIABLE = re.compile(r"{{\s*([\w.]+)[^}]*}}")
WIDTH = 120


class Message(NamedTuple):
    """A text with the context that keeps it apart from its like, and the plural that goes with it."""

    text: str
    context: str = ""
    plural: str = ""


class WordColumns(NamedTuple):
    """One line of ``columns.csv``: which cells of which files are words, and what names their row."""

    file: str
    column: str
    id: str


def rooms(root: Path = ROOMS) -> tuple[str, ...]:
    """The rooms of the house, by name."""
    return tuple(sorted(path.parent.name for path in root.glob("*/__init__.py")))


def in_python(source: str) -> Iterator[Message]:
    """Every text that a Python module says."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name not in MARKERS:
            continue
        texts = [one.value for one in node.args[:2] if isinstance(one, ast.Constant) and isinstance(one.value, str)]
        given = {keyword.arg: keyword.value for keyword in node.keywords}
        context = given.get("context")
        where = str(context.value) if isinstance(context, ast.Constant) else ""
        if texts and texts[0] and isinstance(node.args[0], ast.Constant):
            plural = texts[1] if name.startswith("ngettext") and len(texts) > 1 else ""
            yield Message(texts[0], where, plural)


def in_template(source: str) -> Iterator[Message]:
    """Every text that a template says, as Django looks it up: a percent sign of a template is doubled."""
    for double, single, context in TRANSLATE.findall(source):
        yield Message((double or single).replace("%", "%%"), context)
    for options, body in BLOCK.findall(source):
        texts = []
        for part in PLURAL.split(body):
            text = VARIABLE.sub(r"%(\1)s", part.replace("%", "%%"))
            trimmed = " ".join(line.strip() for line in text.splitlines() if line.strip())
            texts.append(trimmed if "trimmed" in options else text)
        context = CONTEXT.search(options)
        yield Message(texts[0], context.group(1) if context else "", texts[1] if len(texts) > 1 else "")


def listed(room: Path) -> tuple[WordColumns, ...]:
    """Which cells of a room's tables are words."""
    path = room / "locale" / "columns.csv"
    if not path.exists():
        return ()
    return tuple(WordColumns(row["file"], row["column"], row["id"]) for row in reading.lines(path))


def in_tables(room: Path) -> Iterator[tuple[Message, str]]:
    """Every cell of a room's tables that is words, with the file in which it stands."""
    for line in listed(room):
        files = sorted(room.glob(line.file))
        if not files:
            raise FileNotFoundError(f"{room.name}/locale/columns.csv: there is no {line.file}")
        for path in files:
            find = _toml_cells if path.suffix == ".toml" else _csv_cells
            for row, text in find(path, line):
                context = context_of(f"{room.name}/{path.stem}", row, line.column.rpartition(".")[2])
                yield Message(text, context), path.name


def _names(line: WordColumns) -> list[str]:
    return [name for name in line.id.split("+") if name]


def _csv_cells(path: Path, line: WordColumns) -> Iterator[tuple[str, str]]:
    for row in reading.lines(path, held=(line.column, *_names(line))):
        if row[line.column]:
            yield "/".join(row[name] for name in _names(line)), row[line.column]


def _toml_cells(path: Path, line: WordColumns) -> Iterator[tuple[str, str]]:
    names = _names(line)
    for found in _walk(reading.toml(path), line.column.split("."), "", {}):
        text, around = found
        if isinstance(text, str) and text:
            yield "/".join(around.get(name, "") for name in names), text


def _walk(value: Any, path: list[str], at: str, around: Mapping[str, str]) -> Iterator[tuple[Any, Mapping[str, str]]]:
    """Values at a dotted path through tables and lists of tables, with the texts of the tables around them.

    A star stands for every key of a table; what it stood for is found under the path to it.
    """
    if isinstance(value, list):
        for one in value:
            yield from _walk(one, path, at, around)
    elif isinstance(value, dict) and path[:1] == ["*"]:
        for key, one in value.items():
            yield from _walk(one, path[1:], f"{at}*.", {**around, f"{at}*": key})
    elif isinstance(value, dict):
        beside = {f"{at}{key}": text for key, text in value.items() if isinstance(text, str)}
        if path and path[0] in value:
            yield from _walk(value[path[0]], path[1:], f"{at}{path[0]}.", {**around, **beside})
    elif not path:
        yield value, around


def said(room: Path, domain: str) -> dict[Message, str]:
    """Every text of a room in a domain (``django``: code and templates, ``tables``) with the file that says it."""
    found: dict[Message, str] = {}
    if domain == "tables":
        for message, name in in_tables(room):
            found.setdefault(message, name)
        return found
    for file in sorted(room.rglob("*.py")):
        for message in in_python(file.read_text(encoding="utf-8")):
            found.setdefault(message, str(file.relative_to(room)))
    for file in sorted(path for kind in ("html", "svg") for path in room.glob(f"web/templates/**/*.{kind}")):
        for message in in_template(file.read_text(encoding="utf-8")):
            found.setdefault(message, str(file.relative_to(room)))
    return found


def catalogue(room: Path, language: str, domain: str) -> Catalog:
    """A room's catalogue; empty where it has none."""
    path = _path(room, language, domain)
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def _path(room: Path, language: str, domain: str) -> Path:
    return room / "locale" / language / "LC_MESSAGES" / f"{domain}.po"


def translated(language: str, root: Path = ROOMS) -> dict[Message, str]:
    """All texts of all rooms that have the language: a text that two rooms say needs translating once."""
    found: dict[Message, str] = {}
    for room in rooms(root):
        for domain in DOMAINS:
            for message in catalogue(root / room, language, domain):
                text = message.string if isinstance(message.string, str) else " ".join(message.string or ())
                if message.id and text and not message.fuzzy:
                    for id in message.id if isinstance(message.id, tuple | list) else (message.id,):
                        found[Message(id, message.context or "")] = text
    return found


def missing(language: str, root: Path = ROOMS) -> dict[str, dict[Message, str]]:
    """What each room says without having it in a language: by room, the text and the file that says it."""
    return missing_in([language], root)[language]


def missing_in(wanted: Sequence[str], root: Path = ROOMS) -> dict[str, dict[str, dict[Message, str]]]:
    """The same for several languages, by language; what the rooms say is looked for once."""
    known = {language: translated(language, root) for language in wanted if language != SOURCE}
    found: dict[str, dict[str, dict[Message, str]]] = {language: {} for language in wanted}
    for room in rooms(root) if known else ():
        texts = [each for domain in DOMAINS for each in said(root / room, domain).items()]
        for language, has in known.items():
            found[language][room] = {
                message: place for message, place in texts if Message(message.text, message.context) not in has
            }
    return found


def draw_out(language: str, root: Path = ROOMS) -> int:
    """Bring every room's catalogues of a language up to date: what is new is empty, what nobody says goes.

    Returns how many texts are still without a translation.
    """
    if language not in languages() or language == SOURCE:
        raise ValueError(f"no catalogue is kept for {language}")
    known = translated(language, root)
    empty = 0
    for room in rooms(root):
        for domain in DOMAINS:
            old = catalogue(root / room, language, domain)
            new = Catalog(locale=language, header_comment="", fuzzy=False)
            for message in sorted(said(root / room, domain), key=lambda one: (one.context, one.text)):
                before = old.get(message.text, message.context or None)
                text = before.string if before is not None and any(before.string or "") else ""
                text = text or known.get(Message(message.text, message.context), "")
                ids = (message.text, message.plural) if message.plural else message.text
                strings = text if not message.plural or isinstance(text, tuple | list) else (text,)
                new.add(ids, strings, context=message.context or None)
                empty += not text
            if len(new) or _path(root / room, language, domain).exists():
                _write(new, _path(root / room, language, domain))
    return empty


def _write(made: Catalog, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    head = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n"Content-Transfer-Encoding: 8bit\\n"\n'
    head += f'"Language: {made.locale_identifier}\\n"\n"Plural-Forms: {made.plural_forms}\\n"\n\n'
    with path.open("wb") as file:
        file.write(head.encode())
        write_po(file, made, width=WIDTH, omit_header=True, no_location=True)
