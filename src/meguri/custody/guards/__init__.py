"""What must hold before lots change: in store, when they are weighed again, in a movement."""

from __future__ import annotations

from meguri.custody.guards import correcting, making, measuring, movement, weighing

__all__ = ["correcting", "making", "measuring", "movement", "weighing"]
