"""Prices, footprints, concentration and demand: against arithmetic by hand; what is unknown is said."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from meguri import reference, worth
from meguri.kit.problems import Refused
from meguri.reference import Confidence

ORDER = reference.element_order()
SIZE = len(ORDER)


def one(**kilograms: float) -> np.ndarray:
    """Masses of the thirty elements, zero but for those named."""
    masses = np.zeros(SIZE)
    for symbol, mass in kilograms.items():
        masses[ORDER.index(symbol)] = mass
    return masses


def price_row(kind: str, item: str, year: int) -> float:
    return next(r.value for r in reference.prices() if (r.kind, r.item, r.year) == (kind, item, year))


def factor(category: str, item: str) -> float:
    return next(r.value for r in reference.emissions() if (r.category, r.item) == (category, item))


# What a kilogram is worth in the latest year, written out: copper 440 c/lb, silver 38 USD/ozt and so on, as published
# per kilogram; oxides by their formulas and atomic weights.
OXYGEN = 15.999
BY_HAND = {
    "Fe": price_row("scrap_price", "shredded_steel_scrap", 2024),
    "Cu": 4.40 / 0.45359237,
    "Ag": 38 / 0.0311034768,
    "Ni": 15.0,
    "Li": 9.0 / 0.18788,
    "Nd": 73.0 * (2 * 144.242 + 3 * OXYGEN) / (2 * 144.242),
    "Pr": 74.0 * (6 * 140.90766 + 11 * OXYGEN) / (6 * 140.90766),
    "Dy": 257.0 * (2 * 162.500 + 3 * OXYGEN) / (2 * 162.500),
    "Tb": 812.0 * (4 * 158.925354 + 7 * OXYGEN) / (4 * 158.925354),
}


@pytest.mark.parametrize("symbol", BY_HAND)
def test_a_kilogram_is_worth_what_the_hand_computes(symbol: str) -> None:
    assert worth.value(one(**{symbol: 1.0})).value == pytest.approx(BY_HAND[symbol], rel=1e-4)


@pytest.mark.parametrize("symbol", [s for s in ORDER if worth.prices().of(s)])
def test_a_kilogram_of_each_priced_element_is_worth_its_row(symbol: str) -> None:
    basis = next(b for b in reference.price_basis() if b.element == symbol)
    rows = [r for r in reference.prices() if (r.kind, r.item) == (basis.kind, basis.item)]
    latest = max(rows, key=lambda r: r.year)
    amount = worth.value(one(**{symbol: 2.0}))
    assert amount.value == pytest.approx(2 * latest.value / basis.share)
    assert amount.low <= amount.value <= amount.high
    assert amount.unknown == ()
    assert amount.sources == (latest.source,)
    assert amount.confidence == min(latest.confidence, basis.confidence)
    assert amount.unit == "USD"


def test_oxides_follow_their_formulas() -> None:
    weights = {symbol: element.atomic_weight for symbol, element in reference.elements().items()}
    atoms = {"Nd": (2, 3), "Pr": (6, 11), "Dy": (2, 3), "Tb": (4, 7)}
    for basis in reference.price_basis():
        if basis.element in atoms:
            metal, oxygen = atoms[basis.element]
            mass = metal * weights[basis.element]
            assert basis.share == pytest.approx(mass / (mass + oxygen * OXYGEN), abs=1e-5)
        else:
            assert basis.share == 1


def test_an_element_without_a_price_is_masked_and_said() -> None:
    assert worth.prices().unknown == ("Cr", "Se")
    amount = worth.value(np.stack([one(Cr=5, Cu=1), one(Cu=1)]))
    assert amount.unknown == ("Cr",)
    assert amount.unknown_kg.tolist() == [5, 0]
    assert amount.value[0] == amount.value[1] > 0
    parts = amount.by_element()
    assert parts.mask[0, ORDER.index("Cr")]
    assert not parts.mask[1].any()
    assert parts.sum(axis=-1).tolist() == pytest.approx(amount.value.tolist())
    assert worth.prices().of("Se") is None
    nothing = worth.value(one(Se=1))
    assert nothing.value == 0
    assert nothing.unknown == ("Se",)
    assert nothing.confidence is Confidence.MISSING


def test_a_year_takes_its_own_prices_and_says_where_it_cannot() -> None:
    prices = worth.prices(2022)
    cobalt, dysprosium = prices.of("Co"), worth.prices(2025).of("Dy")
    assert cobalt is not None
    assert dysprosium is not None
    assert (cobalt.value, cobalt.year) == (63.55927, 2022)
    assert dysprosium.year == 2024
    assert worth.price_years() == (2021, 2025)
    with pytest.raises(Refused, match="2021 to 2025, none for 2035") as caught:
        worth.prices(2035)
    assert caught.value.problems[0].pointer == "/year"


def test_the_range_without_a_published_one_is_that_of_the_years() -> None:
    palladium = worth.prices().of("Pd")
    assert palladium is not None
    assert (palladium.low, palladium.high) == (31986.77779, 77778.44316)
    iron = worth.prices().of("Fe")
    assert iron is not None
    assert (iron.low, iron.high) == (0.33, 0.42)


def test_avoided_carbon_by_hand() -> None:
    masses = one(Al=3, Cu=2)
    by_hand = 3 * (8.2 - 0.995) + 2 * (2.8 - 0.739)
    amount = worth.avoided(masses)
    assert amount.value == pytest.approx(by_hand)
    assert amount.low == pytest.approx(3 * (6.3 - 1.1) + 2 * (2.2 - 1.64))
    assert amount.high == pytest.approx(3 * (10.7 - 0.3) + 2 * (3.5 - 0.205))
    assert worth.avoided(masses, secondary=False).value == pytest.approx(3 * 8.2 + 2 * 2.8)
    assert amount.unknown == ()
    assert amount.unit == "kgCO2e"


def test_gold_from_e_scrap_is_not_gold_from_old_jewellery() -> None:
    assert worth.avoided(one(Au=1)).value == pytest.approx(12500 - 1000)
    assert factor("secondary_metal_gwp", "Au") == 53


def test_avoided_carbon_says_what_it_leaves_out() -> None:
    amount = worth.avoided(one(Cu=1, Dy=7, C=2))
    assert amount.unknown == ("C", "Dy")
    assert amount.unknown_kg == 9
    assert amount.value == pytest.approx(2.8 - 0.739)
    gross = worth.avoided(one(Cu=1, Dy=7, C=2), secondary=False)
    assert gross.unknown == ("C",)
    assert gross.value == pytest.approx(2.8 + 7 * 57.6)


def test_footprints_keep_what_is_known_apart() -> None:
    prints = worth.footprints()
    assert prints.primary.unknown == ("C",)
    assert set(prints.secondary.unknown) >= {"Dy", "Tb", "Rh", "In", "Ga", "Ge"}
    assert prints.saved.unknown == prints.secondary.unknown
    assert (prints.saved.known == (prints.primary.known & prints.secondary.known)).all()
    dysprosium, copper = prints.primary.of("Dy"), prints.primary.of("Cu")
    assert dysprosium is not None
    assert copper is not None
    assert dysprosium.low is None
    assert dysprosium.confidence is Confidence.DERIVED
    assert copper.confidence is Confidence.SOURCED
    for vector in (prints.primary, prints.secondary, prints.saved, worth.prices()):
        assert np.isfinite(vector.values).all()
        assert (vector.values[~vector.known] == 0).all()
        assert (vector.low <= vector.values).all()
        assert (vector.values <= vector.high).all()
        for level, known in zip(vector.confidence, vector.known, strict=True):
            assert (level is not Confidence.MISSING) == bool(known)


@given(arrays(np.float64, (3, SIZE), elements=st.floats(0, 1e9)))
def test_amounts_are_linear_and_within_their_bounds(masses: np.ndarray) -> None:
    amount = worth.value(masses)
    assert amount.value.shape == (3,)
    assert np.allclose(worth.value(masses * 2).value, 2 * amount.value)
    assert np.allclose(worth.value(masses.sum(axis=0)).value, amount.value.sum())
    assert (amount.low <= amount.value + 1e-6 * amount.high).all()
    assert (amount.value <= amount.high * (1 + 1e-12)).all()


@pytest.mark.parametrize(
    ("masses", "words"),
    [
        (np.ones(29), r"30 elements .* \(29,\)"),
        (3.0, r"30 elements"),
        (np.full(SIZE, np.nan), "missing or not finite"),
        (one(Cu=-1), "negative"),
    ],
)
def test_masses_that_are_none_are_refused(masses: np.ndarray, words: str) -> None:
    for ask in (worth.value, worth.avoided):
        with pytest.raises(Refused, match=words) as caught:
            ask(masses)
        assert caught.value.problems[0].pointer == "/masses_kg"


def test_the_vectors_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        worth.prices().values[0] = 1


def test_hhi_by_hand() -> None:
    assert worth.hhi([0.5, 0.3, 0.2]) == pytest.approx(0.25 + 0.09 + 0.04)
    assert worth.hhi([1.0]) == 1
    assert worth.hhi([0.5]) == 0.25
    assert worth.hhi([]) == 0
    for shares, words in (([0.7, 0.7], "add up to 1.4000"), ([1.2], "outside"), ([-0.1], "outside"), ([np.nan], "out")):
        with pytest.raises(Refused, match=words):
            worth.hhi(shares)


@given(st.lists(st.floats(0.001, 1), min_size=1, max_size=30))
def test_hhi_lies_between_equal_shares_and_one(weights: list[float]) -> None:
    shares = np.array(weights) / sum(weights)
    assert 1 / len(weights) - 1e-9 <= worth.hhi(shares) <= 1 + 1e-9


@pytest.mark.parametrize("row", reference.hhi(), ids=lambda r: f"{r.element}-{r.stage}-{r.year}")
def test_concentration_agrees_with_the_published_table(row: reference.Hhi) -> None:
    symbol = {"C_graphite": "C", "REE_magnet": "Nd"}.get(row.element, row.element)
    if symbol not in ORDER:
        held = [r for r in reference.production() if (r.element, r.stage, r.year) == (row.element, row.stage, row.year)]
        total = sum(r.production for r in held if r.iso3 != "WLD")
        assert worth.hhi([r.production / total for r in held if r.iso3 not in ("WLD", "OTH")]) == pytest.approx(
            row.hhi_0_1, abs=1.5e-4
        )
        return
    found = worth.concentration(symbol, row.stage, row.year)
    assert found is not None
    assert found.hhi == pytest.approx(row.hhi_0_1, abs=1.5e-4)
    assert found.upper == pytest.approx(row.hhi_upper_if_other_is_one, abs=1.5e-4)
    assert (found.top_country.en, found.stage) == (row.top_country.en, row.stage)
    assert found.top_share == pytest.approx(row.top_share, abs=1.5e-4)
    assert row.hhi_0_10000 == pytest.approx(10000 * row.hhi_0_1, abs=1)


def test_concentration_takes_no_projection_and_no_residual() -> None:
    refined = worth.concentration("Nd", "refinery")
    assert refined is not None
    assert (refined.commodity, refined.stage, refined.year, refined.top_iso3) == (
        "REE_magnet",
        "refinery_IEA",
        2024,
        "CHN",
    )
    gold = worth.concentration("Au")
    assert gold is not None
    assert gold.top_iso3 == "CHN"
    assert gold.upper > gold.hhi
    assert gold.confidence is Confidence.MEMORY
    assert worth.concentration("Rh") is None
    assert worth.concentration("Cu", "mine", 1999) is None
    with pytest.raises(Refused, match="Cu or Nd"):
        worth.concentration("Copper")


def test_demand_is_never_a_stock_a_peak_or_a_guess() -> None:
    copper = worth.demand("Cu")
    assert copper is not None
    assert (copper.kg_per_year, copper.year, copper.confidence) == (930e6, "FY2015", Confidence.SOURCED)
    assert [(other.kg_per_year, other.year) for other in copper.others] == [(939e6, "2017")]
    assert copper.share(93e6) == pytest.approx(0.1)
    cobalt = worth.demand("Co")
    assert cobalt is not None
    assert cobalt.kg_per_year == 9413e3
    assert {symbol for symbol in ORDER if worth.demand(symbol)} == {"Cu", "Co"}
    # Gold has an urban mine of 6,800 t and a peak use in small equipment; neither is Japan's demand.
    assert worth.demand("Au") is None
    stocks = {r.element for r in reference.japan_demand() if r.variable == "urban_mine_stock"}
    assert stocks - {"Cu", "Co"}
    with pytest.raises(Refused, match="Cu or Nd"):
        worth.demand("Unobtainium")


def test_the_two_targets_of_japan_stay_two() -> None:
    escrap, doubled = worth.targets()
    assert (escrap.goal_t_per_year, escrap.year) == (500_000, "2030")
    assert (doubled.value, doubled.unit, doubled.base_t_per_year) == (2, "times FY2020", 900_000)
    assert doubled.goal_t_per_year == 1_800_000
    assert doubled.confidence is Confidence.DERIVED
    assert escrap.slug != doubled.slug
    assert all(target.title.say("ja") != target.title.en for target in (escrap, doubled))
    # The first target is half again what was processed in its base year.
    assert escrap.goal_t_per_year / escrap.base_t_per_year == pytest.approx(1.5, rel=1e-5)


def test_tonnage_under_the_basel_act_is_no_trade_and_months_are_no_years() -> None:
    rows = reference.trade()
    assert not any(row.is_trade for row in rows if row.hs_or_scheme in ("Basel", "Waste Act", "policy"))
    years = [
        row
        for row in rows
        if row.is_trade and row.whole_year and (row.reporter, row.flow) == ("JPN", "import") and row.partner == ("WLD",)
    ]
    assert {(row.year, row.net_weight_t) for row in years} == {(2014, 122609), (2022, 150000), (2023, 181200)}
    assert all(row.months == 1 for row in rows if row.hs_or_scheme.endswith("month"))
    assert all(row.months == 10 for row in rows if "January-October" in row.description.en)


def test_transport_grid_and_costs() -> None:
    sea = worth.transport("deep_sea_container")
    assert (sea.value, sea.low, sea.high, sea.unit) == (
        pytest.approx(0.01553),
        pytest.approx(0.008),
        pytest.approx(0.01977),
        "kgCO2e/tkm",
    )
    assert "deep_sea_container" in worth.transports()
    with pytest.raises(Refused, match="deep_sea_container"):
        worth.transport("deep sea container")
    malaysia = worth.grid("MYS")
    assert malaysia is not None
    assert malaysia.value == pytest.approx(0.605831)
    assert malaysia.unit == "kgCO2e/kWh"
    assert worth.grid("AFG") is None
    with pytest.raises(Refused, match="not a known economy"):
        worth.grid("XXX")
    freight = worth.cost("container_freight", "40ft Port Klang-Tokyo")
    assert (freight.value, freight.unit, freight.confidence) == (850, "USD/FEU", Confidence.MEMORY)
    assert all(cost.kind == "wage" for cost in worth.costs("wage"))
    assert "metal_price" not in {cost.kind for cost in worth.costs()}
    with pytest.raises(Refused, match="container_freight"):
        worth.costs("container freights")
    with pytest.raises(Refused, match="40ft Port Klang-Tokyo"):
        worth.cost("container_freight", "40ft Port Klang-Tokio")


def test_the_room_imports_without_django() -> None:
    code = "import sys, meguri.worth; print({'django', 'scipy', 'pandas', 'xarray'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
