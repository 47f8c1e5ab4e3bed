"""Pages of a list, newest first: a list is never cut in silence, and “Older” goes on where a page ends.

A page begins before a place, ``?before=NUMBER`` or ``?before=NUMBER.ID``: rows that are added meanwhile move nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpRequest

from meguri.kit.problems import N_, refuse

MOST_DIGITS = 18


class Page:
    """Where a page begins (`before`: a number, one with an id, or None for the newest), and where the next one does."""

    def __init__(self, request: HttpRequest, before: int | tuple[int, str] | None, kept: Mapping[str, str]) -> None:
        self.before = before
        self.further: str = ""
        self._query = request.GET.copy()
        for name, value in kept.items():
            self._query[name] = value

    @property
    def number(self) -> int | None:
        """The number alone."""
        return self.before[0] if isinstance(self.before, tuple) else self.before

    def go_on(self, number: int, id: str = "") -> None:
        """There is more: the next page begins after this row."""
        self.further = f"{number}.{id}" if id else str(number)

    @property
    def older(self) -> str:
        """The address of the next page, as a query; empty where there is none."""
        return self._address(self.further) if self.further else ""

    @property
    def first(self) -> str:
        """The address of the first page, as a query; empty on that page."""
        return self._address("") if self.before is not None else ""

    def _address(self, before: str) -> str:
        query = self._query.copy()
        query.pop("before", None)
        query.pop("lang", None)
        if before:
            query["before"] = before
        return f"?{query.urlencode()}"


def of(request: HttpRequest, **kept: str) -> Page:
    """The page that a request asks for; `kept` stands in the addresses of the others too. Refused where it is none."""
    given = request.GET.get("before", "")
    if not given:
        return Page(request, None, kept)
    number, dot, id = given.partition(".")
    if not number.isascii() or not number.isdecimal() or len(number) > MOST_DIGITS or bool(dot) != bool(id):
        raise refuse(N_("A page begins before a number, not “{given}”."), "/before", "page", given=given[:40])
    return Page(request, (int(number), id) if id else int(number), kept)
