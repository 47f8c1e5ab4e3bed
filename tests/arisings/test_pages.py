"""Pages, files and API of what will arise: the figures are the calculation's, in both languages."""

from __future__ import annotations

import io
import json
import math
import re

import pytest
from django.test import Client

import small_figures
from meguri.arisings.draws import monte_carlo
from meguri.arisings.reports import scales
from meguri.arisings.runs import run as running
from meguri.arisings.web import runs
from meguri.arisings.web.findings import maps, variance
from meguri.kit.language import formats
from meguri.kit.models import Job
from meguri.kit.work import jobs
from meguri.kit.work import worker as working

pytestmark = pytest.mark.django_db

DATA = re.compile(r'<script id="(?:chart|world)\d+" type="application/json">(.*?)</script>', re.DOTALL)
PAGES = (
    "/what-will-come",
    "/what-will-come?variable=stock-value-usd&product=e-waste&year=2040",
    "/what-will-come/economies/JPN",
    "/what-will-come/economies/JPN?product=vehicles",
    "/what-will-come/economies/ASEAN?product=0303&year=2022",
    "/what-will-come/products?economy=JPN",
    "/what-will-come/products/0303?economy=JPN",
    "/what-will-come/products/vehicle-battery?economy=JPN",
    "/what-will-come/elements?economy=THA",
    "/what-will-come/elements/Cu?economy=JPN",
    "/what-will-come/elements/Au",
    "/what-will-come/scenarios",
    "/what-will-come/compare?with=higher-collection&variable=collected&economy=MYS",
    "/worth/",
)


@pytest.fixture
def started(monkeypatch, settings, tmp_path):
    settings.DATA = tmp_path
    return small_figures.use(monkeypatch, tmp_path)


@pytest.fixture
def anyone(started) -> Client:
    return Client()


def page(client: Client, address: str, language: str = "en") -> str:
    answer = client.get(address, headers={"accept-language": language})
    assert answer.status_code == 200, answer.content[:2000]
    return answer.content.decode()


def csv_rows(client: Client, address: str) -> list[dict[str, str]]:
    import csv

    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("address", PAGES)
def test_every_page_opens_and_its_charts_hold_figures(anyone, address, language):
    html = page(anyone, address, language)
    assert html.count("<h1>") == 1
    assert f'<html lang="{language}">' in html
    for text in DATA.findall(html):
        data = json.loads(text, parse_constant=lambda word: pytest.fail(f"{word} in a chart"))
        for series in data.get("series", ()):
            assert len(series["values"]) == len(data["x"])
            assert any(value is not None for value in series["values"])
    if language == "ja":
        said = re.sub(r"<[^>]+>|\{.*?\}", " ", html.split("<main")[1].split("</main>")[0])
        assert "Arisings" not in said
        assert "projected" not in said.lower().replace("projected_", "")


def test_the_answer_is_the_median_of_the_calculation(anyone):
    series = small_figures.small("baseline").series("arisings", "JPN")
    at = series.years.index(2030)
    scale = scales.of("kg", [series.quantiles[2, at]])
    written = formats.figure(series.quantiles[2, at] / scale.per)
    low, high = (formats.figure(series.quantiles[q, at] / scale.per) for q in (0, 4))
    html = page(anyone, "/what-will-come/economies/JPN?year=2030")
    assert f'<span class="big">{written} {scale.unit.en} ({low} – {high})</span>' in html
    assert page(anyone, "/what-will-come").count(written) >= 1


def test_a_series_as_csv_is_the_series(anyone):
    rows = csv_rows(anyone, "/what-will-come/series.csv?variable=contained&economy=MYS&product=e-waste&item=Cu")
    series = small_figures.small("baseline").series("contained", "MYS", "e-waste", "Cu")
    assert [int(row["year"]) for row in rows] == list(series.years)
    for row, value, low, level, basis in zip(
        rows, series.value, series.low, series.confidence, series.basis, strict=True
    ):
        assert float(row["value"]) == pytest.approx(value, rel=1e-6)
        assert float(row["q05"]) == pytest.approx(low, rel=1e-6)
        assert (row["confidence"], row["basis"], row["unit"]) == (level.word, basis, "kg")
    assert rows[0]["sources"]


def test_the_ranking_is_in_order_and_without_regions(anyone):
    rows = csv_rows(anyone, "/what-will-come/ranking.csv?variable=arisings&year=2030")
    assert {row["economy"] for row in rows} == set(small_figures.ECONOMIES)
    medians = [float(row["median"]) for row in rows]
    assert medians == sorted(medians, reverse=True)


def test_categories_add_up_to_the_whole(anyone):
    run = small_figures.small("baseline")
    html = page(anyone, "/what-will-come/economies/JPN")
    (stack,) = [data for data in map(json.loads, DATA.findall(html)) if data.get("kind") == "stack"]
    year = stack["x"].index(2030)
    total = sum(series["values"][year] for series in stack["series"])
    whole = run.series("arisings", "JPN").at(2030).value[0]
    assert any(total * per == pytest.approx(whole, rel=1e-4) for per in (1e3, 1e6, 1e9))


def test_a_share_of_demand_is_shown_only_where_the_demand_has_a_source(anyone):
    assert "asked for" not in page(anyone, "/what-will-come/elements/Cu?economy=JPN")
    assert "Share of Japan&#x27;s demand" in page(anyone, "/what-will-come/elements/Cu?economy=JPN")
    without = page(anyone, "/what-will-come/elements/Nd?economy=JPN")
    assert "asked for" in without
    assert "Share of Japan&#x27;s demand" not in without


def test_what_is_projected_or_rests_on_memory_is_marked(anyone):
    html = page(anyone, "/what-will-come/economies/JPN")
    fan = next(data for data in map(json.loads, DATA.findall(html)) if data.get("kind") == "fan")
    flags = dict(zip(fan["x"], fan["series"][0]["assumed"], strict=True))
    assert flags[2040]
    assert not flags[2015]
    assert fan["words"]["assumed"] == "projected or assumed"
    assert any(value is not None for value in fan["points"][0]["values"])


@pytest.mark.parametrize(
    ("address", "status", "said"),
    [
        ("/what-will-come?year=1066", 422, "no year of this calculation"),
        ("/what-will-come?scenario=basline", 404, "baseline"),
        ("/what-will-come?variable=arising", 404, "Did you mean arisings"),
        ("/what-will-come/economies/JPM", 404, "JPN"),
        ("/what-will-come/products/9999", 404, "There is no product"),
        ("/what-will-come/elements/Xx", 404, "There is no element"),
        ("/what-will-come/compare?with=nothing", 404, "There is no scenario"),
        ("/what-will-come/run.xls", 404, "csv, parquet and iamc"),
    ],
)
def test_what_cannot_be_asked_says_what_could(anyone, address, status, said):
    answer = anyone.get(address)
    assert answer.status_code == status
    assert said in answer.content.decode()


def test_two_scenarios_differ_as_the_calculations_do(anyone):
    html = page(anyone, "/what-will-come/compare?with=higher-collection&variable=collected&economy=MYS")
    first, second = (
        small_figures.small(name).series("collected", "MYS").at(2040).quantiles[2, 0]
        for name in ("baseline", "higher-collection")
    )
    assert second > first
    assert formats.figure(100 * (second / first - 1)) in html
    assert '<span class="code">collection</span>' in html


def test_a_whole_calculation_as_files(anyone, monkeypatch, tmp_path):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    import tempfile

    monkeypatch.setattr(tempfile, "tempdir", None)
    import pandas as pd

    answer = anyone.get("/what-will-come/run.parquet")
    table = pd.read_parquet(io.BytesIO(b"".join(answer.streaming_content)))
    one = table[(table.variable == "arisings") & (table.economy == "JPN") & (table["product"] == "e-waste")]
    series = small_figures.small("baseline").series("arisings", "JPN").at(2030)
    assert float(one[one.year == 2030].value.iloc[0]) == pytest.approx(series.value[0], rel=1e-6)
    iamc = pd.read_csv(io.BytesIO(b"".join(anyone.get("/what-will-come/run.iamc").streaming_content)))
    assert {"Model", "Scenario", "Region", "Variable", "Unit", "2030"} <= set(iamc.columns)


def test_the_api_gives_a_series_and_lists_what_there_is(anyone):
    listed = anyone.get("/api/arisings").json()
    assert "JPN" in listed["economies"]
    assert {"name", "unit", "title", "about", "products", "items"} <= set(listed["variables"][0])
    found = anyone.get("/api/arisings/series", {"variable": "arisings", "economy": "jpn"}).json()
    series = small_figures.small("baseline").series("arisings", "JPN")
    assert found["years"] == list(series.years)
    assert found["q50"] == pytest.approx(series.quantiles[2].tolist(), rel=1e-5)
    assert found["unit"] == "kg"
    wrong = anyone.get("/api/arisings/series", {"variable": "arisings", "economy": "JPM"})
    assert wrong.status_code == 404
    assert "JPN" in wrong.json()["detail"]


def test_what_is_not_worked_out_yet_is_started_once_and_says_how_far_it_is(
    anyone, started, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        answer = anyone.get("/what-will-come?scenario=more-reuse")
        assert answer.status_code == 202
        html = answer.content.decode()
        assert "<progress" in html
        anyone.get("/what-will-come/economies/JPN?scenario=more-reuse")
        waiting = anyone.get("/api/arisings/series", {"scenario": "more-reuse"})
    assert waiting.status_code == 202
    job = Job.objects.get(kind=runs.KIND)
    assert waiting.json()["job"] == job.id
    assert started == [job.id]
    assert job.shared
    assert anyone.post(f"/jobs/{job.id}/cancel").status_code == 403


def test_the_work_keeps_the_calculation_where_pages_find_it(monkeypatch, settings, tmp_path):
    from meguri.kit.people.identity import ANYONE

    settings.DATA = tmp_path
    monkeypatch.setenv("MEGURI_HOME", str(tmp_path))
    monkeypatch.setattr(jobs, "spawn", lambda identifier: None)
    monkeypatch.setattr(runs, "_read", small_figures.scenario)
    monkeypatch.setattr(runs, "_kept", {})
    assert runs.kept("baseline") is None
    with pytest.raises(runs.RunNotReady) as waiting:
        runs.of("baseline", ANYONE)
    done = working.run(waiting.value.job.id, beating=False)
    assert (done.state, done.progress) == ("done", 1.0)
    assert done.said.say("ja") != done.said.en
    found = runs.of("baseline", ANYONE)
    assert (
        found.series("arisings", "JPN").value.tolist()
        == small_figures.small("baseline").series("arisings", "JPN").value.tolist()
    )
    assert running.kept(small_figures.scenario("baseline")) is not None


def test_a_kept_page_calculates_nothing_again(anyone, monkeypatch):
    addresses = ("/what-will-come", "/what-will-come/economies/JPN", "/what-will-come/elements/Cu?economy=JPN")
    before = [page(anyone, address) for address in addresses]
    monkeypatch.setattr(running, "run", lambda *asked, **more: pytest.fail("calculated again"))
    monkeypatch.setattr(monte_carlo, "run_block", lambda *asked, **more: pytest.fail("drawn again"))
    assert [len(page(anyone, address)) for address in addresses] == [len(html) for html in before]


def test_what_to_measure_next_is_worked_out_once_and_kept(anyone):
    address = "/what-will-come/economies/MYS/uncertainty?year=2030"
    waiting = anyone.get(address)
    assert waiting.status_code == 202
    assert "<progress" in waiting.content.decode()
    job = Job.objects.get(kind=variance.KIND)
    done = working.run(job.id, beating=False)
    assert done.state == "done", done.problems
    html = page(anyone, address)
    shares = small_figures.small("baseline").variance("arisings", "MYS", 2030).groups
    assert html.index(shares[0].title.en) < html.index(shares[1].title.en)
    assert formats.figure(100 * shares[0].total) in html
    part = anyone.get(address, headers={"hx-request": "true"}).content.decode()
    assert "<html" not in part
    assert "Breakdown of the uncertainty" in part


def test_the_comparison_with_what_is_published_is_kept(anyone, tmp_path):
    assert anyone.get("/what-will-come/validation").status_code == 202
    Job.objects.all().delete()
    small_figures.validated(tmp_path)
    html = page(anyone, "/what-will-come/validation", "ja")
    assert "疑わしい。" in html
    assert "10%超" in html
    assert "3項目のうち1項目が10%以内、1項目がそれを超え、1項目は比較できません" in html
    assert html.index("VNM 2022") < html.index("JPN 2022") < html.index("KHM, no figure")


def test_units_are_chosen_so_that_figures_stay_readable():
    assert scales.of("kg", [2.4e9]).unit.en == "kt"
    assert scales.of("kg", [5e10]).unit.say("ja") == "百万t"
    assert scales.of("kg", [0.0]).unit.en == "g"
    assert scales.of("fraction", [0.03])([0.03]) == [pytest.approx(3.0)]
    assert scales.of("kg", [math.nan, 3e7])([math.nan, 3e7]) == [None, pytest.approx(30.0)]


@pytest.mark.parametrize("largest", [0.002, 1.0, 7.3, 54.0, 1234.0])
def test_classes_of_the_map_end_below_the_largest(largest):
    ends = maps.bounds(largest)
    assert ends == sorted(ends)
    assert len(ends) == maps.CLASSES - 1
    assert ends[-1] <= largest < 4 * ends[-1]
