"""Following and ending it; who may see which alert."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec
from django.db import transaction
from django.db.models import F, Q, QuerySet

from meguri.consent.case import record
from meguri.consent.models import Case
from meguri.following import looking
from meguri.following.models import LawAlert, LawFollow, WatchedLaw
from meguri.kit import clock
from meguri.kit.people.identity import Reader
from meguri.kit.problems import N_, NotFound, Problem, nearest, refuse
from meguri.law import tables
from meguri.law.across import alerts
from meguri.law.asking.model import Question

LANE, ECONOMY, STREAM, CASE = "lane", "economy", "stream", "case"
KINDS = (LANE, ECONOMY, STREAM, CASE)
MOST = 100
"""What one person follows for an organisation, and what an organisation follows as a whole."""


def of_lane(question: Question) -> tuple[str, Mapping[str, Any]]:
    """A lane as it is followed: the question with its facts, for any day."""
    asked = alerts.of_question(question)
    return LANE, {"question": {name: value for name, value in asked.to_json().items() if name != "on"}}


def of_economy(economy: str) -> tuple[str, Mapping[str, Any]]:
    """An economy as it is followed. Raises Refused."""
    code = economy.strip().upper()
    if code not in tables.parties():
        raise refuse(
            N_("“{word}” is not a known economy. Use its ISO 3166 code of three letters, such as MYS."), "/economy",
            "economy", word=economy[:64],
        )  # fmt: skip
    return ECONOMY, {"economy": code}


def of_stream(stream: str) -> tuple[str, Mapping[str, Any]]:
    """A stream as it is followed. Raises Refused."""
    if stream not in tables.streams():
        raise refuse(
            N_("“{word}” is not a known stream. Nearest: {nearest}."), "/stream", "stream", word=stream[:64],
            nearest=nearest(stream[:64], tables.streams()) or "–",
        )  # fmt: skip
    return STREAM, {"stream": stream}


def of_case(reader: Reader, case: str) -> tuple[str, Mapping[str, Any]]:
    """A case that the reader sees, as it is followed: the question of its verdict. Raises NotFound."""
    found = record.case(case[:64], reader)
    asked = alerts.of_question(found.verdict.question.question())
    question = {name: value for name, value in asked.to_json().items() if name != "on"}
    return CASE, {"case": found.id, "number": found.number, "question": question}


def follow(reader: Reader, kind: str, said: Mapping[str, Any], *, whole: bool = False) -> LawFollow:
    """Follow it from now on; twice is once. `whole`: for the organisation and all its people. Raises Refused."""
    key = hashlib.sha256(msgspec.json.encode([kind, said], order="sorted")).hexdigest()
    user = None if whole else reader.user
    with transaction.atomic():
        standing = LawFollow.objects.filter(organisation=reader.organisation, user=user)
        found = standing.filter(watched__key=key).first()
        if found is not None:
            return found
        if standing.count() >= MOST:
            raise refuse(N_("{most} things are followed already. End one first."), "", "many", most=MOST)
        watched, made = WatchedLaw.objects.get_or_create(key=key, defaults={"kind": kind, "said": dict(said)})
        row = LawFollow.objects.create(
            organisation=str(reader.organisation), user=user, watched=watched, made=clock.now()
        )
    if made and kind in (LANE, CASE):
        looking.look(clock.today(), only=watched.pk)
    return row


def mine(reader: Reader) -> QuerySet[LawFollow]:
    """What the reader follows, and what their organisation does, the newest first."""
    held = Q(user=None) | Q(user=reader.user) if reader.user is not None else Q(user=None)
    rows = LawFollow.objects.filter(held, organisation=reader.organisation).select_related("watched")
    return rows.defer("watched__answers").order_by("-pk")


def end(reader: Reader, pk: int) -> None:
    """Follow it no longer; what nobody follows is forgotten with what was told of it. Raises NotFound."""
    row = mine(reader).filter(pk=pk).first()
    if row is None:
        raise NotFound(Problem(N_("You follow no such thing."), "", "follow"))
    with transaction.atomic():
        watched = row.watched_id
        row.delete()
        WatchedLaw.objects.filter(pk=watched, follows=None).delete()


def alerts_of(reader: Reader) -> QuerySet[LawAlert]:
    """What was told since the reader followed it, the newest first; of cases only while the reader sees them."""
    held = Q(watched__follows__user=None)
    if reader.user is not None:
        held |= Q(watched__follows__user=reader.user)
    rows = LawAlert.objects.filter(
        held, watched__follows__organisation=reader.organisation, watched__follows__made__lt=F("made")
    )
    hidden = hidden_cases(reader)
    return rows.exclude(watched__in=hidden).select_related("watched").defer("watched__answers").distinct()


def hidden_cases(reader: Reader) -> list[int]:
    """Cases that are followed and that the reader no longer sees, by what is watched of them."""
    cases = {row.watched.said["case"]: row.watched_id for row in mine(reader).filter(watched__kind=CASE)}
    seen = set(Case.objects.visible_to(reader).filter(id__in=cases).values_list("id", flat=True)) if cases else set()
    return [pk for case, pk in cases.items() if case not in seen]


def last_number() -> int:
    """The place of the newest alert; 0 where there is none."""
    return LawAlert.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
