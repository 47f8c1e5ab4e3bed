"""The journal's endpoints and pages."""

from __future__ import annotations

import json
import re

import msgspec
import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from journal.settled import sealed
from meguri.journal import services
from meguri.journal.act import Act
from meguri.journal.log import checkpoints, proofs
from meguri.journal.models import ActRow, Key
from meguri.journal.projections import readers
from meguri.journal.signatures import signing
from meguri.kit import clock

pytestmark = pytest.mark.django_db
ANN = "organisation:ann"


@pytest.fixture(autouse=True)
def no_limits():
    cache.clear()


@pytest.fixture
def held(toy):
    private = signing.new_key()
    code, offer = services.offer_of("telephone")
    services.enrol(
        ANN,
        "held",
        public=signing.public_text(private),
        proof=signing.prove_key(private, settings.NODE, ANN),
        offer=offer,
    )
    services.record([services.acceptance(private, ANN, code, settings.NODE)])
    return private


def told(private, *pots, **changes):
    acts = [
        Act(
            **{
                "kind": "toy.open",
                "version": 1,
                "node": settings.NODE,
                "subjects": (f"pot:{pot}",),
                "actor": ANN,
                "key": signing.key_id(signing.public_text(private)),
                "nonce": f"n-{pot}",
                "claimed": clock.stamp(clock.now()),
                "body": {"pot": pot, "beans": 3},
                **changes,
            }
        )
        for pot in pots
    ]
    marks = signing.sign_acts(private, [act.id for act in acts])
    return [msgspec.to_builtins(signing.Signed(act, mark)) for act, mark in zip(acts, marks, strict=True)]


def post(client, what):
    data = what if isinstance(what, bytes) else json.dumps(what).encode()
    return client.post("/api/acts", data, content_type="application/json")


def test_acts_signed_elsewhere_are_taken_once(client: Client, held, toy):
    one, two = told(held, "a", "b")
    (single,) = told(held, "c")
    first = post(client, [one, two])
    assert first.status_code == 201
    assert [receipt["fresh"] for receipt in first.json()] == [True, True]
    assert post(client, [one, two]).status_code == 200
    assert post(client, single).json()["fresh"] is True
    assert toy.Pot.objects.count() == 3


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        (lambda s: s["act"].update(nonce=5), "/act/nonce"),
        (lambda s: s["act"].pop("kind"), "/act"),
        (lambda s: s["act"].update(extra=1), "/act"),
        (lambda s: s["act"]["body"].update(beans=4), "/signature"),
        (lambda s: s["signature"].update(jws="x"), "/signature/jws"),
        (lambda s: s["act"]["body"].update(beans="x"), "/body/beans"),
    ],
)
def test_bad_acts_are_problems_with_pointers(client: Client, held, change, pointer):
    (one,) = told(held, "a")
    change(one)
    answer = post(client, one)
    assert answer.status_code == 422
    assert answer["Content-Type"].startswith("application/problem+json")
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert not ActRow.objects.filter(actor=ANN, kind__startswith="toy").exists()


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"3", b'"x"', b"\xff", b"[1]", b"[" * 100_000, b'{"act":' * 50_000])
def test_bodies_that_are_no_acts(client: Client, toy, body):
    assert post(client, body).status_code == 422


def test_the_checkpoint_and_proofs_are_public_and_hold(client: Client, held):
    receipts = post(client, told(held, *"abcde")).json()
    waiting = client.get(f"/api/acts/{receipts[0]['id']}/proof")
    assert waiting.status_code in (404, 409)
    sealed()
    note = client.get("/api/checkpoint")
    assert note["Content-Type"].startswith("text/plain")
    taken = client.get("/api/checkpoint", headers={"Accept": "application/json"}).json()
    assert taken["note"] == note.content.decode()
    log = Key.objects.get(mode="log").value.public
    for receipt in receipts:
        proof = msgspec.json.decode(client.get(f"/api/acts/{receipt['id']}/proof").content, type=proofs.Inclusion)
        assert proof.holds(log)
        assert not msgspec.structs.replace(proof, act="0" * 64).holds(log)
        assert not msgspec.structs.replace(proof, path=proof.path[1:]).holds(log)
    assert client.get(f"/api/acts/{'0' * 64}/proof").status_code == 404


def test_growth_is_proved(client: Client, held):
    from meguri.journal.signatures import merkle

    notes = []
    for i in range(4):
        post(client, told(held, *(f"p{i}{j}" for j in range(i + 1))))
        notes.append(checkpoints.read(sealed().note))
    for old in notes:
        for new in notes[notes.index(old) :]:
            answer = client.get("/api/checkpoint/consistency", {"from": old.size, "to": new.size}).json()
            path = [bytes.fromhex(hash) for hash in answer["path"]]
            assert merkle.verify_consistency(old.size, new.size, old.root, new.root, path)
    assert client.get("/api/checkpoint/consistency", {"from": 0}).status_code == 422
    assert client.get("/api/checkpoint/consistency", {"from": "x"}).status_code == 422


def test_before_anything_is_sealed_there_is_no_checkpoint(client: Client, db):
    assert client.get("/api/checkpoint").status_code == 404


def test_readers_are_those_that_the_kind_declares(client: Client, held, toy):
    post(client, told(held, "a", "b"))
    open_ = services.history("pot:a")[0]
    move = services.entry(services.say(ANN, "toy.move", toy.Move("a", "b", 1)).id)
    assert client.get(f"/api/acts/{open_.id}").json()["mode"] == "held"
    assert client.get(f"/api/acts/{move.id}").status_code == 404
    assert client.get(f"/journal/acts/{move.id}").status_code == 404
    assert readers.may_read(open_, None)
    assert readers.may_read(move, ANN)
    assert not readers.may_read(move, "organisation:bob")
    assert not readers.may_read(move, None)


def test_who_reads_a_scope_in_which_a_subject_lies_may_read(toy):
    bob, cy = "organisation:bob", "organisation:cy"
    services.attest(ANN, [services.Utterance("toy.open", toy.Open(pot, 3)) for pot in "ab"])
    move = services.entry(services.say(bob, "toy.move", toy.Move("a", "b", 1)).id)
    assert not readers.may_read(move, ANN)
    services.say(ANN, "toy.share", toy.Share("b", (ANN, cy)))
    assert readers.may_read(move, ANN)
    assert readers.may_read(move, cy)
    services.say(ANN, "toy.share", toy.Share("b", (ANN,)))
    assert not readers.may_read(move, cy)
    assert not readers.may_read(move, None)


def test_many_acts_cost_no_more_questions_than_few(client: Client, toy):
    """The page, its names, key modes and readers, whatever the number of acts."""

    def asked():
        with CaptureQueriesContext(connection) as seen:
            assert client.get("/journal/").status_code == 200
        return len(seen)

    services.say(ANN, "toy.open", toy.Open("a", 1000))
    services.say("organisation:bob", "toy.open", toy.Open("b", 1))
    few = asked()
    for who in range(5):
        services.attest(
            f"organisation:{who}", [services.Utterance("toy.move", toy.Move("a", "b", 1)) for _ in range(90)]
        )
    for pot in range(60):
        services.say(ANN, "toy.open", toy.Open(f"more{pot}", 1))
    assert asked() == few


def test_the_list_of_acts_is_cut_nowhere(client: Client, toy, monkeypatch):
    """Following “older” from page to page shows every act that the reader may read, each once."""
    from meguri.journal.web import views

    monkeypatch.setattr(views, "SHOWN", 4)
    monkeypatch.setattr(views, "LOOKED_THROUGH", 7)
    told = {services.say(ANN, "toy.open", toy.Open(f"p{n}", 1)).id for n in range(12)}
    services.attest(ANN, [services.Utterance("toy.move", toy.Move("p0", "p1", 0)) for _ in range(20)])
    told |= {services.say(ANN, "toy.open", toy.Open(f"q{n}", 1)).id for n in range(5)}
    seen, address, pages = [], "/journal/", 0
    while address:
        page = client.get(address)
        seen += [row["entry"].id for row in page.context["rows"]]
        address = page.context["page"].older and "/journal/" + page.context["page"].older
        pages += 1
    assert told <= set(seen)
    assert len(seen) == len(set(seen))
    assert pages > 5
    assert client.get("/journal/?before=x").status_code == 422


def test_the_pages_show_checkpoint_acts_and_proof(client: Client, held):
    post(client, told(held, "a"))
    act = services.history("pot:a")[0]
    assert client.get(f"/journal/acts/{act.id}").status_code == 200
    kept = sealed().note
    for language, word in (("en", "intact"), ("ja", "改変なし")):
        page = client.get("/journal/", headers={"Accept-Language": language})
        assert act.id in page.content.decode()
        assert "kept by it" not in page.content.decode()
        compared = client.post("/journal/", {"checkpoint": kept}, headers={"Accept-Language": language})
        assert word in compared.content.decode()
        one = client.get(f"/journal/acts/{act.id}", headers={"Accept-Language": language}).content.decode()
        assert act.act.key in one
        assert proofs.inclusion(act.id).path[0] in one
    assert client.get("/journal/acts/nothing").status_code == 404


def test_what_is_pasted_is_read_with_care(client: Client, held):
    sealed()
    answer = client.post("/journal/", {"checkpoint": "<b>no</b>"})
    assert answer.status_code == 422
    assert "<b>no</b>" not in answer.content.decode()
    private = signing.new_key()
    forged = checkpoints.write(settings.NODE, 1, b"\0" * 32, private)
    assert b"not intact" in client.post("/journal/", {"checkpoint": forged}).content


def test_large_journals_are_compared_by_their_roots(client: Client, held, monkeypatch):
    from meguri.journal.web import views

    post(client, told(held, "a"))
    kept = sealed().note
    post(client, told(held, "b"))
    sealed()
    monkeypatch.setattr(views, "MOST_READ_HERE", 0)
    assert views.compare(kept).intact
    note = checkpoints.read(kept)
    assert not views.compare(checkpoints.write(note.origin, note.size, note.root, signing.new_key())).intact


def test_only_the_clock_dates_its_acts_in_law(client: Client, held, toy):
    """Guards go by that instant, so that whoever set it could act before its time or after."""
    response = post(client, told(held, "a", legal="2030-01-01T00:00:00.000Z"))
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"].endswith("/legal")
    assert not toy.Pot.objects.exists()


def test_a_single_signature_carries_nothing_of_a_batch(client: Client, held, toy):
    (single,) = told(held, "a")
    single["signature"] |= {"index": 5, "size": 9, "path": ["zz"]}
    assert post(client, single).status_code == 422


def test_every_kind_has_words_for_the_log():
    from meguri.journal import kinds, wording

    ours = [kind.name for kind in kinds.every() if kind.body.__module__.startswith("meguri.")]
    assert [name for name in ours if wording.of(name).en == name] == []


def test_a_thousand_acts_of_an_unknown_key_hold_nothing(client: Client, toy):
    """A stranger makes nobody wait: the key is looked up before any lock is taken and any row written."""
    acts = told(signing.new_key(), *(str(n) for n in range(1000)))
    with CaptureQueriesContext(connection) as seen:
        answer = post(client, acts)
    assert 400 <= answer.status_code < 500
    # That somebody unknown knocked is noted, in a table that no act waits for.
    asked = [query["sql"] for query in seen]
    noted = [at for at, sql in enumerate(asked) if "kit_accessnote" in sql]
    asked = asked[: noted[0] - 1] if noted else asked
    assert not [sql for sql in asked if re.search(r"advisory|FOR UPDATE|FOR SHARE|INSERT|UPDATE|DELETE|SAVEPOINT", sql)]
    assert len(asked) < 10
    assert not ActRow.objects.filter(kind="toy.open").exists()
