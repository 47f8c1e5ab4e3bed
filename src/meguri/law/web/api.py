"""The endpoints of the law: the verdict, the line of time, the verdicts for every economy, and draft rules."""

# No postponed annotations here: the API reads them through the rate limit's wrapper, which knows other names.
from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

import msgspec
from django.http import HttpRequest, StreamingHttpResponse
from ninja import Query, Router, Schema
from pydantic import Field

from meguri.kit import clock, words
from meguri.kit.files import reading
from meguri.kit.files.shape import require_json
from meguri.kit.problems import N_, refuse
from meguri.kit.web.requests.describing import answers, both, takes
from meguri.kit.web.requests.limits import limit
from meguri.law.across.timeline import timeline
from meguri.law.asking import batch, records
from meguri.law.asking.answered import DiffTold, MatrixTold, TimelineTold, VerdictRowTold, VerdictTold
from meguri.law.asking.model import Question
from meguri.law.asking.verdict import verdict
from meguri.law.body.packfile import LARGEST as LONGEST
from meguri.law.body.packs import Law
from meguri.law.measure import score
from meguri.law.web import laboratory_views, library, mapping
from meguri.law.web.laboratory import drafting

router = Router()
MOST_ROWS = 1000
"""Questions that are asked at once."""


class VerdictQuery(Schema):
    """A question as it stands in an address."""

    origin: str = Field("", alias="from", description="economy of origin, ISO 3166 alpha-3")
    destination: str = Field("", alias="to", description="economy of destination, ISO 3166 alpha-3")
    stream: str = Field("", description="material, such as circuit-boards")
    operation: str = Field("", description="R1 to R13, D1 to D15")
    on: str = Field("", description="day of the movement; today where none is given")
    via: list[str] = Field([], description="economies of transit")
    code: list[str] = Field([], description="declared codes, such as basel:Y49")
    fact: list[str] = Field([], description="facts, such as hazardous=false")


@router.get(
    "/verdict",
    summary="May it move? The verdict on one movement",
    operation_id="verdict",
    auth=None,
    openapi_extra=answers(VerdictTold),
)
@limit("api-verdict", "600/m")
def ask(request: HttpRequest, asked: Query[VerdictQuery]) -> dict[str, Any]:
    """The verdict with codes, procedures, consents, papers, deadlines, grounds and assumptions."""
    question = records.check(
        Question.parse(
            on=asked.on or clock.today(),
            stream=asked.stream,
            origin=asked.origin,
            destination=asked.destination,
            operation=asked.operation or None,
            via=asked.via,
            codes=asked.code,
            facts=[part for part in asked.fact if part.strip()],
        )
    )
    return verdict(question).to_json()


class QuestionRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of many questions, under the names of the columns of ``meguri verdict --batch``."""

    stream: str
    origin: str
    destination: str
    on: str = ""
    operation: str = ""
    via: list[str] = []
    codes: list[str] = []
    facts: list[str] | dict[str, bool | int | float | str] = []
    case_id: str = ""


class QuestionRows(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Many questions at once."""

    questions: Annotated[list[Any], msgspec.Meta(min_length=1, max_length=MOST_ROWS)]


ROWS = {
    "questions": [
        {"case_id": "1", "on": "2025-10-01", "origin": "MYS", "destination": "JPN", "stream": "circuit-boards"},
        {"case_id": "2", "on": "2025-10-01", "origin": "JPN", "destination": "MYS", "stream": "circuit-boards"},
    ]
}
COLUMNS = "CSV with the columns on, origin, destination, stream and, if you like, operation, via, codes, facts, case_id"


def asked_rows(request: HttpRequest) -> list[tuple[str, Callable[[], Question]]]:
    """The rows that were sent, each with its name and how it is asked. Refused where they cannot be told apart."""
    kind = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    found: list[tuple[str, Callable[[], Question]]]
    if kind == "text/csv":
        try:
            given = request.body.decode("utf-8-sig")
            listed = reading.lines_of(given, "CSV", held=("on", "stream", "origin", "destination"), uneven=True)
        except (UnicodeDecodeError, reading.TableError) as error:
            raise refuse(N_("This cannot be read as CSV: {error}."), "", "not_csv", error=str(error)[:500]) from None
        found = [(row.cells.get("case_id") or "", partial(of_line, row)) for row in listed]
    else:
        require_json(request.body)
        try:
            rows = msgspec.json.decode(request.body, type=QuestionRows).questions
        except msgspec.ValidationError as error:
            text, _, where = str(error).partition(" - at `$")
            pointer = where.rstrip("`").replace(".", "/").replace("[", "/").replace("]", "")
            raise refuse(N_("The body is not as described: {why}."), pointer, "schema", why=text) from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise refuse(N_("The body is not JSON as expected: {why}."), "", "json", why=str(error)[:200]) from None
        found = [(str(row.get("case_id", "")) if isinstance(row, dict) else "", partial(of_row, row)) for row in rows]
    if not 0 < len(found) <= MOST_ROWS:
        raise refuse(N_("Send from 1 to {most} questions at once."), "", "many", most=MOST_ROWS)
    return found


def of_line(row: reading.Line) -> Question:
    """The question of a line of CSV."""
    if not row.even:
        raise refuse(N_("The row has not as many cells as the head has columns."), "", "row")
    return score.question_of(row.cells)


def of_row(given: Any) -> Question:
    """The question of a row of JSON."""
    try:
        row = msgspec.convert(given, QuestionRow)
    except msgspec.ValidationError as error:
        text, _, where = str(error).partition(" - at `$")
        pointer = where.rstrip("`").replace(".", "/").replace("[", "/").replace("]", "")
        raise refuse(N_("The row is not as described: {why}."), pointer, "schema", why=text) from None
    return Question.parse(
        on=row.on or clock.today(),
        stream=row.stream,
        origin=row.origin,
        destination=row.destination,
        operation=row.operation or None,
        via=row.via,
        codes=row.codes,
        facts=row.facts,
        case_id=row.case_id,
    )


@router.post(
    "/verdicts",
    summary="Many verdicts at once",
    operation_id="verdicts",
    auth=None,
    openapi_extra=both(
        takes(QuestionRows, example=ROWS, plain=("text/csv", COLUMNS)),
        answers(VerdictRowTold, media="application/x-ndjson", text="A line of JSON for each row, in order"),
    ),
)
@limit("api-verdicts", "6/m")
def ask_many(request: HttpRequest) -> StreamingHttpResponse:
    """Up to 1,000 questions as JSON or CSV. A line of JSON for each is sent as soon as it is answered; a row that
    cannot be asked says why, and the rest go on.
    """
    rows, spoken, at = asked_rows(request), words.active(), clock.now()

    def line(number: int, case_id: str, ask: Callable[[], Question]) -> bytes:
        # It is sent after the page's own time and language have ended.
        with words.speaking(spoken), clock.running(lambda: at):
            return msgspec.json.encode({"row": number, **batch.answered(case_id, ask)}, enc_hook=str) + b"\n"

    return StreamingHttpResponse(
        (line(number, case_id, ask) for number, (case_id, ask) in enumerate(rows, 1)),
        content_type="application/x-ndjson",
    )


class AskedTimeline(Schema):
    """An economy, or a lane as it stands in an address."""

    economy: str = Field("", description="economy, ISO 3166 alpha-3; or a lane instead")
    origin: str = Field("", alias="from", description="economy of origin of a lane")
    destination: str = Field("", alias="to", description="economy of destination of a lane")
    stream: str = Field("", description="material, such as circuit-boards")
    operation: str = Field("", description="R1 to R13, D1 to D15")
    via: list[str] = Field([], description="economies of transit")
    fact: list[str] = Field([], description="facts, such as hazardous=false")


@router.get(
    "/law/timeline",
    summary="What changed when",
    operation_id="law_timeline",
    auth=None,
    openapi_extra=answers(TimelineTold),
)
@limit("api-law-timeline", "60/m")
def changes(request: HttpRequest, asked: Query[AskedTimeline]) -> dict[str, Any]:
    """The changes from 2018 to 2031 for one economy, or for one lane."""
    if asked.stream or asked.origin or asked.destination:
        question = Question.parse(
            on=clock.today(),
            stream=asked.stream,
            origin=asked.origin,
            destination=asked.destination,
            operation=asked.operation or None,
            via=asked.via,
            facts=[part for part in asked.fact if part.strip()],
        )
        lane = (question.origin, question.destination, question.stream, question.operation)
        found = timeline(lane=lane, facts=question.facts, via=question.via)
    else:
        found = timeline(library.economy_of(asked.economy) if asked.economy else None)
    return {"changes": [change.to_json() for change in found], "law": Law.load().digest}


class AskedMatrix(Schema):
    """One end of a lane, as it stands in an address; the other end is every economy."""

    destination: str = Field("", alias="to", description="economy that everything goes to; or one that it leaves")
    origin: str = Field("", alias="from", description="economy that everything leaves")
    stream: str = Field("", description="material, such as circuit-boards")
    operation: str = Field("", description="R1 to R13, D1 to D15")
    on: str = Field("", description="day of the movement; today where none is given")
    hazardous: str = Field("", description="true or false; not known where none is given")


@router.get(
    "/law/matrix",
    summary="The verdict for every economy",
    operation_id="law_matrix",
    auth=None,
    openapi_extra=answers(MatrixTold),
)
@limit("api-law-matrix", "60/m")
def matrix(request: HttpRequest, asked: Query[AskedMatrix]) -> dict[str, Any]:
    """One cell for each economy at the open end, with whether its national law is on file."""
    question, inward = mapping.asked(
        {
            "to": asked.destination,
            "from": asked.origin,
            "stream": asked.stream,
            "operation": asked.operation,
            "on": asked.on,
            "hazardous": asked.hazardous,
        },
        clock.today(),
    )
    return mapping.to_json(question, inward, mapping.places(question, inward))


class DraftMovement(Schema):
    """A movement to ask under both laws."""

    origin: str = Field(alias="from", max_length=64)
    destination: str = Field(alias="to", max_length=64)
    stream: str = Field(max_length=64)
    operation: str = Field("", max_length=8)
    on: str = Field("", max_length=10, description="the first day of the draft where none is given")
    via: list[str] = Field([], max_length=8)
    facts: list[str] = Field([], max_length=40)
    case_id: str = Field("", max_length=64)


class Drafted(Schema):
    """A draft pack, and the movements to ask; the built-in lanes where none are given."""

    draft: str = Field(max_length=LONGEST, description="a rule pack in TOML")
    on: str = Field("", max_length=10, description="the first day of the draft where none is given")
    movements: list[DraftMovement] = Field([], max_length=drafting.MOST_ROWS)


@router.post(
    "/law/diff",
    summary="Which verdicts a draft would change",
    operation_id="law_diff",
    auth=None,
    openapi_extra=answers(DiffTold),
)
@limit("api-law-diff", "12/m")
def drafted(request: HttpRequest, body: Drafted) -> dict[str, Any]:
    """The movements whose answer differs under the draft. Nothing is stored."""
    listed = tuple(drafting.AskedMovement(**one.dict()) for one in body.movements)
    tried = laboratory_views.try_out(drafting.AskedDraft(body.draft, body.on, listed=listed, plain=True), request)
    return {"asked": tried.count, "on": tried.on.isoformat(), "differences": msgspec.json.decode(tried.plain)}
