"""Law as data: the format of a rule pack, its strict loader, and the body of law that the engine reads.

A pack is a TOML file for one instrument or economy. Everything in it is checked when loaded; what is wrong is
refused with file and line, so that a mistyped country can never silently open a border.
"""

from __future__ import annotations

import hashlib
import itertools
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec

from meguri.kit.words import Words
from meguri.law import groups, tables
from meguri.law.groups import stream_matches
from meguri.law.rulebook import (
    ACTS,
    CAPACITIES,
    CONFIDENCES,
    DIRECTIONS,
    EFFECTS,
    EVIDENCES,
    FORMS,
    ROUTES,
    STAGES,
    WASTES,
    ConsentTemplate,
    Entry,
    ProcedureNote,
    Rule,
    Switch,
)
from meguri.law.tables import TableError

WORDS_ONLY = {
    "terms.csv", "changes.csv", "instruments.csv", "instrument_titles.csv", "coverage.csv", "national_rules.csv",
    "epr.csv", "gap_elements.csv", "map_numbers.csv", "remedies.csv", "destinations.csv", "lanes.csv",
}  # fmt: skip
PACKS = Path(__file__).resolve().parent / "packs"
COVERS = (date(2018, 1, 1), date(2031, 12, 31))
READ_ON = date(2026, 11, 23)
"""The day on which the law on file was last read; later days are answered as the law stood then."""


@dataclass(frozen=True)
class Law:
    """The compiled body of law. `covered` holds the economies with a national pack."""

    rules: tuple[Rule, ...]
    entries: tuple[Entry, ...]
    switches: Mapping[str, Switch]
    procedures: Mapping[str, ProcedureNote]
    documents: Mapping[str, Words]
    covered: Mapping[str, str]
    digest: str
    stages: Mapping[str, tuple[Rule, ...]] = field(default_factory=dict)
    covers: tuple[date, date] = COVERS
    _near: dict[tuple[str, str, str, str | None], tuple[tuple[Rule, frozenset[str]], ...]] = field(
        default_factory=dict, compare=False, repr=False
    )
    _entries: dict[str, tuple[Entry, ...]] = field(default_factory=dict, compare=False, repr=False)

    def near(
        self, stage: str, stream: str = "", kind: str = "", operation: str | None = None
    ) -> tuple[tuple[Rule, frozenset[str]], ...]:
        """The rules of a stage that speak of this stream and operation, all of the stage where none is named.

        With each the economies that it names one by one; the set is empty where it speaks of groups or of everybody.
        """
        key = (stage, stream, kind, operation)
        if key not in self._near:
            self._near[key] = tuple(
                (
                    rule,
                    frozenset() if any(n[0] in "@!" or "+" in n for n in rule.economies) else frozenset(rule.economies),
                )
                for rule in self.stages[stage]
                if not stream
                or (
                    stream_matches(rule.streams, stream)
                    and (not rule.operations or kind in rule.operations or operation in rule.operations)
                )
            )
        return self._near[key]

    def entries_for(self, stream: str) -> tuple[Entry, ...]:
        """The list entries under which a stream may fall."""
        if stream not in self._entries:
            self._entries[stream] = tuple(e for e in self.entries if stream_matches(e.streams, stream))
        return self._entries[stream]

    @classmethod
    def load(cls, folder: Path = PACKS, extra: tuple[Path, ...] = ()) -> Law:
        """The law of a folder of packs, with draft packs laid over it; cached without drafts. Raises TableError."""
        return _load(folder, extra) if extra or folder != PACKS else _on_file()

    def rule(self, rule_id: str) -> Rule:
        """One rule by its id. Raises KeyError."""
        return next(rule for rule in self.rules if rule.id == rule_id)


class _Pack:
    """One file while it is read: finds the line of what is wrong."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.text = path.read_text(encoding="utf-8")
        try:
            self.data = tomllib.loads(self.text)
        except tomllib.TOMLDecodeError as error:
            raise TableError(f"{path.name}: {error}") from error
        self.lines = self.text.splitlines()

    def line(self, item_id: str, key: str = "") -> int:
        found = next(
            (n for n, line in enumerate(self.lines) if re.match(rf'\s*id\s*=\s*"{re.escape(item_id)}"', line)), -1
        )
        if found < 0 or not key:
            return found + 1
        start = found
        while start > 0 and not self.lines[start].lstrip().startswith("[["):
            start -= 1
        for n in range(start, len(self.lines)):
            if n > start and self.lines[n].lstrip().startswith("[["):
                break
            if re.match(rf"\s*{re.escape(key)}\s*=", self.lines[n]):
                return n + 1
        return found + 1

    def fail(self, item: Mapping[str, Any], text: str, key: str = "") -> TableError:
        item_id = str(item.get("id", "?"))
        return TableError(f"{self.path.name}:{self.line(item_id, key)}: {item_id}: {text}")


def _words(raw: Mapping[str, Any]) -> Words:
    return Words(raw["en"], raw["ja"])


def _pairs(raw: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    return tuple((name, tuple(value) if isinstance(value, list) else value) for name, value in sorted(raw.items()))


def _common(pack: _Pack, raw: dict[str, Any], allowed: set[str], needed: Iterable[str]) -> dict[str, Any]:
    """Check keys, words, dates and confidence; returns the arguments shared by rules and entries."""
    for key in raw:
        if key not in allowed:
            raise pack.fail(raw, f"“{key}” is not a key of this kind of item", key)
    for key in needed:
        if key not in raw or (raw[key] == "" and key != "code"):
            raise pack.fail(raw, f"“{key}” is missing")
    start, end = raw.get("from"), raw.get("to")
    for key, day in (("from", start), ("to", end)):
        if day is not None and type(day) is not date:
            raise pack.fail(raw, f"“{key}” is a date such as 2025-01-01", key)
    if start and end and start > end:
        raise pack.fail(raw, f"it would end ({end}) before it begins ({start})", "to")
    for selector in (*raw.get("economies", ()), *raw.get("partners", ())):
        if not groups.known(selector):
            raise pack.fail(raw, f"“{selector}” is neither an economy nor a group of economies", "economies")
    all_groups = {group for stream in tables.streams().values() for group in stream.groups}
    for name in raw.get("streams", ()):
        bare = name.lstrip("!")
        if bare not in tables.streams() and not (bare.startswith("@") and bare[1:] in all_groups):
            raise pack.fail(raw, f"“{name}” is neither a stream nor a group of streams", "streams")
    for key in ("facts", "facts_not"):
        for fact, value in raw.get(key, {}).items():
            _check_fact(pack, raw, key, fact, value)
    for fact in (*raw.get("facts_missing", ()), *raw.get("over", {})):
        if fact not in tables.fact_vocabulary():
            raise pack.fail(raw, f"“{fact}” is not in the fact vocabulary", "facts_missing")
    if raw["confidence"] not in CONFIDENCES:
        raise pack.fail(raw, "confidence is high, medium or low", "confidence")
    if raw["evidence"] not in EVIDENCES:
        raise pack.fail(raw, f"evidence is one of {', '.join(sorted(EVIDENCES))}", "evidence")
    return {
        "id": raw["id"],
        "citation": raw["citation"],
        "source": raw["source"],
        "confidence": raw["confidence"],
        "evidence": raw["evidence"],
        "words": _words(raw),
        "streams": tuple(raw.get("streams", ())),
        "facts": _pairs(raw.get("facts", {})),
        "facts_not": _pairs(raw.get("facts_not", {})),
        "effective_from": start,
        "effective_to": end,
        "economies": tuple(raw.get("economies", ())),
        "pack": pack.path.stem,
    }


def _check_fact(pack: _Pack, raw: dict[str, Any], key: str, fact: str, value: Any) -> None:
    known = tables.fact_vocabulary().get(fact)
    if known is None:
        raise pack.fail(raw, f"“{fact}” is not in the fact vocabulary", key)
    for one in value if isinstance(value, list) else [value]:
        if known.kind in ("bool", "tri") and not isinstance(one, bool) and one != "unknown":
            raise pack.fail(raw, f"“{fact}” is true or false", key)
        if known.kind == "choice" and one not in known.values:
            raise pack.fail(raw, f"“{fact}” is one of {', '.join(known.values)}", key)


_RULE_RENAMED = {"from": "effective_from", "to": "effective_to"}
_RULE_KEYS = ({f.name for f in fields(Rule)} - {"words", "effective_from", "effective_to", "pack"}) | {
    "from",
    "to",
    "en",
    "ja",
}
_ENTRY_KEYS = ({f.name for f in fields(Entry)} - {"words", "effective_from", "effective_to", "pack"}) | {
    "from",
    "to",
    "en",
    "ja",
}
_RULE_NEEDS = (
    "id", "stage", "direction", "effect", "instrument", "citation", "source", "confidence", "evidence", "en", "ja",
)  # fmt: skip
_ENTRY_NEEDS = ("id", "code", "streams", "classes", "citation", "source", "confidence", "evidence", "en", "ja")


def _rule(pack: _Pack, raw: dict[str, Any], switches: Mapping[str, Switch]) -> Rule:
    common = _common(pack, raw, _RULE_KEYS, _RULE_NEEDS)
    checks: tuple[tuple[str, Any, Any], ...] = (
        ("stage", [raw["stage"]], STAGES),
        ("direction", [raw["direction"]], DIRECTIONS),
        ("effect", [raw["effect"]], EFFECTS.get(raw["stage"], ())),
        ("route", raw.get("route", ()), ROUTES),
        ("waste", raw.get("waste", ()), WASTES),
        ("by", [raw.get("by", "moved")], ACTS),
        ("operations", raw.get("operations", ()), {"R", "D", "none", *tables.operations()}),
        ("procedures", raw.get("procedures", ()), tables.procedures()),
        ("side", [raw["side"]] if "side" in raw else [], {"origin", "destination", "both"}),
    )
    for key, values, allowed in checks:
        for value in values:
            if (value.lstrip("!") if key == "waste" else value) not in allowed:
                raise pack.fail(raw, f"“{value}” is not a known {key}", key)
    assumes = None
    if "assumes" in raw:
        name, _, setting = raw["assumes"].partition("=")
        if name not in switches or setting not in switches[name].options:
            raise pack.fail(raw, f"“{raw['assumes']}” is no setting of a known switch", "assumes")
        assumes = (name, setting)
    consents = tuple(_consent(pack, raw, item) for item in raw.get("consents", ()))
    return Rule(
        **common,
        stage=raw["stage"],
        direction=raw["direction"],
        effect=raw["effect"],
        instrument=raw["instrument"],
        partners=tuple(raw.get("partners", ())),
        waste=tuple(raw.get("waste", ())),
        operations=tuple(raw.get("operations", ())),
        facts_missing=tuple(raw.get("facts_missing", ())),
        over=_pairs(raw.get("over", {})),
        route=tuple(raw.get("route", ())),
        needs=tuple(raw.get("needs", ())),
        lacks=tuple(raw.get("lacks", ())),
        gives=tuple(raw.get("gives", ())),
        assumes=assumes,
        by=raw.get("by", "moved"),
        moves_from=raw.get("moves_from"),
        procedures=tuple(raw.get("procedures", ())),
        consents=consents,
        documents=tuple(raw.get("documents", ())),
        notifier=_words(raw["notifier"]) if "notifier" in raw else None,
        side=raw.get("side", DIRECTIONS[raw["direction"]]),
        code=raw.get("code", ""),
        both_ways=raw.get("both_ways", False),
        product=raw.get("product", False),
        whose=raw.get("whose", ""),
        route_kind=raw.get("route_kind", ""),
    )


def _consent(pack: _Pack, raw: dict[str, Any], item: dict[str, Any]) -> ConsentTemplate:
    allowed = {"authority", "capacity", "form", "days", "day_kind", "from_event", "en", "ja"}
    for key in item:
        if key not in allowed:
            raise pack.fail(raw, f"“{key}” is not a key of a consent", "consents")
    for key in ("authority", "capacity", "form", "en", "ja"):
        if key not in item:
            raise pack.fail(raw, f"“{key}” is missing in a consent", "consents")
    authority = item["authority"]
    if authority not in tables.authorities() and authority not in ("@origin", "@destination", "@transit", "@self"):
        raise pack.fail(raw, f"“{authority}” is not an authority on file", "consents")
    if item["capacity"] not in CAPACITIES or item["form"] not in FORMS:
        raise pack.fail(raw, "a consent's capacity or form is not known", "consents")
    return ConsentTemplate(
        authority,
        item["capacity"],
        item["form"],
        _words(item),
        item.get("days"),
        item.get("day_kind"),
        item.get("from_event", ""),
    )


def _entry(pack: _Pack, raw: dict[str, Any]) -> Entry:
    common = _common(pack, raw, _ENTRY_KEYS, _ENTRY_NEEDS)
    for name in raw["classes"]:
        if name not in WASTES and not re.fullmatch(r"national:[A-Z]{3}", name):
            raise pack.fail(raw, f"“{name}” is not a class of waste", "classes")
    if raw["code"] and raw["code"] not in tables.waste_codes():
        raise pack.fail(raw, f"“{raw['code']}” is not in the table of codes", "code")
    return Entry(
        **common,
        code=raw["code"],
        classes=tuple(raw["classes"]),
        hazardous=raw.get("hazardous"),
        both_ends=raw.get("both_ends", False),
        documents=tuple(raw.get("documents", ())),
    )


def _overlaps(pack_of: Mapping[str, _Pack], rules: Iterable[Rule]) -> None:
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
                    f"{pack.path.name}:{pack.line(later.id, 'from')}: {later.id}: "
                    f"its dates overlap those of {earlier.id}"
                )


_NEEDED = {
    "switch": ("id", "setting", "options", "en", "ja"),
    "document": ("id", "en", "ja"),
    "procedure": ("id", "en", "ja"),
}


@lru_cache(maxsize=1)
def _on_file() -> Law:
    return _load(PACKS, ())


def _load(folder: Path, extra: tuple[Path, ...]) -> Law:
    packs = [_Pack(path) for path in (*sorted(folder.glob("*.toml")), *extra)]
    digest = hashlib.sha256()
    switches: dict[str, Switch] = {}
    procedures: dict[str, ProcedureNote] = {}
    documents: dict[str, Words] = {}
    covered: dict[str, str] = {}
    for pack in packs:
        digest.update(msgspec.json.encode(_plain(pack.data), order="deterministic"))
        unknown = set(pack.data) - {"pack", "rule", "entry", "switch", "procedure", "document"}
        if unknown:
            raise TableError(f"{pack.path.name}:1: “{sorted(unknown)[0]}” is not a section of a pack")
        for economy in pack.data.get("pack", {}).get("covers", ()):
            if economy not in tables.parties():
                raise TableError(f"{pack.path.name}:1: covers “{economy}”, which is not an economy")
            covered[economy] = pack.path.stem
        for kind, needed in _NEEDED.items():
            for raw in pack.data.get(kind, ()):
                for key in needed:
                    if key not in raw:
                        raise pack.fail(raw, f"“{key}” is missing")
        for raw in pack.data.get("switch", ()):
            switches[raw["id"]] = Switch(
                raw["id"], raw["setting"], tuple(raw["options"]), _words(raw), raw.get("whose", "")
            )
        for raw in pack.data.get("document", ()):
            documents[raw["id"]] = _words(raw)
        for raw in pack.data.get("procedure", ()):
            if raw["id"] not in tables.procedures():
                raise pack.fail(raw, "it is not in the table of procedures")
            procedures[raw["id"]] = ProcedureNote(
                raw["id"],
                _words(raw),
                _words(raw["notifier"]) if "notifier" in raw else None,
                tuple(raw.get("documents", ())),
                tuple(raw.get("absorbs", ())),
                tuple(raw.get("within", ())),
                raw.get("leads", False),
                raw.get("months"),
            )
    for table in sorted(tables.TABLES.glob("*.csv")):
        if table.name in WORDS_ONLY:
            continue
        digest.update(table.read_bytes())
    rules: list[Rule] = []
    entries: list[Entry] = []
    pack_of = {pack.path.stem: pack for pack in packs}
    seen: set[str] = set()
    for pack in packs:
        for raw in pack.data.get("rule", ()):
            rules.append(_rule(pack, raw, switches))
        for raw in pack.data.get("entry", ()):
            entries.append(_entry(pack, raw))
    items: list[Rule | Entry] = [*rules, *entries]
    for item in items:
        if item.id in seen:
            pack = pack_of[item.pack]
            raise TableError(f"{pack.path.name}:{pack.line(item.id)}: {item.id} stands twice")
        seen.add(item.id)
    _overlaps(pack_of, rules)
    for item in items:
        for paper in item.documents:
            if paper not in documents:
                pack = pack_of[item.pack]
                raise TableError(
                    f"{pack.path.name}:{pack.line(item.id, 'documents')}: {item.id}: “{paper}” is not a known paper"
                )
    return Law(
        tuple(rules),
        tuple(entries),
        MappingProxyType(switches),
        MappingProxyType(procedures),
        MappingProxyType(documents),
        MappingProxyType(covered),
        digest.hexdigest(),
        MappingProxyType({stage: tuple(r for r in rules if r.stage == stage) for stage in STAGES}),
    )


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, date) else value
