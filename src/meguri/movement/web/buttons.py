"""What a reader can say of a movement now: the buttons of its page, made from the tables it follows.

What the table lets the reader say but something else forbids is shown closed, with every reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from meguri import law
from meguri.consent import models as consent_models
from meguri.consent.case import permission
from meguri.consent.case import record as consent
from meguri.consent.states import TrackState, WholeCase
from meguri.journal import peers
from meguri.journal.subject import split
from meguri.kit.problems import N_, Problem
from meguri.kit.words import Words
from meguri.law.citing import citation
from meguri.movement import course
from meguri.movement.guards.departure import GRACE
from meguri.movement.holding import held as held_movements
from meguri.movement.holding import resting
from meguri.movement.states import ArrivalState, MovementState
from meguri.movement.web import wording
from meguri.procedure import engine, tables

ORDER = (
    "depart",
    "receive",
    "certify",
    "take_back",
    "return",
    "find",
    "hand_over",
    "announce",
    "change",
    "miss",
    "cancel",
)
GRAVE = ("cancel", "return", "miss")
REASON = ("cancel", "return")
"""Transitions whose text is a reason, and is called so in their forms."""


@dataclass(frozen=True)
class ActForm:
    """A form of the page: what it says, whether it stands open, whether it is grave, why it would be refused now."""

    name: str
    words: Words
    open: bool
    text: str
    citation: Words
    confidence: str
    closed: tuple[Problem, ...] = ()

    @property
    def grave(self) -> bool:
        """Whether it ends or troubles the movement."""
        return self.name in GRAVE

    @property
    def template(self) -> str:
        """Where its fields are."""
        return f"movement/forms/{self.name}.html"


def offers(
    state: MovementState, arrival: ArrivalState | None, organisation: str, now: datetime, keeper: str = ""
) -> list[engine.Offer]:
    """What an organisation may say of the movement now, or of its arrival, as the tables have it.

    Of a movement that another node keeps (`keeper`), only its facility says something here; of one that goes to another
    node, its facility says it there.
    """
    roles = frozenset(role for role, who in course.roles(state).items() if who == organisation)
    seen = course.facts(state.course, state.origin, now)
    found = [] if keeper else list(engine.offers(course.table_of(state.course), state.course, roles, seen))
    if organisation != state.operator or (state.there or keeper or peers.here()) != peers.here():
        return found
    if arrival is not None:
        facts = course.facts(arrival.course, state.destination, now)
        found += engine.offers(course.table_of(arrival.course), arrival.course, frozenset({"operator"}), facts)
    elif state.course.standing == "under_way" and state.status != "returning":
        table = course.table("arrival", now.date())
        found += engine.offers(table, None, frozenset({"operator"}), course.facts(state.course, state.destination, now))
    return found


NAMES = {"refuse": "receive", "recover_part": "certify", "recover": "certify"}
"""Transitions of an arrival that share a form: what is written in it decides which of them it is."""


def forms(
    state: MovementState,
    arrival: ArrivalState | None,
    case: WholeCase | None,
    organisation: str,
    now: datetime,
    sent: str = "",
    keeper: str = "",
) -> list[ActForm]:
    """The forms of the page, what leads on first; the one that was sent is open, else the first."""
    found: dict[str, engine.Offer] = {}
    for offer in offers(state, arrival, organisation, now, keeper):
        found.setdefault(NAMES.get(offer.row.transition, offer.row.transition), offer)
    names = [*(name for name in ORDER if name in found)]
    return [
        ActForm(
            name=name,
            words=wording.task(name),
            open=name == sent or (not sent and n == 0),
            text=_text(name, found[name]),
            citation=citation(found[name].row.citation),
            confidence=found[name].row.confidence,
            closed=(
                *((problem,) if (problem := found[name].closed) else ()),
                *(blocked(state, case, now) if name == "depart" else ()),
                *(held(state, case, now) if name == "receive" else ()),
            ),
        )
        for n, name in enumerate(names)
    ]


def _text(name: str, offer: engine.Offer) -> str:
    """What the form calls the text that the table asks for; empty where it asks for none."""
    if name in ("receive", "certify") or "text" not in offer.fields:
        return ""
    return "reason" if name in REASON else "text"


def blocked(state: MovementState, case: WholeCase | None, now: datetime) -> tuple[Problem, ...]:
    """Why a planned movement may not leave now, as far as its page can say."""
    day = permission.local_day(case, now) if case else course.local_day(state.origin, now)
    found = []
    if day > state.planned_on + GRACE:
        found.append(
            Problem(
                N_("The document says {planned}; that day has passed. Change the day first."),
                "/departed_on",
                "day-passed",
                {"planned": state.planned_on.isoformat()},
            )
        )
    found += resting.stopped(state, held_movements.known([state]), now)
    if case is None:
        return tuple(found)
    guarantees = consent.guarantees(case)
    return (
        *found,
        *permission.of(case, now),
        *permission.dates(case, case.tracks, day, "/departed_on"),
        *permission.guaranteed({id: guarantees.get(id) for id in case.guarantees}, day),
        *(
            Problem(
                N_("The clearance of this movement is missing: {track}."),
                "/movement",
                "clearance",
                {"track": line["name"]},
            )
            for line in clearances(state, now)
            if not line["in"]
        ),
    )


def held(state: MovementState, case: WholeCase | None, now: datetime) -> tuple[Problem, ...]:
    """What of that on which a movement rests does not stand now."""
    return held_movements.of(state, case, held_movements.known([state]), now)


def clearances(state: MovementState, now: datetime, keeper: str = "") -> list[dict[str, Any]]:
    """The authorities that clear this very movement, with how each stands."""
    keys = [split(peers.seen(name, keeper))[1] for name in state.clearances]
    rows = consent_models.Track.objects.filter(id__in=keys)
    known = {row.id: cast(TrackState, row.value) for row in rows}
    lines = []
    for key in keys:
        track = known.get(key)
        authority = key.partition("/")[2].partition(".")[0]
        lines.append(
            {
                "name": law.office_name(authority),
                "state": tables.states()[track.state].words if track else Words("not asked yet"),
                "in": track is not None and (not track.needed or engine.is_granted(track.course, now)),
            }
        )
    return lines
