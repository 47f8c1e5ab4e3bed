"""What economies answered when they were asked of each entry of a green list: list entries made from their table.

`country_answers.csv` holds one row for each economy and answer: (a) barred, (b) prior notification and consent,
(c) no control, (d) its own national control. An answer becomes a class of waste of that economy (``answer-a:IND``)
wherever the material falls under one of the entries; rules ask for ``answer-a:partner``. A row of low confidence makes
none: what was not surely answered is as if it had not been answered.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from meguri.kit.files.reading import TableError
from meguri.kit.words import Words
from meguri.law import tables
from meguri.law.body.rulebook import ListEntry
from meguri.law.groups import stream_matches

LETTERS = ("a", "b", "c", "d")


@dataclass(frozen=True)
class CountryAnswer:
    """What an economy answered for some entries, and for which streams (all where empty); `caution` is shown."""

    regime: str
    economy: str
    entries: tuple[str, ...]
    streams: tuple[str, ...]
    answer: str
    effective_from: date | None
    effective_to: date | None
    caution: Words
    source: str
    confidence: str
    evidence: str


@lru_cache
def answers() -> tuple[CountryAnswer, ...]:
    """All answers on file. Raises TableError for one that is none of (a) to (d) or of no known economy."""
    found = []
    for place, row in tables.rows("country_answers.csv"):
        if row["answer"] not in LETTERS or row["economy"] not in tables.parties():
            raise TableError(f"{place}: an answer is a, b, c or d, of an economy on file")
        found.append(
            CountryAnswer(
                row["regime"],
                row["economy"],
                tuple(row["entries"].split()),
                tuple(row["streams"].split()),
                row["answer"],
                tables.day(row["effective_from"]),
                tables.day(row["effective_to"]),
                tables.words("country_answers", row, "caution", row["economy"]),
                row["source"],
                row["confidence"],
                row["evidence"],
            )
        )
    return tuple(found)


def made_entries(entries: Iterable[ListEntry], packs: Collection[str]) -> tuple[ListEntry, ...]:
    """For each answer and each way into its entries a list entry of its own, bearing the class of the answer.

    `packs` are those on file: an answer belongs to the one that is its regime.
    """
    return tuple(_made_entries(entries, packs))


def _made_entries(entries: Iterable[ListEntry], packs: Collection[str]) -> Iterator[ListEntry]:
    by_code: dict[str, list[ListEntry]] = {}
    for entry in entries:
        if entry.code and not entry.economies:
            by_code.setdefault(entry.code, []).append(entry)
    for answer in answers():
        if answer.confidence == "low" or answer.regime not in packs:
            continue
        for code in answer.entries:
            for n, entry in enumerate(by_code.get(f"basel:{code}", ())):
                made = _made(answer, code, entry, n)
                if made is not None:
                    yield made


def _made(answer: CountryAnswer, code: str, entry: ListEntry, n: int) -> ListEntry | None:
    streams = tuple(
        name
        for name in tables.streams()
        if stream_matches(entry.streams, name) and stream_matches(answer.streams, name)
    )
    starts = [day for day in (answer.effective_from, entry.effective_from) if day]
    ends = [day for day in (answer.effective_to, entry.effective_to) if day]
    start, end = max(starts, default=None), min(ends, default=None)
    if not streams or (start and end and start > end):
        return None
    name = tables.parties()[answer.economy].name
    return ListEntry(
        id=f"answer.{answer.economy}.{code}.{answer.answer}{n or ''}{'.some' if answer.streams else ''}",
        code="",
        streams=streams,
        classes=(f"answer-{answer.answer}:{answer.economy}",),
        citation=f"Reg. (EC) 1418/2007 Annex ({answer.answer})",
        source=answer.source,
        confidence=answer.confidence,
        evidence=answer.evidence,
        words=Words("{economy} answered the Union ({letter}) for {code}").format(
            economy=name, letter=answer.answer, code=code
        ),
        hazardous=entry.hazardous,
        operations=entry.operations,
        facts=entry.facts,
        facts_not=entry.facts_not,
        effective_from=start,
        effective_to=end,
        economies=(answer.economy,),
        pack=answer.regime,
    )


def cautions(economy: str) -> tuple[Words, ...]:
    """How it was told which answers are an economy's, to be shown with whatever rests on them."""
    said = Words("Which table of Reg. (EC) 1418/2007 is {economy}'s was told without its heading: {how}.")
    name = tables.parties()[economy].name
    found: Mapping[str, Words] = {
        answer.caution.en: said.format(economy=name, how=answer.caution)
        for answer in answers()
        if answer.economy == economy
    }
    return tuple(found.values())
