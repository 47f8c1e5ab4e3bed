"""The endpoint of the verdict."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router

from meguri.kit import clock
from meguri.kit.web.limits import limit
from meguri.law.model import Question
from meguri.law.verdict import verdict

router = Router()


@router.get("/verdict", summary="May it move? The verdict on one movement", operation_id="verdict", auth=None)
@limit("api-verdict", "600/m")
def ask(
    request: HttpRequest,
    origin: str = Query("", alias="from", description="economy of origin, ISO 3166 alpha-3"),
    destination: str = Query("", alias="to", description="economy of destination, ISO 3166 alpha-3"),
    stream: str = Query("", description="material, such as circuit-boards"),
    operation: str = Query("", description="R1 to R13, D1 to D15"),
    on: str = Query("", description="day of the movement; today where none is given"),
    via: list[str] = Query([], description="economies of transit"),
    code: list[str] = Query([], description="declared codes, such as basel:Y49"),
    fact: list[str] = Query([], description="facts, such as hazardous=false"),
) -> dict[str, Any]:
    """The verdict with codes, procedures, consents, papers, deadlines, grounds and assumptions."""
    question = Question.parse(
        on=on or clock.today(),
        stream=stream,
        origin=origin,
        destination=destination,
        operation=operation or None,
        via=via,
        codes=code,
        facts=[part for part in fact if part.strip()],
    )
    return verdict(question).to_json()
