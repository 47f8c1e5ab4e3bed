"""The story through the services: what comes out follows from what goes in, to the gram."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meguri.custody import services as custody
from meguri.custody.trace import walk
from meguri.demonstration import performance, scenario, stage
from meguri.journal import services as journal
from meguri.kit.problems import MeguriError
from tests_support import use_clock

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def machine_time():
    yield
    use_clock(None)


def lay_over(tmp_path, **changes):
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(changes))
    return scenario.load(path)


def play(numbers):
    return performance.play_all(numbers, lambda text: None)


def test_the_story_as_told():
    result = play(scenario.load())
    stages = result["stages"]
    assert all(step["done"] for step in result["steps"])
    assert stages["collected_g"] == 12_000_000
    assert sum(stages["dismantled_g"].values()) + stages["dismantling_loss_g"] == 12_000_000
    assert stages["boards_g"] == stages["blended_g"] == stages["sent_g"]
    assert stages["received_g"] == round(stages["sent_g"] * 0.996)
    assert stages["accepted_g"] + stages["refused_g"] == stages["received_g"]
    assert stages["refused_g"] > 0
    assert stages["recovered_g"] + stages["slag_g"] + stages["smelting_loss_g"] == stages["accepted_g"]
    assert result["closure_g"] == 0
    assert set(result["recovered_g"]) == {"Cu", "Au", "Ag", "Pd"}
    shares = result["origin_shares"]
    assert sum(shares.values()) == pytest.approx(1, abs=1e-9)
    assert shares["demo-penang-yard-site"] == pytest.approx(7 / 12, abs=1e-5)
    assert "MOEJ" in result["refused_early"]
    assert result["journal"]["intact"]
    assert {answer["case_id"]: answer["verdict"] for answer in result["verdicts"]} == {
        "O01": "allowed_green",
        "O02": "allowed_pic",
        "O05": "prohibited",
        "O06": "allowed_pic",
        "O09": "prohibited",
        "O14": "allowed_pic",
    }


def test_the_boards_of_both_yards_are_found_again_in_the_gold_and_forward():
    result = play(scenario.load())
    upward = walk.find(result["lots"]["metal_Au"]).trace
    assert set(upward.sources()) == {result["lots"]["penang"], result["lots"]["selangor"]}
    downward = walk.find(result["lots"]["penang"], down=True)
    reached = {node.lot for node in downward.trace.nodes}
    assert result["lots"]["metal_Au"] in reached


def test_certificates_decide_whether_meti_approves(tmp_path):
    from meguri.consent import services as consent

    with_them = play(scenario.load())
    without = play(lay_over(tmp_path, certificates={"recycler": False}))
    case = consent.case(without["case"])
    assert case.track("jpn-meti.approval") is not None
    assert with_them["case"] != without["case"]


def test_a_port_of_call_opens_a_track_of_its_economy(tmp_path):
    from meguri.consent import services as consent

    result = play(lay_over(tmp_path, shipping={"via": ["SGSIN"]}))
    authorities = {track.authority for track in consent.case(result["case"]).tracks}
    assert "sgp-nea" in authorities


def test_distance_follows_the_ports(tmp_path):
    from meguri.movement import services as movements

    usual = movements.movement(play(scenario.load())["movement"]).km
    other = movements.movement(play(lay_over(tmp_path, shipping={"destination_port": "JPTYO"}))["movement"]).km
    assert usual != other


def test_beyond_tolerance_the_exporter_agrees_afterwards(tmp_path):
    from meguri.movement import services as movements

    result = play(lay_over(tmp_path, receipt={"ratio": 0.985}))
    assert result["closure_g"] == 0
    lot = movements.arrival(result["movement"]).taken_lots[0]
    assert "custody.agree" in {entry.act.kind for entry in journal.history(f"lot:{lot}")}


def test_an_assay_takes_the_place_of_the_figures_on_file(tmp_path):
    usual = play(scenario.load())["recovered_g"]
    rich = play(lay_over(tmp_path, smelting={"assay": {"Au": 0.001}}))["recovered_g"]
    assert rich["Au"] > 4 * usual["Au"]
    assert rich["Cu"] == usual["Cu"]


@pytest.mark.parametrize(
    "changes",
    [
        {"shipping": {"origin_port": "XXXXX"}},
        {"shipping": {"destination_port": "MYPKG"}},
        {"yards": {"penang": {"mass_kg": 1, "composition": {"circuit-bords": 0.5, "circuit-boards": 0.1}}}},
        {"smelting": {"assay": {"Zz": 0.1}}},
        {"receipt": {"ratio": 5}},
        {
            "dates": {
                "departed": "2040-01-01",
                "received": "2040-02-01",
                "smelted": "2040-02-02",
                "certified": "2040-02-03",
            }
        },
    ],
)
def test_what_cannot_be_stops_the_story_with_a_sentence(tmp_path, changes):
    with pytest.raises(MeguriError) as error:
        play(lay_over(tmp_path, **changes))
    assert all(problem.say() for problem in error.value.problems)


def test_a_step_that_fails_leaves_nothing_behind(monkeypatch):
    performance.start_over()
    performance.play_next()
    before = journal.recent(1)[0].number
    real = custody.collect

    def breaks(*args, **kwargs):
        real(*args, **kwargs)
        raise performance.NotFound()

    monkeypatch.setattr(custody, "collect", breaks)
    with pytest.raises(MeguriError):
        performance.play_next()
    assert journal.recent(1)[0].number == before
    row = stage.row()
    assert row is not None
    assert row.step == 1


@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    penang=st.integers(50_000, 30_000_000),
    selangor=st.integers(50_000, 30_000_000),
    bags=st.integers(1, 12),
    ratio=st.integers(9951, 10049),
    share=st.integers(5, 90),
)
def test_any_lawful_story_adds_up(penang, selangor, bags, ratio, share):
    told = scenario.load()
    numbers = msgspec.structs.replace(
        told,
        yards=scenario.Yards(
            # What is no board is plastic, but for a twentieth that is lost: a yard cannot lose all the rest.
            scenario.Yard(
                f"{penang / 1000:.3f}", {"circuit-boards": share / 100, "plastics-from-e-waste": (95 - share) / 100}
            ),
            scenario.Yard(f"{selangor / 1000:.3f}"),
        ),
        shipping=msgspec.structs.replace(told.shipping, bags=bags),
        receipt=msgspec.structs.replace(told.receipt, ratio=ratio / 10000, refused_bag=0),
    )
    result = play(scenario.check(numbers))
    assert result["closure_g"] == 0
    assert result["stages"]["collected_g"] == penang + selangor
    assert sum(result["origin_shares"].values()) == pytest.approx(1, abs=1e-9)
    assert min(result["recovered_g"].values()) >= 0


def test_who_plays_a_scene_can_read_the_page_that_it_leads_to(client):
    from meguri.demonstration import story

    performance.prepare()
    pages = {}
    while (played := performance.play_next()) is not None:
        assert played.url
        client.get(f"/demonstration/as/{played.scene.role}")
        pages[played.scene.name] = client.get(played.url).status_code
    assert len(pages) == len(story.scenes())
    assert {name: status for name, status in pages.items() if status != 200} == {}
