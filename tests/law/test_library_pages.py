"""The library, the gap table, the line of time and the map: what the tables hold is on the page, and no more."""

from __future__ import annotations

import csv
import io
import re
from datetime import date, timedelta
from itertools import pairwise

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from meguri.law import Law, Question, duties, groups, next_changes, parties, streams, tables, timeline, verdict
from meguri.law.web import gaps, library, mapping, timeline_views
from meguri.law.web.changes import after
from meguri.reference.facts import economies

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 23)


@pytest.fixture
def client() -> Client:
    return Client(SERVER_NAME="127.0.0.1")


def said(client: Client, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status
    return response.content.decode()


def test_the_library_lists_every_instrument_and_leads_to_its_rules(client):
    html = said(client, "/law/?lang=en")
    law = Law.load()
    slugs = set(re.findall(r'href="/law/instruments/([^"]+)"', html))
    assert slugs == {library.slug_of(rule.instrument) for rule in law.rules}
    for name in sorted({rule.instrument for rule in law.rules})[:6]:
        page = said(client, f"/law/instruments/{library.slug_of(name)}?lang=en")
        assert page.count('class="rule ') == sum(rule.instrument == name for rule in law.rules)


def test_every_instrument_has_a_title_in_japanese():
    law = Law.load()
    assert {rule.instrument for rule in law.rules} <= set(duties.titles())
    assert all(title.words.say("ja") != title.words.en for title in duties.titles().values())


@pytest.mark.parametrize("code", ["JPN", "MYS", "DEU", "EUE", "BRA", "PRI"])
@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_economy_has_a_page(client, code, language):
    html = said(client, f"/law/{code}?lang={language}")
    assert parties()[code].name.say(language) in html


def test_a_page_of_an_economy_holds_its_rules_with_dates_and_marks(client):
    html = said(client, "/law/THA?lang=en")
    past = re.search(r'<li class="rule rule-past">.*?</li>', html, re.DOTALL)
    assert past is not None
    assert "2020-09-15 – 2025-06-23" in past.group()
    assert "repealed" in past.group()
    assert html.count('class="rule ') == len(library.own_rules("THA", Law.load(), ON))


def test_what_is_to_come_is_marked_and_what_is_not_on_file_said(client):
    assert 'class="rule rule-ahead"' in said(client, "/law/DEU?lang=en")
    html = said(client, "/law/BRA?lang=en")
    assert "The national law of this economy is not on file" in html
    assert "No duty of producers, collectors or recyclers at home was found" in html


def test_an_unknown_economy_or_instrument_is_not_found_and_says_what_is_near(client):
    assert "Did you mean" in said(client, "/law/MYX?lang=en", 404)
    assert "no instrument" in said(client, "/law/instruments/nothing?lang=en", 404)


def test_duties_are_dated_and_typed():
    found = {duty.id: duty for duty in duties.duties()}
    assert found.keys() >= {"vnm.epr.eee", "eue.elv.targets"}
    assert not found["eue.elv.plastic"].stands(date(2031, 12, 31))
    assert found["ind.epr.e-waste"].stands(date(2023, 4, 1))
    assert not found["ind.epr.e-waste"].stands(date(2023, 3, 31))
    assert not found["tha.epr.weee"].stands(ON)
    assert found["jpn.target.e-scrap"].starts == date(2030, 12, 31)


def cell(parts: tuple[gaps.GapPart, ...], element: str, economy: str) -> gaps.GapCell:
    line = next(line for part in parts for line in part.lines if line.element == element)
    return next(cell for cell in line.cells if cell.economy == economy)


def test_the_gap_table_says_what_the_tables_say_and_nothing_else():
    parts = gaps.table(tables.usual("compared"), ON, shown=None)
    assert not cell(parts, "informal", "JPN").findings
    assert [found.since for found in cell(parts, "producer-batteries", "VNM").findings] == ["2024-01-01"]
    assert {found.state for found in cell(parts, "producer-electronics", "THA").findings} == {"ahead"}
    assert any("prohibited" in found.words.en for found in cell(parts, "import-e-waste", "IDN").findings)
    assert cell(parts, "ban", "JPN").findings[0].words.en == "no"
    assert any("7 working days" in found.words.en for found in cell(parts, "pre-consent", "JPN").findings)
    assert not cell(parts, "pre-consent", "PHL").findings


def test_the_gap_table_as_a_page_and_as_csv(client):
    html = said(client, "/law/gaps?economies=PHL,JPN,DEU&lang=en")
    assert html.count("not found</span>") >= 3
    rows = list(
        csv.DictReader(io.StringIO(said(client, "/law/gaps.csv?economies=PHL,JPN,DEU&lang=ja").lstrip("\ufeff")))
    )
    assert {row["economy"] for row in rows} == {"PHL", "JPN", "DEU"}
    assert len({row["element"] for row in rows}) == len(gaps.elements())
    assert all(row["source"] for row in rows if row["finding"] != "確認できず")


def test_a_lone_economy_is_set_beside_the_usual_ones_and_nine_are_too_many(client):
    assert gaps.economies_of(["GHA"]) == ("GHA", *tables.usual("compared"))
    html = said(client, "/law/gaps?economies=JPN,MYS,VNM,THA,IDN,PHL,SGP,IND,KOR&lang=en", 422)
    assert "9 economies were chosen" in html


def test_the_line_of_time_of_an_economy_and_of_a_lane(client):
    html = said(client, "/law/timeline?economy=THA&lang=en")
    told = {(change.on, change.words.en, change.citation) for change in timeline("THA")}
    assert html.count('class="time-dot') == len(told) > 0
    lane = "from=JPN&to=THA&stream=mixed-household-e-waste&operation=R4&fact=hazardous%3Dfalse"
    page = said(client, f"/law/timeline?{lane}&lang=en")
    found = timeline(lane=("JPN", "THA", "mixed-household-e-waste", "R4"), facts={"hazardous": False})
    assert page.count('class="time-dot') == len(found) > 0
    assert 'class="time-bar v-prohibited"' in page
    assert len(client.get(f"/api/law/timeline?{lane}").json()["changes"]) == len(found)


def test_bars_cover_the_whole_time_without_a_gap():
    lane = ("JPN", "THA", "mixed-household-e-waste", "R4")
    first = verdict(Question.parse(on="2018-01-01", stream=lane[2], origin="JPN", destination="THA", operation="R4"))
    bars = timeline_views.bars(first, timeline(lane=lane))
    assert bars[0].x == timeline_views.EDGE
    assert abs(bars[-1].x + bars[-1].width - (timeline_views.WIDTH - timeline_views.EDGE)) < 0.2
    assert all(one.verdict != two.verdict for one, two in pairwise(bars))


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from(sorted(parties())),
    st.sampled_from(["JPN", "MYS", "DEU"]),
    st.sampled_from(sorted(streams())),
    st.booleans(),
)
def test_the_map_says_what_the_single_verdict_says(other, fixed, stream, inward):
    asked, inward_too = mapping.asked({"to" if inward else "from": fixed, "stream": stream, "on": "2026-11-23"}, ON)
    assert inward_too is inward
    cells = {place.economy: place for place in mapping.places(asked, inward)}
    if other not in cells:
        assert other in (*groups.unions(), fixed) or parties()[other].law_of == fixed
        return
    origin, destination = (other, fixed) if inward else (fixed, other)
    single = verdict(Question.parse(on=ON, stream=stream, origin=origin, destination=destination))
    assert (cells[other].verdict, cells[other].status) == (single.verdict, single.status)


def test_the_map_has_its_table_and_its_data(client):
    html = said(client, "/law/map?to=JPN&stream=circuit-boards&operation=R4&on=2026-11-23&hazardous=false&lang=en")
    data = client.get("/api/law/matrix?to=JPN&stream=circuit-boards&operation=R4&on=2026-11-23&hazardous=false").json()
    assert html.count('href="/may-it-move?from=') == len(data["cells"])
    assert data["not_covered"] == sum(not cell["covered"] for cell in data["cells"]) > 100
    drawn = (cell for cell in data["cells"] if cell["economy"] != "XKX")
    assert all(cell["number"] or cell["lat"] is not None for cell in drawn)


@pytest.mark.parametrize("query", ["stream=circuit-boards", "to=JPN&from=MYS&stream=circuit-boards", "to=JPN"])
def test_a_map_that_cannot_be_drawn_says_why(client, query):
    assert "error-summary" in said(client, f"/law/map?{query}&lang=en", 422)
    assert client.get(f"/api/law/matrix?{query}").status_code == 422


def test_home_misses_no_day_that_the_packs_know():
    told = {change.on for change in after(ON)}
    for change in next_changes(tables.usual("often asked"), ON, 100):
        assert change.on in told or change.on - timedelta(days=1) in told, change


def test_economies_are_called_as_in_the_table_of_economies():
    known = economies()
    assert not {
        code: (party.name, known[code].name)
        for code, party in parties().items()
        if code in known and party.name != known[code].name
    }


def test_no_table_of_the_library_is_without_source():
    for name in ("epr.csv", "gap_elements.csv", "instrument_titles.csv", "map_numbers.csv"):
        assert list(library.tables.rows(name))
