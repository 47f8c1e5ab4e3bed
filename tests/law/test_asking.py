"""What cannot be asked is refused, naming the field and what would be right."""

from __future__ import annotations

from datetime import date

import pytest

from meguri.kit.problems import Refused
from meguri.law import Law, Question, groups, parties, verdict

GOOD = {"on": "2025-10-01", "stream": "circuit-boards", "origin": "MYS", "destination": "JPN", "operation": "R4"}

WRONG = [
    ({"stream": "circuit-board"}, "/stream", "circuit-boards"),
    ({"stream": ""}, "/stream", "missing"),
    ({"origin": "MYX"}, "/from", "Did you mean"),
    ({"destination": ""}, "/to", "missing"),
    ({"destination": "EUE"}, "/to", "Member State"),
    ({"destination": "MYS"}, "/to", "domestic"),
    ({"origin": "USA", "destination": "PRI"}, "/to", "domestic"),
    ({"on": "2032-01-01"}, "/on", "2031-12-31"),
    ({"on": "2017-12-31"}, "/on", "2018-01-01"),
    ({"on": "yesterday"}, "/on", "2025-10-01"),
    ({"operation": "R44"}, "/operation", "R4"),
    ({"via": ["XXX"]}, "/via/0", "economy"),
    ({"via": ["SGP", "JPN"]}, "/via/1", "transit"),
    ({"codes": ["A1181"]}, "/codes/0", "basel:A1181"),
    ({"codes": ["basel:A9999"]}, "/codes/0", "on file"),
    ({"facts": ["hazardos=true"]}, "/facts/hazardos", "hazardous"),
    ({"facts": ["hazardous=perhaps"]}, "/facts/hazardous", "unknown"),
    ({"facts": ["hazardous"]}, "/facts", "name=value"),
    ({"facts": ["hazardous=true", "hazardous=false"]}, "/facts/hazardous", "twice"),
    ({"facts": ["purpose=disposal"]}, "/facts/purpose", "R4"),
    ({"facts": ["notification_months=-3"]}, "/facts/notification_months", "whole number"),
    ({"facts": ["notified_on=2025-05-02", "acknowledged_on=2025-05-01"]}, "/facts/acknowledged_on", "before"),
    ({"facts": ["moved_on=2040-01-01"]}, "/facts/moved_on", "outside"),
    ({"facts": ["moved_on=2017-12-31"]}, "/facts/moved_on", "2018-01-01"),
    ({"facts": ["purpose=reuse"], "operation": "D10"}, "/facts/purpose", "disposal"),
    ({"facts": ["purpose=reuse"]}, "/facts/purpose", "R4 is an operation on waste"),
    ({"codes": ["hs:0101.21"]}, "/codes/0", "no waste or used goods"),
    ({"facts": ["purpose=repair"]}, "/facts/purpose", "R4 is an operation on waste"),
    ({"facts": ["purpose=warranty"], "operation": ""}, "/facts/returns_of", "first movement"),
    ({"facts": ["sample_kg=26", "purpose=analysis"]}, "/facts/sample_kg", "at most 25 kg"),
    ({"facts": ["sample_kg=heavy"]}, "/facts/sample_kg", "not negative"),
    ({"facts": ["sample_kg=3", "purpose=recovery"]}, "/facts/sample_kg", "purpose is recovery"),
    ({"facts": ["mixed_shares=basel:A1181=0.3+basel:Y49=0.6"]}, "/facts/mixed_shares", "sum to 0.9"),
    ({"facts": ["mixed_shares=basel:A9999=1"]}, "/facts/mixed_shares", "codes on file"),
    ({"facts": ["rebuttal=laboratory", "hazardous=false"]}, "/facts/rebuttal", "never an assay alone"),
    ({"facts": ["rebuttal=exporter", "hazardous=false"]}, "/facts/rebuttal", "only an authority"),
    ({"facts": ["rebuttal=origin-authority", "hazardous=true"]}, "/facts/rebuttal", "hazardous is not false"),
    ({"facts": ["depolluted=true", "hazardous=true"]}, "/facts/depolluted", "hazardous is true"),
    ({"facts": ["acknowledged_on=2025-10-02"]}, "/facts/acknowledged_on", "before acknowledged_on"),
    ({"facts": ["arrived_on=2025-09-30"]}, "/facts/arrived_on", "before on"),
    ({"facts": ["made_year=2026"]}, "/facts/made_year", "2026"),
    ({"facts": ["made_year=old"]}, "/facts/made_year", "a year such as"),
    ({"facts": ["consent_until=2026-01-01"]}, "/facts/consent_number", "does not say which"),
    ({"facts": ["defects=true", "function_tested=true", "intact=true"]}, "/facts/defects", "defects"),
    (
        {"facts": ["facility_preconsented=true", "facility_authorised=false"]},
        "/facts/facility_preconsented",
        "authorised",
    ),
    ({"stream": "lead-acid-batteries", "facts": ["chemistry=lithium-ion"]}, "/facts/chemistry", "lead-acid"),
    ({"facts": ["declared_as=gold-bars"]}, "/facts/declared_as", "gold-bars"),
    ({"facts": ["notification=often"]}, "/facts/notification", "single"),
    ({"origin": "Atlantis"}, "/from", "not a known economy"),
    ({"on": "2025-02-30"}, "/on", "not a date"),
]


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: str(wrong[0]))
def test_refused_at_its_field(wrong):
    change, pointer, word = wrong
    with pytest.raises(Refused) as refused:
        Question.parse(**{**GOOD, **change})
    said = {problem.pointer: problem.say() for problem in refused.value.problems}
    assert pointer in said
    assert word in said[pointer]


def test_all_that_is_wrong_is_said_at_once():
    with pytest.raises(Refused) as refused:
        Question.parse(on="x", stream="y", origin="z", destination="")
    assert {problem.pointer for problem in refused.value.problems} == {"/on", "/stream", "/from", "/to"}


def test_names_are_taken_too():
    question = Question.parse(**{**GOOD, "origin": "Malaysia", "destination": "日本", "codes": "hs:8549.31; basel:y49"})
    assert (question.origin, question.destination) == ("MYS", "JPN")
    assert question.codes == ("hs:8549.31", "basel:Y49")


def test_an_empty_fact_is_not_said():
    assert dict(Question.parse(**{**GOOD, "facts": {"hazardous": "", "packed": "true"}}).facts) == {"packed": True}


def test_law_that_is_not_on_file_is_named_for_each_end_and_each_transit():
    question = Question.parse(
        on="2025-10-01", stream="circuit-boards", origin="KHM", destination="MNG", via=["LKA"], operation="R4",
        facts="hazardous=true",
    )  # fmt: skip
    answer = verdict(question)
    said = " ".join(words.en for words in answer.unsure)
    for economy in ("KHM", "MNG", "LKA"):
        assert parties()[economy].name.en in said
    assert answer.status != "decided"
    assert {f"national-law:{economy}" for economy in ("KHM", "MNG", "LKA")} <= {a.switch for a in answer.assumptions}
    assert any(ground.citation.startswith("Basel Art 6") for ground in answer.grounds)


def test_no_silent_yes_between_any_two_economies_whose_law_is_not_on_file():
    law, on = Law.load(), date(2025, 10, 1)
    bare = [code for code in groups.states() if law.pack_of(code, on) is None]
    for origin, destination in zip(bare[::7], bare[3::7], strict=False):
        if (parties()[origin].law_of or origin) == (parties()[destination].law_of or destination):
            continue
        for stream in ("circuit-boards", "copper-granules"):
            question = Question.parse(
                on="2025-10-01", stream=stream, origin=origin, destination=destination, operation="R4",
                facts="hazardous=false",
            )  # fmt: skip
            answer = verdict(question)
            assert answer.verdict == "prohibited" or answer.status != "decided", (origin, destination, stream)
            assert answer.unsure
