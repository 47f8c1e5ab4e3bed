"""What outsiders hold in their hands: tiles, signed receipts, and one file that proves an act without a server."""

from __future__ import annotations

import json

import msgspec
import pytest
from django.test import Client

import processes
from journal.settled import sealed
from journal.test_found_out import Story
from journal.test_web import held, post, told  # noqa: F401
from meguri.journal import services
from meguri.journal.act import NODE
from meguri.journal.log import bundles, log_key, proofs, receipts, replaying, tiles
from meguri.journal.log.tiles import Place
from meguri.journal.models import ActRow, Checkpoint, Key, Private
from meguri.journal.services import Utterance
from meguri.journal.signatures import merkle, signing
from meguri.kit.problems import NotFound

ANN = "organisation:ann"
in_database = pytest.mark.django_db


@pytest.mark.parametrize(
    ("place", "path"),
    [
        (Place(0, 0), "0/000"),
        (Place(0, 67), "0/067"),
        (Place(1, 1234067), "1/x001/x234/067"),
        (Place(2, 1000, 8), "2/x001/000.p/8"),
        (Place(5, 999, 255), "5/999.p/255"),
    ],
)
def test_a_tile_has_one_address(place, path):
    assert tiles.path(place) == path
    assert tiles.place(path) == place


@pytest.mark.parametrize(
    "path",
    ["", "0", "6/000", "0/00", "0/0000", "0/x000/000", "0/000.p/0", "0/000.p/256", "0/000.p/08", "0/1000", "a/000",
     "0/000/", "0/x001", "-1/000", "0/" + "x001/" * 6 + "000"],
)  # fmt: skip
def test_what_is_no_address_of_a_tile_is_not_there(path):
    with pytest.raises(NotFound):
        tiles.place(path)


@in_database
def test_tiles_make_the_root_of_the_checkpoint(toy, client: Client):
    for at in range(0, 600, 100):
        services.attest(ANN, [Utterance("toy.open", toy.Open(f"p{n}", 1)) for n in range(at, at + 100)])
    size = sealed().size
    note = client.get("/log/checkpoint").content.decode()
    hashes = []
    for index in range(-(-size // 256)):
        width = min(256, size - 256 * index)
        answer = client.get(f"/log/tile/{tiles.path(Place(0, index, width))}")
        assert (answer.status_code, answer["Content-Type"]) == (200, "application/octet-stream")
        assert "immutable" in answer["Cache-Control"]
        hashes += [answer.content[at : at + 32] for at in range(0, len(answer.content), 32)]
    assert len(hashes) == size
    assert merkle.root(hashes) == bytes(Checkpoint.objects.get(size=size).root)
    assert f"\n{size}\n" in note
    full = client.get(f"/log/tile/{tiles.path(Place(1, 0, size // 256))}").content
    assert [full[at : at + 32] for at in range(0, len(full), 32)] == [
        merkle.root(hashes[at : at + 256]) for at in range(0, size - 255, 256)
    ]
    for beyond in (Place(0, size // 256), Place(0, 9), Place(1, 0), Place(2, 0, 1)):
        assert client.get(f"/log/tile/{tiles.path(beyond)}").status_code == 404


@in_database
def test_what_is_told_is_answered_with_a_receipt_that_the_node_signed(client: Client, held, toy):  # noqa: F811
    answers = post(client, told(held, "a", "b")).json()
    key = Key.objects.get(owner=NODE, mode="attested").value.public
    for answer in answers:
        receipt = msgspec.convert(answer, receipts.SignedReceipt)
        assert receipt.fresh
        assert receipt.holds(key)
        row = ActRow.objects.get(act_id=receipt.id)
        assert (receipt.number, receipt.node) == (row.number, "meguri.demonstration")
        other = signing.public_text(signing.new_key())
        assert not receipt.holds(other)
        for change in ({"number": receipt.number + 1}, {"id": "0" * 64}, {"recorded": "2025-01-01T00:00:00.000Z"},
                       {"node": "meguri.other"}):  # fmt: skip
            assert not msgspec.structs.replace(receipt, **change).holds(key)


def bundle_of(toy):
    id = services.say(ANN, "toy.open", toy.Open("a", 1)).id
    services.attest(ANN, [Utterance("toy.open", toy.Open(f"p{n}", 1)) for n in range(5)])
    sealed()
    row = ActRow.objects.get(act_id=id)
    return proofs.bundle(services.entry(id), msgspec.json.decode(bytes(row.signature), type=signing.Signature))


@in_database
def test_one_file_proves_an_act_where_there_is_no_server(toy, tmp_path):
    bundle = bundle_of(toy)
    path = tmp_path / "bundle.json"
    path.write_bytes(msgspec.json.encode(bundle))

    def check(*words):
        env = {"PATH": "/nowhere", "MEGURI_HOME": str(tmp_path / "home"), "MEGURI_DATABASE_URL": "none://"}
        done = processes.run(["-m", "meguri", "act", "check", str(path), *words, "--json"], env, cwd=tmp_path)
        return done.returncode, json.loads(done.stdout)

    status, found = check("--log-key", log_key.public_at(bundle.proof.size))
    assert (status, found["holds"], found["log_key_known"]) == (0, True, True)
    assert not (tmp_path / "home").exists()
    assert check("--log-key", signing.public_text(signing.new_key()))[0] == 1
    assert check()[1]["log_key_known"] is None
    path.write_text("{}")
    assert check()[0] == 2


@in_database
@pytest.mark.parametrize(
    "change",
    [
        lambda b: {"act": msgspec.structs.replace(b.act, body={"pot": "a", "beans": 2})},
        lambda b: {"act": msgspec.structs.replace(b.act, key="0")},
        lambda b: {"key": signing.public_text(signing.new_key())},
        lambda b: {"log_key": signing.public_text(signing.new_key())},
        lambda b: {"proof": msgspec.structs.replace(b.proof, index=b.proof.index + 1)},
        lambda b: {"proof": msgspec.structs.replace(b.proof, path=())},
        lambda b: {"signature": msgspec.structs.replace(b.signature, index=3)},
    ],
)
def test_a_bundle_in_which_anything_was_changed_does_not_hold(toy, change):
    bundle = bundle_of(toy)
    assert bundles.judge(bundle).holds
    assert not bundles.judge(msgspec.structs.replace(bundle, **change(bundle))).holds


@in_database
@pytest.mark.writes_outside
@pytest.mark.parametrize(
    ("meddle", "expected"),
    [
        (lambda story: story.act(2, canonical=b"{}"), ["altered"]),
        (lambda story: story.act(2, signature=b"{}"), ["leaf", "root", "forked"]),
        (lambda story: story.leaf(2).update(hash=b"0" * 32), ["leaf"]),
        (lambda story: story.row(2).delete(), ["dropped"]),
        (lambda story: Checkpoint.objects.filter(size=story.last.size).update(root=b"0" * 32, note=story.note(
            story.last, root=b"0" * 32)), ["root"]),
        (lambda story: Checkpoint.objects.filter(size=story.last.size).update(note=story.note(
            story.last, private=signing.new_key())), ["checkpoint-signature"]),
    ],
)  # fmt: skip
def test_the_tree_alone_shows_what_was_done_to_it(toy, meddle, expected):
    story = Story(toy)
    report = services.verify(story.first.note, tree_only=True)
    assert (report.intact, report.acts - report.sealed, report.statement.code) == (True, 1, "tree-held")
    assert services.verify(tree_only=True).root == services.verify().root
    meddle(story)
    found = services.verify(story.first.note, tree_only=True)
    assert [finding.code for finding in found.findings] == expected


@in_database
def test_what_is_kept_outside_is_held_against_what_the_act_commits_to(toy):
    services.attest(ANN, [Utterance("toy.open", toy.Open("a", 1), private={"price": "9"})], person="somebody")
    sealed()
    assert services.verify().intact
    with services.as_writer():
        Private.objects.filter(name="price").update(value="8")
    report = services.verify()
    assert [(finding.code, finding.params["name"]) for finding in report.findings] == [("private", "price")]
    with services.as_writer():
        Private.objects.filter(name="price").delete()
    assert services.verify().intact


@in_database
def test_guards_are_asked_again_of_every_act(toy, monkeypatch):
    services.say(ANN, "toy.open", toy.Open("a", 5))
    services.say(ANN, "toy.open", toy.Open("b", 0))
    services.say(ANN, "toy.move", toy.Move("a", "b", 2))
    sealed()
    assert services.verify(guards=True).intact
    # As if a guard had been left out when the last was told.
    asked = []
    monkeypatch.setattr(replaying, "on_terms", lambda world, act, body, at: asked.append(act.kind) or 1 / (
        act.kind != "toy.move"))  # fmt: skip
    with pytest.raises(ZeroDivisionError):
        services.verify(guards=True)
    assert asked[-1] == "toy.move"
