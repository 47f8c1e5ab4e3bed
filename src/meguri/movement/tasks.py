"""What waits for an organisation among movements: to be planned, to leave, to be weighed, certified, taken back.

Each line follows from one subject: a movement, an arrival, the account of a case. What other parts forbid closes the
button and is said; it does not hide the line.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

import msgspec
from django.db import connection

from meguri.consent import models as consent_models
from meguri.consent.case import permission
from meguri.consent.case import record as consent
from meguri.consent.states import DossierState, WholeCase
from meguri.journal import peers
from meguri.journal.projections import copies, relations
from meguri.journal.subject import bare, split
from meguri.kit import clock
from meguri.kit.problems import Problem
from meguri.movement import course, record, turns
from meguri.movement.holding import held
from meguri.movement.states import MovementState
from meguri.procedure import engine


class MovementTask(msgspec.Struct, frozen=True, kw_only=True):
    """Something that waits for an organisation: what, on which movement or case; `closed` says what forbids it now."""

    what: str
    number: str
    case: str = ""
    movement: str = ""
    case_state: WholeCase | None = None
    state: MovementState | None = None
    transitions: tuple[str, ...] = ()
    closed: Problem | None = None


def transitions(state: MovementState, organisation: str, keeper: str = "") -> tuple[str, ...]:
    """What an organisation is awaited to say of a movement; `keeper` keeps it where this node does not."""
    who = course.roles(state)
    rows = engine.rows(course.table_of(state.course), state.course)
    found = [row.transition for row in rows if row.waits and who.get(row.role) == organisation and not keeper]
    if state.operator == organisation and turns.awaited(state, keeper, peers.here()):
        found.append("receive")
    return tuple(dict.fromkeys(found))


HELD = ("depart", "receive")
"""What licences that do not hold stop."""
FIRST = ("depart", "receive", "recover", "take_back", "return", "find", "hand_over", "change")


# What is asked of movements and arrivals comes first, then cases to be closed, then movements to be planned: those
# under cases to which no consent is missing before the others. Of each kind what has waited longest comes first. What
# is asked of a movement and of its arrival is one line.
_ASKED = """
    SELECT CASE WHEN e.kind = 'asks' THEN 0 WHEN e.kind = 'closes' THEN 1
        WHEN EXISTS (SELECT 1 FROM consent_track t
            WHERE t."case" = substr(e.source, 9) AND t.movement = '' AND t.missing) THEN 3
        ELSE 2 END AS rank, e.number AS number, e.source AS source
    FROM journal_edge e WHERE e.kind IN ('asks', 'plans', 'closes') AND e.target = %s
    AND (e.kind <> 'asks' OR substr(e.source, 1, 6) <> 'track:')
    AND NOT (substr(e.source, 1, 8) = 'arrival:' AND EXISTS (SELECT 1 FROM journal_edge m
        WHERE m.kind = 'asks' AND m.source = 'movement:' || substr(e.source, 9) AND m.target = e.target))
    AND (e.kind = 'asks' OR EXISTS (SELECT 1 FROM consent_case c WHERE c.id = substr(e.source, 9) AND NOT c.over))"""
AT_ONCE = 500
PER_RANK = 10**15
"""Places of one kind of line; numbers of acts are smaller."""


def page(organisation: str, most: int, after: tuple[int, str] | None = None) -> list[tuple[int, str]]:
    """The next lines of a queue: the place of each, and the subject that asks for it. One query; `after` is the last
    line of the page before.
    """
    later: str = ""
    values: list[Any] = []
    if after is not None:
        rank, number = divmod(after[0], PER_RANK)
        later = "WHERE rank > %s OR (rank = %s AND (number > %s OR (number = %s AND source > %s)))"
        rank = min(rank, len(FIRST))
        values = [rank, rank, number, number, after[1]]
    sql = f"SELECT rank, number, source FROM ({_ASKED}) asked {later} ORDER BY rank, number, source LIMIT %s"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, [organisation, *values, most])
        return [(rank * PER_RANK + number, source) for rank, number, source in cursor.fetchall()]


def counted(organisation: str, most: int) -> tuple[int, bool]:
    """How many lines the queue has, up to `most`, and whether there are more."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({_ASKED} LIMIT %s) asked", [organisation, most + 1])  # noqa: S608
        found = int(cursor.fetchone()[0])
    return min(found, most), found > most


def waiting_for(organisation: str, at: datetime | None = None) -> tuple[MovementTask, ...]:
    """All that waits, what can be done now first."""
    lines: list[tuple[int, str]] = []
    while found := page(organisation, AT_ONCE, lines[-1] if lines else None):
        lines += found
    return tasks(organisation, lines, at)


def tasks(organisation: str, lines: Sequence[tuple[int, str]], at: datetime | None = None) -> tuple[MovementTask, ...]:
    """What may be done of these lines, what can be done now first; in as many queries however much it is."""
    now = at or clock.now()
    own = {bare(split(name)[1]) for _, name in lines if name.startswith("movement:")}
    arrived = {bare(split(name)[1]) for _, name in lines if name.startswith("arrival:")}
    arrivals = [f"arrival:{id}" for id in own]
    asked = relations.edges(consent_models.ASKS, source=arrivals, target=organisation) if arrivals else ()
    arrived |= {bare(split(edge.source)[1]) for edge in asked}
    accounts = [(place // PER_RANK, split(name)[1]) for place, name in lines if name.startswith("account:")]
    closes = [id for rank, id in accounts if rank == 1]
    plans = [id for rank, id in accounts if rank > 1]
    known = record.movements([*sorted(own | arrived)])
    states = {id: state for id, (_, state) in sorted(known.items())}
    # On the facility's node a movement stays under way until its own node has taken the receipt in.
    received = record.arrivals({id: known[id] for id in known if known[id][0]})
    wanted = {*plans, *closes, *(state.case for state in states.values() if state.case)}
    open_rows = copies.rows(consent_models.Case, "case", wanted)
    dossiers = {id: cast(DossierState, row.value) for id, row in open_rows.items()}
    live = {id: one for id, one in dossiers.items() if one.completed_at is None and one.retracted_at is None}
    cases = {case.id: case for case in consent.together((open_rows[id].id, live[id]) for id in wanted & live.keys())}
    rested = held.known(states.values())
    found = []
    for id, state in states.items():
        number = dossiers[state.case].number if state.case in dossiers else state.permission.number or id
        asked_for = transitions(state, organisation, known[id][0]) if id in own and id not in received else ()
        if id in arrived:
            asked_for = (*asked_for, "recover")
        asked_for = tuple(sorted(dict.fromkeys(asked_for), key=FIRST.index))
        if asked_for:
            what = "certify" if asked_for[0] == "recover" else asked_for[0]
            stopped = held.of(state, cases.get(state.case), rested, now) if what in HELD else ()
            found.append(
                MovementTask(
                    what=what,
                    number=number,
                    case=state.case,
                    movement=id,
                    state=state,
                    transitions=asked_for,
                    closed=next(iter(stopped), None),
                )
            )
    for id in sorted({*plans, *closes} & cases.keys()):
        case = cases[id]
        if id in plans:
            closed = next(iter(permission.of(case, now)), None)
            found.append(
                MovementTask(what="open_movement", number=case.number, case=id, case_state=case, closed=closed)
            )
        if id in closes:
            found.append(MovementTask(what="complete", number=case.number, case=id, case_state=case))
    return tuple(sorted(found, key=lambda task: (task.closed is not None, task.number, task.movement)))
