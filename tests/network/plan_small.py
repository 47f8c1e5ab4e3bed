"""A plan small enough to be worked out by hand, for the tests of this room."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from meguri.kit.words import plain
from meguri.network.model.instance import (
    Disposal,
    Instance,
    Lane,
    Limit,
    Objective,
    Period,
    PlantSite,
    Sale,
    StreamContent,
    Supply,
    Technology,
    Way,
    Zone,
)

PERIODS = (Period(2025, 1), Period(2026, 2))


def lane(origin: str, destination: str, stream: str, cost: float, carbon: float = 0.0, **more: Any) -> Lane:
    """A lane open in both periods."""
    fields: dict[str, Any] = {
        "ways": (Way("sea", 1000.0, (), ("malacca",)),) if _abroad(origin, destination) else (Way("road", 10.0),),
        "open": (True, True),
        "why": ("allowed_pic", "allowed_pic"),
    } | more
    return Lane(f"{stream}:{origin}>{destination}", stream, origin, destination, cost_usd_t=(cost, cost), carbon_kg_t=carbon, **fields)  # noqa: E501  # fmt: skip


def _abroad(origin: str, destination: str) -> bool:
    """From A or its yard to anywhere but its yard."""
    return origin in ("A", "a-yard") and destination != "a-yard"


def site(name: str, economy: str, technology: str, capacity: float, **more: Any) -> PlantSite:
    """A site with the same capacity in both periods."""
    return PlantSite(name, plain(name), economy, 0.0, 0.0, technology, (capacity, capacity), port=f"{economy}P", **more)


def small(**changes: Any) -> Instance:
    """Two zones (A in VNM, J in JPN) with phones; a yard in each; one smelter in JPN. 100 t/y and 50 t/y arise.

    A tonne of phones gives 0.4 t of boards and 0.5 t of residue; boards hold 0.1 % gold (VNM) or 0.2 % (JPN), of
    which the smelter recovers 90 %.
    """
    yard = Technology(
        "yard", plain("yard"), "dismantling", {"phones": {"boards": 0.4, "residue": 0.5}},
        cost_usd_t={"phones": 20.0}, carbon_kg_t={"phones": 5.0},
    )  # fmt: skip
    smelter = Technology(
        "smelter", plain("smelter"), "smelting", {"boards": {}}, recovers={"boards": {"Au": 0.9}},
        cost_usd_t={"boards": 100.0}, carbon_kg_t={"boards": 700.0},
    )  # fmt: skip
    made = Instance(
        name=plain("small"),
        periods=PERIODS,
        zones=(Zone("A", plain("A"), "VNM", 10.0, 106.0, "VNSGN"), Zone("J", plain("J"), "JPN", 35.0, 139.0, "JPTYO")),
        supplies=(
            Supply("A", "phones", (100.0, 100.0), (0.0, 0.0), (1.0, 1.0), 10.0, 1.0),
            Supply("J", "phones", (50.0, 50.0), (0.0, 0.0), (1.0, 1.0), 30.0, 1.0),
        ),
        contents=(
            StreamContent("boards", "VNM", {"Au": (0.001, 0.001)}),
            StreamContent("boards", "JPN", {"Au": (0.002, 0.002)}),
        ),
        technologies=(yard, smelter),
        sites=(site("a-yard", "VNM", "yard", 1000.0), site("j-yard", "JPN", "yard", 1000.0), site("furnace", "JPN", "smelter", 1000.0)),  # noqa: E501
        lanes=(
            lane("A", "a-yard", "phones", 1.0),
            lane("A", "j-yard", "phones", 40.0, 16.0),
            lane("J", "j-yard", "phones", 2.0),
            lane("a-yard", "furnace", "boards", 30.0, 15.0),
            lane("j-yard", "furnace", "boards", 3.0),
        ),
        sales=(Sale("Au", (1_000_000.0, 1_000_000.0)),),
        disposals=(Disposal("residue", None, 7.0), Disposal("boards", None, 9.0)),
        limits=(),
        objective=Objective(),
    )  # fmt: skip
    return replace(made, **changes)


def limit(kind: str, value: float, economy: str | None = None, item: str | None = None, **more: Any) -> Limit:
    """A limit of the same value in both periods."""
    return Limit(kind, kind, (value, value), economy, item, **more)  # type: ignore[arg-type]
