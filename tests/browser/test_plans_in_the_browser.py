"""The pages of plans in a browser: the map is drawn, nothing is wider than the phone, axe finds no fault."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from meguri.kit.work import jobs
from small_plan import keep

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PATHS = (
    "/plan/",
    "/plan/reference/",
    "/plan/compare/?a=reference&b=security",
    "/plan/reference/front",
    "/plan/whatever-comes",
    "/plan/new",
    "/plan/shock/",
)


@pytest.fixture(autouse=True)
def plans(monkeypatch, settings, tmp_path, transactional_db):
    """Two plans worked out, the others not."""
    settings.DATA = tmp_path
    monkeypatch.setattr(jobs, "spawn", lambda identifier: None)
    keep(tmp_path, "reference")
    keep(tmp_path, "security", 9e7)


@pytest.mark.parametrize(("width", "language"), [(390, "ja"), (1280, "en")])
def test_no_page_of_a_plan_has_faults_that_axe_finds(live_server, page: Page, console, width, language):
    page.set_viewport_size({"width": width, "height": 900})
    for path in PATHS:
        page.goto(f"{live_server.url}{path}{'&' if '?' in path else '?'}lang={language}")
        found = Axe().run(page).response["violations"]
        assert not [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found], path
        assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0, path
        assert not console, path


def test_a_plan_draws_its_map_its_stages_and_its_costs(live_server, page: Page, console):
    page.goto(f"{live_server.url}/plan/reference/?lang=en")
    expect(page.locator(".map-arc").first).to_be_attached()
    assert page.locator(".staged .ribbon").count() > 3
    expect(page.locator("[data-drawn=yes]").first).to_be_attached()
    page.locator("a[href='#hurts']").click()
    expect(page.get_by_role("heading", name="What hurts most?").last).to_be_in_viewport()


def test_a_plan_is_started_and_followed_without_scripts(live_server, browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{live_server.url}/plan/shock/?lang=en")
    page.get_by_role("button", name="Work it out").click()
    expect(page.get_by_role("heading", name="This plan is being worked out")).to_be_visible()
    expect(page.get_by_role("link", name="Look again")).to_be_visible()
    context.close()
