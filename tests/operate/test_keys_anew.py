"""New keys and secrets: what was signed and kept before stays good, what comes after is under the new ones."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from journal.settled import sealed
from meguri.journal import services
from meguri.journal.log import checkpoints, log_key, sealing
from meguri.journal.models import ActRow, Checkpoint, Founding, Key, SealedKey
from meguri.journal.signatures import keyring, signing
from meguri.kit.problems import NotAllowed, NotFound, Refused

ANN = "organisation:ann"
pytestmark = pytest.mark.django_db


def forged(size, public_owner):
    """A checkpoint of the log's own root at a size, signed with a key that the service keeps."""
    founding = Founding.objects.get(id=Founding.ID).value
    return checkpoints.write(founding.node, size, sealing.range_hash(0, size), keyring.private(public_owner))


def test_checkpoints_of_before_stay_good_and_the_old_key_signs_no_later_ones():
    services.ensure_node()
    services.enrol(ANN)
    first = sealed()
    old = Founding.objects.get(id=Founding.ID).value.log_key
    new = services.rotate_log()
    assert Founding.objects.get(id=Founding.ID).value.log_key == new != old
    services.enrol("organisation:bob")
    second = sealed()
    assert checkpoints.read(first.note).signed_by(Key.objects.get(id=old).value.public)
    assert checkpoints.read(second.note).signed_by(Key.objects.get(id=new).value.public)
    assert not checkpoints.read(second.note).signed_by(Key.objects.get(id=old).value.public)
    assert Key.objects.get(id=old).value.mode == Key.objects.get(id=new).value.mode == "log"
    for kept in (first, second):
        assert services.verify(kept.note).intact
        answer = Client().post("/journal/", {"checkpoint": kept.note})
        assert "Nothing that the kept checkpoint covers" in answer.content.decode()
    # Who has the old key alone can sign nothing that came after it, and the new key nothing from before.
    for size, key in ((second.size, old), (first.size, new)):
        codes = {finding.code for finding in services.verify(forged(size, key)).findings}
        assert codes == {"checkpoint-signature"}
    assert services.rebuild(check=True).identical


def test_which_key_signs_is_told_by_the_log_and_not_by_when_it_was_sealed(monkeypatch):
    """The new key is on record while acts of before are sealed one by one."""
    monkeypatch.setattr(sealing, "_MOST", 1)
    services.ensure_node()
    services.enrol(ANN)
    services.rotate_log()
    services.enrol("organisation:bob")
    sealed()
    report = services.verify()
    assert report.intact, report.findings
    rotated = ActRow.objects.get(kind="journal.rotate_log").number
    assert Checkpoint.objects.count() == ActRow.objects.count()
    for made in Checkpoint.objects.all():
        number = sealing.Leaf.objects.get(index=made.size - 1).number
        assert log_key.public_at(made.size) == log_key.public_after(number)
        assert checkpoints.read(made.note).signed_by(log_key.public_at(made.size))
        founded = json.loads(bytes(ActRow.objects.order_by("number").first().canonical))["body"]["log_public"]
        assert (log_key.public_at(made.size) == founded) == (number < rotated)


def test_only_the_operator_gives_the_log_a_key_and_one_that_it_has():
    from meguri.journal.acts import RotateLog

    services.ensure_node()
    services.enrol(ANN)
    founding = Founding.objects.get(id=Founding.ID).value
    private = signing.new_key()
    public = signing.public_text(private)
    good = signing.prove_key(private, founding.node, founding.operator)
    with pytest.raises(NotAllowed):
        services.say(ANN, "journal.rotate_log", RotateLog(founding.log_key, public, good))
    for body, code in (
        (RotateLog(signing.key_id(public), public, good), "key"),
        (RotateLog(founding.log_key, public, signing.prove_key(private, founding.node, ANN)), "key-proof"),
    ):
        with pytest.raises(Refused) as caught:
            services.say(services.NODE_ORGANISATION, "journal.rotate_log", body)
        assert code in {problem.code for problem in caught.value.problems}
    assert Founding.objects.get(id=Founding.ID).value == founding


@pytest.mark.parametrize("actor", [ANN, services.NODE_ORGANISATION, services.CLOCK])
def test_an_attested_key_has_a_follower(actor):
    services.ensure_node()
    services.enrol(ANN)
    old = Key.objects.get(owner=actor, mode="attested").pk
    new = services.rotate_attested(actor)
    assert Key.objects.get(pk=old).value.revoked is not None
    assert services.attested_key(actor) == new != old
    services.enrol("organisation:later")
    if actor == ANN:
        services.revoke(new, reason="over")
        with pytest.raises(NotFound):
            services.rotate_attested(ANN)
    kept = sealed()
    assert services.verify(kept.note).intact
    assert services.rebuild(check=True).identical


OLD, NEW = "o" * 40, "n" * 40


def test_all_keys_go_under_a_new_secret_or_none(settings):
    settings.KEYRING_SECRET = OLD
    services.ensure_node()
    services.enrol(ANN)
    before = {row.id: (bytes(row.nonce), bytes(row.box)) for row in SealedKey.objects.all()}
    with pytest.raises(Refused, match="MEGURI_KEYRING_SECRET"):
        keyring.keep_under("w" * 40, NEW)
    # One that is under yet another secret: nothing is changed.
    odd = signing.new_key()
    settings.KEYRING_SECRET = "x" * 40
    stranger = keyring.keep(odd)
    settings.KEYRING_SECRET = OLD
    with pytest.raises(Refused, match="MEGURI_KEYRING_SECRET"):
        keyring.keep_under(OLD, NEW)
    kept = {row.id: (bytes(row.nonce), bytes(row.box)) for row in SealedKey.objects.exclude(id=stranger)}
    assert kept == before
    SealedKey.objects.filter(id=stranger).delete()
    assert keyring.keep_under(OLD, NEW) == len(before) == 4
    keyring._open.cache_clear()
    with pytest.raises(Refused):
        keyring.private(next(iter(before)))
    settings.KEYRING_SECRET = NEW
    for id in before:
        assert signing.key_id(signing.public_text(keyring.private(id))) == id
    services.say(ANN, "journal.revoke_key", services.RevokeKey(Key.objects.get(owner=ANN).pk, services.clock.now()))
    assert sealed()
    assert services.verify().intact


@pytest.mark.either
def test_by_commands(set_up, folders, tmp_path):
    """From a record's own folder: every rotation, and the log proved through all of them."""
    record = folders("anew", like=set_up)
    record.tell("ann")
    kept = [tmp_path / f"kept{place}" for place in range(3)]
    record.run("journal", "checkpoint", "--out", kept[0])
    assert record.run("journal", "rotate-log-key")["sealed"] > 0
    record.run("journal", "checkpoint", "--out", kept[1])
    assert set(record.run("journal", "rotate-key", ANN, "organisation:node")["keys"]) == {ANN, "organisation:node"}
    assert record.run("journal", "rotate-key", "organisation:nobody", status=2)["errors"][0]["code"] == "key"
    secret = (record.home / "keyring.key").read_text()
    assert record.run("journal", "rotate-secret")["keys"] > 4
    assert (record.home / "keyring.key").read_text() != secret
    assert not (record.home / "keyring.key.new").exists()
    assert (record.home / "keyring.key").stat().st_mode & 0o777 == 0o600
    record.tell("bob")
    record.run("journal", "checkpoint", "--out", kept[2])
    record.run("backup", tmp_path / "b")
    for file in kept:
        assert record.run("journal", "verify", "--against", file)["intact"]
        checked = record.run("backup", "check", tmp_path / "b", "--against", file)
        assert (checked["intact"], checked["behind"]) == (True, 0)


@pytest.mark.either
def test_a_wrong_secret_and_an_interruption_change_nothing_for_good(set_up, folders):
    record = folders("interrupted", like=set_up)
    place = record.home / "keyring.key"
    right = place.read_text()
    place.write_text("w" * 48)
    assert record.run("journal", "rotate-secret", status=2)["errors"][0]["code"] == "keyring"
    assert not (record.home / "keyring.key.new").exists()
    place.write_text(right)
    # The database has the new secret, the folder still the old one; and the other way round.
    for done in (True, False):
        new = f"{'n' if done else 'm'}" * 48
        (record.home / "keyring.key.new").write_text(new)
        if done:
            record.more["MEGURI_KEYRING_SECRET"] = place.read_text().strip()
            beside = record.home / "given"
            beside.write_text(new + "\n")
            record.run("journal", "rotate-secret", "--new", beside)
            assert record.run("journal", "rotate-secret", status=2)["errors"][0]["code"] == "secret"
            del record.more["MEGURI_KEYRING_SECRET"]
        record.run("journal", "rotate-secret")
        assert place.read_text() == new
        record.tell(f"after{done}".lower())
    assert record.run("journal", "verify")["intact"]


@pytest.mark.either
def test_a_new_secret_is_another_and_long_enough(set_up, folders, tmp_path):
    record = folders("short", like=set_up)
    for text in ("s" * 39, (record.home / "keyring.key").read_text()):
        (tmp_path / "new").write_text(text)
        assert (
            record.run("journal", "rotate-secret", "--new", tmp_path / "new", status=2)["errors"][0]["code"] == "secret"
        )
