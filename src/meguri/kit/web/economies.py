"""Names of economies for pages, given by a room that knows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from meguri.kit.words import Words

Names = Callable[[], Mapping[str, Words]]
_names: Names | None = None


def use(names: Names) -> None:
    """Take the names by ISO 3166 alpha-3 code from `names`, which is asked when a name is first needed."""
    global _names
    _names = names


def name(code: str) -> Words:
    """The name of an economy; its code where nobody knows it."""
    found = _names().get(code) if _names else None
    return found or Words(code)
