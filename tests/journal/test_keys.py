"""Who may found, enrol, rotate and revoke; which key speaks for whom, and when; how kinds are told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from django.conf import settings

from journal.settled import sealed
from meguri.journal import acts, kinds, services
from meguri.journal.kinds import Folding, Kind, Version
from meguri.journal.log import proofs
from meguri.journal.models import ActRow, Founding, Key, Private
from meguri.journal.projections import readers, relations
from meguri.journal.services import Utterance
from meguri.journal.signatures import keyring, merkle, signing
from meguri.journal.signatures.signing import PrivateValue, Signed
from meguri.journal.states import FOUNDING, FoundingState, KeyOffer, KeyState
from meguri.kit import clock
from meguri.kit.problems import Conflict, NotAllowed, NotFound, Refused
from memory_record import Record
from tests_support import use_clock

NOW = datetime(2025, 10, 1, 3, tzinfo=UTC)
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
NODE, ANN, BOB = "organisation:node", "organisation:ann", "organisation:bob"


def public(private):
    return signing.public_text(private)


def proof(private, owner, node="test"):
    return signing.prove_key(private, node, owner)


def found(own, log, **more):
    fields = {
        "node": "test", "operator": NODE, "public": public(own), "proof": proof(own, NODE),
        "log_public": public(log), "log_proof": proof(log, NODE),
    }  # fmt: skip
    return acts.Found(**fields | more)


CODE = "0123-4567-89AB-CDEF"
OFFER = KeyOffer(signing.code_digest(CODE), NOW + 7 * DAY, "letter")


class Keys:
    """A record in memory of a founded node, with a key of Ann's since a day ago."""

    def __init__(self):
        self.record = Record(NOW)
        self.own, self.log, self.anns = (signing.new_key() for _ in range(3))
        self.say(NODE, found(self.own, self.log))
        self.say(NODE, self.enrol(self.anns, offer=OFFER))
        self.say(ANN, self.accept(self.anns), key=self.anns)

    def say(self, actor, body, key=None):
        kind = {
            acts.Found: "found", acts.EnrolKey: "enrol_key", acts.RotateKey: "rotate_key", acts.RevokeKey: "revoke_key",
            acts.AcceptKey: "accept_key",
        }[type(body)]  # fmt: skip
        named = signing.key_id(public(key)) if key else "k"
        return self.record.say(actor, f"journal.{kind}", body, key=named)

    def refused(self, kind, actor, body, key=None):
        before = dict(self.record.states)
        with pytest.raises(kind) as caught:
            self.say(actor, body, key)
        assert self.record.states == before
        return caught.value.problems[0].pointer, caught.value.problems[0].code

    def enrol(self, private, owner=ANN, **more):
        fields = {"owner": owner, "public": public(private), "mode": "held", "since": NOW - DAY}
        return acts.EnrolKey(**fields | {"proof": proof(private, owner)} | more)

    def accept(self, private, code=CODE):
        return acts.AcceptKey(signing.key_id(public(private)), code)

    def rotate(self, old, new, owner=ANN, since=NOW, **more):
        fields = {"owner": owner, "old": signing.key_id(public(old)), "public": public(new), "since": since}
        return acts.RotateKey(**fields | {"proof": proof(new, owner)} | more)

    def revoke(self, private, effective=NOW):
        return acts.RevokeKey(signing.key_id(public(private)), effective, "lost")

    def state(self, private) -> KeyState:
        return self.record.states[acts.subject(public(private))]


@pytest.fixture
def keys():
    return Keys()


def test_a_founding_names_node_operator_and_log(keys):
    assert keys.record.states[FOUNDING] == FoundingState("test", NODE, signing.key_id(public(keys.log)))
    assert keys.state(keys.own) == KeyState(public(keys.own), NODE, "attested", NOW)
    assert keys.state(keys.log) == KeyState(public(keys.log), NODE, "log", NOW)
    assert keys.refused(Conflict, NODE, found(signing.new_key(), signing.new_key()))[1] == "exists"


def test_a_node_is_founded_by_itself_with_keys_that_it_has():
    fresh = Keys.__new__(Keys)
    own, log, other = (signing.new_key() for _ in range(3))
    fresh.record = Record(NOW)
    assert fresh.refused(Refused, NODE, found(own, log, node="elsewhere")) == ("/body/node", "founding")
    assert fresh.refused(Refused, NODE, found(own, log, operator=ANN)) == ("/body/node", "founding")
    assert fresh.refused(Refused, NODE, found(own, log, proof=proof(other, NODE))) == ("/body/proof", "key-proof")
    assert fresh.refused(Refused, NODE, found(own, log, log_proof=proof(other, NODE)))[0] == "/body/log_proof"
    fresh.record.states[acts.subject(public(log))] = KeyState(public(log), ANN, "held", NOW)
    assert fresh.refused(Conflict, NODE, found(own, log))[1] == "exists"


def test_a_key_is_enrolled_once_by_its_owner_or_the_operator(keys):
    new = signing.new_key()
    assert keys.refused(NotAllowed, BOB, keys.enrol(new)) == ("/actor", "owner")
    assert keys.refused(Conflict, NODE, keys.enrol(keys.anns)) == ("/body/public", "exists")
    assert keys.refused(Refused, NODE, keys.enrol(new, proof=proof(new, BOB))) == ("/body/proof", "key-proof")
    assert keys.refused(Refused, NODE, keys.enrol(new, proof=proof(new, ANN, "other")))[1] == "key-proof"
    keys.say(NODE, keys.enrol(new))
    assert keys.state(new) == KeyState(public(new), ANN, "held", NOW - DAY)
    assert (keys.state(new).proved, keys.state(new).mode_at(NOW + DAY)) == ("operator", "offered")


def test_a_held_key_is_its_owners_once_its_owner_says_so(keys):
    """By a code that was given outside the service, or by another key that the owner holds."""
    state = keys.state(keys.anns)
    assert (state.proved, state.accepted, state.offer) == ("code", NOW, OFFER)
    assert [state.mode_at(at) for at in (NOW - SECOND, NOW)] == ["offered", "held"]
    third = signing.new_key()
    assert keys.refused(Refused, ANN, keys.enrol(third)) == ("/body/offer", "offer")
    assert keys.refused(Refused, ANN, keys.enrol(third, offer=OFFER), keys.anns) == ("/body/offer", "offer")
    keys.say(ANN, keys.enrol(third), keys.anns)
    assert (keys.state(third).proved, keys.state(third).mode_at(NOW)) == ("own_key", "held")
    assert keys.refused(Refused, NODE, keys.enrol(signing.new_key(), mode="attested", offer=OFFER))[1] == "offer"
    for until in (NOW, NOW - DAY, NOW + acts.OFFERED + SECOND):
        late = msgspec.structs.replace(OFFER, until=until)
        assert keys.refused(Refused, NODE, keys.enrol(signing.new_key(), offer=late)) == ("/body/offer/until", "offer")


def test_a_key_that_the_operator_made_is_not_shown_as_its_owners(keys):
    """Whoever does not know the code cannot accept, and no other key accepts in its place."""
    new, unoffered = signing.new_key(), signing.new_key()
    keys.say(NODE, keys.enrol(new, offer=OFFER))
    keys.say(NODE, keys.enrol(unoffered))
    assert keys.refused(NotAllowed, ANN, keys.accept(new), keys.anns) == ("/key", "owner")
    assert keys.refused(NotAllowed, NODE, keys.accept(new), new) == ("/key", "owner")
    assert keys.refused(Refused, ANN, keys.accept(new, signing.new_code()), new) == ("/body/code", "code")
    assert keys.refused(Refused, ANN, keys.accept(unoffered), unoffered) == ("/body/key", "offer")
    assert keys.refused(Conflict, ANN, keys.accept(keys.anns), keys.anns) == ("/body/key", "accepted")
    keys.record.now = OFFER.until
    assert keys.refused(Refused, ANN, keys.accept(new), new) == ("/body/code", "code")
    keys.record.now = OFFER.until - SECOND
    keys.say(ANN, keys.accept(new, CODE.lower().replace("-", " ").replace("0", "o")), new)
    assert keys.state(new).proved == "code"
    # A key of hers that is not accepted enrols no other; one that the operator puts in a key's place waits again.
    assert keys.refused(Refused, ANN, keys.enrol(signing.new_key()), unoffered) == ("/body/offer", "offer")
    other = signing.new_key()
    keys.say(NODE, keys.rotate(new, other, since=OFFER.until))
    assert keys.state(other).proved == "operator"


def test_codes_are_alike_to_nobody_and_read_as_they_are_heard():
    codes = {signing.new_code() for _ in range(100)}
    assert len(codes) == 100
    assert all(len(code) == 19 and code.count("-") == 3 for code in codes)
    assert signing.code_digest("0123-456A") == signing.code_digest(" oI23 456a") != signing.code_digest("0123-456B")


def test_a_rotation_ends_the_old_key_where_the_new_one_begins(keys):
    new, other = signing.new_key(), signing.new_key()
    keys.say(NODE, keys.enrol(other, BOB))
    assert keys.refused(NotAllowed, BOB, keys.rotate(keys.anns, new)) == ("/actor", "owner")
    assert keys.refused(Conflict, ANN, keys.rotate(keys.anns, other)) == ("/body/public", "exists")
    assert keys.refused(Conflict, ANN, keys.rotate(new, other)) == ("/body/old", "unknown-subject")
    assert keys.refused(Refused, NODE, keys.rotate(keys.anns, new, BOB)) == ("/body/since", "key")
    assert keys.refused(Refused, ANN, keys.rotate(keys.anns, new, since=NOW - DAY - SECOND)) == ("/body/since", "key")
    assert keys.refused(Refused, ANN, keys.rotate(keys.anns, new, proof=proof(other, ANN)))[1] == "key-proof"
    assert keys.refused(Refused, NODE, keys.rotate(keys.log, new, NODE)) == ("/body/old", "log-key")
    keys.say(ANN, keys.rotate(keys.anns, new), keys.anns)
    old = keys.state(keys.anns)
    assert [old.active(at) for at in (NOW - DAY - SECOND, NOW - DAY, NOW - SECOND, NOW)] == [False, True, True, False]
    assert keys.state(new) == KeyState(public(new), ANN, "held", NOW, accepted=NOW)
    assert keys.refused(Refused, ANN, keys.rotate(keys.anns, signing.new_key())) == ("/body/since", "key")


def test_a_revocation_may_be_put_earlier_and_not_later(keys):
    assert keys.refused(NotAllowed, BOB, keys.revoke(keys.anns)) == ("/actor", "owner")
    assert keys.refused(Conflict, ANN, keys.revoke(signing.new_key())) == ("/body/key", "unknown-subject")
    assert keys.refused(Refused, NODE, keys.revoke(keys.log)) == ("/body/key", "log-key")
    keys.say(ANN, keys.revoke(keys.anns))
    for later in (NOW, NOW + DAY):
        assert keys.refused(Refused, ANN, keys.revoke(keys.anns, later)) == ("/body/effective", "key")
    keys.say(NODE, keys.revoke(keys.anns, NOW - SECOND))
    assert keys.state(keys.anns) == KeyState(public(keys.anns), ANN, "held", NOW - DAY, NOW - SECOND, OFFER, NOW)


# Over the database.


@pytest.fixture
def held(toy):
    """Signs acts of Ann's with a key of her own, as her machine would."""
    private = signing.new_key()
    services.enrol(
        ANN, "held", public=public(private), proof=proof(private, ANN, settings.NODE), since=clock.now() - DAY
    )

    def sign(*utterances, by=private, **changes):
        key = signing.key_id(public(by))
        made = [msgspec.structs.replace(services.act_of(ANN, key, one), **changes) for one in utterances]
        return [Signed(act, mark) for act, mark in zip(made, signing.sign_acts(by, [a.id for a in made]), strict=True)]

    return sign


def refused(signed):
    before = ActRow.objects.count()
    with pytest.raises(Refused) as caught:
        services.record(signed)
    assert ActRow.objects.count() == before
    return caught.value.problems[0].pointer, caught.value.problems[0].code


@pytest.mark.django_db
def test_the_logs_key_speaks_for_nobody(held, toy):
    log = keyring.private(Founding.objects.get(id=Founding.ID).value.log_key)
    one = Utterance("toy.open", toy.Open("a", 1))
    assert refused(held(one, by=log, actor=NODE)) == ("/key", "key-owner")
    assert refused(held(one, by=signing.new_key())) == ("/key", "key-unknown")
    assert refused(held(one, actor=NODE)) == ("/key", "key-owner")


@pytest.mark.django_db
def test_an_act_told_again_is_signed_again_by_its_key(held, toy):
    """Who knows an act's bytes, which are public, does not get a receipt by making a signature up."""
    (one,) = held(Utterance("toy.open", toy.Open("a", 1), nonce="n"))
    services.record([one])
    header, payload, _ = one.signature.jws.split(".")
    forged = f"{header}.{payload}.{signing.b64(signing.new_key().sign(f'{header}.{payload}'.encode()))}"
    assert refused([Signed(one.act, signing.Signature(forged))]) == ("/signature", "signature")
    assert not services.record([one])[0].fresh


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"actor": ""}, "/actor", "length"),
        ({"actor": "organisation:" + "x" * 108}, "/actor", "length"),
        ({"nonce": ""}, "/nonce", "length"),
        ({"nonce": "x" * 65}, "/nonce", "length"),
        ({"key": "x" * 65}, "/key", "length"),
        ({"node": "elsewhere"}, "/node", "node"),
        ({"legal": "2025-10-01T00:00:00.000Z"}, "/legal", "legal"),
        ({"version": 0}, "/version", "version"),
        ({"body": {"pot": "a", "beans": 1, "more": 1}}, "/body/more", "unknown"),
        ({"body": {"pot": "a"}}, "/body", "schema"),
        ({"subjects": ("pot:b",)}, "/subjects", "subjects"),
        ({"claimed": "2025-10-01T00:00:00.000"}, "/claimed", "instant"),
    ],
)
def test_an_act_that_is_not_as_it_should_be_says_where(held, toy, changes, pointer, code):
    assert refused(held(Utterance("toy.open", toy.Open("a", 1)), **changes)) == (pointer, code)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("pot", "code"),
    [("", "subject"), ("x" * 117, "length"), ("a@elsewhere", "home"), (f"a@{settings.NODE}", "home")],
)
def test_what_is_written_is_kept_here_under_a_name_of_its_own(held, toy, pot, code):
    assert refused(held(Utterance("toy.open", toy.Open(pot, 1)))) == ("/subjects/0", code)


@pytest.mark.django_db
def test_what_is_read_is_kept_by_some_book_and_not_called_another_nodes_when_it_is_not(held, toy, monkeypatch):
    kind = kinds.find("toy.open")
    one = held(Utterance("toy.open", toy.Open("a", 1)))
    for name, code in (("shelf:a", "subject"), ("pot:", "subject"), (f"pot:b@{settings.NODE}", "home")):
        monkeypatch.setattr(kind, "reads", lambda act, body, name=name: [name])
        assert refused(one) == ("/body", code)
    monkeypatch.setattr(kind, "reads", lambda act, body: ["pot:b@elsewhere"])
    assert services.record(one)[0].fresh


@pytest.mark.django_db
def test_the_longest_names_are_taken(held, toy):
    assert services.record(held(Utterance("toy.open", toy.Open("x" * 116, 1)), nonce="n" * 64))[0].fresh


@pytest.mark.django_db
def test_a_clock_may_go_five_minutes_fast(held, toy):
    now = clock.now().replace(microsecond=0)
    use_clock(lambda: now)
    try:
        late = held(Utterance("toy.open", toy.Open("a", 1), claimed=now + 5 * 60 * SECOND + SECOND / 1000))
        assert refused(late) == ("/claimed", "future")
        assert services.record(held(Utterance("toy.open", toy.Open("a", 1), claimed=now + 5 * 60 * SECOND)))[0].fresh
    finally:
        use_clock(None)


@pytest.mark.django_db
def test_acts_beyond_a_size_or_a_number_are_not_taken(held, toy):
    (one,) = held(Utterance("toy.open", toy.Open("a", 1)))
    assert refused([one] * 5001) == ("", "many")
    assert refused(held(Utterance("toy.open", toy.Open("x" * 512 * 1024, 1)))) == ("/body", "size")
    assert services.record([one] * 3)[0].fresh
    assert services.record([]) == []


@pytest.mark.django_db
def test_values_outside_an_act_are_those_that_it_commits_to(held, toy):
    salt = "0f" * 16
    right = PrivateValue(salt, "12 000")
    (one,) = held(Utterance("toy.open", toy.Open("a", 1)), private={"price": right.commitment})

    def with_values(**values):
        return [Signed(one.act, one.signature, values)]

    for wrong in (PrivateValue(salt, "13 000"), PrivateValue("0f" * 17, "12 000"), PrivateValue("xy" * 16, "12 000")):
        assert refused(with_values(price=wrong)) == ("/private/price", "commitment")
    assert refused(with_values(cost=right)) == ("/private/cost", "commitment")
    assert refused([Signed(one.act, one.signature, {"x" * 81: right})]) == ("/private", "length")
    for salt in ("0f" * 15, "0f" * 33):
        value = PrivateValue(salt, "12 000")
        (other,) = held(Utterance("toy.open", toy.Open("a", 1)), private={"price": value.commitment})
        assert refused([Signed(other.act, other.signature, {"price": value})])[1] == "commitment"
    services.record(with_values(price=right))
    assert Private.objects.get(act_id=one.act.id).value == "12 000"


@pytest.mark.django_db
def test_values_outside_an_act_are_erased_by_name_or_all(toy):
    said = Utterance("toy.open", toy.Open("a", 1), private={"price": "1", "weight": "2"})
    (receipt,) = services.attest(ANN, [said], person="p")
    assert services.erase(receipt.id, ["price", "none"]) == 1
    assert set(Private.objects.values_list("name", flat=True)) == {"weight", "person"}
    assert services.erase(receipt.id) == 2
    with pytest.raises(NotFound):
        services.erase("0" * 64)


@pytest.mark.django_db
def test_a_key_is_seen_by_its_owner(toy):
    key = services.enrol(ANN)
    assert relations.readable(ANN, [f"key:{key}"]) == {f"key:{key}"}
    assert relations.readable(BOB, [f"key:{key}"]) == set()


@pytest.mark.django_db
def test_an_act_is_read_by_its_actor_its_parties_and_whoever_reads_where_it_lies(toy):
    services.say(ANN, "toy.open", toy.Open("a", 1))
    services.say(ANN, "toy.open", toy.Open("b", 1))
    moved = services.entry(services.say(ANN, "toy.move", toy.Move("a", "b", 1)).id)
    opened = services.history("pot:a")[0]
    of_bob = msgspec.structs.replace(moved, act=msgspec.structs.replace(moved.act, subjects=(BOB, "pot:a")))
    assert [readers.may_read(opened, who) for who in (None, BOB, ANN)] == [True, True, True], "opening is public"
    assert [readers.may_read(moved, who) for who in (None, BOB, ANN)] == [False, False, True]
    assert [readers.may_read(of_bob, who) for who in (None, BOB, ANN)] == [False, True, True]
    services.say(ANN, "toy.share", toy.Share("b", (BOB,)))
    assert [readers.may_read(moved, who) for who in (None, BOB, "organisation:eve")] == [False, True, False]
    assert readers.readable([moved, opened], "organisation:eve") == {opened.id}


@pytest.mark.django_db
def test_a_repeated_saying_after_a_rotation_gives_the_old_receipt(toy):
    once = Utterance("toy.open", toy.Open("a", 1), nonce="form")
    (first,) = services.attest(ANN, [once])
    services.rotate(ANN, Key.objects.get(owner=ANN).pk)
    (again,) = services.attest(ANN, [once])
    assert (again.id, again.number, again.fresh) == (first.id, first.number, False)
    with pytest.raises(Conflict, match="earlier key"):
        services.attest(ANN, [once, Utterance("toy.open", toy.Open("b", 1))])
    assert services.attest(ANN, []) == []


@pytest.mark.django_db
def test_the_same_nonce_with_another_time_or_kind_is_another_act(toy):
    claimed = clock.parse(clock.stamp(clock.now() - SECOND))
    first = services.say(ANN, "toy.open", toy.Open("a", 1), nonce="form", claimed=claimed)
    assert services.say(ANN, "toy.open", toy.Open("a", 1), nonce="form", claimed=claimed).id == first.id
    assert services.say(ANN, "toy.open", toy.Open("a", 1), nonce="form").id == first.id
    with pytest.raises(Conflict, match="nonce"):
        services.say(ANN, "toy.open", toy.Open("a", 1), nonce="form", claimed=claimed - SECOND)


@pytest.mark.django_db
def test_the_service_speaks_with_a_key_until_it_counts_no_more(toy):
    key = services.enrol(ANN)
    assert services.enrol(NODE) == Key.objects.get(owner=NODE, mode="attested").pk
    services.revoke(key, effective=clock.now() + DAY)
    assert services.say(ANN, "toy.open", toy.Open("a", 1)).fresh
    use_clock(lambda: datetime.now(UTC) + 2 * DAY)
    try:
        with pytest.raises(Refused, match="revoked"):
            services.say(ANN, "toy.open", toy.Open("b", 1))
    finally:
        use_clock(None)


@pytest.mark.django_db
def test_the_newest_acts_are_read_back_in_pages(toy):
    receipts = [services.say(ANN, "toy.open", toy.Open(name, 1)) for name in "abc"]
    newest = [entry.id for entry in services.recent(2)]
    assert newest == [receipts[2].id, receipts[1].id]
    assert services.recent(1, before=receipts[1].number)[0].id == receipts[0].id
    assert [entry.id for entry in services.history("pot:b")] == [receipts[1].id]
    with pytest.raises(NotFound):
        services.entry("0" * 64)


@pytest.mark.django_db
def test_what_is_said_through_another_mouth_is_not_attested_but_for_the_nodes_own(toy):
    heard = []

    def mouth(actor, utterances):
        heard.append((actor, len(utterances)))
        return []

    with services.through(mouth):
        services.attest(ANN, [Utterance("toy.open", toy.Open("a", 1)), Utterance("toy.open", toy.Open("b", 1))])
        services.attest(ANN, [])
        assert services.say(NODE, "toy.open", toy.Open("c", 1)).fresh
        assert services.tick([Utterance("toy.open", toy.Open("d", 1))])[0].fresh
        with services.through(None):
            assert services.say(ANN, "toy.open", toy.Open("e", 1)).fresh
    assert heard == [(ANN, 2)]
    assert {pot.id for pot in toy.Pot.objects.all()} == {"c", "d", "e"}
    assert services.say(ANN, "toy.open", toy.Open("a", 1)).fresh


@pytest.mark.django_db
def test_proofs_of_growth_are_asked_within_the_log(toy):
    with pytest.raises(NotFound):
        proofs.newest()
    for name in "abc":
        services.say(ANN, "toy.open", toy.Open(name, 1))
    sealed()
    size = proofs.newest().size
    for first in range(1, size + 1):
        found = proofs.consistency(first)
        assert (found.first, found.second) == (first, size)
        assert found.second_root == bytes(proofs.newest().root).hex()
        path = [bytes.fromhex(hash) for hash in found.path]
        roots = bytes.fromhex(found.first_root), bytes.fromhex(found.second_root)
        assert merkle.verify_consistency(first, size, *roots, path)
        assert proofs.consistency(first, first).first_root == found.first_root
    for first, second in ((0, size), (-1, size), (2, 1), (1, size + 1)):
        with pytest.raises(Refused, match=f"from 1 to {size}"):
            proofs.consistency(first, second)
    late = services.say(ANN, "toy.open", toy.Open("late", 1))
    with pytest.raises(Conflict, match="not sealed yet"):
        proofs.inclusion(late.id)
    with pytest.raises(NotFound):
        proofs.inclusion("0" * 64)


@pytest.mark.django_db
def test_a_proof_of_inclusion_is_of_one_act_under_one_checkpoint(toy):
    ids = [services.say(ANN, "toy.open", toy.Open(name, 1)).id for name in "abc"]
    sealed()
    log = Key.objects.get(mode="log").value.public
    one, other = (proofs.inclusion(id) for id in ids[:2])
    assert one.holds(log)
    assert not one.holds(public(signing.new_key()))
    for changes in (
        {"act": ids[1]},
        {"leaf": other.leaf},
        {"index": other.index},
        {"size": one.size + 1},
        {"path": other.path},
    ):
        assert not msgspec.structs.replace(one, **changes).holds(log), changes


# Kinds.


class Body(msgspec.Struct, frozen=True):
    names: tuple[str, ...]


def kind(name="made-up.kind", version=1, **more):
    return Kind(name, version, Body, lambda body: body.names, **more)


def test_kinds_have_one_name_each_and_every_version_from_the_first():
    with pytest.raises(ValueError, match="twice"):
        kinds.define(kind("journal.found"))
    with pytest.raises(ValueError, match=r"\[2\]"):
        kind(version=2)
    older = Version(1, Body, lambda body: body.names)
    with pytest.raises(ValueError, match="lift"):
        kind(version=2, earlier=(older,))
    lifted = Version(1, Body, lambda body: body.names, lift=lambda body: Body((*body.names, "c")))
    made = kind(version=2, earlier=(lifted,))
    assert (made.of(1), made.of(2), made.versions) == (lifted, made.newest, (lifted, made.newest))
    assert made.lift(Body(("a",)), 1) == Body(("a", "c"))
    assert made.lift(Body(("a",)), 2) == Body(("a",))
    for number in (0, 3):
        with pytest.raises(Refused, match="up to version 2"):
            made.of(number)


def test_what_a_version_names_is_sorted_and_without_repeats():
    assert kind().newest.names(Body(("b", "a", "b"))) == ("a", "b")


def test_a_kind_that_is_not_there_is_said_with_the_nearest():
    with pytest.raises(Refused, match=r"journal\.enrol_key"):
        kinds.find("journal.enrol_keys")


@pytest.mark.parametrize(
    ("since", "until", "served"), [(1, None, [1, 2, 3]), (2, None, [2, 3]), (1, 1, [1]), (2, 2, [2])]
)
def test_a_fold_is_for_some_versions(since, until, served):
    folding = Folding(lambda world, entry, body: None, since, until)
    assert [version for version in (1, 2, 3) if folding.serves(version)] == served
