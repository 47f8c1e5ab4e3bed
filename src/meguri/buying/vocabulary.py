"""The classes that are bought, the steps to a licence with their demands, and the five acts that no step allows."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec

from meguri.buying.states import CollectorState
from meguri.kit.files import reading
from meguri.kit.words import Words, cell

TABLES = Path(__file__).parent / "tables"


class BuyingClass(msgspec.Struct, frozen=True):
    """A stream that a buying point may buy, its picture, and whether it deserves more than its price as scrap."""

    stream: str
    icon: str
    premium: bool


class Step(msgspec.Struct, frozen=True):
    """A step of the path from a number to a full operator."""

    step: int
    name: Words
    meaning: Words


class StepDemand(msgspec.Struct, frozen=True):
    """What a step asks, and what shows it."""

    demand: str
    step: int
    name: Words
    shown_by: Words


@cache
def classes() -> dict[str, BuyingClass]:
    """Classes by stream, in the order of tiles."""
    return {
        row["stream"]: BuyingClass(row["stream"], row["icon"], row["premium"] == "yes")
        for row in reading.lines(TABLES / "classes.csv")
    }


@cache
def steps() -> dict[int, Step]:
    """Steps by number."""
    return {
        int(row["step"]): Step(
            int(row["step"]),
            cell("buying/steps", row["step"], "name", row["name"]),
            cell("buying/steps", row["step"], "meaning", row["meaning"]),
        )
        for row in reading.lines(TABLES / "steps.csv")
    }


@cache
def demands() -> dict[str, StepDemand]:
    """Demands by their word."""
    return {
        row["demand"]: StepDemand(
            row["demand"],
            int(row["step"]),
            cell("buying/demands", row["demand"], "name", row["name"]),
            cell("buying/demands", row["demand"], "shown_by", row["shown_by"]),
        )
        for row in reading.lines(TABLES / "demands.csv")
    }


@cache
def forbidden() -> dict[str, Words]:
    """The acts for which a step is lost, by their word."""
    return {
        row["forbidden"]: cell("buying/forbidden", row["forbidden"], "name", row["name"])
        for row in reading.lines(TABLES / "forbidden.csv")
    }


def of_step(step: int) -> tuple[StepDemand, ...]:
    """What a step asks."""
    return tuple(one for one in demands().values() if one.step == step)


def reached(state: CollectorState) -> int:
    """The highest step of which, and of all below, every demand is met."""
    step = 0
    while step + 1 in steps() and all(one.demand in state.demands for one in of_step(step + 1)):
        step += 1
    return step


def missing(state: CollectorState) -> tuple[StepDemand, ...]:
    """What is still missing for the next step; nothing at the last."""
    return tuple(one for one in of_step(reached(state) + 1) if one.demand not in state.demands)


def lost_with(state: CollectorState, step: int) -> tuple[str, ...]:
    """The demands that are met and belong to a step or to one above it."""
    return tuple(one.demand for one in state.met if one.demand in demands() and demands()[one.demand].step >= step)
