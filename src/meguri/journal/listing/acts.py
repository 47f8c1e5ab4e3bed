"""Acts as systems read them: the newest first as a list, and in order of number as a feed that is safe to poll."""

from __future__ import annotations

from datetime import datetime

import msgspec
from django.db import connection
from django.db.models import Q

from meguri.journal import services
from meguri.journal.act import Entry
from meguri.journal.listing.declared import address
from meguri.journal.listing.pages import ListPage, number
from meguri.journal.models import ActRow, Leaf, Subject
from meguri.journal.projections import readers, relations

AT_ONCE = 200
LOOKED_THROUGH = 1000
"""So many acts are looked at for one answer."""


class ActLine(msgspec.Struct, frozen=True):
    """An act as a list and the feed tell it: what kind, who said it on what, and when; `links` lead to its subjects.
    `by` is the organisation that said it for the actor, by a delegation; null where the actor said it itself.
    """

    number: int
    id: str
    kind: str
    version: int
    actor: str
    by: str | None
    subjects: list[str]
    claimed: datetime
    recorded: datetime
    legal: datetime | None
    href: str
    links: dict[str, str]


class FeedPage(msgspec.Struct, frozen=True):
    """Acts in order of number. `next` is the cursor for the next question, also where nothing new was there; `more`
    says that there is more already.
    """

    items: list[ActLine]
    next: str
    more: bool


def line(entry: Entry) -> ActLine:
    """An act as a line."""
    act = entry.act
    links = {name: at for name in act.subjects if (at := address(name))}
    legal = entry.at if act.legal else None
    by = None if act.speaker == act.actor else act.speaker
    return ActLine(
        entry.number, entry.id, act.kind, act.version, act.actor, by, list(act.subjects), entry.claimed, entry.recorded,
        legal, f"/api/acts/{entry.id}", links,
    )  # fmt: skip


def newest(organisation: str | None, kind: str, actor: str, subject: str, after: str, most: int) -> ListPage:
    """A page of the newest acts that an organisation (None: anyone) may read."""
    found: list[Entry] = []
    before, looked = number(after), 0
    while True:
        rows = ActRow.objects.order_by("-number")
        if kind:
            rows = rows.filter(kind=kind)
        if actor:
            rows = rows.filter(actor=actor)
        if subject:
            rows = rows.filter(number__in=Subject.objects.filter(subject=subject).values("number"))
        if before is not None:
            rows = rows.filter(number__lt=before)
        seen = services.entries(rows[:AT_ONCE])
        open_ = readers.readable(seen, organisation)
        for entry in seen:
            if entry.id in open_:
                if len(found) == most:
                    return ListPage([line(one) for one in found], str(found[-1].number))
                found.append(entry)
            before = entry.number
        looked += len(seen)
        if len(seen) < AT_ONCE:
            return ListPage([line(one) for one in found], None)
        if looked >= LOOKED_THROUGH:
            return ListPage([line(one) for one in found], str(before))


def concerning(entries: list[Entry], organisation: str) -> set[str]:
    """The ids of those of these acts that concern an organisation: its own, on it, or on what it sees. What anybody
    reads concerns it no more than anybody, unless it is named among the subjects.
    """
    readable = readers.readable(entries, organisation)
    named = {
        one.id
        for one in entries
        if one.id in readable and (organisation in (one.act.actor, one.act.speaker) or organisation in one.act.subjects)
    }
    asked = [one for one in entries if one.id in readable and one.id not in named]
    seen = relations.readable(organisation, {name for one in asked for name in one.act.subjects}) if asked else set()
    return named | {one.id for one in asked if not seen.isdisjoint(one.act.subjects)}


def settled() -> Q:
    """Acts before which no other can appear any more. On SQLite these are all; on PostgreSQL a lower number may still
    be on its way, so they are those that are sealed, a second later.
    """
    if connection.vendor != "postgresql":
        return Q()
    last = Leaf.objects.order_by("-index").values_list("number", flat=True).first() or 0
    return Q(number__lte=last)


def last_number() -> int:
    """The number of the last settled act; 0 for none."""
    return ActRow.objects.filter(settled()).order_by("-number").values_list("number", flat=True).first() or 0


def feed(organisation: str, after: str, most: int) -> FeedPage:
    """The acts after a cursor that concern an organisation. Asked again with `next` it leaves nothing out."""
    at = number(after) or 0
    limit = settled()
    found: list[Entry] = []
    looked = 0
    while True:
        seen = services.entries(ActRow.objects.filter(limit, number__gt=at).order_by("number")[:AT_ONCE])
        open_ = concerning(seen, organisation)
        for entry in seen:
            if entry.id in open_:
                if len(found) == most:
                    return FeedPage([line(one) for one in found], str(at), True)
                found.append(entry)
            at = entry.number
        looked += len(seen)
        if len(seen) < AT_ONCE:
            return FeedPage([line(one) for one in found], str(at), False)
        if looked >= LOOKED_THROUGH:
            return FeedPage([line(one) for one in found], str(at), True)
