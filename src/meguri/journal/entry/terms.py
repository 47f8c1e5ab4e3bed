"""On what terms acts of a kind are taken: who may tell them, and how long after it happened. Each room says it in its
`tables/kinds.csv`; the journal asks it before the kind's own guards, at the claimed and at the recorded instant.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import cache

import msgspec

from meguri.journal import wording
from meguri.journal.act import CLOCK, NODE, Act, Instants, Late, SaidFor
from meguri.journal.projections import books
from meguri.journal.subject import home, split
from meguri.journal.world import World
from meguri.kit import clock
from meguri.kit.files.reading import Line
from meguri.kit.problems import N_, Conflict, NotAllowed, Problem, refuse
from meguri.kit.words import Words

USUAL = timedelta(minutes=10)
"""How long after a claimed instant an act of any kind is taken: slow links, clocks that differ."""
SPEAKERS = {NODE: "node", CLOCK: "clock"}
WAYS: Mapping[str, Words] = {
    "offline": Words("written down without a connection"),
    "paper": Words("entered from paper"),
}
"""Why something is told long after it happened."""


class Terms(msgspec.Struct, frozen=True):
    """`who` tells acts of a kind: `node`, `clock`, `owner` (whoever the kind's guards let, also when closed),
    `organisation` (any that stands), or roles one of which is held. `after` says by its reason how long afterwards;
    `for_others`, whether another organisation may tell them for their actor, by a delegation.
    """

    who: tuple[str, ...]
    after: Mapping[str, timedelta]
    for_others: bool = False


Stands = Callable[[World, Act, Instants, tuple[str, ...]], None]
_stands: list[Stands] = []


def provide(stands: Stands) -> None:
    """Have `stands` refuse actors that are not admitted, are closed, or hold none of the roles given (none: any)."""
    _stands[:] = [stands]


@cache
def of(kind: str) -> Terms | None:
    """The terms of a kind; None for one that no room's table names."""
    row = wording.row(kind)
    return None if row is None else _read(row)


def _read(row: Line) -> Terms:
    units = {"offline": timedelta(hours=1), "paper": timedelta(days=1)}
    after = {
        way: int(row[column]) * units[way]
        for way, column in (("offline", "offline_h"), ("paper", "paper_d"))
        if row[column]
    }
    return Terms(tuple(row["who"].split()), after, bool(row["for_others"]))


def ask(world: World, act: Act, at: Instants) -> None:
    """Refuse an act that is told too late, before what it rests on was there, or by one who does not stand."""
    terms = of(act.kind) or Terms(("owner",), {})
    _not_before(world, act, at)
    _by_another(terms, world, act, at)
    _who(terms, world, act, at)
    _not_too_late(terms, act, at)


def _not_too_late(terms: Terms, act: Act, at: Instants) -> None:
    most = USUAL
    if isinstance(act.late, Late):
        if not act.late.why.strip():
            raise refuse(N_("Write why this is told late."), "/late/why", "required")
        given = terms.after.get(act.late.how)
        if given is None:
            raise refuse(
                N_("Acts of the kind {kind} are not {way}: they count when they are told."),
                "/late/how",
                "late",
                kind=act.kind,
                way=WAYS[act.late.how],
            )
        most = max(given, USUAL)
    if at.recorded - at.claimed > most:
        raise refuse(
            N_(
                "The act claims to have happened at {claimed}. At {now} it is taken from {earliest} on: say when it is "
                "told, or why it is told late."
            ),
            "/claimed",
            "past",
            claimed=act.claimed,
            now=clock.stamp(at.recorded),
            earliest=clock.stamp(at.recorded - most),
        )


def _not_before(world: World, act: Act, at: Instants) -> None:
    for name, state in world.present():
        # Clocks of two nodes are not compared.
        since = None if home(name) else books.since(split(name)[0], state)
        if since is not None and at.counts < since:
            raise Conflict(
                Problem(
                    N_("{subject} is on record from {since}; nothing can have happened to it before, at {claimed}."),
                    "/claimed",
                    "before",
                    {"subject": name, "since": clock.stamp(since), "claimed": clock.stamp(at.counts)},
                )
            )


def _by_another(terms: Terms, world: World, act: Act, at: Instants) -> None:
    """Refuse what nobody tells for another, and who tells it without standing itself. That the delegation covers it,
    is asked with the key (`signatures.authenticity`).
    """
    if not isinstance(act.by, SaidFor):
        return
    if not terms.for_others or act.actor in SPEAKERS:
        raise NotAllowed(
            Problem(
                N_("Acts of the kind {kind} are told by nobody for another: {actor} tells them itself."),
                "/by",
                "not-delegable",
                {"kind": act.kind, "actor": act.actor},
            )
        )
    for stands in _stands:
        stands(world, msgspec.structs.replace(act, actor=act.by.organisation), at, ())


def _who(terms: Terms, world: World, act: Act, at: Instants) -> None:
    if "owner" in terms.who:
        return
    speaker = SPEAKERS.get(act.actor)
    if speaker in terms.who:
        return
    roles = tuple(one for one in terms.who if one not in ("node", "clock"))
    if speaker is not None or not roles:
        raise NotAllowed(
            Problem(
                N_("Acts of the kind {kind} are not told by {actor}."),
                "/actor",
                "role",
                {"kind": act.kind, "actor": act.actor},
            )
        )
    for stands in _stands:
        stands(world, act, at, () if "organisation" in roles else roles)
