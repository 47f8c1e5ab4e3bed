"""The endpoint of a case, for those who may see it."""

# No postponed annotations here: the API reads them through the rate limit's wrapper, which knows other names.
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from pydantic import Field

from meguri import law
from meguri.consent import services
from meguri.consent.acts import Notify
from meguri.consent.case import question, record, resting
from meguri.consent.case import standing as standings
from meguri.consent.states import WholeCase
from meguri.consent.tracks import open_steps
from meguri.consent.web import new_case
from meguri.kit import clock
from meguri.kit.people.identity import ANYONE, Reader
from meguri.kit.problems import Problem
from meguri.kit.web.requests.arguments import require_known
from meguri.kit.web.requests.covering import caller_party
from meguri.kit.web.requests.describing import answers
from meguri.kit.web.requests.limits import limit

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


class NoticeTold(msgspec.Struct, frozen=True):
    """An act to put into a draft: its kind, and its body as it would be notified now."""

    kind: str
    body: Notify


class AskedNotice(Schema):
    """The question as `/api/verdict` takes it, and what the form of a notification asks for."""

    from_: str = Field(alias="from", max_length=3, description="economy of export")
    to: str = Field(max_length=3, description="economy of import")
    stream: str = Field(max_length=60, description="material")
    operation: str = Field("", max_length=4, description="R1 to R13, D1 to D15")
    on: str = Field("", max_length=10, description="day of the movement; today where it is left out")
    via: list[str] = Field([], max_length=10, description="economies of transit")
    code: list[str] = Field([], max_length=20, description="declared codes, such as basel:Y49")
    fact: list[str] = Field([], max_length=40, description="such as importer_certified=true")
    importer: str = Field(max_length=120, description="subject of an organisation with that role")
    facility: str = Field(max_length=120, description="id of the facility that recovers or disposes")
    total_kg: str = Field(max_length=20, description="kilograms of all shipments together")
    shipments: str = Field("1", max_length=6, description="number of shipments")
    period_from: str = Field(max_length=10, description="day of the first departure")
    period_to: str = Field(max_length=10, description="day of the last departure")
    description: str = Field(max_length=2000, description="what it consists of")


@router.get(
    "/notification",
    summary="A notification as it would be said now",
    operation_id="notification",
    openapi_extra=answers(NoticeTold),
)
@limit("notification", "120/m")
def notification(request: HttpRequest, asked: Query[AskedNotice]) -> HttpResponse:
    """The body of the act that opens a case, for a draft. Nothing is put on record; the law is asked for its verdict,
    and licences on record that prove facts of the question are named.
    """
    reader = caller_party(request)
    require_known(request, [one.alias or name for name, one in AskedNotice.model_fields.items()])
    verdict = law.verdict(question.of_address(dict(request.GET.lists())))
    found = request.GET.copy()
    found.setdefault("shipments", "1")
    said = new_case.read(found)
    given = {name: getattr(said, name) for name in said.__struct_fields__}
    body = services.notice(str(reader.organisation), verdict, at=clock.now(), **given)
    return HttpResponse(msgspec.json.encode(NoticeTold("consent.notify", body)), content_type="application/json")


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
