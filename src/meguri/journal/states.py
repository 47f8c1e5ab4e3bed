"""What the journal's own acts add up to: who operates the node, and which keys speak for whom since when, and
who may act for whom.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from meguri.kit.words import Text

FOUNDING = "journal:founding"
LOG_KEYS = {"journal.found": "log_public", "journal.rotate_log": "public"}
"""Kinds of act that name a key of the log, and under which name of their body."""
Mode = Literal["held", "offered", "attested", "log"]
Way = Literal["letter", "telephone", "in_person"]
Proved = Literal["service", "operator", "code", "own_key"]


class FoundingState(msgspec.Struct, frozen=True):
    """The node: its name (also the origin of its checkpoints), its operator, and the id of its log key."""

    node: str
    operator: str
    log_key: str


class KeyOffer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A held key waits for its owner: SHA-256 (base64url) of the one-time code, until when (exclusive) it is taken, and
    by which way outside this service the code goes to the owner.
    """

    code: Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9_-]{43}$")]
    until: datetime
    way: Way


class KeyState(msgspec.Struct, frozen=True):
    """A key: base64url of its public bytes, its owner, who keeps it, and the span in which it counts.

    `accepted` is when its owner said that a held key is its own; `offer` is what was said to the owner before that.
    """

    public: str
    owner: str
    mode: Mode
    since: datetime
    revoked: datetime | None = None
    offer: KeyOffer | None = None
    accepted: datetime | None = None

    @property
    def proved(self) -> Proved:
        """How it was shown that the key is its owner's."""
        if self.mode != "held":
            return "service"
        if self.accepted is None:
            return "operator"
        return "own_key" if self.offer is None else "code"

    def mode_at(self, instant: datetime) -> Mode:
        """How it signs at an instant of record: a held key that its owner has not accepted is ``offered``."""
        if self.mode == "held" and (self.accepted is None or instant < self.accepted):
            return "offered"
        return self.mode

    def active(self, at: datetime) -> bool:
        """Whether it counts at that instant."""
        return self.since <= at and (self.revoked is None or at < self.revoked)


class DelegationState(msgspec.Struct, frozen=True, kw_only=True):
    """`giver` lets `to` say these `kinds` of act for it from `since` until `until` (exclusive), unless ended before."""

    giver: str
    to: str
    kinds: tuple[str, ...]
    since: datetime
    until: datetime
    given_on: datetime
    ended_on: datetime | None = None
    ended_by: str = ""
    text: Text = ""

    def stands(self, instant: datetime) -> bool:
        """Whether it counts at the instant."""
        return self.since <= instant < self.until and (self.ended_on is None or instant < self.ended_on)

    def over(self, instant: datetime) -> bool:
        """Whether it will not count at or after the instant any more."""
        return instant >= self.until or (self.ended_on is not None and instant >= self.ended_on)
