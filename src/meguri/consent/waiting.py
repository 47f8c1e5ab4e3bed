"""What waits for an organisation: steps on tracks, and movements, the soonest due first."""

from __future__ import annotations

from datetime import datetime
from typing import cast

import msgspec

from meguri.consent import models, procedure
from meguri.consent.states import CaseState, Due, Track
from meguri.kit import clock


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """Something that waits for an organisation: a track of a case (or a movement), what may be done, and by when."""

    case: str
    number: str
    state: CaseState
    offers: tuple[procedure.Offer, ...]
    track: Track | None = None
    movement: str = ""
    what: str = ""
    due: Due | None = None


def waiting_for(organisation: str, at: datetime | None = None) -> tuple[Task, ...]:
    """What waits for an organisation: steps on tracks that its clock or another's turn asks for, soonest due first."""
    now = at or clock.now()
    found: list[Task] = []
    rows = models.Case.objects.visible_to(organisation).filter(completed=False).order_by("next_due", "id")
    for row in rows:
        state = cast(CaseState, row.value)
        offers = procedure.offers(state, organisation, now)
        for track in state.tracks:
            mine = tuple(o for o in offers if o.track.key == track.key and o.row.transition not in QUIET)
            if mine and track.standing in ("open", "noted"):
                dues = [due for due in track.dues if not due.bars]
                found.append(
                    Task(
                        case=row.id,
                        number=state.number,
                        state=state,
                        offers=mine,
                        track=track,
                        due=min(dues, key=lambda due: due.due_at, default=None),
                    )
                )
        found += _movement_tasks(row.id, state, organisation, now)
    return tuple(sorted(found, key=lambda task: (task.due is None, task.due.due_at if task.due else now, task.number)))


# Steps that may be taken at any time but that nobody waits for.
QUIET = frozenset({"retract", "withdraw"})


def _movement_tasks(case_id: str, state: CaseState, organisation: str, now: datetime) -> list[Task]:
    """Movements that wait for the organisation: to be opened, to leave, to be weighed, to be certified."""
    found: list[Task] = []
    for line in state.movements:
        what, whom = {
            "planned": ("depart", {state.exporter, line.carrier}),
            "departed": ("receive", {state.operator}),
            "received": ("certify", {state.operator}),
        }.get(line.status, ("", set()))
        if organisation in whom:
            found.append(
                Task(case=case_id, number=state.number, state=state, offers=(), movement=line.movement, what=what)
            )
    clear = procedure.standing(state, now).word == "clear"
    done = all(line.status in ("recovered", "returned") for line in state.movements)
    if clear and organisation == state.exporter and len(state.movements) < state.shipments and done:
        found.append(Task(case=case_id, number=state.number, state=state, offers=(), what="open_movement"))
    if state.movements and done and organisation in (state.exporter, state.operator):
        found.append(Task(case=case_id, number=state.number, state=state, offers=(), what="complete"))
    return found
