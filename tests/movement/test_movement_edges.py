"""What seldom happens to a movement: refused taking in, plans within an economy by the service, clearances."""

from __future__ import annotations

import logging
from datetime import date
from types import SimpleNamespace

import pytest
from consent_cast import KG, on
from consent_room import ask
from movement_sheet import ARRIVAL, AT, CARRIER, EXPORTER, IMPORTER, MOVEMENT, SMELTER
from msgspec.structs import replace

from meguri import law
from meguri.consent.acts import verdict_digest
from meguri.custody import services as custody
from meguri.journal import services as journal
from meguri.journal.projections.relations import Edge, Lies, Reads
from meguri.kit.problems import Conflict, NotFound, Refused
from meguri.movement import course, intake, services, travelling_lots
from meguri.movement.models import Arrival, Movement
from meguri.movement.states import Consigned, LotMass, Permission
from meguri.procedure.states import Course, CourseChange, CoursePoint
from meguri.registry import services as registry


def point(act, of="", transition="plan"):
    return CoursePoint(at=AT, transition=transition, to="x", actor=EXPORTER, act=act, of=of)


def standing(state, *points, table="movement@1/movement"):
    return Course(table=table, digest="", state=state, standing="under_way", points=points)


def test_what_a_movement_declares():
    state = replace(
        MOVEMENT, clearances=("track:M/jpn-moej.clearance", "track:M/jpn-meti.clearance@meguri.jpn"),
        carried_back_by="organisation:lorry", course=standing("under_way", point("a"), point("b", of="c")), there="",
    )  # fmt: skip
    case = "case:C123456789"
    found = list(Movement.relations("M", state))
    assert found == [
        Lies("movement:M", "movement:M"),
        Lies("movement:M", case),
        Reads("movement:M", CARRIER),
        Reads("movement:M", "organisation:lorry"),
        Edge("taken", "c", "movement:M"),
        Edge("awaits", "a", "track:M/jpn-moej.clearance"),
        Edge("sent", "a", "track:M/jpn-meti.clearance@meguri.jpn"),
        Edge("asks", "movement:M", SMELTER),
    ]
    alone = replace(state, permission=Permission(kind="domestic"), clearances=(), carried_back_by="")
    assert list(Movement.relations("M", alone)) == [
        Lies("movement:M", "movement:M"),
        *(Reads("movement:M", who) for who in (CARRIER, EXPORTER, IMPORTER, SMELTER)),
        Edge("taken", "c", "movement:M"),
        Edge("asks", "movement:M", SMELTER),
    ]
    assert Movement.columns("M", state) == {
        "case": "C123456789", "serial": 1, "status": "under_way", "carrier": CARRIER,
    }  # fmt: skip


def test_what_an_arrival_declares():
    state = replace(ARRIVAL, course=standing("received", point("r", transition="receive"), table="movement@1/arrival"))
    scopes = ("movement:M", "case:C123456789")
    lies = [Lies(name, scope) for name in ("arrival:M", "lot:AU1") for scope in scopes]
    assert list(Arrival.relations("M", state))[: len(lies) + 1] == [*lies, Edge("awaits", "r", "movement:M")]
    assert list(Arrival.relations("M", replace(state, home="meguri.mys")))[len(lies)] == Edge(
        "sent", "r", "movement:M@meguri.mys"
    )
    copied = list(Arrival.relations("M@meguri.jpn", state))
    assert copied[:4] == [
        Lies(name, scope) for name in ("arrival:M@meguri.jpn", "lot:AU1@meguri.jpn") for scope in scopes
    ]
    assert not [one for one in copied if isinstance(one, Edge) and one.kind == "asks"]
    assert Arrival.columns("M", state) == {"status": "received"}


def test_taking_in_what_the_table_does_not_know_changes_nothing():
    state = replace(MOVEMENT, course=standing("recovered"))
    assert course.taken(state, "arrival.receive", AT) == CourseChange(
        to="recovered", standing="under_way", round=0, dues=()
    )


def test_lots_are_known_by_their_masses_alone_while_no_room_keeps_lots(monkeypatch):
    monkeypatch.setattr(travelling_lots, "_holdings", None)
    lots = (LotMass("A", 5), LotMass("B", 7))
    assert travelling_lots.consigned(lots) == (Consigned(lot="A", grams=5), Consigned(lot="B", grams=7))
    assert travelling_lots.whole(["A"]) == ()
    assert travelling_lots.recovery("E", "M", ["A"]) is None
    assert travelling_lots.residue_g("M", ["A"]) == 0
    assert travelling_lots.recoveries("organisation:x", "M", ["A"]) == ()
    answers = SimpleNamespace(
        consigned=lambda lots: ("consigned", lots), whole=lambda lots: ("whole", lots),
        recovery=lambda event, movement, lots: (event, movement, lots), residue_g=lambda movement, lots: 7,
        recoveries=lambda who, movement, lots: (who, movement, lots),
    )  # fmt: skip
    travelling_lots.provide(answers)
    assert travelling_lots.consigned(lots) == ("consigned", lots)
    assert travelling_lots.whole(["A"]) == ("whole", ["A"])
    assert travelling_lots.recovery("E", "M", ["A"]) == ("E", "M", ["A"])
    assert (travelling_lots.residue_g("M", ["A"]), travelling_lots.residue_g("M", [])) == (7, 0)
    assert travelling_lots.recoveries("organisation:x", "M", ["A"]) == ("organisation:x", "M", ["A"])
    assert travelling_lots.recoveries("organisation:x", "M", []) == ()


@pytest.fixture
def yard(cast):
    """200 kg of boards and of steel in the seller's yard; it is October 2025."""
    cast("2025-10-01")
    return {
        stream: custody.collect("organisation:seller", "yard", stream, 200 * KG)
        for stream in ("circuit-boards", "steel-scrap")
    }


def ruled():
    """DOE lets this steel leave: Malaysia's law on waste that is not hazardous is unread."""
    since, until = on("2025-09-01"), on("2026-09-01")
    return registry.grant(
        "organisation:seller", "movement-ruling", "DOE 7", since, until, issued_by="mys-doe", claimed=on("2025-10-01")
    )


def planned(lots, **more):
    fields = {"carrier": "ship", "planned_on": date(2025, 10, 2), "claimed": on("2025-10-01")} | more
    return services.movement(services.plan("seller", [LotMass(lots, 200 * KG)], **fields))


@pytest.mark.django_db
def test_within_an_economy_a_movement_is_planned_without_verdict_or_ports(yard):
    state = planned(yard["circuit-boards"], facility="yard", stream="circuit-boards", number="7", packaging="bag")
    assert state.permission == Permission(kind="domestic", number="7")
    assert (state.origin, state.destination, state.operator, state.importer, state.facility) == (
        "MYS", "MYS", "organisation:seller", "organisation:seller", "yard",
    )  # fmt: skip
    assert (state.port_from, state.port_to, state.ports_via, state.km, state.km_source) == ("", "", (), 0.0, "")
    assert (state.stream, state.packages, state.packaging, state.serial) == ("circuit-boards", 1, "bag", 1)
    assert (state.lots[0].origin, state.grams) == ("MYS", 200 * KG)


@pytest.mark.django_db
def test_on_a_verdict_it_moves_by_the_usual_paper_or_the_one_asked_for(yard):
    verdict = ask(stream="steel-scrap", facts="hazardous=false")
    given = law.decision(verdict)
    fields = {"facility": "works", "verdict": verdict, "port_from": "MYPKG", "port_to": "JPTAK", "number": " N-1 "}
    assert given.verdict == "allowed_not_controlled"
    with pytest.raises(Refused) as caught:
        planned(yard["steel-scrap"], kind="domestic", **fields)
    (problem,) = caught.value.problems
    assert (problem.pointer, problem.code, problem.params) == (
        "/kind", "kind", {"known": "not_controlled, declaration, annex_vii"},
    )  # fmt: skip
    with pytest.raises(Conflict) as caught:
        planned(yard["steel-scrap"], **fields)
    assert [problem.code for problem in caught.value.problems] == ["ruling"]
    ruling = ruled()
    state = planned(yard["steel-scrap"], **fields)
    assert state.licences == (ruling,)
    assert state.permission == Permission(kind="not_controlled", verdict=verdict_digest(given), number="N-1")
    assert (state.origin, state.destination, state.stream, state.importer) == (
        "MYS", "JPN", "steel-scrap", "organisation:smelter",
    )  # fmt: skip
    assert state.km == round(state.km) > 5000


@pytest.mark.django_db
def test_on_a_verdict_another_paper_may_be_chosen(yard):
    verdict = ask(stream="steel-scrap", facts="hazardous=false")
    ruled()
    fields = {"facility": "works", "verdict": verdict, "port_from": "MYPKG", "port_to": "JPTAK", "number": "N-1"}
    state = planned(yard["steel-scrap"], kind="declaration", importer="buyer", **fields)
    assert (state.permission.kind, state.importer, state.operator) == (
        "declaration", "organisation:buyer", "organisation:smelter",
    )  # fmt: skip
    document = services.document(next(iter(Movement.objects.values_list("id", flat=True))))
    assert document.number == "N-1"
    assert [field.value.en for field in document.block("4").fields] == ["buyer", "Japan"]


@pytest.mark.django_db
def test_what_cannot_be_taken_in_is_logged_and_left(yard, monkeypatch, caplog):
    planned(yard["circuit-boards"], facility="yard", stream="circuit-boards")
    name = Movement.objects.values_list("id", flat=True)[0]
    assert intake.take_in("0" * 64, f"movement:{name}", "source") is False, "nothing has arrived"
    assert not caplog.records
    with caplog.at_level(logging.WARNING, intake.__name__):
        assert intake.take_in("a" * 64, "movement:unknown", "source") is False
    assert len(caplog.records) == 1
    assert caplog.records[0].message == f"{'a' * 16} was not taken in: no-movement"
    with pytest.raises(NotFound):
        services.movement("unknown")
    assert not [entry for entry in journal.history(f"movement:{name}") if entry.act.kind == "movement.take_in"]
