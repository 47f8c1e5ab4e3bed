"""Frauds planted one by one: what the guards refuse, what stands against an answer, and what nobody can see."""

from __future__ import annotations

import json

import pytest

from meguri.custody.adversary import frauds
from meguri.journal.models import ActRow
from meguri.kit.files import reading
from meguri.kit.problems import Refused
from meguri.play.frauds import planting
from meguri.portal.cli import main

CAST = reading.toml(planting.HERE / "cast.toml")
FLAGGED = {"a-little-more-metal", "metal-leaves", "missing-as-difference", "refused-netted"}
UNSEEN = {
    "a-little-more",
    "foreign-origin",
    "never-existed",
    "over-claim-on-file",
    "rich-sample",
    "waste-behind-bales",
}
"""What no account can see: it takes an inspection, a second scale, or more of the same."""


@pytest.mark.django_db
@pytest.mark.parametrize("kind", planting.kinds())
def test_what_comes_of_a_fraud(kind):
    came = planting.once(planting.kinds()[kind], CAST, 1)
    assert came == ("flagged" if kind in FLAGGED else "unseen" if kind in UNSEEN else "refused")
    assert not ActRow.objects.exists()


def test_there_are_kinds_enough_and_each_says_where_it_is_told_of():
    known = planting.kinds()
    assert len(known) >= 22
    assert known.keys() >= FLAGGED | UNSEEN
    assert [kind for kind, one in known.items() if not (one.words and one.rule and one.source and one.confidence)] == []


@pytest.mark.django_db
def test_a_story_that_is_refused_for_another_cause_is_no_fraud():
    kind = planting.kinds()["renamed-to-metal"]
    with pytest.raises(Refused, match="another cause"):
        planting.once(planting.msgspec.structs.replace(kind, refused_as=("border",)), CAST, 1)


def test_the_bench_tells_histories_and_frauds(capsys, monkeypatch):
    monkeypatch.setattr(frauds, "planted", lambda seed, times: [frauds.FraudCount("k", "words", times, seed, 0)])
    assert main(["bench", "custody", "--adversary", "--histories", "20", "--seed", "3", "--times", "2", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["frauds"] == [{"kind": "k", "refused": 2, "flagged": 3, "unseen": 0}]
    assert {name: told[name] for name in ("histories", "residual_g", "above_bound", "twice", "negative")} == {
        "histories": 20,
        "residual_g": 0,
        "above_bound": 0,
        "twice": 0,
        "negative": 0,
    }
    assert main(["bench", "custody", "--adversary", "--histories", "0"]) == 2
