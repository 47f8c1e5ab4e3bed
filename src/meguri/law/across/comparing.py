"""Old and new packs over the whole world: how many answers are others, which, and between whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from meguri.law.across.world import DOMESTIC, Matrix, matrix
from meguri.law.body.packs import Law

TOLD = 12
"""Economies and streams that are named, those with the most changes first."""
AT_ONCE = 8
"""Days that are in memory together."""


@dataclass(frozen=True)
class WorldDifference:
    """Cells asked (none of them domestic) and those whose verdict, status or procedures are others.

    `turns` counts them by the verdicts before and after; a verdict that stays is there twice. `days`, `economies` (at
    either end) and `streams` count the same cells otherwise.
    """

    asked: int
    changed: int
    turns: Mapping[tuple[str, str], int]
    days: Mapping[date, int]
    economies: Mapping[str, int]
    streams: Mapping[str, int]

    def to_json(self) -> dict[str, Any]:
        """Plain values; of economies and streams the first `TOLD`."""
        return {
            "asked": self.asked,
            "changed": self.changed,
            "turns": [
                {"before": before, "after": after, "cells": count} for (before, after), count in self.turns.items()
            ],
            "days": {day.isoformat(): count for day, count in self.days.items()},
            "economies": dict(list(self.economies.items())[:TOLD]),
            "streams": dict(list(self.streams.items())[:TOLD]),
        }


def compare(
    old: Law,
    new: Law,
    dates: Sequence[date],
    *,
    economies: Iterable[str] | None = None,
    streams: Iterable[str] | None = None,
    operation: str | None = "R4",
    facts: Mapping[str, Any] | None = None,
) -> WorldDifference:
    """The answers of two laws beside each other: all economies, streams and dates. Raises Refused as `matrix` does."""
    codes = None if economies is None else tuple(economies)
    names = None if streams is None else tuple(streams)
    parts = [dates[start : start + AT_ONCE] for start in range(0, len(dates), AT_ONCE)] or [dates]
    return _together(
        difference(*(matrix(codes, names, part, operation, facts, law) for law in (old, new))) for part in parts
    )


def difference(before: Matrix, after: Matrix) -> WorldDifference:
    """The cells of two matrices of the same labels that are others. ValueError where the labels differ."""
    for name in ("economies", "streams", "dates", "verdicts", "statuses"):
        if getattr(before, name) != getattr(after, name):
            raise ValueError(f"the two have other {name}")
    places: dict[tuple[str, ...], int] = {}
    like = [
        np.array([places.setdefault(tuple(sorted(one)), len(places)) for one in side.procedure_sets], dtype=np.int32)
        for side in (before, after)
    ]
    kinds = len(before.verdicts)
    turns = np.zeros(kinds * kinds, dtype=np.int64)
    ends = np.zeros(len(before.economies), dtype=np.int64)
    kept = np.zeros(len(before.streams), dtype=np.int64)
    days, asked = {}, 0
    for t, day in enumerate(before.dates):
        # A day at a time: the whole world at once would hold every difference of all days.
        was, now = before.verdict[t], after.verdict[t]
        here = was != DOMESTIC
        other: npt.NDArray[np.bool_] = (was != now) | (before.status[t] != after.status[t])
        other |= like[0][before.procedures[t]] != like[1][after.procedures[t]]
        other &= here
        asked += int(here.sum())
        days[day] = int(other.sum())
        if not days[day]:
            continue
        turns += np.bincount(was[other].astype(np.int64) * kinds + now[other], minlength=kinds * kinds)
        ends += other.sum(axis=(1, 2)) + other.sum(axis=(0, 2))
        kept += other.sum(axis=(0, 1))
    found = {
        (before.verdicts[n // kinds], before.verdicts[n % kinds]): int(turns[n]) for n in np.argsort(-turns) if turns[n]
    }
    return WorldDifference(
        asked, sum(days.values()), found, days, _most(before.economies, ends), _most(before.streams, kept)
    )


def _together(parts: Iterable[WorldDifference]) -> WorldDifference:
    listed = list(parts)

    def summed(name: str) -> dict[Any, int]:
        found: Counter[Any] = Counter()
        for one in listed:
            found.update(getattr(one, name))
        return dict(found.most_common())

    days = {day: count for one in listed for day, count in one.days.items()}
    return WorldDifference(
        sum(one.asked for one in listed), sum(one.changed for one in listed), summed("turns"), days,
        summed("economies"), summed("streams"),
    )  # fmt: skip


def _most(names: Sequence[str], counts: npt.NDArray[np.int64]) -> dict[str, int]:
    return {names[n]: int(counts[n]) for n in np.argsort(-counts, kind="stable") if counts[n]}
