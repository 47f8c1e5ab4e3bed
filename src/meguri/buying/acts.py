"""Buying's kinds of act: a number for a collector, a lot bought, demands met, a step lost. None names a person.

A collector is named ``ORGANISATION.NUMBER``, such as ``mys-yard.40213``: a number is of the organisation that gave it.
"""

from __future__ import annotations

import msgspec

from meguri.custody import acts as custody_acts  # noqa: F401  (what is bought arises by an act of custody)
from meguri.journal.act import Act
from meguri.journal.kinds import Kind, define
from meguri.kit.words import Text


class Register(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A buying organisation gives a number to somebody who collects."""

    collector: str


class Buy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A lot that was just taken in (by `event`) was bought from a collector. The price is kept outside: ``price``."""

    collector: str
    lot: str
    event: str
    stream: str
    grams: int
    facility: str


class Meet(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody saw that a collector meets a demand of the next step, on the day that the act claims."""

    collector: str
    demand: str


class Lose(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A collector did what no step allows (`forbidden`), and loses this step and those above it.

    `demands` are those of the steps that are lost and were met; each is seen anew before it counts again.
    """

    collector: str
    step: int
    forbidden: str
    demands: tuple[str, ...]
    text: Text = ""


def owner(collector: str) -> str:
    """The organisation that gave a number."""
    return f"organisation:{collector.rpartition('.')[0]}"


def _collector(body: Register | Meet | Lose) -> list[str]:
    return [f"collector:{body.collector}"]


def _owner(act: Act, body: Meet | Lose) -> list[str]:
    return [owner(body.collector)]


def _bought(act: Act, body: Buy) -> list[str]:
    return [f"collector:{body.collector}", f"lot:{body.lot}", f"event:{body.event}"]


define(Kind(name="buying.register", version=1, body=Register, subjects=_collector))
define(Kind(name="buying.buy", version=1, body=Buy, subjects=lambda b: [f"purchase:{b.lot}"], reads=_bought))
define(Kind(name="buying.meet", version=1, body=Meet, subjects=_collector, reads=_owner))
define(Kind(name="buying.lose", version=1, body=Lose, subjects=_collector, reads=_owner))
