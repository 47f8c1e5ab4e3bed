"""Does it add up? Everything is reckoned from events alone, and then compared with what the lots say.

collected + weighing differences = stock + declared loss, to the gram; so for every site, stream and lot. What another
node's record has taken over has gone out, what this one took over from another has come in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from meguri.custody.contents import WHOLE
from meguri.custody.states import EventState, Finding, LotState, Parted
from meguri.custody.vocabulary import ANSWERS, element_of, findings
from meguri.journal.subject import home

TRANSIT = "in transit"
REFUSED = "refused"
MISSING = "missing"


@dataclass(frozen=True)
class AccountLine:
    """One account. ``closure_g`` = in - out + differences - loss - stock, and is 0 where it closes."""

    name: str
    in_g: int
    out_g: int
    difference_g: int
    loss_g: int
    stock_g: int

    @property
    def closure_g(self) -> int:
        """What is unaccounted for, in grams."""
        return self.in_g - self.out_g + self.difference_g - self.loss_g - self.stock_g


@dataclass(frozen=True)
class ElementLine:
    """An element in smelting: contained by estimate (grams, with standard deviation) against recovered grams."""

    element: str
    contained_g: float
    sd_g: float
    recovered_g: int
    stock_g: int

    @property
    def unaccounted_g(self) -> float:
        """Contained by estimate and not recovered: in slag and gas, or never there."""
        return self.contained_g - self.recovered_g


@dataclass(frozen=True)
class Wrong:
    """A lot whose state differs from what its events add up to."""

    lot: str
    events_g: int
    state_g: int
    place: str
    state_place: str


@dataclass(frozen=True, order=True)
class Failing:
    """What stands against an answer: the lot, event and element concerned, and why (`tables/findings.csv`)."""

    answer: str
    why: str
    lot: str = ""
    event: str = ""
    element: str = ""


@dataclass(frozen=True)
class AnswerLine:
    """One answer of the balance: None where nothing is on record; what fails, and how much more than is named."""

    answer: str
    ok: bool | None
    failing: tuple[Failing, ...] = ()
    more: int = 0


MOST_FAILING = 200
"""So much of what stands against an answer is named; the rest is counted."""


@dataclass(frozen=True)
class Balance:
    """The whole account in grams, and its parts.

    What came from and went to another node crosses with what was sent: the receiver's node has the difference.
    """

    collected_g: int
    difference_g: int
    loss_g: int
    stock_g: int
    sites: tuple[AccountLine, ...]
    streams: tuple[AccountLine, ...]
    elements: tuple[ElementLine, ...]
    wrong: tuple[Wrong, ...]
    came_g: int = 0
    went_g: int = 0
    more_wrong: int = 0
    """How many lots do not add up beside those that `wrong` names."""
    seen_g: int = 0
    """Grams in stock that rest on a weighing by a second organisation."""
    found: tuple[Failing, ...] = ()
    """What acts found against an answer and nobody has settled."""

    @property
    def closure_g(self) -> int:
        """collected + come in + differences - loss - gone out - stock, with the stock as the lots' own states say."""
        return self.collected_g + self.came_g + self.difference_g - self.loss_g - self.went_g - self.stock_g

    @property
    def transit_g(self) -> int:
        """What is on the way."""
        return sum(line.stock_g for line in self.sites if line.name == TRANSIT)

    @property
    def closed(self) -> bool:
        """Whether everything closes: in all, by site, by stream and by lot."""
        return not (self.closure_g or self.wrong or any(line.closure_g for line in (*self.sites, *self.streams)))

    @property
    def empty(self) -> bool:
        """Whether nothing is on record."""
        return not (self.sites or self.streams or self.wrong or self.found)

    @property
    def answers(self) -> tuple[AnswerLine, ...]:
        """What is asked of the record beside sums, each by itself, in the order in which it is shown."""
        against: dict[str, list[Failing]] = {name: [] for name in ANSWERS}
        against["grams"] += [Failing("grams", "apart", row.lot) for row in self.wrong]
        if not (self.closed or self.wrong):
            against["grams"].append(Failing("grams", "closure"))
        for one in self.found:
            against[one.answer].append(one)
        more = {"grams": self.more_wrong}
        return tuple(
            AnswerLine(
                name,
                None if self.empty else not rows,
                tuple(rows[:MOST_FAILING]),
                max(0, len(rows) - MOST_FAILING) + more.get(name, 0),
            )
            for name, rows in against.items()
        )

    @property
    def adds_up(self) -> bool | None:
        """Whether all answers are yes; None where nothing is on record."""
        return None if self.empty else all(line.ok for line in self.answers)

    @property
    def seen_share(self) -> float | None:
        """Which part of what is in stock somebody else has weighed too; None where nothing is in stock."""
        return self.seen_g / self.stock_g if self.stock_g else None


class _Account:
    """Sums of one account while events are read."""

    __slots__ = ("difference_g", "in_g", "loss_g", "out_g")

    def __init__(self) -> None:
        self.in_g = self.out_g = self.difference_g = self.loss_g = 0

    def less(self, other: _Account) -> None:
        """Take out again what stands in another."""
        self.in_g -= other.in_g
        self.out_g -= other.out_g
        self.difference_g -= other.difference_g
        self.loss_g -= other.loss_g


class Ledger:
    """Adds up events in the order of their numbers."""

    def __init__(self) -> None:
        self.mass: dict[str, int] = {}
        self.place: dict[str, str] = {}
        self.stream: dict[str, str] = {}
        self.sites: dict[str, _Account] = {}
        self.streams: dict[str, _Account] = {}
        self.collected_g = self.difference_g = self.loss_g = self.came_g = self.went_g = 0

    def site(self, name: str) -> _Account:
        """The account of a site."""
        return self.sites.setdefault(name, _Account())

    def of_stream(self, lot: str) -> _Account:
        """The account of a lot's stream."""
        return self.streams.setdefault(self.stream.get(lot, "?"), _Account())

    def add(self, event: EventState) -> None:
        """Enter one event; one that was declared wrong has not been."""
        if event.wrong_by:
            return
        self.difference_g += event.difference_g
        self.loss_g += event.loss_g
        if event.step == "collecting":
            self._arise(event)
        elif event.type == "transformation":
            self._transform(event)
        elif event.step in ("dispatching", "departing"):
            for part in event.inputs:
                self._move(part.lot, self.mass.get(part.lot, 0), TRANSIT)
        else:
            self._weigh(event)

    def take_back(self, event: EventState, place: Mapping[str, str]) -> None:
        """Take out again what an event entered that was declared wrong; `place` says where its lots are now."""
        back = Ledger()
        back.stream = self.stream
        parts = (*event.inputs, *event.outputs)
        outputs = {part.lot for part in event.outputs} if event.type == "transformation" else set()
        back.mass = {part.lot: part.grams for part in event.inputs}
        # What it took, it took where that is again.
        back.place = {part.lot: place.get(part.lot, "") for part in parts if part.lot not in outputs}
        before = dict(back.mass)
        back.add(event)
        for name, grams in back.mass.items():
            self.mass[name] = self.mass.get(name, 0) - (grams - before.get(name, 0))
        for name in place:
            self.place[name] = place[name]
        for own, other in ((self.sites, back.sites), (self.streams, back.streams)):
            for name, sums in other.items():
                own.setdefault(name, _Account()).less(sums)
        self.collected_g -= back.collected_g
        self.difference_g -= back.difference_g
        self.loss_g -= back.loss_g

    def _arise(self, event: EventState) -> None:
        for part in event.outputs:
            self.collected_g += part.grams
            self.site(event.facility).in_g += part.grams
            self.of_stream(part.lot).in_g += part.grams
            self.mass[part.lot], self.place[part.lot] = part.grams, event.facility

    def _transform(self, event: EventState) -> None:
        here = self.site(event.facility)
        here.difference_g += event.difference_g
        here.loss_g += event.loss_g
        for part in event.inputs:
            self.mass[part.lot] = self.mass.get(part.lot, 0) - part.grams
            self.of_stream(part.lot).out_g += part.grams
        for part in event.outputs:
            self.mass[part.lot], self.place[part.lot] = part.grams, event.facility
            self.of_stream(part.lot).in_g += part.grams

    def _move(self, lot: str, grams: int, to: str) -> None:
        """A lot changes site; its mass leaves one account and enters the other."""
        self.site(self.place.get(lot, "?")).out_g += grams
        self.site(to).in_g += grams
        self.place[lot] = to

    def _weigh(self, event: EventState) -> None:
        """A receipt or a correction: the difference belongs to the site that weighed."""
        for sent, found in zip(event.inputs, event.outputs, strict=True):
            if sent.lot == found.lot and home(sent.lot):
                # Refused, and another node's.
                continue
            if home(found.lot):
                self._hand_over(sent.lot, sent.grams)
                continue
            if home(sent.lot):
                self._take_over(sent.grams, found.lot, event.facility)
            elif sent.lot != found.lot:
                self._deliver(sent.lot, sent.grams, found.lot, event.facility)
            elif event.step == "receiving":
                self._move(sent.lot, sent.grams, self._where(sent.lot, event))
            difference = found.grams - sent.grams
            self.site(self.place.get(found.lot, "?")).difference_g += difference
            self.of_stream(found.lot).difference_g += difference
            self.mass[found.lot] = self.mass.get(found.lot, 0) + difference
        for part in event.parted:
            self._part(part)

    def _where(self, lot: str, event: EventState) -> str:
        """Where a lot is after a receipt."""
        return REFUSED if lot in event.refused else MISSING if lot in event.missing else event.facility

    def _part(self, part: Parted) -> None:
        """What was refused of a load is a lot of its own, in the account of what was refused."""
        self.site(self.place.get(part.of, "?")).out_g += part.grams
        self.site(REFUSED).in_g += part.grams
        self.of_stream(part.of).out_g += part.grams
        self.of_stream(part.lot).in_g += part.grams
        self.mass[part.of] = self.mass.get(part.of, 0) - part.grams
        self.mass[part.lot], self.place[part.lot] = part.grams, REFUSED

    def _hand_over(self, lot: str, grams: int) -> None:
        """A lot is another node's from now on."""
        self.went_g += grams
        self.site(self.place.get(lot, "?")).out_g += grams
        self.of_stream(lot).out_g += grams
        self.mass[lot] = self.mass.get(lot, 0) - grams

    def _take_over(self, grams: int, lot: str, facility: str) -> None:
        """What another node sent is here from now on."""
        self.came_g += grams
        self.site(facility).in_g += grams
        self.of_stream(lot).in_g += grams
        self.mass[lot], self.place[lot] = grams, facility

    def _deliver(self, sent: str, grams: int, lot: str, facility: str) -> None:
        """What a sender sent is the receiver's lot from now on, at its site."""
        self.site(self.place.get(sent, "?")).out_g += grams
        self.site(facility).in_g += grams
        self.mass[sent] = self.mass.get(sent, 0) - grams
        self.mass[lot], self.place[lot] = grams, facility


def failing(finding: Finding, lot: str, event: str) -> Failing:
    """A finding of a lot or event, with the names it leaves to where it stands."""
    return Failing(findings()[finding.why].answer, finding.why, finding.lot or lot, event, finding.element)


def found_of(events: Mapping[str, EventState], lots: Mapping[str, LotState]) -> set[Failing]:
    """What stands on events and lots, by their names, against an answer of the balance."""
    on_events = {failing(one, "", name) for name, event in events.items() for one in event.findings}
    return on_events | {failing(one, name, state.made_by) for name, state in lots.items() for one in state.findings}


def place_of(state: LotState) -> str:
    """The site at which a lot's own state says it is."""
    return {"in_transit": TRANSIT, "refused": REFUSED, "missing": MISSING}.get(state.status, state.facility)


def balance(
    events: Iterable[EventState],
    lots: Mapping[str, LotState],
    contents: Mapping[str, Mapping[str, tuple[float, float]]] | None = None,
    found: Iterable[Failing] = (),
) -> Balance:
    """Add up events and compare with the lots.

    `contents` gives mass fraction and standard deviation by element for lots that went into a smelter, `found` what
    stands against an answer (see `found_of`).
    """
    ordered = sorted(events, key=lambda event: event.number)
    ledger = Ledger()
    ledger.stream = {name: state.stream for name, state in lots.items()}
    for event in ordered:
        ledger.add(event)
    wrong = tuple(_wrong(ledger, lots))
    at_site: dict[str, int] = {}
    of_stream: dict[str, int] = {}
    for state in lots.values():
        at_site[place_of(state)] = at_site.get(place_of(state), 0) + state.mass_g
        of_stream[state.stream] = of_stream.get(state.stream, 0) + state.mass_g
    # Lots used up have no place of their own any more.
    at_site = {name: grams for name, grams in at_site.items() if grams or name in ledger.sites}
    return Balance(
        collected_g=ledger.collected_g,
        difference_g=ledger.difference_g,
        loss_g=ledger.loss_g,
        stock_g=sum(state.mass_g for state in lots.values()),
        sites=_lines(ledger.sites, at_site),
        # A stream's loss is what goes in and does not come out of transformations: it is shown by event, not stream.
        streams=_lines(ledger.streams, of_stream),
        elements=_elements(ordered, lots, contents or {}),
        wrong=wrong,
        came_g=ledger.came_g,
        went_g=ledger.went_g,
        seen_g=sum(state.seen_g for state in lots.values()),
        found=tuple(sorted(found)),
    )


def _lines(accounts: Mapping[str, _Account], stock: Mapping[str, int]) -> tuple[AccountLine, ...]:
    nothing = _Account()
    made = []
    for name in sorted({*accounts, *stock}):
        sums = accounts.get(name, nothing)
        made.append(AccountLine(name, sums.in_g, sums.out_g, sums.difference_g, sums.loss_g, stock.get(name, 0)))
    return in_order(made)


def in_order(lines: Iterable[AccountLine]) -> tuple[AccountLine, ...]:
    """Lines by name, what does not close on top."""
    return tuple(sorted(lines, key=lambda line: (-abs(line.closure_g), line.name)))


def _wrong(ledger: Ledger, lots: Mapping[str, LotState]) -> Iterable[Wrong]:
    for name in sorted({*ledger.mass, *lots}):
        state = lots.get(name)
        grams, place = ledger.mass.get(name, 0), ledger.place.get(name, "")
        state_g, state_place = (state.mass_g, place_of(state)) if state else (0, "")
        if grams != state_g or grams < 0 or (grams and place != state_place):
            yield Wrong(name, grams, state_g, place, state_place)


def smelted(event: EventState, streams: Mapping[str, str]) -> dict[str, int]:
    """Grams of each element that an event recovered; none where it was no smelting, or its inputs were metal already.

    `streams` says of what each of its lots is.
    """
    if event.type != "transformation" or any(element_of(streams.get(part.lot, "")) for part in event.inputs):
        return {}
    made: dict[str, int] = {}
    for part in event.outputs:
        if element := element_of(streams.get(part.lot, "")):
            made[element] = made.get(element, 0) + part.grams
    return made


def _elements(
    events: Iterable[EventState],
    lots: Mapping[str, LotState],
    contents: Mapping[str, Mapping[str, tuple[float, float]]],
) -> tuple[ElementLine, ...]:
    # Contents count in whole parts of a billion, so that sums are exact and no order matters.
    contained: dict[str, int] = {}
    spread: dict[str, int] = {}
    recovered: dict[str, int] = {}
    stock: dict[str, int] = {}
    streams = {name: state.stream for name, state in lots.items()}
    for event in events:
        if event.wrong_by:
            continue
        for element, grams in smelted(event, streams).items():
            recovered[element] = recovered.get(element, 0) + grams
            for part in event.inputs:
                value, sd = contents.get(part.lot, {}).get(element, (0.0, 0.0))
                contained[element] = contained.get(element, 0) + part.grams * round(value * WHOLE)
                # One figure on file serves all lots of a stream, so errors are added, not averaged away.
                spread[element] = spread.get(element, 0) + part.grams * round(sd * WHOLE)
    for state in lots.values():
        if element := element_of(state.stream):
            stock[element] = stock.get(element, 0) + state.mass_g
    return element_lines(contained, spread, recovered, stock)


def element_lines(
    contained: Mapping[str, int], spread: Mapping[str, int], recovered: Mapping[str, int], stock: Mapping[str, int]
) -> tuple[ElementLine, ...]:
    """Lines from sums by element: `contained` and `spread` (standard deviations) in billionths of a gram."""
    return tuple(
        ElementLine(
            element,
            contained.get(element, 0) / WHOLE,
            spread.get(element, 0) / WHOLE,
            recovered.get(element, 0),
            stock.get(element, 0),
        )
        for element in sorted({*recovered, *stock})
    )
