"""A lot that the exporter sent to the smelter's neighbour, sampled for both: what tests of assays begin with."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from cast import EXPORTER, NOW, PENANG, bag, cast, collect, dispatch, organisation, receive

from meguri.custody.assays import acts, results, settling
from meguri.custody.assays.guards import laying
from meguri.custody.assays.states import (
    AssayedElement,
    PayableTerm,
    ReductionStep,
    SamplingWitness,
    SealedPart,
)
from meguri.movement.states import LotMass
from meguri.registry.states import Identifier, RoleSpan

KG = 1000
BOARDS = "circuit-boards"
SELLER_LAB, BUYER_LAB, UMPIRE, TWIN = (f"organisation:{name}" for name in ("quartz", "basalt", "granite", "twin"))
LAB_NAMES = {SELLER_LAB: "Quartz Assay", BUYER_LAB: "Basalt Testing", UMPIRE: "Granite Umpires", TWIN: "Quartz Assay"}
NAMES = {PENANG: "Penang Dismantling", EXPORTER: "Straits Trading"}
SALT = {"seller": "11" * 16, "buyer": "22" * 16}
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def named(name, economy="MYS", *roles, **more):
    from msgspec.structs import replace

    return replace(organisation(economy, *roles, **more), names={"en": name})


def sold(record=None):
    """1,000 kg of boards, sent by Penang and weighed by the exporter, who buys them; laboratories on record."""
    record = record or cast()
    record.states[PENANG] = named(NAMES[PENANG], "MYS", "dismantler")
    record.states[EXPORTER] = named(NAMES[EXPORTER], "MYS", "exporter", "collector")
    for who, name in LAB_NAMES.items():
        record.states[who] = named(name)
    collect(record, PENANG, "B", 1000 * KG, BOARDS)
    dispatch(record, PENANG, "S1", EXPORTER, ("B", 1000 * KG))
    receive(record, EXPORTER, "R1", bag("B", 1000 * KG))
    return record


def parts(*whose):
    return tuple(SealedPart(f"SEAL-{one}", one, 200) for one in whose or ("seller", "buyer", "umpire", "reserve"))


def drawing(**changes):
    fields = {
        "sample": "S", "lots": (LotMass("B", 1000 * KG),), "facility": "exporter", "material": "e-scrap",
        "seller": PENANG, "buyer": EXPORTER, "umpire": UMPIRE, "method": "Grab, quartered", "increments": 40,
        "top_size_um": 10_000, "reduction": (ReductionStep(2000, 50 * KG, 5 * KG), ReductionStep(150, 5 * KG, 800)),
        "witnesses": (SamplingWitness(PENANG, "Seller's own"),), "moisture_ppb": 20_000_000,
        "moisture_sd_ppb": 1_000_000, "ignition_ppb": 250_000_000, "sampling_rsd_ppb": 40_000_000,
        "preparation_rsd_ppb": 30_000_000, "parts": parts(),
        "terms": (PayableTerm("Au", 970_000_000), PayableTerm("Cu", 960_000_000)), "days": 45,
    }  # fmt: skip
    return acts.DrawSample(**fields | changes)


def draw(record, actor=EXPORTER, claimed=None, **changes):
    return record.say(actor, "custody.sample", drawing(**changes), claimed)


def found(cu=200_000_000, au=150_000, method="icp", **more):
    return (
        AssayedElement("Au", au, more.get("au_sd", 4000), "fire-assay"),
        AssayedElement("Cu", cu, more.get("cu_sd", 2_800_000), method),
    )


def commitment(side, result, dry=True):
    return hashlib.sha256(bytes.fromhex(SALT[side]) + results.text_of(result, dry).encode()).hexdigest()


def lay(record, side, result=None, *, laboratory="", private=None, claimed=None, **changes):
    who, lab = {"seller": (PENANG, SELLER_LAB), "buyer": (EXPORTER, BUYER_LAB)}[side]
    state = record.states["sample:S"]
    body = acts.LayAssay(
        sample="S", lots=state.lots, laboratory=laboratory or lab, seal=changes.pop("seal", f"SEAL-{side}"),
        engaged=changes.pop("engaged", state.engaged), **changes,
    )  # fmt: skip
    kept = {"result": commitment(side, result or found())} if private is None else private
    return record.say(who, "custody.assay", body, claimed, private=kept)


def opening(record, results_by_side, **changes):
    state = record.states["sample:S"]
    opened = tuple(
        acts.OpenedAssay(side=side, salt=SALT[side], found=result) for side, result in results_by_side.items()
    )
    fields = {"sample": "S", "lots": state.lots, "opened": opened}
    fields["limits"] = changes.pop("limits", laying.expected_limits(state, changes.get("opened", opened)))
    return acts.OpenAssays(**fields | changes)


def exchange(record, results_by_side, actor=EXPORTER, claimed=None, **changes):
    return record.say(actor, "custody.exchange", opening(record, results_by_side, **changes), claimed)


def laid(record=None, seller=None, buyer=None):
    """Sampled and laid by both; with what each found."""
    record = sold(record)
    draw(record)
    pair = {"seller": seller or found(), "buyer": buyer or found(cu=204_000_000, au=152_000)}
    for side, result in pair.items():
        lay(record, side, result)
    return record, pair


def exchanged(seller=None, buyer=None, record=None):
    """Sampled, laid by both and opened."""
    record, pair = laid(record, seller, buyer)
    exchange(record, pair)
    return record


def judge(record, result, actor=UMPIRE, **changes):
    state = record.states["sample:S"]
    fields = {
        "sample": "S", "lots": state.lots, "seal": "SEAL-umpire", "engaged": state.engaged, "found": result,
    }  # fmt: skip
    return record.say(actor, "custody.umpire", acts.UmpireAssay(**fields | changes))


def settlement(record, provisional=(), **changes):
    state = record.states["sample:S"]
    wet, dry = settling.totals(state)
    fields = {
        "sample": "S", "lots": state.lots, "provisional": bool(provisional), "found": provisional, "wet_g": wet,
        "dry_g": dry, "elements": settling.provisional(state, provisional) if provisional else settling.final(state),
        "contents": ()
        if provisional
        else tuple(
            acts.LotContents(lot=part.lot, contents=settling.contents_of("S", state, record.states[f"lot:{part.lot}"]))
            for part in state.lots
        ),
    }  # fmt: skip
    return acts.SettleLots(**fields | changes)


def settle(record, actor=EXPORTER, provisional=(), **changes):
    return record.say(actor, "custody.settle", settlement(record, provisional, **changes))


def later(record, days):
    from datetime import timedelta

    record.now = NOW + timedelta(days=days)
    return record.now


def with_number(state, number, scheme="own"):
    from msgspec.structs import replace

    return replace(state, identifiers=(Identifier(scheme, number),))


def roles(*names):
    return tuple(RoleSpan(name, LONG_AGO) for name in names)
