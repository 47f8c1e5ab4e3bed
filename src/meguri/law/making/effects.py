"""What a draft reaches: flows over all lanes, tonnes that arise, sites, duties.

Tonnes are what arises in the economies it touches and what is collected of it, from the statistics on file: an upper
bound of what could move or be treated otherwise, never a forecast.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from types import MappingProxyType
from typing import Any

import msgspec
import numpy as np

from meguri import reference
from meguri.kit.words import Words
from meguri.law import tables
from meguri.law.across.world import Matrix, matrix
from meguri.law.asking import naming
from meguri.law.body.packfile import Draft
from meguri.law.body.packs import Law
from meguri.law.laboratory import diff, drafted, first_day, lanes
from meguri.law.making.clauses import DraftDuty, duties_in
from meguri.reference import facts
from meguri.reference.declared.flows import EwasteByCountry

BRANCHES: tuple[dict[str, Any], ...] = (
    {"hazardous": True},
    {"hazardous": False},
    {"hazardous": True, "facility_authorised": True, "facility_preconsented": True},
    {"hazardous": False, "facility_authorised": True, "facility_preconsented": True, "depolluted": True},
)
"""Facts under which each lane is asked: hazardous or not, to any site, and to one on a list after depollution."""
SHOWN = 12


class FlowChange(msgspec.Struct, frozen=True):
    """A stream and how many lanes (origin, destination, facts) a draft closes, opens or answers otherwise."""

    stream: str
    closed: int
    opened: int
    otherwise: int

    @property
    def all(self) -> int:
        """All lanes of the stream that change."""
        return self.closed + self.opened + self.otherwise


class LaneExample(msgspec.Struct, frozen=True):
    """A lane that changes: its ends, the stream, whether asked as hazardous, the verdict before and after."""

    origin: str
    destination: str
    stream: str
    hazardous: bool
    before: str
    after: str


class ArisingTonnes(msgspec.Struct, frozen=True):
    """What arises in an economy in a year and what is collected of it, in tonnes; None where nothing is on file."""

    economy: str
    year: int
    generated_t: float
    collected_t: float | None
    source: str


class ReachedSites(msgspec.Struct, frozen=True):
    """The sites on file, by id, in an economy at an end of a lane that changes."""

    economy: str
    sites: tuple[str, ...]

    @property
    def names(self) -> tuple[Words, ...]:
        """What they are called."""
        return tuple(reference.facilities()[site].name for site in self.sites)


class DraftEffects(msgspec.Struct, frozen=True):
    """What a draft reaches on a day. `asked` counts lanes, `needing_consent` those of them under prior consent."""

    on: date
    asked: int
    changed: int
    needing_consent: int
    flows: tuple[FlowChange, ...]
    examples: tuple[LaneExample, ...]
    built_in: int
    built_in_changed: int
    economies: tuple[str, ...]
    tonnes: tuple[ArisingTonnes, ...]
    sites: tuple[ReachedSites, ...]
    duties: tuple[DraftDuty, ...]

    @property
    def generated_t(self) -> float:
        """Tonnes a year that arise in the economies it touches, as far as statistics are on file."""
        return sum(one.generated_t for one in self.tonnes)


def effects(draft: Draft, on: date | None = None, law: Law | None = None) -> DraftEffects:
    """What a draft reaches. Raises TableError where it is not as a pack must be."""
    base, new, bound = law or Law.load(), drafted(draft), duties_in(draft)
    starts = [duty.since for duty in bound]
    day = on or max([first_day(new), *starts])
    flows: dict[str, Counter[str]] = {}
    examples: list[LaneExample] = []
    touched: Counter[str] = Counter()
    ends: Counter[str] = Counter()
    asked = changed = consent = 0
    for facts_of in BRANCHES if new.digest != base.digest else BRANCHES[:2]:
        before = matrix(None, None, (day,), facts=facts_of, law=base)
        after = before if new.digest == base.digest else matrix(None, None, (day,), facts=facts_of, law=new)
        one = before.verdict[0] >= 0
        asked += int(one.sum())
        consent += int((after.verdict[0] == after.verdicts.index("allowed_pic")).sum())
        differs = one & _differs(before, after)
        changed += int(differs.sum())
        for kind, mask in _kinds(before, after, differs):
            for s, count in enumerate(mask.sum(axis=(0, 1)).tolist()):
                if count:
                    flows.setdefault(before.streams[s], Counter())[kind] += count
        for axis, found in ((1, touched), (0, ends)):
            for n, count in enumerate(differs.sum(axis=(axis, 2)).tolist()):
                if count:
                    found[before.economies[n]] += count
        examples += _examples(before, after, differs, bool(facts_of["hazardous"]))
    homes = [duty.economy for duty in bound if duty.economy]
    first = list(dict.fromkeys([*homes, *(name for name, _ in (touched + ends).most_common())]))
    questions = [*lanes(day)]
    questions += [
        replace(one, facts=MappingProxyType({**one.facts, "facility_preconsented": True})) for one in questions
    ]
    return DraftEffects(
        on=day,
        asked=asked,
        changed=changed,
        needing_consent=consent,
        flows=tuple(
            sorted(
                (FlowChange(name, n["closed"], n["opened"], n["otherwise"]) for name, n in flows.items()),
                key=lambda flow: (-flow.all, flow.stream),
            )
        ),
        examples=tuple(_best(examples)),
        built_in=len(questions),
        built_in_changed=len([one for one in diff(new, questions, base) if one.what != ("grounds",)]),
        economies=tuple(first),
        tonnes=tuple(_tonnes(homes or first)),
        sites=tuple(_sites([*homes, *(name for name, _ in ends.most_common())])),
        duties=bound,
    )


def _differs(before: Matrix, after: Matrix) -> Any:
    same = [after.procedure_sets.index(one) if one in after.procedure_sets else -9 for one in before.procedure_sets]
    moved = np.array([*same, -1], dtype=np.int64)[before.procedures[0]]
    return (
        (before.verdict[0] != after.verdict[0]) | (before.status[0] != after.status[0]) | (moved != after.procedures[0])
    )


def _kinds(before: Matrix, after: Matrix, differs: Any) -> Iterator[tuple[str, Any]]:
    free = np.array([name.startswith("allowed") for name in before.verdicts] + [False])
    was, now = free[before.verdict[0]], free[after.verdict[0]]
    yield "closed", differs & was & ~now
    yield "opened", differs & ~was & now
    yield "otherwise", differs & (was == now)


def _examples(before: Matrix, after: Matrix, differs: Any, hazardous: bool) -> Iterator[LaneExample]:
    usual = np.array([code in naming.economies_first() for code in before.economies])
    near = usual[:, None, None] & usual[None, :, None]
    for o, d, s in np.argwhere(differs & near & (before.verdict[0] != after.verdict[0])).tolist():
        yield LaneExample(
            before.economies[o], before.economies[d], before.streams[s], hazardous,
            before.verdicts[before.verdict[0, o, d, s]], after.verdicts[after.verdict[0, o, d, s]],
        )  # fmt: skip


def _best(examples: list[LaneExample]) -> list[LaneExample]:
    """One lane of each origin, those among the economies of the network first."""
    usual = [*tables.usual("compared"), *tables.usual("destination")]
    places = {code: n for n, code in enumerate(dict.fromkeys(usual))}
    far = len(places)
    ordered = sorted(
        set(examples),
        key=lambda one: (
            places.get(one.origin, far) + places.get(one.destination, far), one.origin, one.destination, one.stream,
            one.hazardous, one.before,
        ),
    )  # fmt: skip
    firsts = {one.origin: one for one in reversed(ordered)}
    return [one for one in ordered if firsts[one.origin] is one][:SHOWN]


def _tonnes(economies: list[str]) -> Iterator[ArisingTonnes]:
    newest: dict[str, EwasteByCountry] = {}
    for one in facts.ewaste_by_country():
        if one.ewaste_generated_kt is not None and (one.iso3 not in newest or newest[one.iso3].year < one.year):
            newest[one.iso3] = one
    for code in economies:
        row = newest.get(code)
        if row is not None:
            collected = row.formally_collected_kt
            yield ArisingTonnes(
                code,
                row.year,
                (row.ewaste_generated_kt or 0.0) * 1000,
                None if collected is None else collected * 1000,
                str(row.source),
            )


def _sites(economies: list[str]) -> Iterator[ReachedSites]:
    held: dict[str, list[str]] = {}
    for name, site in reference.facilities().items():
        held.setdefault(site.iso3, []).append(name)
    for code in dict.fromkeys(economies):
        if code in held:
            yield ReachedSites(code, tuple(held[code]))
