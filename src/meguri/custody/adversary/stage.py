"""Organisations and sites of a simulated trade: two yards, an exporter, a smelter, and their honest acts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from random import Random
from typing import Any

from meguri.custody import acts
from meguri.custody.states import EventState, LotState, ProcessState
from meguri.custody.substance.saying import said
from meguri.journal.act import Entry
from meguri.journal.entry.in_memory import MemoryRecord
from meguri.movement.states import Bag, LotMass
from meguri.registry.states import FacilityState, LicenceState, OrganisationState, RoleSpan

BEGIN = datetime(2026, 1, 5, 3, tzinfo=UTC)
SINCE = datetime(2020, 1, 1, tzinfo=UTC)
YARD, SECOND_YARD, EXPORTER, SMELTER, SECOND_SMELTER = (
    f"organisation:{name}" for name in ("yard", "second-yard", "exporter", "smelter", "second-smelter")
)
ROLES = {
    YARD: ("MYS", ("collector", "dismantler")),
    SECOND_YARD: ("MYS", ("collector", "dismantler")),
    EXPORTER: ("MYS", ("dismantler", "exporter")),
    SMELTER: ("MYS", ("collector", "smelter")),
    SECOND_SMELTER: ("MYS", ("collector", "smelter")),
}
"""All in one economy: what crosses a border is tried with cases of their own."""


class TradeStage:
    """A record in memory on which the cast stands; every method tells one act. Masses are grams."""

    def __init__(self) -> None:
        self.record = MemoryRecord(BEGIN)
        self.count = 0
        for who, (economy, roles) in ROLES.items():
            spans = tuple(RoleSpan(role, SINCE) for role in roles)
            self.record.states[who] = OrganisationState(
                names={"en": who.partition(":")[2]}, economy=economy, admitted_on=BEGIN, roles=spans
            )
            self.record.states[f"facility:{site(who)}"] = FacilityState(
                organisation=who,
                names={"en": site(who)},
                economy=economy,
                lat=5.0,
                lon=100.0,
                operations=("R4",) if "smelter" in roles else ("R12",),
            )
            self.record.states[f"licence:{site(who)}"] = LicenceState(
                holder=f"facility:{site(who)}", kind="facility-permit", number="1", since=SINCE
            )

    def name(self, prefix: str) -> str:
        """A name that nothing has yet."""
        self.count += 1
        return f"{prefix}{self.count}"

    def lot(self, name: str) -> LotState:
        """The state of a lot."""
        state = self.record.states[f"lot:{name}"]
        assert isinstance(state, LotState)
        return state

    def held(self, who: str) -> list[str]:
        """Lots in somebody's hands of which something is left, by name."""
        return sorted(
            name.partition(":")[2]
            for name, state in self.record.states.items()
            if isinstance(state, LotState) and state.holder == who and state.status == "held"
        )

    def collect(self, who: str, stream: str, grams: int, **more: Any) -> str:
        """Something is taken in; returns the lot."""
        lot = self.name("L")
        self.say(
            who,
            "custody.collect",
            acts.Collect(
                event=self.name("E"), lot=lot, stream=stream, grams=grams, facility=site(who), economy=_at(who), **more
            ),
        )
        return lot

    def transform(
        self,
        who: str,
        step: str,
        inputs: Sequence[tuple[str, int]],
        outputs: Sequence[tuple[str, int]],
        **more: Any,
    ) -> list[str]:
        """Lots become others (stream, grams); the difference is what is left to explain. Returns the new lots."""
        names = [self.name("O") for _ in outputs]
        body = acts.Transform(
            event=self.name("T"),
            step=step,
            facility=site(who),
            economy=_at(who),
            inputs=tuple(LotMass(*part) for part in inputs),
            outputs=tuple(
                acts.Output(lot=name, stream=stream, grams=grams)
                for name, (stream, grams) in zip(names, outputs, strict=True)
            ),
            difference_g=sum(grams for _, grams in outputs) + more.get("loss_g", 0) - sum(grams for _, grams in inputs),
            licences=(site(who),),
            **more,
        )
        states = self.record.states
        lots = {name: one for name, _ in inputs if isinstance(one := states.get(f"lot:{name}"), LotState)}
        before = states.get(f"process:{site(who)}")
        body = said(body, lots, before if isinstance(before, ProcessState) else None)
        self.say(who, "custody.transform", body)
        return names

    def send(self, who: str, to: str, *lots: str) -> None:
        """Whole lots go to somebody in the same economy."""
        parts = tuple(LotMass(lot, self.lot(lot).mass_g) for lot in lots)
        self.say(who, "custody.dispatch", acts.Dispatch(event=self.name("S"), lots=parts, to=to, economy=_at(who)))

    def receive(self, who: str, *bags: Bag) -> None:
        """Lots are weighed on arrival."""
        self.say(
            who, "custody.receive", acts.Receive(event=self.name("R"), facility=site(who), economy=_at(who), bags=bags)
        )

    def hand_over(self, who: str, to: str, *lots: str) -> None:
        """Lots are sent, and taken in with what they weighed."""
        weights = {lot: self.lot(lot).mass_g for lot in lots}
        self.send(who, to, *lots)
        self.receive(to, *(Bag(lot=lot, received_g=grams, accepted=True) for lot, grams in weights.items()))

    def correct(self, who: str, lot: str, grams: int, reason: str = "misread") -> None:
        """A weighing is put right."""
        state = self.lot(lot)
        body = acts.Correct(
            event=self.name("K"), lot=lot, was_g=state.mass_g, grams=grams, reason=reason, corrects=state.made_by
        )
        self.say(who, "custody.correct", body)

    def declare_wrong(self, who: str, chance: Random) -> None:
        """One to three of somebody's last events are taken back, whatever was built on them."""
        own = [
            (state.number, name.partition(":")[2])
            for name, state in self.record.states.items()
            if isinstance(state, EventState) and state.actor == who
        ]
        names = [name for _, name in sorted(own, reverse=True)]
        if not names:
            return
        first = chance.randrange(min(len(names), 3))
        events = tuple(names[first : first + chance.randint(1, 3)])
        lots = {
            part.lot
            for name in events
            if isinstance(state := self.record.states[f"event:{name}"], EventState)
            for part in (*state.inputs, *state.outputs)
        }
        body = acts.DeclareWrong(events=events, lots=tuple(sorted(lots)), why="incorrect_data", reason="misread")
        self.say(who, "custody.declare_wrong", body)

    def say(self, who: str, kind: str, body: Any) -> Entry:
        """Tell any act."""
        return self.record.say(who, kind, body)


def site(who: str) -> str:
    """Everybody's one site is called as they are."""
    return who.partition(":")[2]


def _at(who: str) -> str:
    return ROLES[who][0]
