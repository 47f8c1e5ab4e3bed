"""What was once answered wrongly: each kind of mistake with its rulings, verdict, status, grounds and consents."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from meguri.kit.problems import Refused
from meguri.law import Law, Question, parties, verdict
from meguri.law.asking import records
from meguri.law.asking.consenting import STRICT
from meguri.law.body.answers import answers
from meguri.law.measure.score import question_of

ROWS = list(csv.DictReader((Path(__file__).parent / "corrections.csv").open(encoding="utf-8", newline="")))


def listed(text: str) -> set[str]:
    return {part.strip() for part in text.split(";") if part.strip()}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["case_id"])
def test_correction(row):
    answer = verdict(question_of(row))
    bore = {ground.rule for ground in answer.grounds}
    assert (answer.verdict, answer.status) == (row["verdict"], row["status"]), sorted(bore)
    if answer.verdict.startswith("allowed") or row["procedures"]:
        assert set(answer.procedures) == listed(row["procedures"]), sorted(bore)
    assert listed(row["grounds"]) <= bore
    assert listed(row["not_grounds"]).isdisjoint(bore)
    said = {
        " ".join(str(part) for part in (need.authority, need.capacity, need.form, need.days) if part)
        for need in answer.consents
    }
    for wanted in listed(row["consents"]):
        assert any(one == wanted or one.startswith(f"{wanted} ") for one in said), (wanted, sorted(said))


def test_what_rests_on_an_answer_of_a_country_shows_how_its_table_was_told():
    sure = [answer for answer in answers() if answer.confidence != "low"]
    assert {answer.economy for answer in answers() if answer.confidence == "low"} == {"CHN", "GHA", "ARE", "HKG"}
    for economy in sorted({answer.economy for answer in sure}):
        answer = verdict(
            Question.parse(
                on="2026-08-01", stream="copper-granules", origin="FRA", destination=economy, operation="R4"
            )
        )  # fmt: skip
        assert any(parties()[economy].name.en in words.en and "heading" in words.en for words in answer.unsure), economy


CLOCKS = [
    ("IDN", "JPN", "lead-acid-batteries", "2026-09-01", "", {"validity", "receipt", "completion", "reimport",
     "illegal_exporter", "illegal_importer", "illegal_no_fault"}),
    ("ITA", "JPN", "circuit-boards", "2026-09-01", "", {"validity", "receipt", "certificate", "reimport"}),
    ("ITA", "KOR", "circuit-boards", "2025-09-01", "", {"validity", "receipt", "certificate", "reimport"}),
    ("USA", "KOR", "lead-acid-batteries", "2026-09-01", "", {"validity", "receipt", "certificate", "return"}),
    ("CAN", "USA", "circuit-boards", "2026-09-01", "", {"validity", "receipt", "certificate", "notify"}),
    ("GBR", "KOR", "circuit-boards", "2026-09-01", "", {"validity", "receipt", "certificate", "reimport"}),
    ("PHL", "JPN", "circuit-boards", "2026-09-01", "incident=failed", {"reimport"}),
    ("PHL", "JPN", "circuit-boards", "2026-09-01", "incident=seized;fault=exporter", {"illegal_exporter"}),
    ("PHL", "JPN", "circuit-boards", "2026-09-01", "incident=seized;fault=importer", {"illegal_importer"}),
    ("PHL", "JPN", "circuit-boards", "2026-09-01", "incident=seized;fault=other", {"illegal_no_fault"}),
    ("DEU", "GHA", "circuit-boards", "2025-09-01", "incident=failed", {"reimport"}),
]  # fmt: skip
REMEDIES = {"reimport", "illegal_exporter", "illegal_importer", "illegal_no_fault", "illegal_notifier",
            "illegal_consignee", "return", "takeback"}  # fmt: skip


@pytest.mark.parametrize("case", CLOCKS, ids=lambda case: "-".join(case[:3]) + case[4])
def test_clocks_of_the_regime_are_printed_and_only_the_remedy_that_fits(case):
    origin, destination, stream, on, facts, wanted = case
    answer = verdict(
        Question.parse(
            on=on, stream=stream, origin=origin, destination=destination, operation="R4",
            facts=f"hazardous=true;{facts}",
        )
    )  # fmt: skip
    steps = {clock.step for clock in answer.deadlines}
    assert wanted <= steps
    if facts:
        assert steps & REMEDIES == wanted


def test_an_exporter_that_is_no_party_is_bound_by_no_clock_of_the_convention():
    answer = verdict(
        Question.parse(
            on="2025-09-24", stream="circuit-boards", origin="USA", destination="IDN", operation="R4",
            facts="hazardous=true;incident=seized;fault=exporter",
        )
    )  # fmt: skip
    assert answer.verdict == "illegal_takeback"
    assert not [clock for clock in answer.deadlines if clock.procedure == "BASEL/REMEDY"]
    assert any("no Party" in words.en for words in answer.unsure)


def test_what_is_not_on_file_is_said_in_the_headline_with_whom_to_ask():
    answer = verdict(
        Question.parse(on="2026-09-01", stream="copper-granules", origin="JPN", destination="KHM", operation="R4")
    )
    assert answer.verdict == "allowed_not_controlled"
    assert [(one.economy, one.what) for one in answer.unread] == [("KHM", "law")]
    said = answer.headline.en
    assert said.startswith("Not decided")
    assert "the law of Cambodia" in said
    assert "competent authority of Cambodia" in said
    assert answer.headline.say("ja") != said


def test_a_consent_that_nobody_has_on_record_is_refused(monkeypatch):
    held = Question.parse(
        on="2026-09-01", stream="circuit-boards", origin="PHL", destination="JPN", operation="R4",
        facts="hazardous=true;consent_number=PH 7;consent_until=2026-12-31",
    )  # fmt: skip
    monkeypatch.setattr(records, "_keepers", [])
    assert records.check(held) is held
    records.keep(lambda number: number == "PH 7")
    assert records.check(held) is held
    monkeypatch.setattr(records, "_keepers", [lambda number: False])
    with pytest.raises(Refused) as refused:
        records.check(held)
    assert refused.value.problems[0].pointer == "/facts/consent_number"


ENDS = ("JPN", "VNM", "THA", "MYS", "IDN", "PHL", "USA", "DEU", "GBR", "KOR", "SGP", "IND", "AUS", "CAN")


@pytest.mark.parametrize("origin", ENDS)
def test_each_end_that_must_be_asked_is_named_in_the_form_of_its_own_law(origin):
    law, asked = Law.load(), 0
    for destination in ENDS:
        for stream in ("circuit-boards", "lead-acid-batteries", "plastics-from-e-waste", "lithium-ion-packs"):
            if origin == destination:
                continue
            answer = verdict(
                Question.parse(
                    on="2026-10-01", stream=stream, origin=origin, destination=destination, operation="R4",
                    facts="hazardous=true",
                )
            )  # fmt: skip
            if answer.verdict != "allowed_pic":
                continue
            asked += 1
            needs = {(need.economy, need.capacity): need for need in answer.consents}
            assert {(origin, "export"), (destination, "import")} <= set(needs), (destination, stream)
            own = [
                template.form
                for ground in answer.grounds
                for rule in law.rules
                if rule.id.split("@")[0] == ground.rule and rule.pack == law.pack_of(destination, answer.question.on)
                and rule.direction == "import" and rule.stage == "control"
                for template in rule.consents if template.capacity == "import"
            ]  # fmt: skip
            if own:
                assert needs[destination, "import"].form == max(own, key=STRICT.index), (destination, stream)
    assert asked


def test_the_days_of_a_consent_are_those_of_its_words():
    said = re.compile(r"(\d+) (working )?days")
    found = 0
    for rule in Law.load().rules:
        for template in rule.consents:
            told = said.findall(template.words.en)
            found += len(told)
            if told:
                assert str(template.days) in {days for days, _ in told}, (rule.id, template.words.en)
                assert all(bool(working) == (template.day_kind == "working") for _, working in told), rule.id
        told = said.findall(rule.words.en)
        days = {str(template.days) for template in rule.consents if template.days}
        assert not told or not days or days & {count for count, _ in told}, rule.id
    assert found
