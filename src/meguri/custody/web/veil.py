"""What a reader may read of lots: names where the lot is theirs to see, else economy and role only."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from meguri import reference
from meguri.custody.states import EventState, LotState
from meguri.journal.projections.relations import readable
from meguri.journal.subject import split
from meguri.kit import clock
from meguri.kit.words import Words, plain
from meguri.registry import models as registry
from meguri.registry import rights
from meguri.registry.states import FacilityState, OrganisationState
from meguri.registry.vocabulary import roles

NOBODY = Words("an organisation")


def economy_words(code: str) -> Words:
    """The name of an economy; its code where the table has none."""
    known = reference.economies().get(code)
    return known.name if known else plain(code)


class Veil:
    """Names of organisations and facilities as far as a reader may know them, fetched once for a page.

    `lots` are the lots on the page; those that the reader may see lend their names. With `hidden` nobody is named.
    """

    def __init__(self, reader: Any, lots: Iterable[str], hidden: bool = False) -> None:
        self.hidden = hidden
        self.own = "" if hidden else (getattr(reader, "organisation", None) or "")
        self.seen: set[str] = set()
        if self.own:
            self.seen = {split(one)[1] for one in readable(self.own, (f"lot:{id}" for id in lots))}
        self._organisations: dict[str, OrganisationState | None] = {}
        self._facilities: dict[str, FacilityState | None] = {}

    def expect(
        self, lots: Iterable[LotState] = (), events: Iterable[EventState] = (), facilities: Iterable[str] = ()
    ) -> None:
        """Fetch together the names of all that a page will say of these lots, events and facilities."""
        who, where = set(), set(facilities)
        for lot in lots:
            who |= {lot.holder, lot.bound_for}
            where.add(lot.facility)
        for event in events:
            who.add(event.actor)
            where.add(event.facility)
        where -= {"", *self._facilities}
        sites = registry.Facility.objects.in_bulk(sorted(where))
        self._facilities |= {id: cast(FacilityState, sites[id].value) if id in sites else None for id in where}
        who |= {state.organisation for id in where if (state := self._facilities[id])}
        who -= {"", *self._organisations}
        rows = registry.Organisation.objects.in_bulk(sorted(one.removeprefix("organisation:") for one in who))
        for subject in who:
            row = rows.get(subject.removeprefix("organisation:"))
            self._organisations[subject] = cast(OrganisationState, row.value) if row else None

    def organisation(self, subject: str) -> OrganisationState | None:
        """The state of an organisation, kept for the page."""
        if subject not in self._organisations:
            row = registry.Organisation.objects.filter(id=subject.removeprefix("organisation:")).first()
            self._organisations[subject] = cast(OrganisationState, row.value) if row else None
        return self._organisations[subject]

    def facility(self, id: str) -> FacilityState | None:
        """The state of a facility, kept for the page."""
        if id not in self._facilities:
            row = registry.Facility.objects.filter(id=id).first()
            self._facilities[id] = cast(FacilityState, row.value) if row else None
        return self._facilities[id]

    def named(self, subject: str, lot: str = "") -> bool:
        """Whether the organisation's name may be said in connection with this lot."""
        return not self.hidden and (subject == self.own or lot in self.seen)

    def reads(self, event: EventState) -> bool:
        """Whether the reader may open the act of an event: its own, or about a lot that it may see."""
        if self.hidden:
            return False
        return event.actor == self.own or any(part.lot in self.seen for part in (*event.inputs, *event.outputs))

    def who(self, subject: str, lot: str = "") -> Words:
        """The organisation's name, or its role and economy."""
        state = self.organisation(subject)
        if state is None:
            return NOBODY
        if self.named(subject, lot):
            return state.name
        held = rights.roles_of(state, clock.now())
        role = roles()[held[0]].names if held else NOBODY
        return Words("{role}, {economy}").format(role=role, economy=economy_words(state.economy))

    def place(self, event: EventState, lot: str = "") -> tuple[float, float, Words] | None:
        """Longitude, latitude and name of where an event was: the facility, or only the economy."""
        state = self.facility(event.facility) if event.facility else None
        if state is not None and self.named(event.actor, lot):
            return state.lon, state.lat, state.name
        economy = reference.economies().get(event.economy or (state.economy if state else ""))
        return (economy.lon, economy.lat, economy.name) if economy else None
