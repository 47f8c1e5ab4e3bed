"""The law laboratory: drafts that add, replace and end rules; what they change; what is wrong with them."""

from __future__ import annotations

import argparse
import json
import re
from datetime import date
from pathlib import Path

import pytest

from meguri.law import DRAFTS, Draft, Law, Question, TableError, diff, drafted, first_day, lanes, verdict
from meguri.law.commands import register

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = DRAFTS / "phl-preconsent.toml"
RULE = """
[[rule]]
id = "draft.ban"
stage = "prohibit"
direction = "import"
effect = "prohibited"
economies = ["JPN"]
from = 2027-01-01
instrument = "Draft"
citation = "Draft Art 1"
source = "a draft"
confidence = "high"
evidence = "primary_text"
words = "Closed"
"""


def run(*argv: str) -> int:
    parser = argparse.ArgumentParser()
    register(parser.add_subparsers())
    args = parser.parse_args(argv)
    return args.run(args)


def boards(origin: str, destination: str, on: str, **facts) -> Question:
    return Question.parse(
        on=on, stream="circuit-boards", origin=origin, destination=destination, operation="R4", facts=facts
    )


def test_the_worked_example_changes_philippine_exports_to_japan_and_nothing_else():
    law = drafted(EXAMPLE)
    changes = {change.question.case_id: change for change in diff(law, lanes(first_day(law)))}
    assert {change.question.origin for change in changes.values()} == {"PHL"}
    turned = [change for change in changes.values() if "verdict" in change.what]
    assert [(c.before.verdict, c.after.verdict) for c in turned] == [("invalid_application", "allowed_pic")]
    certified = [c for c in changes.values() if "consents" in c.what]
    assert len(certified) == 5
    for change in certified:
        assert change.question.destination == "JPN"
        forms = {need.authority: need.form for need in change.after.consents}
        assert forms["phl-emb"] == "tacit"
        assert forms["jpn-moej"] == "written"


def test_before_the_draft_begins_nothing_changes():
    law = drafted(EXAMPLE)
    assert first_day(law) == date(2027, 7, 1)
    assert diff(law, lanes(date(2027, 6, 30))) == ()


def test_the_documented_output_is_what_the_command_prints(capsys):
    text = (ROOT / "docs" / "law-laboratory.md").read_text(encoding="utf-8")
    shown = re.search(r"\$ meguri law diff --with (\S+)\n(.*?)\n```", text, re.DOTALL)
    assert shown
    assert run("law", "diff", "--with", str(ROOT / shown.group(1))) == 0
    assert capsys.readouterr().out.rstrip() == shown.group(2)


def test_a_draft_may_end_a_rule():
    draft = Draft("end.toml", '[[end]]\nid = "mys.import.ban"\nfrom = 2028-01-01\n')
    law = drafted(draft)
    eve, day = boards("JPN", "MYS", "2027-12-31", hazardous=False), boards("JPN", "MYS", "2028-01-01", hazardous=False)
    (change,) = diff(law, [eve, day])
    assert change.question == day
    assert (change.before.verdict, change.after.verdict) == ("prohibited", "allowed_pic")
    assert first_day(law) == date(2028, 1, 1)


def test_a_draft_may_replace_a_rule_from_a_day():
    text = RULE.replace('id = "draft.ban"', 'id = "mys.import.ban@draft"\nreplaces = "mys.import.ban"').replace(
        '["JPN"]', '["MYS"]\nwaste = ["hazardous"]'
    )
    law = drafted(Draft("replace.toml", text))
    y49 = [boards("JPN", "MYS", on, hazardous=False) for on in ("2026-12-31", "2027-01-01")]
    assert [verdict(question, law).verdict for question in y49] == ["prohibited", "allowed_pic"]
    assert verdict(boards("JPN", "MYS", "2027-01-01", hazardous=True), law).verdict == "prohibited"


def test_the_law_on_file_stays_as_it_is():
    digest = Law.load().digest
    drafted(EXAMPLE)
    assert Law.load().digest == digest
    assert not any(rule.id.startswith("phl-jpn") for rule in Law.load().rules)


def test_a_draft_may_bear_the_name_of_a_pack():
    assert verdict(boards("PHL", "JPN", "2027-01-01", hazardous=True), drafted(Draft("jpn.toml", RULE))).verdict == (
        "prohibited"
    )


def test_over_a_file(tmp_path, capsys):
    file, draft = tmp_path / "rows.csv", tmp_path / "draft.toml"
    file.write_text(
        "case_id,on,stream,origin,destination,operation,facts\n"
        "A,2027-02-01,circuit-boards,PHL,JPN,R4,hazardous=true\nB,2026-02-01,circuit-boards,PHL,JPN,R4,hazardous=true\n",
        encoding="utf-8",
    )
    draft.write_text(RULE, encoding="utf-8")
    assert run("law", "diff", "--with", str(draft), "--over", str(file), "--json") == 0
    out = json.loads(capsys.readouterr().out)
    assert out["asked"] == 2
    (change,) = out["changed"]
    assert change["question"]["case_id"] == "A"
    assert (change["before"]["verdict"], change["after"]["verdict"]) == ("allowed_pic", "prohibited")


WRONG = [
    ("[[rule]\n", 1, "Expected"),
    ("x = 1\n", 1, "“x”"),
    ("\n\nx = 1\n", 3, "“x”"),
    ('[pack]\ncovers = ["XXX"]\n', 2, "XXX"),
    ("[rule]\nid = 1\n", 1, "[[rule]]"),
    ("\n[[rule]]\nstage = 'prohibit'\n", 2, "“id” is missing"),
    (RULE.replace('["JPN"]', '"JPN"'), 7, "a list of texts"),
    (RULE.replace('["JPN"]', "[1]"), 7, "a list of texts"),
    (RULE.replace("2027-01-01", "2027-02-30"), 8, "date"),
    (RULE.replace("2027-01-01", '"2027-01-01"'), 8, "a date"),
    (RULE.replace("2027-01-01", "2027-01-01T00:00:00"), 8, "a date"),
    (RULE.replace("from = 2027-01-01", "from = 2027-01-01\nto = 2026-01-01"), 9, "before it begins"),
    (RULE.replace("from = 2027-01-01", 'facts = "hazardous"'), 8, "a table"),
    (RULE.replace("from = 2027-01-01", "over = { notification_months = true }"), 8, "whole number"),
    (RULE.replace("from = 2027-01-01", "over = { weeks = 3 }"), 8, "weeks"),
    (RULE.replace("from = 2027-01-01", "product = 1"), 8, "true or false"),
    (RULE.replace("from = 2027-01-01", 'partners = ["@asean"]'), 8, "@asean"),
    (RULE.replace("from = 2027-01-01", 'replaces = "nowhere.rule"'), 8, "nowhere.rule"),
    (RULE.replace("from = 2027-01-01", 'consents = ["x"]'), 8, "a table"),
    (RULE.replace("from = 2027-01-01", "notifier = { en = 7 }"), 8, "by language"),
    ('[[end]]\nid = "nowhere.rule"\nfrom = 2027-01-01\n', 2, "nowhere.rule"),
    ('[[end]]\nid = "mys.import.ban"\n', 2, "“from” is missing"),
    ('[[end]]\nid = "mys.import.ban"\nfrom = 2027-01-01\nwhy = "x"\n', 4, "“why”"),
    (RULE.replace("draft.ban", "phl.export"), 3, "overlap|stands twice"),
]


@pytest.mark.parametrize("wrong", WRONG, ids=range(len(WRONG)))
def test_a_wrong_draft_is_refused_with_file_and_line(wrong, tmp_path, capsys):
    text, line, word = wrong
    with pytest.raises(TableError) as refused:
        drafted(Draft("draft.toml", text))
    assert f"draft.toml, line {line}:" in str(refused.value)
    assert re.search(word if "|" in word else re.escape(word), str(refused.value))
    file = tmp_path / "draft.toml"
    file.write_text(text, encoding="utf-8")
    assert run("law", "diff", "--with", str(file)) == 2
    said = capsys.readouterr()
    assert f"draft.toml, line {line}:" in said.err
    assert not said.out


def test_files_that_cannot_be_read(tmp_path, capsys):
    file = tmp_path / "draft.toml"
    file.write_bytes(b"\xff\xfe\x00")
    for path in (file, tmp_path / "missing.toml"):
        assert run("law", "diff", "--with", str(path)) == 2
        assert "draft.toml" in (said := capsys.readouterr().err) or "missing.toml" in said
    assert run("law", "diff", "--with", str(EXAMPLE), "--over", str(tmp_path / "no.csv")) == 2


def test_only_a_draft_ends_or_replaces(tmp_path):
    (tmp_path / "base.toml").write_text('[[end]]\nid = "x"\nfrom = 2027-01-01\n', encoding="utf-8")
    with pytest.raises(TableError, match=r"base\.toml, line 1: .*section"):
        Law.load(tmp_path)
    (tmp_path / "base.toml").write_text(RULE + 'replaces = "x"\n', encoding="utf-8")
    with pytest.raises(TableError, match=r"base\.toml, line \d+: .*only a draft"):
        Law.load(tmp_path)
