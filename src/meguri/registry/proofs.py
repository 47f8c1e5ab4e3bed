"""Whether a licence on record proves a fact of law for somebody, at an instant and within what it is for. Pure.

>>> proved("importer_certified", ["organisation:jp-smelter"], instant, licences)       # the licence, or None
>>> proved("carrier_licensed", ["organisation:vn-carrier"], instant, licences, stream="circuit-boards")
>>> unproved("recycler_certified", holders, instant, licences, operation="R4")         # what to say where it is None

`licences` are states by bare id, as `registry.services.licences(*holders)` finds them or a guard reads them; those of
other holders and kinds are passed over. Facts are those of the column `fact` of ``licence_kinds.csv``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime

import msgspec

from meguri.kit.problems import N_, Problem
from meguri.kit.words import listed
from meguri.registry.states import LicenceState, Scope
from meguri.registry.vocabulary import kinds_proving


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """The licence by which a fact is proved, and until when as far as the record knows (None: without an end).

    `scope` says what it is for; how much of its grams is used already, who asks has to count.
    """

    fact: str
    licence: str
    kind: str
    holder: str
    number: str
    issued_by: str
    until: datetime | None
    scope: Scope


def covers(scope: Scope, operation: str = "", stream: str = "", codes: Collection[str] = ()) -> bool:
    """Whether a scope takes in what is asked. What is not asked, or not limited, is covered.

    A scope that names streams and codes covers what is of one of its streams or bears one of its codes.
    """
    if operation and scope.operations and operation not in scope.operations:
        return False
    told = [stream in scope.streams] if stream and scope.streams else []
    told += [any(code in scope.codes for code in codes)] if codes and scope.codes else []
    return not told or any(told)


def proved(
    fact: str,
    holders: Collection[str],
    instant: datetime,
    licences: Mapping[str, LicenceState | None],
    *,
    operation: str = "",
    stream: str = "",
    codes: Collection[str] = (),
) -> Proof | None:
    """The licence that proves the fact for one of the holders at the instant; of several the one that holds longest."""
    found = [
        (id, licence)
        for id, licence in _of(fact, holders, licences)
        if licence.holds(instant) and covers(licence.scope_at(instant), operation, stream, codes)
    ]
    if not found:
        return None
    id, best = max(found, key=lambda one: (one[1].until is None, one[1].until or instant, one[0]))
    return Proof(
        fact=fact,
        licence=id,
        kind=best.kind,
        holder=best.holder,
        number=best.number,
        issued_by=best.issued_by,
        until=None if best.stands_while_asked and best.course.state == "renewal_asked" else best.until,
        scope=best.scope_at(instant),
    )


def _of(
    fact: str, holders: Collection[str], licences: Mapping[str, LicenceState | None]
) -> Iterator[tuple[str, LicenceState]]:
    kinds = kinds_proving(fact)
    for id, licence in licences.items():
        if licence is not None and licence.kind in kinds and licence.holder in holders:
            yield id, licence


def unproved(
    fact: str,
    holders: Collection[str],
    instant: datetime,
    licences: Mapping[str, LicenceState | None],
    *,
    pointer: str = "",
    operation: str = "",
    stream: str = "",
    codes: Collection[str] = (),
) -> Problem | None:
    """Why nothing proves the fact, by the licence that comes nearest; None where it is proved."""
    if proved(fact, holders, instant, licences, operation=operation, stream=stream, codes=codes):
        return None
    kinds = kinds_proving(fact)
    names = listed(kind.names for kind in kinds.values())
    nearest = [licence for _, licence in _of(fact, holders, licences)]
    narrow = next((one for one in nearest if one.holds(instant)), None)
    asked = ", ".join(filter(None, (operation, stream, *codes)))
    if narrow is not None:
        return Problem(
            N_("The licence {number} does not cover {asked}. Have it varied, or choose what it covers."),
            pointer,
            "licence-scope",
            {"number": narrow.number, "asked": asked},
        )
    stopped = next((one for one in nearest if one.suspended), None)
    if stopped is not None:
        return Problem(
            N_("The licence {number} is suspended: {reason}. It has to be resumed first."),
            pointer,
            "licence-suspended",
            {"number": stopped.number, "reason": stopped.reason},
        )
    ended = next((one for one in nearest if one.since is not None), None)
    if ended is not None:
        return Problem(
            N_("The licence {number} does not hold on {day}. Have it renewed, or put the new one on record."),
            pointer,
            "licence-over",
            {"number": ended.number, "day": instant.date().isoformat()},
        )
    return Problem(
        N_("No licence on record proves this: {kinds}. The authority or the operator puts it on record."),
        pointer,
        "licence-missing",
        {"kinds": names},
    )
