"""Looking again: the answers last given beside those of the packs and the day that are now, and what is told of it.

Each watched thing is locked while it is looked at, and what is told is put down in the same transaction. Numbers of
alerts are given under one lock, so that who asks for those after a number misses none.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import msgspec
from django.db import connection, transaction
from django.db.models import Q

from meguri.following.models import LawAlert, WatchedLaw
from meguri.kit import clock
from meguri.kit.problems import MeguriError
from meguri.kit.words import Words
from meguri.law.across import alerts
from meguri.law.across.alerts import ChangedAnswer, ComingChange, KeptAnswer
from meguri.law.across.timeline import boundaries
from meguri.law.asking.model import Question
from meguri.law.body.packs import Law

PACK, DATED, COMING, DRAFT = "pack", "dated", "coming", "draft"
WORDS_OF = {
    PACK: Words("the law on file was corrected or added to"),
    DATED: Words("a dated rule came into force"),
    COMING: Words("a dated rule will come into force"),
    DRAFT: Words("a draft would change it"),
}
"""By what an answer becomes another."""
NEAR = timedelta(days=30)
"""What is to come is told again so long before it does."""
MOST = 100
"""Changes that one alert lists."""


@dataclass(frozen=True)
class LookedAgain:
    """How many watched things were looked at, and what was told."""

    looked: int
    told: tuple[LawAlert, ...]


def questions(kind: str, said: Mapping[str, Any], on: date) -> tuple[Question, ...]:
    """What is asked of something that is followed. Raises Refused where the law on file no longer knows it."""
    if kind == "economy":
        return alerts.of_economy(said["economy"], alerts.within(on))
    if kind == "stream":
        return alerts.of_stream(said["stream"], alerts.within(on))
    return (alerts.question_of(said["question"], on),)


def named(question: Question) -> str:
    """What a question is called among the answers that are kept."""
    told = {name: value for name, value in question.to_json().items() if name != "on"}
    return hashlib.sha256(msgspec.json.encode(told, order="sorted")).hexdigest()[:20]


def look(today: date, law: Law | None = None, *, only: int | None = None) -> LookedAgain:
    """Look at all that was not looked at under these packs on this day; `only` one of them."""
    body = law or Law.load()
    due = WatchedLaw.objects.exclude(digest=body.digest, day=today.isoformat()).order_by("pk")
    rows = list((due.filter(pk=only) if only is not None else due).values_list("pk", flat=True))
    looked, told = 0, []
    for pk in rows:
        with transaction.atomic():
            skip = connection.features.has_select_for_update_skip_locked
            found = WatchedLaw.objects.select_for_update(skip_locked=skip).filter(pk=pk)
            row = found.exclude(digest=body.digest, day=today.isoformat()).first()
            if row is not None:
                looked += 1
                told += _look(row, today, body)
    return LookedAgain(looked, tuple(told))


def due(today: date) -> bool:
    """Whether anything waits to be looked at; loads no law where nothing is followed."""
    return WatchedLaw.objects.exists() and (
        WatchedLaw.objects.filter(~Q(digest=Law.load().digest) | ~Q(day=today.isoformat())).exists()
    )


def _look(row: WatchedLaw, today: date, law: Law) -> list[LawAlert]:
    try:
        asked = questions(row.kind, row.said, today)
    except MeguriError:
        WatchedLaw.objects.filter(pk=row.pk).update(lost=True, digest=law.digest, day=today.isoformat())
        return []
    found: list[tuple[str, date, Sequence[ChangedAnswer]]] = []
    coming = alerts.ahead(asked, today, law)
    if row.digest and not row.lost:
        since = min(date.fromisoformat(row.day), today)
        was = msgspec.convert(row.answers, dict[str, KeptAnswer])
        before = msgspec.convert(row.ahead, tuple[ComingChange, ...])
        both = tuple(question for question in asked if named(question) in was)
        if row.digest != law.digest:
            then = alerts.answers(both, since, law)
            found.append((PACK, today, alerts.changed(both, [was[named(one)] for one in both], then)))
            found += _announced(both, before, coming, today, law)
        found += [
            (DATED, date.fromisoformat(one.on), one.changes) for one in alerts.ahead(both, since, law, until=today)
        ]
        found += _near(row, coming, today, {on for kind, on, changes in found if changes})
    made = _tell(row, found, law)
    now = alerts.answers(asked, today, law)
    row.answers = {
        named(question): msgspec.to_builtins(alerts.kept(answer)) for question, answer in zip(asked, now, strict=True)
    }
    row.ahead = msgspec.to_builtins(coming)
    row.digest, row.day, row.lost = law.digest, today.isoformat(), False
    row.save()
    return made


def _announced(
    asked: Sequence[Question], before: Iterable[ComingChange], coming: Iterable[ComingChange], today: date, law: Law
) -> list[tuple[str, date, Sequence[ChangedAnswer]]]:
    """What new packs let come that was not known, and what was announced and comes no more."""

    def by(listed: Iterable[ComingChange]) -> dict[tuple[str, str], ChangedAnswer]:
        return {
            (one.on, msgspec.json.encode(change.question, order="sorted").decode()): change
            for one in listed
            for change in one.changes
        }

    known, now = by(before), by(coming)
    named_now = {msgspec.json.encode(_asked(question), order="sorted").decode() for question in asked}
    days: dict[str, list[ChangedAnswer]] = {}
    for place, change in now.items():
        if place[1] in named_now and place not in known:
            days.setdefault(place[0], []).append(change)
    for place, change in known.items():
        on = date.fromisoformat(place[0])
        if place[1] in named_now and on > today:
            question = alerts.question_of(change.question, on)
            # What was announced beside what is to come now: another, or nothing any more.
            then = alerts.changed((question,), (change.after,), alerts.answers((question,), on, law))
            if then:
                days.setdefault(place[0], []).extend(then)
    return [(PACK, date.fromisoformat(on), changes) for on, changes in sorted(days.items())]


def _asked(question: Question) -> dict[str, Any]:
    return {name: value for name, value in question.to_json().items() if name != "on"}


def _near(
    row: WatchedLaw, coming: Iterable[ComingChange], today: date, told: set[date]
) -> list[tuple[str, date, Sequence[ChangedAnswer]]]:
    """What comes soon, and was not told as coming yet."""
    last = today + NEAR
    soon = [(date.fromisoformat(one.on), one.changes) for one in coming if one.on <= last.isoformat()]
    said = set(LawAlert.objects.filter(watched=row, kind=COMING).values_list("on", flat=True)) if soon else set()
    return [(COMING, on, changes) for on, changes in soon if on.isoformat() not in said and on not in told]


def _tell(
    row: WatchedLaw, found: Iterable[tuple[str, date, Sequence[ChangedAnswer]]], law: Law, draft: str = ""
) -> list[LawAlert]:
    listed = [one for one in found if one[2]]
    if listed:
        # One lock for all: a number that is seen has none before it that is not.
        WatchedLaw.objects.select_for_update().order_by("pk").first()
    return [
        LawAlert.objects.create(
            watched=row,
            kind=kind,
            on=on.isoformat(),
            made=clock.now(),
            before=row.digest,
            after=law.digest,
            draft=draft,
            count=len(changes),
            changes=msgspec.to_builtins(tuple(changes[:MOST])),
        )
        for kind, on, changes in listed
    ]


def under_draft(law: Law, name: str, day: date, *, tell: bool = False) -> LookedAgain:
    """What a draft would change of all that is followed, on a day and on those after it; told where `tell` says so.

    What is not told is not kept either.
    """
    base, looked, told = Law.load(), 0, []
    for pk in WatchedLaw.objects.order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            row = WatchedLaw.objects.select_for_update().filter(pk=pk, lost=False).first()
            if row is None:
                continue
            looked += 1
            asked = questions(row.kind, row.said, day)
            told += _under(row, asked, (base, law), name, day, tell)
    return LookedAgain(looked, tuple(told))


def _under(
    row: WatchedLaw, asked: Sequence[Question], laws: tuple[Law, Law], name: str, day: date, tell: bool
) -> list[LawAlert]:
    """The first day from `day` on on which the draft decides each question otherwise than the law on file."""
    base, law = laws
    left, found = list(asked), []
    for on in (day, *(one for one in boundaries(law) if one > day)):
        was = [alerts.kept(answer) for answer in alerts.answers(left, on, base)]
        changes = alerts.changed(left, was, alerts.answers(left, on, law))
        if changes:
            gone = {msgspec.json.encode(change.question, order="sorted") for change in changes}
            left = [one for one in left if msgspec.json.encode(_asked(one), order="sorted") not in gone]
            found.append((DRAFT, on, changes))
    if tell:
        said = set(LawAlert.objects.filter(watched=row, kind=DRAFT, after=law.digest).values_list("on", flat=True))
        return _tell(row, [one for one in found if one[1].isoformat() not in said], law, name[:120])
    return [
        LawAlert(
            watched=row, kind=kind, on=on.isoformat(), made=clock.now(), before=base.digest,
            after=law.digest, draft=name[:120],
            count=len(changes), changes=msgspec.to_builtins(tuple(changes[:MOST])),
        )
        for kind, on, changes in found
    ]  # fmt: skip
