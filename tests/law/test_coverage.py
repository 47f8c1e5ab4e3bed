"""Every row of the law's tables is encoded as rules, or left out with a reason."""

from __future__ import annotations

from meguri.law import Law, procedures
from meguri.law.tables import changes, rows


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
        if row["effective_from"] and all(begin > row["effective_from"] for begin in begins):
            late.append((place, row["effective_from"], begins))
    assert not late


def test_every_procedure_is_used_or_left_out():
    law = Law.load()
    used = {name for rule in law.rules for name in rule.procedures} | set(law.procedures)
    left = {row["procedure"] for _, row in rows("coverage.csv") if row["left_out"]}
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
