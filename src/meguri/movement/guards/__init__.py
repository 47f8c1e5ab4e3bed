"""What must hold before something is said of a movement: until it leaves, on arrival, on the way back."""

from __future__ import annotations

from meguri.movement.guards import arrival, certificates, departure

__all__ = ["arrival", "certificates", "departure"]
