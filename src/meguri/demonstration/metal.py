"""The story's end: metal, certificate, trace, and the journal held against the checkpoint kept from before."""

from __future__ import annotations

from django.http import HttpRequest

from meguri.consent import services as consent
from meguri.consent.states import Made
from meguri.custody import services as custody
from meguri.demonstration.telling import Telling, Told
from meguri.journal import verification
from meguri.kit.problems import N_, Conflict, Problem
from meguri.kit.web import share
from meguri.kit.words import Words


def smelt(telling: Telling) -> Told:
    """The smelter melts the accepted bags, by its assay or the figures on file."""
    made = custody.smelt(
        telling.who("smelter"),
        telling.recall("accepted"),
        assay=telling.scenario.smelting.assay or None,
        claimed=telling.at,
    )
    metals = {element: custody.lot(lot).mass_g for element, lot in made.metals.items()}
    telling.keep(
        smelting=made.event,
        metals=dict(made.metals),
        recovered_g=metals,
        slag_g=custody.lot(made.by_stream["slag"]).mass_g if "slag" in made.by_stream else 0,
        smelting_loss_g=made.loss_g,
    )
    said = ", ".join(f"{element} {grams / 1000:.3f} kg" for element, grams in metals.items())
    gold = made.metals.get("Au") or next(iter(made.metals.values()))
    return Told(f"/lots/{gold}", Words(said, said))


def certify(telling: Telling) -> Told:
    """The smelter certifies recovery, and the movement is done."""
    made = [
        Made(lot, element, telling.recall("recovered_g")[element]) for element, lot in telling.recall("metals").items()
    ]
    consent.certify(
        telling.who("smelter"),
        telling.recall("movement"),
        made,
        event=telling.recall("smelting"),
        recovered_on=telling.scenario.dates.smelted,
        claimed=telling.at,
    )
    return Told(f"/cases/{telling.recall('case')}/movements/{telling.recall('movement')}")


def complete(telling: Telling) -> Told:
    """The exporter closes the case."""
    consent.complete(telling.who("exporter"), telling.recall("case"), claimed=telling.at)
    return Told(f"/cases/{telling.recall('case')}")


def follow(telling: Telling) -> Told:
    """A link lets anyone follow the gold back to both yards."""
    metals = telling.recall("metals")
    gold = metals.get("Au") or next(iter(metals.values()))
    link = share.make("trace", f"lot:{gold}", HttpRequest(), 366)
    telling.keep(share=link.token, gold=gold)
    return Told(f"/share/{link.token}")


def audit(telling: Telling) -> Told:
    """The auditor holds the journal against the checkpoint kept before the receipt."""
    report = verification.verify(against=telling.recall("checkpoint"))
    if not report.intact:
        raise Conflict(Problem(N_("The journal does not agree with the checkpoint that was kept."), "", "journal"))
    return Told("/journal/", Words(f"{report.acts} acts, intact", f"{report.acts}件の行為、改変なし"))
