"""The balance as the record keeps it: what each act adds to which account, and the balance that the sums make.

Pure. The accounts are those of `balance.Ledger`, which enters each event as it is recorded; `balance.balance` adds up
the whole record anew and must come to the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TypeAlias

from meguri.custody import contents
from meguri.custody.balance import Balance, Ledger, Line, Wrong, element_lines, in_order, place_of, smelted
from meguri.custody.contents import WHOLE
from meguri.custody.states import EventState, LotState
from meguri.custody.vocabulary import element_of

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
ACCOUNTS = (ALL, SITE, STREAM, RECOVERED, FILED, STATED, APART)
MOST_WRONG = 200
"""So many lots that do not add up are named; the rest are counted."""


def added(changed: Collection[str], before: Mapping[str, object], after: Mapping[str, object]) -> Iterator[Amount]:
    """What an act adds to the accounts, from the subjects that it changed and the states before and after it."""
    # Where lots are by the act's events, and where by their own states; each begins with the states before.
    by_event: dict[str, tuple[str, int]] = {}
    by_state: dict[str, tuple[str, int]] = {}

    def lot(states: Mapping[str, object], name: str) -> LotState | None:
        state = states.get(f"lot:{name}")
        return state if isinstance(state, LotState) else None

    def was(name: str) -> LotState | None:
        # What the act does not write it may have read: that is as it was.
        return lot(before if f"lot:{name}" in before else after, name)

    for subject in changed:
        prefix, _, name = subject.partition(":")
        if prefix == "lot":
            old, new = was(name), lot(after, name)
            by_event.setdefault(name, _there(old))
            by_state[name] = _there(new)
            yield from _held(old, -1)
            yield from _held(new, 1)
        elif prefix == "event":
            event = after.get(subject)
            if isinstance(event, EventState) and before.get(subject) is None:
                parts = {part.lot for part in (*event.inputs, *event.outputs)}
                earlier = {name: state for name in parts if (state := was(name))}
                known = earlier | {name: state for name in parts if (state := lot(after, name))}
                for name, state in earlier.items():
                    by_state.setdefault(name, _there(state))
                ledger = _entered(event, earlier, known)
                by_event |= {name: (ledger.place.get(name, ""), grams) for name, grams in ledger.mass.items()}
                yield from _happened(event, ledger, known)
    for name, there in by_event.items():
        said = by_state.get(name, NOWHERE)
        if there != said:
            yield (APART, name, there[0]), there[1]
            yield (APART, name, said[0]), -said[1]


NOWHERE = ("", 0)


def _there(state: LotState | None) -> tuple[str, int]:
    return (place_of(state), state.mass_g) if state else NOWHERE


def _held(state: LotState | None, sign: int) -> Iterator[Amount]:
    """What a lot's own state says is in stock."""
    if state is not None and state.mass_g:
        yield (SITE, place_of(state), "stock"), sign * state.mass_g
        yield (STREAM, state.stream, "stock"), sign * state.mass_g


def _entered(event: EventState, earlier: Mapping[str, LotState], known: Mapping[str, LotState]) -> Ledger:
    """The accounts of one event, of lots that were as `earlier` says."""
    ledger = Ledger()
    ledger.stream = {name: state.stream for name, state in known.items()}
    ledger.mass = {name: state.mass_g for name, state in earlier.items()}
    ledger.place = {name: place_of(state) for name, state in earlier.items()}
    ledger.add(event)
    return ledger


def _happened(event: EventState, ledger: Ledger, known: Mapping[str, LotState]) -> Iterator[Amount]:
    """What an event adds."""
    for what, grams in (
        ("collected", ledger.collected_g),
        ("difference", ledger.difference_g),
        ("loss", ledger.loss_g),
        ("came", ledger.came_g),
        ("went", ledger.went_g),
    ):
        if grams:
            yield (ALL, "", what), grams
    for account, accounts in ((SITE, ledger.sites), (STREAM, ledger.streams)):
        for name, sums in accounts.items():
            if sums.in_g:
                yield (account, name, "in"), sums.in_g
            if sums.out_g:
                yield (account, name, "out"), sums.out_g
            if sums.difference_g:
                yield (account, name, "difference"), sums.difference_g
            if sums.loss_g:
                yield (account, name, "loss"), sums.loss_g
    for element, grams in smelted(event, ledger.stream).items():
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
    )


def _lines(sums: Mapping[Account, int], account: str) -> tuple[Line, ...]:
    names = {name for kind, name, _ in sums if kind == account}
    return in_order(
        Line(name, *(sums.get((account, name, what), 0) for what in ("in", "out", "difference", "loss", "stock")))
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
