"""Every row of the law's tables is encoded as rules, or left out with a reason."""

from __future__ import annotations

import pytest

from meguri.law import Law, Question, authorities, operations, procedures, verdict, waste_codes
from meguri.law.body.answers import answers
from meguri.law.tables import changes, competent, rows


def left_out(table: str) -> dict[str, str]:
    """The rows of a table that are left out, each with its reason."""
    return {row["row"]: row["left_out"] for _, row in rows("coverage.csv") if row["table"] == table}


def meant(row: str, key: str) -> bool:
    """Whether a row of the table of what is left out means a key: itself, ``*`` at its end, or Annex I in one row."""
    if row == "basel:Y1..Y45":
        number = key.removeprefix("basel:Y")
        return key.startswith("basel:Y") and number.isdecimal() and 1 <= int(number) <= 45
    return key.startswith(row[:-1]) if row.endswith("*") and not row[-2:-1].isdigit() else key == row


def test_every_national_rule_is_encoded_or_left_out():
    rules = {rule.id: rule for rule in Law.load().rules}
    for place, row in rows("national_rules.csv"):
        named = [name for name in row["encoded_as"].split(";") if name]
        assert named or row["left_out"], place
        assert all(name in rules for name in named), (place, named)


def test_encoded_rules_begin_when_the_table_says():
    rules = {rule.id: rule for rule in Law.load().rules}
    late = []
    for place, row in rows("national_rules.csv"):
        named = [rules[name] for name in row["encoded_as"].split(";") if name]
        begins = [rule.effective_from.isoformat() if rule.effective_from else "" for rule in named]
        if named and row["effective_from"] and all(begin > row["effective_from"] for begin in begins):
            late.append((place, row["effective_from"], begins))
    assert not late


def test_every_rule_on_used_goods_is_encoded_or_left_out():
    rules = {rule.id: rule for rule in Law.load().rules}
    for place, row in rows("used_goods.csv"):
        named = [name for name in row["encoded_as"].split(";") if name]
        assert bool(named) != bool(row["left_out"]), place
        assert all(name in rules for name in named), (place, named)
        begins = [rules[name].effective_from for name in named]
        if named and row["effective_from"]:
            assert any(begin is None or begin.isoformat() <= row["effective_from"] for begin in begins), place


def test_every_answer_of_a_country_is_made_a_class_or_left_out():
    made = {entry.id.split(".")[1] for entry in Law.load().entries if entry.id.startswith("answer.")}
    sure = {answer.economy for answer in answers() if answer.confidence != "low"}
    assert made == sure
    assert all(answer.caution.en and answer.source for answer in answers())
    held = {entry.code.removeprefix("basel:") for entry in Law.load().entries if entry.code.startswith("basel:B")}
    of_answers = {entry.id.split(".")[2] for entry in Law.load().entries if entry.id.startswith("answer.")}
    assert of_answers <= held


def test_every_procedure_is_used_or_left_out():
    law = Law.load()
    used = {name for rule in law.rules for name in rule.procedures} | set(law.procedures)
    left = set(left_out("procedures"))
    assert set(procedures()) == used | left
    assert not {name for rule in law.rules for name in rule.procedures} & left


def test_every_procedure_of_a_rule_is_described():
    law = Law.load()
    assert {name for rule in law.rules for name in rule.procedures} <= set(law.procedures)


def test_every_tag_that_is_read_is_given():
    rules = Law.load().rules
    given = {tag for rule in rules for tag in rule.gives}
    read = {tag for rule in rules for tag in (*rule.needs, *rule.lacks) if not tag.startswith("procedure:")}
    assert read <= given


def test_every_switch_is_relied_on_by_a_rule():
    law = Law.load()
    assert {rule.assumes[0] for rule in law.rules if rule.assumes} == set(law.switches)


def test_days_that_bite_are_days_of_rules():
    rules = Law.load().rules
    entries = Law.load().entries
    days = {item.effective_from for item in (*rules, *entries)} | {item.effective_to for item in (*rules, *entries)}
    # Steps of a procedure change on their own days.
    days |= {step.effective_from for steps in procedures().values() for step in steps}
    assert {change.on for change in changes()} <= days


def _check(table: str, keys: set[str], encoded: set[str]) -> None:
    left = left_out(table)
    assert all(left.values()), "each row left out has its reason"
    missing = {key for key in keys - encoded if not any(meant(row, key) for row in left)}
    assert not missing, f"neither encoded nor left out: {sorted(missing)}"
    both = {key for key in encoded if any(meant(row, key) for row in left)}
    assert not both, f"encoded, yet said to be left out: {sorted(both)}"
    idle = {row for row in left if not any(meant(row, key) for key in keys)}
    assert not idle, f"left out, yet in no table: {sorted(idle)}"


def test_every_code_is_an_entry_or_left_out():
    codes = {code for code in waste_codes() if not code.startswith("hs:")}
    _check("waste_codes", codes, {entry.code for entry in Law.load().entries if entry.code})


def test_every_customs_code_is_left_out_with_its_reason():
    codes = {row["hs"] for _, row in rows("hs_codes.csv")}
    _check("hs_codes", codes, set())


def test_every_authority_is_named_by_the_rules_or_left_out():
    named = {need.authority for rule in Law.load().rules for need in rule.consents}
    named |= {competent(authority.economy) for authority in authorities().values()}
    _check("authorities", set(authorities()), named & set(authorities()))


def test_every_duty_at_home_is_left_out_of_the_verdict():
    _check("epr", {f"{row['duty']}:{place}" for place, row in rows("epr.csv")}, set())


@pytest.mark.parametrize("code", list(operations()))
def test_every_operation_is_answered(code):
    question = Question.parse(
        on="2025-10-01",
        stream="circuit-boards",
        origin="PHL",
        destination="JPN",
        operation=code,
        facts="hazardous=true",
    )
    answer = verdict(question)
    assert answer.verdict == "allowed_pic"
    named = {paper.id for paper in answer.documents}
    assert ("later-sites" in named) == operations()[code].interim


def test_a_customs_code_decides_nothing():
    base = {"on": "2025-10-01", "stream": "circuit-boards", "origin": "PHL", "destination": "JPN", "operation": "R4"}
    plain = verdict(Question.parse(**base, facts="hazardous=false"))
    for _, row in rows("hs_codes.csv"):
        for code in row["hs"].split("/"):
            coded = verdict(Question.parse(**base, facts="hazardous=false", codes=f"hs:{code}"))
            assert (coded.verdict, coded.procedures) == (plain.verdict, plain.procedures)


def test_no_answer_without_a_ground_inside_the_union_and_out():
    for origin, destination in (("DEU", "FRA"), ("DEU", "CHE"), ("DEU", "IND"), ("PHL", "DEU"), ("GBR", "DEU")):
        for stream in ("slag", "copper-granules", "plastics-from-e-waste", "circuit-boards", "black-mass"):
            for operation in ("R4", "D1"):
                for day in ("2018-06-01", "2024-06-01", "2025-06-01", "2026-06-01", "2027-06-01"):
                    for assay in ("true", "false"):
                        answer = verdict(
                            Question.parse(
                                on=day, stream=stream, origin=origin, destination=destination, operation=operation,
                                facts=f"hazardous={assay}",
                            )
                        )  # fmt: skip
                        assert answer.grounds, (origin, destination, stream, operation, day, assay)
