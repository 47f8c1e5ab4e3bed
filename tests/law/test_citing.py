"""Citations are said in Japanese without losing what they cite."""

from __future__ import annotations

import re

import pytest

from meguri.law import Law
from meguri.law.citing import cited

SAID = [
    ("Basel Art 6(1)-(3)", "バーゼル条約第6条(1)-(3)"),
    ("Basel Art 4A(2)", "バーゼル条約第4条A(2)"),
    ("Basel Act Art 8(1) proviso, 14, 15", "バーゼル法第8条(1) ただし書、14、15"),
    ("Waste Management Act Art 15-4-5", "廃棄物処理法第15-4-5条"),
    ("Reg. (EU) 2024/1157 Art 44, 9", "規則(EU)2024/1157第44条、9"),
]


@pytest.mark.parametrize(("english", "japanese"), SAID)
def test_said(english, japanese):
    assert cited(english, "ja") == japanese
    assert cited(english, "en") == english


def test_no_number_is_lost():
    for rule in Law.load().rules:
        articles = re.findall(r"Art (\d+)", rule.citation)
        japanese = cited(rule.citation, "ja")
        assert all(article in japanese for article in articles), japanese
