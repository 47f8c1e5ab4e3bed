"""Taking acts down: signatures, keys, replays, nonces, subjects."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from django.db import DatabaseError, IntegrityError, OperationalError, connection, transaction

from journal.settled import sealed
from meguri.journal import services
from meguri.journal.act import Act
from meguri.journal.entry import recording
from meguri.journal.models import ActRow, Key, Private, SealedKey, Subject
from meguri.journal.services import Utterance
from meguri.journal.signatures import signing
from meguri.journal.signatures.signing import Signed
from meguri.kit import clock
from meguri.kit.problems import Conflict, MeguriError, NotAllowed, Refused
from tests_support import use_clock

pytestmark = pytest.mark.django_db
ANN = "organisation:ann"


@pytest.fixture
def held(toy):
    """A held key of Ann's and a function that makes signed acts with it, as her own machine would."""
    from django.conf import settings

    private = signing.new_key()
    key = services.enrol(
        ANN,
        "held",
        public=signing.public_text(private),
        proof=signing.prove_key(private, settings.NODE, ANN),
        since=clock.now() - timedelta(days=1),
    )

    def acts(*bodies, private_key=private, **changes):
        made = []
        for place, body in enumerate(bodies):
            kind, names = (
                ("toy.open", [f"pot:{body.pot}"])
                if isinstance(body, toy.Open)
                else ("toy.move", sorted({f"pot:{body.source}", f"pot:{body.target}"}))
            )
            fields = {
                "kind": kind,
                "version": 1,
                "node": settings.NODE,
                "subjects": tuple(names),
                "actor": ANN,
                "key": key,
                "nonce": f"n{place}",
                "claimed": clock.stamp(clock.now()),
                "body": msgspec.to_builtins(body),
            } | changes
            made.append(Act(**fields))
        marks = signing.sign_acts(private_key, [act.id for act in made])
        return [Signed(act, mark) for act, mark in zip(made, marks, strict=True)]

    acts.key = key
    acts.private = private
    return acts


def test_an_act_said_is_kept_signed_and_folded(toy):
    receipt = services.say(ANN, "toy.open", toy.Open("a", 5))
    assert receipt.fresh
    entry = services.entry(receipt.id)
    assert entry.act.id == receipt.id == services.history("pot:a")[0].id
    assert entry.act.actor == ANN
    assert toy.Pot.objects.get(id="a").value == toy.PotState(ANN, 5, (), {receipt.number: "open"})
    row = ActRow.objects.get(act_id=receipt.id)
    jws = signing.parse(msgspec.json.decode(row.signature, type=signing.Signature).jws)
    assert signing.genuine(jws, Key.objects.get(id=row.key).value.public)
    assert services.modes([entry]) == {receipt.id: "attested"}


def test_a_batch_is_one_signature_and_folds_in_order(toy):
    receipts = services.attest(
        ANN,
        [
            Utterance("toy.open", toy.Open("a", 5)),
            Utterance("toy.open", toy.Open("b", 0)),
            Utterance("toy.move", toy.Move("a", "b", 3)),
            Utterance("toy.move", toy.Move("b", "a", 1)),
        ],
    )
    numbers = [receipt.number for receipt in receipts]
    assert numbers == sorted(numbers)
    assert [toy.Pot.objects.get(id=id).beans for id in "ab"] == [3, 2]
    signatures = [
        msgspec.json.decode(s) for s in ActRow.objects.filter(number__in=numbers).values_list("signature", flat=True)
    ]
    assert len({signature["jws"] for signature in signatures}) == 1


def test_a_batch_is_taken_whole_or_not_at_all(toy):
    services.ensure_node()
    services.enrol(ANN)
    before = ActRow.objects.count()
    with pytest.raises(Conflict) as caught:
        services.attest(ANN, [Utterance("toy.open", toy.Open("a", 5)), Utterance("toy.move", toy.Move("a", "a", 9))])
    assert caught.value.problems[0].pointer == "/1/body/beans"
    assert ActRow.objects.count() == before
    assert not toy.Pot.objects.exists()


def test_a_replay_gives_the_same_receipt(held, toy):
    signed = held(toy.Open("a", 5), toy.Open("b", 5))
    first = services.record(signed)
    again = services.record(signed[::-1])
    assert [receipt.fresh for receipt in first + again] == [True, True, False, False]
    assert [r.number for r in again] == [r.number for r in first][::-1]
    assert ActRow.objects.filter(actor=ANN).count() == 2
    twice = services.record([*held(toy.Open("c", 1), nonce="x"), *held(toy.Open("d", 1), nonce="y")])
    assert all(receipt.fresh for receipt in twice)


def test_the_same_act_twice_in_one_list_is_told_once(held, toy):
    (one,) = held(toy.Open("a", 5))
    assert [receipt.fresh for receipt in services.record([one, one])] == [True, False]


def test_an_attested_retry_with_its_nonce_is_the_same_act(toy):
    first = services.say(ANN, "toy.open", toy.Open("a", 5), nonce="form-1")
    again = services.say(ANN, "toy.open", toy.Open("a", 5), nonce="form-1", person="somebody")
    assert (again.id, again.number, again.fresh) == (first.id, first.number, False)
    with pytest.raises(Conflict, match="nonce"):
        services.say(ANN, "toy.open", toy.Open("b", 5), nonce="form-1")


def test_a_nonce_used_for_another_act_is_a_conflict(held, toy):
    services.record(held(toy.Open("a", 5)))
    with pytest.raises(Conflict) as caught:
        services.record(held(toy.Open("b", 5)))
    assert caught.value.problems[0].pointer == "/nonce"


def refused(signed, pointer):
    with pytest.raises(Refused) as caught:
        services.record(signed)
    assert caught.value.problems[0].pointer == pointer


def test_bad_signatures_are_refused(held, toy):
    (one,) = held(toy.Open("a", 5))
    (other,) = held(toy.Open("b", 5))
    refused([Signed(one.act, other.signature)], "/signature")
    stranger = signing.new_key()
    header, payload, _ = one.signature.jws.split(".")
    forged = signing.b64(stranger.sign(f"{header}.{payload}".encode()))
    refused([Signed(one.act, signing.Signature(f"{header}.{payload}.{forged}"))], "/signature")
    refused(held(toy.Open("a", 5), private_key=stranger), "/signature/jws")
    refused([Signed(one.act, signing.Signature("a.b"))], "/signature/jws")
    batch = held(toy.Open("a", 5), toy.Open("b", 5))
    refused([Signed(batch[0].act, batch[1].signature)], "/signature")
    assert not toy.Pot.objects.exists()


@pytest.mark.parametrize("typ", [signing.KEY, signing.ONE])
def test_no_other_signature_of_the_key_is_taken_for_that_of_a_batch(held, toy, typ):
    from meguri.journal.signatures import merkle

    batch = held(toy.Open("a", 5), toy.Open("b", 5))
    root = merkle.root([merkle.leaf_hash(bytes.fromhex(signed.act.id)) for signed in batch])
    jws = signing.sign(held.private, typ, root)
    refused([Signed(one.act, msgspec.structs.replace(one.signature, jws=jws)) for one in batch], "/0/signature")
    assert not toy.Pot.objects.exists()


def test_a_key_proof_signs_no_act(held, toy):
    (one,) = held(toy.Open("a", 5))
    jws = signing.sign(held.private, signing.KEY, bytes.fromhex(one.act.id))
    refused([Signed(one.act, signing.Signature(jws))], "/signature")
    assert not toy.Pot.objects.exists()


def test_the_older_algorithm_name_is_accepted_too(held, toy):
    (one,) = held(toy.Open("a", 5))
    header = signing.b64(b'{"alg":"EdDSA","kid":"%s","typ":"meguri-act"}' % held.key.encode())
    signed = f"{header}.{signing.b64(bytes.fromhex(one.act.id))}"
    jws = f"{signed}.{signing.b64(held.private.sign(signed.encode()))}"
    assert services.record([Signed(one.act, signing.Signature(jws))])[0].fresh


def test_wrong_subjects_nodes_times_and_bodies_are_refused(held, toy):
    refused(held(toy.Open("a", 5), subjects=("pot:a", "pot:b")), "/subjects")
    refused(held(toy.Open("a", 5), subjects=()), "/subjects")
    refused(held(toy.Open("a", 5), node="elsewhere"), "/node")
    refused(held(toy.Open("a", 5), claimed=clock.stamp(clock.now() + timedelta(minutes=6))), "/claimed")
    refused(held(toy.Open("a", 5), claimed="yesterday"), "/claimed")
    refused(held(toy.Open("a", 5), claimed=clock.stamp(clock.now() - timedelta(days=2))), "/claimed")
    refused(held(toy.Open("a", 5), body={"pot": "a", "beans": "many"}), "/body/beans")
    refused(held(toy.Open("a", 5), version=2), "/version")
    refused(held(toy.Open("a", 5), kind="toy.opne"), "/kind")
    refused(held(toy.Open("a\0", 5)), "/body")
    refused(held(toy.Open("a" * 200, 1)), "/subjects/0")


def test_a_number_beyond_json_is_refused_not_rounded(toy):
    services.enrol(ANN)
    with pytest.raises(Refused, match="JSON cannot carry"):
        services.say(ANN, "toy.open", toy.Open("a", 2**60))


def test_a_key_speaks_for_its_owner_only(held, toy):
    refused(held(toy.Open("a", 5), actor="organisation:bob"), "/key")
    services.record(held(toy.Open("a", 5)))
    services.enrol("organisation:bob")
    with pytest.raises(NotAllowed):
        services.revoke(held.key, actor="organisation:bob")


def test_a_revoked_key_counts_no_more(held, toy):
    early = held(toy.Open("a", 5), nonce="early")
    services.record(early)
    late = held(toy.Open("b", 5), nonce="late")
    services.revoke(held.key, effective=clock.now() - timedelta(hours=1))
    refused(late, "/claimed")
    refused(held(toy.Open("b", 5), claimed=clock.stamp(clock.now() - timedelta(hours=2))), "/key")
    assert not services.record(early)[0].fresh


def test_rotation_moves_the_owner_to_a_new_key(toy):
    services.say(ANN, "toy.open", toy.Open("a", 5))
    (old,) = Key.objects.filter(owner=ANN)
    new = services.rotate(ANN, old.pk)
    receipt = services.say(ANN, "toy.open", toy.Open("b", 5))
    assert services.entry(receipt.id).act.key == new != old.pk


def test_a_new_key_counts_within_its_own_millisecond(toy):
    """Acts are dated to the millisecond: what is said 0.3 ms after the key began is claimed 0.7 ms before it."""
    services.say(ANN, "toy.open", toy.Open("a", 5))
    later = clock.now().replace(microsecond=700) + timedelta(seconds=1)
    use_clock(lambda: later)
    try:
        services.rotate(ANN, Key.objects.get(owner=ANN).pk)
        assert services.say(ANN, "toy.open", toy.Open("b", 5)).fresh
    finally:
        use_clock(None)


def test_a_key_is_enrolled_only_by_who_has_it(toy):
    from django.conf import settings

    private = signing.new_key()
    with pytest.raises(Refused, match="proof"):
        services.enrol(
            ANN,
            "held",
            public=signing.public_text(private),
            proof=signing.prove_key(private, settings.NODE, "organisation:bob"),
        )


def test_the_node_is_founded_once(toy):
    services.ensure_node()
    services.ensure_node()
    assert ActRow.objects.filter(kind="journal.found").count() == 1
    assert not Key.objects.filter(id__in=SealedKey.objects.values("id")).count() < 3
    act = services.entry(ActRow.objects.get(kind="journal.found").act_id).act
    with pytest.raises(Conflict):
        services.say(services.NODE_ORGANISATION, "journal.found", msgspec.convert(act.body, services.Found))


def test_kept_private_keys_are_not_readable(toy, settings):
    from meguri.journal.signatures import keyring

    services.ensure_node()
    row = SealedKey.objects.first()
    assert keyring.private(row.id).private_bytes_raw() not in bytes(row.box)
    settings.KEYRING_SECRET = "another secret that is long enough to be one"
    with pytest.raises(Refused, match="KEYRING_SECRET"):
        keyring.private(row.id)


def test_private_values_stay_outside_the_act(toy):
    receipt = services.attest(
        ANN, [Utterance("toy.open", toy.Open("a", 5), private={"price": "12 000"})], person="a person"
    )[0]
    row = ActRow.objects.get(act_id=receipt.id)
    assert b"12 000" not in bytes(row.canonical)
    assert set(Private.objects.filter(act_id=receipt.id).values_list("name", "value")) == {
        ("price", "12 000"),
        ("person", "a person"),
    }


def test_the_clock_dates_its_acts_in_law(toy):
    legal = datetime(2025, 10, 1, tzinfo=UTC)
    receipt = services.tick([Utterance("toy.open", toy.Open("a", 0), legal=legal)])[0]
    entry = services.entry(receipt.id)
    assert (entry.act.actor, entry.at) == (services.CLOCK, legal)


def test_two_writers_of_one_nonce_are_told_apart_from_other_faults(held, toy, monkeypatch):
    """What the database refuses is tried again where it was the journal's own row, and else said as it is."""
    tries = []

    def refusing(items, new, genuine):
        tries.append(new)
        if len(tries) == 1:
            raise IntegrityError(message)
        return really(items, new, genuine)

    really = recording._record
    monkeypatch.setattr(recording, "_record", refusing)
    message = "UNIQUE constraint failed: another_table.id"
    with pytest.raises(IntegrityError, match="another_table"):
        services.record(held(toy.Open("a", 5)))
    assert tries == [False]
    tries.clear()
    message = "UNIQUE constraint failed: journal_act.nonce"
    assert services.record(held(toy.Open("a", 5)))[0].fresh
    assert tries == [False, False]


def test_a_remembered_key_that_counts_no_more_makes_way_for_its_follower(toy, monkeypatch):
    """Another process has rotated it."""
    services.say(ANN, "toy.open", toy.Open("a", 5))
    old = services.attested_key(ANN)
    services.rotate(ANN, old)
    for stale in (old, "no-key-at-all"):
        monkeypatch.setitem(services._KEYS, ANN, stale)
        receipt = services.say(ANN, "toy.open", toy.Open(f"b{stale[0]}".lower(), 5))
        assert services.entry(receipt.id).act.key == services.attested_key(ANN) != old
        assert services._KEYS[ANN] == services.attested_key(ANN)


def test_what_no_known_key_signed_holds_nothing(held, toy, monkeypatch):
    """A stranger, and one whose signature is wrong, are told so before any subject is held for them."""
    (genuine,), (forged,) = held(toy.Open("a", 5)), held(toy.Open("a", 6))
    own = signing.new_key()
    (strange,) = held(toy.Open("a", 7), private_key=own, key=signing.key_id(signing.public_text(own)))
    forged = msgspec.structs.replace(forged, act=genuine.act)

    def held_for(*given):
        raise AssertionError("subjects were held")

    with monkeypatch.context() as without:
        without.setattr(recording.rows, "hold", held_for)
        for told in (strange, forged):
            with pytest.raises(MeguriError) as caught:
                services.record([told])
            assert caught.value.problems[0].code in ("key-unknown", "signature")
    assert services.record([genuine])[0].fresh


@pytest.mark.parametrize(("message", "error"), [("deadlock detected", Conflict), ("disk full", OperationalError)])
def test_what_others_changed_at_the_same_moment_is_a_conflict(held, toy, monkeypatch, message, error):
    def refusing(items, new, genuine):
        raise OperationalError(message)

    monkeypatch.setattr(recording, "_record", refusing)
    with pytest.raises(error):
        services.record(held(toy.Open("a", 5)))


@pytest.mark.writes_outside
@pytest.mark.parametrize("table", ["journal_act", "journal_subject", "journal_leaf", "journal_checkpoint"])
@pytest.mark.parametrize("verb", ["UPDATE {0} SET {1} = {1}", "DELETE FROM {0}"])
def test_the_database_refuses_changes(toy, table, verb):
    services.say(ANN, "toy.open", toy.Open("a", 5))
    sealed()
    column = {"journal_leaf": "number", "journal_checkpoint": "size"}.get(table, "number")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(verb.format(table, column))
    assert Subject.objects.filter(subject="pot:a").exists()
