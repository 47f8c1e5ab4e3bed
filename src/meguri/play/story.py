"""A story file: who is there, and what each does in order. Read whole; everything that is wrong in it is said at once.

A text that begins with ``$`` stands for a number of the story: ``kg = "$yards.penang.mass_kg"`` takes what stands under
``[numbers.yards.penang]`` in the same file, so that the same story is told with other numbers. With a question mark
behind it the field is left out where there is no such number.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Union

import msgspec

from meguri.kit.files import reading
from meguri.kit.files.reading import TableError
from meguri.kit.problems import N_, Problem, Refused, gather, nearest, refuse
from meguri.play.step import StoryStep, Unable, moment
from meguri.play.verbs import assays, claims, consent, custody, law, movement, record, registry
from meguri.play.written import Name

BEGINNING = datetime.min.replace(tzinfo=UTC)
MOST_STEPS = 5000
MOST_BYTES = 5 * 1024 * 1024
VERBS: tuple[type[StoryStep], ...] = (
    *registry.VERBS,
    *custody.VERBS,
    *assays.VERBS,
    *law.VERBS,
    *consent.VERBS,
    *movement.VERBS,
    *claims.VERBS,
    *record.VERBS,
)
BY_TAG = {str(verb.__struct_config__.tag): verb for verb in VERBS}
# Who is there before the story begins: the same as the steps that admit them, without who says it and when.
TABLES = {"organisation": registry.AdmitStep, "facility": registry.FacilityStep, "licence": registry.LicenceStep}


class Scene(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What those who watch are told of one or several steps: a title, and who plays it."""

    title: str
    plays: str = ""


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """A story as read: what it is called, who is there (admitted at its beginning), and its steps."""

    title: Name = ""
    scenes: dict[str, Scene] = {}
    cast: tuple[StoryStep, ...] = ()
    steps: tuple[StoryStep, ...] = ()


def load(path: Path, numbers: Mapping[str, Any] | None = None) -> Story:
    """The story of a file, TOML or JSON; `numbers` take the place of its own. Raises Refused with all that is wrong."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise refuse(N_("{path} is larger than {most} MB."), "", "size", path=str(path), most=MOST_BYTES >> 20)
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise refuse(N_("{path} cannot be read as text: {why}."), "", "file", path=str(path), why=str(error)) from None
    return parse(raw(text, str(path)), numbers)


def raw(text: str, place: str) -> dict[str, Any]:
    """The tables of a file's text. Refused where it is neither TOML nor JSON."""
    try:
        return reading.toml_or_json_of(text, Path(place).name)
    except TableError as error:
        raise refuse(N_("{path} is neither TOML nor JSON: {why}."), "", "syntax", path=place, why=str(error)) from None


def parse(tables: Mapping[str, Any], numbers: Mapping[str, Any] | None = None) -> Story:
    """A story from its tables."""
    problems: list[Problem] = []
    known = {"title", "about", "numbers", "scene", "step", *TABLES}
    problems += [_unknown(key, known, f"/{key}") for key in tables if key not in known]
    own = {**tables.get("numbers", {}), **(numbers or {})} if isinstance(tables.get("numbers", {}), dict) else {}
    cast: list[StoryStep] = []
    for table, verb in TABLES.items():
        named = tables.get(table, {})
        if not isinstance(named, dict):
            problems.append(Problem(N_("“{table}” is written [{table}.NAME]."), f"/{table}", "type", {"table": table}))
            continue
        for name, fields in named.items():
            given = {table: name, "do": verb.__struct_config__.tag, **fields} if isinstance(fields, dict) else fields
            cast += _steps([given], f"/{table}/{name}", own, problems)
    steps = tables.get("step", [])
    if not isinstance(steps, list) or not steps:
        problems.append(Problem(N_("A story has steps: write each as [[step]]."), "/step", "missing"))
        steps = []
    if len(steps) > MOST_STEPS:
        raise refuse(N_("A story has at most {most} steps."), "/step", "many", most=MOST_STEPS)
    found: list[StoryStep] = []
    for place, one in enumerate(steps):
        found += _steps([one], f"/step/{place}", own, problems)
    if found and found[0].at is None:
        problems.append(Problem(N_("The first step says when it happens."), "/step/0/at", "missing"))
    names = [step.as_ for step in found if step.as_]
    problems += [
        Problem(N_("Two steps make “{name}”."), "/step", "twice", {"name": name})
        for name in sorted({name for name in names if names.count(name) > 1})
    ]
    scenes = _scenes(tables.get("scene", {}), problems)
    problems += [
        _unknown(step.scene, scenes, f"/step/{place}/scene")
        for place, step in enumerate(found)
        if step.scene and step.scene not in scenes
    ]
    gather(problems)
    return Story(title=tables.get("title", ""), scenes=scenes, cast=tuple(cast), steps=tuple(found))


def _scenes(given: Any, problems: list[Problem]) -> dict[str, Scene]:
    try:
        return msgspec.convert(given, dict[str, Scene])
    except msgspec.ValidationError as error:
        problems.append(Problem(N_("{what}."), "/scene", "type", {"what": str(error)}))
        return {}


def _steps(given: list[Any], at: str, numbers: Mapping[str, Any], problems: list[Problem]) -> Iterator[StoryStep]:
    """The steps that can be read, noting what is wrong with the others."""
    for one in given:
        if not isinstance(one, dict):
            problems.append(Problem(N_("This is a table of fields."), at, "type"))
            continue
        filled, missing = _filled(one, numbers)
        problems += [
            Problem(N_("The story has no number “{name}”."), f"{at}{pointer}", "number", {"name": name})
            for pointer, name in missing
        ]
        if missing:
            continue
        verb = BY_TAG.get(str(filled.get("do")))
        if verb is None:
            problems.append(_unknown(str(filled.get("do")), BY_TAG, f"{at}/do", N_("There is no verb “{key}”.")))
            continue
        fields = {field.encode_name for field in msgspec.structs.fields(verb)} | {"do"}
        wrong = [_unknown(key, fields, f"{at}/{key}") for key in filled if key not in fields]
        problems += wrong
        if wrong:
            continue
        try:
            step = msgspec.convert(filled, verb)
            moment(step, BEGINNING)
            yield step
        except Refused as error:
            problems += [replace(problem, pointer=f"{at}{problem.pointer}") for problem in error.problems]
        except msgspec.ValidationError as error:
            text, _, where = str(error).partition(" - at `$")
            pointer = where.rstrip("`").replace(".", "/").replace("[", "/").replace("]", "")
            problems.append(Problem(N_("{what}."), f"{at}{pointer}", "type", {"what": text}))


def _unknown(key: str, known: Any, at: str, text: str = "") -> Problem:
    close = nearest(key, known)
    if not text:
        text = N_("There is no key “{key}” here.")
    params = {"key": key, "hint": close, "known": ", ".join(sorted(known))}
    if close:
        return Problem(N_("There is no “{key}”. Did you mean “{hint}”?"), at, "key", params)
    return Problem(text, at, "key", params)


def _filled(value: Any, numbers: Mapping[str, Any], at: str = "") -> tuple[Any, list[tuple[str, str]]]:
    """A value with the story's numbers put in for ``$names``, and which are missing, with where."""
    if isinstance(value, str) and value.startswith("$"):
        found = _number(value, numbers)
        return (None, [(at, value[1:])]) if found is None else (_plain(found), [])
    if isinstance(value, dict):
        there = {key: inner for key, inner in value.items() if not _left_out(inner, numbers)}
        pairs = {key: _filled(inner, numbers, f"{at}/{key}") for key, inner in there.items()}
        return {key: found for key, (found, _) in pairs.items()}, [one for _, lost in pairs.values() for one in lost]
    if isinstance(value, list):
        items = [_filled(inner, numbers, f"{at}/{place}") for place, inner in enumerate(value)]
        return [found for found, _ in items], [one for _, lost in items for one in lost]
    return _plain(value), []


def _number(name: str, numbers: Mapping[str, Any]) -> Any:
    found: Any = numbers
    for part in name.strip("$?").split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _left_out(value: Any, numbers: Mapping[str, Any]) -> bool:
    """Whether a field stands for a number that the story may lack and does lack."""
    optional = isinstance(value, str) and value.startswith("$") and value.endswith("?")
    return optional and _number(value, numbers) is None


def _plain(value: Any) -> Any:
    """Days and instants as the fields of a step take them: TOML has its own."""
    return value.isoformat() if isinstance(value, date) else value


__all__ = ["BY_TAG", "Scene", "Story", "Unable", "VERBS", "load", "parse", "raw", "schema"]


def schema() -> dict[str, Any]:
    """The JSON Schema of a story file."""
    step = Union[VERBS]  # type: ignore[valid-type]  # noqa: UP007 - made of a tuple
    (reference, scene), definitions = msgspec.json.schema_components([step, Scene], ref_template="#/$defs/{name}")
    cast = {}
    for table, verb in TABLES.items():
        made = json.loads(json.dumps(definitions[verb.__name__]))
        for name in (table, "do", "by", "at", "as", "door", "id", "title", "scene", "expect"):
            made["properties"].pop(name, None)
        made["required"] = [name for name in made.get("required", []) if name not in (table, "do")]
        cast[table] = {
            "type": "object",
            "additionalProperties": made,
            "description": f"[{table}.NAME]: on record before the first step.",
        }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A story for `meguri play`",
        "description": "A text that begins with $ stands for a number of the story: its path under [numbers].",
        "type": "object",
        "additionalProperties": False,
        "required": ["step"],
        "properties": {
            "title": {"anyOf": [{"type": "string"}, {"type": "object", "additionalProperties": {"type": "string"}}]},
            "about": {"type": "string"},
            "numbers": {"type": "object"},
            "scene": {"type": "object", "additionalProperties": scene},
            **cast,
            "step": {"type": "array", "minItems": 1, "maxItems": MOST_STEPS, "items": reference},
        },
        "$defs": definitions,
    }
