"""What the journal's own acts add up to: who operates the node, and which keys speak for whom since when."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

FOUNDING = "journal:founding"
LOG_KEYS = {"journal.found": "log_public", "journal.rotate_log": "public"}
"""Kinds of act that name a key of the log, and under which name of their body."""
Mode = Literal["held", "attested", "log"]


class FoundingState(msgspec.Struct, frozen=True):
    """The node: its name (also the origin of its checkpoints), its operator, and the id of its log key."""

    node: str
    operator: str
    log_key: str


class KeyState(msgspec.Struct, frozen=True):
    """A key: base64url of its public bytes, its owner, who keeps it, and the span in which it counts."""

    public: str
    owner: str
    mode: Mode
    since: datetime
    revoked: datetime | None = None

    def active(self, at: datetime) -> bool:
        """Whether it counts at that instant."""
        return self.since <= at and (self.revoked is None or at < self.revoked)
