"""Every fact that a licence proves, by every way of not being proved, at every act that rests on it."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec
import pytest
from consent_cast import (
    CARRIER,
    CASE,
    CERTIFIED,
    DOE,
    EXPORTER,
    IMPORTER,
    KG,
    MOEJ,
    NOW,
    SMELTER,
    START,
    cancel,
    case,
    change,
    depart,
    movement,
    notify,
    on,
    plan,
    receive,
    rest_on,
    step,
)
from msgspec.structs import replace

from meguri import law
from meguri.consent.case import resting, standing
from meguri.consent.states import PaperTrack, Scan
from meguri.kit.problems import MeguriError, NotAllowed, Refused
from meguri.registry.proofs import CARRIER as CARRIER_FACT
from meguri.registry.states import GrantedLicence, LicenceState, LicenceUseState, Pause, Scope, ScopeSpan
from meguri.registry.vocabulary import kinds_proving, licence_kinds, own_kinds

PLANT = "facility:plant"
ABOUT_LAW = sorted({kind.fact for kind in licence_kinds().values()} & set(law.fact_vocabulary()))
TO_CONSENT = (
    (DOE, "mys-doe.export", "check", "2025-10-06"),
    (DOE, "mys-doe.export", "transmit", "2025-10-08"),
    (DOE, "mys-doe.export", "consent", "2025-10-20"),
    (MOEJ, "jpn-moej.import", "consent", "2025-10-20"),
)
ELSEWHERE = (ScopeSpan(START, Scope(operations=("R1",), streams=("cables",))),)
LOST = {
    "suspended": {"suspended": True, "pauses": (Pause(START),), "reason": "Fraud"},
    "lapsed": {"until": NOW - timedelta(days=1)},
    "revoked": {"over_on": NOW - timedelta(days=1), "reason": "Fraud"},
    "out of scope": {"scopes": ELSEWHERE},
}
"""Ways in which a licence that was granted proves nothing of this case, now and at every later act."""
BY_FACT = [(kind.kind, kind.fact) for kind in licence_kinds().values() if kind.fact in ABOUT_LAW]
OF_JAPAN = [(kind, fact) for kind, fact in BY_FACT if licence_kinds()[kind].economy in ("", "JPN")]


def holder(kind):
    return PLANT if licence_kinds()[kind].holder == "facility" else SMELTER


def granted(record, kind, **changes):
    fields = {"holder": holder(kind), "kind": kind, "number": "No. 7", "since": START, "issued_by": "jpn-moej"}
    record.states["licence:L7"] = LicenceState(**fields | changes)


def on_fact(record, fact, **more):
    return notify(record, *CERTIFIED, facts={fact: True}, licences=("L7",), **more)


def opened(record, kind, fact):
    granted(record, kind)
    on_fact(record, fact)
    for actor, track, transition, day in TO_CONSENT:
        step(record, actor, track, transition, on(day))


def codes(call, *arguments, **more):
    with pytest.raises(MeguriError) as caught:
        call(*arguments, **more)
    return [problem.code for problem in caught.value.problems]


def rested(monkeypatch):
    """Let the verdict rest on every fact, as the law of a milder procedure would."""
    monkeypatch.setattr(law, "rests_on", lambda given, facts, day: True)


BAG = {"lot": "B1", "received_g": KG, "accepted": True}
ACTS = {
    "plan": (lambda record: None, lambda record: plan(record, ("B1", KG))),
    "change": (lambda record: plan(record, ("B1", KG)), lambda record: change(record, planned_on=date(2025, 11, 20))),
    "depart": (lambda record: plan(record, ("B1", KG)), lambda record: depart(record, ("B1", KG))),
    "receive": (
        lambda record: (plan(record, ("B1", KG)), depart(record, ("B1", KG))),
        lambda record: receive(record, BAG),
    ),
}


@pytest.mark.parametrize(("kind", "fact"), OF_JAPAN)
@pytest.mark.parametrize("how", LOST)
def test_a_notification_that_rests_on_it_does_not_open(record, monkeypatch, kind, fact, how):
    rested(monkeypatch)
    granted(record, kind, **LOST[how])
    assert codes(on_fact, record, fact)[0] in ("licence-suspended", "licence-over", "licence-scope")
    assert f"case:{CASE}" not in record.states
    granted(record, kind)
    on_fact(record, fact)
    assert record.states[f"case:{CASE}"].proved == (fact,)


@pytest.mark.parametrize("fact", sorted({fact for _, fact in OF_JAPAN}))
def test_what_was_never_granted_does_not_open_it(record, monkeypatch, fact):
    rested(monkeypatch)
    del record.states["licence:L14"]
    assert codes(notify, record, *CERTIFIED, facts={fact: True}) == ["licence-missing"]


@pytest.mark.parametrize(("kind", "fact"), OF_JAPAN)
@pytest.mark.parametrize("how", LOST)
@pytest.mark.parametrize("act", ACTS)
def test_what_is_lost_later_stops_the_next_act_until_it_holds_again(record, kind, fact, how, act):
    opened(record, kind, fact)
    before, tell = ACTS[act]
    before(record)
    kept = {name: msgspec.json.encode(state) for name, state in record.states.items() if not name.startswith("licence")}
    granted(record, kind, **LOST[how])
    assert codes(tell, record)[0] in ("licence-suspended", "licence-over", "licence-scope")
    assert kept == {
        name: msgspec.json.encode(state) for name, state in record.states.items() if not name.startswith("licence")
    }, "nothing is written to the case"
    (problem,) = standing.of(case(record), on("2025-11-20")).stopped
    assert problem.params.get("number") == "No. 7"
    assert standing.of(case(record), on("2025-11-20")).word == "held"
    granted(record, kind)
    assert standing.of(case(record), on("2025-11-20")).stopped == ()
    tell(record)


def test_a_load_that_may_not_be_taken_can_be_refused(record):
    opened(record, "jpn-art15-recycler", "recycler_certified")
    ACTS["receive"][0](record)
    granted(record, "jpn-art15-recycler", **LOST["suspended"])
    assert codes(receive, record, BAG) == ["licence-suspended", "refuse-it"]
    receive(record, BAG | {"accepted": False, "reason": "The certificate is suspended"})
    assert movement(record).status == "refused"


def test_a_licence_that_fell_between_claim_and_record_proves_nothing(record):
    opened(record, "jpn-art15-recycler", "recycler_certified")
    ACTS["depart"][0](record)
    day = on("2025-11-19")
    record.now = day + timedelta(minutes=5)
    granted(record, "jpn-art15-recycler", over_on=day + timedelta(minutes=1), reason="Fraud")
    assert codes(depart, record, ("B1", KG), at=day) == ["licence-over"]
    granted(record, "jpn-art15-recycler", since=day + timedelta(minutes=1))
    assert codes(depart, record, ("B1", KG), at=day) == ["licence-over"]


@pytest.mark.parametrize("fact", sorted(ABOUT_LAW))
def test_a_fact_on_which_nothing_rests_is_the_exporters_word(record, monkeypatch, fact):
    monkeypatch.setattr(law, "rests_on", lambda given, facts, day: False)
    if own_kinds(fact, "JPN"):
        assert codes(notify, record, *CERTIFIED, facts={fact: True}) == ["licence-missing"]
        return
    notify(record, *CERTIFIED, facts={fact: True, "hazardous": "unknown"})
    state = case(record)
    said = resting.said(state, state.verdict.question, state.resting)
    assert {(one.fact, one.said_by, one.licence) for one in said} == {
        (fact, "exporter", ""),
        ("hazardous", "exporter", ""),
    }


def test_what_is_proved_says_by_which_licence(record):
    opened(record, "jpn-art15-recycler", "recycler_certified")
    state = case(record)
    (said,) = resting.said(state, state.verdict.question, state.resting)
    assert (said.said_by, said.licence) == ("record", "L7")


def test_a_notification_claims_no_proof_that_it_does_not_have(record):
    granted(record, "jpn-art15-recycler")
    assert codes(on_fact, record, "recycler_certified", proved=()) == ["proved"]
    assert codes(on_fact, record, "recycler_certified", proved=("hazardous", "recycler_certified")) == ["proved"]


@pytest.mark.parametrize("who", [EXPORTER, IMPORTER, SMELTER])
@pytest.mark.parametrize("act", ["plan", "change", "depart"])
def test_nothing_leaves_for_who_has_closed(record, who, act):
    opened(record, "jpn-art15-recycler", "recycler_certified")
    before, tell = ACTS[act]
    before(record)
    record.states[who] = replace(record.states[who], closed_on=on("2025-11-01"))
    assert "closed" in codes(tell, record)


def test_what_is_under_way_can_end_where_exporter_and_importer_have_closed(record):
    opened(record, "jpn-art15-recycler", "recycler_certified")
    ACTS["receive"][0](record)
    for who in (EXPORTER, IMPORTER, CARRIER):
        record.states[who] = replace(record.states[who], closed_on=on("2025-11-25"))
    receive(record, BAG)
    assert movement(record).status == "received"


def test_a_closed_facility_takes_nothing(record):
    opened(record, "jpn-art15-recycler", "recycler_certified")
    ACTS["receive"][0](record)
    record.states[PLANT] = replace(record.states[PLANT], closed_on=on("2025-11-25"))
    assert codes(receive, record, BAG) == ["closed", "refuse-it"]


def test_a_closed_carrier_no_longer_leaves_though_the_document_names_it(record):
    opened(record, "jpn-art15-recycler", "recycler_certified")
    ACTS["depart"][0](record)
    record.states[CARRIER] = replace(record.states[CARRIER], closed_on=on("2025-11-01"))
    assert codes(depart, record, ("B1", KG), actor=EXPORTER) == ["closed"]


@pytest.mark.parametrize("kind", [kind for kind in kinds_proving(CARRIER_FACT) if licence_kinds()[kind].economy])
@pytest.mark.parametrize("how", [None, "suspended", "lapsed", "revoked", "out of scope"])
@pytest.mark.parametrize("act", ["plan", "change", "depart"])
def test_where_a_carriers_own_law_licenses_it_only_a_licensed_one_carries(record, kind, how, act):
    opened(record, "jpn-art15-recycler", "recycler_certified")
    economy = licence_kinds()[kind].economy
    record.states[CARRIER] = replace(record.states[CARRIER], economy=economy)
    held = LicenceState(holder=CARRIER, kind=kind, number="No. 8", since=START)
    record.states["licence:L8"] = held
    with_it = {"carrier_licences": ("L8",)}
    tell = {
        "plan": lambda: plan(record, ("B1", KG), **with_it),
        "change": lambda: change(record, **with_it),
        "depart": lambda: depart(record, ("B1", KG)),
    }[act]
    if act != "plan":
        plan(record, ("B1", KG), **with_it)
    if how is None:
        del record.states["licence:L8"]
    else:
        record.states["licence:L8"] = replace(held, **LOST[how])
    expected = {None: "missing", "suspended": "suspended", "out of scope": "scope"}.get(how, "over")
    assert f"licence-{expected}" in codes(tell)
    record.states["licence:L8"] = held
    tell()


def test_a_carrier_without_a_licence_carries_where_no_law_on_file_gives_one(record):
    opened(record, "jpn-art15-recycler", "recycler_certified")
    plan(record, ("B1", KG))
    assert codes(plan, record, ("B2", KG), carrier_licences=("L7",)) == ["licence"]


def for_tonnes(record, kg, per):
    granted(record, "jpn-art15-recycler", scopes=(ScopeSpan(START, Scope(grams=kg * KG, per=per)),))


@pytest.mark.parametrize(("per", "kg", "opens"), [("year", 6_000, True), ("year", 5_999, False), ("month", 1, True),
                                                  ("term", 11_999, False), ("", 11_999, False)])  # fmt: skip
def test_a_case_asks_for_no_more_than_its_licence_is_for(record, per, kg, opens):
    for_tonnes(record, kg, per)
    if opens:
        on_fact(record, "recycler_certified")
    else:
        assert codes(on_fact, record, "recycler_certified") == ["licence-tonnes"]


@pytest.mark.parametrize("act", ["plan", "depart"])
def test_no_movement_is_more_than_its_licence_is_for(record, act):
    opened(record, "jpn-art15-recycler", "recycler_certified")
    before, tell = ACTS[act]
    before(record)
    record.states["licence:L7"] = replace(
        record.states["licence:L7"], scopes=(ScopeSpan(START, Scope(grams=KG - 1, per="month")),)
    )
    assert codes(tell, record) == ["licence-tonnes"]
    record.states["licence:L7"] = replace(
        record.states["licence:L7"], scopes=(ScopeSpan(START, Scope(grams=KG, per="month")),)
    )
    tell(record)


def test_what_all_cases_plan_under_a_licence_counts_together(record):
    """Every way in which a quantity is used and given back, in its period, and by another case too."""
    opened(record, "jpn-art15-recycler", "recycler_certified")

    def quantity(grams, per="month"):
        licence = record.states["licence:L7"]
        record.states["licence:L7"] = replace(licence, scopes=(ScopeSpan(START, Scope(grams=grams, per=per)),))

    def used():
        state = record.states.get("use:L7")
        return dict(state.grams) if state else {}

    quantity(3 * KG)
    record.states["use:L7"] = LicenceUseState(grams={"2025-11": KG})
    plan(record, ("B1", KG))
    assert used() == {"2025-11": 2 * KG}
    with pytest.raises(MeguriError) as caught:
        plan(record, ("B2", KG), ("B3", KG))
    (problem,) = caught.value.problems
    assert problem.code == "licence-tonnes"
    assert {name: problem.params[name] for name in ("most", "used", "left", "asked")} == {
        "most": "3.000", "used": "2.000", "left": "1.000", "asked": "2.000"
    }  # fmt: skip
    # December has a quantity of its own; a change moves what is counted, a departure too.
    plan(record, ("B2", KG), ("B3", KG), planned_on=date(2025, 12, 1))
    change(record, planned_on=date(2025, 12, 2))
    assert used() == {"2025-11": KG, "2025-12": 3 * KG}
    quantity(2 * KG)
    assert codes(change, record, name="M2", planned_on=date(2025, 11, 30)) == ["licence-tonnes"]
    quantity(3 * KG)
    depart(record, ("B1", KG), name="M1")
    # Varied to less than was planned under it, nothing more leaves or is taken on it.
    quantity(KG)
    assert codes(receive, record, BAG)[0] == "licence-tonnes"
    quantity(3 * KG)
    receive(record, {**BAG, "accepted": False, "reason": "Not boards"})
    assert used() == {"2025-11": KG, "2025-12": 2 * KG}
    cancel(record, name="M2")
    assert used() == {"2025-11": KG}


@pytest.mark.parametrize("act", ["plan", "change", "depart", "cancel"])
def test_an_act_cannot_leave_out_on_what_it_counts(record, act):
    opened(record, "jpn-art15-recycler", "recycler_certified")
    licence = record.states["licence:L7"]
    record.states["licence:L7"] = replace(licence, scopes=(ScopeSpan(START, Scope(grams=9 * KG, per="term")),))
    if act != "plan":
        plan(record, ("B1", KG))
    left = {
        "plan": lambda: plan(record, ("B1", KG), uses=()),
        "change": lambda: change(record, uses=(), freed=("L7",)),
        "depart": lambda: depart(record, ("B1", KG), uses=(), freed=("L7",)),
        "cancel": lambda: cancel(record, freed=()),
    }
    assert codes(left[act]) == ["uses"]


@pytest.mark.parametrize(("kind", "fact"), OF_JAPAN)
@pytest.mark.parametrize("said", [None, True])
def test_a_permit_on_record_cannot_be_left_out(record, monkeypatch, kind, fact, said):
    """What a holder was granted its own state says: an act that names none of it is refused, as one that names it."""
    monkeypatch.setattr(law, "turns_on", lambda given, which, day: which == fact)
    granted(record, kind, **LOST["suspended"])
    who = holder(kind)
    record.states[who] = replace(record.states[who], granted=(GrantedLicence("L7", kind),))
    facts = {} if said is None else {fact: said}
    assert "left-out" in codes(notify, record, *CERTIFIED, facts=facts)
    assert "licence-suspended" in codes(notify, record, *CERTIFIED, facts=facts, licences=("L7",))
    granted(record, kind)
    assert "left-out" in codes(notify, record, *CERTIFIED, facts=facts)
    notify(record, *CERTIFIED, facts=facts, licences=("L7",))
    # Nor when the case is to rest on others.
    record.states["licence:L8"] = replace(record.states["licence:L7"], kind="weeelabex")
    assert "left-out" in [one.code for one in refused(record, rest_on(record, "L8"))]


def refused(record, body):
    with pytest.raises(MeguriError) as caught:
        record.say(EXPORTER, "consent.rest", body, claimed=on("2025-10-06"))
    return caught.value.problems


def test_a_carriers_permit_cannot_be_left_out(record):
    opened(record, "jpn-art15-recycler", "recycler_certified")
    record.states["licence:L9"] = LicenceState(
        holder=CARRIER, kind="waste-carriage", number="C-1", since=START, **LOST["suspended"]
    )
    company = record.states[CARRIER]
    record.states[CARRIER] = replace(company, granted=(GrantedLicence("L9", "waste-carriage"),))
    assert codes(plan, record, ("B1", KG)) == ["licence-missing"]
    assert codes(plan, record, ("B1", KG), carrier_licences=("L9",)) == ["licence-suspended"]


# Authorities that nobody has admitted.

CLERK = "organisation:clerk"
LETTER = Scan(reference="DOE/7", dated=date(2025, 10, 20), name="doe-7.pdf", sha256="a" * 64)


@pytest.fixture
def paper(record):
    """A record where Malaysia's authority is not admitted, and the operator keeps a clerk."""
    record.states[CLERK] = replace(record.states[DOE], names={"en": "Clerk"})
    del record.states[DOE]
    return record


def test_an_authority_that_is_not_on_record_stops_the_notification_and_says_what_to_do(paper):
    with pytest.raises(Refused) as caught:
        notify(paper, *CERTIFIED)
    (problem,) = caught.value.problems
    assert (problem.code, problem.pointer) == ("not-admitted", "/on_paper/mys-doe")
    assert "Invite it" in problem.say()
    assert "on paper" in problem.say()


@pytest.mark.parametrize("clerk", [EXPORTER, IMPORTER, SMELTER, "organisation:nobody", CARRIER])
def test_no_party_and_nobody_without_the_office_is_its_clerk(paper, clerk):
    assert codes(notify, paper, *CERTIFIED, on_paper=(PaperTrack("mys-doe", clerk),)) == ["clerk"]


def test_who_answers_itself_is_not_asked_on_paper(record):
    record.states[CLERK] = replace(record.states[DOE], names={"en": "Clerk"})
    given = (PaperTrack("mys-doe", CLERK),)
    assert codes(notify, record, *CERTIFIED, on_paper=given) == ["admitted"]


def enter(record, actor, track, transition, at, **more):
    """Say a step on the day on which it is taken down."""
    record.now = at
    return step(record, actor, track, transition, at, **more)


def test_a_clerk_enters_what_it_says_with_the_scan_and_it_is_marked(paper):
    notify(paper, *CERTIFIED, on_paper=(PaperTrack("mys-doe", CLERK),))
    early = replace(LETTER, dated=date(2025, 10, 6))
    assert codes(enter, paper, CLERK, "mys-doe.export", "check", on("2025-10-06")) == ["scan"]
    for wrong in (replace(early, dated=date(2025, 9, 1)), replace(early, dated=date(2026, 1, 1))):
        assert codes(enter, paper, CLERK, "mys-doe.export", "check", on("2025-10-06"), scan=wrong) == ["order"]
    enter(paper, CLERK, "mys-doe.export", "check", on("2025-10-06"), scan=early)
    enter(paper, CLERK, "mys-doe.export", "transmit", on("2025-10-08"), scan=early)
    enter(paper, CLERK, "mys-doe.export", "consent", on("2025-10-20"), scan=LETTER)
    track = case(paper).track("mys-doe.export")
    assert track.standing == "granted"
    assert [(one.by, one.scan.reference) for one in track.entered][-1] == (CLERK, "DOE/7")
    assert [one.act for one in track.entered] == [point.act for point in track.points if point.actor == CLERK]


def test_nobody_else_enters_a_scan_or_anothers_track(paper):
    notify(paper, *CERTIFIED, on_paper=(PaperTrack("mys-doe", CLERK),))
    with pytest.raises(NotAllowed):
        enter(paper, EXPORTER, "mys-doe.export", "check", on("2025-10-06"), scan=LETTER)
    enter(paper, CLERK, "mys-doe.export", "check", on("2025-10-06"), scan=replace(LETTER, dated=date(2025, 10, 6)))
    enter(paper, CLERK, "mys-doe.export", "transmit", on("2025-10-08"), scan=replace(LETTER, dated=date(2025, 10, 6)))
    with pytest.raises(MeguriError):
        enter(paper, CLERK, "jpn-moej.import", "consent", on("2025-10-20"), scan=LETTER)
    assert codes(enter, paper, MOEJ, "jpn-moej.import", "consent", on("2025-10-20"), scan=LETTER) == ["scan"]
