"""On what the grams of a metal rest: which class of evidence, by the table, and how far the figure may be off. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import msgspec

from meguri.custody import contents
from meguri.custody.states import LossBy, LotState
from meguri.custody.vocabulary import TABLES, element_of
from meguri.kit.files import reading
from meguri.kit.words import Words, cell
from meguri.movement.states import Content

WHOLE = contents.WHOLE


class EvidenceClass(msgspec.Struct, frozen=True):
    """A class of evidence, the bases of a content that give it, how good it is, and whether claims may rest on it.

    An assay of which no settled sample is on record is its holder's word.
    """

    evidence: str
    bases: tuple[str, ...]
    rank: int
    claims: bool
    words: Words
    source: str
    confidence: str


@cache
def classes() -> dict[str, EvidenceClass]:
    """Classes of evidence by their word, the best first."""
    return {
        row["evidence"]: EvidenceClass(
            row["evidence"],
            tuple(row["basis"].split(";")),
            int(row["rank"]),
            row["claims"] == "yes",
            cell("custody/evidence", row["evidence"], "words", row["words"]),
            row["source"],
            row["confidence"],
        )
        for row in reading.lines(TABLES / "evidence.csv")
    }


def of_basis(basis: str) -> str:
    """The class that a content's basis gives; the weakest where no row names it."""
    return next((one.evidence for one in classes().values() if basis in one.bases), "on_file")


def when_made(
    inputs: Sequence[tuple[LotState, int]], stream: str, stated: Sequence[Content], loss_by: LossBy
) -> tuple[str, int]:
    """On what a metal rests as it is made, and its relative standard deviation in billionths.

    What was reckoned from contents is as good as the weakest of them; what was weighed is declared by who weighed it,
    until an assay says more. Nothing for what is no metal.
    """
    element = element_of(stream)
    if not element:
        return "", 0
    own = next((one for one in stated if one.element == element), None)
    if own is not None:
        return of_basis(own.basis), own.sd_ppb
    if loss_by != "yields":
        return "declared", 0
    found = [(contents.of(state).get(element), grams) for state, grams in inputs]
    held = [(one, grams) for one, grams in found if one is not None]
    if not held:
        return "on_file", 0
    words = [of_basis(one.basis) for one, _ in held]
    value = sum(one.value * grams for one, grams in held)
    sd = sum(one.sd * grams for one, grams in held)
    return min(words, key=lambda word: classes()[word].rank), round(sd / value * WHOLE) if value else 0


def standing(state: LotState) -> tuple[str, int]:
    """On what a lot of metal rests now: what is stated of it since, else what was known as it was made."""
    element = element_of(state.stream)
    own = next((one for one in state.contents if one.element == element), None)
    if own is not None:
        return of_basis(own.basis), own.sd_ppb
    return state.evidence or "declared", state.evidence_sd_ppb
