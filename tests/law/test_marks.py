"""How far a text was read is one scale, from evidence alone: the same citation bears the same mark everywhere."""

from __future__ import annotations

from collections import defaultdict

from meguri.law import Law, Question, procedures, verdict
from meguri.law.commands import MARKS

SCALE = {"●", "◐", "○"}


def test_the_scale_knows_every_kind_of_evidence_and_nothing_else():
    law = Law.load()
    told = {item.evidence for item in (*law.rules, *law.entries)}
    told |= {step.evidence for steps in procedures().values() for step in steps}
    assert told <= set(MARKS)
    assert set(MARKS.values()) == SCALE
    assert [evidence for evidence, mark in MARKS.items() if mark == "●"] == ["primary_text"]
    assert [evidence for evidence, mark in MARKS.items() if mark == "○"] == ["memory"]


def test_the_same_citation_bears_the_same_mark_everywhere():
    law = Law.load()
    marks: dict[str, set[str]] = defaultdict(set)
    for item in (*law.rules, *law.entries):
        marks[item.citation].add(MARKS[item.evidence])
    for steps in procedures().values():
        for step in steps:
            marks[step.source].add(MARKS[step.evidence])
    assert {citation: found for citation, found in marks.items() if len(found) > 1} == {}


def test_a_consent_bears_the_mark_of_its_rule_and_not_how_sure_it_is():
    law = Law.load()
    ways = {rule.id.split("@")[0]: rule.evidence for rule in law.rules if rule.confidence != "high"}
    seen = set()
    for origin, destination, stream in (
        ("VNM", "JPN", "circuit-boards"),
        ("JPN", "PHL", "cables"),
        ("THA", "JPN", "printers"),
    ):
        answer = verdict(
            Question.parse(
                on="2025-10-01", stream=stream, origin=origin, destination=destination, operation="R4",
                facts="hazardous=true",
            )
        )  # fmt: skip
        for need in answer.consents:
            assert need.evidence == law.rule(next(r.id for r in law.rules if r.id.split("@")[0] == need.rule)).evidence
            seen |= {need.rule} & set(ways)
    assert seen, "a rule that is not sure was among them"
