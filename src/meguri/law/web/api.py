"""The endpoint of the verdict."""

# No postponed annotations here: the API reads them through the rate limit's wrapper, which knows other names.
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from meguri.kit import clock
from meguri.kit.web.limits import limit
from meguri.law.model import Question
from meguri.law.verdict import verdict

router = Router()


class Asked(Schema):
    """A question as it stands in an address."""

    origin: str = Field("", alias="from", description="economy of origin, ISO 3166 alpha-3")
    destination: str = Field("", alias="to", description="economy of destination, ISO 3166 alpha-3")
    stream: str = Field("", description="material, such as circuit-boards")
    operation: str = Field("", description="R1 to R13, D1 to D15")
    on: str = Field("", description="day of the movement; today where none is given")
    via: list[str] = Field([], description="economies of transit")
    code: list[str] = Field([], description="declared codes, such as basel:Y49")
    fact: list[str] = Field([], description="facts, such as hazardous=false")


@router.get("/verdict", summary="May it move? The verdict on one movement", operation_id="verdict", auth=None)
@limit("api-verdict", "600/m")
def ask(request: HttpRequest, asked: Query[Asked]) -> dict[str, Any]:
    """The verdict with codes, procedures, consents, papers, deadlines, grounds and assumptions."""
    question = Question.parse(
        on=asked.on or clock.today(),
        stream=asked.stream,
        origin=asked.origin,
        destination=asked.destination,
        operation=asked.operation or None,
        via=asked.via,
        codes=asked.code,
        facts=[part for part in asked.fact if part.strip()],
    )
    return verdict(question).to_json()
