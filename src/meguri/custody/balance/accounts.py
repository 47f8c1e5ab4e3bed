"""The balance as the record keeps it: what each act adds to which account, and the balance that the sums make.

Pure. The accounts are those of `ledger.Ledger`, which enters each event as it is recorded; `ledger.balance` adds up
the whole record anew and must come to the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TypeAlias

from meguri.custody import contents
from meguri.custody.balance.ledger import (
    AccountLine,
    Balance,
    Failing,
    Ledger,
    Wrong,
    element_lines,
    failing,
    in_order,
    place_of,
    smelted,
)
from meguri.custody.contents import WHOLE
from meguri.custody.states import EventState, Finding, LotState
from meguri.custody.vocabulary import element_of
from meguri.journal.subject import home

Account: TypeAlias = tuple[str, str, str]
Amount: TypeAlias = tuple[Account, int]

PREFIXES = ("lot", "event")
ALL = "custody.all"
"""By what it is: collected, difference, loss, and what came from and went to other nodes."""
SITE, STREAM = "custody.site", "custody.stream"
"""By name and what it is: in, out, difference, loss, stock."""
RECOVERED = "custody.recovered"
FILED = "custody.filed"
"""Grams that went into a smelter with contents on file, by element and stream; the figure is looked up when read."""
STATED = "custody.stated"
"""What the others contained by their own statement, by element: whole grams and billionths; likewise its deviation."""
APART = "custody.apart"
"""By lot and place: what its events say is there less what its state says. Nothing where they agree."""
SEEN = "custody.seen"
"""Grams of lots that rest on a weighing by a second organisation."""
FAILING = "custody.failing"
"""What stands against an answer, once each: by event, word and element, and by lot."""
PARTY = "custody.party"
"""By figure and organisation: how many times it added to that figure; of stock, how many of its lots are in it."""
ACCOUNTS = (ALL, SITE, STREAM, RECOVERED, FILED, STATED, APART, SEEN, FAILING)
ALWAYS = (PARTY,)
"""No lot arises without adding to these."""
MOST_WRONG = 200
"""So many lots that do not add up are named; the rest are counted."""


def added(changed: Collection[str], before: Mapping[str, object], after: Mapping[str, object]) -> Iterator[Amount]:
    """What acts that were taken together add to the accounts: from the subjects that they changed, the states before
    the first and after the last of them. What they only read stands in `after`, as it was.
    """
    lots: dict[str, tuple[LotState | None, LotState | None]] = {}
    events: list[EventState] = []
    undone: list[EventState] = []
    for subject in changed:
        prefix, _, name = subject.partition(":")
        if prefix == "lot":
            lots[name] = (_lot(before.get(subject)), _lot(after.get(subject)))
        elif prefix == "event":
            event, earlier = after.get(subject), before.get(subject)
            if isinstance(event, EventState):
                if earlier is None:
                    # What was told and declared wrong among these has never been.
                    if not event.wrong_by:
                        events.append(event)
                elif isinstance(earlier, EventState) and event.wrong_by and not earlier.wrong_by:
                    undone.append(earlier)
                found = earlier.findings if isinstance(earlier, EventState) else ()
                if event.findings != found:
                    yield from _found((failing(one, "", name) for one in found), -1)
                    yield from _found((failing(one, "", name) for one in event.findings), 1)
    for event in (*events, *undone):
        for part in (*event.inputs, *event.outputs):
            if part.lot not in lots:
                read = _lot(after.get(f"lot:{part.lot}"))
                lots[part.lot] = (read, read)
    ledger = Ledger()
    known: dict[str, LotState] = {}
    for name, (old, new) in lots.items():
        state = new or old
        if state is not None:
            known[name], ledger.stream[name] = state, state.stream
        if old is not None:
            ledger.mass[name], ledger.place[name] = old.mass_g, place_of(old)
    if len(events) > 1:
        events.sort(key=lambda event: event.number)
    for event in events:
        ledger.add(event)
        yield from _told(event, ledger.stream, known, 1)
    for event in sorted(undone, key=lambda event: -event.number):
        ledger.take_back(event, {part.lot: place_of(known[part.lot]) for part in (*event.inputs, *event.outputs)})
        yield from _told(event, ledger.stream, known, -1)
    yield from _happened(ledger)
    for name, (old, new) in lots.items():
        if old is not new:
            yield from _held(name, old, -1)
            yield from _held(name, new, 1)
        there = (ledger.place.get(name, ""), ledger.mass.get(name, 0))
        said = (place_of(new), new.mass_g) if new else ("", 0)
        if there != said:
            yield (APART, name, there[0]), there[1]
            yield (APART, name, said[0]), -said[1]


def _told(event: EventState, streams: Mapping[str, str], known: Mapping[str, LotState], sign: int) -> Iterator[Amount]:
    """The metals of an event, and the figures to which who told it has added."""
    for account, amount in _smelted(event, streams, known):
        yield account, sign * amount
    for name in _figures(event, streams):
        yield (PARTY, name, event.actor), sign


def _found(rows: Iterable[Failing], sign: int) -> Iterator[Amount]:
    """What stands against an answer, or does so no longer."""
    for row in rows:
        yield (FAILING, f"{row.event} {row.why} {row.element}", row.lot), sign


def _lot(state: object) -> LotState | None:
    return state if isinstance(state, LotState) else None


def _held(name: str, state: LotState | None, sign: int) -> Iterator[Amount]:
    """What a lot's own state says is in stock, and what was found."""
    if state is None:
        return
    if state.seen_g:
        yield (SEEN, "", ""), sign * state.seen_g
    if state.findings:
        yield from _found((failing(one, name, state.made_by) for one in state.findings), sign)
    if state.mass_g:
        yield (SITE, place_of(state), "stock"), sign * state.mass_g
        yield (STREAM, state.stream, "stock"), sign * state.mass_g
        yield (PARTY, figure("", "stock"), state.holder), sign
        yield (PARTY, figure(state.stream, "stock"), state.holder), sign


def figure(stream: str, what: str) -> str:
    """How a figure of the balance is called in `PARTY`: of a stream, or (empty) of the whole."""
    return f"{stream} {what}"


def _figures(event: EventState, streams: Mapping[str, str]) -> set[str]:
    """The figures that who told an event adds to."""
    found = set()
    if event.loss_g:
        found.add(figure("", "loss"))
    if event.difference_g:
        found.add(figure("", "difference"))
    if event.step == "collecting":
        found.add(figure("", "collected"))
        found |= {figure(streams.get(part.lot, "?"), "in") for part in event.outputs}
    elif event.type == "transformation":
        found |= {figure(streams.get(part.lot, "?"), "in") for part in event.outputs}
        found |= {figure(streams.get(part.lot, "?"), "out") for part in event.inputs}
        found |= {figure(element, "recovered") for element in smelted(event, streams)}
    elif event.step not in ("dispatching", "departing"):
        for sent, taken in zip(event.inputs, event.outputs, strict=True):
            if sent.lot == taken.lot and home(sent.lot):
                continue
            if home(taken.lot):
                found |= {figure("", "went"), figure(streams.get(sent.lot, "?"), "out")}
                continue
            if home(sent.lot):
                found |= {figure("", "came"), figure(streams.get(taken.lot, "?"), "in")}
            if sent.grams != taken.grams:
                found.add(figure(streams.get(taken.lot, "?"), "difference"))
    return found


def _happened(ledger: Ledger) -> Iterator[Amount]:
    """What events add, all in one ledger. What comes to nothing is left out by who adds it."""
    yield (ALL, "", "collected"), ledger.collected_g
    yield (ALL, "", "difference"), ledger.difference_g
    yield (ALL, "", "loss"), ledger.loss_g
    yield (ALL, "", "came"), ledger.came_g
    yield (ALL, "", "went"), ledger.went_g
    for account, accounts in ((SITE, ledger.sites), (STREAM, ledger.streams)):
        for name, sums in accounts.items():
            yield (account, name, "in"), sums.in_g
            yield (account, name, "out"), sums.out_g
            yield (account, name, "difference"), sums.difference_g
            yield (account, name, "loss"), sums.loss_g


def _smelted(event: EventState, streams: Mapping[str, str], known: Mapping[str, LotState]) -> Iterator[Amount]:
    """The metals of a melt, and what went into it contained by estimate."""
    for element, grams in smelted(event, streams).items():
        yield (RECOVERED, element, ""), grams
        for part in event.inputs:
            if part.lot in known:
                yield from _contained(element, known[part.lot], part.grams)


def _contained(element: str, state: LotState, grams: int) -> Iterator[Amount]:
    if not state.contents:
        yield (FILED, element, state.stream), grams
        return
    for content in state.contents:
        if content.element == element:
            for what, ppb in (("value", content.ppb), ("sd", content.sd_ppb)):
                whole, rest = divmod(grams * ppb, WHOLE)
                yield (STATED, element, what), whole
                yield (STATED, element, f"{what} rest"), rest


def apart(sums: Mapping[Account, int]) -> list[str]:
    """The lots whose events and states differ, by name."""
    return sorted({name for account, name, _ in sums if account == APART})


def balance_of(sums: Mapping[Account, int], wrong: Mapping[str, LotState | None], more_wrong: int = 0) -> Balance:
    """The balance that the sums make; `wrong` holds the lots that are `apart`, as far as they are to be named."""
    sites, streams = _lines(sums, SITE), _lines(sums, STREAM)
    recovered = {name: grams for (account, name, _), grams in sums.items() if account == RECOVERED}
    contained, spread = _by_estimate(sums)
    return Balance(
        collected_g=sums.get((ALL, "", "collected"), 0),
        difference_g=sums.get((ALL, "", "difference"), 0),
        loss_g=sums.get((ALL, "", "loss"), 0),
        stock_g=sum(line.stock_g for line in sites),
        sites=sites,
        streams=streams,
        elements=element_lines(
            contained,
            spread,
            recovered,
            {element: line.stock_g for line in streams if (element := element_of(line.name))},
        ),
        wrong=tuple(_wrong(sums, wrong)),
        came_g=sums.get((ALL, "", "came"), 0),
        went_g=sums.get((ALL, "", "went"), 0),
        more_wrong=more_wrong,
        seen_g=sums.get((SEEN, "", ""), 0),
        found=tuple(sorted(_failing(name, lot) for (account, name, lot) in sums if account == FAILING)),
    )


def _failing(name: str, lot: str) -> Failing:
    event, why, element = name.split(" ")
    return failing(Finding(why, lot, element), lot, event)


def _lines(sums: Mapping[Account, int], account: str) -> tuple[AccountLine, ...]:
    names = {name for kind, name, _ in sums if kind == account}
    return in_order(
        AccountLine(
            name, *(sums.get((account, name, what), 0) for what in ("in", "out", "difference", "loss", "stock"))
        )
        for name in names
    )


def _by_estimate(sums: Mapping[Account, int]) -> tuple[dict[str, int], dict[str, int]]:
    """Contained and its standard deviation by element, in billionths of a gram."""
    contained: dict[str, int] = {}
    spread: dict[str, int] = {}
    for (account, element, part), amount in sums.items():
        if account == STATED:
            told = spread if part.startswith("sd") else contained
            told[element] = told.get(element, 0) + (amount if part.endswith("rest") else amount * WHOLE)
        elif account == FILED:
            estimate = contents.on_file(part).get(element)
            if estimate is not None:
                contained[element] = contained.get(element, 0) + amount * round(estimate.value * WHOLE)
                spread[element] = spread.get(element, 0) + amount * round(estimate.sd * WHOLE)
    return contained, spread


def _wrong(sums: Mapping[Account, int], lots: Mapping[str, LotState | None]) -> Iterable[Wrong]:
    gaps: dict[str, dict[str, int]] = {name: {} for name in lots}
    for (account, name, place), grams in sums.items():
        if account == APART and name in gaps:
            gaps[name][place] = grams
    for name, state in sorted(lots.items()):
        state_g, state_place = (state.mass_g, place_of(state)) if state else (0, "")
        there = {**gaps[name], state_place: gaps[name].get(state_place, 0) + state_g}
        grams = sum(there.values())
        place = next((place for place, mass in there.items() if mass > 0), next(iter(gaps[name]), state_place))
        yield Wrong(name, grams, state_g, place, state_place)
