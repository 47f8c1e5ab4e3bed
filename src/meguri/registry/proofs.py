"""Whether a licence on record proves a fact of law for somebody, at an instant and within what it is for. Pure.

``proved("importer_certified", ["organisation:jp-smelter"], instant, licences)`` is the licence, or None;
``unproved("recycler_certified", holders, instant, licences, operation="R4")`` says what to say where it is None.

`licences` are states by bare id, as `registry.services.licences(*holders)` finds them or a guard reads them; those of
other holders and kinds are passed over. Facts are those of the column `fact` of ``licence_kinds.csv``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime

import msgspec

from meguri import law
from meguri.journal.act import NODE
from meguri.kit.problems import N_, Problem
from meguri.kit.words import Words, listed
from meguri.registry.states import LicenceState, Scope
from meguri.registry.vocabulary import kinds_proving

CARRIER = "carrier_licensed"
"""The fact that a carrier's licences prove; of no question to the law, asked of every carrier."""
RULED = "movement_ruled"
"""What an authority's ruling on record proves; of no question to the law, asked where the law leaves one to it."""


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


def strange(licence: str, pointer: str) -> Problem:
    """That a licence listed is none of those whose it would have to be."""
    return Problem(
        N_("{licence} is no licence on record of those on whom this rests."), pointer, "licence", {"licence": licence}
    )


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


def named(fact: str, holders: Collection[str], licences: Mapping[str, LicenceState | None]) -> tuple[str, ...]:
    """The licences of these holders, by bare id, that are of a kind by which the fact is proved, whether or not they
    hold; those granted before those applied for.
    """
    found = sorted(_of(fact, holders, licences), key=lambda one: (one[1].since is None, one[0]))
    return tuple(id for id, _ in found)


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
        return not_holding(stopped, instant, pointer)
    later = next((one for one in nearest if one.since is not None and not one.holds(instant)), None)
    if later is not None:
        return not_holding(later, instant, pointer)
    return Problem(
        N_("No licence on record proves this: {kinds}. The authority or the operator puts it on record."),
        pointer,
        "licence-missing",
        {"kinds": names},
    )


BY_NODE = Words("the operator")
"""Who it was where the node itself said so."""


def not_holding(licence: LicenceState, instant: datetime, pointer: str = "") -> Problem:
    """Why a licence on record cannot be relied on at an instant: which, since when, by whom and why, what is right."""
    issuer = law.office_name(licence.issued_by)
    given = {"number": licence.number, "issuer": issuer, "reason": licence.reason or "-"}
    pause = next((one for one in reversed(licence.pauses) if licence.suspended or one.covers(instant)), None)
    if licence.suspended or pause is not None:
        by = next((point.actor for point in reversed(licence.course.points) if point.transition == "suspend"), "")
        return Problem(
            N_("The licence {number} is suspended since {since}, by {by}: {reason}. It has to be resumed first."),
            pointer,
            "licence-suspended",
            given
            | {
                "since": pause.since.date().isoformat() if pause else "-",
                "by": BY_NODE if by == NODE else law.office_name(by.partition(":")[2] or licence.issued_by),
            },
        )
    if licence.over_on is not None and licence.over_on <= instant:
        return Problem(
            N_(
                "The licence {number} is over since {since}: {reason}. Rest on another, which {issuer} can give, or "
                "choose another holder."
            ),
            pointer,
            "licence-over",
            given | {"since": licence.over_on.date().isoformat()},
        )
    if licence.since is not None and licence.ran_out(instant) and licence.until is not None:
        return Problem(
            N_("The licence {number} ended on {since}. Have it renewed by {issuer}, or put the new one on record."),
            pointer,
            "licence-over",
            given | {"since": licence.until.date().isoformat()},
        )
    if licence.since is not None:
        return Problem(
            N_("The licence {number} holds only from {since} on. Wait until then, or rest on another."),
            pointer,
            "licence-over",
            given | {"since": licence.since.date().isoformat()},
        )
    return Problem(
        N_("The licence {number} was applied for and is not granted. Wait for {issuer}, or rest on another."),
        pointer,
        "licence-missing",
        given,
    )
