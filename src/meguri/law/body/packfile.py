"""One rule pack as a file: read with its lines, every item checked, made into rules and list entries.

What is wrong is refused with file and line, so that a mistyped country can never silently open a border.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any

from meguri.kit.files import reading
from meguri.kit.files.reading import TableError
from meguri.kit.words import Words, cell, given
from meguri.law import groups, tables, wastes
from meguri.law.body.rulebook import (
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
    ListEntry,
    Rule,
    Switch,
)

LARGEST = 500_000


@dataclass(frozen=True)
class Draft:
    """A draft pack that is not a file: its text, and the name by which mistakes in it are told."""

    name: str
    text: str


class Pack:
    """One file while it is read: finds the line of what is wrong. Raises TableError where it is no TOML."""

    def __init__(self, source: Path | Draft, *, draft: bool = False) -> None:
        self.name = source.name
        self.draft = draft
        # A draft may bear the name of a pack on file.
        stem = self.name.removesuffix(".toml")
        self.stem = ("draft:" if draft else "") + stem
        self.table = f"law/{stem}"
        self.text = source.text if isinstance(source, Draft) else reading.text(source, LARGEST)
        if len(self.text) > LARGEST:
            raise TableError(f"{self.name}: a pack has at most {LARGEST} characters")
        self.data = reading.toml_of(self.text, self.name)
        self.lines = self.text.splitlines()
        self._at: dict[int, int] = {}

    def items(self, kind: str) -> Iterator[dict[str, Any]]:
        """The items of a section. Raises TableError where it is no list of tables, or an item has no id."""
        found = self.data.get(kind, [])
        if not isinstance(found, list) or not all(isinstance(raw, dict) for raw in found):
            raise TableError(f"{self.name}, line {self.at(kind)}: write each {kind} as [[{kind}]]")
        heads = [n for n, line in enumerate(self.lines, 1) if re.match(rf"\s*\[\[\s*{kind}\s*\]\]", line)]
        for n, raw in enumerate(found):
            self._at[id(raw)] = heads[n] if n < len(heads) else 1
            if not isinstance(raw.get("id"), str) or not raw["id"]:
                raise self.fail(raw, "“id” is missing")
            yield raw

    def at(self, key: str) -> int:
        """The first line that speaks of a key or section; 1 where none does."""
        found = (n for n, line in enumerate(self.lines, 1) if re.match(rf"\s*\[*\s*{re.escape(key)}\b", line))
        return next(found, 1)

    def line(self, item_id: str, key: str = "") -> int:
        """The line of an item, or of one key in it; 0 where it is not found."""
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
        """What is wrong with an item, as an error that names file and line."""
        item_id = str(item.get("id", "?"))
        line = self.line(item_id, key) or self._at.get(id(item), 1)
        return TableError(f"{self.name}, line {line}: {item_id}: {text}")

    def words(self, item: Mapping[str, Any], key: str = "words", row: str = "", part: Any = None) -> Words:
        """What an item, or a part of it, says under a key, in English; other languages lie in the room's catalogues.

        A draft is in no catalogue: it may say a text in several languages, as ``{ en = "…", vi = "…" }``. Raises
        TableError where it is no text.
        """
        text = (part or item)[key]
        if self.draft and type(text) is dict and text and all(one and type(one) is str for one in text.values()):
            return given(text)
        if type(text) is not str or not text:
            kind = "a text, or texts by language such as { en = ... }" if self.draft else "a text in English"
            raise self.fail(item, f"“{key}” is {kind}", "consents" if part else key)
        return cell(self.table, row, key, text)


def _pairs(raw: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    return tuple((name, tuple(value) if isinstance(value, list) else value) for name, value in sorted(raw.items()))


def _common(pack: Pack, raw: dict[str, Any], allowed: set[str], needed: Iterable[str]) -> dict[str, Any]:
    """Check keys, words, dates and confidence; returns the arguments shared by rules and entries."""
    for key in raw:
        if key not in allowed:
            raise pack.fail(raw, f"“{key}” is not a key of this kind of item", key)
    for key, value in raw.items():
        if key in _SAID:
            continue
        kind = _TYPES.get(key, str)
        texts = key == "consents" or not isinstance(value, list) or all(type(one) is str for one in value)
        if type(value) is not kind or not texts:
            raise pack.fail(raw, f"“{key}” is {_KINDS[kind]}", key)
    for key in needed:
        if key not in raw or (raw[key] == "" and key != "code"):
            raise pack.fail(raw, f"“{key}” is missing")
    start, end = raw.get("from"), raw.get("to")
    if start and end and start > end:
        raise pack.fail(raw, f"it would end ({end}) before it begins ({start})", "to")
    for key in ("economies", "partners"):
        for selector in raw.get(key, ()):
            if not groups.known(selector):
                raise pack.fail(raw, f"“{selector}” is neither an economy nor a group of economies", key)
    all_groups = {group for stream in tables.streams().values() for group in stream.groups}
    for name in raw.get("streams", ()):
        bare = name.lstrip("!")
        if bare not in tables.streams() and not (bare.startswith("@") and bare[1:] in all_groups):
            raise pack.fail(raw, f"“{name}” is neither a stream nor a group of streams", "streams")
    for key in ("facts", "facts_not"):
        for fact, value in raw.get(key, {}).items():
            _check_fact(pack, raw, key, fact, value)
    for key in ("facts_missing", "facts_given", "past", "over"):
        for fact in raw.get(key, ()):
            if fact not in tables.fact_vocabulary():
                raise pack.fail(raw, f"“{fact}” is not in the fact vocabulary", key)
    for fact, most in raw.get("over", {}).items():
        if type(most) is not int:
            raise pack.fail(raw, f"“{fact}” is compared with a whole number", "over")
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
        "words": pack.words(raw, row=raw["id"]),
        "streams": tuple(raw.get("streams", ())),
        "facts": _pairs(raw.get("facts", {})),
        "facts_not": _pairs(raw.get("facts_not", {})),
        "effective_from": start,
        "effective_to": end,
        "economies": tuple(raw.get("economies", ())),
        "pack": pack.stem,
    }


def _check_fact(pack: Pack, raw: dict[str, Any], key: str, fact: str, value: Any) -> None:
    known = tables.fact_vocabulary().get(fact)
    if known is None:
        raise pack.fail(raw, f"“{fact}” is not in the fact vocabulary", key)
    for one in value if isinstance(value, list) else [value]:
        if known.kind in ("bool", "tri") and not isinstance(one, bool) and one != "unknown":
            raise pack.fail(raw, f"“{fact}” is true or false", key)
        if known.kind == "choice" and one not in known.values:
            raise pack.fail(raw, f"“{fact}” is one of {', '.join(known.values)}", key)


_SAID = ("words", "notifier")
_LISTS = (
    "economies", "partners", "waste", "streams", "operations", "facts_missing", "facts_given", "past",
    "route", "needs", "lacks", "gives",
    "procedures", "consents", "documents", "classes",
)  # fmt: skip
_TYPES: Mapping[str, type] = {
    **dict.fromkeys(_LISTS, list),
    **dict.fromkeys(("facts", "facts_not", "over"), dict),
    **dict.fromkeys(("both_ways", "product", "hazardous", "both_ends"), bool),
    **dict.fromkeys(("from", "to", "moves_from"), date),
    "older": int,
}
_KINDS: Mapping[type, str] = {
    str: "a text", list: "a list of texts", dict: "a table such as { name = true }", bool: "true or false",
    date: "a date such as 2025-01-01", int: "a whole number",
}  # fmt: skip
_RULE_KEYS = ({f.name for f in fields(Rule)} - {"effective_from", "effective_to", "pack"}) | {"from", "to"}
_ENTRY_KEYS = ({f.name for f in fields(ListEntry)} - {"effective_from", "effective_to", "pack"}) | {"from", "to"}
_RULE_NEEDS = (
    "id", "stage", "direction", "effect", "instrument", "citation", "source", "confidence", "evidence", "words",
)  # fmt: skip
_ENTRY_NEEDS = ("id", "code", "streams", "classes", "citation", "source", "confidence", "evidence", "words")


def rule_of(pack: Pack, raw: dict[str, Any], switches: Mapping[str, Switch]) -> Rule:
    """A rule from its table. Raises TableError with file and line for whatever is not as it must be."""
    common = _common(pack, raw, _RULE_KEYS, _RULE_NEEDS)
    checks: tuple[tuple[str, Any, Any], ...] = (
        ("stage", [raw["stage"]], STAGES),
        ("direction", [raw["direction"]], DIRECTIONS),
        ("effect", [raw["effect"]], EFFECTS.get(raw["stage"], ())),
        ("route", raw.get("route", ()), {*ROUTES, *tables.arrangements()}),
        ("route_kind", [raw["route_kind"]] if raw.get("route_kind") else [], tables.arrangements()),
        ("waste", raw.get("waste", ()), {*WASTES, *wastes.waste_classes()}),
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
        facts_given=tuple(raw.get("facts_given", ())),
        past=tuple(raw.get("past", ())),
        older=raw.get("older"),
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
        notifier=pack.words(raw, "notifier") if "notifier" in raw else None,
        side=raw.get("side", DIRECTIONS[raw["direction"]]),
        code=raw.get("code", ""),
        both_ways=raw.get("both_ways", False),
        product=raw.get("product", False),
        whose=raw.get("whose", ""),
        route_kind=raw.get("route_kind", ""),
    )


def _consent(pack: Pack, raw: dict[str, Any], item: dict[str, Any]) -> ConsentTemplate:
    allowed = {"authority", "capacity", "form", "days", "day_kind", "from_event", "words"}
    if not isinstance(item, dict):
        raise pack.fail(raw, "a consent is a table such as { authority = ... }", "consents")
    for key, value in item.items():
        if key not in allowed:
            raise pack.fail(raw, f"“{key}” is not a key of a consent", "consents")
        if key not in _SAID and type(value) is not (int if key == "days" else str):
            raise pack.fail(
                raw, f"“{key}” of a consent is {'a whole number' if key == 'days' else 'a text'}", "consents"
            )
    for key in ("authority", "capacity", "form", "words"):
        if key not in item:
            raise pack.fail(raw, f"“{key}” is missing in a consent", "consents")
    authority = item["authority"]
    if authority not in tables.authorities() and authority not in ("@origin", "@destination", "@transit", "@self"):
        raise pack.fail(raw, f"“{authority}” is not an authority on file", "consents")
    if item["capacity"] not in CAPACITIES or item["form"] not in FORMS:
        raise pack.fail(raw, "a consent's capacity or form is not known", "consents")
    if item.get("from_event", "") not in ("", *tables.events()):
        raise pack.fail(raw, f"“{item['from_event']}” is not an event of the table of events", "consents")
    return ConsentTemplate(
        authority,
        item["capacity"],
        item["form"],
        pack.words(raw, part=item),
        item.get("days"),
        item.get("day_kind"),
        item.get("from_event", ""),
    )


def entry_of(pack: Pack, raw: dict[str, Any]) -> ListEntry:
    """A list entry from its table. Raises TableError with file and line for whatever is not as it must be."""
    common = _common(pack, raw, _ENTRY_KEYS, _ENTRY_NEEDS)
    for name in raw["classes"]:
        if not wastes.known_class(name):
            raise pack.fail(raw, f"“{name}” is not a class of waste", "classes")
    for name in raw.get("operations", ()):
        if name not in ("R", "D"):
            raise pack.fail(raw, f"“{name}” is neither R nor D", "operations")
    if raw["code"] and raw["code"] not in wastes.waste_codes():
        raise pack.fail(raw, f"“{raw['code']}” is not in the table of codes", "code")
    return ListEntry(
        **common,
        code=raw["code"],
        classes=tuple(raw["classes"]),
        hazardous=raw.get("hazardous"),
        operations=tuple(raw.get("operations", ())),
        both_ends=raw.get("both_ends", False),
        documents=tuple(raw.get("documents", ())),
    )
