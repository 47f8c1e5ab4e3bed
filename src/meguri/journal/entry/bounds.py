"""What fits into a body at all, whatever its kind: no member that its schema does not know, and everything bounded.

A schema may bound a field more or less closely itself (`msgspec.Meta`); what it leaves open is bounded here, so that no
kind can be without bounds. Instants carry a zone, and years are those in which somebody can act.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from functools import cache
from typing import Any

import msgspec
from msgspec import inspect

from meguri.journal.entry.history import instant
from meguri.kit.problems import N_, Problem, Refused

LONGEST_TEXT = 4000
"""Characters of what somebody wrote (`kit.words.Text`)."""
LONGEST_KEY = 200
"""Characters of any other text: keys, ids, names of subjects."""
MOST_ITEMS = 5000
MOST_MEMBERS = 200
YEARS = (1970, 2199)
MOST_TOLD = 10
"""Problems that are told at once."""
# What prints nothing and is no line break or tab; and those too, where no text is written.
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_LINES = re.compile(r"[\t\n\r]")

Check = Callable[[Any, str], Iterator[Problem]]


def check(body: type[msgspec.Struct], value: Any) -> None:
    """Refuse a body, as JSON has it, that holds what does not fit into its schema's bounds. What is of another type
    than the schema's is left for decoding to say.
    """
    found = []
    for problem in _of(body)(value, "/body"):
        found.append(problem)
        if len(found) == MOST_TOLD:
            break
    if found:
        raise Refused(*found)


@cache
def _of(body: type[msgspec.Struct]) -> Check:
    return _check(inspect.type_info(body), {})


def _check(kind: inspect.Type, known: dict[type, Check], meta: Mapping[str, Any] | None = None) -> Check:
    match kind:
        case inspect.Metadata():
            return _check(kind.type, known, kind.extra)
        case inspect.StructType():
            return _struct(kind, known)
        case inspect.UnionType(types=types):
            return _any(types, known, meta)
        case inspect.DictType(key_type=keys, value_type=values):
            return _members(_check(keys, known), _check(values, known, meta), kind.max_length or MOST_MEMBERS)
        case inspect.VarTupleType(item_type=item) | inspect.ListType(item_type=item):
            return _items(_check(item, known, meta), kind.max_length or MOST_ITEMS)
        case inspect.TupleType(item_types=items):
            each = [_check(item, known) for item in items]
            return lambda value, at: _places(each, value, at)
        case inspect.NamedTupleType(fields=members):
            named = [_check(member.type, known) for member in members]
            return lambda value, at: _places(named, value, at)
        case inspect.StrType():
            written = bool((meta or {}).get("text"))
            return _text(kind.max_length or (LONGEST_TEXT if written else LONGEST_KEY), written)
        case inspect.DateTimeType():
            return _instant
        case inspect.DateType():
            return _day
    return _nothing


def _nothing(value: Any, at: str) -> Iterator[Problem]:
    return iter(())


def _struct(kind: inspect.StructType, known: dict[type, Check]) -> Check:
    """A struct may hold itself, so its check is known before it is made."""
    if kind.cls in known:
        return lambda value, at: known[kind.cls](value, at)
    fields: dict[str, Check] = {}

    def check(value: Any, at: str) -> Iterator[Problem]:
        if not isinstance(value, dict):
            return
        for name, inner in value.items():
            if name in fields:
                yield from fields[name](inner, f"{at}/{name}")
            elif name != kind.tag_field:
                yield Problem(N_("This has no member “{name}”."), f"{at}/{name[:80]}", "unknown", {"name": name[:80]})

    known[kind.cls] = check
    fields.update({field.encode_name: _check(field.type, known) for field in kind.fields})
    return check


def _any(types: tuple[inspect.Type, ...], known: dict[type, Check], meta: Mapping[str, Any] | None) -> Check:
    each = [_check(one, known, meta) for one in types if not isinstance(one, inspect.NoneType)]

    def check(value: Any, at: str) -> Iterator[Problem]:
        for one in each if value is not None else ():
            yield from one(value, at)

    return check


def _members(keys: Check, values: Check, most: int) -> Check:
    def check(value: Any, at: str) -> Iterator[Problem]:
        if not isinstance(value, dict):
            return
        if len(value) > most:
            yield _many(len(value), most, at)
            return
        for name, inner in value.items():
            yield from keys(name, f"{at}/{name[:80]}")
            yield from values(inner, f"{at}/{name[:80]}")

    return check


def _items(item: Check, most: int) -> Check:
    def check(value: Any, at: str) -> Iterator[Problem]:
        if not isinstance(value, list | tuple):
            return
        if len(value) > most:
            yield _many(len(value), most, at)
            return
        for place, inner in enumerate(value):
            yield from item(inner, f"{at}/{place}")

    return check


def _places(each: list[Check], value: Any, at: str) -> Iterator[Problem]:
    if isinstance(value, list | tuple):
        for place, (one, inner) in enumerate(zip(each, value, strict=False)):
            yield from one(inner, f"{at}/{place}")


def _many(count: int, most: int, at: str) -> Problem:
    return Problem(N_("At most {most} are taken here, not {count}."), at, "many", {"most": most, "count": count})


def _text(most: int, written: bool) -> Check:
    def check(value: Any, at: str) -> Iterator[Problem]:
        if not isinstance(value, str):
            return
        if len(value) > most:
            yield Problem(
                N_("This has {length} characters; at most {most} are taken."),
                at,
                "length",
                {"length": len(value), "most": most},
            )
        elif _CONTROLS.search(value) or (not written and _LINES.search(value)):
            yield Problem(N_("This holds characters that cannot be seen. Leave them out."), at, "characters")

    return check


def _instant(value: Any, at: str) -> Iterator[Problem]:
    if not isinstance(value, str):
        return
    try:
        yield from _within(instant(value, at), at)
    except Refused as error:
        yield from error.problems


def _day(value: Any, at: str) -> Iterator[Problem]:
    if isinstance(value, str):
        try:
            yield from _within(date.fromisoformat(value), at)
        except ValueError:
            return


def _within(given: date | datetime, at: str) -> Iterator[Problem]:
    first, last = YEARS
    if not first <= given.year <= last:
        yield Problem(
            N_("The year {year} cannot be meant. Years from {first} to {last} are taken."),
            at,
            "year",
            {"year": given.year, "first": first, "last": last},
        )
