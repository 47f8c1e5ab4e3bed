"""Endpoints of lots: one lot, its trace, the balance. Masses in grams."""

from __future__ import annotations

from typing import Any

import msgspec
from django.http import HttpRequest
from ninja import Router

from meguri.custody import services
from meguri.custody.balance import totals
from meguri.custody.commands import as_json, balance_json, published_json
from meguri.custody.trace import walk
from meguri.custody.web.answered import BalanceTold, LotRecord, TraceTold
from meguri.custody.web.veil import Veil
from meguri.kit.problems import N_, refuse
from meguri.kit.web.requests.covering import caller_party
from meguri.kit.web.requests.describing import answers
from meguri.kit.web.requests.limits import limit

router = Router()


@router.get("/lots/{id}", summary="One lot", operation_id="lot", openapi_extra=answers(LotRecord))
def lot(request: HttpRequest, id: str) -> dict[str, Any]:
    """The state of a lot that the caller's organisation may see; 404 for any other."""
    state = services.lot(id, caller_party(request))
    told: dict[str, Any] = msgspec.to_builtins(state)
    return {"lot": id, **told}


@router.get(
    "/lots/{id}/trace",
    summary="Where a lot comes from, or what became of it",
    operation_id="trace",
    openapi_extra=answers(TraceTold),
)
def trace(request: HttpRequest, id: str, down: bool = False) -> dict[str, Any]:
    """Nodes, edges and shares; organisations and facilities are named for lots that the caller may see. 422 for a lot
    with which more is linked than a request may follow.
    """
    reader = caller_party(request)
    found = walk.find(id, down, reader, most=walk.MOST)
    if found.cut:
        raise refuse(
            N_("More than {most} lots and events are linked with this lot. Trace it by command: meguri trace {lot}."),
            "/id",
            "large",
            most=walk.MOST,
            lot=id,
        )
    told = as_json(found)
    veil = Veil(reader, found.lots)
    for row in (*told["nodes"], *told["shares"]):
        if row.get("lot") not in veil.seen:
            row.pop("organisation", None)
            row.pop("facility", None)
    if not veil.seen.issuperset(found.lots):
        told.pop("legs", None)
    return told


@router.get("/balance", summary="Does it add up?", operation_id="balance", openapi_extra=answers(BalanceTold))
@limit("balance-api", "60/m")
def balance(request: HttpRequest) -> dict[str, Any]:
    """The whole account; the same totals as the page. Sites by id and lots that do not add up only for authorities,
    auditors and operators; for everybody else a sum is null where fewer than three organisations are in it
    (`withheld`).
    """
    found = totals.standing()
    reader: Any = getattr(request, "reader", None)
    if {"authority", "auditor", "operator"} & set(getattr(reader, "roles", ())):
        return {**balance_json(found), "withheld": False, "shown_from": 1}
    return published_json(totals.public(found))
