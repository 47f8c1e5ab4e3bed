"""A small plan with its answers, for the tests of the pages: two sources, a yard in Malaysia, a smelter in Japan."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

from meguri.kit.words import given, plain
from meguri.network.answers import capacity_worth, closed_lanes, disruptions
from meguri.network.model.instance import (
    Assumption,
    Content,
    Disposal,
    Instance,
    Lane,
    Limit,
    Objective,
    Period,
    Sale,
    Site,
    Supply,
    Technology,
    Way,
    Zone,
)
from meguri.network.results.plan import Plan, plan
from meguri.network.web import story
from meguri.network.web.telling import tell
from meguri.reference import Confidence

WORK = given({"en": "Cost of <hand> work", "ja": "手作業の費用"})
LAW = given({"en": "The last law persists", "ja": "法令は存続する"})
PERIODS = (Period(2025, 2), Period(2027, 4))
SEA = (Way("sea", 5600.0, ((101.3, 3.0), (115.0, 15.0), (139.8, 35.6)), ("malacca",)),)


def _zone(code: str, name: str, lat: float, lon: float) -> Zone:
    return Zone(code, plain(name), code, lat, lon)


@cache
def instance(price: float = 6e7) -> Instance:
    """Phones from Malaysia and Thailand; boards go to Japan; whole phones may not."""
    pair = ("allowed_pic",) * 2
    shut = ("prohibited",) * 2
    return Instance(
        name=given({"en": "Small plan", "ja": "小計画"}),
        periods=PERIODS,
        zones=(_zone("MYS", "Malaysia", 3.1, 101.6), _zone("THA", "Thailand", 13.7, 100.6)),
        supplies=(
            Supply("MYS", "mobile-phones", (100.0, 110.0), (0, 0), (0.5, 0.6), 50),
            Supply("THA", "mobile-phones", (80.0, 90.0), (0, 0), (0.5, 0.6), 40),
        ),
        contents=tuple(
            Content(stream, origin, {"Au": (share, share), "Ni": (share, share)})
            for stream, share in (("circuit-boards", 2e-4), ("mobile-phones", 6e-5))
            for origin in ("MYS", "THA")
        ),
        technologies=(
            Technology(
                "yard", given({"en": "Hand dismantling", "ja": "手解体"}), "dismantling",
                {"mobile-phones": {"circuit-boards": 0.3, "plastics": 0.65}}, cost_usd_t={"mobile-phones": 100},
            ),
            Technology(
                "smelter", given({"en": "Copper smelter", "ja": "銅製錬"}), "smelting",
                {"circuit-boards": {"slag": 0.5}, "mobile-phones": {"slag": 0.8}},
                {"circuit-boards": {"Au": 0.95, "Ni": 0.5}, "mobile-phones": {"Au": 0.9}},
                cost_usd_t={"circuit-boards": 500}, carbon_kg_t={"circuit-boards": 400},
            ),
        ),
        sites=(
            Site(
                "yard-mys", given({"en": "Penang yard", "ja": "ペナン解体場"}), "MYS", 5.4, 100.3, "yard", (0.0, 0.0),
                build_most_t_y=50, build_usd_t_y=100, opening_usd=1000,
            ),
            Site("naoshima", given({"en": "Naoshima", "ja": "直島"}), "JPN", 34.5, 134.0, "smelter", (1000.0, 1000.0)),
        ),
        lanes=(
            Lane("a", "mobile-phones", "MYS", "yard-mys", (), (5.0, 5.0), 10, (True, True), ("domestic",) * 2),
            Lane("b", "mobile-phones", "THA", "yard-mys", (), (5.0, 5.0), 10, (True, True), pair, (), (False, True)),
            Lane("c", "circuit-boards", "yard-mys", "naoshima", SEA, (100.0, 100.0), 100, (True, True), pair),
            Lane(
                "d", "mobile-phones", "MYS", "naoshima", SEA, (5.0, 5.0), 10, (False, False), shut,
                (("Basel Art. 4",), ("Basel Art. 4",)), (False, True),
            ),
        ),
        sales=(Sale("Au", (price, price)),),
        disposals=(Disposal("plastics", None, 20), Disposal("slag", None, 5)),
        limits=(Limit("largest origin of gold", "largest-share", (0.9, 0.9), "JPN", "Au"),),
        objective=Objective(discount=0.03),
        avoided_kg_kg={"Au": 20000.0},
        assumptions=(
            Assumption("demand/JPN/Ni", plain("No demand for Ni"), None, "t/y", "none", Confidence.MISSING),
            Assumption("costs/yard", WORK, 100.0, "USD/t", "a guess", Confidence.MEMORY),
            Assumption("law/persists", LAW, 1.0, "lanes", "", Confidence.MEMORY),
        ),
    )  # fmt: skip


@cache
def planned(price: float = 6e7) -> Plan:
    """The small plan."""
    return plan(instance(price))


@cache
def small(price: float = 6e7) -> story.Story:
    """The small plan with its answers, as pages show it."""
    found = planned(price)
    return tell(found, capacity_worth(found), closed_lanes(found), disruptions(found), 0.5)


def impossible() -> Instance:
    """The same with more gold asked for than there is."""
    return replace(instance(), limits=(Limit("Japan's gold", "recovered", (1.0, 1.0), "JPN", "Au"),))


def keep(home: Path, scenario: str, price: float = 6e7) -> None:
    """A finished plan of a built-in scenario, as a job keeps it under `home`."""
    from django.utils import timezone

    from meguri.kit import ids
    from meguri.kit.models import Job
    from meguri.kit.work import jobs
    from meguri.network.web import working

    payload = working.payload(scenario)
    job = Job.objects.create(
        id=ids.new(), kind=working.BUILT_IN, payload=payload, digest=jobs.digest(working.BUILT_IN, payload),
        shared=True, state="done", made=timezone.now(), finished=timezone.now(), progress=1.0,
    )  # fmt: skip
    folder = home / "jobs" / job.id
    folder.mkdir(parents=True)
    path = story.write(story.Told(small(price)), folder / "plan.json")
    Job.objects.filter(id=job.id).update(result=str(path.relative_to(home)))
