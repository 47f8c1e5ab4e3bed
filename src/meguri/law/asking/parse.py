"""Make a question out of text (command line, CSV row, query string), refusing what cannot be asked."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, TypedDict

from meguri.kit.problems import N_, Problem, gather, nearest
from meguri.law import groups, tables, wastes
from meguri.law.body.packs import COVERS

FactValue = bool | int | str | date
LONGEST = 64


def _list(given: Iterable[str] | str) -> list[str]:
    parts = given.replace(",", ";").split(";") if isinstance(given, str) else given
    return [part.strip() for part in parts if part.strip()]


def _unknown(text: str, hinted: str, pointer: str, word: str, known: Iterable[str], code: str) -> Problem:
    """A word that is not in a vocabulary; `hinted` also names the nearest one that is."""
    close = nearest(word[:LONGEST], known)
    return Problem(hinted if close else text, pointer, code, {"word": word[:LONGEST], "close": close})


def _economy(text: str, pointer: str, problems: list[Problem]) -> str:
    word = text.strip()
    known = tables.parties()
    if word.upper() in known:
        if word.upper() in groups.unions():
            problems.append(
                Problem(
                    N_("Name the Member State: goods leave and arrive in a State, not in the Union."),
                    pointer,
                    "economy",
                )
            )
        return word.upper()
    for code, party in known.items():
        said = (party.alpha2, *party.name.everywhere().values())
        if word and word.casefold() in (name.casefold() for name in said):
            return code
    if not word:
        problems.append(
            Problem(
                N_("An economy is missing. Give its ISO 3166 code of three letters, such as MYS."), pointer, "missing"
            )
        )
        return ""
    names = [*known, *(name for party in known.values() for name in party.name.everywhere().values())]
    problems.append(
        _unknown(
            N_("“{word}” is not a known economy. Use its ISO 3166 code of three letters, such as MYS."),
            N_("“{word}” is not a known economy. Did you mean “{close}”?"),
            pointer, word, names, "economy",
        )
    )  # fmt: skip
    return ""


def _day(value: str | date, pointer: str, problems: list[Problem]) -> date | None:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value.strip())
    except ValueError:
        problems.append(
            Problem(
                N_("“{word}” is not a date. Write year, month and day, such as 2025-10-01."), pointer, "date",
                {"word": value[:LONGEST]},
            )
        )  # fmt: skip
        return None


def _fact_pairs(given: Mapping[str, Any] | Iterable[str] | str, problems: list[Problem]) -> dict[str, Any]:
    if isinstance(given, Mapping):
        return {str(name): value for name, value in given.items()}
    found: dict[str, Any] = {}
    for part in _list(given):
        name, sign, value = part.partition("=")
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


def _fact(name: str, value: Any, problems: list[Problem]) -> FactValue | None:
    fact = tables.fact_vocabulary().get(name)
    pointer = f"/facts/{name[:LONGEST]}"
    if fact is None:
        problems.append(
            _unknown(
                N_("“{word}” is not a known fact."),
                N_("“{word}” is not a known fact. Did you mean “{close}”?"),
                pointer,
                name,
                tables.fact_vocabulary(),
                "fact",
            )
        )
        return None
    text = value.isoformat() if isinstance(value, date) else str(value).strip()
    low = text.casefold()
    wrong = Problem(
        N_("{name} cannot be “{word}”. It is one of: {values}."), pointer, "fact",
        {"name": name, "word": text[:LONGEST], "values": ", ".join(fact.values)},
    )  # fmt: skip
    if fact.kind in ("bool", "tri"):
        if low in ("true", "yes", "1"):
            return True
        if low in ("false", "no", "0"):
            return False
        if low == "unknown":
            return "unknown" if fact.kind == "tri" else None
    elif (fact.kind == "choice" and low in fact.values) or (fact.kind == "stream" and low in tables.streams()):
        return low
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
        return _day(text, pointer, problems)
    problems.append(wrong)
    return None


def _code(text: str, pointer: str, problems: list[Problem]) -> str:
    scheme, sign, code = text.partition(":")
    scheme, code = scheme.strip().casefold(), code.strip()
    known = wastes.waste_codes()
    if not sign or scheme not in {key.split(":")[0] for key in known}:
        problems.append(
            Problem(
                N_(
                    "“{word}” does not name its scheme. "
                    "Write it such as basel:A1181, oecd:GC020, eu:16 02 13* or hs:8549.31."
                ),
                pointer,
                "code",
                {"word": text[:LONGEST]},
            )
        )
        return ""
    if scheme == "hs" and tables.HS_SHAPE.match(code):
        return f"hs:{code}"
    wanted = f"{scheme}:{code}"
    found = next((key for key in known if key.casefold() == wanted.casefold()), "")
    if not found:
        problems.append(
            _unknown(
                N_("“{word}” is not a code on file."),
                N_("“{word}” is not a code on file. Did you mean “{close}”?"),
                pointer,
                wanted,
                known,
                "code",
            )
        )
    return found


def _contradictions(facts: Mapping[str, FactValue], operation: str | None, stream: str) -> Iterable[Problem]:
    known = tables.streams().get(stream)
    said, is_ = facts.get("chemistry"), known.chemistry if known else ""
    if said is not None and is_ and said != is_:
        yield Problem(
            N_("The stream {stream} is of chemistry {is_}, not {said}. Change one of them."),
            "/facts/chemistry",
            "contradiction",
            {"stream": stream, "is_": is_, "said": said},
        )
    purpose = facts.get("purpose")
    if operation and purpose == "disposal" and operation.startswith("R"):
        yield Problem(
            N_("The purpose is disposal, but {operation} is a recovery operation. Change one of them."),
            "/facts/purpose",
            "contradiction",
            {"operation": operation},
        )
    if operation and purpose in ("recovery", "reuse") and operation.startswith("D"):
        yield Problem(
            N_("The purpose is {purpose}, but {operation} is a disposal operation. Change one of them."),
            "/facts/purpose",
            "contradiction",
            {"operation": operation, "purpose": purpose},
        )
    order = [
        (name, facts[name])
        for name in ("notified_on", "acknowledged_on", "moved_on")
        if isinstance(facts.get(name), date)
    ]
    for (first, a), (second, b) in itertools.pairwise(order):
        if isinstance(a, date) and isinstance(b, date) and a > b:
            yield Problem(
                N_("{second} lies before {first}. Check the two dates."),
                f"/facts/{second}",
                "contradiction",
                {"first": first, "second": second},
            )
    if facts.get("facility_preconsented") is True and facts.get("facility_authorised") is False:
        yield Problem(
            N_("A pre-consented facility is an authorised one: change one of these facts."),
            "/facts/facility_preconsented",
            "contradiction",
        )
    if facts.get("defects") is True and facts.get("function_tested") is True and facts.get("intact") is True:
        yield Problem(
            N_("Intact and tested, yet with defects: change one of these facts."),
            "/facts/defects",
            "contradiction",
        )


class Fields(TypedDict):
    """The fields of a question, all of them checked."""

    on: date
    stream: str
    origin: str
    destination: str
    operation: str | None
    via: tuple[str, ...]
    codes: tuple[str, ...]
    facts: Mapping[str, FactValue]
    case_id: str


def parse(
    on: str | date,
    stream: str,
    origin: str,
    destination: str,
    operation: str | None,
    via: Iterable[str] | str,
    codes: Iterable[str] | str,
    facts: Mapping[str, Any] | Iterable[str] | str,
    case_id: str,
) -> Fields:
    """The fields of a question from text. Checks every one, and gathers all problems before refusing."""
    problems: list[Problem] = []
    day = _day(on, "/on", problems) if on else None
    if not on:
        problems.append(Problem(N_("The date of the movement is missing. Give it as 2025-10-01."), "/on", "missing"))
    if day is not None and not COVERS[0] <= day <= COVERS[1]:
        problems.append(
            Problem(
                N_("The law on file covers {first} to {last}; {day} lies outside."),
                "/on",
                "not_covered",
                {"first": COVERS[0], "last": COVERS[1], "day": day},
            )
        )
    slug = stream.strip().casefold()
    if not slug:
        problems.append(Problem(N_("The stream is missing. Give one such as circuit-boards."), "/stream", "missing"))
    elif slug not in tables.streams():
        problems.append(
            _unknown(
                N_("“{word}” is not a known stream."),
                N_("“{word}” is not a known stream. Did you mean “{close}”?"),
                "/stream",
                stream.strip(),
                tables.streams(),
                "stream",
            )
        )
    start = _economy(origin, "/from", problems)
    end = _economy(destination, "/to", problems)
    between = tuple(_economy(text, f"/via/{n}", problems) for n, text in enumerate(_list(via)))
    if start and end and _home(start) == _home(end):
        problems.append(
            Problem(
                N_(
                    "Origin and destination lie under the same law: a movement within one economy is domestic, "
                    "and outside this question."
                ),
                "/to",
                "domestic",
            )
        )
    for n, economy in enumerate(between):
        if economy and economy in (start, end):
            problems.append(
                Problem(
                    N_("{economy} is an end of the movement, not an economy of transit."),
                    f"/via/{n}",
                    "transit",
                    {"economy": economy},
                )
            )
    step = (operation or "").strip().upper() or None
    if step is not None and step not in tables.operations():
        problems.append(
            _unknown(
                N_("“{word}” is not an operation of Basel Annex IV (R1 to R13, D1 to D15)."),
                N_("“{word}” is not an operation of Basel Annex IV (R1 to R13, D1 to D15). Did you mean “{close}”?"),
                "/operation",
                step,
                tables.operations(),
                "operation",
            )
        )
    known: dict[str, FactValue] = {}
    for name, value in _fact_pairs(facts, problems).items():
        if str(value).strip() == "":
            continue
        made = _fact(name, value, problems)
        if made is not None:
            known[name] = made
    moved = known.get("moved_on")
    if isinstance(moved, date) and not COVERS[0] <= moved <= COVERS[1]:
        problems.append(
            Problem(
                N_("The law on file covers {first} to {last}; {day} lies outside."),
                "/facts/moved_on",
                "not_covered",
                {"first": COVERS[0], "last": COVERS[1], "day": moved},
            )
        )
    declared = tuple(dict.fromkeys(_code(text, f"/codes/{n}", problems) for n, text in enumerate(_list(codes))))
    problems.extend(_contradictions(known, step, slug))
    gather(problems)
    assert day is not None
    return Fields(
        on=day,
        stream=slug,
        origin=start,
        destination=end,
        operation=step,
        via=between,
        codes=declared,
        facts=MappingProxyType(known),
        case_id=case_id,
    )


def _home(economy: str) -> str:
    return tables.parties()[economy].law_of or economy
