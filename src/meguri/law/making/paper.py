"""The paper for a minister: four pages as PDF/A-2b, in English or Japanese, the same bytes for the same draft."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import typst

import meguri
from meguri.kit.words import Words, speaking
from meguri.law import tables
from meguri.law.asking.model import VERDICT_WORDS
from meguri.law.body.packfile import Draft
from meguri.law.citing import citation
from meguri.law.making.clauses import DUTY_KINDS, meant_by, says, side_by_side
from meguri.law.making.effects import SHOWN, DraftEffects, effects

TEMPLATE = Path(__file__).parent / "minister_paper.typ"
# The whole fonts lie once in the distribution, beside the movement document.
FONTS = Path(meguri.__file__).parent / "exchange" / "fonts"
MOST_GROUNDS = 14
MOST_LINES = 8

_HEADS = {
    "title": Words("What a draft law would change"),
    "not_law": Words("A draft, not law. A decision aid, not legal advice."),
    "says": Words("What the draft says"),
    "sum": Words("In short"),
    "beside": Words("Beside the laws on file"),
    "changes": Words("What changes"),
    "flows": Words("Flows"),
    "lanes": Words("Lanes, as examples"),
    "tonnes": Words("Tonnes that arise"),
    "sites": Words("Sites on file at an end of a lane that changes"),
    "duties": Words("Duties at home"),
    "sure": Words("How sure, and what to ask next"),
    "stream": Words("Material"),
    "closed": Words("closed", context="lane"),
    "opened": Words("opened", context="lane"),
    "otherwise": Words("answered otherwise"),
    "from": Words("From"),
    "to": Words("To"),
    "before": Words("Law on file"),
    "after": Words("Under the draft"),
    "whose": Words("Whose law"),
    "asks": Words("What it asks"),
    "citation": Words("Citation"),
    "year": Words("Year"),
    "arises": Words("arises (t)"),
    "collected": Words("collected (t)"),
    "none": Words("Nothing changes here."),
    "hazardous": Words("hazardous"),
    "harmless": Words("not hazardous"),
    "every": Words("All States"),
}
_SUM = (
    Words("It takes effect on {day}."),
    Words("Of {asked} lanes between all economies, {changed} are answered otherwise."),
    Words("Of {built} movements of the programme, {built_changed} are answered otherwise."),
    Words("Duties at home that it lays down: {duties}."),
    Words("In the economies that it reaches, {tonnes} t of electronic waste arise in a year, as far as is on file."),
    Words("{filings} lanes are under prior consent: each is a notification to several authorities."),
)
_SURE = (
    Words("A lane is an origin, a destination and a material under one of four sets of facts; it is no shipment."),
    Words("Tonnes are what arises, from statistics: an upper bound of what could be reached, never a forecast."),
    Words("Sites are those on file; who holds a licence today is for the register to say."),
    Words("The laws beside the draft were read by Meguri or by others, as it says beside each."),
    Words("Where the law of an economy is not on file, its lanes say what treaties say, and no more."),
    Words("Ask the ministry of justice whether the articles fit the law in force, and the customs for the codes."),
    Words("Ask the partner authorities of the lanes above before the draft is tabled."),
)
_SECOND = Words("second hand")
_MARKS = {
    "primary_text": Words("text read"),
    "official_page_excerpt": _SECOND,
    "reg_text_mirror_excerpt": _SECOND,
    "secondary": _SECOND,
}
_RECALLED = Words("recalled")


def pdf(draft: Draft, language: str, found: DraftEffects | None = None) -> bytes:
    """The paper on a draft. Raises TableError where the draft is not as a pack must be."""
    told = found or effects(draft)
    with speaking(language):
        data = {**_data(draft, told), "language": language}
    made = typst.compile(
        TEMPLATE,
        root=TEMPLATE.parent,
        format="pdf",
        sys_inputs={"paper": json.dumps(data, ensure_ascii=False)},
        pdf_standards="a-2b",
        ignore_system_fonts=True,
        font_paths=[FONTS],
    )
    assert isinstance(made, bytes)
    return made


def _name(code: str) -> str:
    return tables.parties()[code].name.say() if code else _HEADS["every"].say()


def _count(number: float) -> str:
    return f"{round(number):,}"


def sentences(told: DraftEffects) -> tuple[Words, ...]:
    """What a draft reaches, in sentences."""
    return tuple(
        words.format(
            day=told.on, asked=_count(told.asked), changed=_count(told.changed), built=told.built_in,
            built_changed=told.built_in_changed, duties=len(told.duties), tonnes=_count(told.generated_t),
            filings=_count(told.needing_consent),
        )
        for words in _SUM
    )  # fmt: skip


def _data(draft: Draft, told: DraftEffects) -> dict[str, Any]:
    streams = tables.streams()
    clauses = meant_by(draft)
    grounds = [ground for one in clauses for ground in side_by_side(one)]
    return {
        "on": told.on.isoformat(),
        "heads": {name: words.say() for name, words in _HEADS.items()},
        "names": [one.title.say() for one in clauses],
        "economies": [_name(code) for code in dict.fromkeys(duty.economy for duty in told.duties if duty.economy)],
        "sum": [words.say() for words in sentences(told)],
        "says": [[words.say(), citation(cited).say()] for words, cited in says(draft)][:SHOWN],
        "clauses": [[one.title.say(), one.text.say()] for one in clauses],
        "grounds": [
            [ground.name.say(), ground.words.say(), f"{ground.citation} ({_MARKS.get(ground.evidence, _RECALLED)})"]
            for ground in grounds[:MOST_GROUNDS]
        ],
        "flows": [
            [streams[flow.stream].name.say(), *map(_count, (flow.closed, flow.opened, flow.otherwise))]
            for flow in told.flows[:SHOWN]
        ],
        "lanes": [
            [
                _name(one.origin), _name(one.destination),
                f"{streams[one.stream].name.say()} ({_HEADS['hazardous' if one.hazardous else 'harmless'].say()})",
                VERDICT_WORDS[one.before].say(), VERDICT_WORDS[one.after].say(),
            ]
            for one in told.examples[:MOST_LINES]
        ],
        "tonnes": [
            [
                _name(one.economy), str(one.year), _count(one.generated_t),
                "–" if one.collected_t is None else _count(one.collected_t),
            ]
            for one in told.tonnes[:MOST_LINES]
        ],
        "sites": [[_name(one.economy), ", ".join(site.say() for site in one.names)] for one in told.sites][
            :MOST_LINES
        ],
        "duties": [
            [_name(duty.economy), DUTY_KINDS[duty.duty].say(), duty.words.say(), duty.since.isoformat()]
            for duty in told.duties
        ],
        "sure": [words.say() for words in _SURE],
    }  # fmt: skip
