"""What each act on a case leaves on record, field by field."""

from __future__ import annotations

from datetime import date

import consent_acts
import pytest
from consent_acts import ACCOUNT, DOSSIER, JP, MY, SILENT
from consent_cast import (
    CASE,
    CERTIFIED,
    CLOCK,
    DOE,
    EXPORTER,
    IMPORTER,
    METI_INFORMED,
    MOEJ,
    SMELTER,
    case,
    notify,
    on,
    step,
)
from consent_cast import verdict as given
from msgspec.structs import asdict, replace

from meguri.consent import acts
from meguri.consent.states import (
    AccountState,
    DossierState,
    GuaranteeState,
    Hold,
    Listener,
    ReplyState,
    TrackDecision,
    TrackState,
    VerdictState,
)
from meguri.procedure.states import Course, CoursePoint

TRACK = f"track:{CASE}/{MY}"


@pytest.fixture
def told(record):
    return lambda name: consent_acts.told(record, name)


def test_a_notification_opens_dossier_account_and_verdict(told):
    one = told("notify")
    decision = given(*CERTIFIED, via=("SGP",), facts={"importer_certified": True})
    entry, found = one.written(verdict=decision, proved=("importer_certified",))
    digest = acts.verdict_digest(decision)
    assert found == {
        f"verdict:{digest}": VerdictState(decision),
        ACCOUNT: AccountState(exporter=EXPORTER, operator=SMELTER, most=2),
        DOSSIER: DossierState(
            number="MY-2025-C1234-56789",
            exporter=EXPORTER,
            importer=IMPORTER,
            operator=SMELTER,
            facility="plant",
            origin="MYS",
            destination="JPN",
            via=("SGP",),
            stream="circuit-boards",
            description="Circuit boards of small IT equipment",
            operation="R4",
            codes=("basel:Y49",),
            total_g=12_000_000,
            shipments=2,
            period_from=date(2025, 10, 1),
            period_to=date(2026, 9, 30),
            verdict_digest=digest,
            notified_at=entry.at,
            notified_by=entry.id,
            asked=one.body.asked,
            licences=("L14",),
            proved=("importer_certified",),
        ),
    }


def test_the_node_of_the_facility_is_kept(record, settings):
    settings.PEERS = {"JPN": "meguri.jpn"}
    notify(record, *CERTIFIED, there="meguri.jpn", take=False)
    dossier = record.states[DOSSIER]
    assert dossier.there == "meguri.jpn"
    assert {asked.key: asked.node for asked in dossier.asked} == {
        MY: "",
        JP: "meguri.jpn",
        "jpn-meti.informed": "meguri.jpn",
    }


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [("rest", "licences", ("L15",)), ("guarantee", "guarantees", ("G1",))],
)
def test_what_the_case_rests_on_is_kept_in_its_dossier(told, name, field, value):
    one = told(name)
    before = one.record.states[DOSSIER]
    _, found = one.written()
    assert found.pop(DOSSIER) == replace(before, **{field: value})
    if name == "guarantee":
        assert found.pop("guarantee:G1") == GuaranteeState(
            case=CASE,
            by=EXPORTER,
            issuer="A bank",
            amount="MYR 1",
            valid_from=date(2025, 10, 1),
            valid_until=date(2026, 9, 30),
            reference="No. 7",
        )
    assert found == {}


def test_a_further_guarantee_stands_beside_the_first(told):
    one = told("guarantee")
    one.say()
    one.say(guarantee="G2")
    assert one.record.states[DOSSIER].guarantees == ("G1", "G2")


def test_taking_in_opens_a_track(told):
    one = told("take_in")
    entry, found = one.written()
    asked = one.record.states[DOSSIER].ask(JP)
    point = CoursePoint(
        at=entry.at,
        transition="export.transmit",
        to="received",
        actor="organisation:node",
        act=entry.id,
        of=one.body.of,
    )
    assert found == {
        f"track:{CASE}/{JP}": TrackState(
            case=CASE,
            asked=asked,
            parties=(EXPORTER, IMPORTER, SMELTER),
            course=Course(
                table=asked.table,
                digest=asked.digest,
                state="received",
                standing="open",
                round=0,
                dues=one.body.change.dues,
                points=(point,),
            ),
            opened_at=entry.at,
        )
    }
    assert [due.started_at for due in one.body.change.dues] == [entry.at]


def test_who_listens_to_a_track_is_kept_when_it_opens(record, told):
    told("step")
    transmitted = [one for one in record.states[TRACK].listeners if one.transition == "transmit"]
    assert transmitted == [Listener("transmit", JP), Listener("transmit", METI_INFORMED.authority + ".informed")]


def test_a_step_moves_its_track_alone(told):
    one = told("step")
    before = one.record.states[TRACK]
    entry, found = one.written(text="Which metals?")
    point = CoursePoint(at=entry.at, transition="ask", to="asked", actor=DOE, act=entry.id, text="Which metals?")
    assert found == {
        TRACK: replace(
            before,
            course=replace(
                before.course,
                state="asked",
                round=1,
                dues=(),
                spent=before.dues,
                points=(*before.points, point),
            ),
        )
    }


def test_a_decision_is_kept_with_its_days_conditions_and_reference(record):
    consent_acts.notified(record)
    step(record, DOE, MY, "check", on("2025-10-06"))
    step(record, DOE, MY, "transmit", on("2025-10-08"))
    entry = step(
        record,
        MOEJ,
        JP,
        "consent_with_conditions",
        on("2025-11-10"),
        conditions=("Each bag is sampled",),
        reference="No. 5",
        text="In view of the contract",
        valid_from=date(2025, 11, 11),
        valid_until=date(2026, 9, 30),
    )
    assert case(record).track(JP).decision == TrackDecision(
        outcome="consent_with_conditions",
        at=on("2025-11-10"),
        act=entry.id,
        valid_from=date(2025, 11, 11),
        valid_until=date(2026, 9, 30),
        conditions=("Each bag is sampled",),
        reason="In view of the contract",
        reference="No. 5",
    )
    # What decides nothing leaves no decision.
    assert case(record).track(MY).decision is None


def test_a_decision_stays_until_another_takes_its_place(record):
    consent_acts.to_consent(record)
    first = case(record).track(JP).decision
    step(record, MOEJ, JP, "withdraw", on("2025-11-12"), text="Certificate suspended")
    second = case(record).track(JP).decision
    assert (first.outcome, second.outcome, second.reason) == (
        "consent_with_conditions",
        "withdrawn",
        "Certificate suspended",
    )
    assert second.at == on("2025-11-12")


def test_silence_is_kept_as_what_the_clock_said_at_its_legal_instant(told):
    one = told("lapse")
    end = case(one.record).track(SILENT).due().due_at
    entry, found = one.written()
    (track,) = found.values()
    assert track.decision == TrackDecision(
        outcome="tacit", at=end, act=entry.id, valid_from=one.body.valid_from, valid_until=one.body.valid_until
    )
    assert asdict(track.points[-1]) == {
        "at": end, "transition": "lapse", "to": "consented_by_silence", "actor": CLOCK, "act": entry.id, "of": "",
        "text": "",
    }  # fmt: skip


def test_a_reply_waits_beside_the_track(told):
    one = told("reply")
    entry, found = one.written(text="Copper and gold")
    assert found == {
        f"reply:{CASE}/{MY}.{one.body.position}": ReplyState(
            case=CASE, track=TRACK, transition="answer", by=EXPORTER, at=entry.at, act=entry.id, text="Copper and gold"
        )
    }


def test_a_hold_is_kept_until_it_is_released_and_after(told):
    one = told("hold")
    before = one.record.states[TRACK]
    entry, found = one.written()
    first = Hold(id="H1", by=DOE, reason="A ban", since=entry.at)
    assert found == {TRACK: replace(before, holds=(first,))}
    second, _ = one.written(hold="H2", reason="Another")
    release = acts.ReleaseHold(case=CASE, track=MY, hold="H1")
    one.record.say(DOE, "consent.release", release, on("2025-11-13"), consent_acts.ROOMS)
    track = one.record.states[TRACK]
    other = Hold(id="H2", by=DOE, reason="Another", since=second.at)
    assert track.holds == (replace(first, released_at=on("2025-11-13")), other)
    assert track.held_by == (other,)


@pytest.mark.parametrize("name", ["retract", "complete"])
def test_the_end_of_a_case_is_kept_in_its_dossier(told, name):
    one = told(name)
    before = one.record.states[DOSSIER]
    entry, found = one.written()
    changes = {"completed_at": entry.at}
    if name == "retract":
        changes = {"retracted_at": entry.at, "retracted_by": entry.id}
    assert found == {DOSSIER: replace(before, **changes)}
