"""The same rules over many movements at once, without transit: boolean arrays instead of one case after another.

Movements that no rule can tell apart are decided together. Economies fall into classes by what every selector says of
them on a day, days into segments by which items are in force, and pairs of classes into rows by which rules reach them.
Rows times streams are then run through the stages of the engine in the same order; each combination of fired
rules is added up once, by the engine's own `sum_up`. So the arrays decide only which rule fires where.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from meguri.law import groups, tables
from meguri.law.asking.contradictions import MAY_REBUT
from meguri.law.asking.engine import Fired, FiredRule, RuleTotal, given_as_asked, in_force, sum_up
from meguri.law.asking.looked import CONTROLLED, ends_that_speak
from meguri.law.asking.model import FactValue
from meguri.law.body.packs import Law
from meguri.law.body.rulebook import ACTS, DIRECTIONS, ListEntry, Rule
from meguri.law.groups import stream_matches
from meguri.law.wastes import OWN

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int32]
FIRST = ("status", "define", "route", "prohibit", "consequence", "control", "default", "remedy", "formal")
_PRODUCTS_APART = {"prohibit", "consequence", "control", "default"}
ENDS = ("export", "import")
LISTED = "listed"
"""What is presumed of a stream that a hazardous entry names by what it is."""
_NO_FACTS: Mapping[str, FactValue] = {}


@dataclass(frozen=True)
class WorldQuestion:
    """What is asked of every cell: the lists that span it and what all cells share. `facts` are checked facts."""

    economies: tuple[str, ...]
    streams: tuple[str, ...]
    dates: tuple[date, ...]
    operation: str | None
    facts: Mapping[str, FactValue] = field(default_factory=lambda: _NO_FACTS)

    @property
    def kind(self) -> str:
        """R or D, as the engine takes it."""
        if self.operation:
            return self.operation[0]
        return "D" if self.facts.get("purpose") == "disposal" else "R"

    def days(self, act: str) -> tuple[date, ...]:
        """The day of an act for each date: given as a fact, or the day of the movement."""
        given = self.facts.get(f"{act}_on")
        if isinstance(given, date):
            return (given,) * len(self.dates)
        return self.days("moved") if act == "arrived" else self.dates


def _unique(bits: Bools) -> tuple[Ints, Ints]:
    """Columns that are alike: the first of each kind, and for every column its kind."""
    packed = np.ascontiguousarray(np.packbits(bits, axis=0).T)
    rows = packed.view(np.dtype((np.void, packed.shape[1]))).ravel()
    _, first, inverse = np.unique(rows, return_index=True, return_inverse=True)
    return first.astype(np.int32), inverse.ravel().astype(np.int32)


class _Selectors:
    """What lists of selectors say of each economy on each date."""

    def __init__(self, asked: WorldQuestion) -> None:
        self.asked = asked
        self.parties = [tables.parties()[code] for code in asked.economies]
        self.shape = (len(asked.dates), len(asked.economies))
        self.days = {act: asked.days(act) for act in ACTS}
        self._group: dict[tuple[str, str], Bools] = {}
        self._any: dict[tuple[tuple[str, ...], str], Bools] = {}

    def atom(self, name: str, act: str) -> Bools:
        if not name.startswith("@"):
            row = np.array([name in (party.iso3, party.law_of) for party in self.parties], dtype=bool)
            return np.broadcast_to(row, self.shape)
        if (name, act) not in self._group:
            seen = {}
            for day in set(self.days[act]):
                seen[day] = [groups.holds(name, party.iso3, day) for party in self.parties]
            self._group[name, act] = np.array([seen[day] for day in self.days[act]], dtype=bool).reshape(self.shape)
        return self._group[name, act]

    def any_of(self, selectors: tuple[str, ...], act: str) -> Bools:
        if (selectors, act) not in self._any:
            found = np.full(self.shape, not selectors)
            for selector in selectors:
                holds = np.ones(self.shape, dtype=bool)
                for atom in selector.split("+"):
                    said = self.atom(atom.lstrip("!"), act)
                    holds &= ~said if atom.startswith("!") else said
                found |= holds
            self._any[selectors, act] = found
        return self._any[selectors, act]

    def active(self, item: Rule | ListEntry) -> Bools:
        """On which dates a rule or entry is in force."""
        act = item.by if isinstance(item, Rule) else "moved"
        active = [in_force(item.effective_from, item.effective_to, day) for day in self.days[act]]
        if isinstance(item, Rule) and item.moves_from:
            active = [a and day >= item.moves_from for a, day in zip(active, self.days["moved"], strict=True)]
        if isinstance(item, Rule):
            facts = self.asked.facts
            active = [a and given_as_asked(item, facts, day) for a, day in zip(active, self.days["moved"], strict=True)]
        return np.array(active, dtype=bool)


@dataclass(frozen=True)
class _Rule:
    """A rule with its place among the fired bits, and the rows that it reaches forwards and backwards."""

    rule: Rule
    bit: int
    forward: Bools
    backward: Bools | None
    loose: Bools | None
    columns: Ints
    possible: bool


class Worlds:
    """The law laid out for a `WorldQuestion`: rows of like pairs, columns of like streams, the rules over them."""

    def __init__(self, law: Law, asked: WorldQuestion) -> None:
        self.law, self.asked = law, asked
        rules = [rule for stage in FIRST for rule in law.stages[stage] if rule.direction != "transit"]
        entries = [
            entry
            for entry in law.entries
            if self._facts(entry, None) and (not entry.operations or asked.kind in entry.operations)
        ]
        self._columns(rules, entries)
        self._rows(rules, entries)
        self.closed = {rule.id: len(rules) + n for n, rule in enumerate(law.stages["route"])}
        self.other = len(rules) + len(self.closed)
        """The bit of waste that is neither hazardous nor of Annex II."""
        self.width = self.other + 1
        self._totals: dict[bytes, int] = {}
        self.totals: list[RuleTotal] = []
        self.unread: list[bool] = []
        """For each total whether an end's law, though on file, says nothing of such waste."""

    def _facts(self, item: Rule | ListEntry, hazardous: bool | None) -> bool:
        """Whether facts hold; with no hazard given, whether they could under some hazard."""
        for name, value in item.facts:
            given: Any = hazardous if name == "hazardous" else self.asked.facts.get(name)
            if name == "hazardous" and hazardous is None:
                continue
            if given is None or (given not in value if isinstance(value, tuple) else given != value):
                return False
        for name, value in item.facts_not:
            if name == "hazardous" and hazardous is None:
                continue
            given = hazardous if name == "hazardous" else self.asked.facts.get(name)
            if given in value if isinstance(value, tuple) else given == value:
                return False
        return True

    def _possible(self, rule: Rule) -> bool:
        asked = self.asked
        if rule.operations and asked.kind not in rule.operations and asked.operation not in rule.operations:
            return False
        return self._facts(rule, None)

    def _columns(self, rules: list[Rule], entries: list[ListEntry]) -> None:
        """Streams that no item tells apart are one column."""
        known = tables.streams()
        items: list[Rule | ListEntry] = [*rules, *entries]
        bits = [[stream_matches(item.streams, stream) for stream in self.asked.streams] for item in items]
        bits += [[known[stream].presumed == said for stream in self.asked.streams] for said in ("true", "unknown")]
        bits += [[bool(known[stream].listed) for stream in self.asked.streams]]
        first, self.column_of = _unique(np.array(bits, dtype=bool))
        self.names = tuple(self.asked.streams[n] for n in first)
        rebutted = self.asked.facts.get("rebuttal") in MAY_REBUT
        self.presumed = tuple(
            LISTED if known[name].listed and not rebutted else known[name].presumed for name in self.names
        )

    def _rows(self, rules: list[Rule], entries: list[ListEntry]) -> None:
        """Pairs of economies on a date that no item tells apart are one row."""
        asked, select = self.asked, _Selectors(self.asked)
        dates, count = select.shape
        ends = [(select.any_of(rule.economies, rule.by), select.any_of(rule.partners, rule.by)) for rule in rules]
        listed = [select.any_of(entry.economies, "moved") for entry in entries]
        nations = sorted(
            {name for entry in entries for name in entry.classes if name.partition(":")[0] in OWN and ":" in name}
        )
        own = [np.array([code == name.partition(":")[2] for code in asked.economies]) for name in nations]
        of_nation = [np.broadcast_to(row, select.shape) for row in own]
        outside = select.atom("@basel-nonparty", "moved")
        reached = np.array([self.law.has_own(code) for code in asked.economies], dtype=bool)
        for group in self.law.covered_groups:
            reached = reached | select.atom(group, "moved")
        reached = np.broadcast_to(reached, select.shape)
        said = np.array([*(half for pair in ends for half in pair), *listed, *of_nation, outside, reached])
        kinds, klass = _unique(said.reshape(len(said), -1))
        items: list[Rule | ListEntry] = [*rules, *entries]
        live: Bools = np.array([select.active(item) for item in items], dtype=bool)
        spans, span = _unique(live)
        klass2 = klass.reshape(dates, count).astype(np.int64)
        triple = (span[:, None, None].astype(np.int64) * len(kinds) + klass2[:, :, None]) * len(kinds)
        triple = triple + klass2[:, None, :]
        keys, row = np.unique(triple.ravel(), return_inverse=True)
        to, at = keys % len(kinds), keys // len(kinds) % len(kinds)
        when = spans[keys // len(kinds) ** 2]
        flat = said.reshape(len(said), -1)[:, kinds]
        live = live[:, when]

        forward, backward, loose = [], [], []
        for n, rule in enumerate(rules):
            a, p = flat[2 * n], flat[2 * n + 1]
            there, back = a[at] & p[to] & live[n], a[to] & p[at] & live[n]
            forward.append(back if rule.direction == "import" else there)
            backward.append(back if rule.direction == "pair" and rule.both_ways else np.zeros_like(back))
            loose.append(there | back if rule.stage == "route" else np.zeros_like(back))
        base = 2 * len(rules)
        meets = []
        for n, entry in enumerate(entries):
            e = flat[base + n]
            meets.append((e[at] & e[to] if entry.both_ends else e[at] | e[to]) & live[len(rules) + n])
        base += len(entries)
        nat = [flat[base + n][side] for side in (at, to) for n in range(len(nations))]
        base += len(nations)
        tail = [flat[base][at], flat[base][to], flat[base + 1][at] & flat[base + 1][to]]
        bits = np.array([*forward, *backward, *loose, *meets, *nat, *tail], dtype=bool)
        first, like = _unique(bits)
        bits = bits[:, first]
        self.row_of = like[row.ravel()].reshape(dates, count, count)
        self.rows = len(first)
        size = len(rules)
        self.outside = bits[-3].astype(np.int8) + bits[-2]
        self.reached = bits[-1]
        self.used = self._used_goods(rules, bits)
        start = 3 * size
        self.entries = [(entry, bits[start + n], self._cols(entry)) for n, entry in enumerate(entries)]
        start += len(entries)
        self.nations = {name: (bits[start + n], bits[start + len(nations) + n]) for n, name in enumerate(nations)}
        self.rules: dict[str, list[_Rule]] = {stage: [] for stage in FIRST}
        self.order = rules
        for n, rule in enumerate(rules):
            if not (bits[n] | bits[size + n] | bits[2 * size + n]).any():
                continue
            both = bits[size + n] if rule.direction == "pair" and rule.both_ways else None
            far = bits[2 * size + n] if rule.stage == "route" else None
            one = _Rule(rule, n, bits[n], both, far, self._cols(rule), self._possible(rule))
            if one.possible or far is not None:
                self.rules[rule.stage].append(one)

    def _used_goods(self, rules: list[Rule], bits: Bools) -> Bools:
        """Rows by columns: whether the law on used goods of both ends is on file, as `looked.unread` asks it."""
        known = {rule.id for rule in self.law.used_goods}
        sides = {side: np.zeros((self.rows, len(self.names)), dtype=bool) for side in ("export", "import")}
        for n, rule in enumerate(rules):
            if rule.id in known:
                sides[rule.direction][np.ix_(np.nonzero(bits[n])[0], self._cols(rule))] = True
        return sides["export"] & sides["import"]

    def _cols(self, item: Rule | ListEntry) -> Ints:
        return np.array([n for n, name in enumerate(self.names) if stream_matches(item.streams, name)], dtype=np.int32)

    def total(self, bits: Bools) -> int:
        """The index of what a combination of fired rules adds up to."""
        key = np.packbits(bits).tobytes()
        if key not in self._totals:
            fired = np.nonzero(bits)[0]
            self.totals.append(self._add_up(fired))
            spoken = ends_that_speak(self.law, (self.order[n].id for n in fired if n < len(self.order)))
            self.unread.append(bool(bits[self.other]) and len(spoken) < len(ENDS))
            self._totals[key] = len(self.totals) - 1
        return self._totals[key]

    def _add_up(self, fired: npt.NDArray[np.int64]) -> RuleTotal:
        by_stage: dict[str, list[FiredRule]] = {stage: [] for stage in FIRST}
        tags: set[str] = set()
        for n in fired:
            if n < len(self.order):
                rule = self.order[n]
                side = DIRECTIONS[rule.direction]
                shown = rule.side if "both" in (rule.side, side) else side
                by_stage[rule.stage].append(FiredRule(rule, shown, ""))
                if rule.stage not in ("route", "formal"):
                    tags.update(rule.gives)
        by_bit = {bit: rule for rule, bit in zip(self.law.stages["route"], self.closed.values(), strict=True)}
        shut = [FiredRule(by_bit[int(n)], "both", "") for n in fired if len(self.order) <= n < self.other]
        answered = {finding.side for finding in by_stage["control"]}
        controls = by_stage["control"] + [f for f in by_stage["default"] if f.side not in answered]

        def formal(procedures: tuple[str, ...]) -> list[FiredRule]:
            tags.update(f"procedure:{name}" for name in procedures)
            found = []
            for finding in by_stage["formal"]:
                if tags.issuperset(finding.rule.needs) and tags.isdisjoint(finding.rule.lacks):
                    found.append(finding)
                    tags.update(finding.rule.gives)
            return found

        return sum_up(
            self.law.procedures,
            Fired(
                by_stage["status"],
                by_stage["prohibit"] + by_stage["consequence"],
                controls,
                by_stage["remedy"],
                next(iter(by_stage["route"]), None),
                shut if "non-party" in tags else [],
            ),
            formal,
        )

    def decide(self, rows: Ints, hazardous: bool, settings: Mapping[str, str]) -> Ints:
        """What each cell of these rows comes to in one branch: indices into `totals`, shaped rows by columns."""
        return _Branch(self, rows, hazardous, settings).run()

    def fired(self, rows: Ints, hazardous: bool, settings: Mapping[str, str]) -> Bools:
        """Which rules fire in each cell of these rows in one branch, shaped (bits, rows, columns); see `order`."""
        return _Branch(self, rows, hazardous, settings).fire()


class _Branch:
    """One branch over a block of rows: hazard and switches are fixed."""

    def __init__(self, world: Worlds, rows: Ints, hazardous: bool, settings: Mapping[str, str]) -> None:
        self.world, self.rows, self.hazardous, self.settings = world, rows, hazardous, settings
        self.shape = (len(rows), len(world.names))
        self.fired = np.zeros((world.width, *self.shape), dtype=bool)
        self.tags: dict[str, Bools] = {}
        self.classes: dict[str, Bools] = {}
        self.product = np.zeros(self.shape, dtype=bool)
        self.route: dict[str, Bools] = {"outside": np.ones(self.shape, dtype=bool)}

    def fire(self) -> Bools:
        world = self.world
        self._stage("status")
        for one in world.rules["status"]:
            self.product |= self.fired[one.bit]
        waste = ~self.product
        self._classify(waste)
        self._stage("define", waste)
        self._routes(waste)
        for stage in ("prohibit", "consequence", "control", "default"):
            self._stage(stage)
        self._stage("remedy", waste)
        self._stage("formal", tagged=False)
        self.fired[world.other] = waste & ~np.logical_or.reduce([self._zeros(self.classes, one) for one in CONTROLLED])
        return self.fired

    def run(self) -> Ints:
        world = self.world
        bits = self.fire().reshape(world.width, -1)
        first, inverse = _unique(bits)
        totals = np.array([world.total(bits[:, n]) for n in first], dtype=np.int32)
        return totals[inverse].reshape(self.shape)

    def _zeros(self, store: dict[str, Bools], name: str) -> Bools:
        if name not in store:
            store[name] = np.zeros(self.shape, dtype=bool)
        return store[name]

    def _classify(self, waste: Bools) -> None:
        for entry, meets, columns in self.world.entries:
            if entry.hazardous is not None and entry.hazardous != self.hazardous:
                continue
            reach = np.nonzero(meets[self.rows])[0]
            if len(reach) and len(columns) and self.world._facts(entry, self.hazardous):
                block = np.ix_(reach, columns)
                for name in entry.classes:
                    self._zeros(self.classes, name)[block] |= waste[block]

    def _routes(self, waste: Bools) -> None:
        """Choose the arrangement; a route rule's own bit says that it was chosen, its second that it is closed."""
        opened: list[tuple[_Rule, Bools]] = []
        for one in self.world.rules["route"]:
            mask = self._mask(one, True) if one.possible else None
            hit = np.zeros(self.shape, dtype=bool) if mask is None else mask & waste
            opened.append((one, hit))
            assert one.loose is not None
            near = one.loose[self.rows][:, None] & waste & ~hit
            self.fired[self.world.closed[one.rule.id]] = near
        taken = np.zeros(self.shape, dtype=bool)
        chosen: dict[str, Bools] = {}
        for kind in tables.arrangements():
            for one, hit in opened:
                if one.rule.route_kind == kind:
                    mine = hit & ~taken
                    self.fired[one.bit] = mine
                    taken |= mine
                    self._zeros(chosen, kind)[...] |= mine
        outside = self.world.outside[self.rows][:, None]
        free = waste & ~taken
        chosen["basel"], chosen["none"] = free & (outside == 0), free & (outside == 1)
        chosen["outside"] = (free & (outside == 2)) | self.product
        self.route = chosen

    def _stage(self, stage: str, within: Bools | None = None, *, tagged: bool = True) -> None:
        for one in self.world.rules[stage]:
            mask = self._mask(one, tagged)
            if mask is None:
                continue
            if stage in _PRODUCTS_APART:
                mask &= self.product if one.rule.product else ~self.product
            if within is not None:
                mask &= within
            self.fired[one.bit] = mask
            if tagged:
                for tag in one.rule.gives:
                    self._zeros(self.tags, tag)[...] |= mask
        if stage == "status" and self.world.rules[stage]:
            self._zeros(self.tags, "not-waste")[...] |= np.logical_or.reduce(
                [self.fired[one.bit] for one in self.world.rules[stage]]
            )

    def _mask(self, one: _Rule, tagged: bool) -> Bools | None:
        """Where a rule fires; None where it cannot in this branch. Without `tagged`, tags are not asked."""
        rule = one.rule
        if not len(one.columns) or not self.world._facts(rule, self.hazardous):
            return None
        if rule.assumes and self.settings.get(rule.assumes[0]) != rule.assumes[1]:
            return None
        mask: Bools | None = None
        for reach, turned in ((one.forward, rule.direction == "import"), (one.backward, True)):
            if reach is None:
                continue
            rows = np.nonzero(reach[self.rows])[0]
            if not len(rows):
                continue
            block = np.ix_(rows, one.columns)
            hit = self._waste(rule, rows, block, turned)
            if rule.route:
                hit = hit & np.logical_or.reduce([self._at(self.route, name, block) for name in rule.route])
            if tagged:
                for tag in rule.needs:
                    hit = hit & self._at(self.tags, tag, block)
                for tag in rule.lacks:
                    hit = hit & ~self._at(self.tags, tag, block)
            if mask is None:
                mask = np.zeros(self.shape, dtype=bool)
            mask[block] |= hit
        return mask

    def _at(self, store: dict[str, Bools], name: str, block: Any) -> Bools:
        found = store.get(name)
        if found is None:
            return np.zeros((block[0].shape[0], block[1].shape[1]), dtype=bool)
        return found[block]

    def _waste(self, rule: Rule, rows: Any, block: Any, turned: bool) -> Bools:
        """Whether the material is of a class that the rule means; `turned`: the rule's economy is the destination."""
        shape = (block[0].shape[0], block[1].shape[1])
        positive, barred, any_positive = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool), False
        for name in rule.waste:
            bare = name.lstrip("!")
            family, sign, whose = bare.partition(":")
            if sign and family in OWN:
                hit = self._own(family, rows, block, turned != (whose == "partner"))
            else:
                hit = self._at(self.classes, bare, block)
            if name.startswith("!"):
                barred |= hit
            else:
                any_positive = True
                positive |= hit
        return (positive if any_positive else np.ones(shape, dtype=bool)) & ~barred

    def _own(self, family: str, rows: Any, block: Any, destination: bool) -> Bools:
        found = np.zeros((block[0].shape[0], block[1].shape[1]), dtype=bool)
        for name, (origin, end) in self.world.nations.items():
            if name in self.classes and name.startswith(f"{family}:"):
                here = (end if destination else origin)[self.rows[rows]]
                found |= self.classes[name][block] & here[:, None]
        return found


def hazards(given: FactValue | None, presumed: Sequence[str]) -> tuple[Bools, Bools]:
    """For each column whether the hazardous and the other branch are asked, as `verdict` asks them."""
    by_list = np.array([said == LISTED for said in presumed], dtype=bool)
    if isinstance(given, bool):
        return np.full(len(presumed), given) | by_list, np.full(len(presumed), not given) & ~by_list
    if given == "unknown":
        return np.ones(len(presumed), dtype=bool), ~by_list
    return (
        np.array([said in ("true", "unknown", LISTED) for said in presumed], dtype=bool),
        np.array([said not in ("true", LISTED) for said in presumed], dtype=bool),
    )
