"""Kinds of act in words: each room says its own, in `tables/kinds.csv`. And what the node itself is called.

The same table says who tells a kind and how long after it happened (`entry.terms`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from meguri.journal.act import CLOCK, NODE, Act
from meguri.journal.states import KeyState
from meguri.kit.files import reading
from meguri.kit.people.identity import FOR_ANOTHER
from meguri.kit.words import Words, cell, plain

SPEAKERS = {NODE: Words("The node's operator"), CLOCK: Words("The clock")}
"""Who speaks without being an organisation on record."""
COLUMNS = ("kind", "words", "who", "offline_h", "paper_d", "for_others")
_tables: dict[str, Path] = {}


def say(room: str, table: Path) -> None:
    """Let a room say its kinds: columns `COLUMNS`."""
    _tables[room] = table
    _rows.cache_clear()


@cache
def _rows(room: str) -> dict[str, reading.Line]:
    if room not in _tables:
        return {}
    return {row["kind"]: row for row in reading.lines(_tables[room], COLUMNS, needed=("kind", "words", "who"))}


def row(kind: str) -> reading.Line | None:
    """The line of a kind in its room's table; None where there is none."""
    return _rows(kind.partition(".")[0]).get(kind)


def delegable() -> tuple[str, ...]:
    """The kinds of act that an organisation may let another say for it, by name: those whose table says `yes`."""
    return tuple(kind for room in sorted(_tables) for kind, line in sorted(_rows(room).items()) if line["for_others"])


def of(kind: str) -> Words:
    """What a kind of act says, for people; its bare name where no room says it."""
    found = row(kind)
    return cell(f"{kind.partition('.')[0]}/kinds", kind, "words", found["words"]) if found else plain(kind)


def speakers(acts: Iterable[Act]) -> set[str]:
    """Every organisation whose name it takes to say who says these acts."""
    return {name for act in acts for name in (act.actor, act.speaker)}


def who_says(act: Act, names: Mapping[str, Words]) -> Words:
    """Who says an act, by names of organisations: the actor, or both where another says it for the actor."""
    return said_by(act.actor, act.speaker, names)


def said_by(actor: str, speaker: str, names: Mapping[str, Words]) -> Words:
    """The same, by the two organisations."""
    name = SPEAKERS.get(actor) or names[actor]
    return name if speaker == actor else FOR_ANOTHER.format(by=names[speaker], actor=name)


PROVED = {
    "service": Words("by the service, which keeps the key and signs for people who sign in"),
    "operator": Words("by the operator’s word alone: its owner has not accepted it"),
    "own_key": Words("by another key of its own that the organisation holds"),
}
BY_CODE = {
    "letter": Words("accepted by its owner on {day}, with a code given by letter"),
    "telephone": Words("accepted by its owner on {day}, with a code given by telephone"),
    "in_person": Words("accepted by its owner on {day}, with a code given in person"),
}


def proved(key: KeyState) -> Words:
    """How it was shown that a key is its owner's."""
    if key.offer is None or key.accepted is None:
        return PROVED[key.proved]
    return BY_CODE[key.offer.way].format(day=key.accepted.date().isoformat())
