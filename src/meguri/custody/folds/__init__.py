"""How acts change lots and events. Pure: the states and the entry, nothing else."""

from __future__ import annotations

from meguri.custody.folds import lots, movement, stock

__all__ = ["lots", "movement", "stock"]
