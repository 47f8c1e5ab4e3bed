"""The kinds of act of a movement. Lots obey them too; the case's account counts them.

Exporter and carriers write the movement, the facility writes its arrival; what the facility said is taken in by the
exporter's node. An act under a case repeats the list of all that the case rests on. `home` names the node that keeps
the movement, where that is not the one on which an act is said.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import msgspec

from meguri import law
from meguri.consent.acts import dossier_subject, verdict_digest
from meguri.journal.act import Act
from meguri.journal.kinds import Kind, define
from meguri.journal.subject import at
from meguri.kit.words import Text
from meguri.movement.states import Bag, Begins, Consigned, CountedUse, LotMass, Made, Permission
from meguri.procedure.states import CourseChange as Follows


class Plan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The exporter plans a movement with its document: what is to be shipped, by whom, from where to where.

    `verdict` is given where no case keeps one; `licences` prove its facts that are `proved`. `carrier_licences` are the
    carrier's, `uses` those of all of them whose quantity is limited. `clearances` are the tracks that open with this
    movement, `there` is the node of the facility, where it is another.
    """

    movement: str
    permission: Permission
    serial: int
    importer: str
    operator: str
    facility: str
    origin: str
    destination: str
    lots: tuple[Consigned, ...]
    stream: str
    carrier: str
    planned_on: date
    begins: Begins
    rests_on: tuple[str, ...] = ()
    clearances: tuple[str, ...] = ()
    port_from: str = ""
    port_to: str = ""
    ports_via: tuple[str, ...] = ()
    km: float = 0.0
    km_source: str = ""
    conveyance: Text = ""
    packages: int = 0
    packaging: str = ""
    verdict: law.Decision | None = None
    licences: tuple[str, ...] = ()
    proved: tuple[str, ...] = ()
    carrier_licences: tuple[str, ...] = ()
    uses: tuple[CountedUse, ...] = ()
    there: str = ""


class Change(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The exporter changes a planned movement: day, ship, carrier, lots. `dropped` are lots that stay behind, `freed`
    licences on whose quantity it counts no longer.
    """

    movement: str
    case: str
    lots: tuple[Consigned, ...]
    dropped: tuple[str, ...]
    carrier: str
    planned_on: date
    change: Follows
    rests_on: tuple[str, ...] = ()
    conveyance: Text = ""
    packages: int = 0
    packaging: str = ""
    reason: Text = ""
    carrier_licences: tuple[str, ...] = ()
    uses: tuple[CountedUse, ...] = ()
    freed: tuple[str, ...] = ()


class Cancel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The exporter calls a planned movement off; tonnes, shipment and lots are free again, and what it counted on of
    the licences `freed`.
    """

    movement: str
    case: str
    lots: tuple[str, ...]
    reason: Text
    change: Follows
    freed: tuple[str, ...] = ()


class MovementStep(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What happens to a movement and changes nothing else: announced, handed over, missing, found.

    `to` is the next carrier where it is handed over, with its `carrier_licences`, `place` where.
    """

    movement: str
    transition: str
    change: Follows
    to: str = ""
    carrier_licences: tuple[str, ...] = ()
    place: Text = ""
    text: Text = ""


class Depart(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The consignment leaves, on the day and in the zone claimed. `event` is the event that custody keeps of it. From
    now on it counts on the quantities of the licences `uses` in the period of that day, and of those `freed` no longer.
    """

    movement: str
    case: str
    event: str
    lots: tuple[LotMass, ...]
    carrier: str
    departed_on: date
    change: Follows
    rests_on: tuple[str, ...] = ()
    place: Text = ""
    uses: tuple[CountedUse, ...] = ()
    freed: tuple[str, ...] = ()


class ReceiveMovement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The facility weighs each lot and takes or refuses it; what it takes becomes its own lots.

    `rests_on` repeats what lets it take anything: itself, the facility, and the licences of case or movement.
    """

    movement: str
    case: str
    sender: str
    event: str
    facility: str
    economy: str
    bags: tuple[Bag, ...]
    begins: Begins
    rests_on: tuple[str, ...] = ()
    place: Text = ""
    home: str = ""
    happened: str = ""


class TakeInArrival(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The exporter's node takes in what the facility said: `of` is the act, `on` what the tables call it.

    Where the arrival is kept `there`, on another node, the weighing is an `event` of custody here too: the exporter's
    lots leave its account by it.
    """

    movement: str
    case: str
    of: str
    on: str
    change: Follows
    bags: tuple[Bag, ...] = ()
    there: str = ""
    event: str = ""
    freed: tuple[str, ...] = ()


class Return(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The exporter has what was refused, or is recalled, carried back."""

    movement: str
    case: str
    event: str
    lots: tuple[LotMass, ...]
    carrier: str
    reason: Text
    change: Follows
    freed: tuple[str, ...] = ()


class TakeBack(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The exporter weighs what came back, at its own facility."""

    movement: str
    case: str
    event: str
    facility: str
    economy: str
    bags: tuple[Bag, ...]
    change: Follows
    happened: str = ""


class Recover(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The facility certifies recovery: what it made of the movement's lots, in which event of custody.

    `paper` is the certificate's own name, `certificate` the number that people read. `treated_g` are the grams accepted
    under the movement that went into the event, or lie in lots certified as `residues`, and that no certificate counted
    before; `contamination_g` of them were found to be something else. `lots` are those that went in as they had
    arrived. `replaces` names a certificate that was revoked, `rests_on` what lets the facility recover anything.
    """

    movement: str
    case: str
    certificate: str
    event: str
    lots: tuple[str, ...]
    made: tuple[Made, ...]
    recovered_on: date
    change: Follows
    home: str = ""
    paper: str = ""
    facility: str = ""
    treated_g: int = 0
    contamination_g: int = 0
    residues: tuple[str, ...] = ()
    replaces: str = ""
    rests_on: tuple[str, ...] = ()


class Revoke(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The facility revokes a certificate of recovery, for reasons of `revocation_reasons.csv`; its number stays used.

    `lots` are those whose grams it had reserved: what it names as made, and its residues.
    """

    movement: str
    case: str
    paper: str
    lots: tuple[str, ...]
    reasons: tuple[str, ...]
    change: Follows
    facility: str = ""
    text: Text = ""
    home: str = ""


Body = (
    Plan
    | Change
    | Cancel
    | MovementStep
    | Depart
    | ReceiveMovement
    | TakeInArrival
    | Return
    | TakeBack
    | Recover
    | Revoke
)


def movement_subject(movement: str, home: str = "") -> str:
    """The subject of a movement; with the node that keeps it, where that is another."""
    return at(f"movement:{movement}", home)


def _own(body: Body) -> list[str]:
    return [f"movement:{body.movement}"]


def _account(case: str) -> list[str]:
    return [f"account:{case}"] if case else []


def _lots(parts: Iterable[LotMass | Consigned | Bag]) -> list[str]:
    return [f"lot:{part.lot}" for part in parts]


def _plan(body: Plan) -> list[str]:
    kept = [f"verdict:{verdict_digest(body.verdict)}"] if body.verdict else []
    return [*_own(body), *_account(body.permission.case), *_lots(body.lots), *kept, *_uses(body.uses)]


def use_subject(licence: str, home: str = "") -> str:
    """The subject that says how much was planned under a licence; with the node that keeps the movement."""
    return at(f"use:{licence}", home)


def _uses(uses: Iterable[CountedUse], freed: Iterable[str] = ()) -> list[str]:
    return [use_subject(name) for name in (*(one.licence for one in uses), *freed)]


def _change(body: Change) -> list[str]:
    return [
        *_own(body),
        *_account(body.case),
        *_lots(body.lots),
        *(f"lot:{lot}" for lot in body.dropped),
        *_uses(body.uses, body.freed),
    ]


def _cancel(body: Cancel) -> list[str]:
    return [*_own(body), *_account(body.case), *(f"lot:{lot}" for lot in body.lots), *_uses((), body.freed)]


def _leave(body: Depart | Return) -> list[str]:
    return [*_own(body), *_account(body.case), f"event:{body.event}", *_lots(body.lots)]


def _depart(body: Depart) -> list[str]:
    return [*_leave(body), *_uses(body.uses, body.freed)]


def _return(body: Return) -> list[str]:
    return [*_leave(body), *_uses((), body.freed)]


def _receive(body: ReceiveMovement) -> list[str]:
    made = [f"lot:{name}" for bag in body.bags for name in (bag.becomes, bag.part) if name]
    return [f"arrival:{body.movement}", f"event:{body.event}", *made, *_scales(body.bags)]


def _scales(bags: Iterable[Bag]) -> list[str]:
    return [f"instrument:{bag.basis.instrument}" for bag in bags if bag.basis.instrument]


def _take_in(body: TakeInArrival) -> list[str]:
    event = [f"event:{body.event}"] if body.event else []
    return [*_own(body), *_account(body.case), *event, *_lots(body.bags), *_uses((), body.freed)]


def _take_back(body: TakeBack) -> list[str]:
    return [*_own(body), f"event:{body.event}", *_lots(body.bags), *_scales(body.bags)]


def certificate_subject(paper: str) -> str:
    """The subject of a certificate."""
    return f"certificate:{paper}"


def treated_subject(facility: str) -> str:
    """The subject that says how much a facility has certified, by year."""
    return f"treated:{facility}"


def _recover(body: Recover) -> list[str]:
    papers = [certificate_subject(paper) for paper in (body.paper, body.replaces) if paper]
    lots = [*(made.lot for made in body.made), *body.residues]
    site = [treated_subject(body.facility)] if body.facility else []
    return [f"arrival:{body.movement}", *papers, *site, *(f"lot:{lot}" for lot in lots)]


def _revoke(body: Revoke) -> list[str]:
    site = [treated_subject(body.facility)] if body.facility else []
    return [
        f"arrival:{body.movement}",
        certificate_subject(body.paper),
        *site,
        *(f"lot:{lot}" for lot in body.lots),
    ]


def _case(case: str) -> list[str]:
    return [f"case:{case}"] if case else []


def _licences(ids: Iterable[str]) -> list[str]:
    return [f"licence:{id}" for id in ids]


def _to_be_shipped(act: Act, body: Plan) -> Iterable[str]:
    parties = [body.carrier, body.importer, body.operator, f"facility:{body.facility}"]
    licences = _licences((*body.licences, *body.carrier_licences))
    return [*_case(body.permission.case), *body.rests_on, *filter(None, parties), *licences]


def _changed(act: Act, body: Change) -> Iterable[str]:
    return [*_case(body.case), *body.rests_on, body.carrier, *_licences(body.carrier_licences)]


def _departing(act: Act, body: Depart) -> Iterable[str]:
    return [*_case(body.case), *body.rests_on, body.carrier]


def _used(rests_on: Iterable[str], home: str = "") -> list[str]:
    return [use_subject(name.partition(":")[2], home) for name in rests_on if name.startswith("licence:")]


def _case_too(act: Act, body: Cancel) -> Iterable[str]:
    return _case(body.case)


def _next_carrier(act: Act, body: MovementStep) -> Iterable[str]:
    return [body.to, *_licences(body.carrier_licences)] if body.to else []


def _sent(act: Act, body: ReceiveMovement) -> Iterable[str]:
    # Another node's lots are not on record here: what its movement says of them is.
    lots = [] if body.home else _lots(body.bags)
    case = [dossier_subject(body.case, body.home)] if body.case else []
    return [
        movement_subject(body.movement, body.home),
        f"facility:{body.facility}",
        *lots,
        *case,
        *body.rests_on,
        *_used(body.rests_on, body.home),
    ]


def _arrived(act: Act, body: TakeInArrival) -> Iterable[str]:
    return [at(f"arrival:{body.movement}", body.there)]


def _carried(act: Act, body: Return) -> Iterable[str]:
    return [body.carrier]


def _site(act: Act, body: TakeBack) -> Iterable[str]:
    return [f"facility:{body.facility}"]


def _certified(act: Act, body: Recover) -> Iterable[str]:
    movement = movement_subject(body.movement, body.home)
    case = [dossier_subject(body.case, body.home)] if body.case else []
    site = [f"facility:{body.facility}"] if body.facility else []
    return [movement, f"event:{body.event}", *case, *site, *body.rests_on]


def _taken_off(act: Act, body: Revoke) -> Iterable[str]:
    return [movement_subject(body.movement, body.home)]


define(Kind(name="movement.plan", version=1, body=Plan, subjects=_plan, reads=_to_be_shipped))
define(Kind(name="movement.change", version=1, body=Change, subjects=_change, reads=_changed))
define(Kind(name="movement.cancel", version=1, body=Cancel, subjects=_cancel, reads=_case_too))
define(Kind(name="movement.step", version=1, body=MovementStep, subjects=_own, reads=_next_carrier))
define(Kind(name="movement.depart", version=1, body=Depart, subjects=_depart, reads=_departing))
define(Kind(name="movement.receive", version=1, body=ReceiveMovement, subjects=_receive, reads=_sent))
define(Kind(name="movement.take_in", version=1, body=TakeInArrival, subjects=_take_in, reads=_arrived))
define(Kind(name="movement.return", version=1, body=Return, subjects=_return, reads=_carried))
define(Kind(name="movement.take_back", version=1, body=TakeBack, subjects=_take_back, reads=_site))
define(Kind(name="movement.recover", version=1, body=Recover, subjects=_recover, reads=_certified))
define(Kind(name="movement.revoke", version=1, body=Revoke, subjects=_revoke, reads=_taken_off))
