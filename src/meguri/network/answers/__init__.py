"""What a plan can be asked: where capacity is worth most, what closed lanes cost, what hurts, what to do anyway."""

from __future__ import annotations

from meguri.network.answers.capacity import CapacityWorth, capacity_worth
from meguri.network.answers.closed_lanes import ClosedLane, closed_lanes
from meguri.network.answers.disruption import Disruption, disruptions
from meguri.network.answers.front import FrontPoint, front
from meguri.network.answers.regret import Regret, regret

__all__ = [
    "CapacityWorth",
    "ClosedLane",
    "Disruption",
    "FrontPoint",
    "Regret",
    "capacity_worth",
    "closed_lanes",
    "disruptions",
    "front",
    "regret",
]
