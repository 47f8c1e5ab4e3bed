"""The story in a browser, with its roles, in both languages; every page passes axe and shows no console error."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

import accessible

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

BESIDE = (("plan-waiting", "anyone", "/plan/shock/"),)
"""Pages without a picture."""


def assert_accessible(page: Page, looker: accessible.Looker | None = None) -> None:
    assert not (looker or accessible.Looker()).faults(page), page.url


def on_the_page(page: Page) -> None:
    """A whole page of ours: one main heading, no error page, nothing wider than the window."""
    headings, too_wide = page.evaluate(
        "[document.querySelectorAll('h1').length,"
        " document.documentElement.scrollWidth - document.documentElement.clientWidth]"
    )
    assert headings == 1, page.url
    assert too_wide <= 1, f"{page.url} is {too_wide} px wider than the window"


def become(page: Page, role: str) -> None:
    page.get_by_label("I am").select_option(role)
    page.get_by_role("button", name="Change").click()


@pytest.fixture
def prepared(live_server):
    from meguri.demonstration import performance
    from tests_support import use_clock

    performance.prepare()
    yield live_server
    use_clock(None)


def test_anyone_asks_changes_a_fact_and_shares_the_link(prepared, page: Page, console):
    page.goto(f"{prepared.url}/may-it-move?from=USA&to=JPN&stream=circuit-boards&operation=R4&on=2025-02-15"
              "&fact=hazardous%3Dfalse&fact=rcra_hazardous%3Dfalse&fact=facility_authorised%3Dtrue")  # fmt: skip
    expect(page.get_by_text("Allowed without prior consent").first).to_be_visible()
    assert_accessible(page)
    page.get_by_label(re.compile("Hazardous by assay")).select_option(label="yes")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.get_by_text("Allowed with prior consent").first).to_be_visible()
    shared = page.url
    page.goto(f"{prepared.url}/")
    page.goto(shared)
    expect(page.get_by_text("Allowed with prior consent").first).to_be_visible()


def test_one_step_after_another_to_the_end(prepared, page: Page, console, deal):
    """Of two steps, axe looks at one."""
    from meguri.demonstration import story

    page.goto(f"{prepared.url}/demonstration/")
    looker = accessible.Looker()
    assert_accessible(page, looker)
    for position in range(len(story.scenes())):
        page.get_by_role("button", name="One step").click()
        assert "/demonstration/step" not in page.url
        on_the_page(page)
        if True in deal.some((True, False), 1, position):
            assert_accessible(page, looker)
        assert not console, f"{page.url}: {console}"
        if story.scenes()[position].name == "check":
            # Before transmission Japan's Ministry neither lists nor opens the case.
            case = page.url
            page.goto(f"{prepared.url}/")
            become(page, "moej")
            page.goto(f"{prepared.url}/cases/")
            expect(page.locator("main").get_by_role("link", name=re.compile("MY"))).to_have_count(0)
            assert page.request.get(case).status == 404
            page.goto(f"{prepared.url}/demonstration/")
        if story.scenes()[position].name == "transmit":
            case = page.url
            become(page, "moej")
            assert page.goto(case).status == 200
    expect(page.get_by_text("The story is at its end.")).to_be_visible()


WAYS = (("en", 1280), ("ja", 390))
"""A language and a width in pixels: each page is seen in one of them, the next in the other; `--whole`: in both."""


def test_every_page_in_both_languages_on_desktop_and_phone(prepared, figures, plans, page: Page, console, deal):
    from meguri.demonstration import performance, pictures, scenario

    performance.play_all(scenario.load(), lambda text: None)
    every = sorted((*pictures.every(), *BESIDE), key=lambda one: one[1])
    seen = {way: [one for n, one in enumerate(every) if way in deal.some(WAYS, 1, n)] for way in WAYS}
    assert all(seen.values())
    for (language, width), pages in seen.items():
        page.set_viewport_size({"width": width, "height": 900})
        acting, looker = "", accessible.Looker()
        for name, role, path in pages:
            if role != acting:
                acting = role
                page.goto(f"{prepared.url}/demonstration/as/{role}?lang={language}")
            answer = page.goto(f"{prepared.url}{path}")
            assert answer is not None
            assert answer.status == (404 if name == "not-found" else 200), f"{name}: {answer.status}"
            if name == "not-found":
                console.clear()
            expect(page.locator("html")).to_have_attribute("lang", language)
            on_the_page(page)
            for chart in page.locator("[data-chart]").all():
                expect(chart.locator("svg")).to_have_count(1)
            assert_accessible(page, looker)
            assert not console, f"{name}: {console}"


def test_start_over_forgets_the_story(prepared, page: Page):
    page.goto(f"{prepared.url}/")
    page.get_by_role("button", name="Play on").click()
    expect(page.get_by_text("The story is at its end.")).to_be_visible()
    page.get_by_role("link", name="Start over").click()
    assert_accessible(page)
    page.get_by_role("button", name="Start over").click()
    expect(page.get_by_role("button", name="One step")).to_be_visible()
    become(page, "penang")
    page.goto(f"{prepared.url}/lots/")
    expect(page.locator("main").get_by_role("link", name=re.compile("^[0-9A-Z]{16}$"))).to_have_count(0)
