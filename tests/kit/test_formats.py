"""Figures, masses and times as pages write them."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.template import engines
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from meguri.kit.grams import THIN_SPACE, parse_kg, to_kg
from meguri.kit.language import formats
from meguri.kit.words import Words
from meguri.kit.words import given as named

T = THIN_SPACE


def said(template: str, **context) -> str:
    return engines["django"].from_string(template).render(context)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (11953.1, f"12{T}000"),
        (1234567, f"1{T}230{T}000"),
        (99.95, "100"),
        (0.00123456, "0.00123"),
        (12.0, "12.0"),
        (-4.5678, "\u22124.57"),
        (1.5e-9, "1.50×10⁻⁹"),
        (9.999e-5, "0.000100"),
        (None, "–"),
        (math.nan, "–"),
    ],
)
def test_three_significant_digits(value, text):
    assert formats.figure(value) == text


@given(st.floats(min_value=1e-4, max_value=1e13))
def test_a_figure_is_within_half_a_unit_of_its_third_digit(value):
    read = float(formats.figure(value).replace(T, ""))
    assert abs(read - value) <= 0.5000001 * 10 ** (math.floor(math.log10(value)) - 2) * 1.0000001


@given(st.integers(min_value=0, max_value=10**12))
def test_a_mass_written_on_a_page_can_be_typed_back(grams):
    assert parse_kg(to_kg(grams)) == grams
    assert said("{{ g|kg }}", g=grams) == f"{to_kg(grams)}\u00a0kg"


def test_masses_carry_their_unit():
    assert said("{{ g|kg }}", g=11953100) == f"11{T}953.100\u00a0kg"
    assert said("{{ g|tonnes }}", g=11953100) == "12.0\u00a0t"
    assert said("{{ g|kg }}", g=None) == "–"


def test_days_say_their_weekday_in_the_language():
    assert formats.day(date(2026, 5, 7), "en") == "Thu 7 May 2026".replace(" ", "\u00a0")
    assert formats.day(date(2026, 5, 7), "ja") == "2026年5月7日(木)"


def test_an_instant_is_local_with_utc_beside():
    instant = datetime(2026, 5, 6, 23, 30, tzinfo=UTC)
    with timezone.override(ZoneInfo("Asia/Tokyo")), translation.override("ja"):
        html = said("{{ t|when }}", t=instant)
    assert "2026年5月7日(木)" in html
    assert "08:30" in html
    assert "JST" in html
    assert 'title="2026-05-06 23:30:00 UTC"' in html
    with translation.override("en"):
        html = said('{{ t|when:"Asia/Kuala_Lumpur" }}', t=instant)
    assert "07:30" in html
    assert "UTC+08" in html


def test_words_are_said_in_the_language_and_escaped():
    words = named({"en": "boards & cable", "ja": "基板屑"})
    with translation.override("ja"):
        assert said("{{ w|said }}", w=words) == "基板屑"
    with translation.override("en"):
        assert said("{{ w|said }}", w=words) == "boards &amp; cable"
        assert said("{{ w|said }}", w=Words("only English")) == "only English"


def test_economies_have_names_and_unknown_ones_their_code():
    with translation.override("ja"):
        assert said('{% economy "MYS" %}') == "マレーシア"
    assert said('{% economy "XYZ" %}') == "XYZ"
