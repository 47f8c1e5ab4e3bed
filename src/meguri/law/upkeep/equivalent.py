"""Changes of the packs that change no answer: shown by asking every question of a finite space before and after.

The space of a change of one rule or entry: every lane between economies, two standing for those that no selector of
what is in force tells apart; every stream that the item reaches, as it was or as it is; the eve and the day of each of
its dates, and the day on which the law was read; each set of facts that a rule in force names, alone and beside those
of the item, with and without a hazard; recovery, disposal and each operation that one names; each setting of a switch
that one rests on. What is in force on none of these days, or speaks of none of these streams, bears on none of them and
is left out. Transit and declared codes lie outside: what reaches transit is never called equivalent.

Two answers are the same in every field where the same rules fire, the same entries give codes and papers, and the same
law on used goods is on file, so these are compared; what an answer shows of a date counts as another answer.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from meguri.kit.problems import MeguriError
from meguri.law import groups, tables
from meguri.law.across.vector import WorldQuestion, Worlds
from meguri.law.asking.facts import FactValue
from meguri.law.asking.model import Question
from meguri.law.body.packs import COVERS, READ_ON, Law
from meguri.law.body.rulebook import ListEntry, Rule
from meguri.law.groups import stream_matches
from meguri.law.upkeep.drawing import brings
from meguri.law.upkeep.mutating import DATES, Item, PackChange, changed, side_by_side

Facts = Mapping[str, FactValue]
Marks = npt.NDArray[np.int32]
REUSE = {"purpose": "reuse", "function_tested": True, "test_record": True, "packed": True, "invoice": True}
SILENT = {"national", "sets"}
"""Effects of rules that no answer names: what follows from them shows in others."""
MOST = 400
MOST_CELLS = 60_000_000
"""Worlds, and answers in all of them, that are asked of one change; nothing is shown of one whose space is larger."""
_DAY = timedelta(days=1)


def _items(law: Law) -> list[Item]:
    return [*law.rules, *law.entries]


def days(item: Item) -> tuple[date, ...]:
    """The eve and the day of each of its dates, and the day on which the law was read."""
    found = {READ_ON}
    for name, shift in DATES.items():
        day = getattr(item, name, None)
        if day is not None and COVERS[0] < day < COVERS[1]:
            found |= {day, day - shift * _DAY}
    return tuple(sorted(found))


def asks_for(rule: Rule, given: Collection[str]) -> bool:
    """Whether a rule turns on one of these classes, tags or arrangements; on its own family of classes in any case."""
    if not given:
        return False
    families = {name.partition(":")[0] for name in given if ":" in name}
    for name in rule.waste:
        family, sign, _ = name.lstrip("!").partition(":")
        if name.lstrip("!") in given or (sign and family in families):
            return True
    return any(name in given for name in (*rule.needs, *rule.lacks, *rule.route))


def hidden(item: Item) -> bool:
    """Whether no answer names it: an entry, or a rule that only says something for others."""
    return isinstance(item, ListEntry) or item.effect in SILENT


def sliced(law: Law, item: Item) -> tuple[Law, frozenset[str]]:
    """The part of a law that decides whether a change of an item shows, and the ids of the rules in which it could.

    A rule that answers name shows by itself where it fires: where that is as it was, so is all that follows. Of an
    entry and of a rule that they do not name, the rules show that turn on what it brings. The part is them and what
    they turn on in their turn; every other rule fires as it did.
    """
    affected: dict[str, Item] = {item.id: item}
    given = brings(item) if hidden(item) else frozenset()
    while more := [rule for rule in law.rules if rule.id not in affected and asks_for(rule, given)]:
        affected |= {rule.id: rule for rule in more}
        given = given.union(*(brings(rule) for rule in more if hidden(rule)))
    kept: dict[str, Item] = {rule.id: rule for rule in law.stages["status"]}
    kept.update(affected)
    if item in law.used_goods:
        kept.update({rule.id: rule for rule in law.used_goods})
    fresh = list(kept.values())
    while fresh:
        rules = [one for one in fresh if isinstance(one, Rule)]
        before = [
            one
            for one in _items(law)
            if one.id not in kept
            and (
                any(asks_for(rule, brings(one)) for rule in rules)
                or (isinstance(one, Rule) and one.stage == "route" and any(rule.route for rule in rules))
            )
        ]
        kept |= {one.id: one for one in before}
        fresh = before

    def held(listed: Iterable[Any]) -> tuple[Any, ...]:
        return tuple(one for one in listed if one.id in kept)

    part = replace(
        law, rules=held(law.rules), entries=held(law.entries), _near={}, _entries={},
        stages=MappingProxyType({name: held(rules) for name, rules in law.stages.items()}),
    )  # fmt: skip
    return part, frozenset(affected)


def trimmed(law: Law, streams: Sequence[str], on: Sequence[date]) -> Law:
    """The law without what is in force on none of these days, or speaks of none of these streams."""

    def bears(item: Item) -> bool:
        first, last = item.effective_from or date.min, item.effective_to or date.max
        # The days of other acts than the movement are facts: what goes by them is kept whatever its dates.
        dated = not isinstance(item, Rule) or item.by == "moved"
        return any(stream_matches(item.streams, name) for name in streams) and (
            not dated or any(first <= day <= last for day in on)
        )

    return replace(
        law,
        rules=tuple(rule for rule in law.rules if bears(rule)),
        stages=MappingProxyType({name: tuple(r for r in rules if bears(r)) for name, rules in law.stages.items()}),
        entries=tuple(entry for entry in law.entries if bears(entry)),
        _near={},
        _entries={},
    )


def _values(item: Item) -> Iterator[tuple[str, Any]]:
    """The facts that a rule or entry names, each at a value that it asks for or excepts, and just beside it."""
    for name, value in (*item.facts, *item.facts_not):
        for one in value if isinstance(value, tuple) else (value,):
            yield name, one
            if isinstance(one, bool):
                yield name, not one
    if not isinstance(item, Rule):
        return
    for name, most in item.over:
        yield from ((name, most), (name, most + 1))
    for name in (*item.facts_given, *item.facts_missing):
        yield from ((name, value) for value in (True, 1, "2020-01-01"))
    for name in item.past:
        yield from ((name, "2017-06-01"), (name, "2031-12-31"))
    if item.older is not None:
        yield from (("made_year", READ_ON.year - item.older), ("made_year", READ_ON.year - item.older + 1))
    if item.by != "moved":
        yield from ((f"{item.by}_on", day.isoformat()) for day in days(item))


def _asked(item: Item) -> dict[str, Any]:
    return {name: value[0] if isinstance(value, tuple) else value for name, value in item.facts}


def could(item: Item | None, given: Mapping[str, Any], operation: str | None) -> bool:
    """Whether a rule or entry can bear on a question with these facts and this operation, whatever its ends."""
    if item is None:
        return False
    if isinstance(item, ListEntry) and item.hazardous not in (None, given["hazardous"]):
        return False
    kind = operation[0] if operation else "D" if given.get("purpose") == "disposal" else "R"
    if item.operations and kind not in item.operations and operation not in item.operations:
        return False
    for name, value in item.facts:
        if given.get(name) is None or (given[name] not in value if isinstance(value, tuple) else given[name] != value):
            return False
    return not any(
        given.get(name) in value if isinstance(value, tuple) else given.get(name) == value
        for name, value in item.facts_not
    )


@lru_cache(maxsize=4096)
def _parsed(given: tuple[tuple[str, Any], ...]) -> Facts | None:
    purpose = dict(given).get("purpose")
    try:
        return Question.parse(
            on=READ_ON, stream="cables", origin="JPN", destination="DEU", facts=dict(given),
            operation=None if purpose in ("reuse", "repair", "warranty", "refurbishment") else "R4",
        ).facts  # fmt: skip
    except MeguriError:
        return None


def facts(law: Law, own: Sequence[Item]) -> list[Facts]:
    """Sets of facts: those of the item, beside each one that a rule names, with all that one names, and for reuse."""
    bases = [dict(pairs) for pairs in dict.fromkeys(tuple(sorted(_asked(one).items())) for one in own)]
    listed: list[dict[str, Any]] = []
    for base in ({}, *bases):
        listed += [base, {**REUSE, **base}, {**REUSE, "contract": True, **base}]
        for item in _items(law):
            listed += [{**base, **_asked(item)}, *({**base, name: value} for name, value in _values(item))]
    found: dict[tuple[Any, ...], Facts] = {}
    for one, hazardous in itertools.product(listed, (True, False)):
        key = tuple(sorted({"hazardous": hazardous, **one}.items()))
        if key not in found and (parsed := _parsed(key)) is not None:
            found[key] = parsed
    return list(found.values())


def operations(law: Law) -> tuple[str | None, ...]:
    """Recovery, disposal, and each operation that a rule names by itself."""
    named = {one for item in _items(law) for one in item.operations if one in tables.operations()}
    return tuple(dict.fromkeys(("R4", "D10", *sorted(named))))


def economies(law: Law, on: Sequence[date]) -> tuple[str, ...]:
    """Two economies of each class that no selector of a law tells apart on these days: for lanes inside it too."""
    lists = {item.economies for item in _items(law)} | {rule.partners for rule in law.rules}
    lists |= {(name,) for name in (*law.covered, *law.covered_groups, "@basel-nonparty")}
    own = {name.partition(":")[2] for entry in law.entries for name in entry.classes if ":" in name}
    lists |= {(name,) for name in own if name in tables.parties()}
    alike: dict[tuple[bool, ...], list[str]] = {}
    for code in groups.states():
        alike.setdefault(tuple(groups.any_of(one, code, day) for one in lists for day in on), []).append(code)
    return tuple(code for codes in alike.values() for code in codes[:2])


class AnswersCompared:
    """Shows of changes of one law whether they change an answer; what the law itself gives is worked out once."""

    def __init__(self, law: Law) -> None:
        self.law = law
        self.coded = frozenset(entry.id for entry in law.entries if entry.code or entry.documents)
        names = [*(rule.id for rule in law.rules), *(f"closed:{rule.id}" for rule in law.stages["route"]), *self.coded]
        self.numbers = {name: n for n, name in enumerate(names)}
        self.marks: dict[bytes, int] = {}
        self.bore = False

    def nothing(self, change: PackChange, number: int) -> bool:
        """Whether a change is shown to change no answer of its space, on some question of which the item bears."""
        item = change.item
        told = item.effect not in SILENT if isinstance(item, Rule) else item.id in self.coded
        if (isinstance(item, Rule) and item.direction == "transit") or (told and change.what in DATES):
            return False
        on = days(item)
        reach = change.made if change.made is not None else item
        streams = tuple(name for name in tables.streams() if stream_matches(reach.streams, name))
        part, affected = sliced(trimmed(self.law, streams, on), item)
        ends = economies(part, on)
        other = changed(part, change, number)
        self.bore = False
        space = list(itertools.islice(self.questions(part, change, ends, streams, on), MOST + 1))
        if len(space) > MOST or len(space) * len(ends) ** 2 * len(on) * len(streams) > MOST_CELLS:
            return False
        for asked, settings in space:
            before = self._fired(part, affected, asked, settings, item.id)
            after = self._fired(other, affected, asked, settings)
            if not np.array_equal(before, after):
                return False
        return self.bore

    def questions(
        self, law: Law, change: PackChange, ends: tuple[str, ...], streams: tuple[str, ...], on: tuple[date, ...]
    ) -> Iterator[tuple[WorldQuestion, Mapping[str, str]]]:
        """The space of a change under a trimmed law, without what neither the item nor what it became bears on."""
        own = [one for one in (change.item, change.made) if one is not None]
        usual = {name: switch.setting for name, switch in law.switches.items()}
        settings = [usual]
        for name in dict.fromkeys(rule.assumes[0] for rule in law.rules if rule.assumes):
            settings += [{**usual, name: option} for option in law.switches[name].options if option != usual[name]]
        for setting, given in itertools.product(settings, facts(law, own)):
            for operation in (None,) if given.get("purpose") else operations(law):
                if any(could(one, given, operation) for one in own):
                    yield WorldQuestion(ends, streams, on, operation, given), setting

    def _fired(
        self, law: Law, affected: Collection[str], asked: WorldQuestion, settings: Mapping[str, str], watched: str = ""
    ) -> Marks:
        """A mark for each cell of a world, the same where the same rules fire; lanes under one law are marked alike.

        Where the rule or entry `watched` bears on a cell, that is noted.
        """
        hazardous = bool(asked.facts["hazardous"])
        homes = [tables.parties()[code].law_of or code for code in asked.economies]
        same = np.array([[a == b for b in homes] for a in homes], dtype=bool)
        if not law.rules and not law.entries:
            none = np.packbits(np.zeros(len(self.numbers) + 1, dtype=bool)).tobytes()
            shape = (len(asked.dates), len(homes), len(homes), len(asked.streams))
            empty: Marks = np.full(shape, self.marks.setdefault(none, len(self.marks)), dtype=np.int32)
            empty[:, same] = -1
            return empty
        world = Worlds(law, asked)
        fired = world.fired(np.arange(world.rows, dtype=np.int32), hazardous, settings)
        bits = np.zeros((len(self.numbers) + 1, *fired.shape[1:]), dtype=bool)
        for n, rule in enumerate(world.order):
            if rule.id == watched:
                self.bore = self.bore or bool(fired[n].any())
            if rule.effect not in SILENT and rule.id in affected:
                bits[self.numbers[rule.id]] = fired[n]
        for name, n in world.closed.items():
            bits[self.numbers[f"closed:{name}"]] = fired[n]
        for entry, meets, columns in world.entries:
            if not could(entry, asked.facts, asked.operation):
                continue
            if entry.id == watched:
                self.bore = self.bore or bool(meets.any())
            if entry.id in self.coded and entry.id in affected:
                bits[self.numbers[entry.id]][np.ix_(np.nonzero(meets)[0], columns)] = True
        bits[-1] = world.used
        packed = np.ascontiguousarray(np.packbits(bits.reshape(len(bits), -1), axis=0).T)
        keys, place = np.unique(packed.view(np.dtype((np.void, packed.shape[1]))).ravel(), return_inverse=True)
        named = np.array([self.marks.setdefault(key.tobytes(), len(self.marks)) for key in keys], dtype=np.int32)
        grid: Marks = named[place.ravel()].reshape(fired.shape[1:])[:, world.column_of][world.row_of]
        grid[:, same] = -1
        return grid


_work: tuple[AnswersCompared, Sequence[PackChange]] | None = None


def _one(number: int) -> bool:
    assert _work is not None
    return _work[0].nothing(_work[1][number], number)


def shown(law: Law, changes: Sequence[PackChange], jobs: int = 0) -> tuple[PackChange, ...]:
    """Those of some changes that are shown to change no answer."""
    global _work
    _work = AnswersCompared(law), changes
    try:
        found = side_by_side(_one, range(len(changes)), jobs)
    finally:
        _work = None
    return tuple(change for change, nothing in zip(changes, found, strict=True) if nothing)
