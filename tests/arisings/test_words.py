"""What the room's tables and scenarios say is asked of the catalogues under the contexts that are drawn out of them."""

from __future__ import annotations

import pytest

from meguri.arisings.checks import series as series_checks
from meguri.arisings.contents import bills, routes
from meguri.arisings.runs import results
from meguri.arisings.sales import drivers
from meguri.arisings.scenarios import scenario_file
from meguri.kit.catalogues import ROOMS
from meguri.kit.language import extraction
from meguri.kit.language.extraction import Message
from meguri.kit.words import AS_IT_IS, Words

SAID = {
    "bills": lambda: [row.name for row in bills.rows("bills")],
    "parts": lambda: [row.name for row in bills.rows("parts")],
    "product-bills": lambda: [row.note for row in bills.rows("product-bills")],
    "vehicle-masses": lambda: [row.name for row in bills.rows("vehicle-masses")],
    "battery-packs": lambda: [row.name for row in bills.rows("battery-packs")],
    "routes": lambda: [row.name for row in routes.all_routes().values()],
    "route-steps": lambda: [one.note for name in routes.ROUTES for steps in routes.yields(name).steps for one in steps],
    "market-drivers": lambda: [row.meaning for row in drivers.drivers().values()],
    "market-anchors": lambda: [row.note for row in series_checks.anchors()],
    "variables": lambda: [words for one in results.VARIABLES.values() for words in (one.title, one.about)],
    "scenarios": lambda: [words for one in scenario_file.built_in() for words in (one.title, one.note)],
}


@pytest.fixture(scope="module")
def drawn_out() -> frozenset[Message]:
    return frozenset(extraction.said(ROOMS / "arisings", "tables"))


@pytest.mark.parametrize("table", SAID)
def test_every_text_is_found_where_it_was_drawn_out(table: str, drawn_out: frozenset[Message]) -> None:
    said: list[Words] = [words for words in SAID[table]() if words and words.context.startswith("arisings/")]
    assert said
    assert {Message(words.text, words.context) for words in said} <= drawn_out
    assert not any(words.context == AS_IT_IS for words in SAID[table]() if words)
