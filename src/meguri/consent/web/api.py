"""The endpoint of a case, for those who may see it."""

from __future__ import annotations

from typing import Any

import msgspec
from django.http import HttpRequest
from ninja import Router

from meguri.consent.case import record, resting
from meguri.consent.case import standing as standings
from meguri.consent.states import WholeCase
from meguri.consent.tracks import open_steps
from meguri.kit import clock
from meguri.kit.people.identity import ANYONE, Reader
from meguri.kit.problems import Problem
from meguri.kit.web.requests.describing import answers

router = Router()


class CaseOffer(msgspec.Struct, frozen=True):
    """A step that the caller's organisation may take on a track; `closed` says why not, where it may not yet."""

    track: str
    transition: str
    next: list[str]
    closed: str | None


class CaseRecord(msgspec.Struct, frozen=True):
    """A case with all its parts, how it stands, and what may be done."""

    case: str
    standing: standings.Word
    missing: list[str]
    open: list[CaseOffer]
    state: WholeCase


@router.get(
    "/cases/{case}",
    summary="A case as it stands, with its tracks",
    operation_id="case",
    openapi_extra=answers(CaseRecord),
)
def case(request: HttpRequest, case: str) -> dict[str, Any]:
    """The case's parts, its standing, and what the reader's organisation may do on it now.

    `held` says what of that on which it rests does not stand now; `facts` who says each fact of its question. A step
    that is closed says why; whoever sends it is answered the same.
    """
    reader: Reader = getattr(request, "reader", ANYONE)
    state = record.case(case, reader)
    now = clock.now()
    found = standings.of(state, now)
    return {
        "case": case,
        "standing": found.word,
        "held": [{"code": one.code, "says": one.say(), "params": _plain(one)} for one in found.stopped],
        "facts": [msgspec.to_builtins(one) for one in resting.said(state, state.verdict.question, state.resting)],
        "missing": [track.key for track in found.missing],
        "open": [
            {
                "track": offer.track.key,
                "transition": offer.row.transition,
                "next": list(offer.next),
                "closed": offer.closed.say() if offer.closed else None,
            }
            for offer in open_steps.offers(state, reader.organisation or "", now)
        ],
        "state": {name: value for name, value in msgspec.to_builtins(state).items() if name != "resting"},
    }


def _plain(problem: Problem) -> dict[str, str]:
    return {name: str(value) for name, value in problem.params.items()}
