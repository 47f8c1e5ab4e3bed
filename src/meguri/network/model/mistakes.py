"""What is wrong with an instance before it is planned: every problem with its place, gathered, not one at a time."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, get_args

from meguri.kit.problems import N_, Problem, gather, nearest
from meguri.network.model.instance import Instance, LimitKind, PlantSite, Stage, Zone
from meguri.reference import element_order

TOLERANCE = 1e-6
"""How far shares may add up to more than one: rounding of published figures."""
LARGEST_T_Y = 50_000_000
"""No plant takes more; a larger figure is a mix-up of units."""
SHARES = frozenset({"collection", "largest-share", "hhi", "home-share", "partner-share", "treated-at-home"})
OF_ELEMENT = frozenset({"recovered", "largest-share", "hhi", "home-share", "partner-share"})
LEAST_IN_ECONOMY = frozenset({"home-share", "treated-at-home"})


def check(instance: Instance) -> None:
    """Raise one Refused with every problem found; do nothing when there is none."""
    gather(problems(instance))


def problems(instance: Instance) -> Iterator[Problem]:
    """Every problem of an instance, in the order of its fields."""
    checker = _Checker(instance)
    yield from checker.periods()
    yield from checker.ids()
    yield from checker.supplies()
    yield from checker.contents()
    yield from checker.technologies()
    yield from checker.sites()
    yield from checker.lanes()
    yield from checker.ends()
    yield from checker.limits()
    yield from checker.ways_out()


@dataclass(frozen=True)
class _Checker:
    instance: Instance

    @cached_property
    def _technologies(self) -> dict[str, Any]:
        return {one.id: one for one in self.instance.technologies}

    @cached_property
    def _zones(self) -> dict[str, Any]:
        return {one.id: one for one in self.instance.zones}

    @cached_property
    def _sites(self) -> dict[str, Any]:
        return {one.id: one for one in self.instance.sites}

    @cached_property
    def _streams(self) -> frozenset[str]:
        """Streams that something supplies, takes or makes."""
        found = {supply.stream for supply in self.instance.supplies}
        for technology in self.instance.technologies:
            found.update(technology.outputs, *technology.outputs.values())
        return frozenset(found)

    @cached_property
    def _economies(self) -> frozenset[str]:
        instance = self.instance
        places: tuple[Zone | PlantSite, ...] = (*instance.zones, *instance.sites)
        return frozenset({one.economy for one in places})

    def periods(self) -> Iterator[Problem]:
        spans = self.instance.periods
        if not spans:
            yield Problem(N_("A plan needs at least one period."), "/periods", "empty")
        for n, span in enumerate(spans):
            if span.years < 1:
                yield Problem(
                    N_("A period lasts {years} years; it lasts one or more."),
                    f"/periods/{n}/years", "range", {"years": span.years},
                )  # fmt: skip
            if n and span.year != spans[n - 1].year + spans[n - 1].years:
                yield Problem(
                    N_("A period begins in {year}; it begins when the one before ends, in {end}."),
                    f"/periods/{n}/year", "order",
                    {"year": span.year, "end": spans[n - 1].year + spans[n - 1].years},
                )  # fmt: skip

    def ids(self) -> Iterator[Problem]:
        instance = self.instance
        groups: dict[str, Sequence[Any]] = {
            "zones": instance.zones, "technologies": instance.technologies, "sites": instance.sites,
            "lanes": instance.lanes,
        }  # fmt: skip
        for group, things in groups.items():
            yield from self._twice(group, [one.id for one in things])
        yield from self._twice("limits", [one.name for one in instance.limits])
        for n, site in enumerate(instance.sites):
            if site.id in self._zones:
                yield _twice(f"/sites/{n}/id", site.id)
        yield from self._twice("supplies", [f"{one.stream} in {one.zone}" for one in instance.supplies])
        yield from self._twice("contents", [f"{one.stream} from {one.origin}" for one in instance.contents])

    def _twice(self, group: str, names: Sequence[str]) -> Iterator[Problem]:
        seen: set[str] = set()
        for n, name in enumerate(names):
            if name in seen:
                yield _twice(f"/{group}/{n}", name)
            seen.add(name)

    def supplies(self) -> Iterator[Problem]:
        for n, supply in enumerate(self.instance.supplies):
            at = f"/supplies/{n}"
            if supply.zone not in self._zones:
                yield _unknown(f"{at}/zone", supply.zone, self._zones)
            yield from self._series(f"{at}/tonnes", supply.tonnes)
            yield from self._series(f"{at}/least_share", supply.least_share, 1.0)
            yield from self._series(f"{at}/most_share", supply.most_share, 1.0)
            yield from _numbers(at, {"cost_usd_t": supply.cost_usd_t, "carbon_kg_t": supply.carbon_kg_t})
            for t, (least, most) in enumerate(zip(supply.least_share, supply.most_share, strict=False)):
                if least > most + TOLERANCE:
                    yield Problem(
                        N_("At least {least} must be collected and at most {most} may be; least is above most."),
                        f"{at}/least_share/{t}", "range", {"least": f"{least:g}", "most": f"{most:g}"},
                    )  # fmt: skip

    def contents(self) -> Iterator[Problem]:
        for n, content in enumerate(self.instance.contents):
            at = f"/contents/{n}"
            if content.stream not in self._streams:
                yield _unknown(f"{at}/stream", content.stream, self._streams)
            for element, series in content.share.items():
                if element not in element_order():
                    yield _unknown(f"{at}/share/{element}", element, element_order())
                yield from self._series(f"{at}/share/{element}", series, 1.0)
            for t, total in enumerate(map(sum, zip(*content.share.values(), strict=False))):
                if total > 1 + TOLERANCE:
                    yield Problem(
                        N_("The elements of {stream} add up to {total}, more than the whole."),
                        f"{at}/share", "sum", {"stream": content.stream, "total": f"{total:.4f}", "period": t},
                    )  # fmt: skip
                    break

    def technologies(self) -> Iterator[Problem]:
        for n, technology in enumerate(self.instance.technologies):
            at = f"/technologies/{n}"
            if technology.stage not in get_args(Stage):
                yield _unknown(f"{at}/stage", technology.stage, get_args(Stage))
            for stream, made in technology.outputs.items():
                yield from _shares(f"{at}/outputs/{stream}", made)
                if sum(made.values()) > 1 + TOLERANCE:
                    yield Problem(
                        N_("What {technology} makes of a tonne of {stream} adds up to {total} t, more than went in."),
                        f"{at}/outputs/{stream}", "sum",
                        {"technology": technology.id, "stream": stream, "total": f"{sum(made.values()):.4f}"},
                    )  # fmt: skip
            for stream, recovered in technology.recovers.items():
                if stream not in technology.outputs:
                    yield _unknown(f"{at}/recovers/{stream}", stream, technology.outputs)
                yield from _shares(f"{at}/recovers/{stream}", recovered)
            for name in ("cost_usd_t", "carbon_kg_t", "use", "feed_most", "penalty_from", "penalty_usd_kg"):
                yield from _numbers(f"{at}/{name}", getattr(technology, name))

    def sites(self) -> Iterator[Problem]:
        figures = (
            "build_most_t_y", "build_least_t_y", "build_usd_t_y", "opening_usd", "fixed_usd_y", "closing_usd",
            "storage_most_t", "storage_usd_t_y",
        )  # fmt: skip
        for n, site in enumerate(self.instance.sites):
            at = f"/sites/{n}"
            if site.technology not in self._technologies:
                yield _unknown(f"{at}/technology", site.technology, self._technologies)
            yield from self._series(f"{at}/capacity_t_y", site.capacity_t_y)
            yield from _numbers(at, {name: getattr(site, name) for name in figures})
            for name, value in (
                ("capacity_t_y", max(site.capacity_t_y, default=0)),
                ("build_most_t_y", site.build_most_t_y),
            ):
                if value > LARGEST_T_Y:
                    yield Problem(
                        N_("{site} would take {value} t/y; no plant takes more than {most}. Is it in kilograms?"),
                        f"{at}/{name}", "unit", {"site": site.id, "value": f"{value:,.0f}", "most": f"{LARGEST_T_Y:,}"},
                    )  # fmt: skip
            if site.build_least_t_y > site.build_most_t_y:
                yield Problem(
                    N_("{site} would be opened with at least {least} t/y, but at most {most} may be built."),
                    f"{at}/build_least_t_y", "range",
                    {"site": site.id, "least": f"{site.build_least_t_y:,.0f}", "most": f"{site.build_most_t_y:,.0f}"},
                )  # fmt: skip

    def lanes(self) -> Iterator[Problem]:
        places = {**self._zones, **self._sites}
        supplied = {(supply.zone, supply.stream) for supply in self.instance.supplies}
        count = len(self.instance.periods)
        for n, lane in enumerate(self.instance.lanes):
            at = f"/lanes/{n}"
            if lane.origin not in places:
                yield _unknown(f"{at}/origin", lane.origin, places)
            elif lane.origin in self._zones and (lane.origin, lane.stream) not in supplied:
                yield Problem(
                    N_("{stream} leaves {origin} on this lane, but none arises there."),
                    f"{at}/stream", "stream", {"stream": lane.stream, "origin": lane.origin},
                )  # fmt: skip
            if lane.destination not in self._sites:
                yield _unknown(f"{at}/destination", lane.destination, self._sites)
            else:
                technology = self._technologies.get(self._sites[lane.destination].technology)
                if technology is not None and lane.stream not in technology.outputs:
                    yield Problem(
                        N_("{site} cannot take {stream}. It takes: {streams}."),
                        f"{at}/stream", "stream",
                        {
                            "site": lane.destination,
                            "stream": lane.stream,
                            "streams": ", ".join(sorted(technology.outputs)),
                        },
                    )  # fmt: skip
            yield from self._series(f"{at}/cost_usd_t", lane.cost_usd_t, low=-math.inf)
            yield from _numbers(at, {"carbon_kg_t": lane.carbon_kg_t})
            for name in ("open", "why"):
                if len(getattr(lane, name)) != count:
                    yield _length(f"{at}/{name}", len(getattr(lane, name)), count)
            for name in ("grounds", "assumed"):
                if getattr(lane, name) and len(getattr(lane, name)) != count:
                    yield _length(f"{at}/{name}", len(getattr(lane, name)), count)

    def ends(self) -> Iterator[Problem]:
        instance = self.instance
        metals = {element for one in instance.technologies for by in one.recovers.values() for element in by}
        known = self._streams | metals | frozenset(element_order())
        for n, sale in enumerate(instance.sales):
            if sale.what not in known:
                yield _unknown(f"/sales/{n}/what", sale.what, known)
            yield from self._series(f"/sales/{n}/usd_t", sale.usd_t, low=-math.inf)
            if sale.most_t_y is not None:
                yield from self._series(f"/sales/{n}/most_t_y", sale.most_t_y)
        for n, disposal in enumerate(instance.disposals):
            if disposal.stream not in known:
                yield _unknown(f"/disposals/{n}/stream", disposal.stream, known)
            numbers = {"carbon_kg_t": disposal.carbon_kg_t, "most_t_y": disposal.most_t_y or 0.0}
            yield from _numbers(f"/disposals/{n}", numbers)

    def limits(self) -> Iterator[Problem]:
        metals = {element for one in self.instance.technologies for by in one.recovers.values() for element in by}
        for n, limit in enumerate(self.instance.limits):
            at = f"/limits/{n}"
            if limit.kind not in get_args(LimitKind):
                yield _unknown(f"{at}/kind", limit.kind, get_args(LimitKind))
                continue
            if limit.economy is not None and limit.economy not in self._economies:
                yield _unknown(f"{at}/economy", limit.economy, self._economies)
            if limit.economy is None and limit.kind in LEAST_IN_ECONOMY:
                yield Problem(
                    N_("“{name}” is about one economy: say which."), f"{at}/economy", "missing", {"name": limit.words}
                )
            if limit.kind in OF_ELEMENT and limit.item not in metals:
                yield _unknown(f"{at}/item", str(limit.item), metals)
            if limit.kind == "processed" and limit.item is not None:
                for item in limit.item.split(";"):
                    if item not in self._streams:
                        yield _unknown(f"{at}/item", item, self._streams)
            for m, partner in enumerate(limit.partners):
                if partner not in self._economies:
                    yield _unknown(f"{at}/partners/{m}", partner, self._economies)
            if limit.kind == "partner-share" and not limit.partners:
                yield Problem(N_("“{name}” needs its partners."), f"{at}/partners", "missing", {"name": limit.words})
            if len(limit.value) != len(self.instance.periods):
                yield _length(f"{at}/value", len(limit.value), len(self.instance.periods))
            most = 1.0 if limit.kind in SHARES else math.inf
            low = -math.inf if limit.kind == "carbon-cap" else 0.0
            for t, value in enumerate(limit.value):
                if not math.isnan(value) and not low <= value <= most:
                    yield _range(f"{at}/value/{t}", value, low, most)

    def ways_out(self) -> Iterator[Problem]:
        """Zones from which nothing can leave, and plans in which no lane is lawful."""
        instance = self.instance
        if instance.lanes and not any(any(lane.open) for lane in instance.lanes):
            why = sorted({word for lane in instance.lanes for word in lane.why})
            yield Problem(
                N_("No lane is lawful in any period ({why}): there is nothing to plan."), "/lanes", "no_lawful_lane",
                {"why": ", ".join(why)},
            )  # fmt: skip
        leaving: dict[tuple[str, str], list[Any]] = defaultdict(list)
        for lane in instance.lanes:
            leaving[(lane.origin, lane.stream)].append(lane)
        disposed = {(one.stream, one.economy) for one in instance.disposals}
        for n, supply in enumerate(instance.supplies):
            zone = self._zones.get(supply.zone)
            lanes = leaving[(supply.zone, supply.stream)]
            if zone is None or (supply.stream, None) in disposed or (supply.stream, zone.economy) in disposed:
                continue
            if not lanes:
                yield Problem(
                    N_(
                        "No lane leads {stream} out of {zone}, and it may not be disposed of there: it cannot be reached."  # noqa: E501
                    ),
                    f"/supplies/{n}", "unreachable", {"stream": supply.stream, "zone": supply.zone},
                )  # fmt: skip
                continue
            for t, (least, tonnes) in enumerate(zip(supply.least_share, supply.tonnes, strict=False)):
                if least * tonnes > 0 and not any(lane.open[t] for lane in lanes if t < len(lane.open)):
                    yield Problem(
                        N_("{stream} must be collected in {zone} from {year} on, but no lawful lane leads out: {why}."),
                        f"/supplies/{n}/least_share/{t}", "no_lawful_lane",
                        {
                            "stream": supply.stream, "zone": supply.zone, "year": instance.periods[t].year,
                            "why": ", ".join(sorted({lane.why[t] for lane in lanes})),
                        },
                    )  # fmt: skip
                    break

    def _series(self, at: str, values: Sequence[float], high: float = math.inf, low: float = 0.0) -> Iterator[Problem]:
        if len(values) != len(self.instance.periods):
            yield _length(at, len(values), len(self.instance.periods))
        for t, value in enumerate(values):
            if not math.isfinite(value) or not low - TOLERANCE <= value <= high + TOLERANCE:
                yield _range(f"{at}/{t}", value, low, high)


def _shares(at: str, given: Mapping[str, float]) -> Iterator[Problem]:
    for name, value in given.items():
        if not math.isfinite(value) or not 0 <= value <= 1 + TOLERANCE:
            yield Problem(
                N_("The yield of {name} is {value}; a yield lies between 0 and 1."), f"{at}/{name}", "yield",
                {"name": name, "value": f"{value:g}"},
            )  # fmt: skip


def _numbers(at: str, given: Mapping[str, float]) -> Iterator[Problem]:
    for name, value in given.items():
        if not math.isfinite(value) or value < 0:
            yield _range(f"{at}/{name}", value, 0.0, math.inf)


def _range(at: str, value: float, low: float, high: float) -> Problem:
    if high == math.inf:
        return Problem(
            N_("{value} cannot be: it is a number of {low} or more."),
            at,
            "range",
            {"value": f"{value:g}", "low": f"{low:g}"},
        )
    return Problem(
        N_("{value} cannot be: it lies between {low} and {high}."), at, "range",
        {"value": f"{value:g}", "low": f"{low:g}", "high": f"{high:g}"},
    )  # fmt: skip


def _length(at: str, given: int, wanted: int) -> Problem:
    return Problem(
        N_("There are {given} figures for {wanted} periods; give one for each."), at, "length",
        {"given": given, "wanted": wanted},
    )  # fmt: skip


def _unknown(at: str, name: str, known: Iterable[str]) -> Problem:
    names = sorted(known)
    return Problem(
        N_("“{name}” is not known here. Nearest: {hint}."), at, "unknown",
        {"name": name, "hint": nearest(name, names) or ", ".join(names[:12]) or "-"},
    )  # fmt: skip


def _twice(at: str, name: str) -> Problem:
    return Problem(N_("“{name}” stands here a second time; each has its own name."), at, "twice", {"name": name})
