"""What seldom happens on a case: refused taking in, holds by those who may not, days without an office."""

from __future__ import annotations

import logging
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import consent_acts
import pytest
from consent_cast import CASE, CERTIFIED, DOE, EXPORTER, MOEJ, NODE, NOW, case, notify, on
from consent_cast import verdict as given
from consent_room import ask, certify_japan, steps
from consent_room import notify as notify_on_record
from msgspec.structs import replace

from meguri.consent import acts, intake, models, services, shipments, stored_lots
from meguri.consent.case import notification, permission
from meguri.consent.case import record as cases
from meguri.consent.states import GuaranteeState, Listener, ReplyState, TrackDecision, TrackState
from meguri.consent.tracks import authorities
from meguri.journal.projections.relations import Link
from meguri.kit.problems import Conflict, NotFound, Refused
from meguri.procedure.states import Course, CourseChange, CoursePoint
from tests_support import use_clock


def test_a_verdict_that_names_nobody_cannot_be_notified(monkeypatch):
    nobody = given()
    monkeypatch.setattr(notification.law, "decided_otherwise", lambda *asked: None)
    with pytest.raises(Refused) as caught:
        notification.check_verdict(nobody, date(2025, 10, 1), date(2025, 10, 1))
    assert [(one.pointer, one.code) for one in caught.value.problems] == [("/verdict/consents", "verdict")]


@pytest.mark.parametrize(
    ("economy", "day"), [("", date(2025, 10, 2)), ("JPN", date(2025, 10, 2)), ("USA", date(2025, 10, 1))]
)
def test_the_day_is_that_of_the_office_that_is_asked_there(record, economy, day):
    notify(record, *CERTIFIED)
    late = datetime(2025, 10, 1, 17, tzinfo=UTC)
    dossier = record.states[consent_acts.DOSSIER]
    assert permission.local_day(dossier, late, economy) == day
    assert permission.local_day(replace(dossier, asked=()), late, economy) == date(2025, 10, 1)


def test_a_guarantee_covers_its_days_until_it_is_withdrawn():
    first, last = date(2025, 10, 1), date(2025, 10, 9)
    one = GuaranteeState(case=CASE, by=DOE, issuer="B", amount="1", valid_from=first, valid_until=last)
    day = timedelta(days=1)
    assert [one.covers(at) for at in (first - day, first, last, last + day)] == [False, True, True, False]
    withdrawn = replace(one, withdrawn_on=last)
    assert [withdrawn.covers(at) for at in (first - day, first, last - day, last)] == [False, True, True, False]


def test_a_table_that_is_not_on_file_is_said_to_be_missing(record):
    notify(record, *CERTIFIED)
    asked = case(record).asked[0]
    assert authorities.table_of(asked).id == asked.table
    with pytest.raises(Conflict) as caught:
        authorities.table_of(replace(asked, table="gone@1/export"))
    (problem,) = caught.value.problems
    assert (problem.pointer, problem.code, problem.params) == ("/track", "table", {"table": "gone@1/export"})


def test_rooms_above_answer_once_they_provide(monkeypatch):
    monkeypatch.setattr(shipments, "_provider", None)
    monkeypatch.setattr(stored_lots, "_holdings", None)
    assert shipments.of_case(CASE) == shipments.Shipments(lines=(), said=(), more=False)
    assert stored_lots.held("organisation:x", "cables", "MYS") == ()
    some = shipments.Shipments(more=True)
    shipments.provide(lambda name: {CASE: some}[name])
    stored_lots.provide(SimpleNamespace(held=lambda *asked: (asked,)))
    assert shipments.of_case(CASE) == some
    assert stored_lots.held("organisation:x", "cables", "MYS") == (("organisation:x", "cables", "MYS"),)


@pytest.fixture
def notified(cast):
    certify_japan()
    cast("2025-10-01")
    return cast, notify_on_record(ask())


@pytest.mark.django_db
def test_who_may_not_hold_holds_nothing(notified):
    _, name = notified
    for who, kind, found in (
        ("stranger", NotFound, ("/case", "no-case")),
        ("jpn-moej", NotFound, ("/case", "no-case")),
        ("seller", Refused, ("/actor", "role")),
        ("buyer", Refused, ("/actor", "role")),
    ):
        with pytest.raises(kind) as caught:
            services.hold(who, name, "Because")
        assert [(one.pointer, one.code) for one in caught.value.problems] == [found]
    hold = services.hold("mys-doe", name, " Because ")
    with pytest.raises(NotFound) as not_found:
        services.release("stranger", name, hold)
    assert [(one.pointer, one.code) for one in not_found.value.problems] == [("/case", "no-case")]
    (kept,) = services.case(name).holds
    assert (kept.id, kept.by, kept.reason, kept.released_at) == (hold, DOE, "Because", None)
    services.release("mys-doe", name, hold, " Done ")
    assert services.case(name).holds[0].released_at is not None


@pytest.mark.django_db
def test_a_guarantee_is_kept_as_it_was_filed_under_the_name_that_is_told(notified):
    _, name = notified
    days = {"valid_from": date(2025, 10, 1), "valid_until": date(2026, 9, 30)}
    filed = services.guarantee("seller", name, issuer=" A bank ", amount=" MYR 1 ", reference=" G-1 ", **days)
    assert services.case(name).guarantees == (filed,)
    assert cases.guarantees(services.case(name)) == {
        filed: GuaranteeState(
            case=name, by="organisation:seller", issuer="A bank", amount="MYR 1", reference="G-1", **days
        )
    }


@pytest.mark.django_db
def test_cases_come_in_the_order_asked_for_and_unknown_ones_not_at_all(notified):
    _, first = notified
    second = notify_on_record(ask())
    assert [one.id for one in cases.cases([second, "unknown", first])] == [second, first]
    assert set(cases.dossiers([second, "unknown"])) == {second}
    assert cases.keeper("unknown") == cases.keeper(first) == ""
    assert cases.track(f"track:{first}/unknown") is None
    assert cases.verdict("unknown") is None
    assert cases.cases([]) == []
    with pytest.raises(NotFound):
        cases.case("unknown")


@pytest.mark.django_db
def test_silence_says_nothing_on_a_case_that_is_over(notified):
    cast, name = notified
    steps(cast, name, ("2025-10-06", DOE, "mys-doe.export", "check"))
    row = models.Track.objects.get(case=name)
    use_clock(lambda: NOW)
    with services.journal.as_writer():
        models.Track.objects.filter(pk=row.pk).update(next_effect=NOW)
        changed = models.Case.objects.get(pk=name)
        for field in ("completed_at", "retracted_at"):
            state = {**changed.state, field: "2025-10-07T00:00:00Z"}
            models.Case.objects.filter(pk=name).update(state=state)
            assert services.lapse(NOW + timedelta(days=900)) == 0
        models.Case.objects.filter(pk=name).update(state=changed.state)
    assert services.lapse(NOW + timedelta(days=900)) == 0, "and nothing where no clock has an effect"


@pytest.mark.django_db
def test_what_cannot_be_taken_in_is_logged_and_left(notified, monkeypatch, caplog):
    subject = f"track:{notified[1]}/mys-doe.export"
    assert intake._take_in("0" * 64, subject, f"case:{notified[1]}") is False, "nothing shows such an act"
    assert not caplog.records

    def refuses(*asked):
        raise Refused(*NotFound().problems)

    monkeypatch.setattr(intake, "draft", refuses)
    with caplog.at_level(logging.WARNING, intake.__name__):
        assert intake._take_in("a" * 64, subject, "source") is False
    assert [one.message.partition(":")[0] for one in caplog.records] == [f"{'a' * 16} was not taken in"]


@pytest.mark.django_db
def test_what_is_written_in_forms_is_taken_without_what_stands_around_it(notified):
    cast, name = notified
    steps(
        cast,
        name,
        ("2025-10-06", DOE, "mys-doe.export", "ask", {"text": " Which? "}),
        ("2025-10-07", "seller", "mys-doe/export", "answer", {"text": " That "}),
        ("2025-10-08", DOE, "mys-doe.export", "check"),
        ("2025-10-09", DOE, "mys-doe.export", "transmit"),
    )
    for day, conditions, more in (
        ("2025-10-20", [" Each bag ", " ", ""], {"reference": " R-1 "}),
        ("2025-10-21", ["Weighed"], {"valid_from": date(2025, 11, 1), "text": " Since "}),
    ):
        who, track = (DOE, "mys-doe.export") if day == "2025-10-20" else ("jpn-moej", "jpn-moej.import")
        use_clock(lambda day=day: on(day, 18))
        services.step(who, name, track, "consent_with_conditions", conditions=conditions, claimed=on(day, 18), **more)
    ours, theirs = (services.case(name).track(key).decision for key in ("mys-doe.export", "jpn-moej.import"))
    assert (ours.conditions, ours.reference, ours.reason) == (("Each bag",), "R-1", "")
    assert (ours.valid_from, ours.valid_until) == (date(2025, 10, 21), date(2026, 10, 20)), "the office's own day"
    assert (theirs.conditions, theirs.reason) == (("Weighed",), "Since")
    assert (theirs.valid_from, theirs.valid_until) == (date(2025, 11, 1), date(2026, 10, 31))
    told = [point.text for point in services.case(name).track("mys-doe.export").points]
    assert told[1] == "Which?"
    with pytest.raises(Refused) as caught:
        services.step(DOE, name, "mys-doe.export", "sing")
    assert [(one.pointer, one.code) for one in caught.value.problems] == [("/transition", "transition")]
    with pytest.raises(NotFound) as not_found:
        services.step(DOE, name, "mys-doe.import", "consent")
    assert [(one.pointer, one.code) for one in not_found.value.problems] == [("/track", "no-track")]
    with pytest.raises(NotFound) as no_case:
        services.step("stranger", name, "mys-doe.export", "consent")
    assert [one.code for one in no_case.value.problems] == ["no-case"]


def test_who_says_an_order_is_asked_for_it(monkeypatch):
    """Of acts that one act of this node brought together, rooms say in which order they were said."""
    monkeypatch.setattr(intake, "_orders", [])

    def found(numbers):
        return {"second": 2, "first": 1, "alone": 3}

    assert intake.order(found) is found
    links = [
        Link("awaits", source, "track:x", 0, "by", number)
        for source, number in (("late", 8), ("second", 7), ("first", 7), ("early", 6))
    ]
    asked = []
    monkeypatch.setattr(intake.relations, "unanswered", lambda *kinds, **how: asked.append((kinds, how)) or links)
    assert [one.source for one in intake.waiting(["a"])] == ["early", "first", "second", "late"]
    assert asked == [(("awaits", "taken"), {"sources": ["a"], "most": 500})]


FOLDS = ("meguri.consent.folds",)


def test_a_track_of_one_movement_is_kept_under_its_name(record):
    """No procedure on file opens tracks with each movement yet; acts can, and folds keep what they say."""
    notify(record, *CERTIFIED)
    asked = replace(case(record).asked[1], key="jpn-moej.clearance", capacity="clearance", per_movement=True)
    change = CourseChange(to="received", standing="open", round=0, dues=())
    opening = acts.Opening(asked=asked, parties=("a", "b", "c"), visible=True, listeners=(Listener("x", "y"),))
    body = acts.TakeInNotice(
        case=CASE, track=asked.key, movement="M1", of="f" * 64, on="movement.plan", source="movement:M1",
        change=change, opening=opening,
    )  # fmt: skip
    entry = record.say(NODE, "consent.take_in", body, NOW, FOLDS)
    name = "track:M1/jpn-moej.clearance"
    point = CoursePoint(at=NOW, transition="movement.plan", to="received", actor=NODE, act=entry.id, of="f" * 64)
    state = record.states[name]
    assert state == TrackState(
        case=CASE, movement="M1", asked=asked, parties=("a", "b", "c"),
        course=Course(
            table=asked.table, digest=asked.digest, state="received", standing="open", round=0, dues=(),
            points=(point,),
        ),
        opened_at=NOW, visible=True, listeners=opening.listeners,
    )  # fmt: skip
    done = CourseChange(to="consented", standing="granted", round=0, dues=())
    step = acts.TrackStep(
        case=CASE, track=asked.key, movement="M1", transition="consent", change=done, rests_on=(), outcome="consent",
        text="t", conditions=("c",), valid_from=NOW.date(), valid_until=NOW.date(), reference="R",
    )  # fmt: skip
    said = record.say(MOEJ, "consent.step", step, NOW, FOLDS)
    assert said.act.subjects == (name,)
    found = record.states[name]
    assert (found.movement, found.state, [one.act for one in found.points]) == (
        "M1", "consented", [entry.id, said.id],
    )  # fmt: skip
    assert found.decision == TrackDecision(
        outcome="consent", at=NOW, act=said.id, valid_from=NOW.date(), valid_until=NOW.date(), conditions=("c",),
        reason="t", reference="R",
    )  # fmt: skip
    reply = acts.ReplyToAuthority(case=CASE, track=asked.key, movement="M1", transition="answer", position=2, text="A")
    answered = record.say(EXPORTER, "consent.reply", reply, NOW, FOLDS)
    assert answered.act.subjects == ("reply:M1/jpn-moej.clearance.2",)
    assert record.states["reply:M1/jpn-moej.clearance.2"] == ReplyState(
        case=CASE, track=name, transition="answer", by=EXPORTER, at=NOW, act=answered.id, text="A"
    )
