"""What the record knows of a paper: that it is there, of which kind, to what it belongs; neither name nor content."""

from __future__ import annotations

from datetime import datetime

import msgspec


class PaperState(msgspec.Struct, frozen=True, kw_only=True):
    """A paper attached to `about` by `by`; `type` and `size` (bytes) are as they were found. `act` says so."""

    about: str
    kind: str
    type: str
    size: int
    by: str
    at: datetime
    act: str
