"""What must hold before lots change: in store, when they are weighed again, in a movement."""

from __future__ import annotations

from meguri.custody.guards import crossing, movement, store, substance, weighing

__all__ = ["crossing", "movement", "store", "substance", "weighing"]
