"""How far weighings may be off and differ: the worked numbers, and the table of classes."""

from __future__ import annotations

import csv
from datetime import date

import pytest

from meguri.custody.states import Gap, drift_squares, drifts, go_together
from meguri.custody.vocabulary import TABLES
from meguri.custody.weighing import limits
from meguri.movement.states import DECLARED, LotMass, MassBasis

KG, TONNE = 1000, 1_000_000


def on(interval_mg, grade="III", tare_g=0, kind="scale"):
    return MassBasis(
        how="weighed", instrument="I", kind=kind, grade=grade, interval_mg=interval_mg,
        verified_until=date(2027, 1, 1), tare_g=tare_g,
    )  # fmt: skip


PLATFORM, TRUCK, BALANCE = on(500 * KG), on(20 * TONNE), on(100, "II")


def gap(before, one, after, other, step):
    return limits.gap(before, limits.filled(before, one), after, limits.filled(after, other), step)


def test_two_platform_scales_may_differ_by_a_kilogram_on_a_bag():
    told = gap(110 * KG, PLATFORM, 111 * KG, PLATFORM, "receiving")
    assert (told.errors, told.limit_g, told.within) == ((500 * KG, 500 * KG), KG, True)
    assert f"{100 * told.limit_g / (110 * KG):.2f}" == "0.91"
    assert not gap(110 * KG, PLATFORM, 111 * KG + 1, PLATFORM, "receiving").within


def test_a_truck_scale_errs_by_a_hundred_kilograms_on_29_tonnes_net():
    errors = limits.errors_mg(29 * TONNE, on(20 * TONNE, tare_g=15 * TONNE))
    assert errors == (60 * TONNE, 40 * TONNE)
    assert f"{100 * sum(errors) / (29 * TONNE * 1000):.2f}" == "0.34"


def test_one_pass_and_another_net_over_a_truck_scale():
    assert limits.errors_mg(25 * TONNE, TRUCK) == (40 * TONNE,)
    assert sum(limits.errors_mg(13 * TONNE, on(20 * TONNE, tare_g=12 * TONNE))) == 80 * TONNE


def test_a_bar_on_a_balance_is_known_to_a_tenth_of_a_gram():
    assert limits.errors_mg(174, BALANCE) == (100,)
    told = gap(174, BALANCE, 17_400, BALANCE, "correcting")
    assert abs(told.difference_g) * 1000 / 100 > 172_000


@pytest.mark.parametrize(
    ("grams", "errors"), [(250 * KG, 1), (250 * KG + 1, 2), (1000 * KG, 2), (1000 * KG + 1, 3), (9_999_999, 3)]
)
def test_bands_of_class_three_end_at_500_2000_and_10000_intervals(grams, errors):
    assert limits.error_mg(grams, PLATFORM) == errors * 500 * KG


def test_in_motion_the_error_is_a_share_of_the_load():
    assert limits.error_mg(40 * TONNE, on(20 * TONNE, "0.5", kind="road-motion")) == 200 * KG * 1000


def test_what_nobody_weighed_may_be_off_by_half_of_what_is_assumed():
    told = gap(1000 * KG, DECLARED, 995 * KG, DECLARED, "receiving")
    assert (told.limit_g, told.within) == (5 * KG, True)
    assert not gap(1000 * KG, DECLARED, 995 * KG - 1, DECLARED, "receiving").within
    assert gap(1000 * KG, DECLARED, 995 * KG, PLATFORM, "receiving") == Gap(
        1000 * KG, 995 * KG, (1000 * KG,), 2500 * KG
    )


def test_what_is_assumed_goes_one_way_in_all():
    """Of forty bags that nobody weighed twice, each may be short by the whole assumption, and so may their sum."""
    bags = [gap(110 * KG, DECLARED, 110 * KG - 550, DECLARED, "receiving") for _ in range(40)]
    assert all(bag.within for bag in bags)
    assert go_together(bags)
    skimmed = [gap(110 * KG, DECLARED, 110 * KG - 1000, PLATFORM, "receiving") for _ in range(40)]
    assert not go_together(skimmed)


def test_differences_of_one_way_add_up_to_more_than_fair_scales_give():
    """Each bag is 0.8 kg short, within what two scales allow; forty of them are not."""
    bags = [gap(110 * KG, PLATFORM, 110 * KG - 800, PLATFORM, "receiving") for _ in range(40)]
    assert all(bag.within for bag in bags)
    assert not go_together(bags)
    both = [gap(110 * KG, PLATFORM, 110 * KG + d, PLATFORM, "receiving") for d in (-800, 800) * 20]
    assert go_together(both)


def test_a_running_total_alarms_beyond_three_standard_deviations():
    """3 sqrt(n u^2) with u^2 = 2 x 0.5^2/3 kg^2: 40 receipts may sum up to 7.746 kg."""
    one = gap(110 * KG, PLATFORM, 110 * KG, PLATFORM, "receiving")
    squares = drift_squares([one] * 40, PLATFORM.interval_mg)
    assert not drifts(-7_745, squares, PLATFORM.interval_mg, 40)
    assert drifts(-7_747, squares, PLATFORM.interval_mg, 40)


def test_an_event_may_differ_by_what_all_its_weighings_may():
    part, scale = LotMass("A", 110 * KG), limits.filled(110 * KG, PLATFORM)
    assert limits.event_limit_mg([(part, scale)], [(part, scale)], "packing") == 1000 * KG
    assert limits.event_limit_mg([(part, DECLARED)], [(part, DECLARED)], "packing") == 550 * KG


def test_classes_are_what_their_table_says():
    with (TABLES / "weighing_classes.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found = [band for bands in limits.classes().values() for band in bands]
    assert len(found) == len(rows)
    for row in rows:
        band = next(b for b in limits.classes()[row["kind"], row["grade"]] if b.load_from_e == int(row["load_from_e"]))
        assert (str(band.mpe_initial), str(band.mpe_in_service)) == (row["mpe_initial"], row["mpe_in_service"])
        assert band.mpe_in_service == 2 * band.mpe_initial
        assert (band.source, band.confidence, band.unit) == (row["source"], row["confidence"], row["unit"])
    for bands in limits.classes().values():
        ends = [band.load_to_e for band in bands]
        assert [band.load_from_e for band in bands] == [0, *ends[:-1]]
