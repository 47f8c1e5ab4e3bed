"""What all guards of the registry ask alike: how things are named, where they lie, how they are reached."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from meguri.kit.catalogues import SOURCE
from meguri.kit.grams import MOST_G
from meguri.kit.problems import N_, Problem, refuse
from meguri.law import operations
from meguri.reference import economies
from meguri.registry.states import Address, Capacity, Contact, Scope
from meguri.registry.vocabulary import unknown

# BCP 47: a language, perhaps with its script or region.
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
LONGEST_NAME = 200
LONGEST_TEXT = 4000
MANY = 50
CONTACTS = {
    "mail": re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+"),
    "telephone": re.compile(r"\+?[0-9][0-9 ()./-]{4,30}"),
    "web": re.compile(r"https?://[^\s]+"),
}

EXAMPLES = {"mail": "office@example.org", "telephone": "+81 3 3581 3351", "web": "https://example.org"}


def prefixed(subject: str, prefix: str, pointer: str) -> None:
    """Refuse what is not written as the subject of such a thing."""
    head, _, tail = subject.partition(":")
    if head != prefix or not tail or len(tail) > 100 or not all(c.isalnum() or c in "-_." for c in tail):
        raise refuse(
            N_("“{subject}” should be written {prefix}:NAME, with letters, digits and hyphens."),
            pointer,
            "subject",
            subject=subject,
            prefix=prefix,
        )


def economy(code: str, pointer: str) -> None:
    """Refuse what is no economy."""
    if code not in economies():
        raise refuse(
            N_("“{economy}” is no economy. Write its ISO 3166 three-letter code, such as MYS or JPN."),
            pointer,
            "economy",
            economy=code,
        )


def named(names: Mapping[str, str], pointer: str = "/body/names") -> None:
    """Refuse names without a language, without English, or too long."""
    for language, name in names.items():
        if not LANGUAGE.fullmatch(language):
            raise refuse(
                N_("“{language}” is no language. Write its code, such as en, ja or vi."),
                pointer,
                "language",
                language=language[:40],
            )
        if not name.strip() or len(name) > LONGEST_NAME:
            raise refuse(
                N_("A name has 1 to {most} characters, not {length}."),
                f"{pointer}/{language}",
                "length",
                most=LONGEST_NAME,
                length=len(name.strip()),
            )
    if SOURCE not in names:
        raise refuse(N_("Give the name in English."), f"{pointer}/{SOURCE}", "name")


def placed(lat: float, lon: float) -> None:
    """Refuse what lies nowhere on earth."""
    for name, value, most in (("lat", lat, 90), ("lon", lon, 180)):
        if not math.isfinite(value) or abs(value) > most:
            raise refuse(
                N_("{value} is no {name}; it lies between -{most} and {most} degrees."),
                f"/body/{name}",
                "place",
                value=value,
                name=name,
                most=most,
            )


def short(text: str, pointer: str, most: int = LONGEST_TEXT) -> Iterator[Problem]:
    """What is too long."""
    if len(text) > most:
        yield Problem(
            N_("At most {most} characters can be kept here, not {length}."),
            pointer,
            "length",
            {"most": most, "length": len(text)},
        )


def few(found: Sequence[object], pointer: str) -> Iterator[Problem]:
    """What is listed too many times."""
    if len(found) > MANY:
        yield Problem(N_("At most {most} can be listed here."), pointer, "many", {"most": MANY})


def reached(addresses: Sequence[Address], contacts: Sequence[Contact], pointer: str = "/body") -> Iterator[Problem]:
    """What is wrong with addresses and contacts."""
    yield from few(addresses, f"{pointer}/addresses")
    yield from few(contacts, f"{pointer}/contacts")
    for index, one in enumerate(addresses[:MANY]):
        yield from address(one, f"{pointer}/addresses/{index}")
    for index, contact in enumerate(contacts[:MANY]):
        if len(contact.value) > LONGEST_NAME or not CONTACTS[contact.kind].fullmatch(contact.value):
            yield Problem(
                N_("“{value}” cannot be used to reach anybody. Write it like {example}."),
                f"{pointer}/contacts/{index}/value",
                "contact",
                {"value": contact.value[:80], "example": EXAMPLES[contact.kind]},
            )


def address(one: Address, pointer: str) -> Iterator[Problem]:
    """What is wrong with an address."""
    if not one.street.strip():
        yield Problem(N_("An address begins with street and number."), f"{pointer}/street", "required")
    for name in ("street", "place", "postcode"):
        yield from short(getattr(one, name), f"{pointer}/{name}", 300)
    if one.economy and one.economy not in economies():
        yield Problem(
            N_("“{economy}” is no economy. Write its ISO 3166 three-letter code, such as MYS or JPN."),
            f"{pointer}/economy",
            "economy",
            {"economy": one.economy[:40]},
        )


def does(given: Sequence[str], pointer: str) -> Iterator[Problem]:
    """Operations that Annex IV of the Basel Convention does not have."""
    yield from few(given, pointer)
    for index, code in enumerate(given[:MANY]):
        if code not in operations():
            yield unknown(code[:40], f"{pointer}/{index}", list(operations()))


def takes(capacity: Sequence[Capacity], does_operations: Sequence[str], pointer: str) -> Iterator[Problem]:
    """What is wrong with capacities: no mass, or an operation that the facility does not do."""
    yield from few(capacity, pointer)
    for index, one in enumerate(capacity[:MANY]):
        if not 0 < one.grams <= MOST_G:
            yield Problem(
                N_("A capacity is more than zero and at most {most} t a year."),
                f"{pointer}/{index}/grams",
                "mass",
                {"most": MOST_G // 1_000_000},
            )
        if one.operation and one.operation not in does_operations:
            yield Problem(
                N_("The facility does not do {operation}; name it among its operations first."),
                f"{pointer}/{index}/operation",
                "operation",
                {"operation": one.operation[:40]},
            )


def scoped(scope: Scope, streams: Sequence[str], codes: Sequence[str], pointer: str) -> Iterator[Problem]:
    """What is wrong with a scope by itself: words that no table has, a mass without a period, or a period without."""
    yield from does(scope.operations, f"{pointer}/operations")
    for name, given, known in (("streams", scope.streams, streams), ("codes", scope.codes, codes)):
        yield from few(given, f"{pointer}/{name}")
        for index, word in enumerate(given[:MANY]):
            if word not in known:
                yield unknown(word[:60], f"{pointer}/{name}/{index}", list(known))
    yield from few(scope.conditions, f"{pointer}/conditions")
    for index, text in enumerate(scope.conditions[:MANY]):
        yield from short(text, f"{pointer}/conditions/{index}")
    if scope.grams is not None and not 0 < scope.grams <= MOST_G:
        yield Problem(
            N_("A quantity is more than zero and at most {most} t."),
            f"{pointer}/grams",
            "mass",
            {"most": MOST_G // 1_000_000},
        )
    if (scope.grams is None) != (not scope.per):
        yield Problem(
            N_("A quantity has a period: a day, a month, a year or the whole term. Write both, or neither."),
            f"{pointer}/per",
            "period",
        )


def in_order(since: datetime | None, until: datetime | None, text: str, pointer: str = "/body/until") -> None:
    """Refuse what ends before it begins."""
    if since and until and until <= since:
        raise refuse(text, pointer, "span", until=until.date().isoformat())
