"""Each way of meddling with a small journal, and all that verifying it then says: codes, places and figures."""

from __future__ import annotations

import re

import pytest
from django.db import connection

from journal.settled import sealed
from meguri.journal import services
from meguri.journal.entry import triggers
from meguri.journal.log import checkpoints, sealing, verification
from meguri.journal.models import ActRow, Checkpoint, Founding, Leaf, Subject, Tile
from meguri.journal.services import Utterance
from meguri.journal.signatures import keyring, merkle, signing

ANN = "organisation:ann"
pytestmark = [pytest.mark.django_db, pytest.mark.writes_outside]


class Story:
    """Some sealed acts under two checkpoints, and one that is not sealed; without the triggers."""

    def __init__(self, toy):
        services.attest(ANN, [Utterance("toy.open", toy.Open(f"p{i}", 10)) for i in range(6)])
        services.say(ANN, "toy.move", toy.Move("p0", "p1", 4))
        self.first = sealed()
        services.say(ANN, "toy.move", toy.Move("p1", "p2", 5))
        services.say(ANN, "toy.move", toy.Move("p2", "p3", 5))
        self.last = sealed()
        services.say(ANN, "toy.move", toy.Move("p3", "p4", 5))
        self.numbers = list(ActRow.objects.order_by("number").values_list("number", flat=True))
        with connection.cursor() as cursor:
            for table in triggers.TABLES:
                if connection.vendor == "postgresql":
                    cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
                else:
                    cursor.execute(f"DROP TRIGGER {table}_no_update")
                    cursor.execute(f"DROP TRIGGER {table}_no_delete")

    def act(self, place, **changes):
        ActRow.objects.filter(number=self.numbers[place]).update(**changes)

    def row(self, place):
        return ActRow.objects.get(number=self.numbers[place])

    def leaf(self, place):
        return Leaf.objects.filter(number=self.numbers[place])

    def log_key(self):
        return keyring.private(Founding.objects.get().value.log_key)

    def note(self, which, **changes):
        """A checkpoint's note written anew."""
        old = checkpoints.read(which.note)
        fields = {"origin": old.origin, "size": old.size, "root": old.root, "private": self.log_key(), **changes}
        return checkpoints.write(**fields)

    def said(self, against=None):
        """What verifying says, places counted from the first act."""
        report = services.verify(against).to_json()
        places = {number: place for place, number in enumerate(self.numbers)}

        def place(where):
            return re.sub(r"number (\d+)", lambda found: f"act {places.get(int(found[1]), '?')}", where)

        found = [f"{finding['code']} {place(finding['where'])}".strip() for finding in report["findings"]]
        assert report["intact"] == (not found)
        assert report["node"] == Founding.objects.get().value.node
        return (report["acts"], report["sealed"], report["unsealed"], report["against"]), found


@pytest.fixture
def story(toy, monkeypatch):
    for module in (sealing, verification):
        monkeypatch.setattr(module, "STRIDE", 2)
    return Story(toy)


def swap_leaves(story):
    one, other = story.leaf(5).get(), story.leaf(6).get()
    Leaf.objects.filter(index=one.index).update(number=-1)
    Leaf.objects.filter(index=other.index).update(number=one.number)
    Leaf.objects.filter(index=one.index).update(number=other.number)


def drop(model, **which):
    return lambda story: model.objects.filter(**which).delete()


MEDDLING = {
    "nothing": lambda story: None,
    "a bit of an act": lambda story: story.act(5, canonical=bytes(story.row(5).canonical).replace(b"p", b"q", 1)),
    "a bit of an act that is not sealed": lambda story: story.act(-1, canonical=bytes(story.row(-1).canonical) + b" "),
    "another's signature": lambda story: story.act(5, signature=bytes(story.row(6).signature)),
    "no signature": lambda story: story.act(5, signature=b"{}"),
    "kind": lambda story: story.act(5, kind="toy.move"),
    "version": lambda story: story.act(5, version=2),
    "actor": lambda story: story.act(5, actor="organisation:x"),
    "key": lambda story: story.act(5, key="x"),
    "nonce": lambda story: story.act(5, nonce="x"),
    "claimed": lambda story: story.act(5, claimed=story.row(5).claimed.replace(year=2020)),
    "legal": lambda story: story.act(5, legal=story.row(5).claimed),
    "recorded": lambda story: story.act(5, recorded=story.row(5).recorded.replace(year=2100)),
    "recorded before its key": lambda story: story.act(5, recorded=story.row(5).recorded.replace(year=1999)),
    "all columns": lambda story: story.act(5, kind="x", version=9, actor="x", key="x", nonce="x"),
    "an act gone": lambda story: story.act(5) or ActRow.objects.filter(number=story.numbers[5]).delete(),
    "the last sealed act gone": lambda story: ActRow.objects.filter(number=story.numbers[-2]).delete(),
    "both last acts gone": lambda story: ActRow.objects.filter(number__gte=story.numbers[-2]).delete(),
    "the act that is not sealed gone": lambda story: ActRow.objects.filter(number=story.numbers[-1]).delete(),
    "a subject gone": lambda story: Subject.objects.filter(number=story.numbers[5]).delete(),
    "a subject more": lambda story: Subject.objects.create(number=story.numbers[5], subject="pot:zz"),
    "a leaf gone": lambda story: story.leaf(5).delete(),
    "the first leaf gone": lambda story: story.leaf(0).delete(),
    "the last leaf gone": lambda story: story.leaf(-2).delete(),
    "another leaf": lambda story: story.leaf(5).update(hash=b"x" * 32),
    "leaves changed round": swap_leaves,
    "a leaf more": lambda story: Leaf.objects.create(
        index=len(story.numbers) - 1, number=story.numbers[-1], hash=merkle.leaf_hash(sealing.leaf_of(story.row(-1)))
    ),
    "a tile": lambda story: Tile.objects.filter(level=2, index=1).update(hash=b"x" * 32),
    "a tile gone": drop(Tile, level=2, index=0),
    "the first checkpoint gone": lambda story: Checkpoint.objects.filter(size=story.first.size).delete(),
    "the last checkpoint gone": lambda story: Checkpoint.objects.filter(size=story.last.size).delete(),
    "all checkpoints gone": drop(Checkpoint),
    "a root": lambda story: Checkpoint.objects.filter(size=story.first.size).update(root=b"x" * 32),
    "peaks": lambda story: Checkpoint.objects.filter(size=story.first.size).update(peaks=b"x" * 32),
    "no note": lambda story: Checkpoint.objects.filter(size=story.first.size).update(note="x"),
    "a note of another root": lambda story: Checkpoint.objects.filter(size=story.first.size).update(
        note=story.note(story.first, root=b"x" * 32)
    ),
    "a note of another size": lambda story: Checkpoint.objects.filter(size=story.first.size).update(
        note=story.note(story.first, size=1)
    ),
    "a note of another node": lambda story: Checkpoint.objects.filter(size=story.last.size).update(
        note=story.note(story.last, origin="x")
    ),
    "a note by another key": lambda story: Checkpoint.objects.filter(size=story.last.size).update(
        note=story.note(story.last, private=signing.new_key())
    ),
}
AGAINST = {
    "the first": lambda story: story.first.note,
    "the last": lambda story: story.last.note,
    "another root": lambda story: story.note(story.first, root=b"x" * 32),
    "a longer log": lambda story: story.note(story.last, size=99),
    "another node's": lambda story: story.note(story.first, origin="meguri.other"),
    "another key's": lambda story: story.note(story.first, private=signing.new_key()),
    "nothing": lambda story: story.note(story.first, size=0, root=merkle.EMPTY),
    "nothing with a root": lambda story: story.note(story.first, size=0),
}
SEALED = (13, 12, 1, None)
"""Acts, those that are sealed, those that are not, and against which checkpoint."""
SAID = {
    "nothing": (SEALED, []),
    "a bit of an act": (SEALED, ["altered act 5"]),
    "a bit of an act that is not sealed": (SEALED, ["altered act 12"]),
    "another's signature": (
        SEALED,
        [
            "act act 5",
            "altered act 5",
            "tile act 7",
            "root checkpoint 10",
            "checkpoint checkpoint 10",
            "root checkpoint 12",
            "checkpoint checkpoint 12",
        ],
    ),
    "no signature": (
        SEALED,
        [
            "act act 5",
            "altered act 5",
            "tile act 7",
            "root checkpoint 10",
            "checkpoint checkpoint 10",
            "root checkpoint 12",
            "checkpoint checkpoint 12",
        ],
    ),
    "kind": (SEALED, ["altered act 5"]),
    "version": (SEALED, ["altered act 5"]),
    "actor": (SEALED, ["altered act 5"]),
    "key": (SEALED, ["altered act 5"]),
    "nonce": (SEALED, ["altered act 5"]),
    "claimed": (SEALED, ["altered act 5"]),
    "legal": (SEALED, ["altered act 5"]),
    "recorded": (
        SEALED,
        [
            "altered act 5",
            "tile act 7",
            "root checkpoint 10",
            "checkpoint checkpoint 10",
            "root checkpoint 12",
            "checkpoint checkpoint 12",
        ],
    ),
    "recorded before its key": (
        SEALED,
        [
            "act act 5",
            "altered act 5",
            "tile act 7",
            "root checkpoint 10",
            "checkpoint checkpoint 10",
            "root checkpoint 12",
            "checkpoint checkpoint 12",
        ],
    ),
    "all columns": (SEALED, ["altered act 5", "altered act 5", "altered act 5", "altered act 5", "altered act 5"]),
    "an act gone": (
        (12, 11, 1, None),
        [
            "reordered act 6",
            "reordered act 7",
            "reordered act 8",
            "tile act 8",
            "reordered act 9",
            "reordered act 10",
            "root checkpoint 10",
            "checkpoint checkpoint 10",
            "reordered act 11",
            "dropped act 5",
            "dropped act 5",
            "size",
        ],
    ),
    "the last sealed act gone": ((12, 11, 1, None), ["dropped act 11", "dropped act 11", "size"]),
    "both last acts gone": ((11, 11, 0, None), ["dropped act 11", "size"]),
    "the act that is not sealed gone": ((12, 12, 0, None), []),
    "a subject gone": (SEALED, ["subjects act 5"]),
    "a subject more": (SEALED, ["subjects act 5"]),
    "a leaf gone": (
        (13, 11, 2, None),
        [
            "inserted act 5",
            "reordered act 6",
            "reordered act 7",
            "reordered act 8",
            "tile act 8",
            "reordered act 9",
            "reordered act 10",
            "root checkpoint 10",
            "checkpoint checkpoint 10",
            "reordered act 11",
            "size",
        ],
    ),
    "the first leaf gone": (
        (13, 11, 2, None),
        [
            "inserted act 0",
            "reordered act 1",
            "reordered act 2",
            "reordered act 3",
            "reordered act 4",
            "tile act 4",
            "reordered act 5",
            "reordered act 6",
            "reordered act 7",
            "reordered act 8",
            "tile act 8",
            "reordered act 9",
            "reordered act 10",
            "root checkpoint 10",
            "checkpoint checkpoint 10",
            "reordered act 11",
            "size",
        ],
    ),
    "the last leaf gone": ((13, 0, 13, None), ["leaf", "size"]),
    "another leaf": (SEALED, ["altered act 5"]),
    "leaves changed round": (SEALED, ["reordered act 5", "altered act 5", "reordered act 6", "altered act 6"]),
    "a leaf more": (SEALED, ["leaf"]),
    "a tile": (SEALED, ["tile act 7"]),
    "a tile gone": (SEALED, ["tile act 3"]),
    "the first checkpoint gone": (SEALED, []),
    "the last checkpoint gone": ((13, 10, 3, None), ["leaf"]),
    "all checkpoints gone": ((13, 0, 13, None), ["leaf"]),
    "a root": (SEALED, ["root checkpoint 10"]),
    "peaks": (SEALED, ["root checkpoint 10"]),
    "no note": (SEALED, ["checkpoint checkpoint 10"]),
    "a note of another root": (SEALED, ["checkpoint checkpoint 10"]),
    "a note of another size": (SEALED, ["checkpoint checkpoint 10"]),
    "a note of another node": (SEALED, ["checkpoint checkpoint 12"]),
    "a note by another key": (SEALED, ["checkpoint-signature checkpoint 12"]),
}
COMPARED = {
    "the first": ((13, 12, 1, 10), []),
    "the last": ((13, 12, 1, 12), []),
    "another root": ((13, 12, 1, 10), ["forked kept checkpoint 10"]),
    "a longer log": ((13, 12, 1, 99), ["dropped kept checkpoint 99"]),
    "another node's": ((13, 12, 1, 10), ["origin kept checkpoint 10"]),
    "another key's": ((13, 12, 1, 10), ["checkpoint-signature kept checkpoint 10"]),
    "nothing": ((13, 12, 1, 0), []),
    "nothing with a root": ((13, 12, 1, 0), ["forked kept checkpoint 0"]),
}


@pytest.mark.parametrize("name", MEDDLING)
def test_meddling_is_found_out(story, name):
    MEDDLING[name](story)
    assert story.said() == SAID[name]


@pytest.mark.parametrize("name", AGAINST)
def test_a_kept_checkpoint_is_held_against_the_log(story, name):
    assert story.said(AGAINST[name](story)) == COMPARED[name]
