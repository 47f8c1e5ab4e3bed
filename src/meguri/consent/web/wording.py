"""Words for what pages show of cases: parts, forms, standings, due dates and what moved them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from meguri import law
from meguri.consent.case.resting import SaidFact
from meguri.consent.case.standing import CaseStanding, Word
from meguri.consent.services import CaseTask
from meguri.consent.states import AskedAuthority, TrackState
from meguri.consent.tracks import grounds
from meguri.kit.catalogues import offered
from meguri.kit.language.formats import day
from meguri.kit.words import Words, given, listed, plain
from meguri.procedure import clocks, tables
from meguri.procedure.states import Due

CAPACITIES: Mapping[str, Words] = {
    "export": Words("Export"),
    "import": Words("Import"),
    "transit": Words("Transit"),
    "approval": Words("Approval"),
    "guarantee": Words("Guarantee"),
    "clearance": Words("Clearance of each movement"),
    "informed": Words("Informed only"),
}
FORMS: Mapping[str, Words] = {
    "written": Words("in writing; silence is no consent"),
    "tacit": Words("silence consents once the clock has run out"),
    "acknowledgement": Words("Acknowledgment of Consent"),
    "notice": Words("notice only"),
}
TONES = {"waiting": "note", "open": "wait", "granted": "good", "refused": "stop", "noted": "note", "ended": "note"}
STANDINGS: Mapping[Word, tuple[str, Words]] = {
    "waiting": ("wait", Words("waits for consents")),
    "clear": ("good", Words("all consents are in: it may move")),
    "refused": ("stop", Words("refused or withdrawn")),
    "held": ("stop", Words("held")),
    "retracted": ("note", Words("taken back")),
    "completed": ("good", Words("completed")),
}
# No State's own: a verdict that names one of these asks for what the Convention itself asks for.


def state_of(track: TrackState) -> Words:
    """The name of a track's state."""
    return tables.states()[track.state].words


def authority(slug: str) -> Words:
    """The short name of an authority."""
    return law.office_name(slug)


def capacity(asked: AskedAuthority) -> Words:
    """The part of a track, in words."""
    return CAPACITIES.get(asked.capacity, plain(asked.capacity))


def standing(found: CaseStanding) -> tuple[str, Words]:
    """Tone and words of a case's standing; a wait names whose consents are missing."""
    tone, words = STANDINGS[found.word]
    if found.word == "waiting" and found.missing:
        return tone, Words("waits for {authorities}").format(
            authorities=listed(authority(track.authority) for track in found.missing)
        )
    return tone, words


def due_day(due: Due) -> Words:
    """The last day, with its weekday."""
    return given({code: day(due.due_on, code) for code in offered()})


def moved(due: Due) -> Words:
    """What made it move: ``4 days later because of …``; empty where nothing did."""
    days = (due.due_on - due.counted_on).days
    if due.day_kind == "working" or not days:
        return plain("")
    reasons = dict.fromkeys(clocks.reason(item, due.calendar) for item in due.moved_by)
    why = listed(reasons, Words(", ", context="what moved a day"))
    later = Words("{days} day later because of {why}") if days == 1 else Words("{days} days later because of {why}")
    return later.format(days=days, why=why)


def rule(due: Due) -> Words:
    """How it was counted, and whether the law or only a target says so."""
    kind = {
        "calendar": Words("days"),
        "working": Words("working days"),
        "calendar_before": Words("days before departure"),
    }.get(due.day_kind, Words("days"))
    if not due.legal:
        return Words("no legal limit; service target of {days} {kind}, assumed").format(days=due.days, kind=kind)
    return Words("{days} {kind}").format(days=due.days, kind=kind)


def task(item: CaseTask) -> Words:
    """What waits on a track: the first step open and how many others are."""
    first = tables.transitions()[item.offers[0].row.transition].words
    others = len(item.offers) - 1
    if not others:
        return first
    more = Words("{first} (or {count} other step)") if others == 1 else Words("{first} (or {count} other steps)")
    return more.format(first=first, count=others)


def nothing(due: Due | None) -> Words:
    """What happens if nothing is done."""
    if due is None:
        return Words("No clock runs; the case waits.")
    return grounds.if_nothing(due)


SAID_BY: Mapping[str, tuple[str, Words]] = {
    "record": ("good", Words("proved by the record")),
    "exporter": ("note", Words("the exporter's word")),
}
"""Tone and words of who says a fact."""


def fact(one: SaidFact, number: str = "") -> dict[str, Any]:
    """A fact of the question in words: what it is, what was answered, who says so and by which licence."""
    known = law.fact_vocabulary().get(one.fact)
    tone, words = SAID_BY[one.said_by]
    value = {True: Words("yes"), False: Words("no")}.get(one.value) if isinstance(one.value, bool) else None
    return {
        "label": known.label if known else plain(one.fact),
        "value": value or plain(str(one.value)),
        "tone": tone,
        "words": words,
        "number": number,
    }
