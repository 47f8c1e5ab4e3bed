"""What seldom happens to a journal, and what it then says: forged rows, lost races, keys that are not kept."""

from __future__ import annotations

import logging

import msgspec
import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from journal.settled import sealed
from meguri.journal import services
from meguri.journal.act import Act
from meguri.journal.entry import history
from meguri.journal.log import checkpoints, sealing
from meguri.journal.models import ActRow, Founding, Leaf, LiesRow, SealedKey, Subject
from meguri.journal.projections import books, sums
from meguri.journal.rebuild import rebuilding, shadow
from meguri.journal.services import Utterance
from meguri.journal.signatures import keyring, merkle, signing
from meguri.journal.signatures.signing import Signature
from meguri.kit.problems import Conflict, NotFound, Problem, Refused

ANN = "organisation:ann"
in_database = pytest.mark.django_db


@pytest.fixture
def pots(toy):
    services.attest(ANN, [Utterance("toy.open", toy.Open(f"p{n}", 10)) for n in range(3)])
    return toy


def forge(number, canonical, key=None):
    """Put another act in the place of one that is not sealed, as whoever holds the database can."""
    act = msgspec.json.decode(canonical, type=Act)
    id = Act.digest(canonical)
    made = signing.sign_acts(key or keyring.private(act.key), [id])[0]
    changes = {"act_id": id, "canonical": canonical, "signature": msgspec.json.encode(made), "key": act.key}
    with connection.cursor() as cursor, services.as_writer():
        if connection.vendor == "postgresql":
            cursor.execute("ALTER TABLE journal_act DISABLE TRIGGER USER")
        else:
            cursor.execute("DROP TRIGGER IF EXISTS journal_act_no_update")
        ActRow.objects.filter(number=number).update(**changes)
    return id


def found(report):
    return [(one.code, one.pointer) for one in report.findings]


@in_database
@pytest.mark.writes_outside
def test_what_is_forged_before_it_is_sealed_is_named(pots):
    row = ActRow.objects.order_by("-number")[0]
    act = msgspec.json.decode(bytes(row.canonical), type=Act)
    where = f"number {row.number}"
    forge(row.number, bytes(row.canonical).replace(b"{", b"{ ", 1))
    assert found(services.verify()) == [("altered", where)]
    more = msgspec.structs.replace(act, subjects=("pot:p2", "pot:zz"))
    forge(row.number, more.canonical())
    with services.as_writer():
        Subject.objects.create(number=row.number, subject="pot:zz")
    assert found(services.verify()) == [("named", where)]
    strange = signing.new_key()
    other = msgspec.structs.replace(more, key=signing.key_id(signing.public_text(strange)))
    forge(row.number, other.canonical(), strange)
    assert found(services.verify()) == [("named", where), ("key-unknown", where)]


def test_what_is_no_act_is_refused():
    for text in (b"{}", b"[", b'{"kind": 1}'):
        with pytest.raises(Refused) as caught:
            history.read(text, Signature("x"))
        assert [(one.pointer, one.code) for one in caught.value.problems] == [("", "schema")]


def note():
    return checkpoints.write("node.example", 7, merkle.EMPTY, signing.new_key())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("—", "-"),
        ("— node", "—  node"),
        ("\n7\n", "\n07\n"),
        ("\n7\n", "\n-7\n"),
        ("\n7\n", "\n٧\n"),
        ("\n7\n", "\n" + "1" * 19 + "\n"),
        ("node.example\n", "\n"),
        ("\n\n", "\n"),
        ("=\n\n", "\n\n"),
    ],
)
def test_what_is_no_checkpoint_is_refused(old, new):
    text = note()
    assert checkpoints.read(text).size == 7
    assert checkpoints.read(text.replace("\n7\n", "\n" + "1" * 18 + "\n")).size == int("1" * 18)
    with pytest.raises(Refused) as caught:
        checkpoints.read(text.replace(old, new, 1))
    assert [(one.pointer, one.code) for one in caught.value.problems] == [("/checkpoint", "checkpoint")]


def test_no_steps_lead_nowhere():
    leaves = [merkle.leaf_hash(bytes([n])) for n in range(5)]
    for first in (3, 5):
        for second in (5, 6):
            whole = [*leaves, merkle.leaf_hash(b"x")]
            right = merkle.verify_consistency(
                first, second, merkle.root(whole[:first]), merkle.root(whole[:second]), []
            )
            assert right == (first == second)


def test_a_signature_says_by_what_and_whose_it_is():
    key = signing.new_key()
    taken = signing.parse(signing.sign(key, signing.ONE, bytes(32)))
    assert taken.header == signing.Header("Ed25519", signing.key_id(signing.public_text(key)), signing.ONE)
    assert (taken.payload, signing.genuine(taken, signing.public_text(key))) == (bytes(32), True)
    assert not signing.genuine(taken, signing.public_text(signing.new_key()))
    assert not signing.genuine(taken, "no key")


def test_a_path_that_is_no_hexadecimal_covers_nothing():
    key = signing.new_key()
    ids = ["00" * 32, "11" * 32]
    made = signing.sign_acts(key, ids)
    jws = signing.parse(made[0].jws)
    assert [signing.covers(one, jws, bytes.fromhex(id)) for one, id in zip(made, ids, strict=True)] == [True, True]
    assert not signing.covers(msgspec.structs.replace(made[0], path=("no",)), jws, bytes.fromhex(ids[0]))
    assert not signing.covers(made[0], jws, bytes.fromhex(ids[1]))


@in_database
def test_a_key_that_is_not_kept_is_not_found():
    with pytest.raises(NotFound) as caught:
        keyring.private("none")
    assert [(one.pointer, one.code) for one in caught.value.problems] == [("/key", "key")]


@in_database
def test_a_kept_key_opens_with_its_secret_alone(settings):
    settings.KEYRING_SECRET = "one"
    id = keyring.keep(signing.new_key())
    assert signing.key_id(signing.public_text(keyring.private(id))) == id
    settings.KEYRING_SECRET = "another"
    with pytest.raises(Refused) as caught:
        keyring.private(id)
    assert [one.code for one in caught.value.problems] == ["keyring"]
    assert bytes(SealedKey.objects.get(id=id).nonce) != bytes(12)


@in_database
def test_nothing_to_seal_seals_nothing(pots):
    newest = sealed()
    with services.as_writer(), transaction.atomic():
        assert sealing._step() == (newest, False)
    assert Leaf.objects.count() == newest.size


@in_database
def test_who_loses_the_race_of_founding_has_a_node_all_the_same(monkeypatch):
    found = services._found

    def lost():
        found()
        raise Conflict(Problem("{subject} is on record already.", "", "exists", {"subject": "journal:founding"}))

    def broken():
        raise Conflict(Problem("{subject} is on record already.", "", "exists", {"subject": "journal:founding"}))

    monkeypatch.setattr(services, "_found", broken)
    with pytest.raises(Conflict):
        services.ensure_node()
    assert not Founding.objects.exists()
    monkeypatch.setattr(services, "_found", found)
    services.ensure_node()
    monkeypatch.setattr(services, "_found", lost)
    services.ensure_node()
    assert Founding.objects.count() == 1


def test_a_book_is_kept_once():
    taken = books.books()[0]
    with pytest.raises(ValueError, match=f"subjects {taken.prefix}: are kept already"):
        books.keep(taken.prefix, taken.model)
    assert books.book(taken.prefix) is taken
    try:
        assert books.keep("kept-once", taken.model) == books.book("kept-once") == books.Book("kept-once", taken.model)
    finally:
        books._BOOKS.pop("kept-once", None)


def test_nothing_is_loaded_of_nothing():
    assert books.load([]) == {}


@in_database
@pytest.mark.writes_outside
def test_sums_that_cannot_be_gathered_are_left_for_the_next_time(monkeypatch, caplog):
    monkeypatch.setattr(sums, "TIDY", "DELETE FROM no_such_table")
    monkeypatch.setattr(sums, "_GATHER", "DELETE FROM no_such_table")
    with caplog.at_level(logging.ERROR, sums.__name__):
        sums.gather()
    assert [record.message for record in caplog.records] == [
        "additions were not gathered; the next act that is due tries again"
    ]


@pytest.mark.parametrize(
    ("numbers", "due"),
    [([], False), ([1], False), ([1023], False), ([1024], True), ([1025], False), ([1000, 1030], True), ([2048], True)],
)
def test_sums_are_gathered_each_time_that_so_many_numbers_were_given_out(numbers, due):
    assert sums.due(numbers) == due


def test_what_comes_to_nothing_is_no_addition():
    added = sums.Additions()
    for amount in (3, -1, -2):
        added.put(("a", "b", "c"), amount)
    assert added.amounts == {}
    added.put(("a", "b", "c"), 4)
    copied = added.copy()
    copied.put(("a", "b", "c"), 1)
    assert (added.rows(), copied.rows()) == ([("a", "b", "c", 4)], [("a", "b", "c", 5)])


# Rebuilding.


def spoil(toy):
    with services.as_writer():
        toy.Pot.objects.filter(id="p1").update(beans=99)
        toy.Pot.objects.filter(id="p2").update(beans=99)
        LiesRow.objects.filter(subject__startswith="key:").delete()


@in_database
def test_an_exchange_waits_for_who_reads_and_tries_again(pots, monkeypatch):
    right = services.rebuild(check=True)
    spoil(pots)
    swap, tried, slept = shadow.swap, [], []

    def busy(tables):
        tried.append(tuple(tables))
        if len(tried) < 3:
            raise OperationalError("canceling statement due to lock timeout")
        swap(tables)

    monkeypatch.setattr(shadow, "swap", busy)
    monkeypatch.setattr(rebuilding.time, "sleep", slept.append)
    done = services.rebuild()
    assert slept == [1.0, 1.0]
    assert [sorted(tables) for tables in tried] == [["journal_lies", "toy_pot"]] * 3
    assert (done.acts, done.rows, done.replaced) == (right.acts, right.rows, True)
    assert services.rebuild(check=True).identical


@in_database
def test_an_exchange_that_fails_otherwise_is_not_tried_again(pots, monkeypatch):
    spoil(pots)
    tried = []

    def fails(tables):
        tried.append(tables)
        raise OperationalError("disk full")

    monkeypatch.setattr(shadow, "swap", fails)
    with pytest.raises(OperationalError, match="disk full"), transaction.atomic():
        services.rebuild()
    assert len(tried) == 1


@in_database
def test_who_reads_for_ever_ends_it_after_so_many_tries(pots, monkeypatch):
    spoil(pots)
    slept = []

    def busy(tables):
        raise OperationalError("lock timeout")

    monkeypatch.setattr(shadow, "swap", busy)
    monkeypatch.setattr(rebuilding.time, "sleep", slept.append)
    with pytest.raises(OperationalError), transaction.atomic():
        services.rebuild()
    assert slept == [1.0] * 9


@in_database
def test_what_acts_touch_meanwhile_is_looked_at_again(pots, monkeypatch):
    """An act has put right what was found wrong; what is wrong still is told alone."""
    spoil(pots)
    index = shadow.index

    def meanwhile(tables):
        services.say(ANN, "toy.move", pots.Move("p0", "p1", 1))
        index(tables)

    monkeypatch.setattr(shadow, "index", meanwhile)
    done = services.rebuild()
    assert [(one.subject, one.what) for one in done.differences if one.subject.startswith("pot:")] == [
        ("pot:p2", "different")
    ]
    assert done.acts == ActRow.objects.count()
    assert services.rebuild(check=True).identical


def one_rebuild_among_sessions():
    with rebuilding._alone():
        with pytest.raises(Conflict) as caught, rebuilding._alone():
            pass
        assert [one.code for one in caught.value.problems] == ["busy"]
    with pytest.raises(IntegrityError), services.as_writer(), transaction.atomic(), rebuilding._alone():
        connection.cursor().execute("INSERT INTO journal_act DEFAULT VALUES")
    with rebuilding._alone():
        pass


@pytest.mark.django_db
def test_one_rebuild_at_a_time(tmp_path, monkeypatch):
    if connection.vendor == "postgresql":
        one_rebuild_among_sessions()
        return
    path = tmp_path / "record.sqlite3"
    path.touch()
    monkeypatch.setitem(connection.settings_dict, "NAME", str(path))
    with rebuilding._alone():
        with pytest.raises(Conflict) as caught, rebuilding._alone():
            pass
        assert [one.code for one in caught.value.problems] == ["busy"]
    with rebuilding._alone():
        assert path.with_name("record.sqlite3.rebuild").exists()
