"""Legs: lengths against published distances, the way, whose ports are touched, and what is refused."""

from __future__ import annotations

import csv
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from meguri.kit.problems import Refused
from meguri.reference import Confidence, port, ports
from meguri.sea.legs import KM_PER_NM, economies_on, leg, transits

LANES = Path(__file__).with_name("lanes.csv")


def lanes() -> list[dict[str, str]]:
    with LANES.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_published_lanes_within_a_tenth() -> None:
    rows = lanes()
    assert len(rows) == 25
    off = {
        (row["origin"], row["destination"]): deviation
        for row in rows
        if abs(deviation := leg(row["origin"], row["destination"]).km / (float(row["published_nm"]) * KM_PER_NM) - 1)
        > 0.1
    }
    assert len(off) <= 1, off


def test_the_way_starts_and_ends_at_the_ports_and_stays_on_the_globe() -> None:
    found = leg("USLAX", "JPTYO")
    here, there = port("USLAX"), port("JPTYO")
    assert found.points[0] == pytest.approx((here.lon, here.lat), abs=1e-4)
    assert found.points[-1] == pytest.approx((there.lon, there.lat), abs=1e-4)
    assert all(-180 <= lon <= 180 and -90 <= lat <= 90 for lon, lat in found.points)
    assert sum(abs(a[0] - b[0]) > 180 for a, b in pairwise(found.points)) == 1
    assert found.nm == pytest.approx(found.km / 1.852)


def test_both_directions_are_equally_long() -> None:
    assert leg("MYPEN", "JPTAK").km == pytest.approx(leg("JPTAK", "MYPEN").km, rel=1e-3)


def test_passages_in_the_order_of_travel() -> None:
    assert leg("BEANR", "JPTAK").passages == ("gibraltar", "suez", "babalmandab", "malacca")
    assert leg("JPTAK", "BEANR").passages == ("malacca", "babalmandab", "suez", "gibraltar")


def test_a_leg_through_a_port_is_the_sum_of_its_parts() -> None:
    found = leg("MYPEN", "JPTAK", ("SGSIN",))
    first, second = leg("MYPEN", "SGSIN"), leg("SGSIN", "JPTAK")
    assert found.km == pytest.approx(first.km + second.km)
    assert len(found.points) == len(first.points) + len(second.points) - 1
    assert found.ports == ("MYPEN", "SGSIN", "JPTAK")
    assert found.km >= leg("MYPEN", "JPTAK").km * 0.999


def test_economies_and_transits_follow_from_the_ports() -> None:
    assert economies_on(leg("MYPEN", "JPTAK")) == ("MYS", "JPN")
    assert economies_on(("MYPEN", "SGSIN", "MYTPP", "HKHKG", "JPTAK")) == ("MYS", "SGP", "HKG", "JPN")
    assert transits(("MYPEN", "SGSIN", "JPTAK")) == ("SGP",)
    assert economies_on(("JPTYO", "KRPUS", "JPUKB")) == ("JPN", "KOR", "JPN")
    assert transits(("JPTYO", "JPUKB")) == ()


def test_a_leg_is_as_sure_as_its_ports() -> None:
    assert leg("MYPEN", "JPTAK").confidence is Confidence.DERIVED
    assert leg("MYPEN", "JPHIC").confidence is Confidence.MEMORY


def test_neighbouring_ports_have_a_length_too() -> None:
    found = leg("USLAX", "USLGB")
    assert 5 < found.km < 30
    assert len(found.points) >= 2


def test_every_pair_of_ports_has_a_way() -> None:
    hub = "SGSIN"
    for name in ports():
        if name != hub:
            assert 0 < leg(hub, name).km < 40_000, name


def test_codes_are_read_as_people_write_them() -> None:
    assert leg("my pen", "jptak") is leg("MYPEN", "JPTAK")


@pytest.mark.parametrize(
    ("origin", "destination", "via", "pointer", "words"),
    [
        ("MYPNE", "JPTAK", (), "/origin_port", "MYPEN (Penang)"),
        ("MYPEN", "takamatsu", (), "/destination_port", "JPTAK (Takamatsu)"),
        ("MYPEN", "JPTAK", ("SGSIN", "QQ"), "/via/1", "UN/LOCODE"),
        ("MYPEN", "MYPEN", (), "/destination_port", "different"),
        ("MYPEN", "JPTAK", ("MYPEN",), "/via/0", "different"),
    ],
)
def test_refusals(origin: str, destination: str, via: tuple[str, ...], pointer: str, words: str) -> None:
    with pytest.raises(Refused) as caught:
        leg(origin, destination, via)
    assert caught.value.problems[0].pointer == pointer
    assert words in str(caught.value)


def test_importing_legs_loads_neither_searoute_nor_django() -> None:
    code = "import sys, meguri.sea.kept_legs; print(sorted({'searoute', 'django'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
