"""Custody's tables are read column by column, and what stands in them is what guards go by."""

from __future__ import annotations

import csv

import pytest

from meguri.custody import vocabulary
from meguri.custody.balance.ledger import ElementLine, element_lines
from meguri.custody.contents import WHOLE
from meguri.custody.guards import masses
from meguri.kit.problems import Refused


def rows(name):
    with (vocabulary.TABLES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_steps_are_what_their_table_says():
    found = [
        {
            "step": step.step, "type": step.type, "bizstep": step.bizstep, "roles": ";".join(step.roles),
            "same_stream": "yes" if step.same_stream else "no", "name": step.names.en, "past": step.past.en,
            "source": step.source, "confidence": step.confidence,
        }
        for step in vocabulary.steps().values()
    ]  # fmt: skip
    assert found == rows("steps.csv")


def test_tolerances_are_what_their_table_says():
    found = [
        {"step": one.step, "fraction": str(one.fraction), "source": one.source, "confidence": one.confidence}
        for one in vocabulary.tolerances().values()
    ]
    assert found == rows("tolerances.csv")
    assert vocabulary.tolerances()["dismantling"].percent == "1"
    assert [vocabulary.tolerances()["dismantling"].most_g(grams) for grams in (0, 99, 100, 199, 200)] == [0, 0, 1, 1, 2]


@pytest.mark.parametrize("step", sorted(vocabulary.tolerances()))
def test_a_difference_is_within_up_to_what_its_tolerance_says(step):
    most = vocabulary.tolerances()[step].most_g(1_000_000)
    for sign in (-1, 1):
        assert masses.within(step, 1_000_000, sign * most)
        assert not masses.within(step, 1_000_000, sign * (most + 1))


def test_the_heaviest_and_the_lightest_lot():
    masses.check(1, "/g")
    masses.check(0, "/g", least=0)
    masses.check(100_000_000_000, "/g")
    for grams, least in ((0, 1), (-1, 0), (100_000_000_001, 1)):
        with pytest.raises(Refused) as caught:
            masses.check(grams, "/g", least)
        assert [(one.pointer, one.code) for one in caught.value.problems] == [("/g", "mass")]


@pytest.mark.parametrize(
    ("part", "whole", "said"),
    [(-4, 1000, "-0.40"), (1, 3, "+33.33"), (0, 5, "+0.00"), (5, 0, "—")],
)
def test_a_share_has_a_sign_and_two_decimals(part, whole, said):
    assert masses.percent(part, whole) == said


@pytest.mark.parametrize(
    ("stream", "symbol"), [("element:Au", "Au"), ("slag", ""), ("", ""), ("element:", ""), ("my-element:Au", "")]
)
def test_a_metal_is_named_by_its_symbol(stream, symbol):
    assert vocabulary.element_of(stream) == symbol


def test_a_stream_has_a_name_or_is_its_own():
    assert [vocabulary.stream_words(name).en for name in ("element:Au", "element:Xx", "circuit-boards", "nothing")] == [
        "Gold",
        "Xx",
        "Circuit boards",
        "nothing",
    ]
    for known in ("element:Au", "circuit-boards"):
        vocabulary.check_stream(known, "/stream")
    for strange, nearest in (
        ("circuit-board", "circuit-boards"),
        ("elementAu", "element:Au"),
        ("?", "mixed-small-e-waste"),
    ):
        with pytest.raises(Refused) as caught:
            vocabulary.check_stream(strange, "/stream")
        (problem,) = caught.value.problems
        assert (problem.pointer, problem.code) == ("/stream", "unknown-stream")
        assert problem.params == {"stream": strange, "nearest": nearest}


def test_lines_of_elements_need_not_have_everything():
    """Recovered and sold; in stock from elsewhere; contained and never recovered, which is no line."""
    found = element_lines(
        {"Au": 3 * WHOLE, "Pd": WHOLE}, {"Au": WHOLE // 2, "Pd": WHOLE}, {"Au": 2, "Ag": 4}, {"Cu": 7}
    )
    assert found == (
        ElementLine("Ag", 0.0, 0.0, 4, 0),
        ElementLine("Au", 3.0, 0.5, 2, 0),
        ElementLine("Cu", 0.0, 0.0, 0, 7),
    )
    assert [line.unaccounted_g for line in found] == [-4.0, 1.0, 0.0]
