"""What is weighed says on what; receipts part into accepted, refused and missing; what differs stands open."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from cast import (
    DOE,
    EXPORTER,
    NOW,
    PENANG,
    SELANGOR,
    bag,
    cast,
    dispatch,
    organisation,
    receive,
    transform,
)
from cast import collect as cast_collect
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from meguri.custody import acts
from meguri.custody.balance import accounts, ledger
from meguri.custody.states import EventState, Finding, LotState
from meguri.custody.weighing import limits
from meguri.journal.kinds import find
from meguri.kit.problems import Conflict, NotAllowed, NotFound, Refused
from meguri.movement.states import DECLARED, Bag, LotMass, MassBasis
from tests_support import use_clock

KG = 1000
BOARDS = "circuit-boards"


@pytest.fixture(autouse=True)
def present():
    use_clock(lambda: NOW)
    yield
    use_clock(None)


@pytest.fixture
def record():
    return scales(cast())


def enter(record, who, id="", **changes):
    place = who.removeprefix("organisation:")
    fields = {
        "instrument": id or f"scale-{place}", "facility": place, "economy": "MYS", "name": "Platform", "kind": "scale",
        "grade": "III", "interval_mg": 500 * KG, "most_g": 1500 * KG, "verified_until": date(2026, 6, 30),
    }  # fmt: skip
    return record.say(who, "custody.instrument", acts.EnterInstrument(**(fields | changes)))


def scales(record):
    """Each yard has a platform scale with an interval of half a kilogram; the exporter works lots too."""
    record.states[EXPORTER] = organisation("MYS", "exporter", "dismantler")
    for who in (PENANG, EXPORTER):
        enter(record, who)
    return record


def on(record, who, **changes):
    name = f"scale-{who.removeprefix('organisation:')}"
    state = record.states[f"instrument:{name}"]
    told = MassBasis(
        how="weighed", instrument=name, kind=state.kind, grade=state.grade, interval_mg=state.interval_mg,
        verified_until=state.verified_until, ticket="T-1",
    )  # fmt: skip
    return replace(told, **changes)


def collect(record, who, name, grams, stream="mixed-small-e-waste", basis=DECLARED, **more):
    return cast_collect(record, who, name, grams, stream, basis=limits.filled(grams, basis), **more)


def out(record, name, stream, grams):
    return acts.Output(lot=name, stream=stream, grams=grams, basis=limits.filled(grams, on(record, PENANG)))


def refused(error, call, *arguments, **more):
    with pytest.raises(error) as caught:
        call(*arguments, **more)
    problem = caught.value.problems[0]
    return problem.pointer, problem.code


def lot(record, name) -> LotState:
    return record.states[f"lot:{name}"]


def whys(record, name):
    return [finding.why for finding in lot(record, name).findings]


def sent(record, *grams, pieces=0):
    """Lots B0, B1 … of these masses, weighed in Penang, are on their way to the exporter."""
    for n, mass in enumerate(grams):
        collect(record, PENANG, f"B{n}", mass, BOARDS, basis=on(record, PENANG, pieces=pieces))
    dispatch(record, PENANG, "S", EXPORTER, *((f"B{n}", mass) for n, mass in enumerate(grams)))


def weighed(record, name, grams, accepted=True, reason="", **more):
    basis = more.pop("basis", None) or on(record, EXPORTER)
    basis = limits.filled(grams, basis)
    return Bag(lot=name, received_g=grams, accepted=accepted, reason=reason, basis=basis, **more)


def balance(record):
    """The balance of what was said, reckoned anew; it closes, and the sums that each act added come to the same."""
    lots = {name[4:]: state for name, state in record.states.items() if name.startswith("lot:")}
    events = {name[6:]: state for name, state in record.states.items() if name.startswith("event:")}
    found = ledger.balance(events.values(), lots, found=ledger.found_of(events, lots))
    assert found.closed, found.wrong
    for state in lots.values():
        assert state.made_g + state.adjusted_g == state.used_g + state.mass_g
        assert min(state.mass_g, state.used_g) >= 0
    return found


class Kept:
    """A record beside which sums are kept, act by act."""

    def __init__(self, record):
        self.record, self.sums = record, {}

    def say(self, actor, kind, body):
        before = dict(self.record.states)
        self.record.say(actor, kind, body)
        names = set(find(kind).subjects(body))
        changed = [name for name in names if self.record.states.get(name) is not before.get(name)]
        for account, amount in accounts.added(changed, before, self.record.states):
            self.sums[account] = self.sums.get(account, 0) + amount

    def same(self):
        kept = {account: amount for account, amount in self.sums.items() if amount and account[0] != accounts.PARTY}
        found, whole = accounts.balance_of(kept, {}), balance(self.record)
        for name in ("collected_g", "difference_g", "loss_g", "stock_g", "found", "seen_g"):
            assert getattr(found, name) == getattr(whole, name), name
        lines = {line.name: line for line in whole.sites if line.in_g or line.out_g or line.stock_g}
        told = {line.name: line for line in found.sites if line.in_g or line.out_g or line.stock_g}
        assert told == lines
        assert not accounts.apart(kept)
        assert all(amount >= 0 for account, amount in self.sums.items() if account[0] == accounts.PARTY)


# What a mass says of itself.


def test_a_mass_of_which_nothing_is_said_was_declared(record):
    collect(record, PENANG, "A", 110 * KG)
    assert lot(record, "A").basis.how == "declared"
    collect(record, PENANG, "B", 110 * KG, basis=on(record, PENANG))
    assert (lot(record, "B").basis.interval_mg, lot(record, "B").basis.ticket) == (500 * KG, "T-1")


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"instrument": ""}, ("/body/basis/instrument", "instrument")),
        ({"interval_mg": 100}, ("/body/basis", "instrument")),
        ({"interval_mg": 0}, ("/body/basis", "instrument")),
        ({"verified_until": date(2030, 1, 1)}, ("/body/basis", "instrument")),
        ({"grade": "II"}, ("/body/basis", "instrument")),
        ({"tare_g": -1}, ("/body/basis", "basis")),
        ({"pieces": -1}, ("/body/basis", "basis")),
        ({"ticket": "x" * 81}, ("/body/basis/ticket", "basis")),
        ({"tare_g": 1400 * KG}, ("/body/grams", "instrument")),
        ({"how": "calculated"}, ("/body/basis", "instrument")),
        ({"how": "declared"}, ("/body/basis", "instrument")),
        ({"how": "counted"}, ("/body/basis/pieces", "basis")),
    ],
)
def test_a_weighing_repeats_its_instrument_and_nothing_else_names_one(record, changes, found):
    told = on(record, PENANG, **changes)
    assert refused(Refused, collect, record, PENANG, "A", 110 * KG, basis=told) == found


def test_one_weighs_on_ones_own_instrument_where_it_stands(record):
    strange = on(record, EXPORTER)
    assert refused(NotFound, collect, record, PENANG, "A", 110 * KG, basis=strange)[1] == "unknown-instrument"
    assert refused(NotFound, collect, record, PENANG, "A", 110 * KG, basis=replace(strange, instrument="no"))[1] == (
        "unknown-instrument"
    )


@pytest.mark.parametrize(("grams", "found"), [(9_999, "instrument"), (1_500_001, "instrument")])
def test_an_instrument_weighs_from_twenty_intervals_to_its_greatest_load(record, grams, found):
    assert refused(Refused, collect, record, PENANG, "A", grams, basis=on(record, PENANG))[1] == found
    collect(record, PENANG, "B", 10 * KG, basis=on(record, PENANG))
    collect(record, PENANG, "C", 9_999, basis=on(record, PENANG, how="estimated"))


def test_what_a_scale_out_of_verification_shows_is_estimated(record):
    enter(record, PENANG, "old", verified_until=NOW.date())
    state = record.states["instrument:old"]
    record.states["instrument:old"] = replace(state, verified_until=NOW.date() - timedelta(days=1))
    told = on(record, PENANG, instrument="old", verified_until=NOW.date() - timedelta(days=1))
    assert refused(Refused, collect, record, PENANG, "A", 110 * KG, basis=told) == ("/body/basis/how", "unverified")
    collect(record, PENANG, "A", 110 * KG, basis=replace(told, how="estimated"))


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"interval_mg": 0}, ("/body/interval_mg", "interval")),
        ({"interval_mg": -5}, ("/body/interval_mg", "interval")),
        ({"interval_mg": 100_000_001, "most_g": 10**9}, ("/body/interval_mg", "interval")),
        ({"grade": "V"}, ("/body/grade", "class")),
        ({"kind": "spoon"}, ("/body/grade", "class")),
        ({"most_g": 5_000_001}, ("/body/most_g", "class")),
        ({"most_g": 0}, ("/body/most_g", "mass")),
        ({"name": " "}, ("/body/name", "required")),
        ({"verified_until": NOW.date() - timedelta(days=1)}, ("/body/verified_until", "unverified")),
        ({"settles": "E"}, ("/body/settles", "drift")),
        ({"instrument": "a b"}, ("/body/instrument", "subject")),
    ],
)
def test_an_instrument_is_of_a_class_with_an_interval_and_a_verification(record, changes, found):
    assert refused(Refused, enter, record, PENANG, changes.pop("instrument", "new"), **changes) == found


def test_an_instrument_is_its_facilitys(record):
    assert refused(NotFound, enter, record, SELANGOR, "new", facility="penang")[1] == "unknown-facility"
    assert refused(Conflict, enter, record, SELANGOR, "scale-penang") == ("/body/instrument", "exists")
    assert refused(Refused, enter, record, PENANG, verified_until=date(2026, 6, 29))[1] == "unverified"
    enter(record, PENANG, verified_until=date(2028, 6, 30))
    assert record.states["instrument:scale-penang"].verified_until == date(2028, 6, 30)


def test_what_is_reckoned_by_figures_is_never_weighed(record):
    collect(record, PENANG, "A", 100 * KG)
    made = out(record, "N", BOARDS, 99 * KG)
    body = acts.Transform(
        event="E", step="sorting", facility="penang", economy="MYS", inputs=(LotMass("A", 100 * KG),), outputs=(made,),
        loss_g=KG, loss_by="bill",
    )  # fmt: skip
    assert refused(Refused, record.say, PENANG, "custody.transform", body) == ("/body/outputs/0/basis/how", "basis")
    right = replace(made, basis=MassBasis(how="calculated"))
    record.say(PENANG, "custody.transform", replace(body, outputs=(right,)))
    assert lot(record, "N").basis.how == "calculated"


# Receipts, package by package.


def test_an_honest_bag_is_within_its_two_scales_and_one_gram_more_stands_open(record):
    sent(record, 110 * KG, 110 * KG)
    receive(record, EXPORTER, "R", weighed(record, "B0", 109 * KG), weighed(record, "B1", 110 * KG + 1001))
    assert (whys(record, "B0"), whys(record, "B1")) == ([], ["difference"])
    found = balance(record)
    assert [(line.answer, line.ok) for line in found.answers][:2] == [("grams", True), ("weighings", False)]


def test_packages_are_not_netted(record):
    """Two kilograms over in one bag and two short in the other are two differences, not none."""
    sent(record, 110 * KG, 110 * KG)
    receive(record, EXPORTER, "R", weighed(record, "B0", 112 * KG), weighed(record, "B1", 108 * KG))
    assert whys(record, "B0") == whys(record, "B1") == ["difference"]
    assert record.states["event:R"].difference_g == 0


def test_a_skim_of_many_bags_shows_in_the_sum(record):
    grams = [110 * KG] * 40
    sent(record, *grams)
    receive(record, EXPORTER, "R", *(weighed(record, f"B{n}", 110 * KG - 800) for n in range(40)))
    assert all(whys(record, f"B{n}") == ["difference-sum"] for n in range(40))
    record.say(PENANG, "custody.agree", acts.Agree(lots=tuple(LotMass(f"B{n}", 110 * KG - 800) for n in range(40))))
    assert not balance(record).found


def test_what_was_refused_hides_nothing_of_what_was_accepted(record):
    """Summed up together the two go opposite ways."""
    sent(record, *[110 * KG] * 40)
    bags = [weighed(record, f"B{n}", 110 * KG - 800) for n in range(20)]
    bags += [weighed(record, f"B{n}", 110 * KG + 800, accepted=False, reason="wet") for n in range(20, 40)]
    receive(record, EXPORTER, "R", *bags)
    assert {why for n in range(40) for why in whys(record, f"B{n}")} == {"difference-sum"}


def test_accepted_refused_and_missing_are_three_accounts(record):
    sent(record, 110 * KG, 110 * KG, 110 * KG, 110 * KG)
    bags = (
        weighed(record, "B0", 110 * KG),
        weighed(record, "B1", 110 * KG, accepted=False, reason="wet"),
        Bag(lot="B2", received_g=0, accepted=False, missing=True),
        weighed(record, "B3", 109 * KG + 500, refused_g=20 * KG, part="P", reason="stones"),
    )
    receive(record, EXPORTER, "R", *bags)
    found = {line.name: line.stock_g for line in balance(record).sites}
    assert found == {"exporter": 110 * KG + 89_500, "refused": 130 * KG, "missing": 110 * KG, "penang": 0} | {
        name: 0 for name in found if name == "in transit"
    }
    event: EventState = record.states["event:R"]
    assert (event.refused, event.missing, event.difference_g) == (("B1",), ("B2",), -500)
    part = lot(record, "P")
    assert (part.holder, part.status, part.mass_g, part.stream) == (PENANG, "refused", 20 * KG, BOARDS)
    assert (lot(record, "B2").status, lot(record, "B2").holder, whys(record, "B2")) == ("missing", PENANG, ["missing"])
    assert refused(Conflict, dispatch, record, PENANG, "S2", EXPORTER, ("B2", 110 * KG))[1] == "missing"
    assert [one.turned_away_g for one in bags] == [0, 110 * KG, 0, 20 * KG]
    assert [one.accepted_g for one in bags] == [110 * KG, 0, 0, 89_500]


def test_what_was_missing_is_received_when_it_is_found_or_taken_back(record):
    sent(record, 110 * KG, 110 * KG)
    gone = [Bag(lot=f"B{n}", received_g=0, accepted=False, missing=True) for n in range(2)]
    receive(record, EXPORTER, "R", *gone)
    receive(record, EXPORTER, "R2", weighed(record, "B0", 110 * KG))
    assert (lot(record, "B0").status, whys(record, "B0")) == ("held", [])
    receive(record, PENANG, "R3", Bag(lot="B1", received_g=110 * KG, accepted=True))
    assert (lot(record, "B1").holder, lot(record, "B1").facility, whys(record, "B1")) == (PENANG, "penang", [])
    balance(record)


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"missing": True}, ("/body/bags/0/missing", "missing")),
        ({"missing": True, "accepted": False}, ("/body/bags/0/missing", "missing")),
        ({"refused_g": 110 * KG, "part": "P", "reason": "x"}, ("/body/bags/0/refused_g", "part")),
        ({"refused_g": -1, "part": "P", "reason": "x"}, ("/body/bags/0/refused_g", "part")),
        ({"refused_g": 5, "reason": "x"}, ("/body/bags/0/part", "part")),
        ({"part": "P"}, ("/body/bags/0/part", "part")),
        ({"refused_g": 5, "part": "P"}, ("/body/bags/0/reason", "reason")),
        ({"refused_g": 5, "part": "P", "accepted": False, "reason": "x"}, ("/body/bags/0/refused_g", "part")),
        ({"received_g": 220 * KG + 1}, ("/body/bags/0/received_g", "unit")),
        ({"tolerance_ppm": 500_000}, ("/body/bags/0/tolerance_ppm", "tolerance")),
        ({"received_g": 300 * KG}, ("/body/bags/0/received_g", "unit")),
        ({"received_g": 109 * KG, "basis": None}, ("/body/bags/0/basis/errors_mg", "errors")),
    ],
)
def test_a_bag_is_accepted_refused_or_missing(record, changes, found):
    sent(record, 110 * KG)
    one = weighed(record, "B0", 110 * KG)
    if "basis" in changes:
        changes = {**changes, "basis": replace(one.basis, errors_mg=(10_000_000,))}
    one = replace(one, **changes)
    assert refused(Refused, receive, record, EXPORTER, "R", one) == found


def test_pieces_are_counted_and_one_more_or_less_stands_open_whatever_it_weighs(record):
    sent(record, 110 * KG, 110 * KG, pieces=12)
    assert refused(Refused, receive, record, EXPORTER, "R", weighed(record, "B0", 110 * KG)) == (
        "/body/bags/0/basis/pieces",
        "pieces",
    )
    bags = [
        weighed(record, f"B{n}", 110 * KG, basis=on(record, EXPORTER, pieces=count)) for n, count in enumerate((12, 11))
    ]
    receive(record, EXPORTER, "R", *bags)
    assert (whys(record, "B0"), whys(record, "B1")) == ([], ["pieces"])


def test_who_refused_agrees_to_what_its_sender_weighs_on_taking_it_back(record):
    sent(record, 110 * KG)
    receive(record, EXPORTER, "R", weighed(record, "B0", 110 * KG, accepted=False, reason="wet"))
    receive(record, PENANG, "R2", Bag(lot="B0", received_g=100 * KG, accepted=True))
    assert (whys(record, "B0"), lot(record, "B0").counterparty) == (["difference"], EXPORTER)
    told = acts.Agree(lots=(LotMass("B0", 100 * KG),))
    assert refused(NotAllowed, record.say, PENANG, "custody.agree", told)[1] == "counterparty"
    record.say(EXPORTER, "custody.agree", told)
    assert whys(record, "B0") == []


def test_an_instrument_whose_differences_go_one_way_is_verified_anew(record):
    """Each receipt is within its limits; after enough of them the sum is beyond what fair scales give."""
    for n in range(12):
        collect(record, PENANG, f"D{n}", 110 * KG, BOARDS, basis=on(record, PENANG))
        dispatch(record, PENANG, f"S{n}", EXPORTER, (f"D{n}", 110 * KG))
        receive(record, EXPORTER, f"R{n}", weighed(record, f"D{n}", 110 * KG - 900))
    scale = record.states["instrument:scale-exporter"]
    assert (scale.count, scale.drift_g) == (12, -12 * 900)
    stands = [n for n in range(12) if record.states[f"event:R{n}"].findings]
    assert stands == [int(scale.drift_on[1:])]
    assert record.states[f"event:{scale.drift_on}"].findings == (Finding("drift"),)
    assert refused(Refused, enter, record, EXPORTER) == ("/body/settles", "drift")
    assert refused(Refused, enter, record, EXPORTER, settles=scale.drift_on)[1] == "drift"
    enter(record, EXPORTER, settles=scale.drift_on, verified_until=date(2027, 6, 30))
    assert not record.states[f"event:{scale.drift_on}"].findings
    assert record.states["instrument:scale-exporter"].drift_g == 0


# When it happened.


def at(hours):
    return (NOW + timedelta(hours=hours)).astimezone(tz=None).isoformat()


def test_paper_of_yesterday_is_entered_today_in_its_order(record):
    collect(record, PENANG, "A", 100 * KG, BOARDS, happened="2025-09-30T16:30+08:00")
    assert record.states["event:E-A"].happened == "2025-09-30T16:30+08:00"
    assert lot(record, "A").last_at == datetime.fromisoformat("2025-09-30T16:30+08:00")
    sort = {"happened": "2025-09-30T16:29+08:00"}
    made = [("N", BOARDS, 100 * KG)]
    assert refused(Conflict, transform, record, PENANG, "E", "sorting", [("A", 100 * KG)], made, **sort) == (
        "/body/happened",
        "before",
    )
    transform(record, PENANG, "E", "sorting", [("A", 100 * KG)], made, happened="2025-09-30T17:00+08:00")


@pytest.mark.parametrize(
    ("happened", "code"),
    [
        ("yesterday", "instant"),
        ("2025-09-30T16:30", "instant"),
        ("2025-10-01T16:30+08:00", "future"),
        ("2025-08-31T10:59+08:00", "past"),
    ],
)
def test_a_time_at_the_place_has_its_offset_and_is_neither_to_come_nor_too_long_ago(record, happened, code):
    assert refused(Refused, collect, record, PENANG, "A", KG, BOARDS, happened=happened) == ("/body/happened", code)


# Corrections.


def correct(record, name, grams, event, who=PENANG, was=None, basis=None, corrects=None):
    state = lot(record, name)
    body = acts.Correct(
        event=event, lot=name, was_g=state.mass_g if was is None else was, grams=grams, reason="read wrong",
        corrects=corrects or state.made_by, basis=limits.filled(grams, basis or on(record, who)),
    )  # fmt: skip
    return record.say(who, "custody.correct", body)


def test_corrections_are_held_against_the_first_figure_and_counted(record):
    """Two steps of 0.9 kg are 1.8 kg from the first; and the third is the counterparty's whatever its size."""
    collect(record, PENANG, "A", 110 * KG, BOARDS, basis=on(record, PENANG))
    correct(record, "A", 110 * KG - 900, "K1")
    assert refused(Refused, correct, record, "A", 110 * KG - 1800, "K2") == ("/body/grams", "tolerance")
    correct(record, "A", 110 * KG + 900, "K2")
    assert refused(Refused, correct, record, "A", 110 * KG, "K3") == ("/body/grams", "corrections")
    record.say(DOE, "custody.agree", acts.Agree(lots=(LotMass("A", 110 * KG),)))
    correct(record, "A", 110 * KG, "K3")
    assert (lot(record, "A").corrected, lot(record, "A").first_g, lot(record, "A").adjusted_g) == (3, 110 * KG, 0)
    assert record.states["event:E-A"].corrected_g == 0
    balance(record)


def test_what_only_its_holder_weighed_an_authority_agrees_to(record):
    collect(record, PENANG, "A", 110 * KG, BOARDS)
    told = acts.Agree(lots=(LotMass("A", 90 * KG),))
    assert refused(NotAllowed, record.say, PENANG, "custody.agree", told)[1] == "counterparty"
    assert refused(NotAllowed, record.say, SELANGOR, "custody.agree", told)[1] == "role"
    record.states["organisation:moej"] = organisation("JPN", "authority")
    assert refused(Refused, record.say, "organisation:moej", "custody.agree", told)[1] == "economy"
    record.say(DOE, "custody.agree", told)


def test_what_came_from_another_node_an_authority_agrees_to(record):
    """Its sender's word does not travel."""
    sent(record, 110 * KG)
    receive(record, EXPORTER, "R", weighed(record, "B0", 100 * KG))
    record.states["lot:B0"] = replace(lot(record, "B0"), came_from="X@meguri.jpn")
    told = acts.Agree(lots=(LotMass("B0", 100 * KG),))
    assert refused(NotAllowed, record.say, EXPORTER, "custody.agree", told)[1] == "counterparty"
    record.say(DOE, "custody.agree", told)
    assert whys(record, "B0") == []


def test_a_correction_of_what_an_event_made_opens_that_event_again(record):
    """Two bags are each corrected within their scale; what the event made would be more than went in allows."""
    collect(record, PENANG, "A", 220 * KG, BOARDS, basis=on(record, PENANG))
    made = [(f"N{n}", BOARDS, 110 * KG) for n in range(2)]
    body = acts.Transform(
        event="E", step="packing", facility="penang", economy="MYS", inputs=(LotMass("A", 220 * KG),),
        outputs=tuple(out(record, *one) for one in made),
    )  # fmt: skip
    record.say(PENANG, "custody.transform", body)
    correct(record, "N0", 110 * KG + 1000, "K1")
    assert refused(Refused, correct, record, "N1", 110 * KG + 501, "K2") == ("/body/grams", "tolerance")
    correct(record, "N1", 110 * KG + 500, "K2")
    assert record.states["event:E"].corrected_g == 1500
    balance(record)


def test_a_correction_names_what_made_the_lot(record):
    collect(record, PENANG, "A", 110 * KG, BOARDS)
    collect(record, PENANG, "B", 110 * KG, BOARDS)
    assert refused(Refused, correct, record, "A", 110 * KG, "K", corrects="E-B") == ("/body/corrects", "event")


# Declared wrong.


def wrong(record, *events, who=PENANG, lots=None, **more):
    touched = {
        part.lot for name in events if (event := record.states.get(f"event:{name}"))
        for part in (*event.inputs, *event.outputs)
    }  # fmt: skip
    body = acts.DeclareWrong(
        events=events, lots=tuple(sorted(touched)) if lots is None else lots, why="incorrect_data", reason="Wrong lot",
        **more,
    )  # fmt: skip
    return record.say(who, "custody.declare_wrong", body)


def made(record):
    collect(record, PENANG, "A", 100 * KG, BOARDS)
    transform(record, PENANG, "E", "sorting", [("A", 40 * KG)], [("N", BOARDS, 40 * KG)])
    transform(record, PENANG, "F", "sorting", [("N", 40 * KG)], [("M", BOARDS, 40 * KG)])


def test_an_event_is_taken_back_with_all_that_was_built_on_it_last_first(record):
    made(record)
    before = lot(record, "A")
    assert refused(Conflict, wrong, record, "E") == ("/body/events", "built-on")
    assert refused(Refused, wrong, record, "E", "F") == ("/body/events", "order")
    wrong(record, "F", "E")
    assert (lot(record, "N").status, lot(record, "M").status) == ("wrong", "wrong")
    assert (lot(record, "A").mass_g, lot(record, "A").used_g, lot(record, "A").status) == (100 * KG, 0, "held")
    assert before.mass_g == 60 * KG
    assert balance(record).stock_g == 100 * KG
    assert refused(Conflict, wrong, record, "E") == ("/body/events/0", "wrong")
    assert refused(Conflict, correct, record, "N", 40 * KG, "K", was=0) == ("/body/lot", "wrong")
    wrong(record, "E-A")
    assert (balance(record).stock_g, balance(record).collected_g) == (0, 0)


def test_only_who_said_it_takes_it_back_while_nobody_else_relies_on_it(record):
    made(record)
    assert refused(Refused, wrong, record, "E", who=SELANGOR) == ("/body/events/0", "event")
    assert refused(Refused, wrong, record, "NONE", lots=("A",)) == ("/body/events/0", "event")
    assert refused(Refused, wrong, record, "F", lots=("M",)) == ("/body/lots", "lots")
    dispatch(record, PENANG, "S", EXPORTER, ("M", 40 * KG))
    assert refused(Conflict, wrong, record, "F") == ("/body/lots", "relied-on")
    wrong(record, "S", "F")
    assert (lot(record, "M").status, lot(record, "N").mass_g) == ("wrong", 40 * KG)
    balance(record)


def test_a_receipt_is_not_taken_back_by_one_side(record):
    made(record)
    dispatch(record, PENANG, "S", EXPORTER, ("M", 40 * KG))
    receive(record, EXPORTER, "R", bag("M", 40 * KG))
    assert refused(NotAllowed, wrong, record, "R", who=EXPORTER) == ("/body/events/0", "relied-on")
    assert refused(Conflict, wrong, record, "S") == ("/body/lots", "relied-on")


def test_a_correction_is_taken_back_before_what_it_corrected(record):
    collect(record, PENANG, "A", 110 * KG, BOARDS, basis=on(record, PENANG))
    correct(record, "A", 110 * KG - 900, "K1")
    assert refused(Conflict, wrong, record, "E-A") == ("/body/events", "built-on")
    wrong(record, "K1")
    assert (lot(record, "A").mass_g, lot(record, "A").corrected) == (110 * KG, 0)
    correct(record, "A", 110 * KG + 900, "K2")
    wrong(record, "K2", "E-A")
    assert balance(record).stock_g == 0


def test_what_is_right_is_said_by_an_event_that_stands(record):
    made(record)
    collect(record, PENANG, "B", 100 * KG, BOARDS)
    assert refused(Refused, wrong, record, "F", corrective=("NONE",)) == ("/body/corrective/0", "event")
    assert refused(Refused, wrong, record, "F", corrective=("F",)) == ("/body/corrective/0", "event")
    wrong(record, "F", corrective=("E-B",))
    assert refused(Refused, wrong, record, "E", corrective=("F",)) == ("/body/corrective/0", "event")


def test_sums_that_are_kept_follow_what_is_taken_back(record):
    kept = Kept(record)
    place = {"facility": "penang", "economy": "MYS"}
    kept.say(PENANG, "custody.collect", acts.Collect(event="C", lot="A", stream=BOARDS, grams=100 * KG, **place))
    out = (acts.Output(lot="N", stream=BOARDS, grams=20 * KG), acts.Output(lot="G", stream=BOARDS, grams=80 * KG))
    kept.say(
        PENANG,
        "custody.transform",
        acts.Transform(event="E", step="sorting", inputs=(LotMass("A", 100 * KG),), outputs=out, **place),
    )
    kept.say(
        PENANG, "custody.dispatch", acts.Dispatch(event="S", lots=(LotMass("G", 80 * KG),), to=EXPORTER, economy="MYS")
    )
    kept.same()
    for events, lots in ((("S",), ("G",)), (("E",), ("A", "G", "N")), (("C",), ("A",))):
        body = acts.DeclareWrong(events=events, lots=lots, why="did_not_occur", reason="x")
        kept.say(PENANG, "custody.declare_wrong", body)
        kept.same()
    assert not any(kept.sums.values())


# Random receipts.


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_random_receipts_leave_no_gram_over_and_no_package_unaccounted(data):
    """sent = accepted + refused + missing - difference, package by package and in the accounts."""
    record = scales(cast())
    kept = Kept(record)
    place = {"facility": "penang", "economy": "MYS"}
    grams = data.draw(st.lists(st.integers(10 * KG, 700 * KG), min_size=1, max_size=6))
    for n, mass in enumerate(grams):
        basis = data.draw(st.sampled_from([on(record, PENANG), MassBasis(), MassBasis(how="estimated")]))
        kept.say(
            PENANG,
            "custody.collect",
            acts.Collect(
                event=f"C{n}", lot=f"B{n}", stream=BOARDS, grams=mass, basis=limits.filled(mass, basis), **place
            ),
        )
    names = tuple(LotMass(f"B{n}", mass) for n, mass in enumerate(grams))
    kept.say(PENANG, "custody.dispatch", acts.Dispatch(event="S", lots=names, to=EXPORTER, economy="MYS"))
    bags = []
    for n, mass in enumerate(grams):
        found = data.draw(st.integers(max(10 * KG, mass // 2), min(2 * mass, 1500 * KG)))
        basis = limits.filled(found, data.draw(st.sampled_from([on(record, EXPORTER), MassBasis()])))
        match data.draw(st.sampled_from(["accept", "part", "refuse", "miss"])):
            case "accept":
                bags.append(Bag(lot=f"B{n}", received_g=found, accepted=True, basis=basis))
            case "part":
                part = data.draw(st.integers(1, found - 1))
                bags.append(
                    Bag(
                        lot=f"B{n}",
                        received_g=found,
                        accepted=True,
                        refused_g=part,
                        part=f"P{n}",
                        reason="x",
                        basis=basis,
                    )
                )
            case "refuse":
                bags.append(Bag(lot=f"B{n}", received_g=found, accepted=False, reason="x", basis=basis))
            case _:
                bags.append(Bag(lot=f"B{n}", received_g=0, accepted=False, missing=True))
    kept.say(EXPORTER, "custody.receive", acts.Receive(event="R", facility="exporter", economy="MYS", bags=tuple(bags)))
    kept.same()
    whole = balance(record)
    stock = {line.name: line.stock_g for line in whole.sites}
    accepted, turned = sum(one.accepted_g for one in bags), sum(one.turned_away_g for one in bags)
    missing = sum(mass for mass, one in zip(grams, bags, strict=True) if one.missing)
    assert (stock.get("exporter", 0), stock.get("refused", 0), stock.get("missing", 0)) == (accepted, turned, missing)
    assert sum(grams) == accepted + turned + missing - record.states["event:R"].difference_g
    for mass, one in zip(grams, bags, strict=True):
        parts = [lot(record, name) for name in (one.lot, one.part) if name]
        there = {state.status: state.mass_g for state in parts}
        assert sum(there.values()) - mass == (0 if one.missing else one.received_g - mass)
        assert set(there) <= {"held", "refused", "missing"}
        # Beyond all that two scales or half a per cent allow it stands open.
        assert whys(record, one.lot) or abs(sum(there.values()) - mass) <= 0.005 * mass + 3 * KG
