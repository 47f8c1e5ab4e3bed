"""Scenarios: what is wrong in a file is said with its place, all of it, before anything is played."""

from __future__ import annotations

import json

import pytest

from meguri.demonstration import scenario
from meguri.kit.problems import Refused


def write(tmp_path, text, name="mine.toml"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def pointers(refusal):
    return {problem.pointer for problem in refusal.value.problems}


def test_a_file_needs_only_what_it_changes(tmp_path):
    mine = scenario.load(write(tmp_path, "[yards.penang]\nmass_kg = 123.456\n"))
    assert mine.yards.penang.mass_g == 123_456
    assert mine.yards.selangor == scenario.load().yards.selangor


def test_json_says_the_same_as_toml(tmp_path):
    toml = scenario.load(write(tmp_path, '[receipt]\nweight_kg = "2000.5"\n'))
    same = scenario.load(write(tmp_path, json.dumps({"receipt": {"weight_kg": "2000.5"}}), "mine.json"))
    assert toml == same
    assert toml.receipt.ratio is None


@pytest.mark.parametrize(
    ("text", "pointer"),
    [
        ("[yards.penang]\nmass_kg = -1\n", "/yards/penang/mass_kg"),
        ("[yards.penang]\nmass_kg = 0\n", "/yards/penang/mass_kg"),
        ("[yards.penang]\nmass_kg = 'heavy'\n", "/yards/penang/mass_kg"),
        ("[yards.penang]\nmass_kg = 1.0001\n", "/yards/penang/mass_kg"),
        ("[yards.penang]\nmass_kg = 1e30\n", "/yards/penang/mass_kg"),
        ("[yards.selangor]\ncomposition = {circuit-boards = 0.9, cables = 0.2}\n", "/yards/selangor/composition"),
        ("[yards.selangor]\ncomposition = {cables = 0.2}\n", "/yards/selangor/composition/circuit-boards"),
        ("[dates]\nreceived = 2025-01-01\n", "/dates/received"),
        ("[shipping]\nbags = 0\n", "/shipping/bags"),
        ("[receipt]\nrefused_bag = 11\n", "/receipt/refused_bag"),
        ("[receipt]\nrefused_bag = 1\nrefused_reason = ''\n", "/receipt/refused_reason"),
        ("[receipt]\nratio = 0.9\nweight_kg = 3\n", "/receipt"),
        ("[smelting]\nassay = {Cu = 1.2}\n", "/smelting/assay/Cu"),
        ("[dates]\nreceived = 'soon'\n", "/dates/received"),
    ],
)
def test_what_cannot_be_is_refused_at_its_place(tmp_path, text, pointer):
    with pytest.raises(Refused) as refusal:
        scenario.load(write(tmp_path, text))
    assert pointer in pointers(refusal)


def test_an_unknown_key_gets_the_nearest_known_one(tmp_path):
    with pytest.raises(Refused, match="refused_bag"):
        scenario.load(write(tmp_path, "[receipt]\nrefusd_bag = 3\n"))


def test_everything_wrong_is_said_at_once(tmp_path):
    with pytest.raises(Refused) as refusal:
        scenario.load(write(tmp_path, "[shipping]\nbags = 0\n[yards.penang]\nmass_kg = -4\n"))
    assert {"/shipping/bags", "/yards/penang/mass_kg"} <= pointers(refusal)


@pytest.mark.parametrize("content", [b"\x00\xff\xfe binary", b"= not toml", b"[1, 2]"])
def test_a_file_that_is_none(tmp_path, content):
    path = tmp_path / "mine.toml"
    path.write_bytes(content)
    with pytest.raises(Refused):
        scenario.load(path)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(Refused, match="cannot be read"):
        scenario.load(tmp_path / "none.toml")
