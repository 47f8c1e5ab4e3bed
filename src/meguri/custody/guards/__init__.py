"""What must hold before lots change: in store, when they are weighed again, in a movement."""

from __future__ import annotations

from meguri.custody.guards import certificates, movement, store, weighing

__all__ = ["certificates", "movement", "store", "weighing"]
