"""What may leave under a case, and what each refusal says."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest
from consent_cast import (
    CARRIER,
    CASE,
    CERTIFIED,
    DOE,
    EXPORTER,
    KG,
    MOEJ,
    NEA_TRANSIT,
    ROOMS,
    SMELTER,
    START,
    STRANGER,
    cancel,
    case,
    certify,
    change,
    depart,
    movement,
    notify,
    on,
    plan,
    receive,
    rest_on,
    revoke,
    said,
    step,
    take_in_all,
    to_consent,
    waiting,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meguri.consent import acts
from meguri.consent.states import rests_on
from meguri.kit.grams import THIN_SPACE
from meguri.kit.problems import Conflict, NotAllowed, NotFound, Refused
from meguri.movement.guards import legal_basis
from meguri.movement.states import LotMass
from meguri.procedure.clocks import months_later
from meguri.registry.states import LicenceState


def refusal(kind, call, *arguments, **more):
    with pytest.raises(kind) as caught:
        call(*arguments, **more)
    return caught.value.problems


def text(problem):
    """A problem's text with plain spaces for those between thousands."""
    return problem.say().replace(THIN_SPACE, " ")


def test_before_the_consents_nothing_is_opened_and_each_missing_one_is_named(record):
    notify(record, *CERTIFIED)
    problems = refusal(Conflict, plan, record, ("B1", 5 * KG))
    missing = [str(p.params["authority"]) for p in problems if p.code == "consent-missing"]
    assert missing == ["DOE (MYS)", "MOEJ (JPN)"]


def test_a_movement_within_its_consent_leaves_and_arrives_and_the_case_completes(record):
    to_consent(record)
    plan(record, ("B1", 5000 * KG), ("B2", 4000 * KG))
    depart(record, ("B1", 5000 * KG), ("B2", 4000 * KG))
    assert movement(record).status == "under_way"
    receive(
        record,
        {"lot": "B1", "received_g": 4980 * KG, "accepted": True},
        {"lot": "B2", "received_g": 3984 * KG, "accepted": False, "reason": "Wet"},
    )
    assert (movement(record).status, movement(record).accepted_g) == ("received", 4980 * KG)
    account = case(record).account
    assert (account.at_sea, account.open, account.accepted_g) == (0, 1, 4980 * KG)
    complete = acts.Complete(case=CASE)
    (problem,) = refusal(Conflict, record.say, EXPORTER, "consent.complete", complete, on("2025-12-05"), ROOMS)
    assert (problem.code, problem.params["count"]) == ("under-way", 1)
    certify(record, ("AU1", "Au", 900), ("CU1", "Cu", 990 * KG))
    record.say(EXPORTER, "consent.complete", complete, on("2025-12-23"), ROOMS)
    assert case(record).completed_at == on("2025-12-23")
    refusal(Conflict, plan, record, ("B3", KG), at=on("2025-12-24"))


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
    problems = refusal(Conflict, plan, record, *lots, **more)
    assert code in {p.code for p in problems}
    assert any(says in text(p) for p in problems)
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
    assert refusal(Refused, plan, record, *lots)[0].code == code


def test_a_carrier_that_is_not_on_record_is_refused(record):
    to_consent(record)
    (problem,) = refusal(Refused, plan, record, ("B1", KG), carrier="organisation:ghost")
    assert problem.pointer == "/carrier"


def test_an_unknown_port_is_refused_with_the_nearest(record):
    to_consent(record)
    (problem,) = refusal(Refused, plan, record, ("B1", KG), port_from="MYPKQ")
    assert problem.params["nearest"].startswith("MY")


def test_a_transit_economy_that_was_notified_may_be_touched(record):
    notify(record, *CERTIFIED, NEA_TRANSIT, via=("SGP",))
    step(record, DOE, "mys-doe.export", "check", on("2025-10-06"))
    step(record, DOE, "mys-doe.export", "transmit", on("2025-10-08"))
    step(record, DOE, "mys-doe.export", "consent", on("2025-10-20"))
    step(record, MOEJ, "jpn-moej.import", "consent", on("2025-10-20"))
    problems = refusal(Conflict, plan, record, ("B1", KG), ports_via=("SGSIN",))
    assert [str(p.params["authority"]) for p in problems] == ["NEA (SGP)"]
    step(record, "organisation:sgp-nea", "sgp-nea.transit", "consent", on("2025-11-01"))
    plan(record, ("B1", KG), ports_via=("SGSIN",))


def test_no_more_shipments_than_notified(record):
    to_consent(record)
    plan(record, ("B1", KG))
    plan(record, ("B2", KG))
    assert "shipments" in {p.code for p in refusal(Conflict, plan, record, ("B3", KG))}


def test_movements_together_never_exceed_the_notified_quantity(record):
    to_consent(record)
    plan(record, ("B1", 11_000 * KG))
    problems = refusal(Conflict, plan, record, ("B2", 2000 * KG))
    assert "1 000.000 kg of 12 000.000 kg" in text(problems[0])


def test_a_consent_withdrawn_or_a_hold_in_between_stops_the_departure(record):
    to_consent(record)
    plan(record, ("B1", KG))
    record.say(
        MOEJ,
        "consent.hold",
        acts.PutHold(case=CASE, track="jpn-moej.import", hold="H", reason="Alarm"),
        on("2025-11-18"),
        ROOMS,
    )
    assert [p.code for p in refusal(Conflict, depart, record, ("B1", KG))] == ["held"]
    step(record, MOEJ, "jpn-moej.import", "withdraw", on("2025-11-18"))
    assert {p.code for p in refusal(Conflict, depart, record, ("B1", KG))} == {"held", "refused"}


def test_what_leaves_is_what_the_document_says(record):
    to_consent(record)
    plan(record, ("B1", 5 * KG), ("B2", 5 * KG))
    assert [p.code for p in refusal(Refused, depart, record, ("B1", 6 * KG), carrier=STRANGER)] == ["role"]
    record.states["organisation:other-line"] = record.states[CARRIER]
    problems = refusal(Conflict, depart, record, ("B1", 6 * KG), carrier="organisation:other-line")
    assert {p.code for p in problems} == {"lot", "lots", "carrier"}
    assert [
        p.code
        for p in refusal(Conflict, depart, record, ("B1", 5 * KG), ("B2", 5 * KG), departed_on=date(2025, 11, 18))
    ] == ["day"]
    depart(record, ("B1", 5 * KG), ("B2", 5 * KG))
    refusal(Conflict, depart, record, ("B1", 5 * KG), ("B2", 5 * KG))


def test_who_may_say_what_of_a_movement(record):
    to_consent(record)
    refusal(NotAllowed, plan, record, ("B1", KG), actor=DOE)
    refusal(NotFound, plan, record, ("B1", KG), actor=STRANGER)
    refusal(NotFound, plan, record, ("B1", KG), actor=CARRIER)
    plan(record, ("B1", KG))
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
    plan(record, ("B1", KG), ("B2", KG))
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


def test_where_nothing_is_accepted_what_was_promised_is_given_back(record):
    to_consent(record)
    plan(record, ("B1", 7000 * KG))
    depart(record, ("B1", 7000 * KG))
    assert (case(record).account.at_sea, case(record).account.shipments) == (1, 1)
    receive(record, {"lot": "B1", "received_g": 7000 * KG, "accepted": False, "reason": "Not boards"})
    assert movement(record).status == "refused"
    account = case(record).account
    assert (account.at_sea, account.shipments, account.promised_g, account.accepted_g) == (0, 0, 0, 0)
    # The number stays used.
    assert account.next_serial == 2
    refusal(Conflict, certify, record, ("AU1", "Au", 1))
    plan(record, ("B1", 12_000 * KG), at=on("2025-12-04"), planned_on=date(2025, 12, 5))
    assert movement(record, "M2").serial == 2


def test_no_more_is_certified_than_was_accepted_nor_before_it_came(record):
    to_consent(record)
    plan(record, ("B1", KG))
    depart(record, ("B1", KG))
    receive(record, {"lot": "B1", "received_g": KG, "accepted": True})
    problems = refusal(Refused, certify, record, ("CU1", "Cu", KG + 1), day=date(2025, 12, 1))
    assert {p.pointer for p in problems} == {"/made", "/recovered_on"}
    assert refusal(Refused, certify, record)[0].pointer == "/made"


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(grams=st.lists(st.tuples(st.integers(1, 9000 * KG), st.booleans()), min_size=1, max_size=4))
def test_whatever_is_planned_stays_within_the_notification(grams):
    from consent_cast import cast

    from meguri.consent.case import notification

    kept, notification.check_verdict = notification.check_verdict, lambda *given: None
    try:
        record = cast()
        to_consent(record)
    finally:
        notification.check_verdict = kept
    for index, (mass, cancels) in enumerate(grams):
        account = case(record).account
        fits = account.promised_g + mass <= case(record).total_g and account.shipments < case(record).shipments
        if not fits:
            refusal(Conflict, plan, record, (f"B{index}", mass))
            assert case(record).account == account
            continue
        plan(record, (f"B{index}", mass))
        assert case(record).moved_g == account.promised_g + mass
        if cancels:
            cancel(record, name=f"M{account.next_serial}")
            after = case(record).account
            assert (after.promised_g, after.shipments, after.open) == (
                account.promised_g, account.shipments, account.open,
            )  # fmt: skip


class TestBeforeItLeaves:
    def test_a_planned_movement_is_cancelled_and_its_quantity_is_free_again(self, record):
        to_consent(record)
        plan(record, ("B1", 12_000 * KG))
        refusal(Conflict, plan, record, ("B2", KG))
        assert refusal(Refused, cancel, record, reason=" ")[0].code == "required"
        refusal(NotAllowed, cancel, record, actor=CARRIER)
        refusal(NotFound, cancel, record, actor=STRANGER)
        cancel(record)
        assert movement(record).status == "cancelled"
        assert (case(record).account.promised_g, case(record).account.shipments) == (0, 0)
        plan(record, ("B2", 12_000 * KG))
        assert movement(record, "M2").serial == 2
        refusal(Conflict, cancel, record)
        refusal(Conflict, depart, record, ("B1", 12_000 * KG))

    def test_day_ship_carrier_and_lots_change_within_the_permission(self, record):
        to_consent(record)
        plan(record, ("B1", 5000 * KG), ("B2", 5000 * KG))
        change(record, ("B2", 5000 * KG), planned_on=date(2025, 11, 25), conveyance="MV Other")
        assert [part.lot for part in movement(record).lots] == ["B2"]
        assert case(record).moved_g == 5000 * KG
        assert {p.code for p in refusal(Conflict, change, record, planned_on=date(2026, 12, 1))} == {
            "period", "validity",
        }  # fmt: skip
        assert "quantity" in {p.code for p in refusal(Conflict, change, record, ("B3", 13_000 * KG))}
        assert refusal(Refused, change, record, ("B3", KG), dropped=())[0].code == "dropped"
        assert refusal(Refused, change, record, carrier=STRANGER)[0].pointer == "/carrier"

    def test_a_document_whose_day_has_passed_needs_a_new_day(self, record):
        to_consent(record)
        plan(record, ("B1", KG))
        late = on("2025-12-09")
        assert "day-passed" in {p.code for p in refusal(Conflict, depart, record, ("B1", KG), at=late)}
        change(record, planned_on=date(2025, 12, 9), at=on("2025-12-08"))
        depart(record, ("B1", KG), at=late)


class TestNothingIsLeftOut:
    @pytest.fixture
    def guarded(self, record):
        """A case that rests on three tracks, a licence and a guarantee, with a planned movement."""
        notify(record, *CERTIFIED, facts={"importer_certified": True}, licences=("L14",))
        for actor, track, transition, day in (
            (DOE, "mys-doe.export", "check", "2025-10-06"),
            (DOE, "mys-doe.export", "transmit", "2025-10-08"),
            (DOE, "mys-doe.export", "consent", "2025-10-20"),
            (MOEJ, "jpn-moej.import", "consent", "2025-10-20"),
        ):
            step(record, actor, track, transition, on(day))
        said(
            record,
            EXPORTER,
            "consent.guarantee",
            acts.FileGuarantee(
                case=CASE,
                guarantee="G1",
                issuer="Bank",
                amount="MYR 100,000",
                valid_from=date(2025, 10, 1),
                valid_until=date(2026, 9, 30),
            ),
            on("2025-10-21"),
        )
        plan(record, ("B1", KG))
        return record

    def test_a_departure_lists_all_that_can_forbid_it(self, guarded):
        whole = rests_on(CASE, guarded.states[f"case:{CASE}"])
        assert Counter(name.partition(":")[0] for name in whole) == {
            "facility": 1, "guarantee": 1, "licence": 1, "organisation": 3, "track": 3,
        }  # fmt: skip
        for left_out in whole:
            fewer = tuple(name for name in whole if name != left_out)
            (problem,) = refusal(Conflict, depart, guarded, ("B1", KG), rests_on=fewer)
            assert (problem.code, problem.params["missing"]) == ("rests-on", left_out)
        (problem,) = refusal(Conflict, depart, guarded, ("B1", KG), rests_on=(*whole, "licence:X"))
        assert problem.params["strange"] == "licence:X"
        depart(guarded, ("B1", KG))

    def test_an_old_list_is_refused(self, guarded):
        old = rests_on(CASE, guarded.states[f"case:{CASE}"])
        guarded.states["licence:L15"] = LicenceState(
            holder="organisation:importer", kind="jpn-art14-importer", number="2", since=START
        )
        said(guarded, EXPORTER, "consent.rest", rest_on(guarded, "L15"), on("2025-11-18"))
        assert refusal(Conflict, depart, guarded, ("B1", KG), rests_on=old)[0].code == "rests-on"
        depart(guarded, ("B1", KG))

    def test_a_suspended_licence_and_a_guarantee_that_has_ended_stop_it(self, guarded):
        from msgspec.structs import replace

        licence = guarded.states["licence:L14"]
        guarded.states["licence:L14"] = replace(licence, suspended=True)
        assert [p.code for p in refusal(Conflict, depart, guarded, ("B1", KG))] == ["licence-suspended"]
        guarded.states["licence:L14"] = licence
        guarantee = guarded.states["guarantee:G1"]
        guarded.states["guarantee:G1"] = replace(guarantee, valid_until=date(2025, 11, 1))
        assert [p.code for p in refusal(Conflict, depart, guarded, ("B1", KG))] == ["guarantee"]


def test_what_arrived_counts_once_the_exporters_node_has_taken_it_in(record):
    to_consent(record)
    plan(record, ("B1", KG))
    depart(record, ("B1", KG))
    entry = receive(record, {"lot": "B1", "received_g": KG, "accepted": True}, take=False)
    assert entry.act.subjects == ("arrival:M1", "event:E2-M1", "lot:J-B1")
    assert movement(record).status == "under_way"
    assert waiting(record) == [(entry.id, "movement:M1")]
    take_in_all(record, on("2025-12-03", 5))
    assert (movement(record).status, waiting(record)) == ("received", [])


def test_recovery_is_certified_in_parts_until_all_is(record):
    to_consent(record)
    plan(record, ("B1", KG), ("B2", KG))
    depart(record, ("B1", KG), ("B2", KG))
    receive(
        record,
        {"lot": "B1", "received_g": KG, "accepted": True},
        {"lot": "B2", "received_g": KG, "accepted": True},
    )
    certify(record, ("CU1", "Cu", 300), lots=("J-B1",))
    assert (movement(record).status, case(record).account.open) == ("partly_recovered", 1)
    assert refusal(Refused, certify, record, ("CU2", "Cu", 300), lots=("J-B1", "J-B2"))[0].code == "treated"
    assert refusal(Refused, certify, record, ("CU2", "Cu", 2 * KG), lots=("J-B2",))[0].code == "quantity"
    certify(record, ("CU2", "Cu", 300), lots=("J-B2",))
    assert (movement(record).status, case(record).account.open) == ("recovered", 0)


def test_a_revoked_certificate_opens_its_movement_and_another_replaces_it(record):
    to_consent(record)
    plan(record, ("B1", KG), ("B2", KG))
    depart(record, ("B1", KG), ("B2", KG))
    receive(
        record,
        {"lot": "B1", "received_g": KG, "accepted": True},
        {"lot": "B2", "received_g": KG, "accepted": True},
    )
    certify(record, ("CU1", "Cu", 300), lots=("J-B1",))
    certify(record, ("CU2", "Cu", 300), lots=("J-B2",))
    first, second = record.states["arrival:M1"].certificates
    assert refusal(Conflict, revoke, record, "P-none")[0].code == "in-force"
    for reasons in ((), ("whim",), ("wrong_amount", "wrong_amount")):
        assert refusal(Refused, revoke, record, first.paper, reasons=reasons)[0].code == "reasons"
    assert refusal(Refused, revoke, record, first.paper, reasons=("other",))[0].code == "required"
    assert refusal(NotAllowed, revoke, record, first.paper, actor=EXPORTER)[0].code == "role"
    revoke(record, first.paper)
    assert (movement(record).status, case(record).account.open) == ("partly_recovered", 1)
    assert (movement(record).ended_at, movement(record).recovered_at) == (None, None)
    assert refusal(Conflict, revoke, record, first.paper)[0].code == "in-force"
    revoke(record, second.paper, reasons=("other",), text="The lot was another")
    assert (movement(record).status, case(record).account.open) == ("received", 1)
    certify(record, ("CU1", "Cu", 200), lots=("J-B1",), replaces=first.paper)
    assert record.states["arrival:M1"].paper(first.paper).successor == record.states["arrival:M1"].in_force[0].paper
    assert refusal(Refused, certify, record, ("CU2", "Cu", 1), lots=("J-B2",), replaces=first.paper)[0].code == (
        "replaces"
    )
    certify(record, ("CU2", "Cu", 200), lots=("J-B2",))
    assert (movement(record).status, case(record).account.open) == ("recovered", 0)


def test_a_case_with_many_shipments_writes_no_more_for_the_last_than_for_the_first(record):
    import msgspec

    notify(record, *CERTIFIED, shipments=999, total_g=999 * KG)
    for actor, track, transition, day in (
        (DOE, "mys-doe.export", "check", "2025-10-06"),
        (DOE, "mys-doe.export", "transmit", "2025-10-08"),
        (DOE, "mys-doe.export", "consent", "2025-10-20"),
        (MOEJ, "jpn-moej.import", "consent", "2025-10-20"),
    ):
        step(record, actor, track, transition, on(day))

    def written():
        before = dict(record.states)
        plan(record, ("B1", KG))
        changed = [state for name, state in record.states.items() if before.get(name) != state]
        return sum(len(msgspec.json.encode(state)) for state in changed)

    first = written()
    for _ in range(997):
        plan(record, ("B1", KG))
    # Counters grow by digits; nothing else does.
    assert written() - first < 30


def test_problems_of_masses_point_at_the_lot():
    (problem,) = legal_basis.masses([LotMass("A", 1), LotMass("B", 0)])
    assert problem.pointer == "/lots/1/grams"


def test_only_a_carrier_carries(record):
    to_consent(record)
    problems = refusal(Refused, plan, record, ("B1", 5 * KG), carrier=STRANGER)
    assert [p.pointer for p in problems] == ["/carrier"]


def test_a_recovery_of_tomorrow_is_not_certified(record):
    to_consent(record)
    plan(record, ("B1", 5 * KG))
    depart(record, ("B1", 5 * KG))
    receive(record, {"lot": "B1", "received_g": 5 * KG, "accepted": True})
    problems = refusal(Refused, certify, record, ("G1", "element:Cu", KG), day=date(2025, 12, 23))
    assert [(p.pointer, p.code) for p in problems] == [("/recovered_on", "future")]
    certify(record, ("G1", "element:Cu", KG), day=date(2025, 12, 22))


def test_a_period_at_the_end_of_the_calendar_is_reckoned():
    assert months_later(date(9999, 12, 1), 12) == date.max
    assert months_later(date(9998, 12, 31), 12) == date(9999, 12, 30)
