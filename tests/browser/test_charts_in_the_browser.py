"""Charts in a browser: drawn under the content policy, told by more than colour, gone without scripts."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ECONOMY = "/what-will-come/economies/JPN"


def test_a_fan_is_drawn_hatched_where_it_is_projected_and_says_so(live_server, figures, page: Page, console):
    page.goto(live_server.url + ECONOMY)
    chart = page.locator("[data-chart]").first
    expect(chart.locator("svg")).to_have_count(1)
    assert chart.get_attribute("role") == "img"
    assert "Arisings" in chart.get_attribute("aria-label")
    expect(chart.locator("svg text", has_text="projected or assumed")).to_have_count(1)
    assert chart.locator("svg pattern").count() >= 1
    dashed = chart.locator("svg path[stroke-dasharray]")
    assert dashed.count() >= 1


def test_the_figure_under_the_pointer_is_told_with_unit_and_interval(live_server, figures, page: Page, console):
    page.goto(live_server.url + ECONOMY)
    chart = page.locator("[data-chart]").first
    expect(chart.locator("svg")).to_have_count(1)
    chart.scroll_into_view_if_needed()
    chart.hover(position={"x": 400, "y": 200})
    expect(chart.locator("svg text", has_text=re.compile(r"kt.*\[.*–.*\]")).first).to_be_attached()


def test_the_chart_follows_the_width(live_server, figures, page: Page, console):
    page.goto(live_server.url + ECONOMY)
    svg = page.locator("[data-chart] svg").first
    expect(svg).to_be_visible()
    wide = svg.bounding_box()["width"]
    page.set_viewport_size({"width": 390, "height": 800})
    page.wait_for_function("document.querySelector('[data-chart] svg').getBoundingClientRect().width < 380")
    assert svg.bounding_box()["width"] < wide
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_without_scripts_the_tables_stand_and_no_empty_frame(live_server, figures, browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(live_server.url + ECONOMY)
    expect(page.locator(".chart").first).to_be_hidden()
    assert page.locator("table").count() >= 5
    page.get_by_role("link", name="Which input these figures are unsure of").click()
    expect(page.get_by_role("heading", name="What should be measured next?")).to_be_visible()
    context.close()


def test_the_map_is_coloured_and_hatched(live_server, figures, page: Page, console):
    page.goto(live_server.url + "/what-will-come")
    expect(page.locator("[data-world] svg .world-cell").first).to_be_attached()
    assert page.locator("[data-world] svg .world-cell[class*='level-']").count() == 3


def test_long_work_is_followed_and_opens_the_page_when_done(live_server, figures, page: Page, console, monkeypatch):
    import small_figures
    from meguri.arisings.web import runs
    from meguri.kit.models import Job
    from meguri.kit.work import worker as working

    page.goto(live_server.url + ECONOMY + "?scenario=more-reuse")
    expect(page.get_by_role("progressbar")).to_be_visible()
    monkeypatch.setattr(runs, "_read", small_figures.scenario)
    monkeypatch.setattr(runs, "kept", lambda name: small_figures.small(name))
    working.run(Job.objects.get(kind=runs.KIND).id, beating=False)
    expect(page.get_by_role("heading", name="What will come in Japan?")).to_be_visible(timeout=15000)
