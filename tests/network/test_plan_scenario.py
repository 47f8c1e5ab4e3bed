"""Scenario files: what they change in the reference plan, and that every mistake is named with what is right."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from meguri.kit.problems import Refused
from meguri.network.model.mistakes import problems
from meguri.network.reference_plan import paths
from meguri.network.scenarios import scenario_file
from meguri.network.scenarios.as_instance import instance_of
from meguri.network.scenarios.scenario import PlanScenario
from meguri.reference import Confidence

HEAD = 'name = "mine"\nbased_on = "reference"\neconomies = ["VNM", "JPN"]\n[periods]\nstarts = [2028, 2034]\nlast_year = 2040\n'  # noqa: E501


def read(text: str) -> PlanScenario:
    return scenario_file.parse_text(HEAD + text)


def refused(text: str, head: str = HEAD) -> dict[str, str]:
    with pytest.raises(Refused) as error:
        scenario_file.parse_text(head + text)
    return {problem.pointer: problem.say() for problem in error.value.problems}


def test_built_in_scenarios_read_and_the_reference_is_first() -> None:
    names = [one.name for one in scenario_file.built_in()]
    assert names[0] == "reference"
    assert set(names) >= {"partner-treatment", "carbon-price", "security", "open-lanes", "shock"}
    assert all(one.title.say("ja") != one.title.say("en") for one in scenario_file.built_in())
    assert all(one.note.say("ja") != one.note.say("en") for one in scenario_file.built_in())


def test_texts_of_a_built_in_scenario_are_said_in_every_language_also_by_what_is_based_on_it() -> None:
    head = 'name = "mine"\n'
    for made in (scenario_file.read("security"), scenario_file.parse_text(head + 'based_on = "security"\n')):
        assert made.title.say("ja") == "供給の安定確保"
        assert made.limits[0].name == "Spread of the origins of gold"
        assert made.limits[0].said is not None
        assert made.limits[0].said.say("ja") == "金の発生国の分散"
    own = scenario_file.parse_text(
        head + 'title = "My plan"\n[[limit]]\nname = "least"\nkind = "collection"\nshare = 0.1\n'
    )
    assert own.title.say("ja") == "My plan"
    assert own.limits[0].said is None
    both = scenario_file.parse_text(head + 'title = { en = "Mine", ja = "独自案" }\n')
    assert both.title.everywhere() == {"en": "Mine", "ja": "独自案"}


def test_the_digest_of_a_scenario_rests_on_no_text_that_says_what_it_is() -> None:
    one, other = (
        scenario_file.parse_text(f'name = "{name}"\ntitle = "{name}"\nnote = "{name}"\n') for name in ("a", "b")
    )
    assert one.digest() == other.digest()
    assert read("").digest() != one.digest()


@pytest.mark.parametrize(
    ("text", "pointer", "said"),
    [
        ("[objektive]\ncost_weight = 1", "/objektive", "objective"),
        ("[objective]\ncarbon_usd = 1", "/objective/carbon_usd", "carbon_usd_t"),
        ("[objective]\ncarbon_usd_t = nan", "/objective/carbon_usd_t", "number"),
        ("[collection.VNN]\nmost_share = 0.5", "/collection/VNN", "VNM"),
        ("[collection.VNM]\nmost_share = 50", "/collection/VNM/most_share", "0.0 and 1.0"),
        ("[collection.VNM.mobile-phone]\nmost_share = 0.5", "/collection/VNM/mobile-phone", "mobile-phones"),
        ('[[limit]]\nkind = "carbon"\nkt_co2e_y = 5', "/limit/0/kind", "carbon-cap"),
        ('[[limit]]\nkind = "carbon-cap"\nt_co2e_y = 5', "/limit/0/t_co2e_y", "kt_co2e_y"),
        ('[[limit]]\nkind = "hhi"\nitem = "Gold"\nindex = 0.2', "/limit/0/item", "Au"),
        ('[[demand]]\nelement = "Au"\nshare = 0.1', "/demand/0/tonnes_y", "is shown as yours"),
        ('[[figure]]\npath = "costs/shreding/computers/usd_t"\nvalue = 5', "/figure/0/path", "costs/shredding/computers/usd_t"),  # noqa: E501
        ('[[figure]]\npath = "standing/shredding/home/share"\nvalue = -1', "/figure/0/value", "between"),
        ('[[plant]]\nid = "naoshima"\ncapacity_kt_y = 110', "/plant/0/capacity_kt_y", "times 1000"),
        ('[[plant]]\nid = "naoshima"\ncapacity_t_month = 9000', "/plant/0/capacity_t_month", "times 12"),
        ('[[plant]]\nid = "naoshima"\ncapacity_t_y = 110000000', "/plant/0/capacity_t_y", "capacity_checked = true"),
        ('[[plant]]\nid = "naosima"\ncapacity_t_y = 5', "/plant/0/economy", "naoshima"),
        ("[outputs.shredding.computers]\nsteel-scrap = -0.1", "/outputs/shredding/computers/steel-scrap", "between 0 and 1"),  # noqa: E501
        ("[outputs.shredding.computers]\nsteel-scrap = 1.2", "/outputs/shredding/computers/steel-scrap", "between 0 and 1"),  # noqa: E501
        ("[outputs.shredding.computers]\nsteel-scrap = 0.5\nloss = 0.4", "/outputs/shredding/computers", "0.9000"),
        ("[outputs.shredding.computers]\nsteal-scrap = 0.5", "/outputs/shredding/computers/steal-scrap", "steel-scrap"),
        ("[recovers.copper-smelter]\nAu = 1.4", "/recovers/copper-smelter/Au", "between 0 and 1"),
        ('[[open_lane]]\nsender = "USA"\nreceiver = "MYS"\nfrom_year = 2035\nuntil_year = 2030', "/open_lane/0/until_year", "before the first"),  # noqa: E501
        ('[[open_lane]]\nsender = "USA"', "/open_lane/0/receiver", "missing"),
        ('[[shock]]\npassage = "malaca"', "/shock/0/passage", "malacca"),
    ],
)  # fmt: skip
def test_mistakes_are_named_with_what_is_right(text: str, pointer: str, said: str) -> None:
    found = refused(text)
    assert said in found[pointer], found


def test_years_reversed_and_empty_lists() -> None:
    assert "/periods/last_year" in refused("", 'name = "x"\n[periods]\nstarts = [2030, 2035]\nlast_year = 2031\n')
    assert "/periods/starts" in refused("", 'name = "x"\n[periods]\nstarts = [2035, 2030]\n')
    assert "/economies" in refused("", 'name = "x"\neconomies = []\n')
    assert "/name" in refused("", "economies = []\n")


def test_a_file_based_on_itself_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text('name = "a"\nbased_on = "a.toml"\n', encoding="utf-8")
    with pytest.raises(Refused, match="circle"):
        scenario_file.read(path)


def test_digest_is_of_the_assumptions() -> None:
    base = read("")
    assert replace(base, name="other").digest() == base.digest()
    assert read("[objective]\ncarbon_usd_t = 5").digest() != base.digest()


def test_every_figure_of_the_tables_has_a_path() -> None:
    known = paths()
    assert len(known) > 400
    assert known["costs/hand-dismantling/computers/hours_t"][2] == "h/t"


@pytest.fixture(scope="module")
def plain() -> object:
    return instance_of(read(""))


def test_the_reference_plan_of_two_economies(plain: object) -> None:
    instance = plain
    assert not list(problems(instance))  # type: ignore[arg-type]
    assert {zone.id for zone in instance.zones} == {"VNM", "JPN"}  # type: ignore[attr-defined]
    for technology in instance.technologies:  # type: ignore[attr-defined]
        for made in technology.outputs.values():
            assert sum(made.values()) <= 1 + 1e-9
    levels = [one.confidence for one in instance.assumptions]  # type: ignore[attr-defined]
    assert levels == sorted(levels)
    assert levels[0] == Confidence.MISSING
    assert all(one.said.say("ja") and one.source for one in instance.assumptions)  # type: ignore[attr-defined]
    # The recovery of gold by shredding is the measured one.
    shred = next(one for one in instance.technologies if one.id == "shredding:JPN")  # type: ignore[attr-defined]
    hand = next(one for one in instance.technologies if one.id == "hand-dismantling:JPN")  # type: ignore[attr-defined]
    boards = sum(v for k, v in hand.outputs["computers"].items() if k.startswith("circuit-boards")) / 0.97
    assert shred.outputs["computers"]["crushed-e-waste"] == pytest.approx(0.256 * boards, rel=1e-6)


def test_what_a_scenario_changes() -> None:
    instance = instance_of(
        read(
            """
[objective]
carbon_usd_t = 40
discount_per_year = 0.02
[collection.VNM]
least_share_by_year = { 2028 = 0.1, 2034 = 0.3 }
most_share = 0.5
[[demand]]
element = "Au"
share = 0.1
tonnes_y = 150
note = "own estimate"
[[demand]]
element = "Cu"
share = 0.02
[[figure]]
path = "labour/DEU/usd_h"
value = 20
[[figure]]
path = "economies/VNM/collection_usd_t"
value = 99
note = "municipal tender"
[[plant]]
id = "naoshima"
capacity_t_y_by_year = { 2034 = 150000 }
[[plant]]
id = "new-yard"
economy = "VNM"
technology = "hand-dismantling"
lat = 21.0
lon = 105.8
port = "VNHPH"
capacity_t_y = 8000
[outputs.shredding.computers]
steel-scrap = 0.6
loss = 0.4
[[open_lane]]
stream = "circuit-boards"
sender = "VNM"
receiver = "SWE"
[[close_lane]]
sender = "VNM"
receiver = "JPN"
from_year = 2034
"""
        )
    )
    assert not list(problems(instance))
    assert (instance.objective.carbon_usd_t, instance.objective.discount) == (40.0, 0.02)
    phones = next(one for one in instance.supplies if (one.zone, one.stream) == ("VNM", "mobile-phones"))
    assert phones.least_share == pytest.approx((0.1, 0.3))
    assert phones.most_share == pytest.approx((0.5, 0.5))
    assert phones.cost_usd_t == 99.0
    demand = {one.item: one.value for one in instance.limits}
    assert demand["Au"] == pytest.approx((15.0, 15.0))
    assert demand["Cu"][0] > 10_000
    sites = {one.id: one for one in instance.sites}
    assert sites["naoshima"].capacity_t_y == (110_000.0, 150_000.0)
    assert sites["new-yard"].technology == "hand-dismantling:VNM"
    assert any(one.destination == "new-yard" for one in instance.lanes)
    shred = next(one for one in instance.technologies if one.id == "shredding:JPN")
    assert shred.outputs["computers"] == {"steel-scrap": 0.6}
    shut = [one for one in instance.lanes if one.destination == "naoshima" and one.origin.endswith(":VNM")]
    assert shut
    assert not any(one.open[1] for one in shut)
    assert all(one.why[1] == "closed by the scenario" for one in shut if one.open[0])
    own = [one for one in instance.assumptions if "user" in one.source]
    assert {"demand/Au", "plant/naoshima", "economies/VNM/collection_usd_t"} <= {one.subject for one in own}


def test_a_shock_shuts_or_lengthens_lanes(plain: object) -> None:
    shut = instance_of(read('[[shock]]\nport = "VNSGN"\nuntil_year = 2033\n'))
    hit = [one for one in shut.lanes if one.origin == "VNM" and one.ways[0].mode == "road" and len(one.ways) == 3]
    assert hit
    assert not any(one.open[0] for one in hit)
    longer = instance_of(read('[[shock]]\npassage = "malacca"\ndetour_km = 1000\n'))
    before = {one.id: one for one in plain.lanes}  # type: ignore[attr-defined]
    through = [one for one in longer.lanes if any("malacca" in way.passages for way in one.ways)]
    assert through
    assert all(one.cost_usd_t[0] > before[one.id].cost_usd_t[0] for one in through)


def test_text_of_a_built_in_scenario_is_what_is_read() -> None:
    assert scenario_file.parse_text(scenario_file.text_of("carbon-price")).carbon_usd_t == 150.0
