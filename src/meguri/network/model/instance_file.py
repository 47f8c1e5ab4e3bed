"""An instance as JSON: every field of `instance.py` by its name, which says its unit; described in docs/plan-format.md.

Figures by period are lists with one entry for each period; a limit that does not hold in a period is null there.
Confidences are words. What is unknown, missing or of the wrong kind is named with its place.
"""

from __future__ import annotations

import dataclasses
import json
import math
import types
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from meguri.kit.problems import N_, Problem, gather, nearest, refuse
from meguri.kit.words import Words, given, plain
from meguri.network.model.instance import Instance
from meguri.reference import Confidence

VERSION = 1
LARGEST = 500_000_000
SCALARS = {
    float: Words("a number"),
    int: Words("a whole number"),
    bool: Words("true or false"),
    str: Words("text"),
}


def write(instance: Instance, path: Path) -> None:
    """Write an instance to a file."""
    path.write_text(dumps(instance), encoding="utf-8")


def read(path: Path) -> Instance:
    """An instance from a file, unchecked. Raises Refused with the place of every mistake."""
    try:
        if path.stat().st_size > LARGEST:
            raise refuse(N_("“{path}” is larger than 500 MB."), "", "too_large", path=str(path))
        text = path.read_text(encoding="utf-8-sig")
    except (UnicodeDecodeError, OSError):
        raise refuse(N_("“{path}” cannot be read as text in UTF-8."), "", "unreadable", path=str(path)) from None
    return loads(text, str(path))


def dumps(instance: Instance) -> str:
    """An instance as JSON text."""
    fields = ((field.name, getattr(instance, field.name)) for field in dataclasses.fields(instance))
    whole = {"meguri_plan": VERSION, **{name: _written(value) for name, value in fields}}
    return msgspec.json.encode(whole, enc_hook=_hook).decode()


def loads(text: str, name: str = "instance") -> Instance:
    """An instance from JSON text, unchecked. Raises Refused with the place of every mistake."""
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise refuse(N_("“{path}” is not JSON: {error}."), "", "not_json", path=name, error=str(error)) from None
    if not isinstance(raw, dict) or raw.pop("meguri_plan", None) != VERSION:
        raise refuse(N_("“{path}” is not an instance of a plan: “meguri_plan” must be {version}."), "/meguri_plan", "format",  # noqa: E501
                     path=name, version=VERSION)  # fmt: skip
    problems: list[Problem] = []
    found = _read(Instance, raw, "", problems)
    gather(problems)
    made: Instance = found
    return made


def _written(value: Any) -> Any:
    """Confidences in words, which the encoder would write as numbers; all else it knows, infinities as null."""
    if isinstance(value, tuple):
        return [_written(one) for one in value]
    if dataclasses.is_dataclass(value) and hasattr(value, "confidence"):
        fields = ((field.name, getattr(value, field.name)) for field in dataclasses.fields(value))
        return {name: one.word if isinstance(one, Confidence) else one for name, one in fields}
    return value


def _hook(value: Any) -> Any:
    """What the encoder does not take: mappings other than dictionaries, numbers of arrays."""
    return dict(value) if isinstance(value, Mapping) else value.item()


@cache
def _fields(kind: Any) -> tuple[dict[str, Any], frozenset[str]]:
    """Types of the fields of a dataclass, and those that must be there."""
    hints = get_type_hints(kind)
    fields = dataclasses.fields(kind)
    needed = [f.name for f in fields if f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING]
    return {field.name: hints[field.name] for field in fields}, frozenset(needed)


def _read(kind: Any, value: Any, at: str, problems: list[Problem]) -> Any:
    origin = get_origin(kind)
    if kind is Any:
        return value
    if origin in (Union, types.UnionType):
        inner = [one for one in get_args(kind) if one is not type(None)]
        return None if value is None else _read(inner[0], value, at, problems)
    if kind is Words:
        if isinstance(value, str):
            return plain(value)
        if isinstance(value, dict) and "text" in value:
            try:
                return msgspec.convert(value, Words)
            except msgspec.ValidationError:
                pass
        elif isinstance(value, dict) and value and all(isinstance(v, str) for v in value.values()):
            return given(value)
        return _wrong(problems, at, value, '"…", {"en": "…", "ja": "…"}', plain(""))
    if kind is Confidence:
        try:
            return Confidence.of(str(value))
        except ValueError:
            return _wrong(problems, at, value, "sourced, derived, memory, missing", Confidence.MISSING)
    if dataclasses.is_dataclass(kind):
        return _object(kind, value, at, problems)
    if origin is Literal:
        return (
            value
            if value in get_args(kind)
            else _wrong(problems, at, value, ", ".join(get_args(kind)), get_args(kind)[0])
        )
    if origin is tuple:
        return _tuple(kind, value, at, problems)
    if origin is not None and issubclass(origin, Mapping):
        if not isinstance(value, dict):
            return _wrong(problems, at, value, "{…}", {})
        inner = get_args(kind)[1]
        return {key: _read(inner, one, f"{at}/{_escaped(key)}", problems) for key, one in value.items()}
    return _scalar(kind, value, at, problems)


def _object(kind: Any, value: Any, at: str, problems: list[Problem]) -> Any:
    fields, needed = _fields(kind)
    if not isinstance(value, dict):
        _wrong(problems, at, value, "{…}", None)
        return None
    for key in value:
        if key not in fields:
            problems.append(
                Problem(
                    N_("“{key}” is not a key here. Did you mean “{hint}”?"),
                    f"{at}/{_escaped(key)}",
                    "key",
                    {"key": key, "hint": nearest(key, fields) or ", ".join(fields)},
                )
            )
    for key in needed - set(value):
        problems.append(Problem(N_("“{key}” is missing."), f"{at}/{key}", "missing", {"key": key}))
    found = {key: _read(fields[key], one, f"{at}/{key}", problems) for key, one in value.items() if key in fields}
    if needed - set(found):
        return None
    return kind(**found)


def _tuple(kind: Any, value: Any, at: str, problems: list[Problem]) -> Any:
    if not isinstance(value, list):
        return _wrong(problems, at, value, "[…]", ())
    inner = get_args(kind)
    if len(inner) == 2 and inner[1] is Ellipsis:
        if inner[0] is float:
            return tuple(_number(one, f"{at}/{n}", problems) for n, one in enumerate(value))
        return tuple(_read(inner[0], one, f"{at}/{n}", problems) for n, one in enumerate(value))
    if len(value) != len(inner):
        return _wrong(problems, at, value, f"{len(inner)}", (0.0,) * len(inner))
    return tuple(
        _read(one, part, f"{at}/{n}", problems) for n, (one, part) in enumerate(zip(inner, value, strict=True))
    )


def _number(value: Any, at: str, problems: list[Problem]) -> float:
    """A number by period; null is none."""
    if value is None:
        return float("nan")
    return float(_scalar(float, value, at, problems))


def _scalar(kind: Any, value: Any, at: str, problems: list[Problem]) -> Any:
    if kind is float and isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    if kind is bool and isinstance(value, bool):
        return value
    if kind is int and isinstance(value, int) and not isinstance(value, bool):
        return value
    if kind is str and isinstance(value, str):
        return value
    return _wrong(problems, at, value, SCALARS[kind], kind())


def _wrong(problems: list[Problem], at: str, value: Any, wanted: str | Words, instead: Any) -> Any:
    problems.append(
        Problem(
            N_("“{value}” cannot be here; write {wanted}."), at, "kind", {"value": str(value)[:60], "wanted": wanted}
        )
    )
    return instead


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
