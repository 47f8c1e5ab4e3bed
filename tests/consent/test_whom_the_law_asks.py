"""Whom a case asks, by which table and in which order, and on which ground: whole answers, route by route."""

from __future__ import annotations

import pytest
from consent_cast import NOW, need, verdict
from test_verdicts import ROUTES

from meguri import law
from meguri.consent.case import notification, question
from meguri.consent.states import AskedAuthority
from meguri.consent.tracks import authorities, grounds
from meguri.law.asking.decisions import reason
from meguri.procedure import tables
from meguri.procedure.states import Due

ON = NOW.date()


def asked_on(route):
    stream, origin, via, destination, codes, facts = route
    given = law.verdict(
        law.Question.parse(
            on="2025-10-15", stream=stream, origin=origin, destination=destination, operation="R4", via=via,
            codes=codes, facts=facts,
        )
    )  # fmt: skip
    return law.decision(given), authorities.asked(law.decision(given).consents, ON)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: "-".join(filter(None, (route[1], route[2], route[3]))))
def test_everybody_is_asked_once_as_the_verdict_says(route):
    """Each need of the verdict is one authority in one capacity, with the verdict's own clock and rule."""
    decision, found = asked_on(route)
    first = {f"{one.authority}.{one.capacity}": one for one in reversed(decision.consents)}
    own = [one for one in found if not one.per_movement]
    assert {one.key for one in own} == set(first)
    for one in own:
        wanted = first[one.key]
        table = tables.tables()[one.table]
        assert one == AskedAuthority(
            key=one.key, authority=wanted.authority, economy=wanted.economy, capacity=wanted.capacity,
            procedure=wanted.procedure, form=one.form, table=table.id, digest=tables.digest(table.id.partition("/")[0]),
            opens_on=one.opens_on, needed=table.needed, days=wanted.days, day_kind=wanted.day_kind or "none",
            rule=wanted.rule,
        )  # fmt: skip
        assert table.takes(one.form)
    places = [authorities.ORDER.index(one.capacity) for one in found]
    assert places == sorted(places)
    for one in found:
        heard = {(other.transition, other.track) for other in authorities.listeners(found, one)}
        assert {track for _, track in heard} <= {other.key for other in own if other.key != one.key}
        for other in own:
            capacity, _, transition = other.opens_on.partition(".")
            if other.key != one.key and transition and capacity == one.capacity:
                assert (transition, other.key) in heard, "who is told by a transition listens to it"


@pytest.mark.parametrize("backwards", [False, True])
def test_a_table_that_names_the_procedure_goes_before_a_general_one(backwards):
    general = need("jpn-meti", "JPN", "approval", "written", "OTHER/LAW")
    named = need("jpn-meti", "JPN", "approval", "written", "JPN/IMPORT_APPROVAL")
    again = need("jpn-meti", "JPN", "approval", "written", "JPN/IMPORT_APPROVAL", 7, "calendar")
    given = [general, named, again]
    (one,) = authorities.asked(given[::-1] if backwards else given, ON)
    assert (one.procedure, one.days) == ("JPN/IMPORT_APPROVAL", 7 if backwards else None)


def test_of_two_procedures_that_one_table_names_the_first_is_asked_for():
    names = ("BASEL/PIC", "MYS/EXPORT_APPROVAL")
    given = [need("mys-doe", "MYS", "export", "written", name) for name in names]
    for ordered, procedure in ((given, names[0]), (given[::-1], names[1])):
        (one,) = authorities.asked(ordered, ON)
        assert (one.procedure, one.table) == (procedure, "basel-pic@1/export")


def test_a_ground_is_known_or_empty():
    known = next(need.rule for route in ROUTES for need in asked_on(route)[0].consents if need.rule)
    found = reason(known)
    assert grounds.of_rule(known) == grounds.CitedGround(found.citation, found.evidence)
    for unknown in ("", "no.such.rule"):
        assert grounds.of_rule(unknown) is grounds.NONE
    assert (grounds.NONE.citation.en, grounds.NONE.confidence) == ("", "")


def due(**more):
    fields = {
        "from_event": "opening", "started_at": NOW, "days": 1, "day_kind": "calendar", "due_on": ON, "due_at": NOW,
        "zone": "UTC", "calendar": "", "legal": True, "counted_on": ON,
    } | more  # fmt: skip
    return Due(**fields)


def test_a_clock_stands_on_its_rule_or_else_on_its_table():
    table, clock = next((table, table.clocks[0]) for table in tables.tables().values() if table.clocks)
    by_table = grounds.of_due(due(table=table.id, clock=clock.id))
    assert by_table.confidence == clock.confidence
    assert by_table.citation.en
    known = next(need.rule for route in ROUTES for need in asked_on(route)[0].consents if need.rule)
    assert grounds.of_due(due(table=table.id, clock=clock.id, rule=known)) == grounds.of_rule(known)
    assert grounds.of_due(due(table=table.id, clock=clock.id, rule="no.such.rule")) == by_table
    assert grounds.of_due(due(table=table.id, clock="none")) is grounds.NONE


def test_a_question_is_read_from_an_address_with_what_was_said_last():
    given = {
        "on": ["2025-10-01"], "stream": ["cables", "circuit-boards"], "from": ["MYS"], "to": ["JPN"],
        "operation": [""], "via": ["", "SGP"], "code": ["basel:Y49"], "fact": ["", "hazardous=unknown"],
    }  # fmt: skip
    found = question.of_address(given)
    assert found == law.Question.parse(
        on="2025-10-01", stream="circuit-boards", origin="MYS", destination="JPN", operation=None, via=["SGP"],
        codes=["basel:Y49"], facts=["hazardous=unknown"],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("procedures", "months"),
    [
        (("OECD/AMBER_CASE2",), 36),
        (("OECD/AMBER_CASE1",), 12),
        (("OECD/AMBER_CASE2", "BASEL/PIC"), 12),
        (("BASEL/PIC", "OECD/AMBER_CASE2"), 12),
        ((), 12),
    ],
)
def test_a_notification_covers_as_many_months_as_every_importing_authority_lets_it(procedures, months):
    """Who exports or sees it through sets no longer time."""
    needs = [need(f"jpn-{place}", "JPN", "import", "written", name) for place, name in enumerate(procedures)]
    others = [need("mys-doe", "MYS", "export", "written", "BASEL/PIC")]
    assert notification._months(verdict(*others, *needs), ON) == months
