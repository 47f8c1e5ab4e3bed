"""What must hold before something is said of a case: of its dossier, and on its tracks."""

from __future__ import annotations

from meguri.consent.guards import dossier, tracks

__all__ = ["dossier", "tracks"]
