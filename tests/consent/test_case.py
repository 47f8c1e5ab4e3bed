"""A case from notification to its decisions: who sees it when, who may say what, what silence brings."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from consent_cast import (
    BLANK,
    CASE,
    CERTIFIED,
    CLOCK,
    DOE,
    DOE_EXPORT,
    EPA,
    EPA_EXPORT,
    EXPORTER,
    IMPORTER,
    METI,
    METI_APPROVAL,
    METI_INFORMED,
    MOEJ,
    MOEJ_IMPORT,
    NEA,
    NEA_TRANSIT,
    NOW,
    ROOMS,
    SMELTER,
    STRANGER,
    case,
    drafted,
    need,
    notify,
    on,
    step,
    take_in,
    take_in_all,
    to_consent,
    waiting,
)
from msgspec.structs import replace

from meguri.consent import acts
from meguri.consent.case import standing
from meguri.consent.tracks import authorities, open_steps
from meguri.kit.problems import Conflict, NotAllowed, NotFound, Refused
from meguri.procedure import clocks, engine

MY, JP, ME = "mys-doe.export", "jpn-moej.import", "jpn-meti.informed"


def refusal(kind, call, *arguments, **more):
    with pytest.raises(kind) as caught:
        call(*arguments, **more)
    return caught.value.problems


def codes(problems):
    return {problem.code for problem in problems}


class TestMalaysiaToJapan:
    def test_only_the_exporting_authority_sees_it_at_first(self, record):
        notify(record, *CERTIFIED)
        assert case(record).organisations == (EXPORTER, IMPORTER, SMELTER, DOE)
        assert [t.state for t in case(record).tracks] == ["filed", "waiting", "waiting"]
        assert case(record).number == "MY-2025-C1234-56789"
        assert case(record).verdict.consents

    def test_before_transmission_the_importing_authority_finds_nothing(self, record):
        notify(record, *CERTIFIED)
        body = acts.TrackStep(case=CASE, track=JP, transition="acknowledge", change=BLANK, rests_on=())
        problems = refusal(NotFound, record.say, MOEJ, "consent.step", body, on("2025-10-02"), rooms=ROOMS)
        assert codes(problems) == {"no-case"}

    def test_transmission_opens_the_other_tracks_with_their_own_clocks(self, record):
        notify(record, *CERTIFIED)
        step(record, DOE, MY, "check", on("2025-10-06"))
        step(record, DOE, MY, "transmit", on("2025-10-08"))
        japan, meti = case(record).track(JP), case(record).track(ME)
        assert (japan.state, japan.visible_since) == ("received", on("2025-10-08"))
        assert (meti.state, meti.standing, meti.needed) == ("informed", "noted", False)
        (due,) = japan.dues
        assert (due.legal, due.days, due.calendar, due.then) == (False, 30, "JP", "")
        assert due.due_on == date(2025, 11, 7)
        assert MOEJ in case(record).organisations
        assert case(record).track(MY).due().calendar == "MY-16"

    def test_nothing_can_be_sent_on_unchecked(self, record):
        notify(record, *CERTIFIED)
        (problem,) = refusal(Conflict, step, record, DOE, MY, "transmit", on("2025-10-06"))
        assert problem.params["open"] == "check, ask, object, retract"

    def test_questions_go_to_the_exporter_and_come_back(self, record):
        notify(record, *CERTIFIED)
        assert codes(refusal(Refused, step, record, DOE, MY, "ask", on("2025-10-06"), text=" ")) == {"required"}
        step(record, DOE, MY, "ask", on("2025-10-06"), text="Which yard?")
        assert case(record).track(MY).dues == ()
        (offer,) = [o for o in open_steps.offers(case(record), EXPORTER, NOW) if o.row.transition == "answer"]
        assert offer.next == (DOE, EXPORTER)[:1]
        step(record, EXPORTER, MY, "answer", on("2025-10-07"), text="Penang and Selangor")
        assert case(record).track(MY).state == "filed"
        assert [due.clock for due in case(record).track(MY).dues] == ["check"]
        step(record, DOE, MY, "check", on("2025-10-08"))
        step(record, DOE, MY, "transmit", on("2025-10-08"))
        step(record, DOE, MY, "ask", on("2025-10-09"))
        step(record, EXPORTER, MY, "answer", on("2025-10-10"))
        assert case(record).track(MY).state == "transmitted"

    def test_a_step_belongs_to_its_role(self, record):
        notify(record, *CERTIFIED)
        (problem,) = refusal(NotAllowed, step, record, EXPORTER, MY, "check", on("2025-10-06"))
        assert DOE in problem.params["who"]

    def test_both_consents_clear_the_case_and_conditions_stay_on_it(self, record):
        to_consent(record)
        found = standing.of(case(record), on("2025-11-10"))
        assert (found.word, found.missing) == ("clear", ())
        decision = case(record).track(JP).decision
        assert decision.conditions == ("Each bag is sampled on arrival",)
        assert decision.valid_until == date(2026, 11, 9)
        assert case(record).track(JP).dues == ()

    def test_reading_a_notice_changes_nothing_in_law(self, record):
        to_consent(record)
        step(record, METI, ME, "note", on("2025-11-11"))
        assert case(record).track(ME).state == "noted"

    def test_acts_on_a_track_keep_their_order(self, record):
        notify(record, *CERTIFIED)
        step(record, DOE, MY, "check", on("2025-10-06"))
        assert codes(refusal(Conflict, step, record, DOE, MY, "transmit", on("2025-10-05"))) == {"order"}

    def test_an_objection_ends_it(self, record):
        notify(record, *CERTIFIED)
        step(record, DOE, MY, "object", on("2025-10-06"), text="No contract")
        found = standing.of(case(record), on("2025-10-07"))
        assert (found.word, found.refused[0].authority) == ("refused", "mys-doe")

    def test_a_consent_can_be_withdrawn(self, record):
        to_consent(record)
        step(record, MOEJ, JP, "withdraw", on("2025-11-12"), text="Certificate suspended")
        assert standing.of(case(record), on("2025-11-12")).word == "refused"

    def test_the_exporter_may_take_it_back_and_all_tracks_end(self, record):
        notify(record, *CERTIFIED)
        step(record, EXPORTER, MY, "retract", on("2025-10-02"))
        assert {t.state for t in case(record).tracks} == {"retracted"}
        assert case(record).track(JP).visible_since is None
        assert standing.of(case(record), NOW).word == "retracted"

    def test_consents_longer_than_the_law_allows_or_turned_round_are_refused(self, record):
        notify(record, *CERTIFIED)
        step(record, DOE, MY, "check", on("2025-10-06"))
        step(record, DOE, MY, "transmit", on("2025-10-08"))
        for until in (date(2027, 1, 1), date(2025, 10, 1), date(2020, 1, 1)):
            problems = refusal(
                Refused, step, record, DOE, MY, "consent", on("2025-10-20"), valid_until=until,
                valid_from=date(2025, 10, 20) if until.year > 2020 else date(2019, 12, 1),
            )  # fmt: skip
            assert problems[0].pointer == "/valid_until"

    def test_a_step_reckoned_on_another_state_is_a_conflict(self, record):
        notify(record, *CERTIFIED)
        at = on("2025-10-06")
        right = drafted(record, DOE, MY, "check", at)
        for field, value, kind, code in (
            ("change", replace(right.change, to="consented", standing="granted"), Conflict, "changes"),
            ("outcome", "consent", Refused, "outcome"),
            ("rests_on", right.rests_on[1:], Conflict, "rests-on"),
            ("rests_on", (), Conflict, "rests-on"),
        ):
            forged = replace(right, **{field: value})
            assert codes(refusal(kind, record.say, DOE, "consent.step", forged, at, rooms=ROOMS)) == {code}
        record.say(DOE, "consent.step", right, at, rooms=ROOMS)

    def test_no_authority_writes_anothers_track(self, record):
        notify(record, *CERTIFIED)
        step(record, DOE, MY, "check", on("2025-10-06"))
        entry = step(record, DOE, MY, "transmit", on("2025-10-08"), take=False)
        assert entry.act.subjects == (f"track:{CASE}/{MY}",)
        assert case(record).track(JP).state == "waiting"
        assert {subject for _, subject in waiting(record)} == {f"track:{CASE}/{JP}", f"track:{CASE}/{ME}"}
        take_in_all(record, on("2025-10-20"))
        japan = case(record).track(JP)
        # The clock runs from receipt, whenever it was sent.
        assert (japan.opened_at, japan.due().started_at) == (on("2025-10-20"), on("2025-10-20"))
        assert waiting(record) == []

    def test_an_act_is_taken_in_once_by_the_node_and_only_where_a_state_shows_it(self, record):
        notify(record, *CERTIFIED)
        step(record, DOE, MY, "check", on("2025-10-06"))
        entry = step(record, DOE, MY, "transmit", on("2025-10-08"), take=False)
        at, own = on("2025-10-08", 4), f"track:{CASE}/{JP}"
        assert codes(refusal(Conflict, take_in, record, entry.id, own, at, source=f"case:{CASE}")) == {"unproven"}
        assert codes(refusal(Conflict, take_in, record, entry.id, own, at, of="f" * 64)) == {"unproven"}
        assert codes(refusal(Conflict, take_in, record, entry.id, own, at, change=BLANK)) == {"changes"}
        body = acts.TakeInNotice(case=CASE, track=JP, of=entry.id, on="export.transmit", source="", change=BLANK)
        refusal(NotAllowed, record.say, DOE, "consent.take_in", body, at, rooms=ROOMS, nonce=acts.taking(entry.id, own))
        take_in(record, entry.id, own, at)
        assert codes(refusal(Conflict, take_in, record, entry.id, own, at)) == {"taken"}

    def test_an_answer_moves_the_track_when_it_is_taken_in_and_is_given_once(self, record):
        notify(record, *CERTIFIED)
        step(record, DOE, MY, "ask", on("2025-10-06"))
        step(record, EXPORTER, MY, "answer", on("2025-10-07"), take=False)
        assert case(record).track(MY).state == "asked"
        assert codes(refusal(Conflict, step, record, EXPORTER, MY, "answer", on("2025-10-07"))) == {"exists"}
        take_in_all(record, on("2025-10-07", 5))
        track = case(record).track(MY)
        assert (track.state, track.course.round) == ("filed", 1)


class TestWhoIsAsked:
    def test_somebody_else_finds_no_case(self, record):
        notify(record, *CERTIFIED)
        body = acts.Complete(case="C123456789")
        assert codes(refusal(NotFound, record.say, STRANGER, "consent.complete", body, rooms=ROOMS)) == {"no-case"}

    def test_without_the_certificates_the_ministry_of_economy_decides_too(self, record):
        notify(record, DOE_EXPORT, MOEJ_IMPORT, METI_APPROVAL)
        step(record, DOE, MY, "check", on("2025-10-06"))
        step(record, DOE, MY, "transmit", on("2025-10-08"))
        approval = "jpn-meti.approval"
        (problem,) = refusal(Conflict, step, record, METI, approval, "approve", on("2025-10-09"))
        assert problem.params["open"] == "apply, retract"
        step(record, IMPORTER, approval, "apply", on("2025-10-09"))
        step(record, METI, approval, "approve", on("2025-10-30"))
        step(record, DOE, MY, "consent", on("2025-10-31"))
        step(record, MOEJ, JP, "consent", on("2025-11-01"))
        assert standing.of(case(record), on("2025-11-02")).word == "clear"

    def test_one_authority_with_two_needs_of_one_capacity_gets_the_specific_table(self):
        general = need("jpn-meti", "JPN", "approval", "written", "OTHER/LAW")
        found = authorities.asked([general, METI_APPROVAL], NOW.date())
        assert [one.table for one in found] == ["jpn-import@1/approval"]

    def test_where_nobody_sends_it_on_all_see_it_at_once(self):
        found = authorities.asked([MOEJ_IMPORT, METI_INFORMED], NOW.date())
        assert {one.opens_on for one in found} == {"notify"}

    def test_transit_has_sixty_days_and_silence_does_not_help(self, record):
        notify(record, *CERTIFIED, NEA_TRANSIT, via=("SGP",))
        step(record, DOE, MY, "check", on("2025-10-06"))
        step(record, DOE, MY, "transmit", on("2025-10-08"))
        track = case(record).track("sgp-nea.transit")
        (due,) = track.dues
        assert (due.days, due.legal, due.then, due.calendar) == (60, True, "", "SG")
        assert due.due_on == date(2025, 12, 8)
        assert due.moved_by[0].why == "weekend"
        assert engine.lapses(track.course, due.due_at + timedelta(days=1)) == ()
        step(record, NEA, "sgp-nea.transit", "consent", on("2025-12-20"))

    def test_a_state_that_waived_consent_to_transit_is_taken_to_agree_after_sixty_days(self, record):
        waived = replace(NEA_TRANSIT, form="tacit")
        notify(record, *CERTIFIED, waived, via=("SGP",))
        step(record, DOE, MY, "check", on("2025-10-06"))
        step(record, DOE, MY, "transmit", on("2025-10-08"))
        (due,) = engine.lapses(case(record).track("sgp-nea.transit").course, on("2026-01-01"))
        assert due.then == "lapse"


class TestUnitedStates:
    NEEDS = (
        EPA_EXPORT,
        need("jpn-moej", "JPN", "import", "written", "OECD/AMBER_CASE1", 30, "calendar"),
        METI_APPROVAL,
    )
    US, JPN = "usa-epa.export", "jpn-moej.import"

    def sent(self, record):
        notify(record, *self.NEEDS, origin="USA")
        step(record, EPA, self.US, "transmit", on("2025-10-10", 15))

    def test_no_acknowledgment_before_the_other_side_has_consented(self, record):
        self.sent(record)
        (problem,) = refusal(Conflict, step, record, EPA, self.US, "acknowledge_consent", on("2025-10-20"))
        assert str(problem.params["missing"]) == "MOEJ"
        (offer,) = [o for o in open_steps.offers(case(record), EPA, NOW) if o.row.transition == "acknowledge_consent"]
        assert offer.closed.code == "consents-missing"
        step(record, MOEJ, self.JPN, "acknowledge", on("2025-10-14"))
        step(record, MOEJ, self.JPN, "consent", on("2025-11-04"))
        step(record, EPA, self.US, "acknowledge_consent", on("2025-11-10"), reference="AOC 1")
        assert case(record).track(self.US).state == "consent_acknowledged"
        assert {t.authority for t in standing.of(case(record), on("2025-11-11")).missing} == {"jpn-meti"}

    def test_sixty_days_lie_between_notice_and_departure(self, record):
        self.sent(record)
        (bar,) = standing.of(case(record), on("2025-11-10")).barred
        assert (bar.due_on, bar.bars) == (date(2025, 11, 29), True)
        assert standing.of(case(record), on("2025-11-30")).barred == ()

    def test_the_acknowledgement_is_due_in_three_working_days_there(self, record):
        self.sent(record)
        (due,) = case(record).track(self.JPN).dues
        assert (due.clock, due.due_on) == ("acknowledge", date(2025, 10, 16))
        assert "スポーツの日" in {clocks.reason(m, due.calendar).say("ja") for m in due.moved_by}

    def test_japan_is_never_silent_consent(self, record):
        self.sent(record)
        step(record, MOEJ, self.JPN, "acknowledge", on("2025-10-14"))
        (due,) = case(record).track(self.JPN).dues
        assert (due.days, due.legal, due.then) == (30, True, "")
        later = due.due_at + timedelta(days=30)
        assert engine.lapses(case(record).track(self.JPN).course, later) == ()
        assert "jpn-moej" in {t.authority for t in standing.of(case(record), later).missing}


class TestSilence:
    NEEDS = (DOE_EXPORT, need("kor-me", "KOR", "import", "tacit", "OECD/AMBER_CASE1", 30, "calendar"))
    KOREA = "organisation:kor-me"

    @pytest.fixture
    def acknowledged(self, record):
        record.states[self.KOREA] = record.states[MOEJ]
        notify(record, *self.NEEDS)
        step(record, DOE, MY, "check", on("2025-10-06"))
        step(record, DOE, MY, "transmit", on("2025-10-08"))
        step(record, DOE, MY, "consent", on("2025-10-20"))
        step(record, self.KOREA, "kor-me.import", "acknowledge", on("2025-10-14"))
        return record

    def test_silence_counts_from_its_instant_whether_or_not_anybody_said_so(self, acknowledged):
        due = case(acknowledged).track("kor-me.import").due()
        assert (due.due_on, due.then) == (date(2025, 11, 13), "lapse")
        before = due.due_at - timedelta(milliseconds=1)
        assert standing.of(case(acknowledged), before).word == "waiting"
        assert standing.of(case(acknowledged), due.due_at).word == "clear"

    def test_an_objection_after_that_is_too_late(self, acknowledged):
        track = "kor-me.import"
        problems = refusal(Conflict, step, acknowledged, self.KOREA, track, "object", on("2025-11-14"))
        assert codes(problems) == {"too-late"}
        step(acknowledged, self.KOREA, track, "object", on("2025-11-13"))

    def test_only_the_clock_may_say_that_time_has_passed(self, acknowledged):
        problems = refusal(Conflict, step, acknowledged, CLOCK, "kor-me.import", "lapse", on("2025-11-01"))
        assert codes(problems) == {"too-early"}
        refusal(NotAllowed, step, acknowledged, EXPORTER, "kor-me.import", "lapse", on("2025-11-20"))


class TestNotification:
    def test_all_that_is_wrong_is_said_at_once(self, record):
        problems = refusal(
            Refused, notify, record, *CERTIFIED, total_g=0, shipments=0, description=" ",
            period_from=date(2025, 10, 1), period_to=date(2027, 1, 1), operator=IMPORTER,
        )  # fmt: skip
        assert {p.pointer for p in problems} == {
            "/total_kg",
            "/shipments",
            "/description",
            "/period_to",
            "/facility",
        }

    def test_a_period_turned_round_or_over_is_refused(self, record):
        for since, until in ((date(2025, 12, 1), date(2025, 11, 1)), (date(2024, 1, 1), date(2024, 6, 1))):
            (problem,) = refusal(Refused, notify, record, *CERTIFIED, period_from=since, period_to=until)
            assert problem.pointer == "/period_to"

    def test_certificates_are_taken_from_the_record_not_from_the_question(self, record):
        facts = {"importer_certified": True}
        (problem,) = refusal(Refused, notify, record, *CERTIFIED, facts=facts)
        assert problem.pointer == "/facts/importer_certified"
        notify(record, *CERTIFIED, facts=facts, licences=("L14",))

    def test_other_tracks_than_the_verdicts_are_refused(self, record):
        fewer = authorities.asked([DOE_EXPORT], NOW.date())
        (problem,) = refusal(Refused, notify, record, *CERTIFIED, asked=fewer)
        assert "jpn-moej.import" in problem.params["expected"]

    def test_one_case_cannot_be_opened_twice_nor_for_somebody_else(self, record):
        notify(record, *CERTIFIED)
        assert codes(refusal(Conflict, notify, record, *CERTIFIED)) == {"exists"}
        record.states.pop("case:C123456789")
        assert codes(refusal(NotAllowed, notify, record, *CERTIFIED, exporter=IMPORTER)) == {"role"}


class TestHolds:
    def test_a_hold_lies_beside_the_tracks_until_its_author_releases_it(self, record):
        to_consent(record)
        hold = acts.PutHold(case="C123456789", track=MY, hold="H1", reason="Prohibition announced")
        rooms = ROOMS
        assert codes(refusal(NotAllowed, record.say, EXPORTER, "consent.hold", hold, on("2025-11-11"), rooms)) == {
            "role"
        }
        record.say(DOE, "consent.hold", hold, on("2025-11-11"), rooms)
        assert standing.of(case(record), on("2025-11-11")).word == "held"
        assert case(record).track(MY).state == "consented"
        release = acts.ReleaseHold(case="C123456789", track=MY, hold="H1")
        refusal(NotFound, record.say, MOEJ, "consent.release", release, on("2025-11-12"), rooms)
        record.say(DOE, "consent.release", release, on("2025-11-12"), rooms)
        assert standing.of(case(record), on("2025-11-12")).word == "clear"
        refusal(Conflict, record.say, DOE, "consent.release", release, on("2025-11-13"), rooms)


def test_only_an_importer_or_a_smelter_imports(record):
    (problem,) = refusal(Refused, notify, record, *CERTIFIED, importer=STRANGER)
    assert problem.pointer == "/importer"
    notify(record, *CERTIFIED, importer=SMELTER)
