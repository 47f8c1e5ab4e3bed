"""Pages of a list, newest first: a list is never cut in silence, and “Older” goes on where a page ends.

A page begins before a place, ``?before=NUMBER`` or ``?before=NUMBER.ID``: rows that are added meanwhile move nothing.
A second list on the same page has an argument of its own. What a place holds is made up by anybody, so it is bounded.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from django.http import HttpRequest

from meguri.kit.problems import N_, refuse

MOST_DIGITS = 18
LONGEST = 160
"""Ids on record are no longer."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LAST = 253_402_300_799_999
"""The last millisecond that there is an instant for."""
COUNTED = 1000
"""So many rows are counted; of more a page says “1,000+”."""


def instant(place: int) -> datetime:
    """The instant at a place, in milliseconds since 1970; behind the last one the last."""
    return EPOCH + timedelta(milliseconds=min(place, LAST))


def place(at: datetime) -> int:
    """The place of an instant."""
    return (at - EPOCH) // timedelta(milliseconds=1)


def count(number: int, more: bool) -> str:
    """A count that was looked for up to `COUNTED`, in figures: “312”, or “1,000+” where there are more."""
    return f"{number:,}+" if more else f"{number:,}"


def start(written: str) -> int:
    """Where a page of a short list begins, counted from 0; what is no such number is the beginning."""
    return int(written) if written.isascii() and written.isdecimal() and len(written) < 7 else 0


class Page:
    """Where a page begins (`before`: a number, one with an id, or None for the newest), and where the next one does."""

    def __init__(
        self,
        request: HttpRequest,
        before: int | tuple[int, str] | None,
        kept: Mapping[str, str],
        argument: str = "before",
    ) -> None:
        self.before = before
        self.argument = argument
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
        query.pop(self.argument, None)
        query.pop("lang", None)
        if before:
            query[self.argument] = before
        return f"?{query.urlencode()}"


def of(request: HttpRequest, argument: str = "before", **kept: str) -> Page:
    """The page that a request asks for; `kept` stands in the addresses of the others too. Refused where it is none."""
    given = request.GET.get(argument, "")
    if not given:
        return Page(request, None, kept, argument)
    number, dot, id = given.partition(".")
    if (
        not number.isascii()
        or not number.isdecimal()
        or len(number) > MOST_DIGITS
        or bool(dot) != bool(id)
        or len(id) > LONGEST
        or not id.isprintable()
    ):
        raise refuse(
            N_("A page begins before a number, not “{given}”."), f"/{argument}", "page", given=plain_text(given[:40])
        )
    return Page(request, (int(number), id) if id else int(number), kept, argument)


def plain_text(given: str) -> str:
    """What somebody wrote, without what cannot be printed."""
    return "".join(letter if letter.isprintable() else "?" for letter in given)
