"""Every act on a case, told as it should be and then with one thing changed: what is refused, where, and how."""

from __future__ import annotations

from datetime import date, timedelta

import consent_acts
import pytest
from consent_acts import ACCOUNT, ACTS, BY_PEOPLE, DOSSIER, JP, KOREA, MY, ON_A_CASE, SILENT
from consent_cast import (
    BLANK,
    CASE,
    CERTIFIED,
    DOE,
    EXPORTER,
    IMPORTER,
    METI,
    MOEJ,
    NOW,
    ROOMS,
    SMELTER,
    STRANGER,
    case,
    notify,
    on,
)
from msgspec.structs import replace

from meguri import law
from meguri.consent import acts
from meguri.consent.case.notification import check_verdict
from meguri.consent.states import Listener, ReplyState
from meguri.journal.subject import at as at_node
from meguri.kit.grams import MOST_G
from meguri.kit.problems import Conflict, NotAllowed, NotFound, Refused
from meguri.procedure.states import CoursePoint
from meguri.registry.states import FacilityState
from memory_record import Told


@pytest.fixture
def told(record):
    return lambda name: consent_acts.told(record, name)


@pytest.mark.parametrize("name", ACTS)
def test_as_it_should_be_it_is_taken(told, name):
    assert told(name).say().act.kind == f"consent.{name}"


# What holds of every act.


@pytest.mark.parametrize("name", BY_PEOPLE)
def test_a_closed_organisation_says_nothing_of_a_case(told, name):
    one = told(name)
    one.alter(one.act.actor, closed_on=on("2025-01-01"))
    assert one.refused(NotAllowed) == [("/actor", "closed")]


@pytest.mark.parametrize("name", ON_A_CASE)
def test_for_others_there_is_no_such_case(told, name):
    one = told(name)
    assert one.refused(NotFound, actor=STRANGER) == [("/body/case", "no-case")]
    assert one.refused(NotFound, case="C9") == [("/body/case", "no-case")]


@pytest.mark.parametrize("name", ON_A_CASE)
def test_nothing_is_said_of_a_case_before_it_was_opened(told, name):
    one = told(name)
    one.alter(DOSSIER, notified_at=on("2026-01-01"))
    assert one.refused(Conflict, claimed=on("2025-12-31")) == [("/claimed", "before")]


def test_what_the_clock_says_is_dated_by_its_legal_instant(told):
    one = told("lapse")
    one.alter(DOSSIER, notified_at=one.record.now)
    assert one.refused(Conflict) == [("/claimed", "before")]


@pytest.mark.parametrize("name", [*ON_A_CASE, "lapse"])
@pytest.mark.parametrize(("field", "code"), [("completed_at", "completed"), ("retracted_at", "retracted")])
def test_nothing_is_said_of_a_case_that_is_over(told, name, field, code):
    one = told(name)
    one.alter(DOSSIER, **{field: on("2025-10-02")})
    assert one.refused(Conflict) == [("", code)]


@pytest.mark.parametrize("name", ["rest", "guarantee", "retract", "complete"])
def test_what_belongs_to_the_exporter_is_said_by_no_other_party(told, name):
    """Not even by one that could have exported itself."""
    one = told(name)
    for party in (IMPORTER, SMELTER):
        one.alter(party, roles=one.record.states[EXPORTER].roles)
    assert one.refused(NotAllowed, actor=IMPORTER) == [("/actor", "role")]
    if name == "complete":
        one.say(actor=SMELTER)
    else:
        assert one.refused(NotAllowed, actor=SMELTER) == [("/actor", "role")]


@pytest.mark.parametrize("name", BY_PEOPLE)
def test_who_is_no_exporter_any_more_notifies_nothing_new(told, name):
    one = told(name)
    if one.act.actor != EXPORTER:
        return
    one.alter(EXPORTER, roles=())
    if name in ("notify", "rest", "guarantee"):
        assert one.refused(NotAllowed) == [("/actor", "role")]
    else:
        one.say()


@pytest.mark.parametrize("name", ["step", "hold", "release"])
def test_an_authority_that_was_not_told_finds_no_case(told, name):
    one = told(name)
    one.alter(f"track:{CASE}/{MY}", visible=False)
    assert one.refused(NotFound) == [("/body/case", "no-case")]
    assert one.refused(NotFound, actor=EXPORTER) == [("/body/track", "no-track")]


@pytest.mark.parametrize("name", ["step", "reply", "hold", "release"])
def test_a_case_has_the_tracks_that_it_asks_for(told, name):
    one = told(name)
    assert one.refused(NotFound, track="mys-doe.import", actor=EXPORTER) == [("/body/track", "no-track")]


def test_an_authority_reads_no_other_track_by_naming_it(told):
    one = told("step")
    for actor, track in ((MOEJ, MY), (DOE, JP)):
        assert one.refused(NotFound, actor=actor, track=track) == [("/body/case", "no-case")]


# Notifying.


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"number": "MY-2025-00000-00000"}, [("/number", "number")]),
        ({"total_g": 0}, [("/total_kg", "mass")]),
        ({"total_g": -1}, [("/total_kg", "mass")]),
        ({"total_g": MOST_G + 1}, [("/total_kg", "mass")]),
        ({"shipments": 0}, [("/shipments", "shipments")]),
        ({"shipments": 1000}, [("/shipments", "shipments")]),
        ({"description": " "}, [("/description", "required")]),
        ({"period_to": date(2025, 9, 30)}, [("/period_to", "period")]),
        ({"period_from": date(2025, 9, 1), "period_to": date(2025, 9, 30)}, [("/period_to", "period")]),
        ({"period_to": date(2026, 10, 1)}, [("/period_to", "period")]),
        (
            {"importer": "organisation:nobody"},
            [("/importer", "unknown"), ("/facts/importer_certified", "licence-missing")],
        ),
        ({"importer": STRANGER}, [("/importer", "role"), ("/facts/importer_certified", "licence-missing")]),
        ({"operator": "organisation:nobody"}, [("/operator", "unknown"), ("/facility", "operator")]),
        ({"operator": IMPORTER}, [("/facility", "operator")]),
        ({"facility": "nowhere"}, [("/facility", "operator")]),
        ({"facility": "seoul"}, [("/facility", "economy")]),
        ({"licences": ()}, [("/facts/importer_certified", "licence-missing")]),
        ({"licences": ("L9",)}, [("/facts/importer_certified", "licence-missing")]),
        ({"asked": ()}, [("/body/asked", "asked")]),
        ({"there": "meguri.jpn"}, [("/body/there", "there")]),
    ],
)
def test_a_notification_that_cannot_be_says_what_is_wrong(record, changes, found):
    one = certified(record)
    record.states["facility:seoul"] = FacilityState(
        organisation=SMELTER, names={"en": "Seoul"}, economy="KOR", lat=37.0, lon=127.0
    )
    assert one.refused(Refused, **changes) == found


PARTIES = ("facility:plant", EXPORTER, IMPORTER, SMELTER)
"""Who has to stand for a case, in the order of its list."""


def certified(record, fact=True):
    """A notification that rests on the importer's certificate."""
    facts = {"importer_certified": fact}
    notification = lambda record: notify(record, *CERTIFIED, licences=("L14",), facts=facts, take=False)  # noqa: E731
    return Told(record, lambda record: None, notification, ROOMS)


@pytest.mark.parametrize(
    "changes",
    [
        {"total_g": 1},
        {"total_g": MOST_G},
        {"shipments": 1},
        {"shipments": 999},
        {"period_from": date(2025, 9, 1), "period_to": date(2025, 10, 1)},
        {"period_from": date(2025, 11, 1), "period_to": date(2025, 11, 1)},
        {"period_from": date(2025, 11, 1), "period_to": date(2026, 10, 31)},
    ],
)
def test_the_last_that_may_be_notified(told, changes):
    assert told("notify").say(**changes)


def test_a_certificate_is_the_importers_the_smelters_or_its_facilitys_and_stands(record):
    one = certified(record)
    for holder in (IMPORTER, SMELTER, "facility:plant"):
        one.alter("licence:L14", holder=holder)
        one.say()
        del record.states[DOSSIER]
    for code, changes in (
        ("missing", {"holder": STRANGER}),
        ("suspended", {"holder": SMELTER, "suspended": True}),
        ("over", {"suspended": False, "since": NOW + timedelta(seconds=1)}),
        ("over", {"since": on("2020-01-01"), "until": NOW}),
        ("missing", {"until": None, "kind": "jpn-art15-recycler"}),
    ):
        one.alter("licence:L14", **changes)
        assert one.refused(Refused) == [("/facts/importer_certified", f"licence-{code}")]


@pytest.mark.parametrize("answer", [False, None])
def test_what_was_answered_with_no_or_not_known_needs_no_certificate(record, answer):
    certified(record, answer).say(licences=())


def test_a_notification_is_its_exporters_and_its_case_is_new(told):
    one = told("notify")
    assert one.refused(NotAllowed, exporter=IMPORTER) == [("/actor", "role")]
    assert one.refused(NotAllowed, actor=IMPORTER) == [("/actor", "role")]
    one.say()
    assert one.refused(Conflict) == [("/body/case", "exists")]


def test_where_nobody_asks_for_consent_there_is_nothing_to_notify():
    day = date(2025, 9, 1)
    question = law.Question.parse(
        on="2025-09-01", stream="circuit-boards", origin="MYS", destination="JPN", operation="R4",
        facts="hazardous=unknown;importer_certified=true;recycler_certified=true",
    )  # fmt: skip
    given = law.decision(law.verdict(question))
    check_verdict(given, day, day)
    with pytest.raises(Conflict) as caught:
        check_verdict(replace(given, consents=given.consents[1:]), day, day)
    assert [(one.pointer, one.code) for one in caught.value.problems] == [("/verdict", "verdict")]
    green = law.decision(law.verdict(law.Question.parse(
        on="2025-09-01", stream="steel-scrap", origin="MYS", destination="JPN", operation="R4", facts="hazardous=false",
    )))  # fmt: skip
    assert green.verdict != "allowed_pic"
    with pytest.raises(Refused, match="nothing to notify") as refused:
        check_verdict(green, day, day)
    assert [(one.pointer, one.code) for one in refused.value.problems] == [("/verdict", "verdict")]


def test_a_notification_is_held_against_the_law(record, monkeypatch):
    monkeypatch.undo()
    with pytest.raises((Conflict, Refused)) as caught:
        notify(record, *CERTIFIED)
    assert {problem.pointer for problem in caught.value.problems} == {"/verdict"}


def test_whoever_runs_the_facility_may_import_for_it_and_need_not(told):
    one = told("notify")
    one.alter(SMELTER, roles=())
    one.say()
    del one.record.states[DOSSIER]
    assert one.refused(Refused, importer=SMELTER, licences=()) == [("/importer", "role")]
    one.alter(SMELTER, roles=one.record.states[IMPORTER].roles)
    assert one.refused(Refused, importer=SMELTER) == [("/licences/0", "licence")]
    one.say(importer=SMELTER, licences=())


# What the case rests on.


@pytest.mark.parametrize(
    "changes",
    [
        {"holder": EXPORTER},
        {"suspended": True},
        {"since": on("2025-10-07")},
        {"until": on("2025-10-06")},
    ],
)
def test_a_case_rests_on_licences_of_the_other_side_that_stand(told, changes):
    one = told("rest")
    one.alter("licence:L15", **changes)
    assert one.refused(Refused) == [("/licences/0", "licence")]
    assert one.refused(Refused, licences=("L14", "L15", "L9")) == [
        ("/licences/1", "licence"),
        ("/licences/2", "licence"),
    ]


def test_a_renewed_licence_takes_the_place_of_an_old_one(told):
    one = told("rest")
    assert one.refused(Refused, licences=()) == [("/licences", "licence")]
    one.alter("licence:L15", holder="facility:plant")
    one.say(licences=("L14", "L15"))
    assert one.refused(Refused) == [("/licences", "licence")]
    one.alter("licence:L15", holder=SMELTER)
    one.say(licences=("L15", "L14"))


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"issuer": " "}, [("/issuer", "required")]),
        ({"amount": ""}, [("/amount", "required")]),
        ({"valid_until": date(2025, 9, 30)}, [("/valid_until", "validity")]),
        (
            {"issuer": "", "amount": " ", "valid_until": date(2025, 9, 30)},
            [("/issuer", "required"), ("/amount", "required"), ("/valid_until", "validity")],
        ),
    ],
)
def test_a_guarantee_says_by_whom_how_much_and_for_which_days(told, changes, found):
    assert told("guarantee").refused(Refused, **changes) == found


def test_a_guarantee_may_be_of_one_day_and_is_filed_once(told):
    one = told("guarantee")
    one.say(valid_until=date(2025, 10, 1))
    assert one.refused(Conflict) == [("/body/guarantee", "exists")]


# Steps and silence.


def test_a_step_rests_on_all_that_the_case_rests_on(told):
    one = told("step")
    listed = one.body.rests_on
    tracks = (f"track:{CASE}/jpn-meti.informed", f"track:{CASE}/{JP}", f"track:{CASE}/{MY}")
    assert listed == (*PARTIES[:1], "licence:L14", *PARTIES[1:], *tracks)
    for given in (listed[1:], listed[:-1], (*listed, "licence:L15"), listed[::-1], ()):
        assert one.refused(Conflict, rests_on=given) == [("/body/rests_on", "rests-on")]


def test_what_is_left_out_of_a_list_and_what_is_too_much_is_named(told):
    one = told("step")
    with pytest.raises(Conflict, match=r"Left out: facility:plant\. Too many: licence:L15\. Look") as caught:
        one.say(rests_on=("licence:L15", *one.body.rests_on[1:]))
    assert caught.value.problems[0].params == {"missing": "facility:plant", "strange": "licence:L15"}


def test_a_step_is_said_after_the_last_one(told):
    one = told("step")
    assert one.refused(Conflict, claimed=NOW - timedelta(seconds=1)) != []
    one.alter(DOSSIER, notified_at=on("2025-09-01"))
    track = one.record.states[f"track:{CASE}/{MY}"]
    one.record.states[f"track:{CASE}/{MY}"] = replace(track, opened_at=on("2025-09-01"))
    assert one.refused(Conflict, claimed=NOW - timedelta(seconds=1)) == [("/claimed", "order")]
    one.record.states[f"track:{CASE}/{MY}"] = replace(
        one.record.states[f"track:{CASE}/{MY}"],
        course=replace(one.record.states[f"track:{CASE}/{MY}"].course, points=()),
        opened_at=on("2025-10-06") + timedelta(seconds=1),
    )
    assert one.refused(Conflict) == [("/claimed", "before")]


def test_a_step_decides_and_brings_what_its_table_says(told):
    one = told("step")
    assert one.refused(Refused, outcome="consent") == [("/body/outcome", "outcome")]
    assert one.refused(Conflict, change=replace(one.body.change, round=0)) == [("/body/change", "changes")]
    assert one.refused(Refused, text=" ") == [("/text", "required")]
    assert one.refused(Conflict, transition="transmit", outcome=None) == [("/transition", "not-open")]
    assert one.refused(NotAllowed, actor=EXPORTER) == [("/actor", "role")]


@pytest.mark.parametrize(
    ("name", "pointer"), [("step", "/body/track"), ("reply", "/body/node"), ("take_in", "/body/track")]
)
def test_a_track_that_another_node_keeps_is_not_written_here(told, name, pointer):
    one = told(name)
    elsewhere = tuple(replace(asked, node="meguri.other") for asked in one.record.states[DOSSIER].asked)
    one.alter(DOSSIER, asked=elsewhere)
    assert one.refused(Refused) == [(pointer, "node")]


def test_silence_is_said_by_the_clock_at_the_instant_at_which_it_takes_effect(told):
    one = told("lapse")
    end = case(one.record).track(SILENT).due().due_at
    for other in (end + timedelta(seconds=1), end + timedelta(days=1)):
        assert one.refused(Conflict, legal=other) == [("/legal", "legal-instant")]
    assert one.refused(Conflict, legal=end - timedelta(seconds=1)) == [("/transition", "too-early")]
    assert one.refused(NotAllowed, actor=KOREA) == [("/actor", "role")]
    one.record.now = end - timedelta(milliseconds=1)
    assert one.refused(Conflict) == [("/legal", "too-early")]
    one.record.now = end
    one.say()


# Replies.


def test_a_question_is_answered_once_by_whom_it_was_put_to(told):
    one = told("reply")
    assert one.refused(Refused, text=" ") == [("/text", "required")]
    assert one.refused(NotAllowed, actor=IMPORTER) == [("/actor", "role")]
    for position in (one.body.position - 1, one.body.position + 1):
        assert one.refused(Conflict, position=position) == [("/body/position", "position")]
    one.say()
    assert one.refused(Conflict) == [("/body/position", "exists")]


def test_nobody_answers_an_authority_that_was_not_told(told):
    one = told("reply")
    one.alter(f"track:{CASE}/{MY}", visible=False)
    assert one.refused(NotFound) == [("/body/track", "no-track")]


def copied(record, home):
    """The case of another node as this one has it copied, with its tracks."""
    record.states[at_node(DOSSIER, home)] = record.states[DOSSIER]
    for track in (MY, JP):
        name = f"track:{CASE}/{track}"
        record.states[at_node(name, home)] = record.states.get(name)


def test_an_exporter_answers_on_the_node_that_keeps_its_case(told):
    one = told("reply")
    copied(one.record, "meguri.other")
    away = {"home": "meguri.other", "node": "meguri.other"}
    assert one.refused(NotAllowed, **away) == [("/body/home", "vouched")]
    assert one.refused(NotAllowed, actor=IMPORTER, **away) == [("/actor", "role")]
    assert one.refused(NotFound, home="meguri.third", node="meguri.third") == [("/body/case", "no-case")]


def test_clocks_of_two_nodes_are_not_compared(told):
    one = told("reply")
    copied(one.record, "meguri.other")
    one.alter(at_node(DOSSIER, "meguri.other"), notified_at=on("2026-01-01"), exporter=STRANGER)
    away = {"home": "meguri.other", "node": "meguri.other"}
    assert one.refused(NotFound, **away) == [("/body/case", "no-case")]
    assert one.refused(NotAllowed, actor=IMPORTER, **away) == [("/actor", "role")]


# Taking in.


def test_the_node_takes_in_what_another_state_shows(told):
    one = told("take_in")
    subject = f"track:{CASE}/{JP}"
    assert one.refused(NotAllowed, actor=MOEJ) == [("/actor", "role")]
    assert one.refused(Refused, nonce="another") == [("/nonce", "nonce-form")]
    assert one.refused(Conflict, case="C9", nonce=acts.taking(one.body.of, f"track:C9/{JP}")) == [
        ("/body/case", "unknown-subject")
    ]
    nowhere = acts.taking(one.body.of, f"track:{CASE}/jpn-moej.export")
    assert one.refused(NotFound, track="jpn-moej.export", nonce=nowhere) == [("/body/track", "no-track")]
    moving = acts.taking(one.body.of, f"track:M1/{JP}")
    assert one.refused(Refused, movement="M1", nonce=moving) == [("/body/movement", "per-movement")]
    other = acts.taking("f" * 64, subject)
    assert one.refused(Conflict, of="f" * 64, nonce=other) == [("/body/of", "unproven")]
    for word in ("export.check", "notify", ""):
        assert one.refused(Conflict, on=word) == [("/body/of", "unproven")]
    assert one.refused(Conflict, source=DOSSIER) == [("/body/of", "unproven")]
    assert one.refused(Conflict, change=BLANK) == [("/body/change", "changes")]
    assert one.refused(Conflict, opening=None) == [("/body/change", "changes")]
    one.say()
    assert one.refused(Conflict) == [("/body/of", "taken")]


def test_what_was_said_before_is_taken_in_first(told):
    one = told("take_in")
    source = f"track:{CASE}/{MY}"
    course = one.record.states[source].course
    earlier = CoursePoint(at=on("2025-10-07"), transition="transmit", to="transmitted", actor=DOE, act="e" * 64)
    first, *rest = course.points
    one.alter(source, course=replace(course, points=(first, earlier, *rest)))
    assert one.refused(Conflict) == [("/body/of", "order")]
    # What it took in itself, and what nobody or another listens to, is not this track's to take in.
    listeners = one.record.states[source].listeners
    one.alter(source, listeners=(*listeners, Listener("ask", "jpn-meti.informed")))
    for other in (
        replace(earlier, of="a" * 64),
        replace(earlier, transition="check"),
        replace(earlier, transition="ask"),
    ):
        one.alter(source, course=replace(course, points=(first, other, *rest)))
        one.say()
        del one.record.states[f"track:{CASE}/{JP}"]
    later = replace(earlier, at=on("2025-10-09"))
    one.alter(source, course=replace(course, points=(*course.points, later)))
    one.say()


def reply(transition, by, act="a" * 64):
    return ReplyState(
        case=CASE, track=f"track:{CASE}/{JP}", transition=transition, by=by, at=NOW, act=act, text="Because"
    )


def test_a_track_is_opened_by_what_sends_the_case_to_it_and_by_nothing_else(told):
    one = told("take_in")
    one.record.states["reply:R"] = reply("answer", EXPORTER)
    of = "a" * 64
    said = {"of": of, "source": "reply:R", "on": "answer", "nonce": acts.taking(of, f"track:{CASE}/{JP}")}
    assert one.refused(Conflict, **said) == [("", "not-open")]


def test_what_the_exporter_says_comes_from_the_node_of_its_case(told):
    one = told("take_in")
    one.record.states["reply:R@meguri.other"] = reply("answer", EXPORTER)
    of = "a" * 64
    said = {"of": of, "source": "reply:R@meguri.other", "on": "answer", "nonce": acts.taking(of, f"track:{CASE}/{JP}")}
    assert one.refused(NotAllowed, **said) == [("/body/source", "vouched")]
    one.record.states["reply:R@meguri.other"] = reply("answer", IMPORTER)
    assert one.refused(Conflict, **said) == [("", "not-open")]


# Holds.


def test_a_hold_says_why_and_is_put_once(told):
    one = told("hold")
    assert one.refused(Refused, reason=" ") == [("/body/reason", "required")]
    for actor in (EXPORTER, IMPORTER, SMELTER):
        assert one.refused(NotAllowed, actor=actor) == [("/actor", "role")]
    assert one.refused(NotFound, actor=MOEJ) == [("/body/case", "no-case")]
    one.say()
    assert one.refused(Conflict) == [("/body/hold", "exists")]
    one.say(hold="H2")


def test_a_hold_is_released_once_by_who_put_it(told):
    one = told("release")
    assert one.refused(Conflict, hold="H2") == [("/body/hold", "no-hold")]
    assert one.refused(NotAllowed, actor=EXPORTER) == [("/actor", "role")]
    one.say()
    assert one.refused(Conflict) == [("/body/hold", "no-hold")]


# Taking back and completing.


@pytest.mark.parametrize(
    ("name", "account", "found"),
    [
        ("retract", {"left": 1}, [("/transition", "under-way")]),
        ("retract", {"open": 1}, [("/transition", "planned")]),
        ("retract", {"left": 1, "open": 1}, [("/transition", "under-way")]),
        ("complete", {"left": 0}, [("", "no-movement")]),
        ("complete", {"open": 1}, [("", "under-way")]),
    ],
)
def test_a_case_is_taken_back_before_and_completed_after_its_movements(told, name, account, found):
    one = told(name)
    one.alter(ACCOUNT, **account)
    assert one.refused(Conflict) == found


def test_taking_back_says_why(told):
    assert told("retract").refused(Refused, text=" ") == [("/text", "required")]


def test_the_importing_side_completes_nothing(told):
    one = told("complete")
    for actor in (DOE, MOEJ, METI):
        assert one.refused(NotFound, actor=actor) == [("/body/case", "no-case")]
