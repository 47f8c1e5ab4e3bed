"""Pages of plans: answers with numbers, the assumptions, own scenarios kept to their owners, conflicts named, files."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from django.core.cache import cache
from django.test import Client

from meguri.kit.models import Job
from meguri.kit.people.identity import Reader
from meguri.kit.words import given, speaking
from meguri.kit.work import jobs
from meguri.kit.work import worker as running
from meguri.network.answers import capacity_worth, closed_lanes, disruptions
from meguri.network.results.plan import plan
from meguri.network.web import changing, figures, files, showing, staged, story, subjects, working
from small_plan import impossible, instance, planned, small

pytestmark = pytest.mark.django_db
LISTED = tuple(
    working.Listed(name, given({"en": title, "ja": title_ja}), given({"en": note, "ja": note_ja}))
    for name, title, title_ja, note, note_ja in (
        ("reference", "Reference", "基準", "As it is.", "現状。"),
        ("dear", "Dear gold", "金価格高位", "Gold costs more.", "金の価格が高い。"),
    )
)
PRICES = {"reference": 6e7, "dear": 9e7}


@dataclass(frozen=True)
class Run:
    """What planning gives back."""

    plan: object
    capacity_worth: tuple
    closed_lanes: tuple
    disruptions: tuple
    seconds: float = 0.1


def fake(payload, task, share=1.0, answers=False):
    """The small plan in place of the reference one; `impossible` has no plan."""
    task.say(0.5, given({"en": "half", "ja": "半分"}))
    if payload.get("base") == "dear":
        found = plan(impossible())
    else:
        found = planned(PRICES[payload.get("scenario") or payload["base"]])
    return Run(found, capacity_worth(found), closed_lanes(found), disruptions(found))


@pytest.fixture(autouse=True)
def little(monkeypatch, settings, tmp_path, django_capture_on_commit_callbacks):
    """Two small scenarios; work waits until the test does it, and no limit carries over from another test."""
    cache.clear()
    settings.DATA = tmp_path
    monkeypatch.setattr(jobs, "spawn", lambda identifier: None)
    monkeypatch.setattr(working, "built_in", lambda: LISTED)
    monkeypatch.setattr(working, "planned", fake)


def do(job: Job) -> Job:
    """Claim and do a piece of work in this process."""
    Job.objects.filter(id=job.id).update(state=jobs.State.STARTING)
    return running.run(job.id, beating=False)


def work() -> list[Job]:
    """Do all that waits."""
    return [do(job) for job in Job.objects.filter(state__in=jobs.UNFINISHED)]


def get(path: str, client: Client | None = None, language: str = "en"):
    return (client or Client(HTTP_ACCEPT_LANGUAGE=language)).get(path)


def text(path: str, client: Client | None = None, language: str = "en") -> str:
    answer = get(path, client, language)
    assert answer.status_code == 200, answer.content.decode()[:2000]
    return answer.content.decode()


@pytest.fixture
def ready():
    """Both built-in plans, worked out."""
    for name in PRICES:
        assert Client().post(f"/plan/{name}/start").status_code == 302
    work()


def test_the_list_says_what_is_worked_out_and_starts_the_rest():
    assert "not worked out yet" in text("/plan/")
    Client().post("/plan/reference/start")
    assert "<progress" in get("/plan/reference/").content.decode()
    assert get("/plan/reference/").status_code == 202
    work()
    html = text("/plan/")
    assert "worked out" in html
    assert "Show the plan “Reference”" in html
    Client().post("/plan/reference/start")
    assert Job.objects.count() == 1


def test_a_plan_of_older_tables_is_worked_out_again(ready, monkeypatch):
    assert "not worked out yet" not in text("/plan/")
    monkeypatch.setattr(working, "rests_on", lambda: "newer")
    assert "not worked out yet" in text("/plan/")
    Client().post("/plan/reference/start")
    assert get("/plan/reference/").status_code == 202


def test_a_plan_answers_with_the_numbers_of_the_model(ready):
    html = text("/plan/reference/")
    told = small()
    best = told.worth[0]
    value = figures.money(best.gain / best.step / told.yearly)
    assert f"One more tonne a year of hand dismantling at Penang yard (Malaysia) is worth {value} a year." in html
    lane = told.closed[0]
    assert (lane.stream, lane.sender, lane.receiver) == ("mobile-phones", "MYS", "JPN")
    assert figures.money(lane.gain / told.yearly) in html
    assert "/may-it-move?from=MYS&amp;to=JPN&amp;stream=mobile-phones" in html
    assert "on=2025-07-01" in html
    assert "Basel Art. 4" in html
    assert "Losing Penang yard (plant) would cost" in html
    assert "Cost of &lt;hand&gt; work" in html


def test_the_law_comes_first_and_missing_demand_last_among_the_assumptions(ready):
    html = text("/plan/reference/")
    law, cost, demand = (
        html.index(words) for words in ("The last law persists", "Cost of &lt;hand&gt;", "No demand for Ni")
    )
    assert law < cost < html.index("1 more") < demand


def test_a_plan_reads_in_japanese(ready):
    html = text("/plan/reference/", language="ja")
    assert "次はどこへ" in html
    assert "潜在価格(シャドープライス)" in html
    assert "法令は存続する" in html
    assert "ペナン解体場" in html


def test_demand_without_a_source_is_asked_for_and_labelled_as_the_readers(ready):
    assert 'href="#demand-Ni"' in text("/plan/reference/")
    html = text("/plan/reference/?demand-Ni=100000")
    assert "your figure" in html
    wrong = get("/plan/reference/?demand-Ni=plenty")
    assert wrong.status_code == 422
    assert "“plenty” is no demand" in wrong.content.decode()


def test_each_of_japans_targets_stands_beside_the_plan_by_itself(ready):
    from meguri import worth

    html = text("/plan/reference/")
    assert len(small().goals) == len(worth.targets())
    assert all(target.title.en in html for target in worth.targets())
    assert html.count("counts something else") == sum(goal.planned is None for goal in small().goals)


def test_a_year_outside_the_plan_is_refused_with_what_would_be_right(ready):
    answer = get("/plan/reference/?year=1999")
    assert answer.status_code == 422
    assert "from 2025 to 2030" in answer.content.decode()
    assert "2025–2026" in text("/plan/reference/?year=2026")


def test_an_unknown_scenario_suggests_the_nearest():
    answer = get("/plan/referense/")
    assert answer.status_code == 404
    assert "Did you mean reference?" in answer.content.decode()


def test_two_plans_stand_side_by_side(ready):
    html = text("/plan/compare/?a=reference&b=dear")
    one, other = (figures.money(showing.net_cost(small(price))) for price in PRICES.values())
    assert one != other
    assert "Dear gold" in html
    assert get("/plan/compare/?a=reference&b=nothing").status_code == 404


def test_regret_over_the_scenarios_is_shown_and_said_on_each_plan(ready):
    assert "Not worked out yet" in text("/plan/reference/")
    Client().post("/plan/whatever-comes/start")
    done = work()
    assert [job.state for job in done] == ["done"]
    html = text("/plan/whatever-comes")
    assert "if it comes: Dear gold" in html
    assert "Of 2 scenarios, whichever comes" in text("/plan/reference/")


def test_a_front_is_started_drawn_and_given_as_a_table(ready):
    page = "/plan/reference/front?first=cost&second=recovered:Au"
    assert "Work the front out" in text(page)
    Client().post("/plan/reference/front/start", {"first": "cost", "second": "recovered:Au"})
    assert [job.state for job in work()] == ["done"]
    assert "front-point" in text(page)
    rows = text("/plan/reference/front.csv?first=cost&second=recovered:Au").splitlines()
    assert rows[0].endswith("cost (USD),recovered:Au (t),simplex_steps")
    assert len(rows) > 2
    assert get("/plan/reference/front?first=cost&second=cost").status_code == 422
    assert get("/plan/reference/front?first=luck").status_code == 422


def test_conflicting_limits_are_named_in_the_readers_language():
    client = Client()
    client.post("/plan/new", {"base": "dear", "carbon_usd_t": "10"})
    assert [job.state for job in work()] == ["done"]
    key = f"own-{Job.objects.get(kind=working.OWN).id}".lower()
    english, japanese = (text(f"/plan/{key}/?lang={language}", client) for language in ("en", "ja"))
    assert "No plan keeps all these limits" in english
    assert "gold" in english
    assert "全ての制約を満たす計画はありません" in japanese
    assert "gold" in japanese
    assert '<h2 id="worth"' not in english


def test_an_own_scenario_is_open_to_its_session_only():
    mine, other = Client(), Client()
    answer = mine.post("/plan/new", {"base": "reference", "title": "My <own>", "carbon_usd_t": "80"})
    assert answer.status_code == 302
    work()
    page = answer.headers["Location"]
    html = text(page, mine)
    assert "My &lt;own&gt;" in html
    assert "Your change: carbon price" in html
    assert "My &lt;own&gt;" in text("/plan/", mine)
    assert "My &lt;own&gt;" not in text("/plan/", other)
    for path in (page, f"{page}results.csv", f"{page}front", f"/plan/compare/?a=reference&b={page.split('/')[2]}"):
        assert other.get(path).status_code == 404
    assert other.get(f"/api/plans/{page.split('/')[2]}").status_code == 404
    assert other.post(f"{page}forget").status_code == 404
    assert mine.post(f"{page}forget").status_code == 302
    assert mine.get(page).status_code == 404


def test_an_own_scenario_of_an_organisation_is_open_to_it_alone(rf):
    one, other = Reader(organisation="organisation:one"), Reader(organisation="organisation:other")
    requests = []
    for reader in (one, one, other):
        request = rf.get("/plan/")
        request.session, request.reader = {}, reader
        requests.append(request)
    made = subjects.make("reference", "ours", {"carbon_usd_t": 5.0}, requests[0])
    assert [found.key for found in subjects.own(requests[1])] == [made.key]
    assert subjects.own(requests[2]) == []


def test_a_session_keeps_only_so_many_own_scenarios():
    client = Client()
    for n in range(subjects.MOST[""]):
        assert client.post("/plan/new", {"base": "reference", "carbon_usd_t": str(n + 1)}).status_code == 302
        work()
    answer = client.post("/plan/new", {"base": "reference", "carbon_usd_t": "99"})
    assert answer.status_code == 422
    assert "are kept already" in answer.content.decode()


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({}, "Nothing is changed"),
        ({"carbon_usd_t": "lots"}, "“lots” does not fit. Write a number from 0 to 2000."),
        ({"collection": "140"}, "“140” does not fit. Write a number from 0 to 100."),
        ({"demand": "Copper 3"}, "“Copper 3” is not understood"),
        ({"demand": "Li"}, "“Li” is not understood"),
        ({"demand_share": "10"}, "A share of demand needs the demand"),
        ({"largest_share": "40"}, "Choose the metal"),
        ({"lanes": "circuit-boardz MYS JPN"}, "such as “circuit-boards MYS JPN”"),
        ({"shut": "the-moon"}, "Choose straits and canals of the list."),
    ],
)
def test_what_is_wrong_in_the_form_is_named_and_nothing_is_lost(sent, said):
    answer = Client().post("/plan/new", {"base": "reference", "title": "kept title", **sent})
    html = answer.content.decode()
    assert answer.status_code == 422
    assert said in html
    assert "kept title" in html
    assert not Job.objects.exists()


def test_changes_become_a_scenario():
    from meguri.network.scenarios import scenario_file

    changes = changing.Changes(
        carbon_usd_t=80.0, collection=0.5, treated_at_home=0.6, demand={"Li": 30000.0}, demand_share=0.1,
        largest_share=0.4, largest_of="Cu", opened=(("circuit-boards", "MYS", "JPN"),), shut=("malacca",),
    )  # fmt: skip
    made = changing.changed(scenario_file.read("reference"), changes)
    assert made.carbon_usd_t == 80.0
    assert {limit.kind for limit in made.limits} >= {"collection", "treated-at-home", "largest-share"}
    assert made.demands[-1].tonnes_y == 30000.0
    assert made.lanes[-1].opened
    assert made.lanes[-1].stream == "circuit-boards"
    assert made.shocks[-1].thing == "malacca"
    assert len(tuple(changing.said(changes))) == 8


def test_files_hold_what_the_page_shows(ready):
    answer = get("/plan/reference/results.zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        assert {f"{name}.csv" for name in files.TABLES} <= set(packed.namelist())
        assert story.Told is not None
        assert json.loads(packed.read("plan.json"))["years"] == [2025, 2027]
    frame = pd.read_parquet(io.BytesIO(get("/plan/reference/results.parquet").content))
    gold = frame[(frame.table == "recovered") & (frame.element == "Au")].value.sum()
    assert gold == pytest.approx(sum(one.tonnes for one in small().metals if one.element == "Au"))
    assert "circuit-boards,MYS,JPN" in text("/plan/reference/table/flows.csv")
    assert get("/plan/reference/table/flow.csv").status_code == 404


def test_the_program_is_written_on_request(ready):
    assert "Write the file" in text("/plan/reference/model.mps")
    Client().post("/plan/reference/model/start")
    assert [job.state for job in work()] == ["done"]
    answer = get("/plan/reference/model.mps")
    assert answer["Content-Type"] == "application/gzip"


def test_the_api_gives_a_plan_in_short(ready):
    body = get("/api/plans/reference").json()
    assert body["state"] == "done"
    assert body["closed_lanes"][0]["stream"] == "mobile-phones"
    assert body["net_cost_usd_per_year"] == pytest.approx(showing.net_cost(small()))
    assert {one["key"] for one in get("/api/plans").json()["scenarios"]} == set(PRICES)


def test_the_api_says_that_a_plan_is_not_worked_out_yet():
    assert get("/api/plans/reference").status_code == 202


def test_net_cost_is_the_objective_where_carbon_has_no_price():
    told = small()
    assert showing.net_cost(told) * told.yearly == pytest.approx(told.objective)


def test_mass_closes_at_every_place_of_the_staged_flow():
    told = small()
    for year in told.years:
        into: dict[tuple[str, str], float] = {}
        out: dict[tuple[str, str], float] = {}
        for step in staged.steps(told, year):
            out[step.stage, step.economy] = out.get((step.stage, step.economy), 0.0) + step.tonnes
            into[step.next_stage, step.next_economy] = into.get((step.next_stage, step.next_economy), 0.0) + step.tonnes
        inner = [key for key in into if key[0] not in staged.ENDS]
        assert inner
        assert np.allclose([into[key] for key in inner], [out[key] for key in inner])


def test_the_drawing_keeps_masses_in_proportion():
    drawing = staged.draw(small(), 2025)
    per = {round(node.height / node.size, 6) for node in drawing.nodes if node.height > 2}
    assert len(per) == 1
    assert instance().periods[0].year == 2025


def test_sentences_count_as_their_language_does():
    with speaking("en"):
        assert figures.money(12_300_000) == "12.3\u00a0million USD"
        assert figures.tonnes(0.0000005) == "0.500\u00a0g"
    with speaking("ja"):
        assert figures.money(-12_300_000) == "−1\u202f230万米ドル"
        assert figures.carbon_said(5e8) == "50.0万t-CO₂換算"


def test_an_own_scenario_without_a_name_is_called_so_in_the_readers_language():
    client = Client()
    client.post("/plan/new", {"base": "reference", "carbon_usd_t": "80"})
    assert "My scenario" in text("/plan/?lang=en", client)
    assert ">独自シナリオ</a>" in text("/plan/?lang=ja", client)
