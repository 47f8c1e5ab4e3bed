"""A scenario: the numbers of the story. Read from TOML or JSON, checked whole before anything is played.

Every key, its unit and its default are described in ``docs/scenario.md``; ``default.toml`` is the story as told.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec

from meguri.kit.files import reading
from meguri.kit.files.reading import TableError
from meguri.kit.grams import parse_kg
from meguri.kit.problems import N_, Problem, Refused, gather, nearest, refuse

DEFAULT = Path(__file__).with_name("default.toml")


class Yard(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One dismantler's yard: what it takes in (kg) and, where known, what it finds in it (mass shares by stream)."""

    mass_kg: str | int | float
    composition: dict[str, float] | None = None

    @property
    def mass_g(self) -> int:
        """Mass taken in, grams."""
        return parse_kg(self.mass_kg)


class Yards(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The two yards of the story."""

    penang: Yard
    selangor: Yard


class Dates(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Days on which things happen, in the story's order."""

    collected: date
    dismantled: date
    sold: date
    notified: date
    checked: date
    transmitted: date
    acknowledged: date
    export_consent: date
    import_consent: date
    departed: date
    received: date
    smelted: date
    certified: date


class Certificates(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Japan's certificates that the importer and the recycler hold."""

    importer: bool = True
    recycler: bool = True


class Shipping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Ports by UN/LOCODE, and how many bags the blend is packed in."""

    origin_port: str
    destination_port: str
    via: tuple[str, ...] = ()
    bags: int = 10


class ReceiptNumbers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the smelter's scale says: a total in kg, or a ratio to what was sent; and the bag it refuses (0: none)."""

    weight_kg: str | int | float | None = None
    ratio: float | None = None
    refused_bag: int = 0
    refused_reason: str = ""


class AssayFigures(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the seller's and the buyer's laboratories find of the dry mass (fractions by element), what the umpire finds
    of elements on which they lie too far apart (empty: nobody asks it), and the moisture.
    """

    seller: dict[str, float]
    buyer: dict[str, float]
    umpire: dict[str, float] = {}
    moisture: float = 0.0


class Smelting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the smelter melts by (mass fraction by element) instead of what was settled."""

    assay: dict[str, float] = {}


class StoryScenario(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole story in numbers."""

    yards: Yards
    dates: Dates
    shipping: Shipping
    receipt: ReceiptNumbers
    assays: AssayFigures
    certificates: Certificates = Certificates()
    conditions: tuple[str, ...] = ()
    smelting: Smelting = Smelting()

    def numbers(self) -> dict[str, Any]:
        """The numbers that ``story.toml`` asks for, by their names there."""
        days = {name: day.isoformat() for name, day in msgspec.structs.asdict(self.dates).items()}
        until = max(self.dates.notified + timedelta(days=300), self.dates.certified)
        american = (self.dates.certified + timedelta(days=60), self.dates.certified + timedelta(days=360))
        refused = self.receipt.refused_bag
        return {
            "conditions": list(self.conditions),
            "yards": {
                name: {"kg": yard.mass_kg, "shares": yard.composition}
                for name, yard in (("penang", self.yards.penang), ("selangor", self.yards.selangor))
            },
            "dates": {
                **days,
                "period_to": until.isoformat(),
                "american_from": american[0].isoformat(),
                "american_to": american[1].isoformat(),
            },
            "certificates": msgspec.structs.asdict(self.certificates),
            "shipping": {**msgspec.structs.asdict(self.shipping), "via": list(self.shipping.via)},
            "receipt": {
                "kg": self.receipt.weight_kg,
                "ratio": self.receipt.ratio,
                "refuse": [f"bags.{refused}"] if refused else [],
                "refused_reason": self.receipt.refused_reason,
            },
            "assays": {**msgspec.structs.asdict(self.assays), "umpired": bool(self.assays.umpire)},
            "smelting": {"assay": self.smelting.assay},
        }


def load(path: Path | None = None) -> StoryScenario:
    """The scenario of a file laid over the default one, so that a file needs only what it changes.

    Raises Refused naming key and remedy: no such file, not TOML or JSON, an unknown key (with the nearest known),
    a wrong type, dates out of order, masses or shares that cannot be.
    """
    base = reading.toml(DEFAULT)
    if path is None:
        return check(_convert(base))
    given = _read(path)
    unknown = list(_unknown(given, StoryScenario, ""))
    gather(unknown)
    return check(_convert(_laid_over(base, given)))


def _read(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise refuse(
            N_("{path} cannot be read as text: {why}."), "/scenario", "file", path=str(path), why=str(error)
        ) from None
    try:
        return reading.toml_or_json_of(text, path.name)
    except TableError as error:
        raise refuse(
            N_("{path} is neither TOML nor JSON: {why}."), "/scenario", "syntax", path=str(path), why=str(error)
        ) from None


def _laid_over(base: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in given.items():
        whole = key in {"composition", "assay", "seller", "buyer", "umpire"} or not isinstance(value, Mapping)
        merged[key] = value if whole else _laid_over(base.get(key) or {}, value)
    receipt = given.get("receipt")
    if isinstance(receipt, Mapping):
        # A weight given replaces the default ratio, and the other way round.
        for one, other in (("weight_kg", "ratio"), ("ratio", "weight_kg")):
            if one in receipt and other not in receipt:
                merged["receipt"].pop(other, None)
    return merged


def _unknown(given: Mapping[str, Any], struct: type[msgspec.Struct], at: str) -> list[Problem]:
    problems: list[Problem] = []
    fields = {field.name: field.type for field in msgspec.structs.fields(struct)}
    for key, value in given.items():
        if key not in fields:
            hint = nearest(key, fields)
            text = (
                N_("There is no key “{key}”. Did you mean “{hint}”?")
                if hint
                else N_("There is no key “{key}”. Known here: {known}.")
            )
            problems.append(Problem(text, f"{at}/{key}", "key", {"key": key, "hint": hint, "known": ", ".join(fields)}))
        elif isinstance(value, Mapping) and isinstance(fields[key], type) and issubclass(fields[key], msgspec.Struct):
            problems += _unknown(value, fields[key], f"{at}/{key}")
    return problems


def _convert(raw: dict[str, Any]) -> StoryScenario:
    try:
        return msgspec.convert(raw, StoryScenario, strict=False)
    except msgspec.ValidationError as error:
        text, _, where = str(error).partition(" - at `$")
        pointer = where.rstrip("`").replace(".", "/").replace("[", "/").replace("]", "")
        raise refuse(N_("{what}."), pointer, "type", what=text) from None


def check(scenario: StoryScenario) -> StoryScenario:
    """Refuse what cannot be, all of it at once; returns the scenario."""
    problems: list[Problem] = []
    for name in ("penang", "selangor"):
        yard: Yard = getattr(scenario.yards, name)
        try:
            if parse_kg(yard.mass_kg, f"/yards/{name}/mass_kg") == 0:
                problems.append(Problem(N_("A yard takes in more than nothing."), f"/yards/{name}/mass_kg", "mass"))
        except Refused as refused:
            problems += refused.problems
        if yard.composition is not None:
            problems += _shares(yard.composition, f"/yards/{name}/composition")
            if yard.composition.get("circuit-boards", 0) <= 0:
                problems.append(
                    Problem(
                        N_("The story needs some circuit-boards from this yard."),
                        f"/yards/{name}/composition/circuit-boards",
                        "share",
                    )
                )
    problems += _shares(scenario.smelting.assay, "/smelting/assay")
    for name in ("seller", "buyer", "umpire"):
        problems += _shares(getattr(scenario.assays, name), f"/assays/{name}")
    problems += _shares({"moisture": scenario.assays.moisture}, "/assays")
    days = [(field.name, getattr(scenario.dates, field.name)) for field in msgspec.structs.fields(Dates)]
    for (before, first), (after, second) in itertools.pairwise(days):
        if second < first:
            problems.append(
                Problem(
                    N_("{after} ({second}) comes before {before} ({first}). The story's days are in order."),
                    f"/dates/{after}",
                    "order",
                    {"after": after, "second": second.isoformat(), "before": before, "first": first.isoformat()},
                )
            )
    if not 1 <= scenario.shipping.bags <= 500:
        problems.append(
            Problem(
                N_("The blend is packed in 1 to 500 bags, not {bags}."),
                "/shipping/bags",
                "range",
                {"bags": scenario.shipping.bags},
            )
        )
    receipt = scenario.receipt
    if (receipt.weight_kg is None) == (receipt.ratio is None):
        problems.append(Problem(N_("Give either weight_kg or ratio."), "/receipt", "choice"))
    if receipt.ratio is not None and not 0 < receipt.ratio < 10:
        problems.append(
            Problem(
                N_("A ratio of {ratio} cannot be: write 0.996 for 0.4 % less."),
                "/receipt/ratio",
                "range",
                {"ratio": receipt.ratio},
            )
        )
    if receipt.weight_kg is not None:
        try:
            parse_kg(receipt.weight_kg, "/receipt/weight_kg")
        except Refused as refused:
            problems += refused.problems
    if not 0 <= receipt.refused_bag <= scenario.shipping.bags:
        problems.append(
            Problem(
                N_("There is no bag {bag}; there are {bags}. Write 0 for none."),
                "/receipt/refused_bag",
                "range",
                {"bag": receipt.refused_bag, "bags": scenario.shipping.bags},
            )
        )
    if receipt.refused_bag and not receipt.refused_reason.strip():
        problems.append(Problem(N_("A bag is refused with a reason."), "/receipt/refused_reason", "missing"))
    gather(problems)
    return scenario


def _shares(shares: Mapping[str, float], at: str) -> list[Problem]:
    problems = [
        Problem(
            N_("A share of {share} cannot be; shares lie between 0 and 1."), f"{at}/{name}", "share", {"share": share}
        )
        for name, share in shares.items()
        if not 0 <= share <= 1
    ]
    if not problems and sum(shares.values()) > 1 + 1e-9:
        problems.append(
            Problem(
                N_("The shares add up to {total}, more than the whole."),
                at,
                "share",
                {"total": round(sum(shares.values()), 6)},
            )
        )
    return problems
