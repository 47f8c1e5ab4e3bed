"""What may leave under a case, and what each refusal says."""

from __future__ import annotations

from datetime import date

import pytest
from consent_cast import (
    CARRIER,
    CERTIFIED,
    DOE,
    EXPORTER,
    KG,
    MOEJ,
    NEA_TRANSIT,
    SMELTER,
    STRANGER,
    case,
    depart,
    notify,
    on,
    open_movement,
    receive,
    step,
    to_consent,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meguri.consent import acts, movements
from meguri.consent.row_guards import months_later
from meguri.consent.states import LotMass, Made
from meguri.kit.grams import THIN_SPACE
from meguri.kit.problems import Conflict, NotAllowed, NotFound, Refused

ROOMS = ("meguri.consent",)


def refusal(kind, call, *arguments, **more):
    with pytest.raises(kind) as caught:
        call(*arguments, **more)
    return caught.value.problems


def said(problem):
    """A problem's text with plain spaces for those between thousands."""
    return problem.say().replace(THIN_SPACE, " ")


def certify(record, *made, at="2025-12-22", day=date(2025, 12, 15), actor=SMELTER):
    body = acts.Certify(
        case="C123456789", movement="M1", certificate="R1", event="E3", made=tuple(Made(*m) for m in made),
        recovered_on=day,
    )  # fmt: skip
    return record.say(actor, "consent.certify", body, claimed=on(at), rooms=ROOMS)


def test_before_the_consents_nothing_is_opened_and_each_missing_one_is_named(record):
    notify(record, *CERTIFIED)
    problems = refusal(Conflict, open_movement, record, ("B1", 5 * KG))
    missing = [str(p.params["authority"]) for p in problems if p.code == "consent-missing"]
    assert missing == ["DOE (MYS)", "MOEJ (JPN)"]


def test_a_movement_within_its_consent_leaves_and_arrives_and_the_case_completes(record):
    to_consent(record)
    open_movement(record, ("B1", 5000 * KG), ("B2", 4000 * KG))
    depart(record, ("B1", 5000 * KG), ("B2", 4000 * KG))
    assert case(record).movements[0].status == "departed"
    receive(
        record,
        {"lot": "B1", "received_g": 4980 * KG, "accepted": True},
        {"lot": "B2", "received_g": 3984 * KG, "accepted": False, "reason": "Wet"},
    )
    movement = record.states["movement:M1"]
    assert (movement.status, movement.accepted_g) == ("received", 4980 * KG)
    complete = acts.Complete(case="C123456789")
    assert refusal(Conflict, record.say, EXPORTER, "consent.complete", complete, on("2025-12-05"), ROOMS)[0].params[
        "status"
    ] == movements.status("received")
    certify(record, ("AU1", "Au", 900), ("CU1", "Cu", 990 * KG))
    record.say(EXPORTER, "consent.complete", complete, on("2025-12-23"), ROOMS)
    assert case(record).completed_at == on("2025-12-23")
    refusal(Conflict, open_movement, record, ("B3", KG), at=on("2025-12-24"))


@pytest.mark.parametrize(
    ("lots", "more", "code", "says"),
    [
        ([("B1", 12_000 * KG + 1)], {}, "quantity", "12 000.001 kg is more than is left"),
        ([("B1", KG)], {"stream": "cables"}, "stream", "cables needs its own notification"),
        ([("B1", KG)], {"serial": 2}, "serial", "has the number 1, not 2"),
        ([("B1", KG)], {"planned_on": date(2026, 10, 1)}, "period", "outside the notified period"),
        ([("B1", KG)], {"planned_on": date(2025, 10, 19)}, "validity", "consent of DOE (MYS)"),
        ([("B1", KG)], {"ports_via": ("SGSIN",)}, "transit", "touches SGP"),
        ([("B1", KG)], {"port_from": "SGSIN"}, "port", "leaves from MYS"),
        ([("B1", KG)], {"port_to": "KRPUS"}, "port", "goes to JPN"),
    ],
)
def test_outside_the_consent_is_refused_with_figures(record, lots, more, code, says):
    to_consent(record)
    problems = refusal(Conflict, open_movement, record, *lots, **more)
    assert code in {p.code for p in problems}
    assert any(says in said(p) for p in problems)
    assert "movement:M1" not in record.states


@pytest.mark.parametrize(
    ("lots", "code"),
    [
        ([], "required"),
        ([("B1", KG), ("B1", KG)], "twice"),
        ([("B1", 0)], "mass"),
        ([("B1", -5)], "mass"),
        ([("B1", 10**17)], "mass"),
    ],
)
def test_lots_that_cannot_be_are_refused(record, lots, code):
    to_consent(record)
    assert refusal(Refused, open_movement, record, *lots)[0].code == code


def test_a_carrier_that_is_not_on_record_is_refused(record):
    to_consent(record)
    (problem,) = refusal(Refused, open_movement, record, ("B1", KG), carrier="organisation:ghost")
    assert problem.pointer == "/carrier"


def test_an_unknown_port_is_refused_with_the_nearest(record):
    to_consent(record)
    (problem,) = refusal(Refused, open_movement, record, ("B1", KG), port_from="MYPKQ")
    assert problem.params["nearest"].startswith("MY")


def test_a_transit_economy_that_was_notified_may_be_touched(record):
    notify(record, *CERTIFIED, NEA_TRANSIT, via=("SGP",))
    step(record, DOE, "mys-doe/export", "check", on("2025-10-06"))
    step(record, DOE, "mys-doe/export", "transmit", on("2025-10-08"))
    step(record, DOE, "mys-doe/export", "consent", on("2025-10-20"))
    step(record, MOEJ, "jpn-moej/import", "consent", on("2025-10-20"))
    problems = refusal(Conflict, open_movement, record, ("B1", KG), ports_via=("SGSIN",))
    assert [str(p.params["authority"]) for p in problems] == ["NEA (SGP)"]
    step(record, "organisation:sgp-nea", "sgp-nea/transit", "consent", on("2025-11-01"))
    open_movement(record, ("B1", KG), ports_via=("SGSIN",))


def test_no_more_shipments_than_notified(record):
    to_consent(record)
    open_movement(record, ("B1", KG))
    open_movement(record, ("B2", KG))
    assert "shipments" in {p.code for p in refusal(Conflict, open_movement, record, ("B3", KG))}


def test_movements_together_never_exceed_the_notified_quantity(record):
    to_consent(record)
    open_movement(record, ("B1", 11_000 * KG))
    problems = refusal(Conflict, open_movement, record, ("B2", 2000 * KG))
    assert "1 000.000 kg of 12 000.000 kg" in said(problems[0])


def test_a_consent_withdrawn_or_a_hold_in_between_stops_the_departure(record):
    to_consent(record)
    open_movement(record, ("B1", KG))
    record.say(MOEJ, "consent.hold", acts.PutHold(case="C123456789", hold="H", reason="Alarm"), on("2025-11-18"), ROOMS)
    assert [p.code for p in refusal(Conflict, depart, record, ("B1", KG))] == ["held"]
    step(record, MOEJ, "jpn-moej/import", "withdraw", on("2025-11-18"))
    assert {p.code for p in refusal(Conflict, depart, record, ("B1", KG))} == {"held", "refused"}


def test_what_leaves_is_what_the_document_says(record):
    to_consent(record)
    open_movement(record, ("B1", 5 * KG), ("B2", 5 * KG))
    problems = refusal(Conflict, depart, record, ("B1", 6 * KG), carrier=STRANGER)
    assert {p.code for p in problems} == {"lot", "lots", "carrier"}
    assert [
        p.code
        for p in refusal(Conflict, depart, record, ("B1", 5 * KG), ("B2", 5 * KG), departed_on=date(2025, 11, 21))
    ] == ["day"]
    depart(record, ("B1", 5 * KG), ("B2", 5 * KG))
    refusal(Conflict, depart, record, ("B1", 5 * KG), ("B2", 5 * KG))


def test_who_may_say_what_of_a_movement(record):
    to_consent(record)
    refusal(NotAllowed, open_movement, record, ("B1", KG), actor=DOE)
    refusal(NotFound, open_movement, record, ("B1", KG), actor=STRANGER)
    refusal(NotFound, open_movement, record, ("B1", KG), actor=CARRIER)
    open_movement(record, ("B1", KG))
    refusal(NotAllowed, depart, record, ("B1", KG), actor=SMELTER)
    depart(record, ("B1", KG))
    bag = {"lot": "B1", "received_g": KG, "accepted": True}
    refusal(NotAllowed, receive, record, bag, actor=EXPORTER)
    refusal(Conflict, receive, record, bag, at=on("2025-11-18"))
    receive(record, bag)
    refusal(Conflict, receive, record, bag)
    refusal(NotAllowed, certify, record, ("AU1", "Au", 1), actor=EXPORTER)


def test_a_receipt_weighs_every_lot_once_and_gives_reasons(record):
    to_consent(record)
    open_movement(record, ("B1", KG), ("B2", KG))
    depart(record, ("B1", KG), ("B2", KG))
    problems = refusal(
        Refused,
        receive,
        record,
        {"lot": "B1", "received_g": -1, "accepted": True},
        {"lot": "XX", "received_g": 1, "accepted": False},
    )
    assert {p.pointer for p in problems} == {"/bags", "/bags/0/received_g", "/bags/1/reason"}
    assert "B2" in problems[0].params["missing"]


def test_where_nothing_is_accepted_it_goes_back(record):
    to_consent(record)
    open_movement(record, ("B1", KG))
    depart(record, ("B1", KG))
    receive(record, {"lot": "B1", "received_g": KG, "accepted": False, "reason": "Not boards"})
    assert case(record).movements[0].status == "returned"
    refusal(Conflict, certify, record, ("AU1", "Au", 1))


def test_no_more_is_certified_than_was_accepted_nor_before_it_came(record):
    to_consent(record)
    open_movement(record, ("B1", KG))
    depart(record, ("B1", KG))
    receive(record, {"lot": "B1", "received_g": KG, "accepted": True})
    problems = refusal(Refused, certify, record, ("CU1", "Cu", KG + 1), day=date(2025, 12, 1))
    assert {p.pointer for p in problems} == {"/made", "/recovered_on"}
    assert refusal(Refused, certify, record)[0].pointer == "/made"


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(grams=st.lists(st.integers(1, 9000 * KG), min_size=1, max_size=4))
def test_whatever_is_opened_stays_within_the_notification(grams):
    from consent_cast import cast

    from meguri.consent import notification

    kept, notification.check_verdict = notification.check_verdict, lambda given: None
    try:
        record = cast()
        to_consent(record)
    finally:
        notification.check_verdict = kept
    for index, mass in enumerate(grams):
        before = case(record).moved_g
        fits = before + mass <= case(record).total_g and len(case(record).movements) < case(record).shipments
        if fits:
            open_movement(record, (f"B{index}", mass))
        else:
            refusal(Conflict, open_movement, record, (f"B{index}", mass))
        assert case(record).moved_g == before + (mass if fits else 0)


def test_problems_of_masses_point_at_the_lot():
    (problem,) = movements.masses([LotMass("A", 1), LotMass("B", 0)])
    assert problem.pointer == "/lots/1/grams"


def test_only_a_carrier_carries(record):
    to_consent(record)
    problems = refusal(Refused, open_movement, record, ("B1", 5 * KG), carrier=STRANGER)
    assert [p.pointer for p in problems] == ["/carrier"]


def test_a_recovery_of_tomorrow_is_not_certified(record):
    to_consent(record)
    open_movement(record, ("B1", 5 * KG))
    depart(record, ("B1", 5 * KG))
    receive(record, {"lot": "B1", "received_g": 5 * KG, "accepted": True})
    problems = refusal(Refused, certify, record, ("G1", "element:Cu", KG), day=date(2025, 12, 23))
    assert [(p.pointer, p.code) for p in problems] == [("/recovered_on", "future")]
    certify(record, ("G1", "element:Cu", KG), day=date(2025, 12, 22))


def test_a_period_at_the_end_of_the_calendar_is_reckoned():
    assert months_later(date(9999, 12, 1), 12) == date.max
    assert months_later(date(9998, 12, 31), 12) == date(9999, 12, 30)
