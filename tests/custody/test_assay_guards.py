"""Guard by guard: what is refused of samples, assays, exchange, umpire and settlement, and what would be right."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from assay_cast import (
    BUYER_LAB,
    KG,
    SALT,
    SELLER_LAB,
    TWIN,
    UMPIRE,
    commitment,
    draw,
    drawing,
    exchange,
    exchanged,
    found,
    judge,
    later,
    lay,
    named,
    parts,
    settle,
    sold,
    with_number,
)
from cast import EXPORTER, NOW, PENANG, SELANGOR, SMELTER, bag, collect, dispatch, elements_said, receive, transform
from msgspec.structs import replace

from meguri.custody import acts as custody_acts
from meguri.custody.assays import acts
from meguri.custody.assays.states import (
    AssayedElement,
    PayableTerm,
    ReductionStep,
    SamplingWitness,
    SealedPart,
    SplitLimit,
)
from meguri.kit.problems import Conflict, NotAllowed, NotFound, Refused
from meguri.movement.states import Content, LotMass
from tests_support import use_clock


@pytest.fixture(autouse=True)
def present():
    use_clock(lambda: NOW)
    yield
    use_clock(None)


@pytest.fixture
def record():
    return sold()


@pytest.fixture
def sampled(record):
    draw(record)
    return record


@pytest.fixture
def opened():
    return exchanged()


@pytest.fixture
def disputed():
    """Copper agrees; on gold the two lie 20 % apart."""
    return exchanged(buyer=found(au=183_000))


def said(kind, tell, *args, **changes):
    with pytest.raises(kind) as caught:
        tell(*args, **changes)
    return [(problem.pointer, problem.code) for problem in caught.value.problems]


def test_a_sample_is_drawn_laid_opened_and_settled(opened):
    settle(opened)
    state, lot = opened.states["sample:S"], opened.states["lot:B"]
    assert [(one.element, one.ppb, one.basis) for one in state.agreed] == [
        ("Au", 151_000, "exchanged"),
        ("Cu", 202_000_000, "exchanged"),
    ]
    assert (state.settled.wet_g, state.settled.dry_g) == (1_000_000, 980_000)
    gold = next(one for one in lot.contents if one.element == "Au")
    assert (gold.ppb, gold.basis, gold.source) == (147_980, "exchanged", "sample:S")
    assert lot.settled_by == "S"
    # What was not assayed stands as on file.
    assert {one.basis for one in lot.contents} == {"exchanged", "on-file"}
    assert sum(one.ppb for one in lot.contents) <= 10**9


@pytest.mark.parametrize(
    ("changes", "answer"),
    [
        ({"moisture_ppb": -1}, ("/body/moisture_ppb", "range")),
        ({"moisture_ppb": 10**9}, ("/body/moisture_ppb", "range")),
        ({"moisture_sd_ppb": -1}, ("/body/moisture_sd_ppb", "range")),
        ({"ignition_ppb": -1}, ("/body/ignition_ppb", "range")),
        ({"ignition_ppb": 10**9 + 1}, ("/body/ignition_ppb", "range")),
        ({"increments": 0}, ("/body/increments", "range")),
        ({"top_size_um": 0}, ("/body/top_size_um", "range")),
        ({"sampling_rsd_ppb": 0}, ("/body/sampling_rsd_ppb", "range")),
        ({"preparation_rsd_ppb": 0}, ("/body/preparation_rsd_ppb", "range")),
        ({"days": 44}, ("/body/days", "days")),
        ({"lots": ()}, ("/body/lots", "empty")),
        ({"lots": (LotMass("B", 999 * KG),)}, ("/body/lots/0/grams", "whole")),
        ({"lots": (LotMass("B", 1000 * KG), LotMass("B", 1000 * KG))}, ("/body/lots/1/lot", "twice")),
        ({"material": "pgm-catalyst"}, ("/body/material", "material")),
        ({"material": "boards"}, ("/body/material", "material")),
        ({"seller": SELANGOR}, ("/body/seller", "seller")),
        ({"buyer": SMELTER}, ("/body/buyer", "party")),
        ({"umpire": PENANG}, ("/body/umpire", "same-organisation")),
        ({"umpire": EXPORTER}, ("/body/umpire", "same-organisation")),
        ({"umpire": ""}, ("/body/umpire", "organisation")),
        ({"umpire": "granite"}, ("/body/umpire", "organisation")),
        ({"umpire": "organisation:nobody"}, ("/body/umpire", "organisation")),
        ({"witnesses": (SamplingWitness("organisation:nobody"),)}, ("/body/witnesses/0/organisation", "organisation")),
        ({"parts": parts("seller", "buyer", "reserve")}, ("/body/parts", "parts")),
        ({"parts": (*parts(), SealedPart("SEAL-2", "buyer", 1))}, ("/body/parts", "parts")),
        ({"parts": (*parts(), SealedPart("SEAL-buyer", "reserve", 1))}, ("/body/parts/4", "seal")),
        ({"parts": (*parts(), SealedPart("  ", "reserve", 1))}, ("/body/parts/4", "seal")),
        ({"parts": (*parts(), SealedPart("SEAL-5", "reserve", 0))}, ("/body/parts/4", "seal")),
        ({"parts": (*parts(), SealedPart("SEAL-5", "reserve", 1))}, ("/body/parts", "parts")),
        ({"reduction": (ReductionStep(2000, 5, 50),)}, ("/body/reduction/0", "reduction")),
        ({"reduction": (ReductionStep(150, 50, 5), ReductionStep(200, 5, 1))}, ("/body/reduction/1", "reduction")),
        ({"reduction": (ReductionStep(150, 50, 5), ReductionStep(150, 6, 1))}, ("/body/reduction/1", "reduction")),
        ({"terms": (PayableTerm("Au", 10**9 + 1),)}, ("/body/terms/0", "term")),
        ({"terms": (PayableTerm("Au", 1), PayableTerm("Au", 1))}, ("/body/terms/1", "term")),
        ({"terms": (PayableTerm("Xx", 1),)}, ("/body/terms/0", "term")),
    ],
)
def test_what_no_sample_is(record, changes, answer):
    assert said(Refused, draw, record, **changes) == [answer]


def test_only_the_holder_samples(record):
    assert said(NotFound, draw, record, SELANGOR) == [("/body/facility", "unknown-facility")]
    record.states["facility:exporter"] = replace(record.states["facility:exporter"], organisation=PENANG)
    assert said(NotAllowed, draw, record, PENANG) == [("/body/lots/0/lot", "holder")]


def test_a_lot_somewhere_else_is_not_sampled_here(record):
    record.states["facility:second"] = record.states["facility:exporter"]
    assert said(Refused, draw, record, facility="second") == [("/body/lots/0/lot", "facility")]


def test_one_sample_is_of_one_material_from_one_sender(record):
    collect(record, EXPORTER, "O", 500 * KG, "circuit-boards")
    lots = (LotMass("B", 1000 * KG), LotMass("O", 500 * KG))
    assert said(Refused, draw, record, lots=lots) == [("/body/lots", "mixed")]


def test_one_side_alone_has_no_umpire(record):
    assert said(Refused, draw, record, seller="", parts=parts("buyer")) == [("/body/umpire", "umpire")]
    assert said(Refused, draw, record, seller="", umpire="", parts=parts()) == [("/body/parts", "parts")]


def test_two_names_of_one_party_are_one(record):
    """By a number that both have, or by a name that is likely one; numbers that differ tell them apart."""
    record.states[UMPIRE] = named("Straits Trading Sdn Bhd")
    assert said(Refused, draw, record) == [("/body/umpire", "same-organisation")]
    for who, number in ((UMPIRE, "1"), (EXPORTER, "2")):
        record.states[who] = with_number(record.states[who], number)
    draw(record)
    other = sold()
    for who in (UMPIRE, PENANG):
        other.states[who] = with_number(other.states[who], "7")
    assert said(Refused, draw, other) == [("/body/umpire", "same-organisation")]


def test_a_party_that_closed_takes_no_part(record):
    record.states[PENANG] = replace(record.states[PENANG], closed_on=NOW)
    assert said(Refused, draw, record) == [("/body/seller", "closed")]


@pytest.mark.parametrize("laboratory", [BUYER_LAB, UMPIRE, EXPORTER, TWIN])
def test_no_laboratory_works_twice_or_for_the_other_side(sampled, laboratory):
    """The other side's, the umpire, the other side itself, and the other side's under a second name."""
    theirs = SELLER_LAB if laboratory == TWIN else BUYER_LAB
    sampled.states[theirs] = replace(sampled.states[theirs])
    if laboratory == TWIN:
        lay(sampled, "seller")
        assert said(Refused, lay, sampled, "buyer", laboratory=TWIN) == [("/body/laboratory", "same-organisation")]
    else:
        lay(sampled, "buyer")
        assert said(Refused, lay, sampled, "seller", laboratory=laboratory) == [
            ("/body/laboratory", "same-organisation")
        ]


def test_three_assays_by_one_laboratory_under_two_names_are_refused_by_its_number(sampled):
    for who in (SELLER_LAB, BUYER_LAB, UMPIRE):
        sampled.states[who] = with_number(sampled.states[who], "55")
    assert said(Refused, lay, sampled, "seller") == [("/body/laboratory", "same-organisation")]
    sampled.states[UMPIRE] = with_number(sampled.states[UMPIRE], "56")
    lay(sampled, "seller")
    assert said(Refused, lay, sampled, "buyer") == [("/body/laboratory", "same-organisation")]


def test_a_party_may_have_a_laboratory_of_its_own(sampled):
    lay(sampled, "buyer", laboratory=EXPORTER)
    assert sampled.states["sample:S"].laid("buyer").laboratory == EXPORTER


def test_who_takes_part_is_named_whole(sampled):
    lay(sampled, "buyer")
    assert said(Refused, lay, sampled, "seller", engaged=(PENANG, EXPORTER)) == [("/body/engaged", "engaged")]


def test_a_part_that_was_not_sealed_is_not_assayed(sampled):
    for seal in ("SEAL-seller", "SEAL-umpire", "", "other"):
        assert said(Refused, lay, sampled, "buyer", seal=seal) == [("/body/seal", "seal")]
    lay(sampled, "buyer", seal="SEAL-reserve")
    assert said(Refused, lay, sampled, "seller", seal="SEAL-reserve") == [("/body/seal", "seal-used")]


def test_results_are_closed_until_both_are_laid(sampled):
    assert said(Refused, lay, sampled, "buyer", private={}) == [("/private", "commitment")]
    assert said(Refused, lay, sampled, "buyer", found=found()) == [("/body/found", "commitment")]
    assert said(Refused, lay, sampled, "buyer", dry=False) == [("/body", "dry"), ("/body", "empty")]
    lay(sampled, "buyer")
    assert sampled.states["sample:S"].laid("buyer").found == ()


def test_others_have_no_sample(sampled):
    body = acts.LayAssay(
        sample="S", lots=(LotMass("B", 1000 * KG),), laboratory=SELLER_LAB, seal="SEAL-seller", engaged=()
    )
    with pytest.raises(NotFound):
        sampled.say(SELANGOR, "custody.assay", body)
    with pytest.raises(NotFound):
        exchange(sampled, {}, SELANGOR)
    with pytest.raises(NotFound):
        settle(sampled, SELANGOR)
    with pytest.raises(NotFound):
        judge(sampled, found(), SELANGOR)


def test_a_lot_that_changed_since_is_not_assayed(sampled):
    transform(sampled, EXPORTER, "E", "sorting", [("B", 1 * KG)], [("N", "circuit-boards", 1 * KG)])
    assert said(Conflict, lay, sampled, "buyer") == [("/body/lots/0", "changed")]


def test_a_lot_that_changed_since_is_neither_opened_judged_nor_settled(opened, disputed):
    for record in (opened, disputed):
        transform(record, EXPORTER, "E", "sorting", [("B", 1 * KG)], [("N", "circuit-boards", 1 * KG)])
    assert said(Conflict, settle, opened) == [("/body/lots/0", "changed")]
    assert said(Conflict, judge, disputed, found(au=170_000)) == [("/body/lots/0", "changed")]


def test_lots_of_another_sample_are_refused(opened):
    assert said(Refused, settle, opened, lots=(LotMass("B", 1),), contents=()) == [("/body/lots", "lots")]


def test_nothing_is_opened_that_was_not_laid_so(sampled):
    pair = {"seller": found(), "buyer": found()}
    assert said(Refused, exchange, sampled, {}) == [("/body/opened", "sides")]
    for side, result in pair.items():
        lay(sampled, side, result)
    assert said(Refused, exchange, sampled, {"buyer": found()}) == [("/body/opened", "sides")]
    assert said(Refused, exchange, sampled, {"seller": found(), "buyer": found(au=150_001)}) == [
        ("/body/opened/1", "commitment")
    ]
    salty = tuple(acts.OpenedAssay(side=side, salt="zz", found=found()) for side in pair)
    assert said(Refused, exchange, sampled, pair, opened=salty) == [("/body/opened/0", "commitment")]
    assert said(Refused, exchange, sampled, pair, limits=()) == [("/body/limits", "limits")]
    wide = (SplitLimit("Au", 10**9, True), SplitLimit("Cu", 10**9, True))
    assert said(Refused, exchange, sampled, pair, limits=wide) == [("/body/limits", "limits")]
    exchange(sampled, pair)
    assert said(Conflict, exchange, sampled, pair) == [("/body/sample", "opened")]
    assert said(Conflict, lay, sampled, "buyer") == [("/body/sample", "opened")]


def test_one_side_binds_alone_only_once_the_date_has_passed(sampled):
    lay(sampled, "buyer")
    assert said(Refused, exchange, sampled, {"buyer": found()}) == [("/body/opened", "waits")]
    later(sampled, 44)
    assert said(Refused, exchange, sampled, {"buyer": found()}) == [("/body/opened", "waits")]
    now = later(sampled, 45)
    assert said(Refused, exchange, sampled, {"buyer": found()}, claimed=now - timedelta(minutes=5)) == [
        ("/body/opened", "waits")
    ]
    exchange(sampled, {"buyer": found()}, claimed=now)
    assert {one.basis for one in sampled.states["sample:S"].agreed} == {"one-sided"}


def test_only_the_node_says_that_a_result_was_not_kept_and_only_late(sampled):
    for side in ("seller", "buyer"):
        lay(sampled, side)
    one = {"buyer": found()}
    assert said(Refused, exchange, sampled, one, "organisation:node") == [("/body/opened", "sides")]
    now = later(sampled, 45)
    assert said(Refused, exchange, sampled, one, claimed=now) == [("/body/opened", "sides")]
    assert said(Refused, exchange, sampled, {}, "organisation:node", claimed=now) == [("/body/opened", "sides")]
    exchange(sampled, one, "organisation:node", claimed=now)
    assert {each.basis for each in sampled.states["sample:S"].agreed} == {"one-sided"}


def test_a_result_that_cannot_be_holds_nobody_up_for_ever(sampled):
    """Who committed to nonsense has delivered nothing, once the date has passed; until then it may lay another."""
    nonsense = (AssayedElement("Au", 2 * 10**9, 1, "fire-assay"),)
    lay(sampled, "seller", nonsense)
    lay(sampled, "buyer")
    pair = {"seller": nonsense, "buyer": found()}
    assert said(Refused, exchange, sampled, pair, limits=()) == [("/body/opened/0/found/0/ppb", "content")]

    def both(void_buyer=False):
        return (
            acts.OpenedAssay(side="seller", salt=SALT["seller"], found=nonsense, void=True),
            acts.OpenedAssay(side="buyer", salt=SALT["buyer"], found=found(), void=void_buyer),
        )

    assert said(Refused, exchange, sampled, pair, opened=both()) == [("/body/opened", "waits")]
    now = later(sampled, 45)
    assert said(Refused, exchange, sampled, pair, opened=both(True), claimed=now) == [("/body/opened/1/void", "void")]
    exchange(sampled, pair, opened=both(), claimed=now)
    state = sampled.states["sample:S"]
    assert {one.basis for one in state.agreed} == {"one-sided"}
    assert state.laid("seller").void


@pytest.mark.parametrize(
    ("result", "answers"),
    [
        ((AssayedElement("Au", 10**9 + 1, 1, "fire-assay"),), [("/0/ppb", "content")]),
        ((AssayedElement("Au", -1, 1, "fire-assay"),), [("/0/ppb", "content")]),
        ((AssayedElement("Au", 6 * 10**8, 10**7, "icp"), AssayedElement("Cu", 5 * 10**8, 10**7, "icp")), [
            ("", "content")
        ]),
        ((AssayedElement("Au", 150_000, 0, "fire-assay"),), [("/0/sd_ppb", "uncertainty")]),
        ((AssayedElement("Au", 150_000, -1, "fire-assay"),), [("/0/sd_ppb", "uncertainty")]),
        # In per cent of the value, where the value is in parts per billion: units mixed.
        ((AssayedElement("Au", 150_000, 27_000_000, "fire-assay"),), [("/0/sd_ppb", "uncertainty")]),
        ((AssayedElement("Xx", 1, 1, "icp"),), [("/0/element", "element")]),
        ((AssayedElement("Au", 1, 1, "icp"), AssayedElement("Au", 1, 1, "icp")), [("/1/element", "twice")]),
        ((AssayedElement("Au", 1, 1, "nose"),), [("/0/method", "method")]),
        ((AssayedElement("Au", 1, 1, "xrf"),), [("/0/method", "not-for-settlement")]),
        ((), [("", "empty")]),
    ],
)  # fmt: skip
def test_what_no_assay_is(record, result, answers):
    draw(record, seller="", umpire="", parts=parts("buyer"))
    assert said(Refused, lay, record, "buyer", private={}, found=result) == [
        (f"/body/found{where}", code) for where, code in answers
    ]


def test_one_side_alone_says_it_at_once_and_is_one_sided(record):
    draw(record, seller="", umpire="", parts=parts("buyer"))
    lay(record, "buyer", private={}, found=found())
    settle(record)
    gold = next(one for one in record.states["lot:B"].contents if one.element == "Au")
    assert (gold.basis, gold.confidence) == ("one-sided", "derived")


def test_the_umpire_settles_what_is_in_dispute(disputed):
    assert disputed.states["sample:S"].disputed == ("Au",)
    assert said(Conflict, settle, disputed) == [("/body/sample", "disputed")]
    judge(disputed, found(au=170_000))
    settle(disputed)
    agreed = {one.element: one for one in disputed.states["sample:S"].agreed}
    assert (agreed["Au"].ppb, agreed["Au"].basis, agreed["Au"].further) == (170_000, "umpire", "seller")
    assert agreed["Cu"].basis == "exchanged"


def test_what_no_umpire_does(disputed, opened):
    assert said(Conflict, judge, opened, found()) == [("/body/sample", "no-dispute")]
    assert said(NotAllowed, judge, disputed, found(), EXPORTER) == [("/actor", "umpire")]
    assert said(Refused, judge, disputed, found(au=170_000), seal="SEAL-buyer") == [("/body/seal", "seal")]
    assert said(Refused, judge, disputed, found(au=170_000), engaged=(UMPIRE,)) == [("/body/engaged", "engaged")]
    assert said(Refused, judge, disputed, found(au=170_000)[1:]) == [("/body/found", "disputed")]
    # Grams a tonne written as per cent, and the other way.
    for wrong in (17_000_000, 17):
        assert said(Refused, judge, disputed, found(au=wrong, au_sd=1)) == [("/body/found/0/ppb", "unit")]
    disputed.states[UMPIRE] = with_number(disputed.states[UMPIRE], "9")
    disputed.states[BUYER_LAB] = with_number(disputed.states[BUYER_LAB], "9")
    assert said(Refused, judge, disputed, found(au=170_000)) == [("/actor", "same-organisation")]


def test_a_settlement_says_what_follows(opened):
    right = opened.states["sample:S"]
    assert right.opened_at is not None
    for changes in ({"wet_g": 1}, {"dry_g": 1_000_000}):
        assert said(Refused, settle, opened, **changes) == [("/body/dry_g", "mass")]
    assert said(Refused, settle, opened, elements=()) == [("/body/elements", "figures")]
    assert said(Refused, settle, opened, contents=()) == [("/body/contents", "figures")]
    assert said(Refused, settle, opened, found=found()) == [("/body/contents", "figures")]


def test_a_second_settlement_is_refused(opened):
    settle(opened, PENANG)
    assert said(Conflict, settle, opened) == [("/body/sample", "settled")]
    assert said(Conflict, draw, opened, sample="S2") == [("/body/lots/0/lot", "settled")]


def test_two_samples_of_one_lot_do_not_settle_twice(record):
    draw(record, seller="", umpire="", parts=parts("buyer"))
    body = drawing(sample="S2", seller="", umpire="", parts=parts("buyer"))
    record.say(EXPORTER, "custody.sample", body)
    lay(record, "buyer", private={}, found=found())
    settle(record)
    record.states["sample:S"] = replace(
        record.states["sample:S2"], assays=record.states["sample:S"].assays, agreed=record.states["sample:S"].agreed,
        opened_at=NOW,
    )  # fmt: skip
    assert said(Conflict, settle, record) == [("/body/lots", "settled")]


def test_provisional_figures_bind_nobody_and_may_be_by_xrf(sampled):
    assert said(Conflict, settle, sampled) == [("/body/provisional", "not-exchanged")]
    settle(sampled, provisional=found(method="xrf"))
    state = sampled.states["sample:S"]
    assert state.provisional.provisional
    assert state.settled is None
    assert {one.basis for one in state.provisional.elements} == {"declared"}
    assert sampled.states["lot:B"].contents == ()
    settle(sampled, provisional=found(cu=190_000_000))
    pair = {"seller": found(), "buyer": found()}
    for side in pair:
        lay(sampled, side)
    exchange(sampled, pair)
    settle(sampled)
    assert said(Conflict, settle, sampled, provisional=found()) == [("/body/sample", "settled")]


def test_whoever_buys_it_next_settles_anew(opened):
    settle(opened)
    dispatch(opened, EXPORTER, "S2", PENANG, ("B", 1000 * KG))
    receive(opened, PENANG, "R2", bag("B", 1000 * KG))
    assert opened.states["lot:B"].settled_by == ""


def test_evidence_is_not_claimed(opened):
    """A new lot's contents rest on a settlement only where what it is made of has them so."""
    settled = Content(element="Au", ppb=100_000, sd_ppb=1, basis="umpire", source="sample:S", confidence="sourced")
    for basis in ("umpire", "exchanged", "one-sided"):
        with pytest.raises(Refused) as caught:
            collect(opened, PENANG, f"N-{basis}", 5, contents=(replace(settled, basis=basis),))
        assert [(one.pointer, one.code) for one in caught.value.problems] == [("/body/contents/0/basis", "evidence")]
    settle(opened)

    def packed(contents, step="packing", stream="circuit-boards"):
        body = custody_acts.Transform(
            event="P", step=step, facility="exporter", economy="MYS", inputs=(LotMass("B", 1000 * KG),),
            outputs=(custody_acts.Output(lot="P1", stream=stream, grams=1000 * KG, contents=contents),),
        )  # fmt: skip
        return opened.say(EXPORTER, "custody.transform", elements_said(opened, body))

    own = opened.states["lot:B"].contents
    assert said(Refused, packed, (settled,)) == [("/body/outputs/0/contents/0/basis", "evidence")]
    first = next(index for index, one in enumerate(own) if one.basis == "exchanged")
    assert said(Refused, packed, own, "sorting") == [(f"/body/outputs/0/contents/{first}/basis", "evidence")]
    packed(own)
    assert opened.states["lot:P1"].contents == own


def test_a_commitment_is_over_salt_and_canonical_text():
    """As an API client makes it: SHA-256 over the salt's bytes and RFC 8785 text."""
    assert commitment("buyer", (AssayedElement("Au", 1, 2, "icp"),)) == (
        hashlib.sha256(
            bytes.fromhex("22" * 16) + b'{"dry":true,"found":[{"element":"Au","method":"icp","ppb":1,"sd_ppb":2}]}'
        ).hexdigest()
    )
