"""Claims of recycled content: no account below zero at any instant, no gram claimed twice, nothing upward."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from cast import PENANG, SMELTER, cast, dispatch, organisation, transform
from certified_cast import BOARDS, KG, lot, melt
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from meguri.custody import acts as custody_acts
from meguri.custody.claims import acts, marks, vocabulary
from meguri.custody.claims.states import MILLION, AccountKey, ClaimAccountState, MeasuredFactor
from meguri.custody.states import Booking, LotClaim, LotState
from meguri.kit.problems import Conflict, MeguriError, NotFound, Refused
from meguri.movement.states import Content, LotMass

START = datetime(2025, 11, 1, 3, tzinfo=UTC)
COPPER = AccountKey("copper", "Cu", "iso-14021", "mass_balance_credit", "")
BUYER = "organisation:selangor"


def arrived(record, name, grams, ppb=1_000_000_000, basis="exchanged", origin="MYS", movement="M1"):
    """A lot that came from somebody else, with an assay of its copper."""
    content = Content(element="Cu", ppb=ppb, sd_ppb=0, basis=basis, source="laboratory", confidence="derived")
    record.states[f"lot:{name}"] = LotState(
        stream="copper-granules", mass_g=grams, made_g=grams, holder=SMELTER, origin=origin, economy="JPN", made_by="R",
        made_at=record.now, facility="smelter", previous=PENANG, came_from=f"S-{name}", movement=movement,
        contents=(content,),
    )  # fmt: skip


def metal(record, name, grams, stream="element:Cu"):
    """Metal that lies at the smelter."""
    record.states[f"lot:{name}"] = LotState(
        stream=stream, mass_g=grams, made_g=grams, holder=SMELTER, origin="JPN", economy="JPN", made_by="SM",
        made_at=record.now, facility="smelter",
    )  # fmt: skip


def say(record, kind, body, actor=SMELTER, claimed=None):
    return record.say(actor, f"custody.{kind}", body, claimed=claimed, rooms=("meguri.custody",))


def charge(record):
    """A charge of the period before: 9,500 g of 10,000 g."""
    record.now = START - timedelta(days=20)
    arrived(record, "OLD", 10 * KG)
    melt(record, "S0", [("OLD", 10 * KG)], ("CU0", "element:Cu", 9_500))
    record.now = START
    return (acts.MeasuredCharge("S0", ("OLD",), "CU0"),)


def account(record, name="A1", key=COPPER, factor=950_000, actor=SMELTER, **more):
    given = {
        "begins": date(2025, 11, 1),
        "ends": date(2026, 1, 31),
        "charges": (acts.MeasuredCharge("S0", ("OLD",), "CU0"),),
        "measured": MeasuredFactor(9_500, 10_000),
        "facility": "smelter",
        **more,
    }
    say(record, "open_account", acts.OpenAccount(account=name, key=key, factor_ppm=factor, **given), actor)


def book(record, *lots, account="A1", source="post_consumer", contained=None, **more):
    told = tuple(acts.BookedLot(name, grams, grams if contained is None else contained, source) for name, grams in lots)
    say(record, "book", acts.BookArrivals(account=account, lots=told), **more)


def claim(record, name, *lots, account="A1", **more):
    claimed, actor = more.pop("claimed", None), more.pop("actor", SMELTER)
    given = {"number": f"N-{name}", "said_on": record.now.date(), **more}
    parts = tuple(LotMass(*part) for part in lots)
    say(record, "claim", acts.ClaimContent(claim=name, account=account, lots=parts, **given), actor, claimed)


def why(kind, call, *arguments, **more):
    with pytest.raises(kind) as caught:
        call(*arguments, **more)
    return caught.value.problems[0].code


def balance(record, name="A1"):
    return record.states[f"content:{name}"].balance_g


@pytest.fixture
def record():
    made = cast()
    charge(made)
    return made


@pytest.fixture
def running(record):
    """An account of credits by a factor of 0.95, with 20 kg of copper in store to claim of."""
    account(record)
    metal(record, "CU", 20 * KG)
    return record


def test_credits_are_used_and_never_more_than_there_are(running):
    # The worked figures of the rule: 9,500; 3,500; 8,250; and 9,000 would leave it 750 below nothing.
    arrived(running, "A", 10 * KG)
    book(running, ("A", 10 * KG))
    assert balance(running) == 9_500
    claim(running, "C1", ("CU", 6_000))
    assert balance(running) == 3_500
    arrived(running, "B", 5 * KG)
    book(running, ("B", 5 * KG))
    assert balance(running) == 8_250
    assert why(Conflict, claim, running, "C2", ("CU", 9_000)) == "negative"
    claim(running, "C2", ("CU", 8_250))
    assert balance(running) == 0
    assert why(Conflict, claim, running, "C3", ("CU", 1)) == "negative"


def test_a_gram_is_booked_once_over_all_accounts_and_schemes(running):
    account(running, "A2", replace(COPPER, scheme="ISCC PLUS"))
    arrived(running, "A", 10 * KG)
    book(running, ("A", 6 * KG))
    assert why(Conflict, book, running, ("A", 4 * KG + 1), account="A2") == "booked"
    book(running, ("A", 4 * KG), account="A2")
    assert why(Conflict, book, running, ("A", 1)) == "booked"
    # What is booked stays with the material, through sorting too, and does not leave.
    transform(
        running,
        SMELTER,
        "P",
        "packing",
        [("A", 10 * KG)],
        [("A1", "copper-granules", 7 * KG), ("A2", "copper-granules", 3 * KG)],
    )
    assert marks.booked_g(lot(running, "A1")) + marks.booked_g(lot(running, "A2")) == 10 * KG
    assert why(Refused, book, running, ("A1", 1)) == "arrived"
    running.states["organisation:other"] = organisation("JPN", "smelter")
    assert why(Conflict, dispatch, running, SMELTER, "D", "organisation:other", ("A1", 7 * KG)) == "booked"


def test_a_gram_is_claimed_once_over_all_accounts_and_schemes(running):
    account(running, "A2", replace(COPPER, model="book_and_claim"))
    arrived(running, "A", 40 * KG)
    book(running, ("A", 20 * KG))
    book(running, ("A", 20 * KG), account="A2")
    claim(running, "C1", ("CU", 15 * KG))
    assert why(Conflict, claim, running, "C2", ("CU", 5 * KG + 1), account="A2") == "claimed"
    claim(running, "C2", ("CU", 5 * KG - 1), account="A2")
    assert why(Conflict, claim, running, "C1", ("CU", 1), account="A2") == "exists"
    claim(running, "C3", account="A2", grams=1000)
    assert why(Refused, claim, running, "C4", grams=1000) == "empty"
    assert why(Refused, claim, running, "C4", ("CU", 1), account="A2", grams=1) == "grams"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"key": replace(COPPER, element="Au")}, "group"),
        ({"key": replace(COPPER, group="gold")}, "group"),
        ({"key": replace(COPPER, definition="eu-batteries-art8")}, "definition"),
        ({"key": replace(COPPER, definition="own")}, "definition"),
        ({"key": replace(COPPER, model="trust me")}, "model"),
        ({"ends": date(2025, 10, 31)}, "period"),
        ({"ends": date(2026, 2, 1)}, "period"),
        ({"factor": 950_001}, "factor"),
        ({"factor": -1}, "factor"),
        ({"carried_g": 1}, "carried"),
        ({"measured": MeasuredFactor(10_000, 10_000)}, "measured"),
        ({"charges": (), "measured": MeasuredFactor(0, 0)}, "factor"),
        ({"charges": (acts.MeasuredCharge("S0", (), "CU0"),)}, "charge"),
        ({"charges": (acts.MeasuredCharge("S0", ("OLD",), "OLD"),)}, "charge"),
        ({"begins": date(2025, 9, 1), "ends": date(2025, 9, 2)}, "charge"),
        ({"facility": "penang"}, "unknown-facility"),
    ],
)
def test_an_account_is_of_what_it_can_be_of(record, changes, code):
    assert why((Refused, NotFound), account, record, **changes) == code


def test_accounts_of_one_kind_never_overlap(running):
    later = {"begins": date(2026, 1, 31), "ends": date(2026, 3, 1)}
    assert why(Conflict, account, running, "A2", **later) == "overlap"
    account(running, "A2", replace(COPPER, scheme="other"), **later)
    assert why(MeguriError, account, running, "A3", actor=PENANG) == "role"


def test_a_factor_is_never_better_than_what_was_measured_last(running):
    arrived(running, "A", 10 * KG)
    book(running, ("A", 10 * KG))
    melt(running, "S1", [("A", 10 * KG)], ("CU1", "element:Cu", 9_000))
    charges = (acts.MeasuredCharge("S1", ("A",), "CU1"),)
    close = acts.CloseAccount(account="A1", charges=charges, measured=MeasuredFactor(9_000, 10_000), digest="a" * 64)
    assert why(Conflict, say, running, "close_account", close) == "early"
    running.now = datetime(2026, 2, 2, tzinfo=UTC)
    assert why(Conflict, claim, running, "C", ("CU", 1)) == "period"
    for changes, code in (({"digest": "x"}, "digest"), ({"measured": MeasuredFactor(1, 1)}, "measured")):
        assert why(Refused, say, running, "close_account", replace(close, **changes)) == code
    say(running, "close_account", close)
    assert why(Conflict, claim, running, "C", ("CU", 1)) == "closed"
    after = {"begins": date(2026, 2, 1), "ends": date(2026, 4, 1), "charges": (), "measured": MeasuredFactor(0, 0)}
    assert why(Refused, account, running, "A2", factor=900_001, follows="A1", **after) == "factor"
    assert why(Refused, account, running, "A2", factor=900_000, follows="A1", carried_g=9_501, **after) == "carried"
    assert why(Refused, account, running, "A2", replace(COPPER, scheme="x"), factor=1, follows="A1", **after) == (
        "follows"
    )
    account(running, "A2", factor=900_000, follows="A1", carried_g=9_500, **after)
    assert balance(running, "A2") == 9_500
    again = {**after, "begins": date(2026, 5, 1), "ends": date(2026, 5, 2)}
    assert why(Refused, account, running, "A3", factor=1, follows="A1", **again) == "follows"


@pytest.mark.parametrize("basis", ["assay", "declared", "prior", "on-file"])
def test_a_claim_rests_on_an_assay_alone(running, basis):
    arrived(running, "A", 10 * KG, basis=basis)
    assert why(Refused, book, running, ("A", 10 * KG)) == "evidence"


def test_only_what_arrived_counts_and_as_its_assay_says(running):
    arrived(running, "A", 10 * KG, ppb=200_000_000)
    assert why(Refused, book, running, ("A", 10 * KG)) == "contained"
    assert why(Refused, book, running, ("A", 10 * KG), contained=2 * KG, source="hearsay") == "source"
    assert why(NotFound, book, running, ("A", 1), account="none") == "unknown-account"
    book(running, ("A", 5 * KG), contained=1 * KG)
    # What counts by no definition is in the account's share and gives no credit.
    book(running, ("A", 5 * KG), contained=1 * KG, source="other")
    state = running.states["content:A1"]
    assert (state.balance_g, state.contained_g, state.share_ppm) == (950, 2 * KG, 500_000)
    running.states["lot:H"] = replace(lot(running, "A"), previous="", came_from="", booked=())
    assert why(Refused, book, running, ("H", 1), contained=0) == "arrived"


def test_nothing_is_booked_or_claimed_before_what_was_said_last(running):
    arrived(running, "A", 10 * KG)
    running.now = START + timedelta(days=2)
    book(running, ("A", KG))
    earlier = running.now - timedelta(minutes=1)
    assert why(Conflict, book, running, ("A", KG), claimed=earlier) == "order"
    assert why(Conflict, claim, running, "C", ("CU", 1), claimed=earlier) == "order"


def test_a_claim_is_of_the_accounts_own_metal(running):
    arrived(running, "A", 10 * KG)
    book(running, ("A", 10 * KG))
    metal(running, "AU", KG, "element:Au")
    assert why(Refused, claim, running, "C", ("AU", 1)) == "group"
    running.states["lot:FAR"] = replace(lot(running, "CU"), facility="elsewhere")
    assert why(Refused, claim, running, "C", ("FAR", 1)) == "facility"
    assert why(Refused, claim, running, "C", ("CU", 1), number=" ") == "required"
    assert why(Refused, claim, running, "C", ("CU", 1), said_on=date(2025, 10, 31)) == "period"
    assert why(Refused, claim, running, "C", ("CU", 1), said_on=date(2025, 11, 2)) == "period"
    assert why(NotFound, claim, running, "C", ("CU", 1), actor=PENANG) == "unknown-account"


def test_by_the_rolling_average_every_output_may_say_the_share_and_no_more(record):
    account(record, key=replace(COPPER, model="mass_balance_rolling"))
    metal(record, "CU", 10 * KG)
    arrived(record, "A", 3 * KG)
    arrived(record, "B", 7 * KG)
    book(record, ("A", 3 * KG))
    book(record, ("B", 7 * KG), source="other")
    assert record.states["content:A1"].share_ppm == 300_000
    metal(record, "CU2", KG)
    assert why(Conflict, claim, record, "C", ("CU2", 301)) == "share"
    claim(record, "C", ("CU2", 300))
    assert why(Conflict, claim, record, "C2", ("CU2", 1)) == "share"
    # In all no more than what the eligible input gave.
    assert why(Conflict, claim, record, "C2", ("CU", 3_000)) == "negative"
    claim(record, "C2", ("CU", 2_550))


def physical(record, model, *inputs):
    account(record, "P", replace(COPPER, model=model), factor=0)
    for name, grams, booked in inputs:
        arrived(record, name, grams)
        if booked:
            book(record, (name, booked), account="P")
    total = sum(grams for _, grams, _ in inputs)
    melt(record, "SM", [(name, grams) for name, grams, _ in inputs], ("OUT", "element:Cu", total // 2))


def test_by_a_physical_model_the_charge_held_nothing_else(record):
    physical(record, "segregated", ("A", 10 * KG, 10 * KG), ("B", 10 * KG, 9 * KG))
    named = {"account": "P", "charge": "SM", "inputs": ("A", "B")}
    assert why(Refused, claim, record, "C", ("OUT", 1), **named) == "mixed"
    assert why(Refused, claim, record, "C", ("OUT", 1), **{**named, "inputs": ("A",)}) == "charge"
    assert why(Refused, claim, record, "C", ("OUT", 1), account="P") == "charge"


def test_segregated_metal_is_claimed_whole_and_once(record):
    physical(record, "segregated", ("A", 10 * KG, 10 * KG), ("B", 10 * KG, 10 * KG))
    named = {"account": "P", "charge": "SM", "inputs": ("A", "B")}
    claim(record, "C", ("OUT", 10 * KG), **named)
    assert why(Conflict, claim, record, "C2", ("OUT", 1), **named) == "claimed"
    assert (balance(record, "P"), record.states["content:P"].claimed_g) == (0, 10 * KG)


def test_identity_is_of_one_origin(record):
    physical(record, "identity_preserved", ("A", 10 * KG, 10 * KG), ("B", 10 * KG, 10 * KG))
    named = {"account": "P", "charge": "SM", "inputs": ("A", "B")}
    for changes in ({"origin": "THA"}, {"movement": "M2"}):
        before = lot(record, "B")
        record.states["lot:B"] = replace(before, **changes)
        assert why(Refused, claim, record, "C", ("OUT", 1), **named) == "mixed"
        record.states["lot:B"] = before
    claim(record, "C", ("OUT", 10 * KG), **named)


def test_a_blend_holds_the_share_that_went_in(record):
    physical(record, "controlled_blending", ("A", 3 * KG, 3 * KG), ("B", 7 * KG, 0))
    named = {"account": "P", "charge": "SM", "inputs": ("A", "B")}
    assert why(Conflict, claim, record, "C", ("OUT", 1_501), **named) == "share"
    claim(record, "C", ("OUT", 1_500), **named)
    arrived(record, "D", KG)
    assert why(Refused, book, record, ("D", 1), account="P", source="other") == "source"


def test_nothing_moves_upward(running):
    arrived(running, "A", 10 * KG)
    book(running, ("A", 10 * KG))
    claim(running, "C1", ("CU", KG))
    assert lot(running, "CU").chain == "mass_balance_credit"
    melt(running, "CAST", [("CU", 20 * KG)], ("BAR", "element:Cu", 20 * KG))
    assert lot(running, "BAR").chain == "mass_balance_credit"
    running.states["lot:BAR"] = replace(lot(running, "BAR"), previous=PENANG)
    account(running, "P", replace(COPPER, model="segregated"), factor=0)
    running.states["lot:BAR"] = replace(
        lot(running, "BAR"),
        contents=(Content(element="Cu", ppb=10**9, sd_ppb=0, basis="assay", source="x", confidence="derived"),),
    )
    assert why(Refused, book, running, ("BAR", KG), account="P") == "upward"
    ranks = [one.rank for one in vocabulary.models().values()]
    assert ranks == sorted(ranks, reverse=True)


def transfer(record, name, becomes, to=BUYER, actor=SMELTER, number="T", claimed=None):
    body = acts.TransferClaim(claim=name, becomes=becomes, number=number, to=to)
    say(record, "transfer", body, actor, claimed)


def retire(record, name, actor=SMELTER, beneficiary="A carmaker"):
    say(record, "retire", acts.RetireClaim(claim=name, beneficiary=beneficiary), actor)


def test_a_transfer_ends_the_sellers_claim_and_retiring_is_final(running):
    arrived(running, "A", 10 * KG)
    book(running, ("A", 10 * KG))
    claim(running, "C1", ("CU", KG))
    running.states["organisation:gone"] = organisation("JPN", "smelter", closed_on=START)
    for to, code in ((SMELTER, "receiver"), ("organisation:none", "receiver"), ("organisation:gone", "closed")):
        assert why(Refused, transfer, running, "C1", "C2", to) == code
    assert why(Refused, transfer, running, "C1", "C2", number="") == "required"
    assert why(NotFound, transfer, running, "C1", "C2", actor=BUYER, to=SMELTER) == "unknown-claim"
    assert why(Conflict, transfer, running, "C1", "C2", claimed=START - timedelta(days=1)) == "before"
    transfer(running, "C1", "C2")
    old, new = running.states["claim:C1"], running.states["claim:C2"]
    assert (old.in_force, old.successor, new.in_force, new.follows, new.origin) == (False, "C2", True, "C1", "C1")
    assert (new.holder, new.grams, new.index) == (BUYER, KG, running.entries[-1].number)
    assert why(Conflict, transfer, running, "C1", "C3") == "transferred"
    assert why(Conflict, retire, running, "C1") == "transferred"
    assert why(Refused, retire, running, "C2", BUYER, " ") == "required"
    retire(running, "C2", BUYER)
    assert why(Conflict, retire, running, "C2", BUYER) == "retired"
    assert why(Conflict, transfer, running, "C2", "C3", SMELTER, BUYER) == "retired"


def test_a_correction_leaves_what_is_booked_and_claimed(running):
    arrived(running, "A", 10 * KG)
    book(running, ("A", 10 * KG))
    arrived(running, "B", 10 * KG)
    melt(running, "SM", [("B", 10 * KG)], ("OUT", "element:Cu", 9_010))
    claim(running, "C1", ("OUT", 9 * KG))

    def correct(name, grams):
        body = custody_acts.Correct(
            event=f"K{grams}", lot=name, was_g=lot(running, name).mass_g, grams=grams, reason="x", corrects="SM"
        )
        say(running, "correct", body)

    assert why(Conflict, correct, "OUT", 9 * KG - 1) == "claimed"
    correct("OUT", 9 * KG)


def test_every_model_and_definition_says_its_source_and_its_words():
    for one in (*vocabulary.models().values(), *vocabulary.definitions().values(), *vocabulary.groups().values()):
        assert one.source
        assert one.confidence
    for name, model in vocabulary.models().items():
        said = model.wording.en.lower()
        if model.kind == "account":
            assert "made from" not in said, name
            assert "contains" not in said, name
            assert "holds" not in said, name


@settings(deadline=None, max_examples=80)
@given(st.lists(st.tuples(st.sampled_from(["book", "claim", "other"]), st.integers(1, 4000)), max_size=25))
def test_no_account_is_ever_below_nothing_and_no_gram_is_claimed_twice(steps):
    record = cast()
    charge(record)
    account(record)
    metal(record, "CU", 6 * KG)
    arrived(record, "A", 9 * KG)
    for number, (what, grams) in enumerate(steps):
        record.now += timedelta(minutes=1)
        try:
            if what == "claim":
                claim(record, f"C{number}", ("CU", grams))
            else:
                book(record, ("A", grams), source="other" if what == "other" else "pre_consumer")
        except MeguriError:
            pass
        state = record.states["content:A1"]
        assert isinstance(state, ClaimAccountState)
        assert state.balance_g >= 0
        assert marks.claimed_g(lot(record, "CU")) == state.claimed_g <= 6 * KG
        assert marks.booked_g(lot(record, "A")) <= 9 * KG
        assert state.credited_g <= sum(state.eligible_g.values()) * 950_000 // MILLION


@given(
    st.lists(st.tuples(st.integers(1, 10**6), st.integers(0, 100), st.integers(1, 100)), min_size=1, max_size=4),
    st.lists(st.integers(1, 10**6), min_size=1, max_size=4),
    st.booleans(),
)
def test_what_is_booked_is_handed_on_to_the_gram(lots, outputs, recovers):
    parts = []
    for grams, booked, taken in lots:
        own = (Booking("A", grams * booked // 100),) if grams * booked // 100 else ()
        state = LotState(
            stream=BOARDS, mass_g=grams, made_g=grams, holder=SMELTER, origin="MYS", economy="JPN", made_by="E",
            made_at=START, booked=own, claims=(LotClaim("C", 1, "segregated"),), chain="segregated",
        )  # fmt: skip
        parts.append((state, max(1, grams * taken // 100)))
    names = [str(n) for n in range(len(parts))]
    stream = "element:Cu" if recovers else BOARDS
    found = marks.through(names, parts, [(stream, grams) for grams in outputs])
    before = sum(marks.booked_g(state) for state, _ in parts)
    after = [*found.left, *found.outputs, found.event]
    assert before == sum(part.grams for row in after for part in row)
    assert found.chain == "segregated"
    for (state, taken), left in zip(parts, found.left, strict=True):
        assert 0 <= sum(part.grams for part in left) <= state.mass_g - taken
