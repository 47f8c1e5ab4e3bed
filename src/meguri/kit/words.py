"""Words that people read: English in code and tables, every other language found in the rooms' catalogues.

Words("Nothing is left of it.")                              a sentence of the code
Words("{count} bags").format(count=9)                        with what fills it
cell("reference/elements", "Cu", "name", "Copper")           a cell of a table, by its row's id
given({"en": "Straits Exporter", "ms": "Pengeksport Selat"}) a name that somebody gave, in the languages given
plain("MYPKG")                                               the same in every language
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Annotated, Any

import msgspec

from meguri.kit import catalogues

Text = Annotated[str, msgspec.Meta(extra={"text": True})]
"""A field of an act or a state in which somebody wrote what they liked; every other text there is a key or an id."""

# The context of what no catalogue is asked for: codes, and names that somebody gave.
AS_IT_IS = "="

_active: ContextVar[str | None] = ContextVar("meguri_language", default=None)
_ask: Callable[[], str | None] = lambda: None  # noqa: E731


def active() -> str:
    """The language of the page or command that is being made; English where nobody chose one."""
    return _active.get() or catalogues.nearest(_ask())


def follow(ask: Callable[[], str | None]) -> None:
    """Let a shell that knows its reader's language (Django) say it where nothing else was chosen."""
    global _ask
    _ask = ask


@contextmanager
def speaking(language: str | None) -> Iterator[None]:
    """Say everything in that language meanwhile."""
    token = _active.set(catalogues.nearest(language))
    try:
        yield
    finally:
        _active.reset(token)


def speak(language: str | None) -> None:
    """Say everything in that language from now on, for a command that has one reader."""
    _active.set(catalogues.nearest(language))


class Words(msgspec.Struct, frozen=True, omit_defaults=True):
    """A text: its English with named parameters, the context of its catalogue entry, and what fills it.

    `own` holds the text in languages in which it is a fact and no translation (a law's title, a given name). With
    `parts` the text stands between the parts. Written as a string it is in the active language.
    """

    text: str
    context: str = ""
    params: tuple[tuple[str, Param], ...] = ()
    own: tuple[tuple[str, str], ...] = ()
    parts: tuple[Words, ...] = ()

    def say(self, language: str | None = None) -> str:
        """The text in a language code such as ``ja`` or ``en-gb``; in the active one where none is named."""
        code = active() if language is None else catalogues.nearest(language)
        found = next((text for own, text in self.own if own == code), None)
        if found is None:
            found = self.text if self.context == AS_IT_IS else catalogues.find(self.text, code, self.context)
        if self.parts:
            return found.join(part.say(code) for part in self.parts)
        if self.params:
            return found.format(**{name: _said(value, code) for name, value in self.params})
        return found

    def format(self, **params: Any) -> Words:
        """The same text with what fills its named places; words among it are said in the reader's language."""
        return msgspec.structs.replace(self, params=tuple((name, _param(value)) for name, value in params.items()))

    @property
    def en(self) -> str:
        """The text in English, for data that is not for reading."""
        return self.say(catalogues.SOURCE)

    def everywhere(self) -> dict[str, str]:
        """The text in every offered language, by code, for machines."""
        return dict(_everywhere(self, catalogues.edition()))

    def __str__(self) -> str:
        return self.say()

    def __format__(self, spec: str) -> str:
        return format(self.say(), spec)

    def __bool__(self) -> bool:
        return bool(self.text or self.parts or self.own)


Param = str | int | float | Words


@lru_cache(maxsize=20_000)
def _everywhere(words: Words, edition: int) -> dict[str, str]:
    """A verdict says the same words again and again; `edition` is that of the catalogues they were found in."""
    return {code: words.say(code) for code in catalogues.offered()}


def _param(value: Any) -> Param:
    return value if isinstance(value, str | int | float | Words) else str(value)


def _said(value: Param, code: str) -> str | int | float:
    return value.say(code) if isinstance(value, Words) else value


def filled(template: str, params: Mapping[str, Any], language: str | None = None, context: str = "") -> str:
    """A template in a language, filled; words among the parameters are said in that language."""
    code = active() if language is None else catalogues.nearest(language)
    return catalogues.find(template, code, context).format(
        **{name: value.say(code) if isinstance(value, Words) else value for name, value in params.items()}
    )


def cell(table: str, row: str, column: str, text: str, own: Mapping[str, str] | None = None) -> Words:
    """The text of a table's cell: ``cell("reference/elements", "Cu", "name", "Copper")``.

    Without a row the text means the same in every row. `own` is the cell in languages in which it is a fact.
    """
    return Words(text, context=context_of(table, row, column), own=tuple((own or {}).items()))


def context_of(table: str, row: str, column: str) -> str:
    """The context under which catalogues have a table's cell."""
    return f"{table}:{row}:{column}" if row else f"{table}:{column}"


def given(texts: Mapping[str, str], otherwise: str = "") -> Words:
    """A text that somebody gave in one language or several, by code; no catalogue is asked."""
    source = texts.get(catalogues.SOURCE) or next(iter(texts.values()), "") or otherwise
    own = tuple((code, text) for code, text in texts.items() if code != catalogues.SOURCE and text)
    return Words(source, context=AS_IT_IS, own=own)


def plain(text: str) -> Words:
    """A text that is the same in every language, such as a code."""
    return Words(text, context=AS_IT_IS)


def listed(found: Iterable[Words], between: Words | None = None) -> Words:
    """Several words in a row, as the reader's language lists them."""
    parts = tuple(found)
    if len(parts) == 1:
        return parts[0]
    glue = between or Words(", ")
    return msgspec.structs.replace(glue, parts=parts) if parts else plain("")
