"""A mass is read as it is meant, and asked about where two countries would read it differently."""

from __future__ import annotations

import pytest

from meguri.kit.grams import read_kg, readings, typed_kg
from meguri.kit.problems import Refused


@pytest.mark.parametrize(
    ("text", "grams"),
    [
        ("7000.000", (7_000_000,)),
        ("250", (250_000,)),
        ("250.5", (250_500,)),
        ("250,5", (250_500,)),
        ("7,000,000", (7_000_000_000,)),
        ("1,234.5", (1_234_500,)),
        ("1.234", (1_234, 1_234_000)),
        ("1,234", (1_234, 1_234_000)),
        ("1.2340", (1_234,)),
        ("0.150", (150,)),
        ("0,150", (150,)),
        ("11 953.100", (11_953_100,)),
    ],
)
def test_a_figure_has_one_reading_or_two(text, grams):
    assert readings(text) == grams


def test_what_is_expected_decides_and_else_it_is_asked():
    assert read_kg("1.234", most_g=1_500_000_000, least_g=600_000) == 1_234_000
    assert read_kg("1.234", most_g=2_000) == 1_234
    with pytest.raises(Refused, match=r"may be 1\.234 kg or 1.234\.000 kg\. Write 1\.2340 or 1234") as caught:
        read_kg("1.234", "/here")
    assert (caught.value.problems[0].pointer, caught.value.problems[0].code) == ("/here", "two-readings")
    with pytest.raises(Refused) as caught:
        read_kg("7,50,0", "/here")
    assert caught.value.problems[0].pointer == "/here"


@pytest.mark.parametrize("grams", [0, 1, 999, 1000, 1234, 1_234_000, 250_500, 11_953_100, 999_999])
def test_what_is_typed_for_a_person_has_one_reading(grams):
    assert readings(typed_kg(grams)) == (grams,)
