"""What is asked: the assumptions under which arisings are worked out, as one frozen value.

Shares are fractions between 0 and 1, times are years. `scenario_file` reads a scenario from TOML; every key is
described in docs/arisings-format.md.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from meguri import reference
from meguri.arisings.contents import routes
from meguri.arisings.sales import vehicles
from meguri.kit.words import Words

DEFAULT = "default"
"""The name of the entry that holds for every economy without one of its own."""
VEHICLES = ("vehicle-petrol", "vehicle-diesel", "vehicle-hybrid", "vehicle-plugin", "vehicle-battery")
CONVENTIONS = ("start", "middle", "end", "wot")
EARLIEST, LATEST = 1980, 2100


@dataclass(frozen=True)
class ByYear:
    """A share by year: straight lines between the years given, level before the first and after the last."""

    points: tuple[tuple[int, float], ...]

    def at(self, years: Iterable[int]) -> NDArray[np.float64]:
        """The share in each of some years."""
        known = np.array([point[0] for point in self.points], dtype=float)
        shares = np.array([point[1] for point in self.points], dtype=float)
        return np.interp(np.asarray(list(years), dtype=float), known, shares)

    def to_json(self) -> dict[str, float]:
        """The points as the file has them."""
        return {str(year): share for year, share in self.points}


@dataclass(frozen=True)
class LifetimeChange:
    """How much longer (or shorter) goods are kept, for cohorts sold from a year on. One is no change."""

    from_cohort_year: int = 2025
    multiplier: float = 1.0
    by_product: tuple[tuple[str, float], ...] = ()
    by_economy: tuple[tuple[str, float], ...] = ()

    def factor(self, product: str, economy: str) -> float:
        """The multiplier of one product in one economy: the three multiply."""
        return self.multiplier * dict(self.by_product).get(product, 1.0) * dict(self.by_economy).get(economy, 1.0)


@dataclass(frozen=True)
class ReuseAssumption:
    """The share of what leaves its first use that is used again, and for how long on average."""

    share: ByYear = ByYear(((2020, 0.0),))
    second_life_years: float = 4.0
    products: tuple[str, ...] = ()


@dataclass(frozen=True)
class Epr:
    """Producer responsibility: from its start collection rises in a straight line to a target, over some years."""

    start_year: int
    collection_share: float
    years_to_reach: int = 10


Shares = tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class ArisingsScenario:
    """The assumptions of one calculation; equal scenarios give equal figures."""

    name: str
    title: Words
    note: Words
    economies: tuple[str, ...]
    vehicle_economies: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    first_year: int = 1980
    last_year: int = 2050
    report_years: tuple[int, ...] = (2022, 2025, 2030, 2035, 2040, 2045, 2050)
    convention: str = "middle"
    lifetime_set: str = "UNITAR_NLFB"
    draws: int = 300
    seed: int = 20260401
    lifetimes: LifetimeChange = LifetimeChange()
    reuse: ReuseAssumption = ReuseAssumption()
    used_exports: tuple[tuple[str, ByYear], ...] = ()
    collection: tuple[tuple[str, ByYear], ...] = ()
    vehicle_collection: tuple[tuple[str, ByYear], ...] = ()
    epr: tuple[tuple[str, Epr], ...] = ()
    routes: tuple[tuple[str, Shares], ...] = ()
    vehicle_routes: tuple[tuple[str, Shares], ...] = ()
    informal: tuple[tuple[str, ByYear], ...] = ()
    battery_electric: tuple[tuple[str, ByYear], ...] = field(default=())

    @property
    def years(self) -> range:
        """All years of the calculation."""
        return range(self.first_year, self.last_year + 1)

    def to_json(self) -> dict[str, Any]:
        """All assumptions as a plain value; what `digest` is taken of, without the texts."""
        return {
            "name": self.name,
            "title": self.title.everywhere(),
            "note": self.note.everywhere(),
            **self._assumptions(),
        }

    def _assumptions(self) -> dict[str, Any]:
        def years(given: tuple[tuple[str, ByYear], ...]) -> dict[str, Any]:
            return {economy: share.to_json() for economy, share in given}

        return {
            "economies": list(self.economies),
            "vehicle_economies": list(self.vehicle_economies),
            "products": list(self.products),
            "first_year": self.first_year,
            "last_year": self.last_year,
            "report_years": list(self.report_years),
            "convention": self.convention,
            "lifetime_set": self.lifetime_set,
            "draws": self.draws,
            "seed": self.seed,
            "lifetimes": {
                "from_cohort_year": self.lifetimes.from_cohort_year,
                "multiplier": self.lifetimes.multiplier,
                "product_multiplier": dict(self.lifetimes.by_product),
                "economy_multiplier": dict(self.lifetimes.by_economy),
            },
            "reuse": {
                "share_by_year": self.reuse.share.to_json(),
                "second_life_years": self.reuse.second_life_years,
                "products": list(self.reuse.products),
            },
            "used_exports": years(self.used_exports),
            "collection": years(self.collection),
            "vehicle_collection": years(self.vehicle_collection),
            "epr": {
                economy: {
                    "start_year": law.start_year,
                    "collection_share": law.collection_share,
                    "years_to_reach": law.years_to_reach,
                }
                for economy, law in self.epr
            },
            "routes": {economy: dict(shares) for economy, shares in self.routes},
            "vehicle_routes": {economy: dict(shares) for economy, shares in self.vehicle_routes},
            "informal": years(self.informal),
            "battery_electric": years(self.battery_electric),
        }

    def digest(self) -> str:
        """SHA-256 of the assumptions (not of name and texts), in hexadecimal."""
        text = json.dumps(self._assumptions(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def for_economy(given: tuple[tuple[str, Any], ...], economy: str) -> Any | None:
    """The entry of an economy, else the default entry, else None."""
    entries = dict(given)
    return entries.get(economy, entries.get(DEFAULT))


@cache
def known_economies() -> tuple[str, ...]:
    """Economies with sales or arisings on file (as `market.economies`), by ISO 3166-1 alpha-3 code, in order."""
    on_file = {row.iso3 for row in reference.ewaste_series()} | {row.iso3 for row in reference.placed_on_market()}
    return tuple(sorted(on_file & set(reference.economies())))


@cache
def vehicle_economies() -> tuple[str, ...]:
    """Economies whose vehicles can be followed: those with yearly sales on file."""
    return tuple(vehicles.ECONOMIES)


@cache
def lifetime_sets() -> tuple[str, ...]:
    """Names of the sets of lifetimes that hold all or nearly all kinds of equipment."""
    return ("UNITAR_IT", "UNITAR_NLFB", "UNU2015", "vanNielen_EU")


@cache
def known_routes() -> tuple[str, ...]:
    """Names of the chains from collection to metal."""
    return tuple(routes.ROUTES)


@cache
def known_products() -> Mapping[str, Words]:
    """The 54 kinds of equipment and five kinds of vehicle, with what they are called."""
    equipment = {key: row.name for key, row in sorted(reference.unu_keys().items())}
    return equipment | VEHICLE_WORDS


VEHICLE_WORDS: dict[str, Words] = {
    "vehicle-petrol": Words("Vehicles, petrol"),
    "vehicle-diesel": Words("Vehicles, diesel"),
    "vehicle-hybrid": Words("Vehicles, hybrid"),
    "vehicle-plugin": Words("Vehicles, plug-in hybrid"),
    "vehicle-battery": Words("Vehicles, battery electric"),
}
