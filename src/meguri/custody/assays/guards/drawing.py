"""What must hold before a sample is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from meguri import reference
from meguri.custody.assays import acts, vocabulary
from meguri.custody.assays.figures import WHOLE
from meguri.custody.assays.guards.common import apart, organisation
from meguri.custody.guards import masses, store
from meguri.custody.states import LotState
from meguri.journal.act import Act, Instants
from meguri.journal.kinds import guard
from meguri.journal.world import World
from meguri.kit.grams import to_kg
from meguri.kit.problems import N_, Conflict, Problem, refuse
from meguri.registry.states import FacilityState

MOST_RSD_PPB = WHOLE // 2


@guard("custody.sample")
def drawn_by_the_holder(world: World, act: Act, body: acts.DrawSample, at: Instants) -> None:
    """The holder samples whole lots of one material at its own site, for itself and who sent them."""
    store.new_id(world, "sample", body.sample, "/body/sample")
    lots = _sampled(world, act, body)
    _parties(world, act, body, lots, at)
    _drawn(body)
    _parts(body)
    _terms(body)


def _sampled(world: World, act: Act, body: acts.DrawSample) -> list[LotState]:
    site = world.get(f"facility:{body.facility}", FacilityState)
    store.own_facility(world, act, body.facility, site.economy if site else "")
    if not body.lots:
        raise refuse(N_("Name at least one lot."), "/body/lots", "empty")
    masses.once([part.lot for part in body.lots], "/body/lots")
    found = []
    for index, part in enumerate(body.lots):
        at = f"/body/lots/{index}"
        lot = store.lot(world, part.lot, f"{at}/lot")
        store.owned(lot, act, part.lot, f"{at}/lot")
        if part.grams != lot.mass_g:
            raise refuse(
                N_("Lot {lot} weighs {mass} kg and is sampled as a whole."),
                f"{at}/grams",
                "whole",
                lot=part.lot,
                mass=to_kg(lot.mass_g),
            )
        if lot.facility != body.facility:
            raise refuse(
                N_("Lot {lot} is at {there}, not at {here}."),
                f"{at}/lot",
                "facility",
                lot=part.lot,
                there=lot.facility or "—",
                here=body.facility,
            )
        if lot.settled_by:
            raise Conflict(
                Problem(
                    N_("Lot {lot} is settled already, by sample {sample}; a settlement is made once."),
                    f"{at}/lot",
                    "settled",
                    {"lot": part.lot, "sample": lot.settled_by},
                )
            )
        found.append(lot)
    streams = {lot.stream for lot in found}
    if len(streams) > 1 or len({lot.previous for lot in found}) > 1:
        raise refuse(
            N_("One sample is of one material, from one sender: {streams}."),
            "/body/lots",
            "mixed",
            streams=", ".join(sorted(streams)),
        )
    known = vocabulary.materials().get(body.material)
    right = vocabulary.material_of(found[0].stream)
    if known is None or body.material not in (right, vocabulary.OTHER):
        raise refuse(
            N_("“{material}” is not what {stream} is assayed as: write {right}."),
            "/body/material",
            "material",
            material=body.material,
            stream=found[0].stream,
            right=right,
        )
    return found


def _parties(world: World, act: Act, body: acts.DrawSample, lots: Sequence[LotState], at: Instants) -> None:
    parties = [one for one in (body.seller, body.buyer) if one]
    if act.actor not in parties:
        raise refuse(
            N_("Who draws the sample is the seller or the buyer: write {name} on its side."),
            "/body/buyer",
            "party",
            name=act.actor,
        )
    sender = lots[0].previous
    if sender and act.actor == body.buyer and body.seller not in ("", sender):
        raise refuse(N_("The lot came from {sender}; no other is its seller."), "/body/seller", "seller", sender=sender)
    if len(parties) == 1:
        if body.umpire:
            raise refuse(
                N_("Where one side alone takes part there is nothing to judge: leave the umpire out."),
                "/body/umpire",
                "umpire",
            )
        return
    text = N_("{name} and {other} are one: seller and buyer are two.")
    apart(world, body.seller, [body.buyer], "/body/seller", text, at)
    organisation(world, body.buyer, "/body/buyer", at)
    text = N_("{name} is {other}, one of the parties. Name an umpire that is neither a party nor its laboratory.")
    apart(world, body.umpire, parties, "/body/umpire", text, at)
    for index, one in enumerate(body.witnesses):
        organisation(world, one.organisation, f"/body/witnesses/{index}/organisation", at)


def _drawn(body: acts.DrawSample) -> None:
    for name, value, least, most in (
        ("increments", body.increments, 1, 1_000_000),
        ("top_size_um", body.top_size_um, 1, 10_000_000),
        ("moisture_ppb", body.moisture_ppb, 0, WHOLE - 1),
        ("moisture_sd_ppb", body.moisture_sd_ppb, 0, WHOLE // 10),
        ("ignition_ppb", body.ignition_ppb or 0, 0, WHOLE),
        ("sampling_rsd_ppb", body.sampling_rsd_ppb, 1, MOST_RSD_PPB),
        ("preparation_rsd_ppb", body.preparation_rsd_ppb, 1, MOST_RSD_PPB),
    ):
        if not least <= value <= most:
            raise refuse(
                N_("{value} cannot be here: write a whole number from {least} to {most}."),
                f"/body/{name}",
                "range",
                value=value,
                least=least,
                most=most,
            )
    if body.days != vocabulary.days():
        raise refuse(
            N_("Results are delivered within {days} days of sealing."), "/body/days", "days", days=vocabulary.days()
        )
    for index, step in enumerate(body.reduction):
        if not (0 < step.to_g <= step.from_g and step.below_um > 0):
            raise refuse(
                N_("A step divides a mass into a part of it, and says how fine it was: {from_g} g to {to_g} g."),
                f"/body/reduction/{index}",
                "reduction",
                from_g=step.from_g,
                to_g=step.to_g,
            )
    for index, (before, after) in enumerate(pairwise(body.reduction), 1):
        if after.from_g > before.to_g or after.below_um > before.below_um:
            raise refuse(
                N_("A later step begins with no more than the one before left, and no coarser."),
                f"/body/reduction/{index}",
                "reduction",
            )


def _parts(body: acts.DrawSample) -> None:
    seals: set[str] = set()
    for index, part in enumerate(body.parts):
        if not part.seal.strip() or part.seal in seals or part.grams < 1:
            raise refuse(
                N_("Each sealed part has a seal of its own and weighs at least a gram: “{seal}”, {grams} g."),
                f"/body/parts/{index}",
                "seal",
                seal=part.seal,
                grams=part.grams,
            )
        seals.add(part.seal)
    both = bool(body.seller and body.buyer)
    needed: set[str] = {"seller", "buyer", "umpire", "reserve"} if both else {"seller" if body.seller else "buyer"}
    allowed = needed if both else needed | {"reserve"}
    held: list[str] = [part.whose for part in body.parts]
    missing = sorted(needed - set(held))
    if missing or set(held) - allowed or any(held.count(one) > 1 for one in needed - {"reserve"}):
        raise refuse(
            N_("One part is sealed for each of: {needed}."),
            "/body/parts",
            "parts",
            needed=", ".join(sorted(needed)),
        )
    total = sum(part.grams for part in body.parts)
    left = body.reduction[-1].to_g if body.reduction else sum(part.grams for part in body.lots)
    if total > left:
        raise refuse(
            N_("The parts weigh {total} g; only {left} g were left to be divided."),
            "/body/parts",
            "parts",
            total=total,
            left=left,
        )


def _terms(body: acts.DrawSample) -> None:
    seen: set[str] = set()
    for index, term in enumerate(body.terms):
        if term.element not in reference.elements() or term.element in seen or not 0 <= term.share_ppb <= WHOLE:
            raise refuse(
                N_("A term names an element once, and pays from 0 to 100 % of it (1,000,000,000 ppb): {element}."),
                f"/body/terms/{index}",
                "term",
                element=term.element,
            )
        seen.add(term.element)
