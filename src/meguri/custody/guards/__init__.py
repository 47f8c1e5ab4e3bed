"""What must hold before lots change: in store, when they are weighed again, in a movement."""

from __future__ import annotations

from meguri.custody.guards import crossing, losses, movement, stock, store, substance, weighing

__all__ = ["crossing", "losses", "movement", "stock", "store", "substance", "weighing"]
