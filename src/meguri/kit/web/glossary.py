"""Terms that explain themselves on hover and tap. Rooms with a table of terms hand it over; pages look terms up."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from meguri.kit.words import Words


class GlossaryTerm(Protocol):
    """A term, its explanation, and how sure that explanation is."""

    @property
    def term(self) -> str:
        """The term as written on pages."""

    @property
    def words(self) -> Words:
        """What it means, in a sentence or two."""

    @property
    def source(self) -> str:
        """Where the explanation comes from."""

    @property
    def confidence(self) -> str:
        """How sure it is."""


_sources: list[Callable[[], Iterable[GlossaryTerm]]] = []
_terms: dict[str, GlossaryTerm] | None = None


def use(terms: Callable[[], Iterable[GlossaryTerm]]) -> None:
    """Add terms, loaded when a page first needs one."""
    global _terms
    _sources.append(terms)
    _terms = None


def find(term: str) -> GlossaryTerm | None:
    """The explanation of a term as written on pages, ignoring case; None where nobody explains it."""
    global _terms
    if _terms is None:
        _terms = {known.term.casefold(): known for source in _sources for known in source()}
    return _terms.get(term.strip().casefold())
