"""Every kind of licence through every step of its procedure, by everybody; and what a licence then proves."""

from __future__ import annotations

import itertools

import pytest
from registry_room import DAY, NOW, OPERATOR, Room

from meguri.kit.problems import Conflict, MeguriError, NotAllowed, Refused
from meguri.procedure import tables
from meguri.registry import proofs, rights
from meguri.registry.states import Scope
from meguri.registry.vocabulary import kinds_proving, licence_kinds
from tests_support import use_clock

KINDS = list(licence_kinds())
TABLE = tables.of_subject("licence", NOW.date())
STEPS = sorted({row.transition for row in TABLE.transitions} - {"apply", "grant"})
WAYS = {
    "applied": ("apply",),
    "asked": ("apply", "ask"),
    "refused": ("apply", "refuse"),
    "withdrawn": ("apply", "withdraw"),
    "granted": ("grant",),
    "renewal_asked": ("grant", "ask_renewal"),
    "suspended": ("grant", "suspend"),
    "lapsed": ("grant", "lapse"),
    "given_up": ("grant", "give_up"),
    "revoked": ("grant", "revoke"),
}
OF_HOLDER = {row.transition for row in TABLE.transitions if row.role == "holder"}


@pytest.fixture(autouse=True)
def present():
    use_clock(lambda: NOW)
    yield
    use_clock(None)


def brought(slug, state):
    """A licence of a kind that stands at a state of the table."""
    room = Room(slug)
    for one in WAYS[state]:
        take(room, one)
    return room


def take(room, transition, actor=""):
    if transition == "apply":
        return room.apply(actor)
    if transition == "grant":
        return room.grant(actor)
    if transition == "lapse":
        room.record.now = room.until
    if transition == "transfer" and room.record.states[room.owner].closed_on is None:
        room.close()
    return room.step(transition, actor or (room.owner if transition in OF_HOLDER else room.issuer))


def test_every_state_of_the_table_is_walked_to():
    assert set(WAYS) == set(TABLE.states())


@pytest.mark.parametrize("slug", KINDS)
@pytest.mark.parametrize("state", WAYS)
def test_every_step_of_every_state_of_every_kind(slug, state):
    """What the table has, its role may do and leads where it says; everything else is refused and changes nothing."""
    for transition in [*STEPS, "grant"]:
        room = brought(slug, state)
        open_rows = [row for row in TABLE.transitions if state in row.from_ and row.transition == transition]
        before = room.licence
        if open_rows:
            take(room, transition)
            assert room.licence.course.state == open_rows[0].to
        else:
            with pytest.raises(MeguriError):
                take(room, transition)
            assert room.licence == before
        for stranger in (room.next, room.other):
            room = brought(slug, state)
            before = room.licence
            with pytest.raises((NotAllowed, Refused, Conflict)):
                take(room, transition, stranger)
            assert room.licence == before


@pytest.mark.parametrize("slug", KINDS)
def test_each_side_takes_its_own_steps_and_the_operator_takes_down_both(slug):
    for state, transition in itertools.product(WAYS, STEPS):
        if not any(state in row.from_ and row.transition == transition for row in TABLE.transitions):
            continue
        wrong = "issuer" if transition in OF_HOLDER else "owner"
        room = brought(slug, state)
        if transition == "transfer":
            room.close()
        with pytest.raises(MeguriError) as caught:
            take(room, transition, getattr(room, wrong))
        assert caught.value.problems[0].code in ("role", "closed"), (state, transition)
        for taker in (OPERATOR, rights.NODE):
            take(brought(slug, state), transition, taker)


@pytest.mark.parametrize("slug", KINDS)
def test_a_kind_is_given_by_its_issuer_to_its_own_holders(slug):
    room = Room(slug)
    for actor in (room.owner, room.next):
        with pytest.raises(NotAllowed):
            room.grant(actor)
    with pytest.raises(Refused) as caught:
        room.grant(room.other)
    assert caught.value.problems[0].code == "issuer"
    with pytest.raises(Refused) as caught:
        room.grant(room.other, issued_by=room.other.partition(":")[2])
    assert caught.value.problems[0].code == "issuer", "an authority of another State"
    if room.kind.holder != "either":
        wrong = room.owner if room.kind.holder == "facility" else "facility:owner"
        with pytest.raises(Refused) as caught:
            room.grant(holder=wrong)
        assert caught.value.problems[0].code == "holder"
    if room.kind.economy:
        room.record.states[room.owner] = type(room.record.states[room.owner])(
            names={"en": "x"}, economy="SGP" if room.economy != "SGP" else "JPN", admitted_on=NOW
        )
        if room.holder == room.owner:
            with pytest.raises(Refused) as caught:
                room.grant()
            assert caught.value.problems[0].code == "economy"


@pytest.mark.parametrize("slug", KINDS)
def test_nothing_is_granted_that_is_wider_than_the_kind(slug):
    room = Room(slug)
    kind = room.kind
    other = next(code for code in ("D10", "R4") if code not in kind.operations)
    if kind.operations:
        with pytest.raises(Refused) as caught:
            room.grant(scope=Scope(operations=(kind.operations[0], other)))
        assert [(one.pointer, one.code) for one in caught.value.problems] == [("/body/scope/operations/1", "wider")]
    else:
        room.grant(scope=Scope(operations=(other,)))
        room = Room(slug)
    for until in (None, NOW + 6000 * DAY):
        if kind.validity_months:
            with pytest.raises(Refused) as caught:
                room.grant(until=until)
            assert caught.value.problems[0].code == "wider"
        else:
            Room(slug).grant(until=until)
    with pytest.raises(Refused) as caught:
        room.grant(since=NOW, until=NOW)
    assert caught.value.problems[0].code == "span"
    with pytest.raises(Refused) as caught:
        room.grant(stands=not kind.stands)
    assert caught.value.problems[0].code == "stands"


@pytest.mark.parametrize(
    ("scope", "pointer"),
    [
        (Scope(operations=("R99",)), "/body/scope/operations/0"),
        (Scope(streams=("circuit-boards", "boards")), "/body/scope/streams/1"),
        (Scope(codes=("basel:X1",)), "/body/scope/codes/0"),
        (Scope(grams=0, per="year"), "/body/scope/grams"),
        (Scope(grams=1), "/body/scope/per"),
        (Scope(per="year"), "/body/scope/per"),
        (Scope(conditions=("x" * 4001,)), "/body/scope/conditions/0"),
        (Scope(conditions=("x",) * 51), "/body/scope/conditions"),
    ],
)
def test_a_scope_is_told_in_the_words_of_the_tables(scope, pointer):
    room = Room("facility-permit")
    for say in (room.grant, room.apply):
        with pytest.raises(Refused) as caught:
            say(scope=scope)
        assert caught.value.problems[0].pointer == pointer


def test_a_grant_goes_on_from_what_was_applied_for():
    room = Room("mys-scheduled-waste-recovery")
    wanted = Scope(operations=("R4",), grams=5_000_000, per="year")
    room.apply(scope=wanted)
    assert (room.licence.scope, room.licence.holds(NOW)) == (wanted, False)
    with pytest.raises(Conflict) as caught:
        room.grant(holder=room.next)
    assert caught.value.problems[0].code == "application"
    room.grant(scope=wanted)
    assert (room.licence.scope, room.licence.holds(NOW)) == (wanted, True)
    with pytest.raises(Conflict) as caught:
        room.grant()
    assert caught.value.problems[0].code == "exists"


def test_two_who_decide_at_once_do_not_decide_twice():
    """The second reckoned on a state that is gone."""
    room = Room("facility-permit")
    room.grant()
    stale = room.licence
    room.step("suspend")
    from meguri.registry import course

    change = course.change(stale, "vary", room.economy, NOW)
    with pytest.raises(Conflict):
        room.step("vary", change=change)
    with pytest.raises(Conflict) as caught:
        room.step("resume", change=change.__class__(to="granted", standing="granted", round=7))
    assert caught.value.problems[0].code == "changes"


def test_a_renewal_is_asked_for_in_time():
    room = Room("r2v3")
    room.grant(until=None)
    with pytest.raises(Refused) as caught:
        room.step("ask_renewal", room.owner)
    assert caught.value.problems[0].code == "no-end"
    room = Room("r2v3")
    room.grant(until=NOW + DAY)
    room.record.now = NOW + DAY
    with pytest.raises(Conflict) as caught:
        room.step("ask_renewal", room.owner)
    assert caught.value.problems[0].code == "too-late"
    with pytest.raises(Conflict) as caught:
        room.step("renew")
    assert caught.value.problems[0].code == "ran-out"
    room.record.now = NOW
    room.step("ask_renewal", room.owner)
    room.record.now = NOW + 9 * DAY
    assert not room.licence.holds(room.record.now), "its kind does not let it stand"
    with pytest.raises(Refused) as caught:
        room.step("renew", until=NOW + DAY)
    assert caught.value.problems[0].code == "span"
    room.step("renew")
    assert room.licence.holds(room.record.now)
    assert room.licence.renewal_asked is None


def test_what_the_law_lets_stand_stands_until_the_renewal_is_decided():
    room = Room("jpn-elv-dismantling")
    room.grant()
    room.step("ask_renewal", room.owner)
    room.record.now = later = room.until + 30 * DAY
    assert room.licence.holds(later)
    proof = proofs.proved("dismantler_licensed", [room.holder], later, {"L1": room.licence})
    assert proof is not None
    assert proof.until is None
    room.step("refuse_renewal")
    assert not room.licence.holds(later)


def test_a_licence_goes_over_only_from_a_closed_holder_to_one_of_its_kind():
    for slug in ("jpn-art15-recycler", "twn-recycling-plant"):
        room = Room(slug)
        room.grant()
        with pytest.raises(Conflict) as caught:
            room.step("transfer")
        assert caught.value.problems[0].code == "open"
        room.close()
        with pytest.raises(Refused) as caught:
            room.step("transfer", closed=room.next)
        assert caught.value.problems[0].code == "holder"
        with pytest.raises(Refused):
            room.step("transfer", to="")
        room.step("transfer")
        assert (room.licence.holder, room.licence.held_before) == (room.following, (room.holder,))
        with pytest.raises(Conflict) as caught:
            room.step("suspend", holder=room.holder)
        assert caught.value.problems[0].code == "holder"
        room.step("suspend")


@pytest.mark.parametrize("fact", sorted({kind.fact for kind in licence_kinds().values()} - {""}))
def test_each_fact_is_proved_by_each_of_its_kinds_in_its_time_alone(fact):
    for slug in kinds_proving(fact):
        room = Room(slug)
        assert proofs.proved(fact, [room.holder], NOW, {"L1": room.licence}) is None
        assert proofs.unproved(fact, [room.holder], NOW, {"L1": room.licence}).code == "licence-missing"
        room.apply()
        assert proofs.proved(fact, [room.holder], NOW, {"L1": room.licence}) is None, "applied for is not held"
        room.grant()
        held = {"L1": room.licence}
        proof = proofs.proved(fact, [room.next, room.holder], NOW, held)
        assert (proof.licence, proof.kind, proof.holder) == ("L1", slug, room.holder)
        assert (proof.until, proof.issued_by, proof.number) == (room.until, room.authority, "No. 1")
        assert proofs.unproved(fact, [room.holder], NOW, held) is None
        assert proofs.proved(fact, [room.next], NOW, held) is None, "another's licence proves nothing"
        assert proofs.proved("", [room.holder], NOW, held) is None
        for before in (NOW - 2 * DAY, room.until):
            assert proofs.proved(fact, [room.holder], before, held) is None
            assert proofs.unproved(fact, [room.holder], before, held).code == "licence-over"
        room.step("suspend")
        assert proofs.proved(fact, [room.holder], NOW, {"L1": room.licence}) is None
        assert proofs.unproved(fact, [room.holder], NOW, {"L1": room.licence}).code == "licence-suspended"


@pytest.mark.parametrize(
    ("scope", "asked", "so"),
    [
        (Scope(), {"operation": "R4", "stream": "cables", "codes": ("basel:A1181",)}, True),
        (Scope(operations=("R4",)), {"operation": "R4"}, True),
        (Scope(operations=("R4",)), {"operation": "R12"}, False),
        (Scope(operations=("R4",)), {}, True),
        (Scope(streams=("cables",)), {"stream": "cables"}, True),
        (Scope(streams=("cables",)), {"stream": "compressors"}, False),
        (Scope(streams=("cables",)), {"stream": "compressors", "codes": ("basel:A1181",)}, False),
        (Scope(codes=("basel:A1181",)), {"codes": ("basel:Y31", "basel:A1181")}, True),
        (Scope(codes=("basel:A1181",)), {"codes": ("basel:Y31",)}, False),
        (Scope(codes=("basel:A1181",)), {"stream": "cables"}, True),
        (Scope(streams=("cables",), codes=("basel:A1181",)), {"stream": "cables", "codes": ("basel:Y31",)}, True),
        (Scope(streams=("cables",), codes=("basel:A1181",)), {"stream": "x", "codes": ("basel:Y31",)}, False),
    ],
)
def test_a_scope_covers_what_it_names(scope, asked, so):
    assert proofs.covers(scope, **asked) is so
    room = Room("facility-permit")
    room.grant(scope=scope)
    held = {"L1": room.licence}
    assert (proofs.proved("facility_authorised", [room.holder], NOW, held, **asked) is not None) is so
    if not so:
        assert proofs.unproved("facility_authorised", [room.holder], NOW, held, **asked).code == "licence-scope"


def test_what_was_varied_counted_before_as_it_was():
    room = Room("facility-permit")
    room.grant(scope=Scope(operations=("R4",)))
    room.record.now = NOW + DAY
    room.step("vary", scope=Scope(operations=("R12",)))
    held = {"L1": room.licence}
    for at, operation in ((NOW, "R4"), (NOW + DAY, "R12")):
        assert proofs.proved("facility_authorised", [room.holder], at, held, operation=operation)
    for at, operation in ((NOW, "R12"), (NOW + DAY, "R4")):
        assert not proofs.proved("facility_authorised", [room.holder], at, held, operation=operation)


def test_of_several_the_one_that_holds_longest_proves():
    room = Room("facility-permit")
    room.grant()
    longer = Room("facility-permit")
    longer.grant(until=None)
    held = {"A": longer.licence, "B": room.licence, "C": None}
    assert proofs.proved("facility_authorised", [room.holder], NOW, held).licence == "A"
