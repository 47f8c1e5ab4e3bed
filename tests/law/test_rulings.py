"""The rulings on file, and the traps of the law, come out through general rules."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest

from meguri.law import Law, Question, Verdict, verdict
from meguri.law.body.answers import answers
from meguri.law.groups import any_of, stream_matches
from meguri.law.measure.score import instruments, score
from meguri.law.upkeep import rulings

RULINGS = list(csv.DictReader((Path(__file__).parent / "rulings.csv").open(encoding="utf-8", newline="")))


def ask(
    on: str, stream: str, origin: str, destination: str, operation: str | None = "R4", facts: str = "", **more
) -> Verdict:
    return verdict(
        Question.parse(
            on=on, stream=stream, origin=origin, destination=destination, operation=operation, facts=facts, **more
        )
    )


@pytest.mark.parametrize("row", RULINGS, ids=lambda row: row["case_id"])
def test_ruling(row):
    (scored,) = score([row])
    assert scored.verdict_ok, scored
    assert scored.procedures_ok, scored
    assert (scored.recall, scored.precision) == (1.0, 1.0), scored


def test_score_can_fail():
    row = {**RULINGS[0], "expected_verdict": "prohibited", "expected_procedures": "", "expected_ground": "Basel Art 4A"}
    (scored,) = score([row])
    assert not scored.verdict_ok
    assert not scored.procedures_ok
    assert scored.recall == 0.0
    assert scored.precision == 0.0


def test_instruments_tell_articles_apart():
    assert instruments("Basel Art 6(1)-(3)") == {"basel 6"}
    assert instruments("Basel Art 4(5), 11") == {"basel 4", "basel 11"}
    assert instruments("Basel Act Art 8") == {"basel act"}


TRAPS = list(csv.DictReader((Path(__file__).parent / "traps.csv").open(encoding="utf-8", newline="")))


@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: trap["name"])
def test_trap(trap):
    answer = ask(
        trap["on"], trap["stream"], trap["origin"], trap["destination"], trap["operation"] or None, trap["facts"]
    )
    assert answer.verdict == trap["verdict"], [ground.citation for ground in answer.grounds]
    assert trap["procedure"] in (answer.procedures or ("",))


def test_certificates_take_away_the_approval_but_not_the_consent():
    with_them = ask(
        "2025-10-01", "circuit-boards", "MYS", "JPN", facts="importer_certified=true;recycler_certified=true"
    )
    without = ask("2025-10-01", "circuit-boards", "MYS", "JPN", facts="importer_certified=true")
    needs = {(need.authority, need.capacity, need.form) for need in with_them.consents}
    assert needs == {
        ("mys-doe", "export", "written"),
        ("jpn-moej", "import", "written"),
        ("jpn-meti", "informed", "notice"),
    }
    assert ("jpn-meti", "approval", "written") in {(n.authority, n.capacity, n.form) for n in without.consents}
    assert without.procedures == ("BASEL/PIC", "JPN/IMPORT_APPROVAL")


def test_american_tracks():
    answer = ask(
        "2025-02-15",
        "circuit-boards",
        "USA",
        "JPN",
        facts="hazardous=true;rcra_hazardous=true;facility_authorised=true",
    )
    needs = {need.authority: need for need in answer.consents}
    assert needs["usa-epa"].form == "acknowledgement"
    assert (needs["jpn-moej"].form, needs["jpn-moej"].days, needs["jpn-moej"].day_kind) == ("tacit", 30, "calendar")
    assert needs["jpn-meti"].capacity == "approval"
    assert answer.notifier.en.startswith("US exporter")


def test_switch_shows_what_the_other_setting_gives():
    answer = ask("2025-02-15", "circuit-boards", "USA", "JPN", facts="hazardous=false;rcra_hazardous=false")
    (assumption,) = answer.assumptions
    assert answer.status == "decided_under_assumption"
    assert (assumption.switch, assumption.setting, assumption.otherwise) == ("JP_Y49_OECD", "green", "allowed_pic")


def test_whole_equipment_needs_a_ruling():
    answer = ask("2025-06-01", "computers", "USA", "JPN", facts="hazardous=false")
    assert (answer.status, answer.verdict) == ("needs_ruling", "allowed_pic")


def test_transit_party_has_sixty_days_and_a_non_party_none():
    answer = ask("2025-10-01", "circuit-boards", "MYS", "JPN", facts="hazardous=true", via=("SGP", "TWN"))
    needs = {need.authority: need for need in answer.consents if need.capacity == "transit"}
    assert (needs["sgp-nea"].days, needs["sgp-nea"].day_kind) == (60, "calendar")
    assert (needs["twn-moenv"].form, needs["twn-moenv"].days) == ("notice", None)


def test_unknown_hazard_takes_the_stricter_branch_and_says_so():
    facts = "facility_authorised=true"
    answer = ask("2025-06-01", "circuit-boards", "CHE", "JOR", facts=facts + ";hazardous=unknown")
    assert answer.verdict == "prohibited"
    assert ("hazardous", "allowed_pic") in {(a.switch, a.otherwise) for a in answer.assumptions}


def test_never_a_silent_yes():
    answer = ask("2025-06-01", "circuit-boards", "KHM", "JPN", facts="hazardous=true")
    assert answer.status != "decided"
    assert any("Cambodia" in words.en for words in answer.unsure)
    outside = ask("2025-06-01", "circuit-boards", "HTI", "USA", facts="hazardous=false")
    assert outside.status == "needs_ruling"
    assert outside.grounds


def test_the_acknowledgement_selects_the_union_s_law():
    late = "hazardous=false;notified_on=2026-05-04;acknowledged_on=2026-05-21"
    assert ask("2026-09-01", "circuit-boards", "FRA", "JPN", facts=late).procedures == ("EU_WSR/PIC",)
    early = "hazardous=false;notified_on=2026-05-04;acknowledged_on=2026-05-20"
    assert ask("2026-09-01", "circuit-boards", "FRA", "JPN", facts=early).procedures == ("EU_OLD/ALL",)


def test_rulings_on_answers_of_economies_say_what_their_rows_say():
    """Without asking the program: destination, entry, letter and days are a row's, the rule named is the letter's."""
    law = Law.load()
    read = list(csv.DictReader((rulings.RULINGS / "answers.csv").open(encoding="utf-8", newline="")))
    assert len(read) > 200
    for row in read:
        name, _, what = row["case_id"].rpartition("/")
        _, economy, code, letter, *_ = name.split(".")
        assert row["destination"] == economy, row
        assert any_of(("@eu",), row["origin"], date.fromisoformat(row["on"])), row
        told = row["grounds"] or row["not_grounds"]
        asked = [rule for rule in law.rules if rule.id.partition("@")[0] == told]
        sign = f"answer-{letter[0]}:partner"
        narrowed = what in ("dropped", "effective_from", "effective_to")
        # A rule that asks for the letter bears where it was given; one that asks for its lack where it was not.
        wanted = sign if narrowed is bool(row["grounds"]) else f"!{sign}"
        assert asked, row
        assert all(wanted in rule.waste for rule in asked), row
        if narrowed:
            assert any(
                one.economy == economy
                and code in one.entries
                and one.answer == letter[0]
                and one.effective_from.isoformat() <= row["on"] <= one.effective_to.isoformat()
                and (not one.streams or stream_matches(one.streams, row["stream"]))
                for one in answers()
            ), row
