"""National and international numbers of organisations: how each is written, and its check digit where it has one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache

import msgspec

from meguri.kit.files import reading
from meguri.kit.problems import N_, Problem
from meguri.kit.words import Words, cell
from meguri.registry.states import Identifier
from meguri.registry.vocabulary import TABLES, unknown

MOST = 20
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"


class Scheme(msgspec.Struct, frozen=True):
    """A register and how its numbers are written; `economy` is empty where it is of no single one."""

    scheme: str
    economy: str
    names: Words
    pattern: str
    check: str
    example: str
    source: str
    confidence: str


@cache
def schemes() -> Mapping[str, Scheme]:
    """Schemes by their slug, in the order of the table."""
    return {
        row["scheme"]: Scheme(
            row["scheme"],
            row["economy"],
            cell("registry/identifier_schemes", row["scheme"], "name", row["name"]),
            row["pattern"],
            row["check"],
            row["example"],
            row["source"],
            row["confidence"],
        )
        for row in reading.lines(TABLES / "identifier_schemes.csv")
    }


def written(scheme: str, number: str) -> str:
    """A number as it stands on record: plain characters, without what people put between them to read it."""
    plain = unicodedata.normalize("NFKC", number).strip()
    if scheme == "own":
        return re.sub(r"\s+", " ", plain)
    if scheme == "vnm-enterprise-code":
        return re.sub(r"[\s.]", "", plain)
    return re.sub(r"[\s.\-/–]", "", plain).upper()


def problems(identifiers: Iterable[Identifier], pointer: str) -> Iterator[Problem]:
    """What is wrong with identifiers, one by one: the scheme, how it is written, its check digit, one named twice."""
    seen: set[Identifier] = set()
    for index, one in enumerate(identifiers):
        here = f"{pointer}/{index}"
        scheme = schemes().get(one.scheme)
        if index >= MOST:
            yield Problem(N_("An organisation has at most {most} numbers."), pointer, "many", {"most": MOST})
            return
        if scheme is None:
            yield unknown(one.scheme, f"{here}/scheme", list(schemes()))
            continue
        if one in seen:
            yield Problem(N_("{number} is named twice."), f"{here}/number", "twice", {"number": one.number})
        seen.add(one)
        yield from _of_scheme(scheme, one.number, f"{here}/number")


def _of_scheme(scheme: Scheme, number: str, pointer: str) -> Iterator[Problem]:
    if number != written(scheme.scheme, number) or not re.fullmatch(scheme.pattern, number):
        yield Problem(
            N_("“{number}” is no {scheme}. One is written like {example}, without anything between."),
            pointer,
            "identifier",
            {"number": number[:60], "scheme": scheme.names, "example": scheme.example},
        )
    elif scheme.check and not CHECKS[scheme.check](number):
        yield Problem(
            N_("The check digit of {number} is wrong: it is no {scheme}. Look at it again for a slip of the pen."),
            pointer,
            "check-digit",
            {"number": number, "scheme": scheme.names},
        )


def _digits(number: str) -> list[int]:
    return [int(one) for one in number]


def _weighed(number: str, weights: Iterable[int]) -> int:
    return sum(digit * weight for digit, weight in zip(_digits(number), weights, strict=False))


def _jpn_corporate(number: str) -> bool:
    """9 less the remainder by 9 of the twelve digits, weighed 1 and 2 in turn from the right."""
    rest = sum(digit * (1 + place % 2) for place, digit in enumerate(reversed(_digits(number[1:]))))
    return int(number[0]) == 9 - rest % 9


def _vnm_tax(number: str) -> bool:
    return int(number[9]) == 10 - _weighed(number[:9], (31, 29, 23, 19, 17, 13, 7, 5, 3)) % 11


def _tha_thirteen(number: str) -> bool:
    return int(number[12]) == (11 - _weighed(number[:12], range(13, 1, -1)) % 11) % 10


def _ind_gstin(number: str) -> bool:
    total = 0
    for place, one in enumerate(number[:14]):
        product = ALPHABET.index(one) * (1 + place % 2)
        total += product // 36 + product % 36
    return ALPHABET.index(number[14]) == (36 - total % 36) % 36


def _kor_business(number: str) -> bool:
    digits = _digits(number)
    total = _weighed(number[:9], (1, 3, 7, 1, 3, 7, 1, 3, 5)) + digits[8] * 5 // 10
    return digits[9] == (10 - total % 10) % 10


def _twn_unified(number: str) -> bool:
    products = [digit * weight for digit, weight in zip(_digits(number), (1, 2, 1, 2, 1, 2, 4, 1), strict=True)]
    total = sum(product // 10 + product % 10 for product in products)
    return total % 5 == 0 or (number[6] == "7" and (total + 1) % 5 == 0)


def _chn_credit(number: str) -> bool:
    total = sum(CREDIT.index(one) * pow(3, place, 31) for place, one in enumerate(number[:17]))
    return CREDIT.index(number[17]) == (31 - total % 31) % 31


def _aus_abn(number: str) -> bool:
    digits = [_digits(number)[0] - 1, *_digits(number)[1:]]
    weights = (10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19)
    return sum(digit * weight for digit, weight in zip(digits, weights, strict=True)) % 89 == 0


def _mod_97(number: str) -> bool:
    return int("".join(str(ALPHABET.index(one)) for one in number)) % 97 == 1


def _gs1(number: str) -> bool:
    total = sum(digit * (3 if place % 2 else 1) for place, digit in enumerate(reversed(_digits(number))))
    return total % 10 == 0


CHECKS: Mapping[str, Callable[[str], bool]] = {
    "jpn-corporate": _jpn_corporate,
    "vnm-tax": _vnm_tax,
    "tha-thirteen": _tha_thirteen,
    "ind-gstin": _ind_gstin,
    "kor-business": _kor_business,
    "twn-unified": _twn_unified,
    "chn-credit": _chn_credit,
    "aus-abn": _aus_abn,
    "mod-97": _mod_97,
    "gs1": _gs1,
}
