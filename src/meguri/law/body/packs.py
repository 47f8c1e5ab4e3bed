"""Law as data: the format of a rule pack, its strict loader, and the body of law that the engine reads.

A pack is a TOML file for one instrument or economy. Everything in it is checked when loaded; what is wrong is
refused with file and line, so that a mistyped country can never silently open a border.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec

from meguri.kit.files.reading import TableError
from meguri.kit.words import Words
from meguri.law import groups, tables
from meguri.law.body.answers import made_entries
from meguri.law.body.packfile import Draft, Pack, entry_of, rule_of
from meguri.law.body.rulebook import STAGES, ListEntry, ProcedureNote, Rule, Switch
from meguri.law.groups import stream_matches

WORDS_ONLY = {
    "terms.csv", "changes.csv", "instruments.csv", "instrument_titles.csv", "coverage.csv", "national_rules.csv",
    "epr.csv", "gap_elements.csv", "map_numbers.csv", "remedies.csv", "destinations.csv", "lanes.csv",
    "usual_economies.csv", "cited_names.csv", "changed_facts.csv", "used_goods.csv", "checks.csv", "watched.csv",
}  # fmt: skip
PACKS = Path(__file__).resolve().parents[1] / "packs"
SPEAKS = ("define", "prohibit", "consequence", "control")
"""Stages whose rules tell what an economy's own law says of a movement; of the first only what was found read there."""
_BOTH = frozenset({"export", "import"})
COVERS = (date(2018, 1, 1), date(2031, 12, 31))
READ_ON = date(2026, 11, 23)
"""The day on which the law on file was last read; later days are answered as the law stood then."""


@dataclass(frozen=True)
class Law:
    """The compiled body of law.

    `covered` holds the economies with a pack of their own, `covered_groups` the groups whose members have one together,
    `binds` whom a treaty's pack binds where its rules name nobody.
    """

    rules: tuple[Rule, ...]
    entries: tuple[ListEntry, ...]
    switches: Mapping[str, Switch]
    procedures: Mapping[str, ProcedureNote]
    documents: Mapping[str, Words]
    covered: Mapping[str, str]
    covered_groups: Mapping[str, str]
    binds: Mapping[str, tuple[str, ...]]
    digest: str
    stages: Mapping[str, tuple[Rule, ...]] = field(default_factory=dict)
    covers: tuple[date, date] = COVERS
    _near: dict[tuple[str, str, str, str | None], frozenset[int]] = field(
        default_factory=dict, compare=False, repr=False
    )
    _reached: dict[tuple[str, str], Mapping[str, frozenset[int]]] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )
    _entries: dict[str, tuple[tuple[ListEntry, frozenset[str]], ...]] = field(
        default_factory=dict, compare=False, repr=False
    )

    def near(
        self, stage: str, ends: tuple[str, ...], stream: str = "", kind: str = "", operation: str | None = None
    ) -> Iterator[Rule]:
        """The rules of a stage that may speak of a movement, in their order; of every stream where none is named.

        `ends` are origin, destination and the economies of transit. The day is not asked about.
        """
        key = (stage, stream, kind, operation)
        rules = self.stages[stage]
        if key not in self._near:
            self._near[key] = frozenset(
                n
                for n, rule in enumerate(rules)
                if not stream
                or (
                    stream_matches(rule.streams, stream)
                    and (not rule.operations or kind in rule.operations or operation in rule.operations)
                )
            )
        origin, destination, *via = ends
        leaving, arriving = self._reach(stage, origin), self._reach(stage, destination)
        found = (leaving["out"] & arriving["of out"]) | (arriving["in"] & leaving["of in"])
        for economy in via:
            found |= self._reach(stage, economy)["transit"]
        return (rules[n] for n in sorted(found & self._near[key]))

    def _reach(self, stage: str, economy: str) -> Mapping[str, frozenset[int]]:
        """The rules of a stage that may reach an economy as an end, as the other end, or in transit, by their place.

        `out` are tried with the origin as their own economy and the destination as its partner, `in` the other way.
        """
        key = (stage, economy)
        if key not in self._reached:
            made: dict[str, set[int]] = {name: set() for name in ("out", "of out", "in", "of in", "transit")}
            for n, rule in enumerate(self.stages[stage]):
                out = rule.direction in ("export", "pair")
                # A route is also looked at from its other end, to tell where it is closed.
                back = rule.direction == "import" or (rule.direction == "pair" and (rule.both_ways or stage == "route"))
                own, other = groups.ever(rule.economies, economy), groups.ever(rule.partners, economy)
                holds = {
                    "out": out and own,
                    "of out": out and other,
                    "in": back and own,
                    "of in": back and other,
                    "transit": rule.direction == "transit" and own,
                }
                for name in (name for name, held in holds.items() if held):
                    made[name].add(n)
            self._reached[key] = {name: frozenset(places) for name, places in made.items()}
        return self._reached[key]

    def entries_for(self, stream: str) -> tuple[tuple[ListEntry, frozenset[str]], ...]:
        """The list entries under which a stream may fall, each with the economies that it names one by one."""
        if stream not in self._entries:
            self._entries[stream] = tuple(
                (entry, _named(entry.economies)) for entry in self.entries if stream_matches(entry.streams, stream)
            )
        return self._entries[stream]

    @cached_property
    def used_goods(self) -> tuple[Rule, ...]:
        """The rules of some economy's own law that speak of used goods: what of it is on file."""
        return tuple(
            rule
            for rule in self.rules
            if rule.economies and rule.direction in ("export", "import") and (rule.product or rule.stage == "status")
        )

    @cached_property
    def own(self) -> Mapping[str, frozenset[str]]:
        """The rules by which an economy's own law speaks of what moves, with the sides on which each does.

        They stand in the pack that covers all the economies they name; those between members of a union speak for both.
        """
        covered = {**self.covered, **self.covered_groups}
        found = {}
        for rule in self.rules:
            if rule.stage not in SPEAKS or (rule.stage == "define" and rule.effect != "read") or not rule.economies:
                continue
            if all(covered.get(name) == rule.pack for name in rule.economies):
                both = rule.direction == "pair" and rule.partners == rule.economies
                side = "export" if rule.direction == "pair" else rule.direction
                found[rule.id] = _BOTH if both else frozenset({side})
        return found

    def has_own(self, economy: str) -> bool:
        """Whether the economy's own law, or that of the State whose law it is under, has a pack."""
        return economy in self.covered or tables.parties()[economy].law_of in self.covered

    def pack_of(self, economy: str, on: date) -> str | None:
        """The pack that holds an economy's law on a day: its own, or that of a union of which it is a member."""
        own = self.covered.get(economy) or self.covered.get(tables.parties()[economy].law_of)
        shared = (pack for group, pack in self.covered_groups.items() if groups.matches(group, economy, on))
        return own or next(shared, None)

    @classmethod
    def load(cls, folder: Path = PACKS, extra: tuple[Path | Draft, ...] = ()) -> Law:
        """The law of a folder of packs, with draft packs laid over it; cached without drafts. Raises TableError."""
        return _load(folder, extra) if extra or folder != PACKS else _on_file()

    def rule(self, rule_id: str) -> Rule:
        """One rule by its id. Raises KeyError."""
        return next(rule for rule in self.rules if rule.id == rule_id)


def _named(economies: tuple[str, ...]) -> frozenset[str]:
    """The economies of a list, where it names each by itself; empty where it speaks of groups or of everybody."""
    return frozenset() if any(name[0] in "@!" or "+" in name for name in economies) else frozenset(economies)


def _overlaps(pack_of: Mapping[str, Pack], rules: Iterable[Rule]) -> None:
    """Versions of one rule (``id@n``) must follow each other in time, never overlap."""
    versions: dict[str, list[Rule]] = {}
    for rule in rules:
        versions.setdefault(rule.id.split("@")[0], []).append(rule)
    for same in versions.values():
        dated = sorted(same, key=lambda r: r.effective_from or date.min)
        for earlier, later in itertools.pairwise(dated):
            if (
                earlier.effective_to is None
                or later.effective_from is None
                or (later.effective_from <= earlier.effective_to)
            ):
                pack = pack_of[later.pack]
                raise TableError(
                    f"{pack.name}, line {pack.line(later.id, 'from')}: {later.id}: "
                    f"its dates overlap those of {earlier.id}"
                )


_NEEDED = {
    "switch": ("id", "setting", "options", "words"),
    "document": ("id", "words"),
    "procedure": ("id", "words"),
    "end": ("id", "from"),
}
_KEYS = {
    "switch": {*_NEEDED["switch"], "whose"},
    "document": {*_NEEDED["document"]},
    "procedure": {*_NEEDED["procedure"], "notifier", "documents", "absorbs", "within", "leads", "months"},
    "end": {*_NEEDED["end"], "words", "citation", "source"},
}
_SECTIONS = {"pack", "rule", "entry", "switch", "procedure", "document"}


@lru_cache(maxsize=1)
def _on_file() -> Law:
    return _load(PACKS, ())


@dataclass
class _Body:
    """The law while it is put together, pack by pack."""

    switches: dict[str, Switch] = field(default_factory=dict)
    procedures: dict[str, ProcedureNote] = field(default_factory=dict)
    documents: dict[str, Words] = field(default_factory=dict)
    covered: dict[str, str] = field(default_factory=dict)
    covered_groups: dict[str, str] = field(default_factory=dict)
    binds: dict[str, tuple[str, ...]] = field(default_factory=dict)
    rules: list[Rule] = field(default_factory=list)
    entries: list[ListEntry] = field(default_factory=list)

    def small(self, pack: Pack) -> None:
        """Everything in a pack but its rules and entries, which may speak of all the rest."""
        unknown = sorted(set(pack.data) - _SECTIONS - ({"end", "duty"} if pack.draft else set()))
        if unknown:
            raise TableError(f"{pack.name}, line {pack.at(unknown[0])}: “{unknown[0]}” is not a section of a pack")
        head = pack.data.get("pack", {})
        if (
            not isinstance(head, dict)
            or set(head) - {"covers", "binds"}
            or not all(isinstance(said, list) and all(type(one) is str for one in said) for said in head.values())
        ):
            raise TableError(
                f"{pack.name}, line {pack.at('pack')}: "
                "[pack] holds covers = [economies], binds = [economies] and nothing else"
            )
        for key in ("covers", "binds"):
            for name in head.get(key, ()):
                if not groups.known(name) or name[0] == "!" or "+" in name:
                    raise TableError(
                        f"{pack.name}, line {pack.at(key)}: "
                        f"{key} “{name}”, which is neither an economy nor a group of them"
                    )
        for name in head.get("covers", ()):
            (self.covered_groups if name.startswith("@") else self.covered)[name] = pack.stem
        if "binds" in head:
            self.binds[pack.stem] = tuple(head["binds"])
        for raw in _checked(pack, "switch"):
            if raw["setting"] not in raw["options"]:
                raise pack.fail(raw, f"“{raw['setting']}” is not among its options", "setting")
            self.switches[raw["id"]] = Switch(
                raw["id"], raw["setting"], tuple(raw["options"]), pack.words(raw, row=raw["id"]), raw.get("whose", "")
            )
        for raw in _checked(pack, "document"):
            self.documents[raw["id"]] = pack.words(raw, row=raw["id"])
        for raw in _checked(pack, "procedure"):
            if raw["id"] not in tables.procedures():
                raise pack.fail(raw, "it is not in the table of procedures")
            self.procedures[raw["id"]] = ProcedureNote(
                raw["id"],
                pack.words(raw, row=raw["id"]),
                pack.words(raw, "notifier") if "notifier" in raw else None,
                tuple(raw.get("documents", ())),
                tuple(raw.get("absorbs", ())),
                tuple(raw.get("within", ())),
                raw.get("leads", False),
                raw.get("months"),
            )

    def large(self, pack: Pack) -> None:
        """The rules and entries of a pack; a draft first ends what it ends or replaces."""
        made: list[Rule] = []
        for raw in pack.items("rule"):
            old = raw.get("replaces")
            if old is not None and not pack.draft:
                raise pack.fail(raw, "only a draft replaces a rule", "replaces")
            rule = rule_of(pack, {key: value for key, value in raw.items() if key != "replaces"}, self.switches)
            made.append(rule)
            if old is not None:
                self.end(pack, raw, old, rule.effective_from, "replaces")
        entries = [entry_of(pack, raw) for raw in pack.items("entry")]
        if pack.draft:
            for raw in _checked(pack, "end"):
                if type(raw["from"]) is not date:
                    raise pack.fail(raw, "“from” is a date such as 2025-01-01", "from")
                self.end(pack, raw, raw["id"], raw["from"], "id")
        self.rules += made
        self.entries += entries

    def end(self, pack: Pack, raw: Mapping[str, Any], old: Any, first: date | None, key: str) -> None:
        """Let a rule or entry stand only until the eve of a day; without a day, or if it had not begun, not at all."""
        known = {rule.id for rule in self.rules} | {entry.id for entry in self.entries}
        if old not in known:
            raise pack.fail(raw, f"“{old}” is neither a rule nor an entry of the law on file", key)
        until = first - timedelta(days=1) if first else None

        def kept(item: Any) -> list[Any]:
            if item.id != old or (item.effective_to and until and item.effective_to <= until):
                return [item]
            if until is None or (item.effective_from and item.effective_from > until):
                return []
            return [replace(item, effective_to=until)]

        self.rules = [one for rule in self.rules for one in kept(rule)]
        self.entries = [one for entry in self.entries for one in kept(entry)]


def _checked(pack: Pack, kind: str) -> Iterable[dict[str, Any]]:
    for raw in pack.items(kind):
        for key in raw:
            if key not in _KEYS[kind]:
                raise pack.fail(raw, f"“{key}” is not a key of this kind of item", key)
        for key in _NEEDED[kind]:
            if key not in raw:
                raise pack.fail(raw, f"“{key}” is missing")
        yield raw


def _load(folder: Path, extra: tuple[Path | Draft, ...]) -> Law:
    packs = [Pack(path) for path in sorted(folder.glob("*.toml"))] + [Pack(one, draft=True) for one in extra]
    digest = hashlib.sha256()
    body = _Body()
    for pack in packs:
        digest.update(msgspec.json.encode(_plain(pack.data), order="deterministic"))
        body.small(pack)
    for table in sorted(tables.TABLES.glob("*.csv")):
        if table.name in WORDS_ONLY:
            continue
        digest.update(table.read_bytes())
    for pack in packs:
        body.large(pack)
    body.entries += made_entries(body.entries, {pack.stem for pack in packs})
    pack_of = {pack.stem: pack for pack in packs}
    items: list[Rule | ListEntry] = [*body.rules, *body.entries]
    seen: set[str] = set()
    for item in items:
        pack = pack_of[item.pack]
        if item.id in seen:
            raise TableError(f"{pack.name}, line {pack.line(item.id)}: {item.id} stands twice")
        seen.add(item.id)
        for paper in item.documents:
            if paper not in body.documents:
                raise TableError(
                    f"{pack.name}, line {pack.line(item.id, 'documents')}: {item.id}: “{paper}” is not a known paper"
                )
    _overlaps(pack_of, body.rules)
    return Law(
        tuple(body.rules),
        tuple(body.entries),
        MappingProxyType(body.switches),
        MappingProxyType(body.procedures),
        MappingProxyType(body.documents),
        MappingProxyType(body.covered),
        MappingProxyType(body.covered_groups),
        MappingProxyType(body.binds),
        digest.hexdigest(),
        MappingProxyType({stage: tuple(r for r in body.rules if r.stage == stage) for stage in STAGES}),
    )


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, date) else value
