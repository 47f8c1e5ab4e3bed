"""How far another node's acts on a case have been taken in."""

from __future__ import annotations

from datetime import datetime

import msgspec


class FeedState(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one case from one node: the number of its last act in that node's journal, how many acts in all,
    how many of them are kept unread, when the last came, and by which act of ours.
    """

    case: str
    last: int
    acts: int
    unread: int
    at: datetime
    act: str
