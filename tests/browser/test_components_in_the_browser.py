"""What the components do beyond HTML: explanations by pointer and by keyboard, sorting, copying, maps, sign-in."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
QUESTION = "/may-it-move?from=MYS&to=JPN&stream=circuit-boards&operation=R4&on=2025-10-01"


def test_a_term_explains_itself_on_hover_focus_and_tap(live_server, page: Page, console):
    page.goto(live_server.url + QUESTION)
    term = page.get_by_role("button", name="basel:Y49", exact=True).first
    explanation = page.locator(f"#{term.get_attribute('popovertarget')}")
    expect(explanation).to_be_hidden()
    term.hover()
    expect(explanation).to_be_visible()
    expect(explanation).to_contain_text(re.compile("Annex II"))
    at, beside = term.bounding_box(), explanation.bounding_box()
    assert at is not None
    assert beside is not None
    assert abs(beside["y"] - (at["y"] + at["height"])) < 20 or abs(at["y"] - (beside["y"] + beside["height"])) < 20
    term.click()
    expect(explanation).to_be_visible()
    page.keyboard.press("Escape")
    expect(explanation).to_be_hidden()
    page.mouse.move(0, 0)
    expect(explanation).to_be_hidden()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    expect(term).to_be_focused()
    expect(explanation).to_be_visible()
    page.keyboard.press("Enter")
    expect(explanation).to_be_visible()
    page.keyboard.press("Escape")
    expect(explanation).to_be_hidden()


def test_a_mark_of_confidence_explains_itself_without_scripts(live_server, browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(live_server.url + QUESTION)
    mark = page.locator("button.mark").first
    mark.click()
    expect(page.locator("[popover]:popover-open")).to_be_visible()
    context.close()


def test_a_table_sorts_by_number_and_says_so(live_server, page: Page, console):
    page.goto(live_server.url + "/facts/ports")
    head = page.locator("thead th.num[data-sort=number]").first
    column = head.evaluate("cell => cell.cellIndex")

    def values() -> list[float]:
        cells = page.locator(f"tbody tr td:nth-child({column + 1}), tbody tr th:nth-child({column + 1})")
        texts = cells.all_inner_texts()
        return [float(re.sub(r"\s", "", text).replace("\u2212", "-")) for text in texts]

    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    assert values() == sorted(values())
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "descending")
    assert values() == sorted(values(), reverse=True)


def test_a_leg_is_drawn_and_follows_the_ports(live_server, page: Page, console):
    page.goto(live_server.url + "/next?origin_port=MYPKG&destination_port=JPTYO")
    way = page.locator(".map svg path.map-arc")
    expect(way).to_have_count(1)
    first = way.get_attribute("d")
    page.get_by_label("To port").select_option("SGSIN")
    page.get_by_role("button", name="Show the leg").click()
    expect(page.get_by_role("heading", name=re.compile("Singapore"))).to_be_visible()
    expect(way).to_have_count(1)
    assert way.get_attribute("d") != first


def test_a_problem_takes_the_focus_and_leads_to_its_field(live_server, page: Page):
    page.goto(live_server.url + "/find?what=%3F")
    expect(page.locator(".error-summary")).to_be_focused()
    page.locator(".error-summary a").click()
    expect(page.locator("#what")).to_be_focused()


def test_the_keyboard_skips_to_the_content(live_server, page: Page, console):
    page.goto(live_server.url + "/about/confidence")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("language", ["en", "ja"])
def test_no_page_is_wider_than_its_window(live_server, page: Page, language, width):
    page.set_viewport_size({"width": width, "height": 800})
    for address in ("/", "/next", "/about/confidence", "/accounts/login/", "/nowhere", "/find?what=%3F"):
        page.goto(live_server.url + address + ("&" if "?" in address else "?") + f"lang={language}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address


LAID_OUT = """() => [...document.querySelectorAll('.table-scroll')].map(block => {
  const table = block.querySelector('table');
  const more = block.parentElement.querySelector('.table-more');
  return [table.classList.contains('cards'), block.scrollWidth <= block.clientWidth + 1, !!more && !more.hidden];
})"""


@pytest.mark.parametrize("path", ["/facts/ports", "/facts/facilities", "/terms/", "/may-it-move?from=MYS", QUESTION])
def test_a_table_on_a_phone_is_cards_or_says_that_it_goes_on(live_server, browser, path):
    context = browser.new_context(viewport={"width": 390, "height": 844}, reduced_motion="reduce")
    page = context.new_page()
    page.goto(live_server.url + path, wait_until="networkidle")
    for cards, fits, said in page.evaluate(LAID_OUT):
        assert fits != said
        assert fits or not cards
    context.close()


def test_a_card_on_a_phone_keeps_the_words_the_order_and_the_meaning(live_server, browser):
    context = browser.new_context(viewport={"width": 390, "height": 844}, reduced_motion="reduce")
    page = context.new_page()
    page.goto(live_server.url + "/facts/ports", wait_until="networkidle")
    table = page.locator("table.cards").first
    expect(table).to_be_visible()
    heads = [text.strip(" ↕↑↓") for text in table.locator("thead th").all_text_contents()]
    labels = (
        table.locator("tbody tr").first.locator("td").evaluate_all("cells => cells.map(cell => cell.dataset.label)")
    )
    assert labels == heads[-len(labels) :]
    expect(page.get_by_role("table").first.get_by_role("row").nth(1)).to_be_visible()
    page.set_viewport_size({"width": 1280, "height": 900})
    expect(page.locator("table.cards")).to_have_count(0)
    context.close()
