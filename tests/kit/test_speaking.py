"""Commands speak the terminal's language, or the one asked for; what is for machines is in English."""

from __future__ import annotations

import argparse

import pytest

from meguri.kit.language import speaking
from meguri.portal import cli


@pytest.fixture
def terminal(monkeypatch):
    def say(**variables):
        for name in speaking.VARIABLES:
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)

    return say


@pytest.mark.parametrize(
    ("variables", "language"),
    [
        ({}, "en"),
        ({"LANG": "ja_JP.UTF-8"}, "ja"),
        ({"LANG": "ja_JP.UTF-8", "LC_MESSAGES": "en_GB.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "ja_JP"}, "ja"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LC_ALL": "", "LANG": "ja"}, "ja"),
    ],
)
def test_a_command_follows_the_terminal(terminal, variables, language):
    terminal(**variables)
    assert speaking.language(argparse.Namespace()) == language
    assert speaking.language(argparse.Namespace(lang=None, json=True)) == "en"
    assert speaking.language(argparse.Namespace(lang="ja", json=True)) == "ja"


def test_a_problem_is_told_in_the_terminals_language(terminal, capsys):
    terminal(LANG="ja_JP.UTF-8")
    assert cli.main(["plan", "run", "referense"]) == 2
    japanese = capsys.readouterr().err
    terminal(LANG="en_GB.UTF-8")
    assert cli.main(["plan", "run", "referense"]) == 2
    english = capsys.readouterr().err
    assert english.isascii() or "“" in english
    assert japanese != english
    assert any("぀" <= letter <= "ヿ" for letter in japanese)
