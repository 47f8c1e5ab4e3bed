"""No command answers wrong arguments with a traceback. All values: ``python -m tests.every_command``."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import every_command
import processes
from meguri.portal import cli

TESTS = Path(__file__).parent


def test_every_command_answers_what_is_wrong_in_a_sentence(tmp_path):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MEGURI_", "DJANGO_"))}
    env = {**kept, "MEGURI_HOME": str(tmp_path), "HOME": str(tmp_path), "MEGURI_MODE": "local"}
    assert processes.run(["-m", "meguri", "setup"], env).returncode == 0
    path = f"import sys; sys.path.insert(0, {str(TESTS)!r}); import every_command"
    done = processes.run(["-c", f"{path}; raise SystemExit(every_command.main([], each=2))"], env, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_command_that_does_not_answer_is_seen(monkeypatch):
    def broken(words):
        raise ZeroDivisionError(words)

    monkeypatch.setattr(cli, "main", broken)
    _, fault = every_command.asked(["anything"])
    assert "ZeroDivisionError" in fault
    monkeypatch.setattr(cli, "main", lambda words: sys.exit(7))
    assert every_command.asked(["anything"]) == (7, "")


def test_all_commands_are_walked():
    words = {one for one, _ in every_command.leaves(cli.parser())}
    assert ("registry", "licence", "grant") in words
    assert len(words) > 90
