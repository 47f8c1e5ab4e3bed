"""Drafts are kept and not on record; the service signs them once, or a held key does, by the same door as all acts."""

from __future__ import annotations

import threading
from datetime import timedelta

import msgspec
import pytest
from django.db import connections
from django.utils import timezone

from meguri.custody.models import Lot
from meguri.journal import services as journal
from meguri.journal.models import ActRow, Private
from meguri.journal.signatures import signing
from meguri.systems import drafts
from meguri.systems.models import ActDraft

from .conftest import OTHER, YARD, Caller, collected

pytestmark = [pytest.mark.django_db, pytest.mark.writes_outside]


def test_a_draft_is_kept_and_not_on_record(house):
    caller = Caller(YARD)
    before = ActRow.objects.count()
    answer = caller.post("/api/drafts", {"purpose": "the morning", "acts": [collected()]})
    assert answer.status_code == 201
    made = answer.json()
    assert (made["state"], made["purpose"], made["recorded"]) == ("open", "the morning", [])
    assert ActRow.objects.count() == before
    assert not Lot.objects.exists()
    assert caller.get(made["href"]).json() == made
    assert caller.all("drafts") == [made]


def test_the_service_signs_a_draft_once(house):
    caller = Caller(YARD)
    second = collected("L0T0000000000002", "EVENT00000000002")
    made = caller.post("/api/drafts", {"acts": [collected(), second]}).json()
    answers = [caller.post(f"{made['href']}/sign") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200] * 3
    receipts = [answer.json()["receipts"] for answer in answers]
    assert [[one["fresh"] for one in each] for each in receipts] == [[True, True], [False, False], [False, False]]
    assert len({tuple(one["id"] for one in each) for each in receipts}) == 1
    assert sorted(Lot.objects.values_list("pk", flat=True)) == ["L0T0000000000001", "L0T0000000000002"]
    told = caller.get(made["href"]).json()
    assert told["state"] == "recorded"
    assert told["recorded"] == [one["id"] for one in receipts[0]]
    entry = journal.entry(told["recorded"][0])
    assert entry.act.actor == YARD
    assert journal.modes([entry]) == {entry.id: "attested"}
    assert Private.objects.get(act_id=entry.id, name="person").value == f"token {caller.text.split('_')[1]}"
    assert caller("DELETE", made["href"]).status_code == 409
    assert caller("PUT", made["href"], {"acts": [collected()]}).status_code == 409


def test_a_draft_that_is_refused_changes_nothing_and_says_where(house):
    """What a page's form prevents a guard prevents: a site of somebody else, in the second of two acts."""
    caller = Caller(YARD)
    wrong = collected("L0T0000000000002", "EVENT00000000002", facility="ipoh-yard")
    made = caller.post("/api/drafts", {"acts": [collected(), wrong]}).json()
    answer = caller.post(f"{made['href']}/sign")
    assert 400 <= answer.status_code < 500
    assert answer.json()["errors"][0]["pointer"].startswith("/acts/1")
    assert not Lot.objects.exists()
    assert caller.get(made["href"]).json()["state"] == "open"
    mended = caller("PUT", made["href"], {"acts": [collected()]})
    assert mended.status_code == 200
    assert caller.post(f"{made['href']}/sign").status_code == 200
    assert Lot.objects.count() == 1


def test_a_draft_is_its_organisations_alone(house):
    made = Caller(YARD).post("/api/drafts", {"acts": [collected()]}).json()
    other = Caller(OTHER)
    assert other.get(made["href"]).status_code == 404
    assert other("PUT", made["href"], {"acts": [collected()]}).status_code == 404
    assert other("DELETE", made["href"]).status_code == 404
    assert other.post(f"{made['href']}/sign").status_code == 404
    assert other.get(f"{made['href']}/to-sign?key=x").status_code == 404
    assert other.all("drafts") == []
    assert Caller(YARD)("DELETE", made["href"]).status_code == 204
    assert not ActDraft.objects.exists()


BODIES = {
    "nothing": ({}, ""),
    "no act": ({"acts": []}, "/acts"),
    "too many": ({"acts": [collected()] * 101}, "/acts"),
    "a field too much": ({"acts": [collected()], "x": 1}, ""),
    "an unknown kind": ({"acts": [{"kind": "custody.colect", "body": {}}]}, "/acts/0/kind"),
    "a body that is none": ({"acts": [{"kind": "custody.collect", "body": {}}]}, "/acts/0/body"),
    "a wrong mass": ({"acts": [collected(grams="many")]}, "/acts/0/body/grams"),
    "no instant": ({"acts": [{**collected(), "claimed": "yesterday"}]}, "/acts/0/claimed"),
    "an instant without zone": ({"acts": [{**collected(), "claimed": "2025-10-01T09:00:00"}]}, "/acts/0/claimed"),
    "the same nonce twice": ({"acts": [{**collected(), "nonce": "n"}] * 2}, "/acts"),
    "nul": ({"acts": [collected(label="a\0b")]}, "/acts"),
    "a list": ([], ""),
}


@pytest.mark.parametrize("wrong", BODIES)
def test_a_draft_that_cannot_be_read_is_refused(house, wrong):
    body, pointer = BODIES[wrong]
    answer = Caller(YARD).post("/api/drafts", body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert not ActDraft.objects.exists()


def test_a_held_key_signs_the_bytes_of_a_draft(house):
    private = signing.new_key()
    public = signing.public_text(private)
    proof = signing.prove_key(private, house.NODE, YARD)
    code, offer = journal.offer_of("telephone")
    key = journal.enrol(YARD, "held", public=public, proof=proof, offer=offer)
    journal.record([journal.acceptance(private, YARD, code, house.NODE)])
    caller = Caller(YARD, "draft", "read")
    second = collected("L0T0000000000002", "EVENT00000000002")
    made = caller.post("/api/drafts", {"acts": [collected(), second]}).json()
    whole = caller.get(f"{made['href']}/to-sign?key={key}").json()
    assert whole["key"] == key
    signed = [
        {
            "act": one["act"],
            "signature": {"jws": f"{one['input']}.{signing.b64(private.sign(one['input'].encode()))}"},
        }
        for one in whole["acts"]
    ]
    answer = caller.post("/api/acts", signed)
    assert answer.status_code == 201, answer.content
    assert [one["id"] for one in answer.json()] == [one["id"] for one in whole["acts"]]
    told = caller.get(made["href"]).json()
    assert told["state"] == "recorded"
    entry = journal.entry(told["recorded"][0])
    assert journal.modes([entry]) == {entry.id: "held"}
    assert entry.act.key == key
    assert caller.get(f"{made['href']}/to-sign?key={key}").status_code == 409


def test_bytes_are_given_for_a_key_of_ones_own_alone(house):
    caller = Caller(YARD)
    made = caller.post("/api/drafts", {"acts": [collected()]}).json()
    for key in ("x", journal.attested_key(YARD), journal.attested_key(OTHER)):
        answer = caller.get(f"{made['href']}/to-sign?key={key}")
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == "/key"
    assert caller.get(f"{made['href']}/to-sign").status_code == 422


def test_drafts_by_page(house):
    caller = Caller(YARD)
    made = [caller.post("/api/drafts", {"acts": [collected(f"L{n}", f"E{n}")]}).json()["id"] for n in range(7)]
    for most in (1, 3, 7, 200):
        assert [line["id"] for line in caller.all("drafts", most=most)] == made[::-1]


def test_drafts_are_bounded_and_forgotten_in_time(house, monkeypatch):
    monkeypatch.setattr(drafts, "MOST_OPEN", 2)
    caller = Caller(YARD)
    made = [caller.post("/api/drafts", {"acts": [collected(f"L{n}", f"E{n}")]}) for n in range(3)]
    assert [answer.status_code for answer in made] == [201, 201, 422]
    first = made[0].json()
    assert caller.post(f"{first['href']}/sign").status_code == 200
    # As if a held key had signed it: nobody told the draft.
    ActDraft.objects.filter(pk=first["id"]).update(signed=None)
    assert caller.post("/api/drafts", {"acts": [collected("L3", "E3")]}).status_code == 201
    assert caller.post("/api/drafts", {"acts": [collected("L4", "E4")]}).status_code == 422
    ActDraft.objects.filter(pk=first["id"]).update(signed=timezone.now() - timedelta(days=91))
    caller.post("/api/drafts", {"acts": [collected("L5", "E5")]})
    assert caller.get(first["href"]).status_code == 404
    assert Lot.objects.filter(pk="L0").exists()


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_two_at_once_say_it_once(house):
    caller = Caller(YARD)
    made = caller.post("/api/drafts", {"acts": [collected()]}).json()
    answers = []

    def sign():
        answers.append(Caller(YARD, text=caller.text).post(f"{made['href']}/sign"))
        connections.close_all()

    threads = [threading.Thread(target=sign) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [200] * 4
    receipts = [answer.json()["receipts"][0] for answer in answers]
    assert len({one["id"] for one in receipts}) == 1
    assert sum(one["fresh"] for one in receipts) == 1
    assert Lot.objects.count() == 1
    assert msgspec.json.encode(receipts)
