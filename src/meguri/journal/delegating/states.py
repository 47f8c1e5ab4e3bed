"""What the record knows about who may act for whom."""

from __future__ import annotations

from datetime import datetime

import msgspec

from meguri.kit.words import Text


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
