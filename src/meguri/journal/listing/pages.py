"""A page of a list: what the reader may see of it, as pages show it, bounded whatever is asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from meguri.journal.listing.declared import Listed
from meguri.journal.projections import copies, relations
from meguri.journal.projections.books import Projection
from meguri.journal.projections.relations import Place
from meguri.kit.problems import N_, NotFound, Problem, refuse

AT_ONCE = 200
LOOKED_THROUGH = 1000
"""So many subjects are looked at for one page: who narrows a long list goes on where a page ends, full or not."""
LONGEST = 160
MOST_DIGITS = 18


class ListPage(msgspec.Struct, frozen=True):
    """Lines, and the cursor from which the next page goes on; None where nothing is left."""

    items: list[Any]
    next: str | None


def _wrong(after: str) -> Exception:
    shown = "".join(letter if letter.isprintable() else "?" for letter in after[:40])
    return refuse(
        N_("“{given}” is no cursor of this list. Send what “next” held, or nothing to begin."),
        "/after",
        "cursor",
        given=shown,
    )


def place(after: str) -> Place | None:
    """The place that a cursor names. Refused where it is none."""
    if not after:
        return None
    number, _, id = after.partition(".")
    good = number.isascii() and number.isdecimal() and len(number) <= MOST_DIGITS
    if not good or not 0 < len(id) <= LONGEST or not id.isprintable():
        raise _wrong(after)
    return int(number), id


def number(after: str) -> int | None:
    """The number of an act that a cursor names; None for none. Refused where it is no such number."""
    if not after:
        return None
    if not (after.isascii() and after.isdecimal() and len(after) <= MOST_DIGITS):
        raise _wrong(after)
    return int(after)


def page(listed: Listed, organisation: str | None, narrowed: Mapping[str, str], after: str, most: int) -> ListPage:
    """A page of what the organisation (None: anyone) may read: open lists by id, all others newest first."""
    for name, value in narrowed.items():
        values = listed.filters[name].values
        if values and value not in values:
            raise refuse(
                N_("“{value}” is not one of: {known}."), f"/{name}", "value", value=value[:80], known=", ".join(values)
            )
    if listed.open:
        return _open(listed, narrowed, after, most)
    wanted = {listed.filters[name].column: value for name, value in narrowed.items()}
    found: list[Projection] = []
    at, looked = place(after), 0
    last: Place | None = None
    while True:
        seen = relations.newest(organisation, listed.prefix, AT_ONCE, at)
        rows = {row.pk: row for row in listed.model._default_manager.filter(pk__in=[id for id, _ in seen])}
        for id, number in seen:
            row = rows.get(id)
            at = (number, id)
            if row is None or any(_text(getattr(row, column)) != value for column, value in wanted.items()):
                continue
            if len(found) == most:
                return ListPage(listed.lines(found), _cursor(last))
            found.append(row)
            last = at
        looked += len(seen)
        if len(seen) < AT_ONCE:
            return ListPage(listed.lines(found), None)
        if looked >= LOOKED_THROUGH:
            return ListPage(listed.lines(found), _cursor(at))


def _cursor(at: Place | None) -> str:
    assert isinstance(at, tuple)
    return f"{at[0]}.{at[1]}"


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _open(listed: Listed, narrowed: Mapping[str, str], after: str, most: int) -> ListPage:
    if len(after) > LONGEST or not after.isprintable():
        raise _wrong(after)
    rows = listed.model._default_manager.order_by("pk")
    rows = rows.filter(**{listed.filters[name].column: value for name, value in narrowed.items()})
    if after:
        rows = rows.filter(pk__gt=after)
    found = list(rows[: most + 1])
    more = len(found) > most
    return ListPage(listed.lines(found[:most]), found[most - 1].pk if more else None)


def find(listed: Listed, organisation: str | None, id: str) -> msgspec.Struct:
    """One line by its id. NotFound alike where it is not there and where it is not for this reader."""
    row = copies.row(listed.model, listed.prefix, id)
    if row is None or not (listed.open or relations.readable(organisation, [f"{listed.prefix}:{row.pk}"])):
        subject = f"{listed.prefix}:{id[:LONGEST]}"
        raise NotFound(Problem(N_("{subject} is not here, or not for you."), "/id", "absent", {"subject": subject}))
    return listed.lines([row])[0]
