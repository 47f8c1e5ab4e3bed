"""The world matrix: the verdict for every origin, destination, stream and date at once, equal to the single verdict.

    m = matrix(("JPN", "MYS", "DEU"), ("circuit-boards",), (date(2026, 1, 1), date(2027, 1, 1)))
    m.cell("JPN", "MYS", "circuit-boards", date(2027, 1, 1)).verdict  # 'prohibited'

Movements are without transit and without declared codes; facts are the same for all cells.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from meguri.kit.problems import N_, refuse
from meguri.law import groups, tables
from meguri.law.across.vector import Ints, WorldQuestion, Worlds, hazards
from meguri.law.asking.engine import RuleTotal
from meguri.law.asking.looked import OPEN_TO_DOUBT
from meguri.law.asking.model import STATUSES, VERDICTS, Question
from meguri.law.asking.verdict import STRICTNESS, borne_surely
from meguri.law.body.packs import Law

DOMESTIC = -1
"""The code of a cell whose two ends lie under one law: no answer is given there."""
BLOCK = 2048
"""Rows decided together; bounds the memory of the evaluation."""
MOST = 400_000_000


@dataclass(frozen=True)
class Cell:
    """One cell of the matrix; verdict and status are None where the movement is domestic.

    `looked` says whether the law of both ends is on file and speaks of what moves, as far as the answer hangs on it;
    `citations` are those of the rules that bear the verdict, each once.
    """

    verdict: str | None
    status: str | None
    procedures: tuple[str, ...]
    covered: bool
    looked: bool = True
    citations: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Bearing:
    """Which total decided each like movement, shaped (rows, columns), and what the rules that bear it cite."""

    total: Ints
    row_of: Ints
    column_of: Ints
    citations: tuple[tuple[str, ...], ...]

    def of(self, t: int, o: int, d: int, s: int) -> tuple[str, ...]:
        return self.citations[int(self.total[self.row_of[t, o, d], self.column_of[s]])]


@dataclass(frozen=True)
class Matrix:
    """Verdicts by (date, origin, destination, stream), as arrays with their labels.

    `verdict` (int8) indexes `verdicts`, `status` (int8) `statuses`, `procedures` (int16) `procedure_sets`; DOMESTIC
    stands where both ends lie under one law. `looked` is shaped as they are; see `Cell`. `covered` is shaped (date,
    origin, destination): whether the national law of both ends is in the packs. `evaluated` counts the movements that
    were evaluated one from another.
    """

    economies: tuple[str, ...]
    streams: tuple[str, ...]
    dates: tuple[date, ...]
    operation: str | None
    verdict: npt.NDArray[np.int8]
    status: npt.NDArray[np.int8]
    procedures: npt.NDArray[np.int16]
    covered: npt.NDArray[np.bool_]
    looked: npt.NDArray[np.bool_]
    procedure_sets: tuple[tuple[str, ...], ...]
    law_digest: str
    evaluated: int
    bearing: _Bearing
    verdicts: tuple[str, ...] = VERDICTS
    statuses: tuple[str, ...] = STATUSES

    def cell(self, origin: str, destination: str, stream: str, on: date) -> Cell:
        """One cell by its labels. Raises ValueError for a label that the matrix does not have."""
        dates, economies, streams = self._places
        try:
            t, o, d, s = dates[on], economies[origin], economies[destination], streams[stream]
        except KeyError as label:
            raise ValueError(f"{label} is not in the matrix") from None
        code = int(self.verdict[t, o, d, s])
        covered = bool(self.covered[t, o, d])
        if code == DOMESTIC:
            return Cell(None, None, (), covered)
        procedures = self.procedure_sets[int(self.procedures[t, o, d, s])]
        status = self.statuses[int(self.status[t, o, d, s])]
        looked = bool(self.looked[t, o, d, s])
        return Cell(self.verdicts[code], status, procedures, covered, looked, self.bearing.of(t, o, d, s))

    @cached_property
    def _places(self) -> tuple[dict[date, int], dict[str, int], dict[str, int]]:
        economies = {code: n for n, code in enumerate(self.economies)}
        streams = {name: n for n, name in enumerate(self.streams)}
        return {day: n for n, day in enumerate(self.dates)}, economies, streams

    @property
    def decided(self) -> npt.NDArray[np.bool_]:
        """Shaped as `verdict`: whether the answer is decided, and waits for nobody's ruling or assumption."""
        return (self.status == self.statuses.index("decided")) & (self.verdict != DOMESTIC)

    def counts(self) -> dict[str, int]:
        """Cells by how far was looked, then by verdict, and domestic cells.

        `covered` are those with the national law of both ends in the packs, `not_covered` the others; `decided` and
        `needs_ruling` go by the status of the answer.
        """
        found = np.bincount((self.verdict + 1).ravel().astype(np.int64), minlength=len(self.verdicts) + 1)
        open_cells = (self.verdict != DOMESTIC) & ~self.covered[..., None]
        ruling = (self.status == self.statuses.index("needs_ruling")) & (self.verdict != DOMESTIC)
        return {
            "cells": int(self.verdict.size),
            "covered": int(self.verdict.size - found[0] - open_cells.sum()),
            "not_covered": int(open_cells.sum()),
            "domestic": int(found[0]),
            "decided": int(self.decided.sum()),
            "needs_ruling": int(ruling.sum()),
            **{name: int(found[n + 1]) for n, name in enumerate(self.verdicts)},
        }

    def share_prohibited(self) -> npt.NDArray[np.float64]:
        """For each date, origin and destination the share of streams that may not move (NaN where domestic)."""
        barred = (self.verdict == self.verdicts.index("prohibited")).mean(axis=3)
        return np.where(self.verdict[..., 0] == DOMESTIC, np.nan, barred)


def matrix(
    economies: Iterable[str] | None = None,
    streams: Iterable[str] | None = None,
    dates: Sequence[date] = (),
    operation: str | None = "R4",
    facts: Mapping[str, Any] | None = None,
    law: Law | None = None,
) -> Matrix:
    """The verdicts between all these economies (all on file when None), for all streams and dates.

    Raises Refused for what a single question would refuse: an unknown economy, stream, operation or fact, a date
    outside 2018 to 2031, contradictory facts; and where no date is given or the matrix would be too large.
    """
    body = law or Law.load()
    asked = _asked(economies, streams, dates, operation, facts or {})
    world = Worlds(body, asked)
    settings = {name: switch.setting for name, switch in body.switches.items()}
    verdict, status = (np.zeros((world.rows, len(world.names)), dtype=np.int8) for _ in range(2))
    looked = np.ones((world.rows, len(world.names)), dtype=bool)
    procedures, bearing = (np.zeros((world.rows, len(world.names)), dtype=np.int32) for _ in range(2))
    sets: dict[tuple[str, ...], int] = {}
    branches = hazards(asked.facts.get("hazardous"), world.presumed)
    for start in range(0, world.rows, BLOCK):
        rows = np.arange(start, min(start + BLOCK, world.rows), dtype=np.int32)
        part = slice(start, start + len(rows))
        chosen, other = _branches(world, rows, settings, branches)
        of = _Lookup(world, sets)
        bearing[part] = chosen
        verdict[part] = of.verdict[chosen]
        procedures[part] = of.procedures[chosen]
        assumed = of.answer[chosen] != of.answer[other]
        assumed |= of.low[chosen]
        far = np.where(of.product[chosen], world.used[rows], world.reached[rows][:, None]) & ~of.unread[chosen]
        assumed |= ~of.prohibited[chosen] & ~world.reached[rows][:, None]
        assumed |= _switched(world, rows, settings, branches, chosen, other, of, sets)
        looked[part] = far | ~of.open[chosen]
        status[part] = np.where(of.ruling[chosen] | ~looked[part], 2, np.where(assumed, 1, 0))
    wide = world.column_of
    homes = [tables.parties()[code].law_of or code for code in asked.economies]
    same = np.array([[a == b for b in homes] for a in homes], dtype=bool)
    grids = [table[:, wide][world.row_of] for table in (verdict, status, procedures.astype(np.int16))]
    for grid in grids:
        grid[:, same] = DOMESTIC
    return Matrix(
        asked.economies, asked.streams, asked.dates, asked.operation, grids[0], grids[1], grids[2],
        world.reached[world.row_of], looked[:, wide][world.row_of], tuple(sets), body.digest,
        world.rows * len(world.names),
        _Bearing(bearing, world.row_of, world.column_of, tuple(_cited(total) for total in world.totals)),
    )  # fmt: skip


def _cited(total: RuleTotal) -> tuple[str, ...]:
    return tuple(dict.fromkeys(finding.rule.citation for finding in total.grounds))


def _asked(
    economies: Iterable[str] | None,
    streams: Iterable[str] | None,
    dates: Sequence[date],
    operation: str | None,
    facts: Mapping[str, Any],
) -> WorldQuestion:
    """Check everything through the single question's own checks."""
    codes = tuple(dict.fromkeys(economies if economies is not None else groups.states()))
    names = tuple(dict.fromkeys(streams if streams is not None else tables.streams()))
    days = tuple(dict.fromkeys(dates))
    for pointer, given in (("/economies", codes), ("/streams", names), ("/dates", days)):
        if not given:
            raise refuse(N_("Give at least one economy, stream and date."), pointer, "missing")
    if len(codes) ** 2 * len(names) * len(days) > MOST:
        raise refuse(
            N_("The matrix would have more than {most} cells. Ask for less."), "/dates", "too_large", most=MOST
        )
    if "mixed_shares" in facts:
        raise refuse(
            N_("A mixed load is asked about one movement at a time: the matrix knows no declared codes."),
            "/facts/mixed_shares", "not_covered",
        )  # fmt: skip
    parsed: Question | None = None
    for code, name, day in itertools.zip_longest(codes, names, days):
        origin = code or codes[0]
        end = next(home for home in ("JPN", "USA") if home != origin)
        parsed = Question.parse(
            on=day or days[0], stream=name or names[0], origin=origin, destination=end, operation=operation, facts=facts
        )
    assert parsed is not None
    if any(code not in tables.parties() for code in codes):
        raise refuse(
            N_("Name economies by their ISO 3166 code of three letters, such as MYS."), "/economies", "economy"
        )
    return WorldQuestion(codes, names, days, parsed.operation, parsed.facts)


class _Lookup:
    """Tables over the totals found so far, so that cells are judged by index."""

    def __init__(self, world: Worlds, sets: dict[tuple[str, ...], int]) -> None:
        totals = world.totals
        self.verdict = np.array([VERDICTS.index(total.verdict) for total in totals], dtype=np.int8)
        self.procedures = np.array([sets.setdefault(t.procedures, len(sets)) for t in totals], dtype=np.int32)
        self.answer = self.procedures.astype(np.int64) * len(VERDICTS) + self.verdict
        self.strict = np.array([STRICTNESS.index(t.verdict) * 1000 + len(t.procedures) for t in totals])
        self.open = np.array([total.verdict.startswith(OPEN_TO_DOUBT) for total in totals], dtype=bool)
        self.prohibited = np.array([total.verdict == "prohibited" for total in totals], dtype=bool)
        self.product = np.array(
            [any(f.rule.stage == "status" for f in (*t.grounds, *t.rest)) for t in totals], dtype=bool
        )
        self.unread = np.array(world.unread, dtype=bool)
        self.ruling = np.array([bool(t.rulings) and t.verdict != "prohibited" for t in totals], dtype=bool)
        self.low = np.array(
            [
                not borne_surely(t.verdict, t.grounds)
                and any(
                    f.rule.confidence == "low" and not f.rule.assumes and f.rule.effect not in ("ruling", "unread")
                    for f in t.grounds
                )
                for t in totals
            ],
            dtype=bool,
        )
        self.relied = [{f.rule.assumes[0] for f in (*total.grounds, *total.rest) if f.rule.assumes} for total in totals]

    def relies(self, switch: str) -> npt.NDArray[np.bool_]:
        return np.array([switch in names for names in self.relied], dtype=bool)


def _branches(
    world: Worlds, rows: Ints, settings: Mapping[str, str], ask: tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]
) -> tuple[Ints, Ints]:
    """The stricter branch of each cell and the other one (the same where only one is asked)."""
    yes = world.decide(rows, True, settings) if ask[0].any() else None
    no = world.decide(rows, False, settings) if ask[1].any() else None
    if yes is None or no is None:
        only = yes if yes is not None else no
        assert only is not None
        return only, only
    strict = np.array([STRICTNESS.index(t.verdict) * 1000 + len(t.procedures) for t in world.totals])
    take = np.where(ask[0] & ask[1], strict[yes] >= strict[no], ask[0])
    chosen = np.where(take, yes, no)
    return chosen, np.where(ask[0] & ask[1], np.where(take, no, yes), chosen)


def _switched(
    world: Worlds,
    rows: Ints,
    settings: Mapping[str, str],
    ask: tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]],
    chosen: Ints,
    other: Ints,
    of: _Lookup,
    sets: dict[tuple[str, ...], int],
) -> npt.NDArray[np.bool_]:
    """Cells whose answer another setting of a switch they rely on would change."""
    found = np.zeros(chosen.shape, dtype=bool)
    for name, switch in world.law.switches.items():
        mark = of.relies(name)
        relied = mark[chosen] | mark[other]
        where = np.nonzero(relied.any(axis=1))[0]
        if not len(where):
            continue
        for option in switch.options:
            if option != settings[name]:
                then, _ = _branches(world, rows[where], {**settings, name: option}, ask)
                now = _Lookup(world, sets)
                found[where] |= relied[where] & (now.answer[then] != now.answer[chosen[where]])
    return found
