"""Which inputs a figure's uncertainty comes from: the breakdown of one figure of one economy in one year."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from meguri.arisings.draws import monte_carlo as draws
from meguri.arisings.draws import variance
from meguri.arisings.draws.deviates import GROUP_WORDS
from meguri.arisings.runs.economy import WORTHS, EconomyModel, rate_of
from meguri.arisings.runs.results import ALL, VARIABLES
from meguri.kit.words import Words


@dataclass(frozen=True)
class GroupVariance:
    """What one group of inputs has in the variance of a figure, with the standard errors of the estimates.

    `first` would go if the group were known exactly; `total` would stay if all others were known.
    """

    group: str
    first: float
    first_error: float
    total: float
    total_error: float

    @property
    def title(self) -> Words:
        """What the group is called."""
        return GROUP_WORDS[self.group]


@dataclass(frozen=True)
class Variance:
    """Which inputs a figure's uncertainty comes from, greatest total first: the first is to be measured next."""

    variable: str
    economy: str
    product: str
    item: str
    year: int
    unit: str
    mean: float
    sd: float
    groups: tuple[GroupVariance, ...]
    estimators: tuple[str, str]
    draws: int

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "variable": self.variable,
            "economy": self.economy,
            "product": self.product,
            "item": self.item,
            "year": self.year,
            "unit": self.unit,
            "mean": self.mean,
            "sd": self.sd,
            "draws": self.draws,
            "estimators": list(self.estimators),
            "groups": [
                {
                    "group": one.group,
                    "first": one.first,
                    "first_error": one.first_error,
                    "total": one.total,
                    "total_error": one.total_error,
                }
                for one in self.groups
            ],
        }

    @classmethod
    def of_json(cls, found: Mapping[str, Any]) -> Variance:
        """What `to_json` wrote."""
        named = {key: found[key] for key in ("variable", "economy", "product", "item", "year", "unit", "mean", "sd")}
        return cls(
            **named,
            groups=tuple(GroupVariance(**group) for group in found["groups"]),
            estimators=(found["estimators"][0], found["estimators"][1]),
            draws=found["draws"],
        )


@dataclass(frozen=True)
class _Figure:
    """One figure of an economy in one year, as a model with that one output."""

    model: EconomyModel
    variable: str
    label: str
    item: str
    year: int

    @property
    def groups(self) -> tuple[str, ...]:
        return self.model.groups

    @property
    def outputs(self) -> dict[str, tuple[int, ...]]:
        return {self.variable: (1,)}

    def deviates(self, n: int, seed: int) -> Any:
        return self.model.deviates(n, seed)

    def swapped(self, z: Any, other: Any, group: str) -> Any:
        return self.model.swapped(z, other, group)

    def run(self, z: Any, out: Mapping[str, Any]) -> None:
        of = self.variable
        rate = 1.0
        if of in WORTHS and (self.item != ALL or of not in self.model.outputs):
            of = WORTHS[of]
            rate = float(rate_of(self.variable).value[self.model.items(of).index(self.item)])
        room = draws.preallocated({of: self.model.outputs[of]}, len(z))
        self.model.run(z, room)
        at = self.model.labels_of(of).index(self.label)
        item = self.model.items(of).index(self.item)
        out[self.variable][:, 0] = room[of][:, self.year - self.model.supply.first_year, at, item] * rate


def broken_down(model: EconomyModel, variable: str, label: str, item: str, year: int, n: int, seed: int) -> Variance:
    """The breakdown of one figure; costs `n` times seven runs of the economy."""
    (found,) = variance.breakdown(_Figure(model, variable, label, item, year), n, seed).values()
    parts = (found.first, found.first_error, found.total, found.total_error)
    shares = [
        GroupVariance(group, *(round(float(part[g, 0]), 4) for part in parts)) for g, group in enumerate(found.groups)
    ]
    shares.sort(key=lambda share: -share.total)
    return Variance(
        variable, model.name, label, item, year, VARIABLES[variable].unit, float(found.mean[0]),
        float(np.sqrt(found.variance[0])), tuple(shares), found.estimators, n,
    )  # fmt: skip
