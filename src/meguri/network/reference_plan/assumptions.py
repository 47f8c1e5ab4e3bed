"""Every guess behind the reference plan, the weakest first and among equals the weightiest in money."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

from meguri import reference, worth
from meguri.arisings.runs import collection
from meguri.arisings.runs.results import EQUIPMENT, VEHICLES
from meguri.arisings.scenarios.scenario import ArisingsScenario as Arisings
from meguri.kit.words import Words, listed, plain
from meguri.law import READ_ON
from meguri.network.model.instance import Lane, PlanAssumption
from meguri.network.reference_plan import money, tables
from meguri.network.reference_plan.figures import Figures
from meguri.network.reference_plan.matter import Matter
from meguri.reference import Confidence

Weighed = tuple[float, PlanAssumption]
OWN_LAW = Words(
    "After {day} the last law that was read is taken to persist; {count} lanes rest on that or on another assumption",
)
UNREAD_LAW = Words(
    "Where treaty law leaves it free and the law of an end on harmless waste was not read, it travels: {streams}",
)
LEFT_OUT = (
    (
        "model/composition",
        Words("What a stream of equipment breaks into is the same for all economies and years (their mean)"),
    ),
    (
        "model/yards",
        Words("All yards of an economy count as one, where its people live"),
    ),
    (
        "model/furnace",
        Words(
            "A smelter's limits hold for the scrap alone: the concentrate that it is blended with is not in the plan",
        ),
    ),
    (
        "model/vehicles",
        Words("Vehicles are planned only where their sales are on file: Japan and five members of ASEAN"),
    ),
)  # fmt: skip
DEMAND = Words(
    "Japan's use of {element} is not on file: a scenario that asks for a share of it must state the figure",
)
FIGURE = Words("{meaning}: {about} ({table})")
CHARGED = Words("Smelters charge for {what} above this content and refuse above {most}")
ROLES = {
    "home": Words("at home"),
    "partner": Words("partner countries"),
    "source": Words("other economies"),
    "sale": Words("sold"),
    "disposal": Words("disposed of"),
    "last-resort": Words("without a plant"),
}
UNITS = {
    ("economies", "collection_usd_t"): 5e5,
    ("economies", "collected_last"): 2e8,
    ("economies", "vehicles_last"): 1e8,
    ("facilities", "capacity_t_y"): 500.0,
    ("facilities", "build_most_t_y"): 100.0,
    ("facilities", "build_usd_t_y"): 1e3,
    ("facilities", "first_year"): 1.0,
    ("buildable", "build_most_t_y"): 20.0,
    ("buildable", "build_least_t_y"): 20.0,
    ("buildable", "build_usd_t_y"): 1e4,
    ("buildable", "opening_usd"): 0.1,
    ("buildable", "fixed_usd_y_per_1000t"): 1e2,
    ("standing", "share"): 3e7,
    ("metals", "share_of_price"): 3e7,
    ("penalties", "usd_kg"): 1e6,
    ("labour", "usd_h"): 1e6,
    ("settings", "value"): 1e5,
}
"""Dollars a year that roughly hang on one unit of a figure, to put assumptions in order; none of them is shown."""
USED_PRICES = ("escrap_payable_pct", "smelter_terms")


def assumptions(figures: Figures, run: Arisings, matter: Matter, lanes: Sequence[Lane]) -> tuple[PlanAssumption, ...]:
    """All guesses in the order in which they are shown."""
    found = [
        *_own_figures(figures, matter),
        *_prices(),
        *_yields(),
        *_collected(run, matter),
        *_law(figures, lanes),
        *(
            (0.0, PlanAssumption(subject, said, None, "", "own choice", Confidence.DERIVED))
            for subject, said in LEFT_OUT
        ),
        *_demand(),
    ]
    return tuple(one for _, one in sorted(found, key=lambda pair: (pair[1].confidence, -pair[0], pair[1].subject)))


def _own_figures(figures: Figures, matter: Matter) -> Iterator[Weighed]:
    """Figures of the plan's own tables that nobody has measured, and those that the user has put in."""
    tonnes: dict[str, float] = {}
    for by in matter.tonnes.values():
        for stream, mass in by.items():
            tonnes[stream] = tonnes.get(stream, 0.0) + float(mass.sum(axis=1).mean())
    of = {name: {c.name: c for c in table.own_columns} for name, table in tables.TABLES.items()}
    for name, table in tables.TABLES.items():
        for row in figures.rows(name):
            for column in of[name].values():
                if column.kind not in ("number", "share", "integer") or column.name in ("lat", "lon"):
                    continue
                path = "/".join((name, *tables.key_of(name, row), column.name))
                own = figures.is_users(path)
                value = float(getattr(row, column.name))
                if (row.confidence > Confidence.MEMORY and not own) or (value == 0 and not own):
                    continue
                about = _about(tables.key_of(name, row))
                said = FIGURE.format(meaning=column.meaning, about=about, table=table.title)
                unit = column.unit or str(getattr(row, "unit", ""))
                if own:
                    said = Words("{figure} (the user's own figure)").format(figure=said)
                yield _weight(name, row, column.name, value, tonnes), PlanAssumption(
                    path, said, value, unit, row.source, row.confidence
                )  # fmt: skip


def _about(key: tuple[str, ...]) -> Words:
    """What a row is about: the parts of its key by name."""
    return listed(_names().get(part) or plain(part) for part in key)


@cache
def _names() -> dict[str, Words]:
    return {
        **{row.stream: row.name for row in tables.rows("streams")},
        **{row.technology: row.name for row in tables.rows("technologies")},
        **{row.iso3: reference.economy(row.iso3).name for row in tables.rows("economies")},
        **{row.facility: reference.facilities()[row.facility].name for row in tables.rows("facilities")},
        **ROLES,
    }


def _weight(name: str, row: object, column: str, value: float, tonnes: dict[str, float]) -> float:
    """Roughly how much money a year hangs on a figure, to put them in order; not shown."""
    if getattr(row, "kind", "") == "last-resort":
        return value
    if (name, column) in UNITS:
        return value * UNITS[(name, column)]
    stream = getattr(row, "input", getattr(row, "stream", ""))
    mass = tonnes.get(stream, 1e5)
    return mass * value * {"hours_t": 5.0, "share": 300.0, "kg_t": 0.05}.get(column, 1.0)


def _prices() -> Iterator[Weighed]:
    for kind in USED_PRICES:
        for cost in worth.costs(kind):
            if cost.confidence <= Confidence.MEMORY and cost.item != "sampling_lot_charge":
                said = Words("Smelters' terms: {item}").format(item=cost.item.replace("_", " "))
                yield (
                    1e7,
                    PlanAssumption(
                        f"prices/{kind}/{cost.item}", said, cost.value, cost.unit, cost.source, cost.confidence
                    ),
                )
    vector = worth.prices()
    for element in vector.elements:
        price = vector.of(element)
        if price is not None and price.confidence <= Confidence.MEMORY:
            said = Words("Price of {element}").format(element=element)
            source = "; ".join(price.sources)
            yield 1e8, PlanAssumption(f"prices/metal/{element}", said, price.value, "USD/kg", source, price.confidence)
    freight = {row.item for row in tables.rows("freight")}
    for cost in (*worth.costs("container_freight"), *worth.costs("trade_cost")):
        used = cost.item in freight or cost.item.startswith(("truck_", "dismantling_labour_", "terminal_"))
        if used and cost.confidence <= Confidence.MEMORY:
            said = Words("Freight and trade: {item}").format(item=cost.item.replace("_", " "))
            yield (
                1e6,
                PlanAssumption(
                    f"prices/{cost.kind}/{cost.item}", said, cost.value, cost.unit, cost.source, cost.confidence
                ),
            )


def _yields() -> Iterator[Weighed]:
    routes = {row.recovery_route for row in tables.rows("technologies") if row.recovery_route}
    for row in reference.recovery():
        used = row.route in routes or row.route in ("manual-dismantling", "elv-dismantle-shred")
        if used and row.confidence <= Confidence.MEMORY and row.yield_share > 0:
            said = Words("Recovery of {element} by {route}").format(element=row.element, route=row.route)
            yield (
                1e6,
                PlanAssumption(
                    f"recovery/{row.route}/{row.element}", said, row.yield_share, "1", row.source, row.confidence
                ),
            )
    fines = {row.element for row in tables.rows("penalties")}
    for rule in reference.smelter_constraints():
        if rule.parameter in fines:
            said = CHARGED.format(what=rule.parameter, most=f"{rule.reject_above:g}")
            yield (
                1e5,
                PlanAssumption(
                    f"acceptance/{rule.parameter}", said, rule.penalty_above, rule.unit, rule.source, rule.confidence
                ),
            )


def _collected(run: Arisings, matter: Matter) -> Iterator[Weighed]:
    year = matter.periods[0].year
    for economy, by in matter.tonnes.items():
        for kind, words in ((EQUIPMENT, Words("equipment", context="kind of arising")), (VEHICLES, Words("vehicles"))):
            mass = sum(float(x[0].sum()) for s, x in by.items() if s.endswith("vehicles") == (kind == VEHICLES))
            if not mass:
                continue
            rate = collection.rates(run, economy, kind, [year])
            if rate.confidence[0] <= Confidence.MEMORY:
                name = reference.economy(economy).name
                said = Words("Share of {what} collected today, {economy}").format(what=words, economy=name)
                yield mass * 100, PlanAssumption(
                    f"collection/{economy}/{kind}", said, float(rate.share[0]), "1", "; ".join(rate.sources), rate.confidence[0]  # noqa: E501
                )  # fmt: skip


def _law(figures: Figures, lanes: Sequence[Lane]) -> Iterator[Weighed]:
    count = sum(any(lane.assumed) for lane in lanes)
    open_streams = [row.name for row in figures.rows("streams") if row.unread == "open"]
    if open_streams:
        told = UNREAD_LAW.format(streams=listed(open_streams))
        yield 1e9, PlanAssumption("law/unread", told, None, "", "own choice", Confidence.MEMORY)
    said = OWN_LAW.format(day=READ_ON.isoformat(), count=count)
    yield (
        1e9,
        PlanAssumption(
            "law/persists", said, float(count), "lanes", "rule packs and their assumptions", Confidence.MEMORY
        ),
    )


def _demand() -> Iterator[Weighed]:
    unknown = [element for element in money.USED_METALS if worth.demand(element) is None]
    if unknown:
        said = DEMAND.format(element=listed(map(plain, unknown)))
        yield 1e4, PlanAssumption("demand/JPN", said, None, "t/y", "no figure found", Confidence.MISSING)
