"""What the record knows of lots and of the events that made, used and moved them.

Masses are integer grams. Organisations are named by their subject, lots, events, facilities and movements by bare id.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal, NamedTuple

import msgspec

from meguri.custody.vocabulary import EventType
from meguri.journal.subject import home
from meguri.kit.words import Text
from meguri.movement.states import Content, LotMass

LossBy = Literal["", "bill", "yields"]
Status = Literal["held", "in_transit", "refused", "consumed", "delivered"]


class Finding(NamedTuple):
    """What stands against one of the answers of the balance, until it is settled.

    `why` is a word of `tables/findings.csv`, which says to which answer it belongs; `lot` and `element` name what it
    concerns (empty: the lot or event on which it stands, and no element).
    """

    why: str
    lot: str = ""
    element: str = ""


class LotState(msgspec.Struct, frozen=True, kw_only=True):
    """A quantity of one stream in one hand.

    ``made_g + adjusted_g = used_g + mass_g``: what was weighed when it arose and the signed weighing differences since
    are what was used and what is left. During transit the sender still holds it and `bound_for` awaits it;
    `previous` is who held it before. `economy` and `facility` say where it is (no facility while it travels).
    `came_from` is the sender's lot where this is what a receiver made of it; the sender's is then delivered.
    `promised_to` is the one movement that it is planned for. `agreed_g` is a weighing that the counterparty has
    accepted. `seen_g` are the grams of it that rest on a weighing by a second
    organisation: on its own, or on that of the lots which it was made from, in proportion. Who may see it, and which
    events used or moved it, are relations that its events declare.
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
    bound_for: str = ""
    previous: str = ""
    came_from: str = ""
    promised_to: str = ""
    case: str = ""
    movement: str = ""
    agreed_g: int | None = None
    seen_g: int = 0
    findings: tuple[Finding, ...] = ()
    label: Text = ""
    place: Text = ""
    mix: str = ""
    contents: tuple[Content, ...] = ()


class Turned(NamedTuple):
    """Lots that became others: what went in, what came out, the loss and the weighing difference in grams."""

    inputs: tuple[LotMass, ...]
    outputs: tuple[LotMass, ...]
    loss_g: int
    difference_g: int


class EventState(msgspec.Struct, frozen=True, kw_only=True):
    """What happened to lots, in the shape EPCIS gives it.

    ``inputs + difference_g = outputs + loss_g``, except that a collection has outputs only. In object events the same
    lots stand on both sides, as sent and as weighed. `refused` names lots that a receiver would not take. Where a
    movement is received, the receiver's own lots stand on the right side, each opposite the sender's.
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
    findings: tuple[Finding, ...] = ()

    @property
    def renamed(self) -> tuple[tuple[LotMass, LotMass], ...]:
        """Lots of a sender that became the receiver's: as sent, and as weighed."""
        if self.type == "transformation":
            return ()
        return tuple((a, b) for a, b in zip(self.inputs, self.outputs, strict=False) if a.lot != b.lot)

    @property
    def steps(self) -> tuple[Turned, ...]:
        """What became of what, by parts that are one by themselves; a difference is its who took over."""
        if self.type == "transformation":
            return (Turned(self.inputs, self.outputs, self.loss_g, self.difference_g),)
        return tuple(Turned((a,), (b,), 0, 0 if home(b.lot) else b.grams - a.grams) for a, b in self.renamed)

    @property
    def input_g(self) -> int:
        """Grams that went in."""
        return sum(part.grams for part in self.inputs)

    @property
    def output_g(self) -> int:
        """Grams that came out."""
        return sum(part.grams for part in self.outputs)
