"""What would make it lawful: truthful, smallest, and true when asked anew."""

from __future__ import annotations

import itertools
import json
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meguri.law import Law, Question, authorities, if_instead, remedies, streams, verdict
from meguri.law.commands import register
from meguri.law.tables import rows

PROOFS = {"purpose": "reuse", "function_tested": True, "test_record": True, "packed": True, "invoice": True}


def ask(origin, destination, stream="circuit-boards", on="2025-09-01", operation="R4", via=(), **facts) -> Question:
    return Question.parse(
        on=on, stream=stream, origin=origin, destination=destination, operation=operation, via=via, facts=facts
    )


def kinds(question: Question) -> list[tuple[str, ...]]:
    return [remedy.kinds for remedy in remedies(question)]


@pytest.mark.parametrize(
    "missing", [("test_record",), ("packed",), ("invoice",), ("test_record", "packed", "invoice")], ids="-".join
)
def test_missing_proofs_are_brought_and_nothing_more(missing):
    facts = {name: value for name, value in PROOFS.items() if name not in missing}
    question = ask("DEU", "GHA", "mobile-phones", operation=None, **facts)
    best = remedies(question)[0]
    assert best.kinds == ("proof",)
    assert best.answer.verdict == "allowed_not_waste"
    assert {name for name in best.question.facts if question.facts.get(name) != best.question.facts[name]} == set(
        missing
    )


def test_a_defect_is_not_tested_away():
    question = ask("DEU", "GHA", "mobile-phones", operation=None, **{**PROOFS, "defects": True, "packed": False})
    assert all(remedy.answer.verdict != "allowed_not_waste" for remedy in remedies(question))


def test_an_authorised_facility():
    (best, *_) = remedies(ask("PHL", "JPN", facility_authorised=False, hazardous=True))
    assert best.kinds == ("facility",)
    assert best.question.facts["facility_authorised"] is True
    assert best.answer.verdict == "allowed_pic"


def test_a_shorter_period():
    question = ask("PHL", "JPN", hazardous=True, notification="general", notification_months=18)
    best = remedies(question)[0]
    assert (best.kinds, best.question.facts["notification_months"]) == (("period",), 12)


def test_recovery_instead_of_disposal():
    assert ("operation",) in kinds(ask("USA", "JPN", operation="D10", hazardous=False))
    assert ("operation",) not in kinds(ask("USA", "JPN", "capacitors-pcb-oil", operation="D10", hazardous=True))


def test_no_later_day_where_the_law_on_file_holds_none():
    question = ask("VNM", "MYS", on="2030-01-01", hazardous=True)
    assert all(remedy.question.on == question.on for remedy in remedies(question))


def test_another_route_where_transit_is_what_closes_it(tmp_path):
    draft = tmp_path / "draft.toml"
    draft.write_text(
        '[[rule]]\nid = "draft.transit"\nstage = "prohibit"\ndirection = "transit"\neffect = "prohibited"\n'
        'economies = ["SGP"]\nto = 2026-12-31\ninstrument = "Draft"\ncitation = "Draft Art 1"\nsource = "draft"\n'
        'confidence = "high"\nevidence = "primary_text"\nwords = "No transit"\n',
        encoding="utf-8",
    )
    law = Law.load(extra=(draft,))
    found = remedies(ask("PHL", "JPN", on="2026-06-01", via=("SGP",), hazardous=True), law)
    assert found[0].kinds == ("route",)
    assert found[0].question.via == ()
    assert any(remedy.kinds == ("date",) and remedy.question.on == date(2027, 1, 1) for remedy in found)


def test_pairs_come_after_single_changes_and_contain_none_that_suffices():
    question = ask("JPN", "THA", "mixed-household-e-waste", facility_authorised=False, hazardous=True)
    found = remedies(question)
    sizes = [len(remedy.kinds) for remedy in found]
    assert sizes == sorted(sizes)
    for one, other in itertools.permutations(found, 2):
        assert not (len(one.kinds) < len(other.kinds) and one.question == other.question)


def test_nothing_undoes_an_incident():
    assert remedies(ask("USA", "IDN", "mixed-household-e-waste", incident="seized", fault="exporter")) == ()


PAIRS = ("JPN", "MYS", "THA", "IDN", "VNM", "PHL", "USA", "DEU", "GBR", "IND", "GHA", "CHN")


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.sampled_from(PAIRS), min_size=2, max_size=2, unique=True),
    st.sampled_from(sorted(streams())),
    st.sampled_from(("R4", "D10")),
    st.dates(date(2018, 1, 1), date(2031, 12, 31)),
    st.sampled_from((True, False, "unknown")),
    st.fixed_dictionaries({}, optional={"facility_authorised": st.booleans(), "importer_certified": st.booleans()}),
)
def test_every_remedy_is_lawful_when_asked_anew_and_changes_no_fact_of_nature(ends, stream, operation, on, assay, more):
    question = ask(*ends, stream, on=on, operation=operation, hazardous=assay, **more)
    found = remedies(question)
    if verdict(question).verdict.startswith("allowed"):
        assert found == ()
    for remedy in found:
        again = verdict(remedy.question)
        assert again.verdict.startswith("allowed")
        assert again.verdict == remedy.answer.verdict
        assert remedy.question.facts.get("hazardous") == question.facts.get("hazardous")
        assert remedy.question.codes == question.codes
        assert remedy.question.stream == question.stream
        assert remedy.question.origin == question.origin
        assert remedy.question.on >= question.on


def test_destinations_on_file_are_economies_with_an_authority():
    economies = {authority.economy for authority in authorities().values()}
    assert {row["economy"] for _, row in rows("destinations.csv")} <= economies | {"BEL", "DEU", "SWE"}


def test_the_command_gives_them_only_when_asked(capsys):
    import argparse

    parser = argparse.ArgumentParser()
    register(parser.add_subparsers())
    words = [
        "verdict",
        "--from",
        "DEU",
        "--to",
        "IND",
        "--stream",
        "black-mass",
        "--operation",
        "R4",
        "--on",
        "2026-12-10",
        "--json",
    ]
    for extra in ([], ["--remedies"]):
        args = parser.parse_args([*words, *extra])
        assert args.run(args) == 0
        answer = json.loads(capsys.readouterr().out)
        assert ("remedies" in answer) == bool(extra)
    assert {"kinds", "changes", "verdict", "question"} <= set(answer["remedies"][0])


@pytest.mark.parametrize(
    "question",
    [
        ask("DEU", "IND", "end-of-life-vehicles", on="2026-06-01", depolluted=True),
        ask("JPN", "MYS", on="2026-01-01", arrived_on="2026-02-10", hazardous=True),
        ask("JPN", "MYS", "cables", operation="D10", hazardous=False),
        ask("ITA", "IND", "lead-acid-batteries", on="2026-08-01", hazardous=False, rebuttal="origin-authority"),
        ask("DEU", "GHA", "mobile-phones", operation=None, purpose="reuse", packed=True),
    ],
    ids=lambda question: question.stream,
)
def test_what_is_offered_instead_can_be_asked(question):
    offered = [one.question for one in (*remedies(question), *if_instead(question, most=50))]
    for other in offered:
        plain = other.to_json()
        assert Question.parse(**plain) == other
