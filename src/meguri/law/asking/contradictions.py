"""What is said of a movement and cannot all be true: each contradiction is refused, naming both sides of it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from meguri.kit.problems import N_, Problem
from meguri.law import tables
from meguri.law.asking.facts import FactValue, shares_of

SAMPLE_KG = 25
"""The most that a sample for analysis may weigh, in kilograms (Reg. (EU) 2024/1157 Art 4(5), 44(2)(e))."""
RETURNED = ("repair", "warranty", "refurbishment")
"""Purposes for which equipment moves that stays equipment: no operation on waste."""
MAY_REBUT = ("origin-authority", "destination-authority")
_DAYS = ("notified_on", "acknowledged_on", "moved_on", "arrived_on")


@dataclass(frozen=True)
class Said:
    """What was said: facts, operation, stream, the day asked about, and the codes declared."""

    facts: Mapping[str, FactValue]
    operation: str | None
    stream: str
    on: date | None
    codes: tuple[str, ...] = ()


def contradictions(said: Said) -> Iterable[Problem]:
    """Everything said that cannot all be true."""
    return itertools.chain(_of_purpose(said), _of_days(said), _of_material(said), _of_place(said), _of_mixture(said))


def _against(text: str, pointer: str, **params: Any) -> Problem:
    return Problem(text, f"/facts/{pointer}", "contradiction", params)


def _of_purpose(said: Said) -> Iterator[Problem]:
    purpose, operation = said.facts.get("purpose"), said.operation
    if operation and purpose == "disposal" and operation.startswith("R"):
        yield _against(
            N_("The purpose is disposal, but {operation} is a recovery operation. Change one of them."),
            "purpose",
            operation=operation,
        )
    if operation and purpose in ("recovery", "reuse", *RETURNED) and operation.startswith("D"):
        yield _against(
            N_("The purpose is {purpose}, but {operation} is a disposal operation. Change one of them."),
            "purpose",
            operation=operation,
            purpose=purpose,
        )
    if operation and purpose in ("reuse", *RETURNED) and operation.startswith("R"):
        yield _against(
            N_(
                "The purpose is {purpose}, but {operation} is an operation on waste, whatever its papers say "
                "(Basel Art 2(4), Annex IV). Change one of them."
            ),
            "purpose",
            operation=operation,
            purpose=purpose,
        )
    if purpose == "warranty" and not said.facts.get("returns_of"):
        yield _against(
            N_(
                "The purpose is warranty, but returns_of does not say of which first movement this is the return. "
                "Give its number, day or papers."
            ),
            "returns_of",
        )
    sample = said.facts.get("sample_kg")
    if isinstance(sample, int | float) and sample > SAMPLE_KG:
        yield _against(
            N_("sample_kg is {kg}, but a sample for analysis weighs at most {most} kg. More is a shipment of waste."),
            "sample_kg",
            kg=sample,
            most=SAMPLE_KG,
        )
    if sample is not None and purpose not in (None, "analysis"):
        yield _against(
            N_("sample_kg says a sample for analysis, but the purpose is {purpose}. Change one of them."),
            "sample_kg",
            purpose=purpose,
        )


def _of_days(said: Said) -> Iterator[Problem]:
    days = {name: day for name in _DAYS if isinstance(day := said.facts.get(name), date)}
    if said.on is not None and "moved_on" not in days:
        days["on"] = said.on
    order = [(name, days[name]) for name in ("notified_on", "acknowledged_on", "moved_on", "on", "arrived_on")
             if name in days]  # fmt: skip
    for (first, a), (second, b) in itertools.pairwise(order):
        if a > b:
            # The day asked about is no fact: the one that it stands against is shown.
            yield _against(
                N_("{second} lies before {first}. Check the two dates."),
                first if second == "on" else second,
                first=first,
                second=second,
            )
    made = said.facts.get("made_year")
    if said.on is not None and isinstance(made, int) and made > said.on.year:
        yield _against(
            N_("made_year is {made}, but the movement is in {year}. Check the two."),
            "made_year",
            made=str(made),
            year=str(said.on.year),
        )


def _of_material(said: Said) -> Iterator[Problem]:
    facts, known = said.facts, tables.streams().get(said.stream)
    chemistry, is_ = facts.get("chemistry"), known.chemistry if known else ""
    if chemistry is not None and is_ and chemistry != is_:
        yield _against(
            N_("The stream {stream} is of chemistry {is_}, not {said}. Change one of them."),
            "chemistry",
            stream=said.stream,
            is_=is_,
            said=chemistry,
        )
    if facts.get("depolluted") is True and facts.get("hazardous") is True:
        yield _against(
            N_(
                "depolluted says that every hazardous component was removed, but hazardous is true. "
                "Change one of these facts."
            ),
            "depolluted",
        )
    if facts.get("defects") is True and facts.get("function_tested") is True and facts.get("intact") is True:
        yield _against(N_("Intact and tested, yet with defects: change one of these facts."), "defects")
    rebuttal = facts.get("rebuttal")
    if rebuttal is not None and rebuttal not in MAY_REBUT:
        yield _against(
            N_(
                "rebuttal is {who}, but only an authority may take a listed waste off its list in a single case, "
                "never an assay alone. Name the authority of the State of export: rebuttal=origin-authority."
            ),
            "rebuttal",
            who=rebuttal,
        )
    elif rebuttal is not None and facts.get("hazardous") is not False:
        yield _against(
            N_(
                "rebuttal says that the waste was found harmless, but hazardous is not false. "
                "Change one of these facts."
            ),
            "rebuttal",
        )


def _of_place(said: Said) -> Iterator[Problem]:
    if said.facts.get("facility_preconsented") is True and said.facts.get("facility_authorised") is False:
        yield _against(
            N_("A pre-consented facility is an authorised one: change one of these facts."), "facility_preconsented"
        )
    if said.facts.get("consent_until") is not None and not said.facts.get("consent_number"):
        yield _against(
            N_("consent_until says that a consent is held, but consent_number does not say which. Give its number."),
            "consent_number",
        )


def _of_mixture(said: Said) -> Iterator[Problem]:
    shares = shares_of(said.facts["mixed_shares"]) if "mixed_shares" in said.facts else {}
    if shares and not math.isclose(total := math.fsum(shares.values()), 1, abs_tol=0.001):
        yield _against(
            N_("The shares of mixed_shares sum to {total}, not to one. Check them."),
            "mixed_shares",
            total=f"{total:g}",
        )
