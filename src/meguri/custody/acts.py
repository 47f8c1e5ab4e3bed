"""Custody's kinds of act: a lot arises, becomes others, is sent, is weighed on arrival, is put right.

`happened` is when it happened by the clock at the place (``2026-11-29T16:30+09:00``), empty where it is told at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import msgspec

from meguri import law
from meguri.consent.acts import verdict_digest
from meguri.custody.claims import acts as claim_acts  # noqa: F401  (defines the kinds of accounts and claims)
from meguri.custody.states import ElementsOfEvent, Loss, LossBy, WrongWhy
from meguri.journal.act import Act
from meguri.journal.kinds import Kind, define
from meguri.kit.words import Text
from meguri.movement import acts as movement_acts  # noqa: F401  (defines the movement's kinds, which lots obey too)
from meguri.movement.states import DECLARED, Bag, Content, LotMass, MassBasis


class Collect(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A lot arises at a facility; `economy` is the facility's, `place` where the things come from, in words."""

    event: str
    lot: str
    stream: str
    grams: int
    facility: str
    economy: str
    mix: str = ""
    place: Text = ""
    label: Text = ""
    contents: tuple[Content, ...] = ()
    basis: MassBasis = DECLARED
    happened: str = ""


class Output(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A lot that a transformation makes."""

    lot: str
    stream: str
    grams: int
    label: Text = ""
    contents: tuple[Content, ...] = ()
    basis: MassBasis = DECLARED


class Transform(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Lots, or parts of them, become others: inputs + difference = outputs + loss, to the gram.

    What became of the loss is written in `loss_reason`, or `loss_by` says by which figures it was reckoned; where
    nothing reckons it, `losses` are its parts by kind. `assayed`
    is what whoever does it found in all that went in; `licences`, by bare id, prove that the site may do this.
    `elements` is what follows for the metal, and with it the outputs' contents: who tells the act reckons it, the guard
    holds it against the tables, so that what is on record does not change with them. None where nothing follows.
    """

    event: str
    step: str
    facility: str
    economy: str
    inputs: tuple[LotMass, ...]
    outputs: tuple[Output, ...]
    difference_g: int = 0
    loss_g: int = 0
    loss_reason: Text = ""
    loss_by: LossBy = ""
    happened: str = ""
    losses: tuple[Loss, ...] = ()
    assayed: tuple[Content, ...] = ()
    licences: tuple[str, ...] = ()
    elements: ElementsOfEvent | None = None


class FoundStock(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A lot as a stock-take found it: what it was thought to weigh, what it does, what is in it (if that was found)."""

    lot: str
    was_g: int
    grams: int
    contents: tuple[Content, ...] = ()
    reason: Text = ""


class StockTake(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody else than who keeps a site's account takes stock there, for a period that is over.

    `keeper` is whose site it is; `settles` are events there whose missing metal or unknown loss it explains.
    """

    event: str
    facility: str
    economy: str
    keeper: str
    since: date
    until: date
    found: tuple[FoundStock, ...] = ()
    settles: tuple[str, ...] = ()
    reason: Text = ""


class Dispatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The holder sends whole lots to another organisation.

    Over a border it carries the verdict that lets it go without a consent, and the number of the document or
    declaration where the verdict asks for one.
    """

    event: str
    lots: tuple[LotMass, ...]
    to: str
    economy: str
    happened: str = ""
    verdict: law.Decision | None = None
    number: Text = ""


class Receive(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The receiver weighs each lot sent to it and takes or refuses it; a sender takes back what was refused."""

    event: str
    facility: str
    economy: str
    bags: tuple[Bag, ...]
    happened: str = ""


class Agree(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The counterparty accepts the weighing of lots beyond tolerance, recorded already or to be recorded.

    Where the counterparty has closed, an authority of its economy or the operator says it, naming it in `instead_of`.
    """

    lots: tuple[LotMass, ...]
    reason: Text = ""
    instead_of: str = ""


class Correct(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The holder puts an earlier weighing of a lot right, while all of it is still there. `corrects` is the event that
    made the lot; what it made is held against what went in again.
    """

    event: str
    lot: str
    was_g: int
    grams: int
    reason: Text
    corrects: str
    basis: MassBasis = DECLARED
    happened: str = ""


class EnterInstrument(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An organisation enters an instrument of its facility, or that it was verified anew.

    `interval_mg` is the verification interval in milligrams, `verified_until` the last day of the verification. Its
    running total begins anew; `settles` is the event at which that had become too much.
    """

    instrument: str
    facility: str
    economy: str
    name: Text
    kind: str
    grade: str
    interval_mg: int
    most_g: int
    verified_until: date
    number: Text = ""
    settles: str = ""


class DeclareWrong(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who said an event takes it back: it did not occur, or its data are incorrect; with all that was built on it.

    `events` are taken back in this order, the last that happened first; `lots` are all that they made, used or moved.
    `corrective` are the events that say what is right.
    """

    events: tuple[str, ...]
    lots: tuple[str, ...]
    why: WrongWhy
    reason: Text
    corrective: tuple[str, ...] = ()


def scales(*bases: MassBasis) -> list[str]:
    """The instruments that masses name, as subjects."""
    return [f"instrument:{basis.instrument}" for basis in bases if basis.instrument]


def _lots(parts: Iterable[LotMass | Output | Bag]) -> list[str]:
    return [f"lot:{part.lot}" for part in parts]


def _collect(body: Collect) -> list[str]:
    return [f"event:{body.event}", f"lot:{body.lot}"]


def _transform(body: Transform) -> list[str]:
    used = scales(*(output.basis for output in body.outputs))
    unknown = any(loss.kind == "unknown" for loss in body.losses)
    site = [f"process:{body.facility}"] if unknown else []
    return [f"event:{body.event}", *_lots(body.inputs), *_lots(body.outputs), *site, *used]


def _stock_take(body: StockTake) -> list[str]:
    events = [f"event:{event}" for event in (body.event, *body.settles)]
    return [*events, *(f"lot:{found.lot}" for found in body.found), f"process:{body.facility}"]


def _dispatch(body: Dispatch) -> list[str]:
    kept = [f"verdict:{verdict_digest(body.verdict)}"] if body.verdict else []
    return [f"event:{body.event}", *_lots(body.lots), *kept]


def _receive(body: Receive) -> list[str]:
    parts = [f"lot:{bag.part}" for bag in body.bags if bag.part]
    return [f"event:{body.event}", *_lots(body.bags), *parts, *scales(*(bag.basis for bag in body.bags))]


def _agree(body: Agree) -> list[str]:
    return _lots(body.lots)


def _correct(body: Correct) -> list[str]:
    return [f"event:{body.event}", f"lot:{body.lot}", f"event:{body.corrects}"]


def _enter(body: EnterInstrument) -> list[str]:
    return [f"instrument:{body.instrument}", *([f"event:{body.settles}"] if body.settles else [])]


def _declare_wrong(body: DeclareWrong) -> list[str]:
    return [*(f"event:{event}" for event in body.events), *(f"lot:{lot}" for lot in body.lots)]


def _corrective(act: Act, body: DeclareWrong) -> list[str]:
    return [f"event:{event}" for event in body.corrective]


def _facility(act: Act, body: Receive | EnterInstrument | StockTake) -> list[str]:
    return [f"facility:{body.facility}"]


def _taken_in(act: Act, body: Collect) -> list[str]:
    return [f"facility:{body.facility}", *scales(body.basis)]


def _weighed_again(act: Act, body: Correct) -> list[str]:
    return scales(body.basis)


def _licensed(act: Act, body: Transform) -> list[str]:
    return [f"facility:{body.facility}", *(f"licence:{licence}" for licence in body.licences)]


def _addressee(act: Act, body: Dispatch) -> list[str]:
    return [body.to]


def _closed(act: Act, body: Agree) -> list[str]:
    return [body.instead_of] if body.instead_of else []


define(Kind(name="custody.collect", version=1, body=Collect, subjects=_collect, reads=_taken_in))
define(Kind(name="custody.transform", version=1, body=Transform, subjects=_transform, reads=_licensed))
define(Kind(name="custody.stock_take", version=1, body=StockTake, subjects=_stock_take, reads=_facility))
define(Kind(name="custody.dispatch", version=1, body=Dispatch, subjects=_dispatch, reads=_addressee))
define(Kind(name="custody.receive", version=1, body=Receive, subjects=_receive, reads=_facility))
define(Kind(name="custody.agree", version=1, body=Agree, subjects=_agree, reads=_closed))
define(Kind(name="custody.correct", version=1, body=Correct, subjects=_correct, reads=_weighed_again))
define(Kind(name="custody.instrument", version=1, body=EnterInstrument, subjects=_enter, reads=_facility))
define(Kind(name="custody.declare_wrong", version=1, body=DeclareWrong, subjects=_declare_wrong, reads=_corrective))
