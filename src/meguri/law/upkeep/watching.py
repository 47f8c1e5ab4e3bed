"""What to look up next: rules by how long ago they were read and by how many lanes rest on them, as a work list.

A line says what would change: on how many of the lanes that rest on a rule the answer would be another without it. The
answers that come back are put into ``tables/checks.csv``, all or none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from meguri.kit.files import reading, writing
from meguri.kit.problems import N_, Problem, gather, nearest, refuse
from meguri.law import laboratory, tables
from meguri.law.asking.model import Question, Verdict
from meguri.law.asking.verdict import verdict
from meguri.law.body import checks
from meguri.law.body.packs import COVERS, READ_ON, Law
from meguri.law.body.rulebook import ListEntry, Rule
from meguri.law.upkeep.mutating import PackChange, changed

OPERATION = "R4"
Item = Rule | ListEntry


def lanes(on: date) -> tuple[Question, ...]:
    """The lanes by which a rule weighs: the built-in ones, and each stream of those between each two watched ends."""
    day = min(max(on, COVERS[0]), COVERS[1])
    built = tuple(replace(question, on=day) for question in laboratory.lanes(day))
    ends = tuple(dict.fromkeys((*tables.usual("often asked"), *tables.usual("destination"))))
    streams = sorted({question.stream for question in built})
    between = tuple(
        Question.parse(on=day, stream=stream, origin=origin, destination=destination, operation=OPERATION)
        for stream in streams
        for origin in ends
        for destination in ends
        if origin != destination and checks.on_watched_lane(origin, destination, day)
    )
    return built + between


@lru_cache(maxsize=2)
def _resting(digest: str, on: date) -> Mapping[str, tuple[Verdict, ...]]:
    law = Law.load()
    assert law.digest == digest
    found: dict[str, list[Verdict]] = {}
    for question in lanes(on):
        answer = verdict(question, law)
        named = {ground.rule for ground in answer.grounds} | {code.rule for code in answer.codes if code.rule}
        for rule in named:
            found.setdefault(checks.base(rule), []).append(answer)
    return {rule: tuple(answers) for rule, answers in found.items()}


def resting(on: date) -> Mapping[str, tuple[Verdict, ...]]:
    """The answers on the lanes that rest on each rule or entry, by its id without a version."""
    return _resting(Law.load().digest, on)


@dataclass(frozen=True)
class ToLookUp:
    """A rule to look up: how long ago it was, how many lanes rest on it, whether that is too long."""

    item: Item
    checked: date | None
    age: int | None
    lanes: int
    overdue: bool
    found: str


def by_age(today: date, on: date | None = None, packs: Sequence[str] = ()) -> tuple[ToLookUp, ...]:
    """Every rule and entry in force today or later, one for all versions: what is overdue first, then by lanes."""
    law, weights = Law.load(), resting(on or today)
    newest: dict[str, Item] = {}
    items: list[Item] = [*law.rules, *law.entries]
    for item in items:
        if (item.effective_to is None or item.effective_to >= today) and (not packs or item.pack in packs):
            newest[checks.base(item.id)] = item
    lines = []
    for rule, item in newest.items():
        day = checks.day(rule, item.evidence)
        age = (today - day).days if day else None
        weight = len(weights.get(rule, ()))
        looked = checks.checks().get(rule)
        late = weight > 0 and (age is None or age > checks.OLD_DAYS)
        lines.append(ToLookUp(item, day, age, weight, late, looked.found if looked else ""))
    never = 10**6
    return tuple(
        sorted(
            lines, key=lambda one: (not one.overdue, -one.lanes, -(never if one.age is None else one.age), one.item.id)
        )
    )


def what_would_change(one: ToLookUp, on: date) -> Mapping[str, int]:
    """Of the lanes that rest on a rule, how many would have which other answer without it: ``was → would be``."""
    law = Law.load()
    rule = checks.base(one.item.id)
    bodies = law
    items: list[Item] = [*law.rules, *law.entries]
    for number, item in enumerate(items):
        if checks.base(item.id) == rule:
            bodies = changed(bodies, PackChange(item, "dropped", None), number)
    told: Counter[str] = Counter()
    for answer in resting(on).get(rule, ()):
        other = verdict(answer.question, bodies)
        if (other.verdict, other.procedures) != (answer.verdict, answer.procedures):
            told[f"{answer.verdict} → {other.verdict}"] += 1
    return dict(told.most_common())


def work(today: date, days: int, most: int, packs: Sequence[str] = ()) -> list[dict[str, Any]]:
    """The work list: rules that lanes rest on, never looked up or longer ago than so many days, the heaviest first."""
    listed = [one for one in by_age(today, packs=packs) if one.lanes and (one.age is None or one.age > days)]
    return [
        {
            "rule": checks.base(one.item.id),
            "pack": one.item.pack,
            "citation": one.item.citation,
            "source": one.item.source,
            "evidence": one.item.evidence,
            "words": one.item.words.en,
            "effective_from": one.item.effective_from.isoformat() if one.item.effective_from else None,
            "effective_to": one.item.effective_to.isoformat() if one.item.effective_to else None,
            "last_checked": one.checked.isoformat() if one.checked else None,
            "age_days": one.age,
            "lanes": one.lanes,
            "would_change": what_would_change(one, today),
            "checked_on": "",
            "found": "",
            "by": "",
            "note": "",
        }
        for one in listed[:most]
    ]


TAKEN = ("rule", "checked_on", "found", "by", "source")
"""Columns that an answer must have; `note` and `confidence` may be there, all others are passed over."""


def take(path: Path, today: date, into: Path | None = None) -> int:
    """Put the answers of a work list (CSV, or JSON as `meguri law watch --json` writes it) into the table of checks.

    Lines without a finding are passed over. Returns how many were taken. Raises Refused, with every line that is wrong,
    and takes none then.
    """
    lines = [line for line in _lines(path) if line[1].get("found", "").strip()]
    law = Law.load()
    items: list[Item] = [*law.rules, *law.entries]
    known = {checks.base(item.id) for item in items}
    problems: list[Problem] = []
    for place, row in lines:
        problems += _wrong(place, row, known, today)
    gather(problems)
    table = into or tables.TABLES / "checks.csv"
    before: list[list[str]] = [
        [line.cells[name] for name in checks.COLUMNS] for line in reading.lines(table, checks.COLUMNS)
    ]
    added: list[list[str]] = [
        [*(row.get(name, "").strip() for name in checks.COLUMNS[:-1]), row.get("confidence", "").strip() or "high"]
        for _, row in lines
    ]
    fresh = [row for row in added if row not in before]
    every = sorted(before + fresh, key=lambda row: row[:2])
    try:
        table.write_text(writing.csv_of(checks.COLUMNS, every), "utf-8")
    except OSError as error:
        raise refuse(
            N_("“{path}” cannot be written: {error}."), "/into", "write", path=str(table), error=str(error.strerror)
        ) from None
    checks.checks.cache_clear()
    return len(fresh)


def _lines(path: Path) -> list[tuple[str, Mapping[str, str]]]:
    if not path.is_file():
        raise refuse(N_("There is no file “{path}”."), "/take", "missing", path=str(path))
    given = reading.text(path, 20_000_000)
    if not given.lstrip().startswith("{"):
        return [(line.place, line.cells) for line in reading.lines_of(given, path.name, held=TAKEN)]
    listed: Any = reading.toml_or_json_of(given, path.name).get("work")
    if not isinstance(listed, list) or not all(isinstance(row, dict) for row in listed):
        raise reading.TableError(f"{path.name}: “work” is a list of answers")
    return [
        (f"{path.name}, answer {n}", {name: value if isinstance(value, str) else "" for name, value in row.items()})
        for n, row in enumerate(listed, 1)
    ]


def _wrong(place: str, row: Mapping[str, str], known: set[str], today: date) -> Iterable[Problem]:
    cells = {name: row.get(name, "").strip() for name in checks.COLUMNS}
    if cells["rule"] not in known:
        yield Problem(
            N_("{place}: “{rule}” is no rule and no entry on file. Nearest: {nearest}."), "/take", "rule",
            {"place": place, "rule": cells["rule"][:80], "nearest": nearest(cells["rule"][:80], known) or "–"},
        )  # fmt: skip
    if cells["found"] not in checks.FOUND:
        yield Problem(
            N_("{place}: “{found}” is not a finding. One of: {known}."), "/take", "found",
            {"place": place, "found": cells["found"][:40], "known": ", ".join(checks.FOUND)},
        )  # fmt: skip
    for name in ("by", "source"):
        if not cells[name]:
            yield Problem(N_("{place}: “{column}” is empty."), "/take", "empty", {"place": place, "column": name})
    try:
        day = date.fromisoformat(cells["checked_on"])
    except ValueError:
        yield Problem(
            N_("{place}: “{day}” is not a day such as 2026-12-09."), "/take", "day",
            {"place": place, "day": cells["checked_on"][:40]},
        )  # fmt: skip
        return
    if not READ_ON.replace(year=READ_ON.year - 10) <= day <= today:
        yield Problem(
            N_("{place}: {day} is in the future, or more than ten years before the law was read."), "/take", "day",
            {"place": place, "day": day},
        )  # fmt: skip
