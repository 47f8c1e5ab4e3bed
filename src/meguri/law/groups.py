"""Groups of economies that rules name (``@oecd``, ``@eu`` ...), derived from the dated table of economies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache

from meguri.law import tables

Member = Callable[[tables.Party, date], bool]


def _since(start: date | None, on: date) -> bool:
    return start is not None and on >= start


def _party(p: tables.Party, on: date) -> bool:
    # A territory held by a Party through another's deposit carries no date of its own.
    return p.basel == "party" and (p.basel_from is None or on >= p.basel_from)


def _eu(p: tables.Party, on: date) -> bool:
    return p.eu or (p.eu_until is not None and on <= p.eu_until)


GROUPS: Mapping[str, Member] = {
    "@basel-party": _party,
    "@basel-unknown": lambda p, on: p.basel == "unknown",
    "@basel-nonparty": lambda p, on: p.basel != "unknown" and not _party(p, on),
    "@ban-acceptor": lambda p, on: p.ban == "Y" and _since(p.ban_from, on),
    "@ban-unknown": lambda p, on: p.ban == "unknown" or (p.ban == "Y" and p.ban_from is None),
    "@annex-vii": lambda p, on: p.annex_vii,
    "@oecd": lambda p, on: _since(p.oecd_from, on),
    "@oecd-control": lambda p, on: p.oecd_control and _since(p.oecd_from, on),
    "@eu": _eu,
}
"""What each group means, as a test on an economy and a date."""


@lru_cache(maxsize=65536)
def matches(selector: str, economy: str, on: date) -> bool:
    """Whether an economy is meant by one selector.

    A selector is a code (``JPN``), a group (``@eu``), its contrary (``!@eu``), or several joined by ``+`` that must
    all hold. A territory under another's law (``law_of``) is meant by that economy's code too.
    """
    for atom in selector.split("+"):
        negative, name = atom.startswith("!"), atom.lstrip("!")
        party = tables.parties()[economy]
        holds = GROUPS[name](party, on) if name.startswith("@") else name in (economy, party.law_of)
        if holds == negative:
            return False
    return True


@lru_cache(maxsize=262144)
def any_of(selectors: tuple[str, ...], economy: str, on: date) -> bool:
    """Whether an economy is meant by a list of selectors: one of them, or no condition when the list is empty."""
    return not selectors or any(matches(selector, economy, on) for selector in selectors)


@lru_cache(maxsize=65536)
def stream_matches(wanted: tuple[str, ...], stream: str) -> bool:
    """Whether a stream is meant: one of the positives (or none given) and none of the negatives."""
    if not wanted:
        return True
    of = tables.streams()[stream].groups
    positive, any_positive = False, False
    for name in wanted:
        bare = name.lstrip("!")
        hit = bare[1:] in of if bare.startswith("@") else bare == stream
        if name.startswith("!"):
            if hit:
                return False
        else:
            any_positive = True
            positive = positive or hit
    return positive or not any_positive


def known(selector: str) -> bool:
    """Whether every name in a selector is a known economy or group."""
    names = [atom.lstrip("!") for atom in selector.split("+")]
    return all(name in GROUPS or name in tables.parties() for name in names)
