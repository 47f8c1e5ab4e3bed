"""Movements that need no case: within an economy, and on a verdict that asks for no consent."""

from __future__ import annotations

from datetime import date

import pytest
from consent_cast import CARRIER, CASE, EXPORTER, IMPORTER, KG, ROOMS, SMELTER, START, STRANGER, movement, on
from msgspec.structs import replace

from meguri import law
from meguri.consent.acts import verdict_digest
from meguri.kit.problems import Conflict, NotAllowed, Refused
from meguri.movement import acts, course
from meguri.movement.guards import legal_basis
from meguri.movement.holding import resting
from meguri.movement.states import LotMass, Permission
from meguri.registry.states import FacilityState, LicenceState, Pause, Scope, ScopeSpan

AT = on("2025-10-01")


def ask(stream="steel-scrap", destination="JPN", **more):
    fields = {"on": "2025-10-01", "stream": stream, "origin": "MYS", "destination": destination, "operation": "R4"}
    return law.decision(law.verdict(law.Question.parse(**fields | more)))


STEEL = ask()
RULING = LicenceState(
    holder=EXPORTER, kind="movement-ruling", number="DOE 7", since=on("2025-01-01"), until=on("2026-01-01"),
    issued_by="mys-doe", scopes=(ScopeSpan(on("2025-01-01"), Scope(streams=("steel-scrap",))),),
)  # fmt: skip
"""What Malaysia's law on scrap that is not hazardous asks is unread: its authority has said that steel may leave."""
KINDS = {
    "allowed_green": "annex_vii",
    "allowed_not_controlled": "not_controlled",
    "allowed_not_waste": "not_controlled",
}


def plan_of(kind="", verdict=STEEL, **changes):
    kind = kind or "not_controlled"
    given = Permission(kind=kind, verdict=verdict_digest(verdict) if verdict else "", number="VII-1")
    fields = {
        "movement": "M1", "permission": given, "serial": 1, "importer": IMPORTER, "operator": SMELTER,
        "facility": "plant", "origin": "MYS", "destination": "JPN", "lots": (LotMass("B1", KG),),
        "stream": "steel-scrap", "carrier": CARRIER, "planned_on": date(2025, 10, 2), "port_from": "MYPKG",
        "port_to": "JPTAK", "verdict": verdict,
        "licences": ("ruling",) if verdict == STEEL else (), "begins": course.begins("movement", "plan", "MYS", AT),
    }  # fmt: skip
    return acts.Plan(**fields | changes)


def domestic(**changes):
    fields = {"verdict": None, "facility": "yard", "operator": EXPORTER, "destination": "MYS", "port_to": "MYPEN"}
    return plan_of("domestic", **fields | changes)


@pytest.fixture
def yard(record):
    record.states["facility:yard"] = FacilityState(
        organisation=EXPORTER, names={"en": "Yard"}, economy="MYS", lat=5.0, lon=100.0
    )
    record.states["licence:ruling"] = RULING
    return record


def say(record, body, actor=EXPORTER):
    return record.say(actor, "movement.plan", body, claimed=AT, rooms=ROOMS)


def refused(kind, record, body, actor=EXPORTER):
    before = dict(record.states)
    with pytest.raises(kind) as caught:
        say(record, body, actor)
    assert record.states == before
    return caught.value.problems[0].pointer, caught.value.problems[0].code


def test_what_the_verdict_lets_move_is_planned_without_a_case(yard):
    say(yard, plan_of())
    state = movement(yard)
    assert (state.case, state.serial, state.exporter, state.grams) == ("", 1, EXPORTER, KG)
    assert state.permission.verdict == verdict_digest(STEEL)


def test_what_stays_within_an_economy_needs_no_verdict(yard):
    say(yard, domestic())
    assert movement(yard).permission.kind == "domestic"
    del yard.states["movement:M1"]
    abroad = domestic(destination="JPN", facility="plant", operator=SMELTER)
    assert refused(Refused, yard, abroad) == ("/permission", "border")


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"rests_on": (f"track:{CASE}/x",)}, ("/body/rests_on", "rests-on")),
        ({"clearances": (f"track:{CASE}/x",)}, ("/body/rests_on", "rests-on")),
        ({"there": "meguri.jpn"}, ("/body/there", "there")),
        ({"serial": 2}, ("/serial", "serial")),
        ({"operator": "organisation:nobody"}, ("/operator", "unknown")),
        ({"operator": IMPORTER}, ("/facility", "operator")),
        ({"facility": "nowhere"}, ("/facility", "operator")),
        ({"importer": "organisation:nobody"}, ("/importer", "unknown")),
        ({"stream": "aluminium-scrap"}, ("/verdict", "verdict")),
        ({"origin": "SGP"}, ("/verdict", "verdict")),
        ({"port_from": "MYXXX"}, ("/port_from", "port")),
        ({"ports_via": ("SGSIN", "SGXXX")}, ("/ports_via/1", "port")),
        ({"port_to": "JPXXX"}, ("/port_to", "port")),
        ({"lots": ()}, ("/lots", "required")),
        ({"carrier": STRANGER}, ("/carrier", "role")),
    ],
)
def test_a_plan_without_a_case_is_whole_in_itself(yard, changes, found):
    assert refused(Refused, yard, plan_of(**changes)) == found


def test_without_a_verdict_nothing_crosses_a_border(yard):
    body = plan_of("not_controlled", None)
    assert refused(Refused, yard, body) == ("/verdict", "required")


def test_the_facility_lies_where_the_movement_goes(yard):
    for body in (domestic(destination="JPN"), plan_of(facility="yard", operator=EXPORTER)):
        assert refused(Refused, yard, body) == ("/facility", "economy")


def test_the_permission_is_of_this_verdict_and_the_verdict_of_todays_law(yard):
    other = Permission(kind="not_controlled", verdict="0" * 64, number="VII-1")
    assert refused(Refused, yard, plan_of(permission=other)) == ("/permission/verdict", "verdict")
    changed = replace(STEEL, verdict="allowed_not_waste")
    assert refused(Conflict, yard, plan_of(verdict=changed)) == ("/verdict", "verdict")


def test_what_needs_a_consent_is_not_moved_without_its_case(yard):
    facts = "hazardous=unknown;importer_certified=true;recycler_certified=true"
    boards = ask("circuit-boards", facts=facts)
    assert boards.verdict == "allowed_pic"
    for kind in ("annex_vii", "not_controlled", "declaration"):
        body = plan_of(kind, boards, stream="circuit-boards")
        assert refused(Conflict, yard, body) == ("/permission", "consent-needed")


def test_a_verdict_lets_move_on_its_own_papers_alone(yard):
    """What is green travels with its document; nothing but a verdict that says so lets it go without control."""
    green = ask(origin="DEU")
    assert green.verdict == "allowed_green"
    from_hamburg = {"origin": "DEU", "port_from": "DEHAM", "begins": course.begins("movement", "plan", "DEU", AT)}
    assert refused(Conflict, yard, plan_of("not_controlled", green, **from_hamburg)) == ("/permission", "verdict")
    for kind in ("annex_vii", "declaration"):
        say(yard, plan_of(kind, green, **from_hamburg))
        del yard.states["movement:M1"]


def test_a_verdict_is_of_this_material_from_here_to_there():
    given = Permission(kind="not_controlled", verdict=verdict_digest(STEEL))
    legal_basis.decision(STEEL, given, "steel-scrap", "MYS", "JPN", AT.date(), AT.date())
    for other in (("cables", "MYS", "JPN"), ("steel-scrap", "SGP", "JPN"), ("steel-scrap", "MYS", "KOR")):
        with pytest.raises(Refused) as caught:
            legal_basis.decision(STEEL, given, *other, AT.date(), AT.date())
        assert [(one.pointer, one.code) for one in caught.value.problems] == [("/verdict", "verdict")]


def test_what_names_a_case_moves_by_its_consents_alone(yard):
    named = Permission(kind="not_controlled", case=CASE, verdict=verdict_digest(STEEL), number="VII-1")
    yard.states[f"account:{CASE}"] = None
    assert refused(Refused, yard, plan_of(permission=named)) == ("/body/rests_on", "rests-on")


def test_papers_with_a_number_have_one(yard):
    assert STEEL.verdict == "allowed_not_controlled"
    assert refused(Refused, yard, plan_of("domestic")) == ("/permission", "border")
    for kind in ("annex_vii", "declaration"):
        unnumbered = Permission(kind=kind, verdict=verdict_digest(STEEL), number=" ")
        assert refused(Refused, yard, plan_of(permission=unnumbered)) == ("/permission/number", "required")
        say(yard, plan_of(kind))
        del yard.states["movement:M1"]
    say(yard, plan_of(permission=Permission(kind="not_controlled", verdict=verdict_digest(STEEL))))


@pytest.mark.parametrize(
    "changes",
    [{"port_from": "SGSIN"}, {"port_to": "KRPUS"}, {"ports_via": ("SGSIN",)}],
)
def test_ports_lie_in_the_economies_that_were_asked_for(yard, changes):
    assert refused(Conflict, yard, plan_of(**changes)) == ("/port_from", "port")


def test_a_port_of_call_that_was_asked_for_may_be_touched(yard):
    verdict = ask(via="SGP")
    say(yard, plan_of(verdict=verdict, ports_via=("SGSIN",), licences=("ruling",)))
    assert movement(yard).ports_via == ("SGSIN",)


def test_who_has_closed_plans_nothing(yard):
    yard.states[EXPORTER] = replace(yard.states[EXPORTER], closed_on=START)
    assert refused(NotAllowed, yard, plan_of()) == ("/actor", "closed")
    assert refused(NotAllowed, yard, domestic()) == ("/actor", "closed")


def test_its_departure_asks_no_case(yard):
    say(yard, plan_of())
    at = on("2025-10-02")
    body = depart_of(yard, at)
    late = replace(body, departed_on=date(2025, 10, 3))
    with pytest.raises(Conflict) as caught:
        yard.say(CARRIER, "movement.depart", late, claimed=at, rooms=ROOMS)
    assert caught.value.problems[0].code == "day"
    yard.say(CARRIER, "movement.depart", body, claimed=at, rooms=ROOMS)
    assert (movement(yard).status, movement(yard).departed_by) == ("under_way", CARRIER)


def depart_of(record, at):
    return acts.Depart(
        movement="M1", case="", event="E1", lots=(LotMass("B1", KG),), carrier=CARRIER, departed_on=at.date(),
        change=course.follows(movement(record), course.row(movement(record), "depart", CARRIER, at), at),
        rests_on=resting.own(movement(record)),
    )  # fmt: skip


def test_what_only_an_authority_can_say_moves_on_its_ruling_alone(yard):
    """Whatever the verdict says of its own status; a ruling of another economy, stream, holder or time is none."""
    assert (STEEL.status, law.ruling_of(STEEL, AT.date())) == ("needs_ruling", ("MYS",))
    boasting = replace(STEEL, status="decided")
    bare = plan_of(licences=())
    assert refused(Conflict, yard, bare) == ("/licences", "ruling")
    given = Permission(kind="not_controlled", verdict=verdict_digest(boasting))
    told = plan_of(verdict=boasting, permission=given, licences=())
    assert refused(Conflict, yard, told) == ("/licences", "ruling")
    with pytest.raises(Conflict) as caught:
        say(yard, bare)
    assert "DOE (Malaysia)" in caught.value.problems[0].say("en")
    cables = ScopeSpan(on("2025-01-01"), Scope(streams=("cables",)))
    for wrong in (
        replace(RULING, issued_by="jpn-moej"),
        replace(RULING, issued_by=""),
        replace(RULING, scopes=(cables,)),
        replace(RULING, until=on("2025-09-30")),
        replace(RULING, suspended=True, pauses=(Pause(on("2025-09-01")),)),
        replace(RULING, kind="facility-permit", holder=SMELTER),
    ):
        yard.states["licence:ruling"] = wrong
        # One that does not hold is refused as any licence that does not.
        _, code = refused((Conflict, Refused), yard, plan_of())
        assert code in ("ruling", "licence", "licence-over", "licence-suspended"), wrong
    yard.states["licence:ruling"] = replace(RULING, holder=STRANGER)
    assert refused(Refused, yard, plan_of()) == ("/licences", "licence")
    yard.states["licence:ruling"] = RULING
    say(yard, plan_of())
    assert movement(yard).licences == ("ruling",)


def test_a_ruling_that_was_taken_back_holds_the_departure(yard):
    say(yard, plan_of())
    at = on("2025-10-02")
    yard.states["licence:ruling"] = replace(RULING, suspended=True, pauses=(Pause(on("2025-10-01")),))
    with pytest.raises(Conflict) as caught:
        yard.say(CARRIER, "movement.depart", depart_of(yard, at), claimed=at, rooms=ROOMS)
    assert {one.code for one in caught.value.problems} == {"licence-suspended"}
    yard.states["licence:ruling"] = RULING
    yard.say(CARRIER, "movement.depart", depart_of(yard, at), claimed=at, rooms=ROOMS)
    assert movement(yard).status == "under_way"


def test_what_is_decided_needs_no_ruling(yard):
    green = ask(origin="DEU")
    assert law.ruling_of(green, AT.date()) == ()
