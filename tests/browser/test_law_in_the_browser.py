"""The pages of the law in a browser: the map is drawn, its letters stand, the answer prints without the form."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from meguri.demonstration import pictures

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
MAP = "/law/map?to=JPN&stream=circuit-boards&operation=R4&on=2026-11-23&hazardous=false&lang=en"
QUESTION = "/may-it-move?from=MYS&to=JPN&stream=circuit-boards&operation=R4&on=2025-10-01&lang=en"
PATHS = {
    "/law/",
    "/law/VNM",
    "/law/instruments/oecd-decision",
    "/law/gaps",
    "/law/timeline",
    "/law/laboratory",
    "/law/clauses",
    "/law/map",
}


def test_the_map_is_drawn_with_a_shape_for_each_economy_and_letters(live_server, page: Page, console):
    page.goto(live_server.url + MAP)
    expect(page.locator(".law-map svg")).to_be_attached()
    assert page.locator(".law-cell").count() > 150
    assert page.locator(".law-cell.v-allowed_green").count() >= 1
    assert set(page.locator(".law-letter").all_text_contents()) <= set("PCGNWTX")
    assert page.locator(".law-centre").count() == 1


def test_the_pages_of_the_law_are_among_those_that_axe_looks_at():
    assert {path.partition("?")[0] for _, _, path in pictures.PAGES} >= PATHS


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


def test_a_clause_becomes_a_draft_and_says_what_it_reaches_by_keyboard_on_a_phone(live_server, page: Page, console):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(live_server.url + "/law/clauses?lang=en")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    section = page.locator("section[aria-labelledby=clause-permits]")
    section.get_by_role("combobox").focus()
    page.keyboard.type("Thai")
    section.get_by_role("button", name="Make a draft of it").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#draft")).to_have_value(re.compile('economies = \\["THA"\\]'))
    page.get_by_role("button", name="What it reaches").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#reach-title")).to_be_visible(timeout=60_000)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
