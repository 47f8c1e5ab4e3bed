"""A kind may gain a lock, a field and a guard; what was told before is read as it was, also by a renamed node."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import msgspec
import pytest
from django.test import override_settings

import test_kept
from journal.settled import sealed
from meguri.consent import services as consent
from meguri.journal import kinds, services
from meguri.journal.act import Act
from meguri.journal.entry import history
from meguri.journal.entry.admission import admit
from meguri.journal.kinds import Kind, Version
from meguri.journal.models import ActRow
from meguri.journal.projections import books
from meguri.journal.signatures import signing
from meguri.journal.signatures.authenticity import judge
from meguri.journal.signatures.signing import Signature, Signed
from meguri.journal.states import KeyState
from meguri.kit.problems import Refused, refuse
from meguri.play import performance
from meguri.play import story as story_file
from meguri.registry import services as registry
from tests_support import use_clock

pytestmark = pytest.mark.django_db
EVERY_KIND = Path(__file__).resolve().parents[1] / "kept" / "every_kind.toml"
# A text of each state that a made-up kind may write; a book that is not here has none and turns the test red.
WRITES = {
    "account": "operator",
    "application": "reason",
    "arrival": "facility",
    "case": "description",
    "check": "scheme",
    "collector": "buyer",
    "delegation": "ended_by",
    "event": "reason",
    "facility": "port",
    "accounts": "accounts",
    "certificate": "number",
    "claim": "number",
    "content": "follows",
    "guarantee": "reference",
    "instrument": "number",
    "sample": "method",
    "process": "taken_until",
    "treated": "grams",
    "identifier": "organisation",
    "journal": "operator",
    "key": "owner",
    "licence": "reason",
    "lot": "label",
    "movement": "packaging",
    "organisation": "authority",
    "paper": "kind",
    "purchase": "stream",
    "reply": "text",
    "track": "movement",
    "use": "grams",
    "verdict": "status",
}


class Mark(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What version 1 of a made-up kind says."""

    subject: str
    text: str


class Marks(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What version 2 says: a field more, and a subject more to lock."""

    subject: str
    text: str
    beside: str
    times: int = 1


def write(world, subject, text):
    field = WRITES[books.split(subject)[0]]
    state = world.need(subject, msgspec.Struct)
    if field == "status":
        # A verdict has its words one deeper.
        text, field = msgspec.structs.replace(state.decision, status=text), "decision"
    if field == "grams":
        text = {text: 1}
    if field == "accounts":
        # The accounts of a site stand in it as spans.
        text = tuple(msgspec.structs.replace(one, account=text) for one in state.accounts)
    world.put(subject, msgspec.structs.replace(state, **{field: text}))


def first(name):
    made = kinds.define(Kind(name, 1, Mark, lambda body: [body.subject]))
    kinds.fold(name)(lambda world, entry, body: write(world, body.subject, body.text))
    return made


def second(before):
    """The kind with a version more: a lock, a field and a guard are gained, older acts are lifted."""
    del kinds._KINDS[before.name]
    older = Version(1, Mark, before.subjects, lift=lambda body: Marks(body.subject, body.text, "", 0))
    kinds.define(Kind(before.name, 2, Marks, lambda body: [body.subject, body.beside], earlier=(older,)))
    kinds.fold(before.name)(lambda world, entry, body: write(world, body.subject, body.text))
    kinds.fold(before.name, since=2)(lambda world, entry, body: write(world, body.beside, body.text * body.times))

    @kinds.guard(before.name)
    def twice_at_most(world, act, body, at):
        assert at.claimed <= at.recorded
        if body.times > 2:
            raise refuse("At most twice.", "/body/times", "times")


@pytest.fixture
def story():
    """A record with subjects in every book."""
    stage, _ = performance.play(story_file.load(EVERY_KIND), lambda played, step: None)
    use_clock(lambda: stage.at)
    consent.guarantee(
        stage.who("swan"),
        stage.things["silent"]["case"],
        issuer="A bank",
        amount="AUD 100,000",
        valid_from=date(2026, 4, 1),
        valid_until=date(2027, 3, 31),
    )
    yard = stage.who("yard")
    registry.assign(yard, "collector", claimed=stage.at)
    test_kept.tell_of_registry(yard)
    test_kept.tell_of_buying(yard)
    test_kept.tell_of_papers(stage)
    yield

    use_clock(None)
    for name in [name for name in kinds._KINDS if name.startswith("made-up.")]:
        del kinds._KINDS[name]


def test_a_made_up_kind_of_every_book_gains_a_lock_a_field_and_a_guard(story):
    # Feeds are written by `exchange.received` alone: their subjects are another node's.
    prefixes = [book.prefix for book in books.books() if book.prefix not in ("pot", "feed")]
    assert set(prefixes) == set(WRITES)
    found = {p: [f"{p}:{row.pk}" for row in books.book(p).model._default_manager.order_by("id")[:2]] for p in prefixes}
    assert all(found.values()), "the story has something in every book"
    actor = services.NODE_ORGANISATION
    made = {prefix: first(f"made-up.{prefix}") for prefix in prefixes}
    told = {
        p: services.say(actor, made[p].name, Mark(found[p][0], "one")) for p in prefixes if p not in ("key", "journal")
    }
    states = books.load(subject for subjects in found.values() for subject in subjects)
    sealed()
    for kind in made.values():
        second(kind)
    assert services.verify().intact
    assert services.rebuild(check=True).identical
    assert books.load(states) == states
    for prefix in told:
        with pytest.raises(Refused) as caught:
            services.record([again(told[prefix].id, nonce="other")])
        assert caught.value.problems[0].code == "version"
        receipt = services.record([again(told[prefix].id)])[0]
        assert (receipt.number, receipt.fresh) == (told[prefix].number, False), "told before: the old receipt"
        first_of, beside = found[prefix][0], found[prefix][-1]
        services.say(actor, made[prefix].name, Marks(first_of, "two", beside, 2))
        with pytest.raises(Refused, match="At most twice"):
            services.say(actor, made[prefix].name, Marks(first_of, "three", beside, 3))
    sealed()
    assert services.verify().intact
    assert services.rebuild(check=True).identical
    lots = books.load(found["lot"])
    assert [lot.label for lot in lots.values()] == ["two", "twotwo"]


def again(id, **changes):
    """An act on record as its author would send it again; with changes, another one, signed by the same key."""
    from meguri.journal.signatures import keyring

    row = ActRow.objects.get(act_id=id)
    act = msgspec.json.decode(bytes(row.canonical), type=Act)
    if not changes:
        return Signed(act, msgspec.json.decode(bytes(row.signature), type=Signature))
    act = msgspec.structs.replace(act, **changes)
    return Signed(act, signing.sign_acts(keyring.private(act.key), [act.id])[0])


def test_a_renamed_node_finds_nothing_wrong_in_its_past(story):
    checkpoint = sealed()
    acts = ActRow.objects.count()
    with override_settings(NODE="meguri.renamed"):
        report = services.verify(checkpoint.note)
        assert report.intact, report.to_json()["findings"]
        assert services.rebuild(check=True).identical
        services.say(services.NODE_ORGANISATION, "registry.close", closing())
        newer = sealed()
        assert newer.size == acts + 1
        assert services.verify(checkpoint.note).intact
        assert {entry.act.node for entry in services.recent(2)} == {"meguri.renamed", "meguri.demonstration"}


def closing():
    from meguri.registry import acts

    return acts.Close(organisation="organisation:yard", reason="retired")


def foreign(toy, **changes):
    """An act of another node and its key, as they would come over."""
    private = signing.new_key()
    act = Act(
        kind="toy.open",
        version=1,
        node="meguri.elsewhere",
        subjects=("pot:a",),
        actor="organisation:ann",
        key=signing.key_id(signing.public_text(private)),
        nonce="n",
        claimed="2025-10-01T09:00:00.000Z",
        body={"pot": "a", "beans": 3},
    )
    act = msgspec.structs.replace(act, **changes)
    return private, Signed(act, signing.sign_acts(private, [act.id])[0])


def test_an_act_of_another_node_is_read_and_proved_and_kept_and_not_taken_for_ours(toy):
    private, signed = foreign(toy)
    with pytest.raises(Refused) as caught:
        services.record([signed])
    assert caught.value.problems[0].code == "node"
    kept = msgspec.json.encode(signed)
    back = msgspec.json.decode(kept, type=Signed)
    told = history.read(back.act.canonical(), back.signature)
    assert told.act.node == "meguri.elsewhere"
    assert told.body == toy.Open("a", 3)
    assert told.named == told.act.subjects
    at = told.claimed
    key = KeyState(signing.public_text(private), "organisation:ann", "held", at)
    judge(key, told, at, {})
    with pytest.raises(Refused):
        judge(msgspec.structs.replace(key, owner="organisation:bob"), told, at, {})
    other, _ = foreign(toy)
    with pytest.raises(Refused, match="does not match"):
        judge(msgspec.structs.replace(key, public=signing.public_text(other)), told, at, {})
    states: dict = {}
    history.apply(told, 1, at, states)
    assert states["pot:a"].beans == 3
    assert not ActRow.objects.filter(kind="toy.open").exists()


def test_what_another_node_keeps_is_named_with_it_and_written_by_it_alone(toy, settings):
    _, signed = foreign(
        toy, node=settings.NODE, subjects=("pot:a@meguri.jpn",), body={"pot": "a@meguri.jpn", "beans": 1}
    )
    with pytest.raises(Refused) as caught:
        admit(signed, {})
    assert caught.value.problems[0].code == "home"
    from meguri.journal.subject import bare, home, seen_from, split

    assert split("pot:a@meguri.jpn") == ("pot", "a@meguri.jpn")
    assert (home("pot:a@meguri.jpn"), bare("pot:a@meguri.jpn"), home("pot:a")) == ("meguri.jpn", "pot:a", "")
    assert seen_from("pot:a", "meguri.mys", "meguri.jpn") == "pot:a@meguri.mys"
    assert seen_from("pot:a@meguri.jpn", "meguri.mys", "meguri.jpn") == "pot:a"
    assert seen_from("pot:a@meguri.sgp", "meguri.mys", "meguri.jpn") == "pot:a@meguri.sgp"


def test_a_fold_sees_what_its_act_writes_and_nothing_else(toy):
    seen = []
    made = kinds.define(Kind("made-up.look", 1, Mark, lambda b: [b.subject], reads=lambda act, body: ["pot:read"]))
    try:
        kinds.fold(made.name)(lambda world, entry, body: seen.append(sorted(world._states)))
        kinds.guard(made.name)(lambda world, act, body, at: seen.append(sorted(world._states)))
        services.say("organisation:ann", made.name, Mark("pot:a", "x"))
    finally:
        del kinds._KINDS[made.name]
    key = next(name for name in seen[0] if name.startswith("key:"))
    assert seen == [sorted([key, "organisation:ann", "pot:a", "pot:read"]), ["pot:a"]]


def test_versions_are_declared_whole():
    with pytest.raises(ValueError, match="every one from 1 to 2"):
        Kind("made-up.hole", 2, Marks, lambda b: [b.subject])
    with pytest.raises(ValueError, match="lift"):
        Kind("made-up.unlifted", 2, Marks, lambda b: [], earlier=(Version(1, Mark, lambda b: [b.subject]),))
