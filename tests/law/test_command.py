"""The command line: one question, a batch that goes on after a bad row, files that are no CSV, the score."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from meguri.consent import commands as consent_commands
from meguri.law.asking import records
from meguri.portal import cli

RULINGS = Path(__file__).parent / "rulings.csv"
KEYS = {
    "case_id", "status", "verdict", "procedures", "notifier", "consents", "documents", "deadlines", "grounds",
    "assumptions", "problems",
}  # fmt: skip
ASK = [
    "verdict",
    "--from",
    "MYS",
    "--to",
    "JPN",
    "--stream",
    "circuit-boards",
    "--operation",
    "R4",
    "--on",
    "2025-10-01",
]


def run(*argv: str) -> int:
    return cli.main(argv)


def test_one_question_as_text(capsys):
    assert run(*ASK, "--via", "SGP", "--fact", "importer_certified=true", "--code", "basel:Y49") == 0
    out = capsys.readouterr().out
    assert "ALLOWED WITH PRIOR CONSENT" in out
    assert "Basel Art 6(4)" in out
    assert "decision aid" in out


def test_one_question_in_japanese(capsys):
    assert run(*ASK, "--lang", "ja") == 0
    assert "事前の通告・同意を要します" in capsys.readouterr().out


def test_one_question_as_json(capsys):
    assert run(*ASK, "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert set(answer) >= KEYS
    assert answer["verdict"] == "allowed_pic"
    ground = answer["grounds"][0]
    assert set(ground) >= {"rule", "instrument", "citation", "effect", "effective_from", "confidence"}


def test_a_question_that_cannot_be_asked(capsys):
    assert run(*ASK, "--fact", "hazardos=true") == 2
    assert "/facts/hazardos" in capsys.readouterr().err


def test_batch_gives_a_line_for_every_row(capsys, tmp_path):
    rows = RULINGS.read_text(encoding="utf-8").splitlines()
    rows.insert(2, "BAD,2025-01-01,gold-bars,,USA,,JPN,R4,,,,,")
    rows.insert(3, "SHORT,2025-01-01")
    file = tmp_path / "rows.csv"
    file.write_text("\n".join(rows) + "\n", encoding="utf-8")
    assert run("verdict", "--batch", str(file)) == 1
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["case_id"] for line in lines][:4] == ["O01", "BAD", "SHORT", "O02"]
    assert len(lines) == len(rows) - 1
    assert all(set(line) >= KEYS for line in lines)
    assert lines[1]["problems"][0]["pointer"] == "/stream"
    assert lines[1]["verdict"] is None
    assert lines[0]["verdict"] == "allowed_green"


@pytest.mark.parametrize(
    "content",
    [b"\xff\xfe\x00\x01", b"%PDF-1.7\n1 0 obj", b"just words", b"", b"on,stream\n2025-01-01,x\n", b"a,b\0c\n"],
)
def test_a_file_that_is_no_such_csv_is_refused_with_a_sentence(capsys, tmp_path, content):
    file = tmp_path / "rows.csv"
    file.write_bytes(content)
    assert run("verdict", "--batch", str(file)) == 2
    said = capsys.readouterr()
    assert "cannot be read as CSV" in said.err
    assert not said.out


def test_a_missing_file(capsys):
    assert run("verdict", "--batch", "nowhere.csv") == 2
    assert "no file" in capsys.readouterr().err


def test_score(capsys):
    assert run("law", "score", str(RULINGS), "--json") == 0
    totals = json.loads(capsys.readouterr().out)
    count = len(RULINGS.read_text(encoding="utf-8").splitlines()) - 1
    assert count >= 60
    assert (totals["rows"], totals["verdict"], totals["procedures"]) == (count, count, count)


def test_the_room_needs_no_django():
    code = "import sys, meguri.law, meguri.law.commands; sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


HELPS = [("verdict",), *(("law", name) for name in ("score", "diff", "mutate", "watch", "clauses", "clause"))]


@pytest.mark.parametrize("words", HELPS, ids=" ".join)
def test_help_is_in_the_language_of_the_terminal(capsys, monkeypatch, words):
    said = {}
    for language in ("en_GB.UTF-8", "ja_JP.UTF-8"):
        monkeypatch.setenv("LC_ALL", language)
        with pytest.raises(SystemExit) as ended:
            run(*words, "--help")
        assert ended.value.code == 0
        said[language] = capsys.readouterr().out
    japanese = said["ja_JP.UTF-8"]
    assert "この説明を表示して終了する" in japanese
    assert "show this help" not in japanese
    assert "show this help" in said["en_GB.UTF-8"]


NUMBERED = ["--fact", "hazardous=true", "--fact", "consent_number=PH 7", "--fact", "consent_until=2027-01-01"]


def test_the_number_of_a_consent_is_looked_up_by_the_command_and_row_by_row(capsys, monkeypatch, tmp_path):
    """Whoever keeps consents is asked; what nobody has is refused, and the problem names it."""
    run(*ASK, "--json")  # the rooms register themselves
    monkeypatch.setattr(records, "_keepers", [lambda number: number == "PH 8"])
    monkeypatch.setattr(records, "keep", lambda recorded: None)
    monkeypatch.setattr(consent_commands, "keep_consents", lambda recorded: None)
    capsys.readouterr()
    assert run(*ASK, *NUMBERED) == 2
    assert "“PH 7” is not the number of a consent on record" in capsys.readouterr().err
    assert run(*ASK, *[word.replace("PH 7", "PH 8") for word in NUMBERED]) == 0
    capsys.readouterr()
    file = tmp_path / "rows.csv"
    facts = "hazardous=true;consent_number=PH {};consent_until=2027-01-01"
    rows = [f"{n},2026-01-01,circuit-boards,MYS,JPN,R4,{facts.format(n)}" for n in (7, 8)]
    file.write_text("\n".join(("case_id,on,stream,origin,destination,operation,facts", *rows)) + "\n", "utf-8")
    assert run("verdict", "--batch", str(file)) == 1
    unknown, known = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert (unknown["verdict"], unknown["problems"][0]["code"]) == (None, "not_on_record")
    assert "PH 7" in unknown["problems"][0]["detail"]
    assert known["verdict"] == "allowed_pic"


@pytest.mark.django_db
def test_a_number_that_is_on_no_record_is_none():
    assert consent_commands._on_record("nobody has this number") is False
