"""The pages of plans in a browser: the map is drawn, a plan is started without scripts."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _plans(plans):
    """Two plans worked out, the others not."""


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
