"""The arithmetic of exchange, umpire and settlement, by the worked figures of the trade's rules."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meguri.custody.assays import figures, vocabulary
from meguri.custody.assays.figures import WHOLE
from meguri.custody.assays.states import AssayedElement, PayableTerm, SplitLimit


def one(ppb, sd=1000, element="Au"):
    return (AssayedElement(element, ppb, sd, "fire-assay"),)


def test_inside_the_limit_the_mean_settles():
    limit = SplitLimit("Au", 74_000_000, True)
    (agreed,) = figures.exchanged({"seller": one(152_000, 3000), "buyer": one(148_000, 4000)}, [limit])
    assert (agreed.ppb, agreed.basis, agreed.apart_ppb, agreed.limit_ppb) == (150_000, "exchanged", 4000, 11_100)
    assert agreed.sd_ppb == 2500


def test_on_the_limit_is_inside_and_a_part_beyond_is_not():
    limit = SplitLimit("Au", 500_000, False)
    for apart, basis in ((500_000, "exchanged"), (500_001, "")):
        (agreed,) = figures.exchanged({"seller": one(10**8), "buyer": one(10**8 + apart)}, [limit])
        assert agreed.basis == basis


@pytest.mark.parametrize(
    ("umpire", "settles", "further"),
    [
        (170_000, 170_000, "seller"),
        (190_000, 180_000, "seller"),
        (150_000, 160_000, "buyer"),
        (100_000, 160_000, "buyer"),
        (170_001, 170_001, "seller"),
    ],
)
def test_the_middle_of_three_settles_and_the_further_side_pays(umpire, settles, further):
    found = {"seller": one(160_000), "buyer": one(180_000)}
    waits = figures.exchanged(found, [SplitLimit("Au", 74_000_000, True)])
    assert [each.basis for each in waits] == [""]
    (agreed,) = figures.judged(waits, found, one(umpire))
    expected = "both" if abs(umpire - 160_000) == abs(umpire - 180_000) else further
    assert (agreed.ppb, agreed.basis, agreed.further) == (settles, "umpire", expected)


def test_what_one_side_alone_found_is_its_own():
    found = {"seller": one(160_000), "buyer": (*one(161_000), *one(5, element="Pd"))}
    agreed = figures.exchanged(found, [SplitLimit("Au", 74_000_000, True)])
    assert [(each.element, each.basis, each.ppb) for each in agreed] == [
        ("Au", "exchanged", 160_500),
        ("Pd", "one-sided", 5),
    ]
    alone = figures.exchanged({"seller": one(160_000)}, ())
    assert [(each.basis, each.ppb) for each in alone] == [("one-sided", 160_000)]


def test_a_result_that_binds_anyhow_binds():
    limit = SplitLimit("Pt", 0, True, "buyer")
    (agreed,) = figures.exchanged({"seller": one(9, element="Pt"), "buyer": one(7, element="Pt")}, [limit])
    assert (agreed.ppb, agreed.basis) == (7, "one-sided")


def test_a_lot_is_known_to_the_squares_of_sampling_preparation_and_laboratory():
    assert figures.lot_sd(1_000_000, 27_000, 40_000_000, 30_000_000) == 56_824
    assert figures.lot_sd(0, 0, 40_000_000, 30_000_000) == 0


def test_wet_dry_and_payable_figures():
    assert figures.dry_g(1_000_000, 20_000_000) == 980_000
    agreed = figures.exchanged({"buyer": one(150_000, 4000)}, ())
    (line,) = figures.settled(agreed, 980_000, [PayableTerm("Au", 970_000_000)], 40_000_000, 30_000_000)
    assert (line.contained_mg, line.payable_mg, line.basis) == (147_000, 142_590, "one-sided")
    assert figures.wet(150_000, 8500, 20_000_000, 1_000_000) == (147_000, 8331)


@given(st.integers(0, WHOLE), st.integers(0, WHOLE), st.integers(0, WHOLE))
def test_whatever_the_umpire_finds_one_of_the_three_settles(seller, buyer, umpire):
    found = {"seller": one(seller), "buyer": one(buyer)}
    (agreed,) = figures.judged(figures.exchanged(found, ()), found, one(umpire))
    if seller == buyer:
        assert (agreed.ppb, agreed.basis) == (seller, "exchanged")
        return
    assert agreed.ppb == sorted((seller, buyer, umpire))[1]
    # Who pays is never nearer to the umpire than the other.
    away = {"seller": abs(seller - umpire), "buyer": abs(buyer - umpire)}
    other = {"seller": "buyer", "buyer": "seller"}
    assert agreed.further == "both" or away[agreed.further] > away[other[agreed.further]]


@pytest.mark.parametrize(("element", "percent"), [("Cu", 4), ("Au", 7), ("Ni", 9), ("Ag", 10), ("Pd", 14), ("Pt", 50)])
def test_the_honest_limits_of_electronic_scrap(element, percent):
    limit = vocabulary.split_limit(element, "e-scrap", 1000)
    assert limit.relative
    assert abs(limit.limit_ppb / 1e7 - percent) <= 0.6
    assert vocabulary.limits()[element, "e-scrap"].confidence == "derived"


def test_every_limit_on_file_is_found_by_element_and_material():
    for (element, material), filed in vocabulary.limits().items():
        found = vocabulary.split_limit(element, material, 1000)
        assert (found.element, found.decides) == (element, filed.decides)
        assert found.limit_ppb == filed.limit * 10_000_000
        assert material in vocabulary.materials()
        assert filed.source
        assert filed.confidence


def test_where_no_limit_is_on_file_it_is_wider_the_less_there_is():
    widths = [vocabulary.split_limit("Co", "other", ppb).limit_ppb for ppb in (500_000_000, 10_000_000, 1000)]
    assert widths == sorted(widths)
    assert len(set(widths)) == 3
    # 2 % at a whole, times 1.96 √2.
    assert vocabulary.reckoned_ppb(WHOLE) == 55_000_000


def test_every_stream_is_of_at_most_one_material():
    from meguri import reference
    from meguri.custody.vocabulary import check_stream

    listed = [stream for row in vocabulary.materials().values() for stream in row.streams]
    assert len(listed) == len(set(listed))
    for stream in listed:
        check_stream(stream, "/stream")
    assert {vocabulary.material_of(stream) for stream in reference.streams()} >= {"e-scrap", "pgm-catalyst", "other"}


def test_every_figure_says_where_it_is_from():
    rows = [*vocabulary.rules().values(), *vocabulary.methods().values(), *vocabulary.materials().values()]
    assert all(row.source and row.confidence for row in rows)
    assert vocabulary.rules()["middle"].confidence == "memory"
