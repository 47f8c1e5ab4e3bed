"""What must hold before recycled content is booked, claimed, passed on and used up."""

from __future__ import annotations

from meguri.custody.guards.recycled import accounts, claims

__all__ = ["accounts", "claims"]
