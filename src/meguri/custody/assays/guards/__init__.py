"""What must hold before a sample is drawn, laid, opened, judged and settled."""

from __future__ import annotations

from meguri.custody.assays.guards import drawing, evidence, judging, laying

__all__ = ["drawing", "evidence", "judging", "laying"]
