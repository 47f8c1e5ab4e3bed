"""What the first visit of a verdict weighs, as a browser with an empty cache counts it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page

from meguri.law.web.form_and_answer import EXAMPLES
from meguri.portal.measure.first_visit import AIM, total, transfers

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_first_visit_of_a_verdict_is_under_120_kilobytes(live_server, browser: Browser, language):
    for words, query in EXAMPLES:
        found = transfers(browser, f"{live_server.url}/may-it-move?{query}&lang={language}")
        listed = "\n".join(f"{one.bytes:8,} {one.kind:<10} {one.path}" for one in found)
        print(f"{language} {total(found):,} {words}\n{listed}")
        assert {"Document", "Stylesheet", "Script", "Font"} <= {one.kind for one in found}
        assert total(found) < AIM, listed


def test_the_second_visit_transfers_the_page_alone(live_server, page: Page):
    """What is named by its content is not asked for again."""
    sizes = "performance.getEntriesByType('resource').map(one => [one.name, one.transferSize])"
    taken = []
    for _, query in EXAMPLES[:2]:
        page.goto(f"{live_server.url}/may-it-move?{query}&lang=en", wait_until="networkidle")
        taken.append({name for name, size in page.evaluate(sizes) if size and "/static/" in name})
    assert len(taken[0]) > 5
    assert not taken[1]


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_verdict_is_set_in_the_houses_font(live_server, page: Page, language):
    page.goto(f"{live_server.url}/may-it-move?{EXAMPLES[0][1]}&lang={language}", wait_until="networkidle")
    states = page.evaluate("[...document.fonts].map(face => face.status)")
    assert "loaded" in states
    assert "error" not in states
    wire = page.context.new_cdp_session(page)
    wire.send("DOM.enable")
    wire.send("CSS.enable")
    root = wire.send("DOM.getDocument")["root"]["nodeId"]
    for selector in ("h1", "#answer-title span > span", ".verdict h3", ".track strong", ".foot p"):
        node = wire.send("DOM.querySelector", {"nodeId": root, "selector": selector})["nodeId"]
        fonts = wire.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]
        assert {(font["familyName"], font["isCustomFont"]) for font in fonts} == {("BIZ UDPGothic", True)}, selector
