"""The pages of the law in a browser: the map is drawn, its letters stand, the answer prints without the form."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
MAP = "/law/map?to=JPN&stream=circuit-boards&operation=R4&on=2026-11-23&hazardous=false&lang=en"
QUESTION = "/may-it-move?from=MYS&to=JPN&stream=circuit-boards&operation=R4&on=2025-10-01&lang=en"
PATHS = (
    "/law/",
    "/law/VNM",
    "/law/instruments/oecd-decision",
    "/law/gaps",
    "/law/timeline?economy=THA",
    "/law/laboratory",
    MAP.split("&lang")[0],
)


def test_the_map_is_drawn_with_a_shape_for_each_economy_and_letters(live_server, page: Page, console):
    page.goto(live_server.url + MAP)
    expect(page.locator(".law-map svg")).to_be_attached()
    assert page.locator(".law-cell").count() > 150
    assert page.locator(".law-cell.v-allowed_green").count() >= 1
    assert set(page.locator(".law-letter").all_text_contents()) <= set("PCGNWTX")
    assert page.locator(".law-centre").count() == 1


@pytest.mark.parametrize(("width", "language"), [(390, "ja"), (1280, "en")])
def test_no_page_of_the_law_has_faults_that_axe_finds(live_server, page: Page, console, width, language):
    page.set_viewport_size({"width": width, "height": 900})
    for path in PATHS:
        page.goto(f"{live_server.url}{path}{'&' if '?' in path else '?'}lang={language}")
        found = Axe().run(page).response["violations"]
        assert not [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found], path
        assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0, path
        assert not console, path


def test_an_answer_prints_without_the_form_and_with_its_address(live_server, page: Page, console):
    page.goto(live_server.url + QUESTION)
    expect(page.get_by_text("This answer: http")).to_be_hidden()
    page.emulate_media(media="print")
    expect(page.locator("form#stream, #stream")).to_be_hidden()
    expect(page.get_by_text("This answer: http")).to_be_visible()
    expect(page.get_by_text("Law on file:")).to_be_visible()


def test_a_phone_skips_to_the_answer(live_server, page: Page, console):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(live_server.url + QUESTION)
    page.get_by_role("link", name="Skip to the answer").click()
    expect(page.locator("#answer-title")).to_be_in_viewport()
