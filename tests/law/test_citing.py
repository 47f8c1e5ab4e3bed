"""Citations are said in Japanese without losing what they cite."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from meguri.kit.words import Words
from meguri.law import Law, duties, groups, tables, wastes
from meguri.law.body.packfile import Draft
from meguri.law.citing import citation, cited_law
from meguri.law.laboratory import DRAFTS, drafted
from meguri.law.making import clauses
from meguri.law.web import library
from meguri.procedure import tables as procedures
from meguri.registry.vocabulary import licence_kinds

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
    ("Basel Art. 6(1), 6(3)", "バーゼル条約第6条(1)、第6条(3)"),
    ("Act No. 108 of 1992 (Basel Act), Article 15", "バーゼル法（平成4年法律第108号）、第15条"),
    ("Viet Nam Decree 08/2022", "ベトナム政令2022年第08号"),
    ("40 CFR 262.83(b); practice", "米国連邦規則集第40編第262.83条(b)、運用"),
    ("OECD/LEGAL/0266, chapter II.D(2) Case 2", "OECD/LEGAL/0266、第II章D(2)ケース2"),
    ("Reg. (EC) 1418/2007 Art 1a, Annex (d)", "規則(EC)1418/2007第1条a、附属書（d）"),
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


KEPT = {row["name"]: row["reason"] for row in csv.DictReader((Path(__file__).parent / "kept_names.csv").open())}
"""What a Japanese reader sees in Latin letters, and why."""
_SIGN = re.compile(
    r"[A-Za-z]|[IVX]+[A-C]?|[ivx]+|.*\d.*"
)  # a letter of a list, a Roman number, a sign with a number in it


def left_in_english(said: str) -> list[str]:
    """The words of a citation in Latin letters that no listed reason keeps."""
    found = re.findall(r"[A-Za-z0-9][A-Za-z0-9.]*", said)
    words = [word.strip(".") for word in found]
    return [word for word in words if not _SIGN.fullmatch(word) and word not in KEPT]


def every_citation() -> Iterator[tuple[str, str, Words]]:
    """All citations that some page, paper or command shows: in whose law, where, and the words.

    Whose is a pack, a list of codes, an economy, a group or a table of procedures.
    """
    law = Law.load()
    for body in (law, *(drafted(draft) for draft in sorted(DRAFTS.glob("*.toml")))):
        for rule in body.rules:
            yield rule.pack, f"rule {rule.id}", citation(rule.citation)
            yield rule.pack, f"instrument of rule {rule.id}", duties.title(rule.instrument).words
        for entry in body.entries:
            yield entry.pack, f"entry {entry.id}", citation(entry.citation)
    for _, row in tables.rows("procedures.csv"):
        yield row["regime"], f"source of {row['regime']} {row['step']} {row['source']}", cited_law(row["source"])
    for clause in clauses.clauses().values():
        for words, cited in clauses.says(Draft("draft.toml", clauses.drafted_text(clause, "MYS", "2027-01-01"))):
            yield "clauses", f"clause {clause.id}: {words.en}", citation(cited)
        for ground in clauses.side_by_side(clause):
            yield ground.economy, f"beside {clause.id}: {ground.words.en}", ground.citation
    for group in groups.groups().values():
        yield group.name, f"group {group.name}", citation(group.instrument)
    for key, codes in wastes.waste_codes().items():
        for code in codes:
            yield key.partition(":")[0], f"code {key}", citation(code.list_name)
    for duty in duties.duties():
        yield duty.economy, f"duty {duty.id}", duty.instrument
    for economy in tables.parties():
        for words in library.left_out(economy, date(2026, 12, 1)):
            yield economy, f"law of {economy} that no rule encodes", words
    for kind in licence_kinds().values():
        yield "licences", f"licence {kind.kind}", citation(kind.citation)
    for table in procedures.tables().values():
        for row in table.transitions:
            yield table.id.partition("@")[0], f"procedure {table.id}", citation(row.citation)
        for clock in table.clocks:
            yield table.id.partition("@")[0], f"clock of {table.id}", citation(clock.citation)


TRANSLATED = {row["whose"] for row in csv.DictReader((Path(__file__).parent / "translated.csv").open())}
"""Whose law is cited in Japanese; a new one joins when its words have been translated."""


def test_no_citation_is_shown_to_a_japanese_reader_in_english():
    found = {where: words.say("ja") for whose, where, words in every_citation() if whose in TRANSLATED}
    assert len(found) > 400
    assert {where: said for where, said in found.items() if left_in_english(said)} == {}


def test_english_stays_as_the_table_has_it():
    for table in procedures.tables().values():
        for row in table.transitions:
            assert citation(row.citation).en == row.citation
    for kind in licence_kinds().values():
        assert citation(kind.citation).en == kind.citation


def test_each_name_that_is_kept_is_used_and_says_why():
    shown = " ".join(words.say("ja") for _, _, words in every_citation())
    assert [name for name, reason in KEPT.items() if not reason or name not in shown] == []
