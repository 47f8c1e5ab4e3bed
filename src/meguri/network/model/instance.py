"""What a plan is made of: periods, streams, zones, technologies, sites, lanes, limits. Values only, checked elsewhere.

Flows are tonnes a year within a period; money is US dollars of the base year, undiscounted; carbon is kilograms of
CO2 equivalent. What differs by period is a tuple with one entry for each period. A *commodity* is a stream from one
origin economy: its composition is fixed by stream, origin and period, and keeps its origin through every step.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from meguri.kit.words import Words, plain
from meguri.reference import Confidence

Stage = Literal["collection", "sorting", "dismantling", "pre-treatment", "smelting", "refining", "disposal"]
Mode = Literal["sea", "road", "rail"]
ByPeriod = tuple[float, ...]


@dataclass(frozen=True)
class Period:
    """A stretch of years that is planned as one: from `year`, for `years` years."""

    year: int
    years: int


@dataclass(frozen=True)
class PlanAssumption:
    """A figure or rule that the plan rests on and nobody has measured: listed on the plan's first page."""

    subject: str
    said: Words
    value: float | None
    unit: str
    source: str
    confidence: Confidence


@dataclass(frozen=True)
class Zone:
    """Where material arises: an economy or a part of one, with the port through which it ships."""

    id: str
    name: Words
    economy: str
    lat: float
    lon: float
    port: str | None = None


@dataclass(frozen=True)
class Supply:
    """What arises of a stream in a zone: tonnes a year, and which share may and must be collected."""

    zone: str
    stream: str
    tonnes: ByPeriod
    least_share: ByPeriod
    most_share: ByPeriod
    cost_usd_t: float
    carbon_kg_t: float = 0.0


@dataclass(frozen=True)
class StreamContent:
    """Mass fractions of elements in a stream from one origin, by period: `share[element][period]`."""

    stream: str
    origin: str
    share: Mapping[str, ByPeriod]


@dataclass(frozen=True)
class Technology:
    """A process: for each input stream what a tonne of it becomes, and what is recovered as metal.

    `outputs[input][stream]` is tonnes out for a tonne in; `recovers[input][element]` the share of the element's
    content that leaves as saleable metal. Output shares and what is lost sum to one: `loss` is what is left.
    `use` is the capacity that a tonne of the input takes (1 where absent). `feed_most[element]` is the largest mass
    fraction that the mixed feed of a site may have; `penalty_usd_kg[element]` is paid on what enters above
    `penalty_from[element]`.
    """

    id: str
    name: Words
    stage: Stage
    outputs: Mapping[str, Mapping[str, float]]
    recovers: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    use: Mapping[str, float] = field(default_factory=dict)
    cost_usd_t: Mapping[str, float] = field(default_factory=dict)
    carbon_kg_t: Mapping[str, float] = field(default_factory=dict)
    feed_most: Mapping[str, float] = field(default_factory=dict)
    penalty_from: Mapping[str, float] = field(default_factory=dict)
    penalty_usd_kg: Mapping[str, float] = field(default_factory=dict)
    source: str = ""
    confidence: Confidence = Confidence.MEMORY


@dataclass(frozen=True)
class PlantSite:
    """A plant that stands or might be built, with one technology.

    `capacity_t_y` stands without building, by period; up to `build_most_t_y` may be added in all, each addition for
    `build_usd_t_y`; opening a site that has no standing capacity costs `opening_usd` once (a yes-or-no decision where
    it is above zero) and at least `build_least_t_y` is then built. Nothing is built before the year
    `build_from`. `fixed_usd_y` is paid each year the site is open;
    `may_close` lets standing capacity be given up for `closing_usd`.
    """

    id: str
    name: Words
    economy: str
    lat: float
    lon: float
    technology: str
    capacity_t_y: ByPeriod
    port: str | None = None
    build_most_t_y: float = 0.0
    build_least_t_y: float = 0.0
    build_usd_t_y: float = 0.0
    build_from: int = 0
    opening_usd: float = 0.0
    fixed_usd_y: float = 0.0
    may_close: bool = False
    closing_usd: float = 0.0
    storage_most_t: float = 0.0
    storage_usd_t_y: float = 0.0
    source: str = ""
    confidence: Confidence = Confidence.MEMORY


@dataclass(frozen=True)
class Way:
    """How a lane is travelled: one transport, its length and mode, with its points (longitude, latitude) for maps."""

    mode: Mode
    km: float
    points: tuple[tuple[float, float], ...] = ()
    passages: tuple[str, ...] = ()


@dataclass(frozen=True)
class Lane:
    """An origin-destination pair for a stream: `open[period]` says whether the law lets it move then.

    `origin` and `destination` are ids of zones or sites. `why[period]` is the law's answer in a word
    (allowed_free, allowed_pic, prohibited, domestic, undetermined …); `grounds[period]` the citations that decide;
    `assumed[period]` is true where the answer rests on an assumption, among them that the last known law persists.
    """

    id: str
    stream: str
    origin: str
    destination: str
    ways: tuple[Way, ...]
    cost_usd_t: ByPeriod
    carbon_kg_t: float
    open: tuple[bool, ...]
    why: tuple[str, ...]
    grounds: tuple[tuple[str, ...], ...] = ()
    assumed: tuple[bool, ...] = ()


@dataclass(frozen=True)
class Sale:
    """A price for a stream (or the name of an element, as metal) at a place or anywhere: USD for a tonne."""

    what: str
    usd_t: ByPeriod
    most_t_y: ByPeriod | None = None
    economy: str | None = None


@dataclass(frozen=True)
class Disposal:
    """Where a stream may end without use: in an economy, at a cost, up to a limit (None: no limit)."""

    stream: str
    economy: str | None
    usd_t: float
    carbon_kg_t: float = 0.0
    most_t_y: float | None = None


LimitKind = Literal[
    "carbon-cap",  # most kg CO2e a year, avoided carbon counted where `net`
    "budget",  # most USD invested in all
    "collection",  # least share of what arises in `economy` (all where None) of `item` (stream, all where None)
    "recovered",  # least tonnes of element `item` a year recovered in `economy` (a State's demand or part of it)
    "processed",  # least t/y of streams `item` (joined by “;”, all where None) smelted or refined in `economy`
    "largest-share",  # most share that any one origin economy may have of element `item` recovered in `economy`
    "hhi",  # most Herfindahl-Hirschman index (0 to 1) over origins of element `item` recovered in `economy`
    "home-share",  # least share of element `item` recovered in `economy` that arises in `economy` itself
    "partner-share",  # least share of element `item` recovered in `economy` that arises in `partners`
    "treated-at-home",  # least share of what is collected in `economy` that is dismantled in `economy`
]


@dataclass(frozen=True)
class Limit:
    """One named limit by period (NaN: none then). Where limits conflict, they are said by their names.

    `said` is its name for readers; without it the name itself is read.
    """

    name: str
    kind: LimitKind
    value: ByPeriod
    economy: str | None = None
    item: str | None = None
    partners: tuple[str, ...] = ()
    said: Words | None = None

    @property
    def words(self) -> Words:
        """What a reader calls it."""
        return self.said or plain(self.name)


@dataclass(frozen=True)
class Objective:
    """What is made as small as possible: a weighted sum. `cost` is net of sales; weights are per unit.

    `recovered[element]` rewards tonnes of metal recovered in `recovered_in` (anywhere where None).
    """

    cost: float = 1.0
    carbon_usd_t: float = 0.0
    recovered: Mapping[str, float] = field(default_factory=dict)
    recovered_in: str | None = None
    discount: float = 0.0


@dataclass(frozen=True)
class Instance:
    """One planning problem, whole."""

    name: Words
    periods: tuple[Period, ...]
    zones: tuple[Zone, ...]
    supplies: tuple[Supply, ...]
    contents: tuple[StreamContent, ...]
    technologies: tuple[Technology, ...]
    sites: tuple[PlantSite, ...]
    lanes: tuple[Lane, ...]
    sales: tuple[Sale, ...]
    disposals: tuple[Disposal, ...]
    limits: tuple[Limit, ...]
    objective: Objective
    avoided_kg_kg: Mapping[str, float] = field(default_factory=dict)
    assumptions: tuple[PlanAssumption, ...] = ()
