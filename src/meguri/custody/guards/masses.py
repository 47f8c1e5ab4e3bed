"""Checks of masses that several guards share; each refusal names the field, the figures and what would be right."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from meguri.custody.vocabulary import tolerances
from meguri.kit.grams import to_kg
from meguri.kit.problems import N_, Problem, Refused, refuse
from meguri.movement.states import Content

# A hundred thousand tonnes: more than any ship brings at once.
LOT_MOST_G = 100_000_000_000


def check(grams: int, pointer: str, least: int = 1) -> None:
    """Refuse a mass below `least` grams or beyond what one lot can be."""
    if grams < least:
        raise refuse(
            N_("A mass of {mass} kg cannot be recorded here; the least is {least} kg."),
            pointer,
            "mass",
            mass=to_kg(grams),
            least=to_kg(least),
        )
    if grams > LOT_MOST_G:
        raise refuse(
            N_("{mass} kg is more than any single lot weighs ({most} kg). Check the unit."),
            pointer,
            "mass",
            mass=to_kg(grams),
            most=to_kg(LOT_MOST_G),
        )


def percent(part: int, whole: int) -> str:
    """A signed percentage with two decimals: ``-0.40``."""
    return f"{100 * part / whole:+.2f}" if whole else "—"


def within(step: str, before_g: int, difference_g: int) -> bool:
    """Whether a signed difference on a mass lies within the tolerance of the step."""
    return abs(difference_g) <= tolerances()[step].most_g(before_g)


def beyond(limit_g: int, before_g: int, after_g: int, pointer: str, remedy: str) -> Refused:
    """The refusal of a difference beyond its limit, with both masses and percentages; `remedy` says what would do."""
    return Refused(
        Problem(
            N_("{after} kg against {before} kg is {share} %, beyond the tolerance of {most} % ({grams} kg)."),
            pointer,
            "tolerance",
            {
                "after": to_kg(after_g),
                "before": to_kg(before_g),
                "share": percent(after_g - before_g, before_g),
                "most": percent(limit_g, before_g).lstrip("+"),
                "grams": to_kg(limit_g),
            },
        ),
        Problem(remedy, pointer, "remedy"),
    )


def once(names: Sequence[str], pointer: str) -> None:
    """Refuse a lot that is named twice in one act."""
    seen: set[str] = set()
    for index, name in enumerate(names):
        if name in seen:
            raise refuse(
                N_("Lot {lot} is named twice. Name it once, with its whole mass."),
                f"{pointer}/{index}/lot",
                "twice",
                lot=name,
            )
        seen.add(name)


def check_contents(contents: Iterable[Content], pointer: str) -> None:
    """Refuse estimates that are negative, name an element twice, or add up to more than the whole."""
    total = 0
    seen: set[str] = set()
    for index, content in enumerate(contents):
        if content.element in seen or content.ppb < 0 or content.sd_ppb < 0:
            raise refuse(
                N_("The content of {element} must be given once and be zero or more."),
                f"{pointer}/{index}",
                "content",
                element=content.element,
            )
        seen.add(content.element)
        total += content.ppb
    if total > 1_000_000_000:
        raise refuse(
            N_("The contents add up to {percent} % of the mass; they can be at most 100 %."),
            pointer,
            "content",
            percent=f"{total / 1e7:.2f}",
        )
