"""Released versions of kinds never change: acts kept in files still fold to the states kept with them.

One file a version, ``kept/<kind>.<version>.json``: ``before`` and ``after`` are states by
subject, ``acts`` the acts between them with their id, number and time of taking down. `keep` makes such a file.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import msgspec
import pytest

from meguri.journal import books, kinds
from meguri.journal.act import Act, Entry
from meguri.journal.world import World

FILES = sorted(Path(__file__).parent.glob("kept/*.json"))


def fold(kept):
    """The states that the kept acts lead to, as JSON has them."""
    states = {subject: state_of(subject, state) for subject, state in kept["before"].items()}
    for line in kept["acts"]:
        act = msgspec.convert(line["act"], Act)
        assert act.id == line["id"], "the canonical bytes of a released act never change"
        kind = kinds.find(act.kind)
        body = kind.read(act)
        assert act.subjects == tuple(sorted(set(kind.subjects(body)))), "nor do its subjects"
        names = act.subjects
        world = World({name: states.get(name) for name in names}, frozenset(act.subjects))
        entry = Entry(act=act, id=act.id, number=line["number"], recorded=datetime.fromisoformat(line["recorded"]))
        for folding in kind.folds:
            folding.fold(world, entry, body)
        states.update(world.changes())
    return {name: json.loads(msgspec.json.encode(state)) for name, state in sorted(states.items())}


def state_of(subject, state):
    return msgspec.convert(state, books.book(books.split(subject)[0]).model.STATE, str_keys=True)


def keep(path, before, acts):
    """Write a kept file from states and (act, number, recorded); look at it before committing it."""
    kept = {
        "before": {name: json.loads(msgspec.json.encode(state)) for name, state in before.items()},
        "acts": [
            {"id": act.id, "number": number, "recorded": recorded.isoformat(), "act": msgspec.to_builtins(act)}
            for act, number, recorded in acts
        ],
    }
    kept["after"] = fold(kept)
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(kept, ensure_ascii=False, indent=1, sort_keys=True) + "\n")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_kept_acts_fold_as_they_always_did(path):
    kept = json.loads(path.read_text())
    assert fold(kept) == kept["after"]


def test_every_kind_of_the_journal_has_a_kept_file():
    wanted = {f"{kind.name}.{kind.version}" for kind in kinds.every() if kind.name.startswith("journal.")}
    assert wanted <= {path.stem for path in FILES}
