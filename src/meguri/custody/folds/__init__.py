"""How acts change lots and events. Pure: the states and the entry, nothing else."""

from __future__ import annotations

from meguri.custody.folds import certificates, claims, lots, movement, stock, undoing

__all__ = ["certificates", "claims", "lots", "movement", "stock", "undoing"]
