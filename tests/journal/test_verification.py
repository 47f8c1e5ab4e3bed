"""Whoever alters the record is found out: one bit, a dropped act, a history rewritten and signed anew."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from django.db import connection, transaction

from journal.settled import sealed
from meguri.journal import services
from meguri.journal.act import Act
from meguri.journal.entry import triggers
from meguri.journal.log import checkpoints, sealing
from meguri.journal.models import ActRow, Checkpoint, Founding, Key, Leaf, LiesRow, Subject, Tile
from meguri.journal.services import Utterance
from meguri.journal.signatures import keyring, merkle, signing
from meguri.kit.problems import Refused

ANN = "organisation:ann"
pytestmark = [pytest.mark.django_db, pytest.mark.writes_outside]


@pytest.fixture
def story(toy):
    """Some sealed acts, a checkpoint kept from then, and some more."""
    services.attest(ANN, [Utterance("toy.open", toy.Open(f"p{i}", 10)) for i in range(20)])
    services.say(ANN, "toy.move", toy.Move("p0", "p1", 4))
    kept = sealed()
    assert kept is not None
    services.say(ANN, "toy.move", toy.Move("p1", "p2", 5))
    sealed()
    return kept.note


@pytest.fixture
def free(db):
    """An operator who takes the triggers off before meddling."""
    with connection.cursor() as cursor:
        for table in triggers.TABLES:
            if connection.vendor == "postgresql":
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            else:
                cursor.execute(f"DROP TRIGGER {table}_no_update")
                cursor.execute(f"DROP TRIGGER {table}_no_delete")


def codes(report):
    return {finding.code for finding in report.findings}


def test_an_untouched_journal_is_intact_and_says_what_that_shows(story):
    alone, against = services.verify(), services.verify(story)
    assert alone.intact, alone.findings
    assert against.intact, against.findings
    assert "consistent in itself" in alone.statement.say()
    assert "altered, dropped, reordered or forked" in against.statement.say()
    assert against.against == checkpoints.read(story).size < against.sealed == against.acts


def test_an_unsealed_tail_is_reported_and_no_fault(story, toy):
    services.say(ANN, "toy.open", toy.Open("late", 1))
    report = services.verify(story)
    assert report.intact
    assert report.to_json()["unsealed"] == 1


def test_an_empty_journal_is_intact(db):
    assert services.verify().to_json()["acts"] == 0


@pytest.mark.parametrize("column", ["canonical", "signature"])
@pytest.mark.parametrize("act", [0, 7, -1])
def test_one_bit_is_found(story, free, column, act):
    row = list(ActRow.objects.order_by("number"))[act]
    data = bytearray(getattr(row, column))
    for place in (0, len(data) // 2, len(data) - 2):
        flipped = bytearray(data)
        flipped[place] ^= 1
        ActRow.objects.filter(number=row.number).update(**{column: bytes(flipped)})
        assert not services.verify().intact, place
    ActRow.objects.filter(number=row.number).update(**{column: bytes(data)})
    assert services.verify(story).intact


@pytest.mark.parametrize(
    "change", [{"actor": "organisation:x"}, {"kind": "toy.move"}, {"nonce": "x"}, {"act_id": "0" * 64}]
)
def test_a_changed_column_is_found(story, free, change):
    ActRow.objects.filter(number=ActRow.objects.order_by("number")[5].number).update(**change)
    assert not services.verify().intact


def test_a_changed_time_of_taking_down_is_found(story, free):
    row = ActRow.objects.order_by("number")[5]
    ActRow.objects.filter(number=row.number).update(recorded=row.recorded.replace(year=2020))
    assert not services.verify().intact


@pytest.mark.parametrize("table", ["journal_act", "journal_subject", "journal_leaf", "journal_checkpoint"])
def test_a_dropped_row_is_found(story, free, table):
    number = ActRow.objects.order_by("number")[9].number
    column = "size" if table == "journal_checkpoint" else "number"
    last = Checkpoint.objects.order_by("-size").values_list("size", flat=True)[0]
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table} WHERE {column} = %s", [last if column == "size" else number])
    assert not services.verify().intact


def test_an_act_put_among_sealed_ones_is_found(story, free, toy):
    if connection.vendor == "postgresql":
        pytest.skip("numbers are moved aside on SQLite, where they have no gaps")
    receipt = services.say(ANN, "toy.open", toy.Open("late", 1))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE journal_act SET number = 0 WHERE number = %s", [receipt.number])
        cursor.execute("UPDATE journal_subject SET number = 0 WHERE number = %s", [receipt.number])
    assert "inserted" in codes(services.verify())


def rewrite(change):
    """What an operator with all keys can do: alter acts, sign them and the whole log anew, consistently."""
    founding = Founding.objects.get().value
    rows = list(ActRow.objects.order_by("number"))
    Leaf.objects.all().delete()
    sizes = list(Checkpoint.objects.order_by("size").values_list("size", "at"))
    Checkpoint.objects.all().delete()
    grown = merkle.CompactRange()
    for row in change(rows):
        act = msgspec.json.decode(bytes(row.canonical), type=Act)
        row.act_id = act.id
        row.signature = msgspec.json.encode(signing.sign_acts(keyring.private(act.key), [act.id])[0])
        ActRow.objects.filter(number=row.number).update(
            act_id=row.act_id, canonical=row.canonical, signature=row.signature
        )
        hash = merkle.leaf_hash(sealing.leaf_of(row))
        Leaf.objects.create(index=grown.size, number=row.number, hash=hash)
        grown.append(hash)
        for size, at in sizes:
            if size == grown.size:
                Checkpoint.objects.create(
                    size=size,
                    root=grown.root(),
                    peaks=b"".join(grown.peaks),
                    note=checkpoints.write(founding.node, size, grown.root(), keyring.private(founding.log_key)),
                    at=at,
                )


def more_beans(rows):
    act = msgspec.json.decode(bytes(rows[5].canonical), type=Act)
    rows[5].canonical = msgspec.structs.replace(act, body=act.body | {"beans": 11}).canonical()
    return rows


def test_a_history_rewritten_and_signed_anew_is_found_against_a_kept_checkpoint(story, free):
    rewrite(more_beans)
    alone = services.verify()
    assert alone.intact, alone.findings
    report = services.verify(story)
    assert codes(report) == {"forked"}


def test_even_with_a_new_log_key(story, free):
    other = signing.new_key()
    note = checkpoints.read(story)
    forged = checkpoints.write(note.origin, note.size, note.root, other)
    assert codes(services.verify(forged)) == {"checkpoint-signature"}


def test_a_shortened_log_is_found_against_a_kept_checkpoint(story, free):
    newest = Checkpoint.objects.order_by("-size")[0]
    last = ActRow.objects.order_by("-number")[0].number
    with connection.cursor() as cursor:
        for table in ("journal_act", "journal_subject", "journal_leaf"):
            cursor.execute(f"DELETE FROM {table} WHERE number = %s", [last])
        cursor.execute("DELETE FROM journal_checkpoint WHERE size = %s", [newest.size])
    assert services.verify(story).intact
    assert "dropped" in codes(services.verify(newest.note))


def test_an_act_by_a_key_that_was_revoked_before_is_found(story, free, toy):
    """The operator backdates a revocation and keeps acts that it should have stopped."""
    key = Key.objects.get(owner=ANN)
    services.revoke(key.pk, effective=services.clock.now() - timedelta(days=1))
    row = ActRow.objects.get(kind="journal.revoke_key")
    with connection.cursor() as cursor:
        first = ActRow.objects.filter(actor=ANN).order_by("number")[0].number
        for table in ("journal_act", "journal_subject"):
            cursor.execute(
                f"UPDATE {table} SET number = number + 1000 WHERE number >= %s AND number <> %s", [first, row.number]
            )
            cursor.execute(f"UPDATE {table} SET number = %s WHERE number = %s", [first, row.number])
    assert "act" in codes(services.verify())


def named(report):
    """What was found, where: code, place, and the English template's beginning."""
    return {(finding.code, finding.pointer, finding.text.partition(" ")[2][:20]) for finding in report.findings}


def test_a_report_says_what_was_read(story):
    report = services.verify(story)
    newest = Checkpoint.objects.order_by("-size")[0]
    assert report.root == bytes(newest.root).hex()
    assert report.acts == report.sealed == newest.size == ActRow.objects.count()
    assert report.to_json()["unsealed"] == 0
    assert report.to_json()["findings"] == []


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("kind", "toy.move"),
        ("version", 2),
        ("actor", "organisation:x"),
        ("key", "k"),
        ("nonce", "n"),
        ("claimed", timedelta(milliseconds=1)),
        ("legal", timedelta()),
    ],
)
def test_the_column_that_was_changed_is_named(story, free, column, value):
    row = ActRow.objects.order_by("number")[5]
    ActRow.objects.filter(number=row.number).update(
        **{column: row.claimed + value if isinstance(value, timedelta) else value}
    )
    (finding,) = services.verify().findings
    assert (finding.code, finding.pointer, finding.params["name"]) == ("altered", f"number {row.number}", column)


def test_what_is_wrong_with_leaves_and_subjects_is_named(story, free):
    one, other, third = ActRow.objects.order_by("number")[5:8]
    where = f"number {one.number}"
    Subject.objects.filter(number=one.number).update(subject="pot:elsewhere")
    assert named(services.verify()) == {("subjects", where, "stored subjects are ")}
    Subject.objects.filter(number=one.number).update(subject=msgspec.json.decode(one.canonical)["subjects"][0])
    assert services.verify(story).intact
    hash = bytes(Leaf.objects.get(number=one.number).hash)
    Leaf.objects.filter(number=one.number).update(hash=bytes(32))
    assert named(services.verify()) == {("altered", where, "sealed leaf is not t")}
    Leaf.objects.filter(number=one.number).update(hash=hash)
    swap = {leaf.number: leaf.index for leaf in Leaf.objects.filter(number__in=(other.number, third.number))}
    Leaf.objects.filter(number=other.number).update(index=10**6)
    Leaf.objects.filter(number=third.number).update(index=swap[other.number])
    Leaf.objects.filter(index=10**6).update(index=swap[third.number])
    assert named(services.verify()) == {
        ("reordered", f"number {number}", "{index} should be le") for number in (other.number, third.number)
    }


def test_an_act_that_is_gone_is_missed_by_its_leaf_and_its_subjects(story, free):
    row = ActRow.objects.order_by("number")[5]
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM journal_act WHERE number = %s", [row.number])
    found = named(services.verify())
    assert ("dropped", f"number {row.number}", "sealed act is gone.") in found
    assert ("dropped", f"number {row.number}", "are there for an act") in found
    assert {code for code, _, _ in found} >= {"dropped", "reordered", "size"}


def test_the_last_acts_that_are_gone_are_missed_too(story, free):
    last = ActRow.objects.order_by("-number")[0].number
    with connection.cursor() as cursor:
        for table in ("journal_act", "journal_subject"):
            cursor.execute(f"DELETE FROM {table} WHERE number = %s", [last])
    assert {(f.code, f.pointer) for f in services.verify().findings} == {("dropped", f"number {last}"), ("size", "")}


def test_leaves_that_no_checkpoint_covers_are_found(story, free):
    newest = Checkpoint.objects.order_by("-size")[0]
    Checkpoint.objects.filter(size=newest.size).delete()
    assert named(services.verify()) == {("leaf", "", "log has leaves that ")}


def test_the_last_leaf_that_is_gone_is_missed(story, free):
    Leaf.objects.filter(index=Checkpoint.objects.order_by("-size")[0].size - 1).delete()
    assert ("leaf", "", "newest checkpoint ha") in named(services.verify())


@pytest.mark.parametrize("what", ["root", "peaks", "text", "origin", "size", "stated", "key"])
def test_what_is_wrong_with_a_checkpoint_is_named(story, free, what):
    founding = Founding.objects.get().value
    log = keyring.private(founding.log_key)
    stored = Checkpoint.objects.order_by("size")[0]
    note = checkpoints.read(stored.note)
    where = f"checkpoint {stored.size}"
    changes, code = {
        "root": ({"root": bytes(32)}, "root"),
        "peaks": ({"peaks": bytes(stored.peaks)[:-1] + b"x"}, "root"),
        "text": ({"note": "hello"}, "checkpoint"),
        "origin": ({"note": checkpoints.write("elsewhere", note.size, note.root, log)}, "checkpoint"),
        "size": ({"note": checkpoints.write(note.origin, note.size + 1, note.root, log)}, "checkpoint"),
        "stated": ({"note": checkpoints.write(note.origin, note.size, bytes(32), log)}, "checkpoint"),
        "key": (
            {"note": checkpoints.write(note.origin, note.size, note.root, signing.new_key())},
            "checkpoint-signature",
        ),
    }[what]
    Checkpoint.objects.filter(size=stored.size).update(**changes)
    assert [(f.code, f.pointer) for f in services.verify().findings] == [(code, where)]


def test_a_kept_checkpoint_is_of_this_log_at_its_size(story):
    founding = Founding.objects.get().value
    log = keyring.private(founding.log_key)
    note = checkpoints.read(story)

    def found(origin, size, root):
        text = checkpoints.write(origin, size, root, log)
        return [(f.code, f.pointer) for f in services.verify(text).findings]

    newest = Checkpoint.objects.order_by("-size")[0]
    assert found(note.origin, note.size, note.root) == []
    assert found(note.origin, newest.size, bytes(newest.root)) == []
    assert found(note.origin, 0, merkle.EMPTY) == []
    assert found(note.origin, 0, note.root) == [("forked", "kept checkpoint 0")]
    assert found("elsewhere", note.size, note.root) == [("origin", f"kept checkpoint {note.size}")]
    assert found(note.origin, note.size, bytes(32)) == [("forked", f"kept checkpoint {note.size}")]
    more = newest.size + 1
    assert found(note.origin, more, bytes(newest.root)) == [("dropped", f"kept checkpoint {more}")]


def test_findings_of_one_code_are_told_twenty_times(story, free, toy):
    services.attest(ANN, [Utterance("toy.open", toy.Open(f"q{i}", 1)) for i in range(5)])
    ActRow.objects.all().update(kind="toy.close")
    report = services.verify()
    assert [f.code for f in report.findings if f.params.get("name") == "kind"] == ["altered"] * 20


def test_a_stored_subtree_that_was_changed_is_found(toy, free, monkeypatch):
    monkeypatch.setattr(sealing, "STRIDE", 2)
    monkeypatch.setattr("meguri.journal.log.verification.STRIDE", 2)
    services.attest(ANN, [Utterance("toy.open", toy.Open(f"p{i}", 1)) for i in range(20)])
    sealed()
    for level, index in Tile.objects.values_list("level", "index"):
        kept = bytes(Tile.objects.get(level=level, index=index).hash)
        Tile.objects.filter(level=level, index=index).update(hash=bytes(32))
        assert codes(services.verify()) == {"tile"}, (level, index)
        Tile.objects.filter(level=level, index=index).update(hash=kept)
    assert {level for level, _ in Tile.objects.values_list("level", "index")} == {2, 4}
    assert services.verify().intact


def test_what_is_no_checkpoint_is_refused(db):
    for text in ("", "hello", "a\n1\nAAAA\n\n— a AAAA\n", "a\n-1\n" + "A" * 43 + "=\n\n— a AAAA\n"):
        with pytest.raises(Refused, match="no checkpoint"):
            services.verify(text)


def test_sealing_goes_on_where_it_stopped(toy):
    sizes = []
    for i in range(5):
        services.attest(ANN, [Utterance("toy.open", toy.Open(f"p{i}-{j}", 1)) for j in range(3 + i)])
        sizes.append(sealed().size)
    assert sealed().size == sizes[-1] == ActRow.objects.count()
    leaves = [bytes(hash) for hash in Leaf.objects.order_by("index").values_list("hash", flat=True)]
    for checkpoint in Checkpoint.objects.all():
        assert bytes(checkpoint.root) == merkle.root(leaves[: checkpoint.size])
        assert sealing.range_hash(0, checkpoint.size) == bytes(checkpoint.root)


def test_stored_subtrees_give_the_same_hashes(toy, monkeypatch):
    monkeypatch.setattr(sealing, "STRIDE", 2)
    monkeypatch.setattr("meguri.journal.log.verification.STRIDE", 2)
    services.attest(ANN, [Utterance("toy.open", toy.Open(f"p{i}", 1)) for i in range(75)])
    size = sealed().size
    leaves = [bytes(hash) for hash in Leaf.objects.order_by("index").values_list("hash", flat=True)]
    for index in range(size):
        for low, high in merkle.inclusion_ranges(index, size):
            assert sealing.range_hash(low, high) == merkle.root(leaves[low:high])
    for first in range(size):
        for low, high in merkle.consistency_ranges(first, size):
            assert sealing.range_hash(low, high) == merkle.root(leaves[low:high])
    assert services.verify().intact


@pytest.mark.parametrize("what", ["different", "extra", "missing"])
def test_rebuild_finds_and_mends_rows(story, toy, what):
    with transaction.atomic():
        if what == "different":
            toy.Pot.objects.filter(id="p3").update(beans=99)
        elif what == "extra":
            toy.Pot.row("ghost", toy.PotState(ANN, 1)).save()
        else:
            toy.Pot.objects.filter(id="p3").delete()
    checked = services.rebuild(check=True)
    assert [d.what for d in checked.differences] == [what]
    assert not checked.replaced
    # Twenty pots and three keys (the node's, the clock's, Ann's), the log's key, and the founding.
    assert (checked.acts, checked.rows) == (ActRow.objects.count(), 25 + LiesRow.objects.count())
    assert services.rebuild().replaced
    assert services.rebuild(check=True).identical
    assert toy.Pot.objects.get(id="p3").beans == 10
