"""Make a question out of text (command line, CSV row, query string), refusing what cannot be asked."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, TypedDict

from meguri.kit.problems import N_, Problem, gather
from meguri.law import groups, places, tables, wastes
from meguri.law.asking import naming
from meguri.law.asking.contradictions import Said, contradictions
from meguri.law.asking.facts import (
    LONGEST,
    FactValue,
    day_of,
    fact_of,
    fact_pairs,
    parts,
    shares_of,
    unknown_word,
)
from meguri.law.body.packs import COVERS


def _economy(text: str, pointer: str, problems: list[Problem]) -> str:
    word = naming.narrow(text)
    if code := naming.code_of("economy", word):
        if code in groups.unions():
            problems.append(
                Problem(
                    N_("Name the Member State: goods leave and arrive in a State, not in the Union."),
                    pointer,
                    "economy",
                )
            )
        return code
    if not word:
        problems.append(
            Problem(
                N_("An economy is missing. Give its ISO 3166 code of three letters, such as MYS."), pointer, "missing"
            )
        )
        return ""
    problems.append(
        unknown_word(
            N_("“{word}” is not a known economy. Use its ISO 3166 code of three letters, such as MYS."),
            N_("“{word}” is not a known economy. Did you mean “{close}”?"),
            pointer, word, naming.known("economy"), "economy", naming.economies_first(),
        )
    )  # fmt: skip
    return ""


def _code(text: str, pointer: str, problems: list[Problem], first: Collection[str] = ()) -> str:
    text = naming.narrow(text)
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
        if code[:2] not in wastes.customs_chapters():
            problems.append(
                Problem(
                    N_(
                        "Under “{word}” no waste or used goods of this law travel: they stand in the chapters "
                        "{chapters}. Give the heading of the goods."
                    ),
                    pointer, "code", {"word": f"hs:{code}", "chapters": ", ".join(wastes.customs_chapters())},
                )
            )  # fmt: skip
            return ""
        return f"hs:{code}"
    wanted = f"{scheme}:{code}"
    found = next((key for key in known if key.casefold() == wanted.casefold()), "")
    if not found:
        problems.append(
            unknown_word(
                N_("“{word}” is not a code on file."),
                N_("“{word}” is not a code on file. Did you mean “{close}”?"),
                pointer,
                wanted,
                known,
                "code",
                first,
            )
        )
    return found


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
    day = day_of(on, "/on", problems) if on else None
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
    slug = naming.code_of("stream", stream) or naming.narrow(stream)
    if not slug:
        problems.append(Problem(N_("The stream is missing. Give one such as circuit-boards."), "/stream", "missing"))
    elif slug not in tables.streams():
        problems.append(
            unknown_word(
                N_("“{word}” is not a known stream."),
                N_("“{word}” is not a known stream. Did you mean “{close}”?"),
                "/stream",
                slug,
                naming.known("stream"),
                "stream",
            )
        )
    start = _economy(origin, "/from", problems)
    end = _economy(destination, "/to", problems)
    between = tuple(_economy(text, f"/via/{n}", problems) for n, text in enumerate(parts(via)))
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
    said = naming.narrow(operation or "")
    step = naming.code_of("operation", said) or said.upper() or None
    if step is not None and step not in tables.operations():
        problems.append(
            unknown_word(
                N_("“{word}” is not an operation of Basel Annex IV (R1 to R13, D1 to D15)."),
                N_("“{word}” is not an operation of Basel Annex IV (R1 to R13, D1 to D15). Did you mean “{close}”?"),
                "/operation",
                step,
                tables.operations(),
                "operation",
            )
        )
    known: dict[str, FactValue] = {}
    for name, value in fact_pairs(facts, problems).items():
        if str(value).strip() == "":
            continue
        made = fact_of(name, value, problems)
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
    given = parts(codes)
    meant = naming.codes_first(slug, (start, end)) if given else ()
    declared = tuple(dict.fromkeys(_code(text, f"/codes/{n}", problems, meant) for n, text in enumerate(given)))
    declared = tuple(dict.fromkeys((*declared, *shares_of(known.get("mixed_shares", "")))))
    for fact, at in (("origin_place", start), ("destination_place", end)):
        text = known.get(fact)
        if isinstance(text, str) and at in tables.parties() and (found := places.wrong(fact, text, at)) is not None:
            problems.append(found)
    problems.extend(contradictions(Said(known, step, slug, day, declared)))
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
