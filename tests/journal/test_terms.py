"""Who tells a kind of act, and how long after it happened: every kind of every room, as its table says."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta

import pytest

from meguri.journal import kinds, wording
from meguri.journal.act import CLOCK, NODE, Act, Instants, Late
from meguri.journal.entry import terms
from meguri.journal.projections import books
from meguri.journal.world import World
from meguri.kit import clock
from meguri.kit.problems import Conflict, MeguriError, NotAllowed, Refused
from meguri.registry.states import OrganisationState, RoleSpan
from meguri.registry.vocabulary import roles

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
ANN = "organisation:ann"
OURS = [kind for kind in kinds.every() if not kind.name.startswith("toy.")]
BACK = {"two minutes": timedelta(minutes=2), "an hour": timedelta(hours=1), "61 days": timedelta(days=61)}
WAYS = ("", "offline", "paper")


def organisation(held, **more):
    spans = tuple(RoleSpan(role, LONG_AGO) for role in held)
    return OrganisationState(names={"en": "Ann"}, economy="MYS", admitted_on=LONG_AGO, roles=spans, **more)


def ask(kind, back=timedelta(0), way="", actor="", state=None, why="The connection was down."):
    given = terms.of(kind)
    speaker = {"node": NODE, "clock": CLOCK}.get(given.who[0], ANN)
    actor = actor or speaker
    held = [role for role in given.who if role in roles()]
    act = Act(
        kind=kind, version=1, node="n", subjects=(), actor=actor, key="k", nonce="1", claimed=clock.stamp(NOW - back),
        body={}, **({"late": Late(way, why)} if way else {}),
    )  # fmt: skip
    world = World({actor: state or organisation(held)} if actor not in (NODE, CLOCK) else {})
    terms.ask(world, act, Instants(NOW - back, NOW))


def code(*given, **more):
    try:
        ask(*given, **more)
    except MeguriError as error:
        return error.problems[0].code
    return ""


def test_every_kind_stands_in_its_rooms_table_and_nothing_else_does():
    listed = {row["kind"] for path in wording._tables.values() for row in csv.DictReader(path.open())}
    assert listed == {kind.name for kind in OURS}
    known = {"node", "clock", "owner", "organisation", *roles()}
    for kind in OURS:
        assert set(terms.of(kind.name).who) <= known
    assert terms.of("toy.open") is None


def test_every_book_says_before_when_nothing_can_have_happened():
    for book in books.books():
        if book.prefix != "pot":
            assert "SINCE" in vars(book.model), book.prefix
            assert not book.model.SINCE or book.model.SINCE in book.model.STATE.__struct_fields__


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("back", BACK)
@pytest.mark.parametrize("kind", [kind.name for kind in OURS])
def test_a_claim_lies_back_as_far_as_its_kind_allows(kind, back, way):
    most = {"": timedelta(minutes=10), **terms.of(kind).after}.get(way)
    expected = "late" if most is None else "past" if BACK[back] > most else ""
    assert code(kind, BACK[back], way) == expected


# Of keys their own guards say who tells it, also when closed.
@pytest.mark.parametrize("kind", [kind.name for kind in OURS if "owner" not in terms.of(kind.name).who])
def test_whoever_tells_it_stands_at_both_instants(kind):
    who = terms.of(kind).who
    held = [role for role in who if role in roles()]
    speakers = {"node": NODE, "clock": CLOCK}
    for name, speaker in speakers.items():
        assert code(kind, actor=speaker) == ("" if name in who else "role")
    if not {"organisation", *roles()} & set(who):
        assert code(kind, actor=ANN) == "role"
        return
    assert code(kind, actor=ANN) == ""
    closed = organisation(held, closed_on=NOW - timedelta(minutes=1))
    assert code(kind, actor=ANN, state=closed) == "closed"
    # It was open at the claimed instant, or not admitted yet.
    assert code(kind, timedelta(minutes=2), actor=ANN, state=closed) == "closed"
    late = OrganisationState(names={"en": "A"}, economy="MYS", admitted_on=NOW)
    assert code(kind, timedelta(minutes=2), actor=ANN, state=late) == "before"
    if held:
        assert code(kind, actor=ANN, state=organisation(())) == "role"


def test_whom_their_own_guards_name_tell_of_keys_and_of_ended_delegations_alone():
    owners = {kind.name for kind in OURS if "owner" in terms.of(kind.name).who}
    keys = {f"journal.{what}_key" for what in ("enrol", "accept", "rotate", "revoke")}
    assert owners == keys | {"journal.end_delegation"}
    assert {code(name, actor=ANN, state=organisation((), closed_on=LONG_AGO)) for name in owners} == {""}


def test_somebody_who_is_not_on_record_says_nothing():
    act = Act(kind="custody.collect", version=1, node="n", subjects=(), actor=ANN, key="k", nonce="1",
              claimed=clock.stamp(NOW), body={})  # fmt: skip
    with pytest.raises(NotAllowed) as caught:
        terms.ask(World({ANN: None}), act, Instants(NOW, NOW))
    assert caught.value.problems[0].code == "not-admitted"


def test_what_is_told_late_says_why():
    with pytest.raises(Refused) as caught:
        ask("custody.collect", timedelta(hours=1), "offline", why=" ")
    assert caught.value.problems[0].pointer == "/late/why"


def test_nothing_happens_to_a_subject_before_it_was_there():
    with pytest.raises(Conflict, match=r"organisation:ann is on record from 2026-03-01T12:00:00.000Z"):
        ask("custody.collect", timedelta(seconds=1), state=OrganisationState(
            names={"en": "A"}, economy="MYS", admitted_on=NOW))  # fmt: skip


def test_an_act_that_is_not_late_is_written_as_ever():
    act = Act(kind="toy.open", version=1, node="n", subjects=(), actor=ANN, key="k", nonce="1",
              claimed=clock.stamp(NOW), body={})  # fmt: skip
    assert b"late" not in act.canonical()
    late = Act(**{name: getattr(act, name) for name in act.__struct_fields__} | {"late": Late("paper", "A letter")})
    assert b'"late":{"how":"paper","why":"A letter"}' in late.canonical()
    assert late.id != act.id
