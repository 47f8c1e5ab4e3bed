"""The facts of a question out of text: each in the kind that the vocabulary gives it, or refused with what is right."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any

from meguri.kit.problems import N_, Problem, nearest
from meguri.law import tables, wastes
from meguri.law.asking.naming import code_of, narrow, written_day

FactValue = bool | int | float | str | date
LONGEST = 64
LONGEST_TEXT = 120


def parts(given: Iterable[str] | str) -> list[str]:
    """The parts of a list: given as such, or as a text with ; or , between them."""
    parts = narrow(given).replace(",", ";").split(";") if isinstance(given, str) else given
    return [part.strip() for part in parts if part.strip()]


def unknown_word(
    text: str, hinted: str, pointer: str, word: str, known: Iterable[str], code: str, first: Collection[str] = ()
) -> Problem:
    """A word that is not in a vocabulary; `hinted` also names the nearest one that is, `first` what fits best."""
    close = nearest(word[:LONGEST], known, first)
    return Problem(hinted if close else text, pointer, code, {"word": word[:LONGEST], "close": close})


def day_of(value: str | date, pointer: str, problems: list[Problem]) -> date | None:
    """A day from text; None, with a problem told, where it is none."""
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(written_day(value))
    except ValueError:
        problems.append(
            Problem(
                N_("“{word}” is not a date. Write year, month and day, such as 2025-10-01."), pointer, "date",
                {"word": value[:LONGEST]},
            )
        )  # fmt: skip
        return None


def fact_pairs(given: Mapping[str, Any] | Iterable[str] | str, problems: list[Problem]) -> dict[str, Any]:
    """Names and values of facts, as they were given."""
    if isinstance(given, Mapping):
        return {str(name): value for name, value in given.items()}
    found: dict[str, Any] = {}
    for part in parts(given):
        name, sign, value = narrow(part).partition("=")
        name, value = name.strip(), value.strip()
        if not sign:
            problems.append(
                Problem(
                    N_("“{word}” is not a fact. Write name=value, such as hazardous=false."),
                    "/facts",
                    "fact",
                    {"word": part[:LONGEST]},
                )
            )
        elif name in found and found[name] != value:
            problems.append(
                Problem(
                    N_("{name} is given twice with different values. Give it once."),
                    f"/facts/{name[:LONGEST]}",
                    "contradiction",
                    {"name": name[:LONGEST]},
                )
            )
        else:
            found[name] = value
    return found


def values_of(fact: tables.FactWord) -> tuple[str, ...]:
    """What a fact may be, word by word."""
    return tuple(tables.streams()) if fact.kind == "stream" else fact.values


def fact_of(name: str, value: Any, problems: list[Problem]) -> FactValue | None:
    """A fact in the kind of the vocabulary; None, with a problem told, where it is none."""
    fact = tables.fact_vocabulary().get(name)
    pointer = f"/facts/{name[:LONGEST]}"
    if fact is None:
        problems.append(
            unknown_word(
                N_("“{word}” is not a known fact."),
                N_("“{word}” is not a known fact. Did you mean “{close}”?"),
                pointer,
                name,
                tables.fact_vocabulary(),
                "fact",
            )
        )
        return None
    text = value.isoformat() if isinstance(value, date) else narrow(str(value))
    low = text.casefold()
    wrong = Problem(
        N_("{name} cannot be “{word}”. It is one of: {values}."), pointer, "fact",
        {"name": name, "word": text[:LONGEST], "values": ", ".join(values_of(fact))},
    )  # fmt: skip
    if fact.kind in ("bool", "tri"):
        if low in ("true", "yes", "1"):
            return True
        if low in ("false", "no", "0"):
            return False
        if low == "unknown":
            return "unknown" if fact.kind == "tri" else None
    elif fact.kind == "choice" and low in fact.values:
        return low
    elif fact.kind == "stream" and (slug := code_of("stream", text)):
        return slug
    elif fact.kind == "number":
        if low.isdecimal() and 0 < int(low) <= 600:
            return int(low)
        wrong = Problem(
            N_("{name} cannot be “{word}”. Give a whole number of months from 1."),
            pointer,
            "fact",
            {"name": name, "word": text[:LONGEST]},
        )
    elif fact.kind == "date":
        return day_of(text, pointer, problems)
    elif fact.kind in _WRITTEN:
        return _written(fact.kind, name, text, pointer, problems)
    problems.append(wrong)
    return None


_WRITTEN = ("amount", "year", "text", "shares")


def _written(kind: str, name: str, text: str, pointer: str, problems: list[Problem]) -> FactValue | None:
    """An amount, a year, a text or the shares of a mixed load, as written."""
    said = {"name": name, "word": text[:LONGEST]}
    if kind == "amount":
        try:
            amount = float(text)
        except ValueError:
            amount = math.nan
        if 0 <= amount < 1e9:
            return int(amount) if amount == int(amount) else amount
        problems.append(
            Problem(N_("{name} cannot be “{word}”. Give a number that is not negative."), pointer, "fact", said)
        )
    elif kind == "year":
        if text.isdecimal() and 1900 <= int(text) <= 2100:
            return int(text)
        problems.append(Problem(N_("{name} cannot be “{word}”. Give a year such as 2019."), pointer, "fact", said))
    elif kind == "shares":
        if shares_of(text):
            return text
        problems.append(
            Problem(
                N_(
                    "{name} cannot be “{word}”. Give codes on file with their shares, "
                    "such as basel:A1181=0.3+basel:Y49=0.7."
                ),
                pointer, "fact", said,
            )
        )  # fmt: skip
    elif len(text) <= LONGEST_TEXT:
        return text
    else:
        problems.append(Problem(N_("{name} is too long: at most 120 characters."), pointer, "fact", said))
    return None


def shares_of(text: object) -> Mapping[str, float]:
    """The shares of a mixed load by code; empty where the text gives none, or a code that is not on file."""
    found: dict[str, float] = {}
    known = {key.casefold(): key for key in wastes.waste_codes()}
    for part in str(text).split("+"):
        code, _, share = part.rpartition("=")
        key = known.get(code.strip().casefold(), "")
        try:
            amount = float(share)
        except ValueError:
            return {}
        if not key or key in found or not 0 < amount <= 1:
            return {}
        found[key] = amount
    return found
