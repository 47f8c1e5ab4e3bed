"""A result as laboratories write it: what may stand in it, and the text that a commitment is over. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence

import msgspec
import rfc8785

from meguri import reference
from meguri.custody.assays.figures import WHOLE, rounded
from meguri.custody.assays.states import AssayedElement
from meguri.custody.assays.vocabulary import methods, split_limit
from meguri.kit.problems import N_, Problem, nearest

SALT = re.compile(r"(?:[0-9a-f]{2}){16,32}")
TRACE_PPB = 1000
"""Below a part per million any uncertainty is taken."""


def text_of(found: Sequence[AssayedElement], dry: bool = True) -> str:
    """What is kept outside the act: the result as canonical JSON (RFC 8785)."""
    told: bytes = rfc8785.dumps({"dry": dry, "found": msgspec.to_builtins(list(found))})
    return told.decode()


def commits(commitment: str, salt: str, found: Sequence[AssayedElement], dry: bool) -> bool:
    """Whether a commitment is over this result with this salt."""
    if not SALT.fullmatch(salt):
        return False
    told = bytes.fromhex(salt) + text_of(found, dry).encode()
    return hashlib.sha256(told).hexdigest() == commitment


def faults(
    found: Sequence[AssayedElement], material: str, pointer: str, *, dry: bool = True, settles: bool = True
) -> Iterator[Problem]:
    """Everything for which a result cannot be one, each with what would be right.

    `settles` asks for methods on which lots are settled.
    """
    if not dry:
        yield Problem(
            N_("Results are compared by the dry mass: divide by one less the moisture of the sample."),
            pointer,
            "dry",
        )
    if not found:
        yield Problem(N_("Say what was found of at least one element."), pointer, "empty")
    seen: set[str] = set()
    for index, one in enumerate(found):
        at = f"{pointer}/{index}"
        if one.element not in reference.elements():
            yield Problem(
                N_("“{element}” is not an element. Write its symbol, such as {hint}."),
                f"{at}/element",
                "element",
                {"element": one.element, "hint": nearest(one.element, reference.elements()) or "Au"},
            )
            continue
        if one.element in seen:
            yield Problem(N_("{element} is named twice."), f"{at}/element", "twice", {"element": one.element})
        seen.add(one.element)
        yield from _value(one, material, at, settles)
        method = methods().get(one.method)
        if method is None:
            yield Problem(
                N_("“{method}” is no method known here. One of: {known}."),
                f"{at}/method",
                "method",
                {"method": one.method, "known": ", ".join(methods())},
            )
        elif settles and not method.settles:
            usual = ", ".join(name for name, row in methods().items() if row.settles)
            yield Problem(
                N_("Nothing is settled on {method}; it serves provisional figures. Use one of: {known}."),
                f"{at}/method",
                "not-for-settlement",
                {"method": method.names, "known": usual},
            )
    total = sum(max(one.ppb, 0) for one in found)
    if total > WHOLE and all(0 <= one.ppb <= WHOLE for one in found):
        yield Problem(
            N_("The contents add up to {percent} % of the mass; they can be at most 100 %."),
            pointer,
            "content",
            {"percent": f"{total / 1e7:.2f}"},
        )


def _value(one: AssayedElement, material: str, at: str, settles: bool) -> Iterator[Problem]:
    if not 0 <= one.ppb <= WHOLE:
        yield Problem(
            N_("{percent} % of {element} cannot be: a content lies between 0 and 100 % (1,000,000,000 ppb)."),
            f"{at}/ppb",
            "content",
            {"element": one.element, "percent": f"{one.ppb / 1e7:.4g}"},
        )
        return
    if one.sd_ppb < 0 or (one.sd_ppb == 0 and one.ppb > 0):
        yield Problem(
            N_("An assay of {element} has a standard uncertainty above zero; give the laboratory's own."),
            f"{at}/sd_ppb",
            "uncertainty",
            {"element": one.element},
        )
        return
    limit = split_limit(one.element, material, one.ppb)
    most = rounded(one.ppb * limit.limit_ppb, WHOLE) if limit.relative else limit.limit_ppb
    if settles and not limit.decides and one.sd_ppb > max(most, TRACE_PPB):
        yield Problem(
            N_(
                "An uncertainty of {given} ppb of {element} is more than two good laboratories differ at most "
                "({most} ppb). Give the standard uncertainty of one laboratory, in the unit of the value."
            ),
            f"{at}/sd_ppb",
            "uncertainty",
            {"element": one.element, "given": one.sd_ppb, "most": max(most, TRACE_PPB)},
        )
