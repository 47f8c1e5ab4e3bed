"""What the endpoints of lots answer: types for their description. Masses in grams, null where one is withheld."""

from __future__ import annotations

from typing import Any

import msgspec

from meguri.custody.states import LotState

LotRecord: Any = msgspec.defstruct(
    "LotRecord",
    [("lot", str), *((one.name, one.type) for one in msgspec.structs.fields(LotState))],
    frozen=True,
    kw_only=True,
    namespace={"__doc__": LotState.__doc__},
    module=__name__,
)
Missing = msgspec.UnsetType
MISSING = msgspec.UNSET


class TraceNodeTold(msgspec.Struct, frozen=True, kw_only=True):
    """A lot on the way; organisation and facility only where the caller sees it."""

    lot: str
    stream: str
    grams: int
    share: float
    share_g: int
    level: int
    economy: str
    step: str
    at: str
    organisation: str | Missing = MISSING
    facility: str | Missing = MISSING


class TraceEdgeTold(msgspec.Struct, frozen=True):
    """What went from one lot into another, by which event."""

    source: str
    target: str
    grams: int
    event: str


class TraceShareTold(msgspec.Struct, frozen=True, kw_only=True):
    """What a source, a stock, a loss or a difference has of the whole."""

    kind: str
    lot: str
    event: str
    share: float
    grams: int
    stream: str | Missing = MISSING
    economy: str | Missing = MISSING
    organisation: str | Missing = MISSING


class TraceLegTold(msgspec.Struct, frozen=True, kw_only=True):
    """A way between two facilities; only where the caller sees every lot."""

    lots: list[str]
    origin: str = msgspec.field(name="from")
    to: str
    movement: str


class TraceTold(msgspec.Struct, frozen=True, kw_only=True):
    """Where a lot comes from, or (`down`) what became of it."""

    lot: str
    stream: str
    down: bool
    grams: int
    nodes: list[TraceNodeTold]
    edges: list[TraceEdgeTold]
    shares: list[TraceShareTold]
    legs: list[TraceLegTold] | Missing = MISSING


class BalanceLineTold(msgspec.Struct, frozen=True, kw_only=True):
    """One account: what came in, went out, is in stock, and what is not closed."""

    name: str
    in_g: int | None
    out_g: int | None
    difference_g: int | None
    stock_g: int | None
    closure_g: int | None
    loss_g: int | Missing | None = MISSING


class BalanceElementTold(msgspec.Struct, frozen=True):
    """An element: contained as estimated, with its standard deviation, and recovered."""

    element: str
    contained_g: float | None
    sd_g: float | None
    recovered_g: float | None
    stock_g: float | None


class BalanceWrongTold(msgspec.Struct, frozen=True):
    """A lot that does not add up: by its events, and by its state."""

    lot: str
    events_g: int
    state_g: int
    place: str


class BalanceFailingTold(msgspec.Struct, frozen=True):
    """What stands against an answer; `why` is a word that the page explains."""

    lot: str
    event: str
    element: str
    why: str


class BalanceAnswerTold(msgspec.Struct, frozen=True):
    """One answer: null where nothing is on record. `more` counts what is not named."""

    ok: bool | None
    failing: list[BalanceFailingTold]
    more: int


class BalanceSeenTold(msgspec.Struct, frozen=True):
    """Which part of what is in stock a second organisation has weighed."""

    share: float | None


class BalanceAnswersTold(msgspec.Struct, frozen=True):
    """The five answers of a balance."""

    grams: BalanceAnswerTold
    weighings: BalanceAnswerTold
    metal: BalanceAnswerTold
    once: BalanceAnswerTold
    seen: BalanceSeenTold


class BalanceTold(msgspec.Struct, frozen=True, kw_only=True):
    """The whole account. `sites` and `wrong` only for authorities, auditors and operators."""

    adds_up: bool | None
    empty: bool
    answers: BalanceAnswersTold
    closed: bool
    closure_g: int
    collected_g: int | None
    came_g: int | None
    difference_g: int | None
    loss_g: int | None
    went_g: int | None
    stock_g: int | None
    streams: list[BalanceLineTold]
    elements: list[BalanceElementTold]
    more_wrong: int
    withheld: bool
    shown_from: int
    sites: list[BalanceLineTold] | Missing = MISSING
    wrong: list[BalanceWrongTold] | Missing = MISSING
