"""Of the balance anyone sees a sum only where three organisations are in it, and can reckon no other from these."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from meguri.custody import services
from meguri.custody.balance import totals
from meguri.custody.balance.accounts import figure
from meguri.custody.balance.published import LINE, WHOLE, SumOf, withheld
from meguri.registry import services as registry

NAMES = "ABCDE"
FIGURES = st.tuples(st.integers(0, 50), st.frozensets(st.sampled_from(NAMES), max_size=5))


@st.composite
def balances(draw):
    """Figures of a few materials that add up, with who is in each."""
    streams = [f"s{n}" for n in range(draw(st.integers(0, 4)))]
    amounts, who = {}, {}

    def put(stream, what, grams, parties):
        amounts[SumOf(stream, what)] = grams
        who[SumOf(stream, what)] = parties if grams else frozenset()

    stock, holders = 0, frozenset()
    for stream in streams:
        took, gone, left = draw(FIGURES), draw(FIGURES), draw(FIGURES)
        put(stream, "in", took[0] if took[1] else 0, took[1])
        put(stream, "out", gone[0] if gone[1] else 0, gone[1])
        put(stream, "stock", left[0] if left[1] else 0, left[1])
        weighed = draw(st.frozensets(st.sampled_from(NAMES), min_size=1))
        rest = amounts[SumOf(stream, "stock")] + amounts[SumOf(stream, "out")] - amounts[SumOf(stream, "in")]
        put(stream, "difference", rest, weighed)
        stock, holders = stock + amounts[SumOf(stream, "stock")], holders | who[SumOf(stream, "stock")]
    put("", "stock", stock, holders)
    for what in ("came", "loss", "went", "difference"):
        grams, parties = draw(FIGURES)
        put("", what, grams if parties else 0, parties)
    collected = stock + sum(amounts[SumOf("", what)] for what in ("loss", "went"))
    collected -= sum(amounts[SumOf("", what)] for what in ("came", "difference"))
    put("", "collected", collected, draw(st.frozensets(st.sampled_from(NAMES), min_size=1)))
    return amounts, who


def known(who):
    """How many organisations are in each figure, and which where they are few, as the record tells it."""
    return {
        figure(cell.stream, cell.what): (len(parties), frozenset(sorted(parties)[:: max(1, len(parties) - 1)]))
        for cell, parties in who.items()
        if parties
    }


def equations(cells):
    """What everybody knows to add up, as rows over the cells."""
    signs = {"in": 1, "out": -1, "difference": 1, "stock": -1}
    rows = [
        [signs[cell.what] if cell.stream == stream else 0 for cell in cells]
        for stream in {cell.stream for cell in cells} - {""}
    ]
    whole = {"collected": 1, "came": 1, "difference": 1, "loss": -1, "went": -1, "stock": -1}
    rows.append([whole[cell.what] if not cell.stream else 0 for cell in cells])
    rows.append([(1 if cell.stream else -1) if cell.what == "stock" else 0 for cell in cells])
    return np.array(rows, dtype=float)


@settings(max_examples=200, deadline=None)
@given(balances())
def test_nothing_withheld_follows_from_what_is_shown(given_balance):
    amounts, who = given_balance
    hidden = withheld(amounts, known(who))
    for cell, parties in who.items():
        assert cell in hidden or not 0 < len(parties) < 3 or not amounts[cell]
    cells = list(amounts)
    inside = [place for place, cell in enumerate(cells) if cell in hidden]
    if not inside:
        return
    matrix = equations(cells)[:, inside]
    rank = np.linalg.matrix_rank(matrix)
    for place, column in enumerate(inside):
        alone = np.zeros((1, len(inside)))
        alone[0, place] = 1
        told = np.linalg.matrix_rank(np.vstack([matrix, alone])) == rank
        assert not told or not amounts[cells[column]], f"{cells[column]} follows from the others"


def test_what_three_take_part_in_is_shown_whole():
    three = frozenset("ABC")
    cells = [SumOf("", what) for what in WHOLE] + [SumOf("s", what) for what in LINE]
    assert withheld(dict.fromkeys(cells, 5), known(dict.fromkeys(cells, three))) == set()


def test_a_lonely_material_takes_another_with_it():
    """Two materials: of one everything is one organisation's. The stock of the whole would give it away."""
    who = {SumOf("", what): frozenset("ABC") for what in WHOLE}
    who |= {SumOf(stream, what): frozenset("ABC" if stream == "s" else "A") for stream in "st" for what in LINE}
    amounts = dict.fromkeys(who, 0) | {SumOf("", "stock"): 30, SumOf("", "collected"): 30}
    amounts |= {
        SumOf("s", "in"): 20,
        SumOf("s", "stock"): 20,
        SumOf("t", "in"): 10,
        SumOf("t", "stock"): 10,
    }
    hidden = withheld(amounts, known({cell: parties for cell, parties in who.items() if amounts[cell]}))
    assert {SumOf("t", "in"), SumOf("t", "stock"), SumOf("s", "stock")} <= hidden


@pytest.mark.django_db
def test_the_third_organisation_opens_the_figures():
    seen = []
    for n, name in enumerate(("one", "two", "three")):
        registry.admit(name, {"en": name}, "MYS", ("collector", "dismantler"))
        registry.site(name, {"en": f"{name} works"}, "MYS", 5, 100, facility=name)
        services.collect(f"organisation:{name}", name, "circuit-boards", 1000 + n)
        told = Client().get("/api/balance").json()
        seen.append((told["collected_g"], told["stock_g"], told["streams"][0]["in_g"], told["withheld"]))
        assert "works" not in Client().get("/balance").content.decode()
    assert seen == [(None, None, None, True)] * 2 + [(3003, 3003, 3003, False)]
    assert totals.public(totals.standing()).whole["stock"] == totals.balance().stock_g
    assert all(one is not None for one in itertools.chain(told["streams"][0].values()))
