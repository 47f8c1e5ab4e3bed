"""The command line as somebody types it: each command in a process of its own, on a data folder of its own."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

import processes
from meguri.portal import cli


class Shell:
    def __init__(self, home: Path) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("MEGURI_", "DJANGO_"))}
        self.env = {**kept, "MEGURI_HOME": str(home), "HOME": str(home)}

    def __call__(self, *words: str, code: int = 0, **env: str) -> str:
        done = processes.run(["-m", "meguri", *words], {**self.env, **env})
        assert "Traceback" not in done.stderr, done.stderr
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout if code == 0 else done.stdout + done.stderr


@pytest.fixture(scope="module")
def shell(tmp_path_factory):
    return Shell(tmp_path_factory.mktemp("home"))


@pytest.mark.parametrize(
    "words",
    [("access-log",), ("journal", "rotate-key", "organisation:nobody"), ("journal", "verify"), ("balance",),
     ("backup", "record.zip"), ("journal", "rotate-log-key"), ("journal", "seal"), ("trace", "L1")],
)  # fmt: skip
def test_where_there_is_no_record_yet_a_command_says_so(tmp_path, words):
    told = json.loads(Shell(tmp_path)(*words, "--json", code=2, MEGURI_MODE="local").partition("\nmeguri:")[0])
    assert "meguri setup" in told["detail"]


def test_mail_goes_to_an_address(shell):
    assert "no address" in shell("mail", "nobody", code=2)


def test_from_set_up_to_a_held_key(shell, tmp_path):
    """One walk through the record: each command works after the one before, in a fresh process."""
    shell("setup")
    kept = tmp_path / "kept.txt"
    shell("journal", "checkpoint", "--out", str(kept))
    told = json.loads(
        shell("act", "new-key", "--out", str(tmp_path / "y.key"), "--owner", "organisation:demo-penang-yard")
    )
    shell("act", "enrol-key", "--owner", told["owner"], "--public", told["public"], "--proof", told["proof"])
    act = {
        "kind": "custody.collect",
        "actor": told["owner"],
        "body": {
            "event": "E1",
            "lot": "L1",
            "stream": "mixed-small-e-waste",
            "grams": 5,
            "facility": "demo-penang-yard-site",
            "economy": "MYS",
            "label": "x",
        },
    }
    (tmp_path / "act.json").write_text(json.dumps(act))
    signed = json.loads(shell("act", "sign", "--key", str(tmp_path / "y.key"), "--in", str(tmp_path / "act.json")))
    assert signed["act"]["key"] == told["key"]
    # The claimed time is the demonstration's, so that the demonstration takes it.
    assert signed["act"]["claimed"].startswith("2025-08-31")
    shell("journal", "verify", "--against", str(kept))
    assert json.loads(shell("journal", "rebuild", "--check", "--json"))["differences"] == []
    # No lot is on record yet: that is no balance that closes. The demonstration begins the record anew.
    empty = json.loads(shell("balance", "--json", code=1))
    assert (empty["empty"], empty["adds_up"], empty["closure_g"]) == (True, None, 0)
    shell("demo")
    full = json.loads(shell("balance", "--json"))
    assert (full["empty"], full["adds_up"], full["closure_g"]) == (False, True, 0)
    assert full["collected_g"] > 0
    assert shell("clock")
    assert "NOPE" in shell("trace", "NOPE", code=2)


def test_the_demonstration_prints_one_object(shell):
    result = json.loads(shell("demo", "--fresh", "--json"))
    assert {"steps", "stages", "closure_g", "recovered_g", "origin_shares", "verdicts", "journal"} <= set(result)
    assert result["closure_g"] == 0
    assert result["journal"]["intact"]


@pytest.mark.parametrize(
    "words",
    [
        ["verdict", "--from", "MYS", "--to", "JPN", "--stream", "circuit-bords", "--on", "2025-10-01"],
        ["verdict", "--batch", "/nonexistent.csv"],
        ["demo", "--scenario", "/nonexistent.toml"],
        ["serve", "--port", "99999999"],
        ["journal", "verify", "--against", "/nonexistent"],
        ["act", "sign", "--key", "/nonexistent", "--in", "/nonexistent"],
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(shell, words):
    assert shell(*words, code=2).strip()


def test_a_folder_that_cannot_be_written_is_named(shell):
    assert "MEGURI_HOME" in shell("setup", code=2, MEGURI_HOME="/proc/nowhere")


def test_every_command_helps(shell):
    listed = shell("--help")
    for command in ("verdict", "trace", "balance", "journal", "act", "demo", "bench", "screenshots", "setup", "serve"):
        assert command in listed
        assert "usage" in shell(command, "--help")


def test_a_key_that_begins_with_a_dash_is_a_value(capsys):
    """One key or signature in 64 does; it is not taken for an option that nobody knows."""
    key, proof = "-" + "F" * 42, "--" + "x" * 84
    words = ["act", "enrol-key", "--owner", "organisation:x", "--public", key, "--proof", proof]
    with pytest.raises(SystemExit):
        cli.parser().parse_args(words)
    told = cli.parser().parse_args(cli.whole(words))
    assert (told.public, told.proof) == (key, proof)
    assert "expected one argument" in capsys.readouterr().err
