"""A published figure beside ours: what every check of the arisings gives."""

from __future__ import annotations

from dataclasses import dataclass

from meguri.kit.words import Words

NO_FIGURE = Words("No published figure.")
WITHIN = Words("Within the tolerance.")


@dataclass(frozen=True)
class CheckRow:
    """One comparison. ``row`` says what and in which unit; ``difference`` is relative to the published figure.

    None where there is no published figure, or where the model has nothing to say; ``reason`` says why, and what
    explains a difference.
    """

    row: str
    published: float | None
    ours: float | None
    difference: float | None
    reason: Words

    def to_json(self, language: str | None = None) -> dict[str, object]:
        """The five keys row, published, ours, difference, reason; the reason in that language or the active one."""
        return {
            "row": self.row,
            "published": self.published,
            "ours": self.ours,
            "difference": self.difference,
            "reason": self.reason.say(language),
        }


def compared(row: str, published: float | None, ours: float | None, reason: Words) -> CheckRow:
    """A row with its relative difference, where both figures are there and the published one is not zero."""
    difference = ours / published - 1.0 if ours is not None and published else None
    return CheckRow(
        row, _rounded(published), _rounded(ours), None if difference is None else round(difference, 5), reason
    )


def followed_by(reason: Words, more: Words) -> Words:
    """Two sentences of a reason, one after the other."""
    return Words("{reason} {more}").format(reason=reason, more=more)


def _rounded(figure: float | None) -> float | None:
    return None if figure is None else float(f"{figure:.6g}")
