"""Citations are said in Japanese without losing what they cite."""

from __future__ import annotations

import re

import pytest

from meguri.law import Law
from meguri.law.citing import citation

SAID = [
    ("Basel Art 6(1)-(3)", "バーゼル条約第6条(1)-(3)"),
    ("Basel Art 4A(2)", "バーゼル条約第4条A(2)"),
    ("Basel Act Art 8(1) proviso, 14, 15", "バーゼル法第8条(1)ただし書、第14条、第15条"),
    ("Waste Management Act Art 10, 15-4-7", "廃棄物処理法第10条、第15条の4の7"),
    ("Reg. (EU) 2024/1157 Art 44, 9", "規則(EU)2024/1157第44条、第9条"),
    ("Reg. (EC) 1013/2006 Art 22-24", "規則(EC)1013/2006第22条〜第24条"),
    ("Basel Annex IX B1010; Annex II Y49 (residual)", "バーゼル条約附属書IX B1010、附属書II Y49（残余の項目）"),
    ("EQA s.34B(1)(b)", "マレーシア1974年環境質法第34B条(1)(b)"),
    ("OECD/LEGAL/0266 ch. II.D(2) Case 1", "OECD/LEGAL/0266第II章D(2)ケース1"),
    ("Basel Art 1, 2026-01-01", "バーゼル条約第1条、2026-01-01"),
    ("An Act nobody knows, s X (as it was)", "An Act nobody knows、s X（as it was）"),
    ("", ""),
]


@pytest.mark.parametrize(("english", "japanese"), SAID)
def test_said(english, japanese):
    assert citation(english).say("ja") == japanese
    assert citation(english).say("en") == english


def test_no_number_is_lost_and_english_stays_as_it_is():
    for rule in Law.load().rules:
        articles = re.findall(r"Art (\d+)", rule.citation)
        japanese = citation(rule.citation).say("ja")
        assert all(article in japanese for article in articles), japanese
        assert citation(rule.citation).en == rule.citation
