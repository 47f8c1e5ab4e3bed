"""Bills, contents and smelting: exact to the gram, honest about their sources, strict about what cannot be."""

from __future__ import annotations

import math
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meguri import materials
from meguri.kit.problems import Refused
from meguri.reference import Confidence, composition, streams

masses = st.integers(min_value=0, max_value=10**10)
shares = st.floats(min_value=0, max_value=1, allow_nan=False)


def pointers(caught: pytest.ExceptionInfo[Refused]) -> set[str]:
    return {problem.pointer for problem in caught.value.problems}


def test_mixed_equipment_gives_the_streams_of_the_story() -> None:
    bill = materials.dismantle(7_000_000)
    assert set(bill.fractions) >= {
        "circuit-boards",
        "cables",
        "hard-disks",
        "lithium-ion-cells-portable",
        "steel-scrap",
        "aluminium-scrap",
        "plastics-from-e-waste",
    }
    assert set(bill.fractions) <= set(streams())
    assert sum(bill.fractions.values()) + bill.loss_g == 7_000_000
    assert 0.05 < bill.fractions["circuit-boards"] / bill.mass_g < 0.15
    assert bill.confidence is Confidence.MEMORY
    assert any(source.startswith("assumption") for source in bill.sources)
    assert any("Babbitt" in source for source in bill.sources)


def test_a_single_device_follows_its_published_bill() -> None:
    bill = materials.dismantle(10**9, {"Printer": 1})
    published = {
        row.component: row.share for row in composition() if row.level == "device_to_fraction" and row.item == "Printer"
    }
    whole = math.fsum(published.values())
    assert bill.fractions["steel-scrap"] / 10**9 == pytest.approx(published["steel"] / whole * 0.985, rel=1e-6)
    assert "hard-disks" not in bill.fractions


@given(masses, st.lists(shares, min_size=1, max_size=6))
def test_a_declared_composition_closes_exactly(mass: int, raw: list[float]) -> None:
    total = max(1.0, math.fsum(raw))
    declared = {slug: share / total for slug, share in zip(streams(), raw, strict=False)}
    bill = materials.dismantle(mass, composition=declared)
    assert sum(bill.fractions.values()) + bill.loss_g == mass
    assert min([*bill.fractions.values(), bill.loss_g]) >= 0
    for slug, grams in bill.fractions.items():
        assert abs(grams - mass * declared[slug]) <= 1 + mass * 1e-12


def test_a_full_composition_loses_nothing() -> None:
    bill = materials.dismantle(
        999_999_999, composition={"cables": 0.1, "steel-scrap": 0.2, "plastics-from-e-waste": 0.7}
    )
    assert bill.loss_g == 0


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"mass_g": -1}, {"/mass_g"}),
        ({"mass_g": 1.5}, {"/mass_g"}),
        ({"mass_g": 10**20}, {"/mass_g"}),
        ({"mass_g": 1, "mix": "mixed"}, {"/mix"}),
        ({"mass_g": 1, "mix": {"Laptop": 0.5}}, {"/mix"}),
        ({"mass_g": 1, "mix": {"Laptopp": 1.0}}, {"/mix/Laptopp"}),
        ({"mass_g": 1, "composition": {"cable": 0.1}}, {"/composition/cable"}),
        ({"mass_g": 1, "composition": {"cables": 0.7, "steel-scrap": 0.4}}, {"/composition"}),
        ({"mass_g": 1, "composition": {"cables": -0.1}}, {"/composition/cables"}),
        ({"mass_g": 1, "composition": {"cables": float("nan")}}, {"/composition/cables"}),
        ({"mass_g": 1, "composition": {"cables": "much"}}, {"/composition/cables"}),
    ],
)
def test_impossible_bills_are_refused(arguments: dict[str, object], expected: set[str]) -> None:
    with pytest.raises(Refused) as caught:
        materials.dismantle(**arguments)  # type: ignore[arg-type]
    assert pointers(caught) == expected


def test_a_refusal_names_the_nearest_stream() -> None:
    with pytest.raises(Refused, match="circuit-boards"):
        materials.contents("circuit-board")


def test_contents_are_fractions_with_source_and_basis() -> None:
    for slug in streams():
        found = materials.contents(slug)
        assert math.fsum(e.value for e in found.values()) <= 1
        for estimate in found.values():
            assert 0 < estimate.value <= 1
            assert estimate.sd > 0
            assert estimate.source
            assert estimate.basis == "prior"


def test_contents_of_boards_name_their_rows_and_stand_between_them() -> None:
    found = materials.contents("circuit-boards")
    assert {"Cu", "Au", "Ag", "Pd"} <= set(found)
    assert "Internet router PCB" in found["Au"].source
    assert "Shirahase" in found["Au"].source
    assert found["Au"].confidence is Confidence.DERIVED
    rows = {
        row.item: row.share
        for row in composition()
        if row.component == "Au"
        and row.item
        in ("Desktop PC circuit boards (Japan)", "Internet router PCB", "Mixed waste PCB (median of a review)")
    }
    assert len(rows) == 3
    assert found["Au"].value == pytest.approx(sum(rows.values()) / 3)
    high = materials.contents("circuit-boards-high-grade")
    assert high["Au"].value > 3 * found["Au"].value
    assert materials.contents("lamps-mercury") == {}


def test_smelting_by_the_figures_on_file() -> None:
    result = materials.smelt(1_000_000_000)
    assert set(result.recovered) == {"Cu", "Au", "Ag", "Pd"}
    content = materials.contents("circuit-boards")
    rates = materials.yields_on_file()
    for line in result.lines:
        wanted = 1e9 * content[line.element].value * rates[line.element].share
        assert abs(line.recovered_g - wanted) <= 1
        assert line.expected_g == pytest.approx(wanted)
        assert not line.overridden
        assert line.sd_g > 0
    assert sum(result.recovered.values()) + result.slag_g + result.loss_g == 1_000_000_000


def test_an_assay_replaces_what_it_names_and_keeps_the_expectation() -> None:
    assay = materials.stated({"Au": 0.0005}, "assay", "laboratory report 17")
    result = materials.smelt(1_000_000, assay, {"Ag": 0.5})
    lines = {line.element: line for line in result.lines}
    assert lines["Au"].recovered_g == pytest.approx(1_000_000 * 0.0005 * 0.95, abs=1)
    assert lines["Au"].content.basis == "assay"
    assert lines["Au"].overridden
    assert lines["Ag"].overridden
    assert not lines["Cu"].overridden
    assert lines["Au"].expected_g is not None
    assert lines["Au"].expected_g < lines["Au"].recovered_g
    assert "laboratory report 17" in result.sources


def test_an_assay_that_fills_the_lot_shrinks_the_rest() -> None:
    merged = materials.update(materials.contents("circuit-boards"), materials.stated({"Cu": 0.98}, "assay"))
    assert math.fsum(e.value for e in merged.values()) == pytest.approx(1)
    assert merged["Cu"].value == 0.98
    result = materials.smelt(1000, {"Cu": 1.0}, {"Cu": 1.0})
    assert result.recovered == {"Cu": 1000, "Au": 0, "Ag": 0, "Pd": 0}
    assert (result.slag_g, result.loss_g) == (0, 0)


@settings(max_examples=200)
@given(masses, st.lists(shares, min_size=4, max_size=4), st.lists(shares, min_size=4, max_size=4))
def test_smelting_closes_exactly_and_never_goes_below_zero(mass: int, raw: list[float], rates: list[float]) -> None:
    total = max(1.0, math.fsum(raw))
    contents = {e: v / total for e, v in zip(materials.PRODUCTS, raw, strict=True)}
    result = materials.smelt(mass, contents, dict(zip(materials.PRODUCTS, rates, strict=True)))
    cells = [*result.recovered.values(), result.slag_g, result.loss_g]
    assert sum(cells) == mass
    assert min(cells) >= 0


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"contents": {"Cu": 0.8, "Au": 0.3}}, {"/contents"}),
        ({"contents": {"Cu": -0.1}}, {"/contents/Cu"}),
        ({"contents": {"Cu": float("inf")}}, {"/contents/Cu", "/contents"}),
        ({"contents": {"Cu": "rich"}}, {"/contents/Cu"}),
        ({"contents": {"Gold": 0.1}}, {"/contents/Gold"}),
        ({"yields": {"Au": 1.01}}, {"/yields/Au"}),
        ({"yields": {"Gold": 0.9}}, {"/yields/Gold"}),
        ({"products": ("Cu", "W")}, {"/yields/W"}),
        ({"loss_share": 1.2}, {"/loss_share"}),
        ({"loss_share": 0.9}, {"/loss_share"}),
        ({"route": "furnace"}, {"/route"}),
        ({"stream": "lamps-mercury"}, {"/contents"}),
        ({"stream": "board"}, {"/stream"}),
        ({"mass_g": -5}, {"/mass_g"}),
        ({"mass_g": True}, {"/mass_g"}),
    ],
)
def test_absurd_smelting_is_refused_with_pointers(arguments: dict[str, object], expected: set[str]) -> None:
    with pytest.raises(Refused) as caught:
        materials.smelt(**{"mass_g": 1000, **arguments})  # type: ignore[arg-type]
    assert pointers(caught) <= expected
    assert pointers(caught)


def test_the_vector_holds_thirty_different_elements() -> None:
    assert len(set(materials.ELEMENT_ORDER)) == 30
    assert set(materials.PRODUCTS) <= set(materials.ELEMENT_ORDER)


def test_the_room_needs_no_django() -> None:
    code = "import sys, meguri.materials; print('django' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
