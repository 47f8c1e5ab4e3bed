"""What the record knows of lots and of the events that made, used and moved them.

Masses are integer grams. Organisations are named by their subject, lots, events, facilities and movements by bare id.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from meguri.consent.states import LotMass
from meguri.custody.vocabulary import EventType
from meguri.kit.words import Text

Basis = Literal["assay", "prior", "declared"]
LossBy = Literal["", "bill", "yields"]
Status = Literal["held", "in_transit", "refused", "consumed"]


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """An element's content: an estimate in parts per billion by mass, its standard deviation, and where it is from."""

    element: str
    ppb: int
    sd_ppb: int
    basis: Basis
    source: Text
    confidence: str


class LotState(msgspec.Struct, frozen=True, kw_only=True):
    """A quantity of one stream in one hand.

    ``made_g + adjusted_g = used_g + mass_g``: what was weighed when it arose and the signed weighing differences since
    are what was used and what is left. During transit the sender still holds it and `bound_for` awaits it;
    `previous` is who held it before. `economy` and `facility` say where it is (no facility while it travels).
    `parties` may see it; `followers` may also see what becomes of it. `agreed_g` is a weighing that the counterparty
    has accepted. `used_in` and `moved_in` name the events that took from it, and those that sent or weighed it.
    """

    stream: str
    mass_g: int
    made_g: int
    holder: str
    origin: str
    economy: str
    made_by: str
    made_at: datetime
    facility: str = ""
    status: Status = "held"
    adjusted_g: int = 0
    used_g: int = 0
    used_in: tuple[str, ...] = ()
    moved_in: tuple[str, ...] = ()
    bound_for: str = ""
    previous: str = ""
    case: str = ""
    movement: str = ""
    agreed_g: int | None = None
    label: Text = ""
    place: Text = ""
    mix: str = ""
    contents: tuple[Content, ...] = ()
    parties: tuple[str, ...] = ()
    followers: tuple[str, ...] = ()


class EventState(msgspec.Struct, frozen=True, kw_only=True):
    """What happened to lots, in the shape EPCIS gives it.

    ``inputs + difference_g = outputs + loss_g``, except that a collection has outputs only. In object events the same
    lots stand on both sides, as sent and as weighed. `refused` names lots that a receiver would not take.
    """

    type: EventType
    step: str
    actor: str
    at: datetime
    act: str
    number: int
    inputs: tuple[LotMass, ...] = ()
    outputs: tuple[LotMass, ...] = ()
    difference_g: int = 0
    loss_g: int = 0
    loss_reason: Text = ""
    loss_by: LossBy = ""
    facility: str = ""
    economy: str = ""
    to: str = ""
    case: str = ""
    movement: str = ""
    refused: tuple[str, ...] = ()
    reason: Text = ""
    corrects: str = ""

    @property
    def input_g(self) -> int:
        """Grams that went in."""
        return sum(part.grams for part in self.inputs)

    @property
    def output_g(self) -> int:
        """Grams that came out."""
        return sum(part.grams for part in self.outputs)
