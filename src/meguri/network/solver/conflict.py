"""Why a program has no plan: the limits that cannot hold together, named in words.

Limits that somebody set (`program.NamedLimit`) are made elastic, while balances stay hard. The elastic filter
(Chinneck and Dravnieks, 1991) holds the limits that a least-violation plan breaks until no plan is left, and a deletion
filter drops from those held whatever the conflict does not need. HiGHS has such a search of its own, over all rows and
bounds alike; it cannot be told that a balance of flows is not what a planner can give up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from meguri.kit.problems import N_, Problem
from meguri.kit.words import Words, listed
from meguri.network.solver.highs import NoPlan, Session, Solution, SolverOptions, refuse_unfinished, solve
from meguri.network.solver.program import Builder, Program

Side = Literal["lower", "upper"]
Solver = Callable[[Program, SolverOptions], Solution]

BROKEN = 1e-6
"""Violation relative to the size of the limit above which a limit counts as broken."""

MOST_NEEDED = 12
"""Limits of one contradiction up to which it is worked out how far each would have to give; more are not spelt out."""

LARGE = 100_000
"""Entries of the matrix above which targets are asked before all other limits."""

GIVEN = 1e-5
"""Violation relative to a target above which the interior point is taken to give way on it."""

TARGETS = "/limits/"
"""Where targets are set."""


@dataclass(frozen=True)
class Broken:
    """One side of one limit in a conflict.

    `value` is the limit; `needed` what it would have to be for a plan to exist while all else stays (None where
    giving in here alone does not help, or was not worked out).
    """

    said: Words
    side: Side
    value: float
    needed: float | None
    pointer: str
    unit: str
    row: int | None = None
    column: int | None = None


@dataclass(frozen=True)
class Contradiction:
    """Limits that cannot hold together, and none of which could be left out of that statement."""

    members: tuple[Broken, ...]
    named: bool = True
    """Whether these are limits that somebody set; otherwise the model's own balances contradict each other."""


@dataclass(frozen=True)
class _Candidate:
    row: int | None
    column: int | None
    side: Side
    value: float

    def of(self, program: Program) -> tuple[Words, str, str]:
        block, place = program.row_block(self.row) if self.row is not None else program.column_block(self.column or 0)
        return block.said(place), block.pointer(place), block.limit.unit if block.limit else ""


def optimum(program: Program, options: SolverOptions | None = None, solver: Solver = solve) -> Solution:
    """Solve; NoPlan naming the conflicting limits where there is no plan, or saying that time was up, and so on.

    `solver` is how: `highs.solve`, `rounding.solve_rounded`, `decomposition.solve_apart`.
    """
    found = solver(program, options or SolverOptions())
    if found.status == "infeasible":
        raise NoPlan(*problems(conflicts(program, options)))
    return refuse_unfinished(found)


def conflicts(program: Program, options: SolverOptions | None = None, most: int = 3) -> tuple[Contradiction, ...]:
    """Up to `most` contradictions that share no limit; none where the program has a plan.

    A mixed-integer program is first taken without the demand for whole values, and with it only where that has
    a plan. In a large program the targets are asked first (limits under ``/limits/``), all else being held, in one
    step instead of a search: they are what a planner sets, and the answer comes soon.
    """
    options = replace(options or SolverOptions(), progress=None, method="choose", crossover=True)
    if program.entries > LARGE:
        out_of_reach = _targets_given(program, options)
        if out_of_reach:
            return out_of_reach
    for named in (True, False):
        candidates = list(_candidates(program, named))
        for whole in (False, True) if program.has_integers else (False,):
            search = _ConflictSearch(program if whole else program.relaxed(), candidates, options)
            found = search.run(most)
            if found:
                return tuple(Contradiction(tuple(_said(program, *one) for one in members), named) for members in found)
        if candidates and search.feasible:
            return ()
    return ()


def _targets_given(program: Program, options: SolverOptions) -> tuple[Contradiction, ...]:
    """The targets that the least change of all targets together gives way on, all other limits being held.

    One linear program, by the interior point: each target named is out of reach by what it gives, the others standing
    as they are given. Empty where targets alone do not make a plan possible.
    """
    targets = [one for one in _candidates(program, True) if one.of(program)[1].startswith(TARGETS)]
    if not targets:
        return ()
    found = solve(_elastic(program.relaxed(), targets), replace(options, method="ipm", crossover=False))
    if not found.found:
        return ()
    gives = found.x[program.columns :]
    size = np.array([1.0 + abs(one.value) for one in targets])
    return tuple(
        Contradiction((_said(program, one, one.value - give if one.side == "lower" else one.value + give),))
        for one, give, scale in zip(targets, gives, size, strict=True)
        if give > GIVEN * scale
    )


def _said(program: Program, candidate: _Candidate, needed: float | None) -> Broken:
    words, pointer, unit = candidate.of(program)
    return Broken(words, candidate.side, candidate.value, needed, pointer, unit, candidate.row, candidate.column)


def _candidates(program: Program, named: bool) -> Iterator[_Candidate]:
    """Each finite side of each limit; that a flow is not negative is no limit that anybody set."""
    for block in program.row_blocks:
        if named and block.limit is None:
            continue
        for i in range(block.start, block.start + block.size):
            low, high = float(program.row_lower[i]), float(program.row_upper[i])
            if np.isfinite(low):
                yield _Candidate(i, None, "lower", low)
            if np.isfinite(high):
                yield _Candidate(i, None, "upper", high)
    for block in program.column_blocks:
        if named and block.limit is None:
            continue
        for j in range(block.start, block.start + block.size):
            low, high = float(program.lower[j]), float(program.upper[j])
            if np.isfinite(low) and low != 0.0:
                yield _Candidate(None, j, "lower", low)
            if np.isfinite(high):
                yield _Candidate(None, j, "upper", high)


def _elastic(program: Program, candidates: Sequence[_Candidate]) -> Program:
    """The program with no cost of its own and one column for each candidate that says how far it gives."""
    builder = Builder()
    lower, upper = program.lower.copy(), program.upper.copy()
    for one in candidates:
        if one.column is not None:
            (lower if one.side == "lower" else upper)[one.column] = -np.inf if one.side == "lower" else np.inf
    whole = program.integrality.astype(bool)
    columns = builder.columns("x", program.columns, 0.0, lower, upper)
    rows = builder.rows("a", program.rows, program.row_lower, program.row_upper)
    count = np.diff(program.indptr)
    builder.entries(rows[program.indices], np.repeat(columns, count), program.data)
    weight = [1.0 / (1.0 + abs(one.value)) for one in candidates]
    gives = builder.columns("gives", len(candidates), weight)
    sign = np.array([1.0 if one.side == "lower" else -1.0 for one in candidates])
    on_rows = np.array([one.row is not None for one in candidates], dtype=bool)
    at_rows = np.array([one.row for one in candidates if one.row is not None], dtype=np.int32)
    builder.entries(at_rows, gives[on_rows], sign[on_rows])
    bounds = [one for one in candidates if one.column is not None]
    low = [one.value if one.side == "lower" else -np.inf for one in bounds]
    high = [one.value if one.side == "upper" else np.inf for one in bounds]
    extra = builder.rows("bounds", len(bounds), low, high)
    builder.entries(extra, columns[np.array([one.column for one in bounds], dtype=np.int32)], 1.0)
    builder.entries(extra, gives[~on_rows], sign[~on_rows])
    made = builder.build()
    return made.with_(integrality=np.concatenate([whole.astype(np.int32), np.zeros(len(candidates), np.int32)]))


class _ConflictSearch:
    """One elastic program and what is held, free or broken in it."""

    def __init__(self, program: Program, candidates: Sequence[_Candidate], options: SolverOptions) -> None:
        self.candidates = candidates
        self.feasible = False
        elastic = _elastic(program, candidates)
        self.first = program.columns
        self.weight = elastic.cost[self.first :].copy()
        self.session = Session(elastic, options)
        self.price = self.weight.copy()
        self.size = np.array([1.0 + abs(one.value) for one in candidates])

    def hold(self, members: Sequence[int] | np.ndarray, held: bool, cost: bool | None = None) -> None:
        """Hold limits, or let them give; with `cost` given, at a price or for nothing."""
        at = np.asarray(members, dtype=np.int32)
        self.session.set_column_bounds(self.first + at, upper=0.0 if held else np.inf)
        if cost is not None:
            self.price[at] = self.weight[at] if cost else 0.0
            self.session.set_cost(self.first + at, self.price[at])

    def broken(self) -> np.ndarray | None:
        """Limits that a least-violation plan breaks; None where there is no plan at all."""
        found = self.session.resolve()
        if found.status == "infeasible":
            return None
        x = refuse_unfinished(found).x[self.first :]
        return np.flatnonzero((x > BROKEN * self.size) & (self.price > 0))

    def run(self, most: int) -> list[list[tuple[_Candidate, float | None]]]:
        """Contradictions one after another, each with its limits and what they would need to be."""
        every = np.arange(len(self.candidates))
        sets: list[list[int]] = []
        while len(sets) < most:
            held: list[int] = []
            while (broken := self.broken()) is not None and len(broken):
                held += [int(k) for k in broken]
                self.hold(broken, True)
            if broken is not None:
                self.feasible = True
                break
            if not held:
                break  # Without any of the limits there is no plan either.
            members = self.least(held)
            self.hold(held, False)
            self.hold(members, False, cost=False)
            sets.append(members)
        found = []
        if sets:
            self.hold(every, True, cost=True)
        for members in sets:
            others = [k for other in sets if other is not members for k in other]
            self.hold(others, False, cost=False)
            needed = [self.needed(k) if len(members) <= MOST_NEEDED else None for k in members]
            self.hold(others, True, cost=True)
            found.append([(self.candidates[k], need) for k, need in zip(members, needed, strict=True)])
        return found

    def least(self, held: list[int]) -> list[int]:
        """Drop from the limits held what the contradiction does not need, in halves and then one by one."""
        parts, kept = [held], []
        while parts:
            part = parts.pop()
            self.hold(part, False)
            if self.broken() is None:
                continue
            self.hold(part, True)
            if len(part) == 1:
                kept += part
            else:
                half = len(part) // 2
                parts += [part[:half], part[half:]]
        return sorted(kept)

    def needed(self, member: int) -> float | None:
        """What one limit would have to be, the others being held."""
        self.hold([member], False)
        found = self.session.resolve()
        self.hold([member], True)
        if not found.found:
            return None
        give = float(found.x[self.first + member])
        one = self.candidates[member]
        return one.value - give if one.side == "lower" else one.value + give


_TEXTS = {
    ("lower", True): N_(
        "{limit}: at least {value} is asked, and nothing above {needed} can be reached while the other limits hold."
    ),
    ("upper", True): N_("{limit}: at most {value} is allowed, and {needed} is needed while the other limits hold."),
    ("lower", False): N_("{limit}: at least {value} is asked; giving way here alone is not enough."),
    ("upper", False): N_("{limit}: at most {value} is allowed; giving way here alone is not enough."),
}


def problems(found: Sequence[Contradiction]) -> tuple[Problem, ...]:
    """The contradictions in words: one problem for each as a whole and one for each of its limits, with pointers."""
    told: list[Problem] = []
    for one in found:
        named = [member.said for member in one.members[:MOST_NEEDED]]
        more = len(one.members) - len(named)
        if more:
            named.append(Words("and {count} more").format(count=f"{more:,}"))
        alone = len(one.members) == 1
        if not one.named:
            text = N_("The model itself leaves no plan, whatever the limits. What contradicts: {limits}.")
        elif alone:
            text = N_("This limit cannot hold with any plan: {limits}.")
        else:
            text = N_("These limits cannot hold together: {limits}. Relax one of them.")
        told.append(Problem(text, "", "conflict", {"limits": listed(named)}))
        for member in one.members[:MOST_NEEDED] if one.named else ():
            params = {
                "limit": member.said,
                "value": amount(member.value, member.unit),
                "needed": amount(member.needed, member.unit) if member.needed is not None else "",
            }
            told.append(
                Problem(_TEXTS[member.side, member.needed is not None], member.pointer, "conflict_limit", params)
            )
    if not told:
        text = N_("There is no plan, but by less than the limits are told apart. Loosen the tightest limits a little.")
        told.append(Problem(text, "", "conflict", {}))
    return tuple(told)


def amount(value: float, unit: str) -> str:
    """A number of a limit with its unit, to six digits."""
    text = f"{value:,.6g}" if abs(value) < 1e6 else f"{value:,.0f}"
    return f"{text} {unit}".strip()
