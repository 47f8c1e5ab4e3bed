"""A published figure beside ours, with the reason for what is left between them."""

from __future__ import annotations

from dataclasses import dataclass

from meguri.kit.words import Words
from meguri.reference import Confidence


@dataclass(frozen=True)
class PublishedCheck:
    """A published figure beside ours in one `unit`; `confidence` and `source` are those of the published figure.

    `ours` is None where nothing is on file from which to work it out.
    """

    row: str
    name: Words
    published: float
    ours: float | None
    unit: str
    reason: Words
    confidence: Confidence
    source: str

    @property
    def difference(self) -> float | None:
        """Relative difference, for example 0.1 where ours is a tenth more; None where there is none of ours."""
        return None if self.ours is None else self.ours / self.published - 1
