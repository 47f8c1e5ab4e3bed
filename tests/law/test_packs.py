"""The loader refuses what could mislead, with file and line; the digest follows the law."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from meguri.law import Law, Question, TableError, tables, verdict
from meguri.law.body.packs import PACKS

RULE = """
[[rule]]
id = "draft.test"
stage = "prohibit"
direction = "export"
effect = "prohibited"
economies = ["PHL"]
waste = ["hazardous"]
from = 2026-01-01
instrument = "A draft"
citation = "Draft Art 1"
source = "a draft"
confidence = "high"
evidence = "primary_text"
words = "Drafted"
"""


def load(tmp_path: Path, text: str) -> Law:
    draft = tmp_path / "draft.toml"
    draft.write_text(text, encoding="utf-8")
    return Law.load(PACKS, (draft,))


def test_a_draft_changes_the_verdict_and_the_digest(tmp_path):
    question = Question.parse(
        on="2026-06-01",
        stream="circuit-boards",
        origin="PHL",
        destination="JPN",
        operation="R4",
        facts="hazardous=true",
    )
    drafted = load(tmp_path, RULE)
    assert verdict(question).verdict == "allowed_pic"
    assert verdict(question, drafted).verdict == "prohibited"
    assert drafted.digest != Law.load().digest


WRONG = [
    ('confidence = "high"', 'confidence = "sure"', 13, "confidence"),
    ('citation = "Draft Art 1"', 'citation = ""', 3, "citation"),
    ('citation = "Draft Art 1"\n', "", 3, "citation"),
    ('economies = ["PHL"]', 'economies = ["PHX"]', 7, "PHX"),
    ('economies = ["PHL"]', 'economies = ["@asean"]', 7, "@asean"),
    ('waste = ["hazardous"]', 'waste = ["nasty"]', 8, "nasty"),
    ('waste = ["hazardous"]', 'waste = ["hazardous"]\nstreams = ["gold-bars"]', 9, "gold-bars"),
    ('waste = ["hazardous"]', 'waste = ["hazardous"]\nfacts = { clean = true }', 9, "clean"),
    ("from = 2026-01-01", "from = 2026-01-01\nto = 2025-12-31", 10, "before it begins"),
    ("from = 2026-01-01", 'from = "soon"', 9, "date"),
    ('effect = "prohibited"', 'effect = "forbidden"', 6, "forbidden"),
    ('words = "Drafted"', 'words = "Drafted"\ncolour = "red"', 16, "colour"),
    ('words = "Drafted"', 'words = "Drafted"\nja = "草案"', 16, "“ja” is not a key"),
    ('words = "Drafted"\n', "", 3, "words"),
    ('words = "Drafted"', "words = 7", 15, "“words” is a text"),
    ('words = "Drafted"', 'words = { en = "Drafted", ja = 7 }', 15, "“words” is a text"),
    ('words = "Drafted"', 'words = "Drafted"\nnotifier = { en = "" }', 16, "“notifier” is a text"),
]


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong[1][:30] or "left out")
def test_refused_with_file_and_line(tmp_path, wrong):
    old, new, line, word = wrong
    assert old in RULE
    with pytest.raises(TableError) as refused:
        load(tmp_path, RULE.replace(old, new))
    assert f"draft.toml, line {line}:" in str(refused.value)
    assert word in str(refused.value)


def test_versions_may_not_overlap(tmp_path):
    first = RULE.replace("draft.test", "draft.test@1").replace(
        "from = 2026-01-01", "from = 2026-01-01\nto = 2026-06-30"
    )
    second = RULE.replace("draft.test", "draft.test@2").replace("2026-01-01", "2026-06-30")
    with pytest.raises(TableError, match=r"draft\.toml, line \d+: .*overlap"):
        load(tmp_path, first + second)
    load(tmp_path, first + second.replace("2026-06-30", "2026-07-01"))


def test_an_id_stands_once(tmp_path):
    with pytest.raises(TableError, match="stands twice"):
        load(tmp_path, RULE.replace("draft.test", "basel.nonparty"))


def test_no_toml_is_refused(tmp_path):
    with pytest.raises(TableError, match=r"draft\.toml"):
        load(tmp_path, "[[rule]\nid=")


def test_digest_does_not_depend_on_where_the_packs_lie(tmp_path):
    copy = tmp_path / "packs"
    shutil.copytree(PACKS, copy)
    assert Law.load(copy).digest == Law.load().digest
    (copy / "chn.toml").unlink()
    assert Law.load(copy).digest != Law.load().digest


def test_everything_that_a_pack_says_is_said_in_japanese():
    law = Law.load()
    for item in (*law.rules, *law.entries):
        assert item.citation
        assert item.source
    said = [item.words for item in (*law.rules, *law.entries, *law.switches.values(), *law.procedures.values())]
    said += law.documents.values()
    said += [consent.words for rule in law.rules for consent in rule.consents]
    said += [item.notifier for item in (*law.rules, *law.procedures.values()) if item.notifier]
    assert not [words.en for words in said if words.say("ja") == words.en]


def test_every_event_that_starts_a_clock_has_its_words():
    events = {consent.from_event for rule in Law.load().rules for consent in rule.consents if consent.days is not None}
    assert events <= tables.events().keys()


def test_a_pack_on_file_is_in_english_only(tmp_path):
    copy = tmp_path / "packs"
    shutil.copytree(PACKS, copy)
    (copy / "xxx.toml").write_text(RULE.replace('words = "Drafted"', 'words = { en = "Drafted" }'), encoding="utf-8")
    with pytest.raises(TableError, match=r"xxx\.toml, line 15: .*a text in English"):
        Law.load(copy)


def test_a_draft_may_say_its_texts_in_any_language(tmp_path):
    text = RULE.replace('words = "Drafted"', 'words = { en = "Drafted", ja = "草案" }')
    words = load(tmp_path, text).rule("draft.test").words
    assert (words.say("en"), words.say("ja")) == ("Drafted", "草案")
    words = load(tmp_path, text.replace('en = "Drafted", ', "")).rule("draft.test").words
    assert words.say("en") == "草案"


@pytest.mark.parametrize("left_out", ["authority", "capacity", "form", "words"])
def test_a_consent_is_whole(tmp_path, left_out):
    consent = {"authority": "phl-emb", "capacity": "export", "form": "written", "words": "a"}
    written = ", ".join(f'{key} = "{value}"' for key, value in consent.items() if key != left_out)
    with pytest.raises(TableError, match=rf"draft\.toml, line 16: .*{left_out}"):
        load(tmp_path, RULE + f"consents = [ {{ {written} }} ]\n")


@pytest.mark.parametrize("section", ["switch", "document", "procedure"])
def test_other_items_are_whole(tmp_path, section):
    with pytest.raises(TableError, match=r"draft\.toml, line 2: .*missing"):
        load(tmp_path, f'[[{section}]]\nid = "X"\n')
