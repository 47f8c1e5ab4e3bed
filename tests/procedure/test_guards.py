"""Each fact both ways, its words, and what not, any and lists make of them."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from procedure_room import DAY, JAPAN, NOW, facts

from meguri.procedure import checks, guards, tables
from meguri.procedure.clocks import ClockRule, due
from meguri.procedure.facts import Seen
from meguri.procedure.model import Condition
from meguri.procedure.states import Course, CoursePoint

TABLE = tables.tables()["oecd-amber@1/import-case1"]
TRANSIT = {"key": "sgp-nea/transit", "capacity": "transit", "authority": "sgp-nea", "needed": True}


def condition(data):
    return msgspec.convert(data, Condition)


def problem(data, leave=frozenset(), **known):
    data = data if isinstance(data, list) else [data]
    return guards.first_problem([condition(one) for one in data], TABLE, facts(**known), leave)


def course(*said, rounds=0, dues=()):
    points = tuple(CoursePoint(at=NOW, transition=one, to="asked", actor="o", act="A") for one in said)
    return Course(
        table=TABLE.id, digest="", state="acknowledged", standing="open", round=rounds, dues=dues, points=points
    )


def clock(days_ago, then="lapse", name="decide"):
    rule = ClockRule(clock=name, from_event="acknowledge", days=30, day_kind="calendar", legal=True, then=then)
    return due(NOW - timedelta(days=days_ago), rule, JAPAN)


def seen(**more):
    return Seen(**TRANSIT | more)


BOTH_WAYS = [
    ({"is": "given", "of": "text"}, {"given": {"text": "x"}}, {"given": {"text": " "}}, "unasked", "required"),
    ({"is": "given", "of": "reference"}, {"given": {"reference": "x"}}, {"given": {}}, "unasked", "required"),
    (
        {"is": "given", "of": "conditions"},
        {"given": {"conditions": ("x",)}},
        {"given": {"conditions": ("x", " ")}},
        "unasked",
        "required",
    ),
    (
        {"is": "valid_within", "months": 1},
        {"given": {"valid_from": DAY, "valid_until": DAY + timedelta(days=29)}},
        {"given": {"valid_from": DAY, "valid_until": DAY + timedelta(days=31)}},
        "validity",
        "validity",
    ),
    (
        {"is": "granted", "capacity": ["import", "transit"]},
        {"tracks": (seen(granted=True), seen(needed=False, granted=False))},
        {"tracks": (seen(granted=False),)},
        "consents-in",
        "consents-missing",
    ),
    (
        {"is": "refused", "capacity": ["transit"]},
        {"tracks": (seen(standing="refused"),)},
        {"tracks": (seen(standing="open"),)},
        "refused",
        "not-refused",
    ),
    ({"is": "said", "of": "ask"}, {"course": course("ask")}, {"course": course()}, "said", "not-said"),
    (
        {"is": "said", "of": "export.transmit"},
        {"tracks": (Seen(key="e", capacity="export", said={"transmit": NOW}),)},
        {"tracks": (seen(said={"transmit": NOW}),)},
        "sent-on",
        "not-sent-on",
    ),
    (
        {"is": "said", "of": "movement.depart"},
        {"tracks": (Seen(key="m", capacity="movement", said={"depart": NOW}),)},
        {},
        "said",
        "not-said",
    ),
    (
        {"is": "over", "of": "decide"},
        {"course": course(dues=(clock(40),))},
        {"course": course(dues=(clock(3),))},
        "too-late",
        "too-early",
    ),
    (
        {"is": "over", "of": "acknowledge"},
        {"course": course(dues=(clock(40, "", "acknowledge"),))},
        {"course": course()},
        "too-late",
        "too-early",
    ),
    (
        {"is": "over", "days": 60, "day_kind": "calendar", "since": "transit.acknowledge"},
        {"tracks": (seen(said={"acknowledge": NOW - timedelta(days=70)}),)},
        {"tracks": (seen(said={"acknowledge": NOW - timedelta(days=70)}), seen())},
        "too-late",
        "too-early",
    ),
    (
        {"is": "rounds_below", "n": 3},
        {"course": course(rounds=2)},
        {"course": course(rounds=3)},
        "rounds-left",
        "rounds",
    ),
    (
        {"is": "in_force", "of": "licences"},
        {"in_force": {"licences": True}},
        {"in_force": {"guarantee": True}},
        "in-force",
        "not-in-force",
    ),
    ({"is": "in_force", "of": "guarantee"}, {"in_force": {"guarantee": True}}, {}, "in-force", "not-in-force"),
    ({"is": "paid", "of": "fee"}, {"paid": {"fee": True}}, {}, "paid", "not-paid"),
    ({"is": "covered", "of": "period"}, {"covered": {"period": True}}, {}, "covered", "not-covered"),
    ({"is": "none_left"}, {}, {"under_way": 1, "under_way_serial": 4}, "not-under-way", "under-way"),
    ({"is": "none_left"}, {"left_g": 0}, {"left_g": 5}, "not-under-way", "under-way"),
    ({"is": "held"}, {"held": True}, {}, "held", "not-held"),
    ({"is": "silence"}, {"form": "tacit"}, {"form": "notice"}, "silence", "silence"),
]


@pytest.mark.parametrize(("data", "so", "otherwise", "contrary", "code"), BOTH_WAYS)
def test_a_fact_both_ways_and_the_words_of_its_refusals(data, so, otherwise, contrary, code):
    assert problem(data, **so) is None
    assert problem({"not": data}, **otherwise) is None
    refused, refused_contrary = problem(data, **otherwise), problem({"not": data}, **so)
    assert refused.code == code
    assert refused_contrary.code == contrary
    for one in (refused, refused_contrary):
        assert one.pointer
        assert "{" not in one.say("en")
        assert one.say("ja") != one.say("en")
    assert refused.say("en") != refused_contrary.say("en")


def test_every_fact_is_tested_and_there_are_no_others():
    assert {data["is"] for data, *_ in BOTH_WAYS} == set(guards.FACTS) == set(checks.FACTS)
    assert set(guards.FACTS) == {
        "granted", "refused", "said", "over", "rounds_below", "given", "valid_within", "in_force", "paid", "covered",
        "none_left", "held", "silence",
    }  # fmt: skip


PAID, HELD, FEE = {"is": "paid", "of": "fee"}, {"is": "held"}, {"paid": {"fee": True}}
COVERED = {"is": "covered", "of": "period"}


@pytest.mark.parametrize(
    ("data", "known", "codes"),
    [
        ([PAID, HELD], {}, "not-paid"),
        ([PAID, HELD], FEE, "not-held"),
        ([PAID, HELD], FEE | {"held": True}, None),
        ({"any": [PAID, HELD]}, FEE, None),
        ({"any": [PAID, HELD]}, {}, "not-paid"),
        ({"any": [[PAID, HELD], COVERED]}, FEE, "not-held"),
        ({"any": [[PAID, HELD], COVERED]}, FEE | {"held": True}, None),
        ({"not": {"any": [PAID, HELD]}}, {}, None),
        ({"not": {"any": [PAID, HELD]}}, {"held": True}, "held"),
        ({"not": {"any": [[PAID, HELD]]}}, FEE, None),
        ({"not": {"any": [[PAID, HELD]]}}, FEE | {"held": True}, "paid"),
        ({"not": {"not": PAID}}, {}, "not-paid"),
    ],
)
def test_lists_hold_together_any_is_one_way_and_not_is_the_contrary(data, known, codes):
    found = problem(data, **known)
    assert (found.code if found else None) == codes


def test_what_was_not_said_is_called_what_its_button_is_called():
    assert "“Record the departure”" in problem({"is": "said", "of": "movement.depart"}).say("en")
    assert "“Certify recovery”" in problem({"is": "said", "of": "arrival.recover"}).say("en")
    assert "“Acknowledge receipt”" in problem({"is": "said", "of": "transit.acknowledge"}).say("en")
    assert "“Ask for more information”" in problem({"is": "said", "of": "ask"}, course=course()).say("en")


def test_where_all_ways_are_closed_each_is_named():
    found = problem({"any": [PAID, COVERED]})
    assert found.say("en") == (
        "One of these is needed. The fee is not paid yet. Or: The guarantee does not cover the whole period."
    )
    assert "又は" in found.say("ja")


def test_facts_that_are_left_out_are_taken_as_fitting_both_ways():
    kinds = {data["is"]: guards.kind(condition(data)) for data, *_ in BOTH_WAYS if "export" not in data.get("of", "")}
    assert {is_ for is_, kind in kinds.items() if kind == "field"} == {"given", "valid_within"}
    assert guards.kind(condition({"is": "said", "of": "ask"})) == kinds["rounds_below"] == "own"
    assert guards.kind(condition({"is": "said", "of": "export.transmit"})) == kinds["over"] == kinds["held"] == "world"
    assert problem(HELD, leave=frozenset({"world"})) is None
    assert problem({"not": PAID}, leave=frozenset({"world"}), **FEE) is None
    assert problem({"any": [HELD, {"is": "said", "of": "ask"}]}, leave=frozenset({"world"}), course=course()) is None


def test_a_clock_whose_end_has_no_effect_is_never_over():
    """Where the form of the answer lets silence consent to nothing, an objection stays open."""
    written = {"course": course(dues=(clock(40, then=""),))}
    assert problem({"is": "over", "of": "decide"}, **written).code == "too-early"
    assert problem({"not": {"is": "over", "of": "decide"}}, **written) is None


def test_a_clock_that_is_no_silence_is_not_told_as_one():
    early = problem({"is": "over", "of": "acknowledge"}, course=course(dues=(clock(3, "", "acknowledge"),)))
    assert early.say("en").startswith("The time for this has not passed: it ends at 2025-10-")
    silence = problem({"is": "over", "of": "decide"}, course=course(dues=(clock(3),)))
    assert silence.say("en").startswith("The time to object has not passed")


def test_the_bar_ends_with_the_sixtieth_day_on_this_offices_calendar():
    bar = {"is": "over", "days": 60, "day_kind": "calendar", "since": "transit.acknowledge"}
    # 60 days after 2 September end on Saturday, 1 November; Japan's office runs on past the holiday of the 3rd.
    tracks = (seen(said={"acknowledge": NOW - timedelta(days=29)}),)
    last = due(
        NOW - timedelta(days=29),
        ClockRule(clock="b", from_event="s", days=60, day_kind="calendar", legal=True),
        JAPAN,
    )
    assert (last.counted_on.isoformat(), last.due_on.isoformat()) == ("2025-11-01", "2025-11-04")
    early = problem(bar, at=last.due_at - timedelta(seconds=1), tracks=tracks)
    assert "2025-11-04" in early.say("en")
    assert problem(bar, at=last.due_at, tracks=tracks) is None
    assert problem(bar, tracks=()) is None
    assert "sgp-nea" in problem(bar, tracks=(seen(),)).say("en")
