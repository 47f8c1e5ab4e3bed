"""The journal on the command line."""

from __future__ import annotations

import json

import msgspec
import pytest
from django.conf import settings

from journal.settled import sealed
from meguri.journal import services
from meguri.journal.models import ActRow, Private
from meguri.journal.signatures import signing
from meguri.kit.problems import Refused
from meguri.portal.cli import main

pytestmark = pytest.mark.django_db
ANN = "organisation:ann"


def run(capsys, *arguments):
    capsys.readouterr()
    code = main([str(argument) for argument in arguments])
    out = capsys.readouterr()
    return code, (json.loads(out.out) if out.out.lstrip().startswith(("{", "[")) else out.out), out.err


def test_a_kept_checkpoint_verifies_and_a_forged_one_does_not(toy, capsys, tmp_path):
    services.say(ANN, "toy.open", toy.Open("a", 1))
    assert run(capsys, "journal", "checkpoint", "--out", tmp_path / "kept")[0] == 0
    services.say(ANN, "toy.open", toy.Open("b", 1))
    code, report, _ = run(capsys, "journal", "verify", "--against", tmp_path / "kept", "--json")
    assert (code, report["intact"], report["unsealed"]) == (0, True, 1)
    assert report["against"] == report["sealed"]
    code, text, _ = run(capsys, "journal", "verify")
    assert code == 0
    assert "kept elsewhere" in text
    note = (tmp_path / "kept").read_text().split("\n")
    (tmp_path / "forged").write_text("\n".join([note[0], "1", *note[2:]]))
    code, text, _ = run(capsys, "journal", "verify", "--against", tmp_path / "forged")
    assert code == 1
    assert "NOT INTACT" in text


def test_what_cannot_be_read_is_said(toy, capsys, tmp_path):
    code, _, err = run(capsys, "journal", "verify", "--against", tmp_path / "absent")
    assert code == 2
    assert "absent" in err
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    assert run(capsys, "journal", "verify", "--against", tmp_path / "binary")[0] == 2
    assert run(capsys, "journal", "proof", "0" * 64)[0] == 2


def test_rebuild_seal_and_proof(toy, capsys):
    receipt = services.say(ANN, "toy.open", toy.Open("a", 1))
    assert run(capsys, "journal", "seal", "--json")[1]["sealed"] == ActRow.objects.count()
    assert run(capsys, "journal", "rebuild", "--check", "--json")[1]["identical"]
    proof = run(capsys, "journal", "proof", receipt.id, "--json")[1]
    assert json.loads(proof["leaf"])["act"] == receipt.id


def test_an_act_is_signed_offline_and_taken(toy, capsys, tmp_path):
    key = tmp_path / "ann.key"
    _, told, _ = run(capsys, "act", "new-key", "--out", key, "--owner", ANN)
    assert key.stat().st_mode & 0o077 == 0
    assert run(capsys, "act", "new-key", "--out", key, "--owner", ANN)[0] == 2
    enrolled = run(
        capsys, "act", "enrol-key", "--owner", ANN, "--public", told["public"], "--proof", told["proof"], "--json"
    )[1]
    assert enrolled["key"] == told["key"]
    assert enrolled["way"] == "letter"
    code, accept, _ = run(capsys, "act", "accept-key", "--key", key, "--owner", ANN, "--code", "0000-0000-0000-0000")
    with pytest.raises(Refused):
        services.record([msgspec.convert(accept, signing.Signed)])
    code, accept, _ = run(capsys, "act", "accept-key", "--key", key, "--owner", ANN, "--code", enrolled["code"])
    assert code == 0
    services.record([msgspec.convert(accept, signing.Signed)])
    assert dict(services.keys_of(ANN))[told["key"]].proved == "code"
    source = tmp_path / "acts.json"
    source.write_text(
        json.dumps([{"kind": "toy.open", "actor": ANN, "body": {"pot": pot, "beans": 2}} for pot in ("a", "b")])
    )
    code, signed, _ = run(capsys, "act", "sign", "--key", key, "--in", source)
    assert code == 0
    receipts = services.record(msgspec.convert(signed, list[signing.Signed]))
    assert all(receipt.fresh for receipt in receipts)
    assert services.entry(receipts[0].id).act.node == settings.NODE
    source.write_text(json.dumps({"kind": "toy.open", "actor": ANN}))
    code, _, err = run(capsys, "act", "sign", "--key", key, "--in", source)
    assert code == 2
    assert "/body" in err


def test_erasing_leaves_the_journal_whole(toy, capsys):
    receipt = services.attest(
        ANN, [services.Utterance("toy.open", toy.Open("a", 1), private={"price": "9"})], person="somebody"
    )[0]
    kept = sealed().note
    assert run(capsys, "journal", "erase", receipt.id, "--name", "price", "--json")[1]["erased"] == 1
    assert list(Private.objects.values_list("name", flat=True)) == ["person"]
    assert run(capsys, "journal", "erase", receipt.id, "--json")[1]["erased"] == 1
    assert services.verify(kept).intact
    assert services.rebuild(check=True).identical
