"""What a page says of a plan, kept as JSON: to show a plan, neither solver nor model is loaded again."""

from __future__ import annotations

from pathlib import Path

import msgspec

from meguri.kit.words import Words, plain


class Premise(msgspec.Struct, frozen=True):
    """A guess that the plan rests on."""

    subject: str
    said: Words
    value: float | None
    unit: str
    source: str
    confidence: str


class EconomyFlow(msgspec.Struct, frozen=True):
    """Tonnes a year of a stream from one economy to another (or within one) in the period that begins in `year`."""

    stream: str
    sender: str
    receiver: str
    year: int
    tonnes: float
    why: str
    assumed: bool


class HeaviestWay(msgspec.Struct, frozen=True):
    """How the heaviest lane between two economies goes: points (longitude, latitude), kilometres, passages."""

    sender: str
    receiver: str
    points: tuple[tuple[float, float], ...]
    km: float
    passages: tuple[str, ...]


class FlowStep(msgspec.Struct, frozen=True):
    """Tonnes a year from one place of the staged flow to the next. A place is a stage and an economy.

    Besides the stages of plants there are the stages `arises` (zones) and the ends `metal`, `sold`, `disposed`
    and `lost`, whose economy is empty.
    """

    year: int
    stage: str
    economy: str
    next_stage: str
    next_economy: str
    tonnes: float


class Charge(msgspec.Struct, frozen=True):
    """USD or kg CO2e by stage and year; `once` for what is built, opened or closed in that period."""

    stage: str
    once: bool
    year: int
    amount: float


class RecoveredMetal(msgspec.Struct, frozen=True):
    """Tonnes a year of an element recovered in an economy, from what arose in another."""

    element: str
    origin: str
    economy: str
    year: int
    tonnes: float


class Collected(msgspec.Struct, frozen=True):
    """Tonnes a year collected of what arises of a stream in an economy."""

    stream: str
    economy: str
    year: int
    tonnes: float
    arises: float


class PlantPeriod(msgspec.Struct, frozen=True):
    """A plant in one period: capacities and use in tonnes a year; `added` is what is built in this very period."""

    site: str
    name: Words
    technology: Words
    stage: str
    economy: str
    year: int
    standing: float
    added: float
    built: float
    running: bool
    used: float
    source: str
    confidence: str

    @property
    def capacity(self) -> float:
        """What may be used in the period."""
        return self.standing + self.built if self.running else 0.0


class Worth(msgspec.Struct, frozen=True):
    """What a tonne a year more at a plant is worth over the plan (discounted USD): the dual, and re-solved by 1 %."""

    site: str
    name: Words
    technology: Words
    economy: str
    capacity: float
    dual: float
    step: float
    gain: float
    build: float | None


class Closed(msgspec.Struct, frozen=True):
    """What a lane that the law closes would be worth over the plan (discounted USD) if it were lawful."""

    stream: str
    sender: str
    receiver: str
    gain: float
    tonnes: float
    why: tuple[str, ...]
    grounds: tuple[str, ...]
    assumed: bool
    year: int


class Hurt(msgspec.Struct, frozen=True):
    """What is lost when a plant, port, passage or economy is gone: discounted USD, and metal in tonnes a year."""

    kind: str
    thing: str
    name: Words
    loss: float
    eased: bool
    metal: dict[str, float]


class KeptLimit(msgspec.Struct, frozen=True):
    """A limit that was kept, by period; an absent value is no limit then. `said` is its name for readers."""

    name: str
    kind: str
    economy: str
    item: str
    values: tuple[float | None, ...]
    said: Words | None = None

    @property
    def words(self) -> Words:
        """What a reader calls it."""
        return self.said or plain(self.name)


class Goal(msgspec.Struct, frozen=True):
    """One of Japan's targets in tonnes a year; `planned` is None where the plan does not count the same thing."""

    title: Words
    year: str
    goal: float
    base: float
    planned: float | None
    source: str
    confidence: str


class PlanAccount(msgspec.Struct, frozen=True):
    """A whole plan as it is shown. `yearly` divides a discounted sum over the plan into an equal sum each year."""

    name: Words
    years: tuple[int, ...]
    lengths: tuple[int, ...]
    discount: float
    carbon_usd_t: float
    objective: float
    yearly: float
    seconds: float
    made: str
    assumptions: tuple[Premise, ...]
    targets: tuple[KeptLimit, ...]
    flows: tuple[EconomyFlow, ...]
    ways: tuple[HeaviestWay, ...]
    steps: tuple[FlowStep, ...]
    costs: tuple[Charge, ...]
    carbon: tuple[Charge, ...]
    avoided: tuple[Charge, ...]
    metals: tuple[RecoveredMetal, ...]
    collected: tuple[Collected, ...]
    places: tuple[PlantPeriod, ...]
    worth: tuple[Worth, ...]
    closed: tuple[Closed, ...]
    hurts: tuple[Hurt, ...]
    centres: dict[str, tuple[float, float]]
    goals: tuple[Goal, ...] = ()
    columns: int = 0
    rows: int = 0

    @property
    def last(self) -> int:
        """The last year that is planned."""
        return self.years[-1] + self.lengths[-1] - 1

    def span(self, year: int) -> str:
        """The years of the period that begins in `year`."""
        length = self.lengths[self.years.index(year)]
        return str(year) if length == 1 else f"{year}–{year + length - 1}"


class PlanningOutcome(msgspec.Struct, frozen=True, rename={"account": "story"}):
    """What came of planning: what pages tell of the plan, or the limits that no plan keeps together, in words."""

    account: PlanAccount | None = None
    conflicts: tuple[Words, ...] = ()


def write(told: PlanningOutcome, path: Path) -> Path:
    """Write it as JSON."""
    path.write_bytes(msgspec.json.encode(told))
    return path


def read(path: Path) -> PlanningOutcome:
    """Read it back. Raises msgspec.ValidationError for a file of another shape."""
    return msgspec.json.decode(path.read_bytes(), type=PlanningOutcome)
