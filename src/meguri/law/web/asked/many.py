"""Many questions in one request: how they are told apart, and how each is answered in its turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Annotated, Any

import msgspec
from django.http import HttpRequest, StreamingHttpResponse

from meguri.kit import clock, words
from meguri.kit.files import reading
from meguri.kit.files.shape import require_json
from meguri.kit.problems import N_, MeguriError, Problem, refuse
from meguri.kit.web import csvs
from meguri.kit.web.requests import limits
from meguri.law.asking import batch
from meguri.law.asking.model import Question
from meguri.law.measure import score

LINES = "application/x-ndjson"
MOST_ROWS = 1000
"""Questions that are asked at once."""
ROWS_A_MINUTE = 30_000
"""Rows of one token that covers `ask`; whoever has none is held by the number of requests."""
ROWS = {
    "questions": [
        {"case_id": "1", "on": "2025-10-01", "origin": "MYS", "destination": "JPN", "stream": "circuit-boards"},
        {"case_id": "2", "on": "2025-10-01", "origin": "JPN", "destination": "MYS", "stream": "circuit-boards"},
    ]
}
COLUMNS = f"CSV with the columns {', '.join(batch.NEEDED)} and, if you like, {', '.join(batch.FURTHER)}"
TOLD = ("row", "case_id", "status", "verdict", "procedures", "consents", "codes", "grounds", "problems", "law")
"""Columns of an answer as CSV; what is several stands with semicolons between."""


class WrongKind(MeguriError):
    """The body is of a kind that is not read here."""

    status = 415
    title = N_("This kind of body is not read here")


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


Row = tuple[str, Callable[[], Question]]
"""What a row is called, and how it is asked."""


def asked_rows(request: HttpRequest) -> list[Row]:
    """The rows that were sent. Refused where they cannot be told apart; WrongKind for anything but JSON and CSV."""
    kind = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind == "text/csv":
        found = _of_csv(request.body)
    elif kind in ("", "application/json"):
        found = _of_json(request.body)
    else:
        raise WrongKind(
            Problem(N_("Send application/json or text/csv, not {kind}."), "/content-type", "kind", {"kind": kind[:80]})
        )
    if not 0 < len(found) <= MOST_ROWS:
        raise refuse(N_("Send from 1 to {most} questions at once."), "", "many", most=MOST_ROWS)
    return found


def _of_csv(body: bytes) -> list[Row]:
    try:
        given = body.decode("utf-8-sig")
        listed = reading.lines_of(given, "CSV", held=batch.NEEDED, uneven=True)
    except (UnicodeDecodeError, reading.TableError) as error:
        raise refuse(N_("This cannot be read as CSV: {error}."), "", "not_csv", error=str(error)[:500]) from None
    batch.require_columns(next((row.cells for row in listed if row.even), ()))
    return [(row.cells.get("case_id") or "", partial(of_line, row)) for row in listed]


def _of_json(body: bytes) -> list[Row]:
    require_json(body)
    try:
        rows = msgspec.json.decode(body, type=QuestionRows).questions
    except msgspec.ValidationError as error:
        text, pointer = _said(error)
        raise refuse(N_("The body is not as described: {why}."), pointer, "schema", why=text) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise refuse(N_("The body is not JSON as expected: {why}."), "", "json", why=str(error)[:200]) from None
    return [(str(row.get("case_id", "")) if isinstance(row, dict) else "", partial(of_row, row)) for row in rows]


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
        text, pointer = _said(error)
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


def _said(error: msgspec.ValidationError) -> tuple[str, str]:
    text, _, where = str(error).partition(" - at `$")
    return text, where.rstrip("`").replace(".", "/").replace("[", "/").replace("]", "")


def answered(request: HttpRequest) -> StreamingHttpResponse:
    """The answers to the rows of a request, row by row, as lines of JSON or as CSV where that is accepted."""
    rows, spoken, at = asked_rows(request), words.active(), clock.now()
    if limits.covers(request, "ask"):
        limits.spend("api-verdict-rows", limits.asker(request), ROWS_A_MINUTE, 60, len(rows))

    def told(number: int, case_id: str, ask: Callable[[], Question]) -> dict[str, Any]:
        # It is sent after the page's own time and language have ended.
        with words.speaking(spoken), clock.running(lambda: at):
            return {"row": number, **batch.answered(case_id, ask)}

    every: Iterator[dict[str, Any]] = (told(number, *row) for number, row in enumerate(rows, 1))
    if request.headers.get("Accept", "").partition(";")[0].strip().lower() == "text/csv":
        return csvs.streamed("verdicts", TOLD, map(cells, every), mark=False)
    return StreamingHttpResponse((msgspec.json.encode(one, enc_hook=str) + b"\n" for one in every), content_type=LINES)


def cells(told: dict[str, Any]) -> tuple[Any, ...]:
    """One answer in the columns of `TOLD`."""
    return (
        told["row"],
        told["case_id"],
        told["status"],
        told["verdict"],
        ";".join(told["procedures"]),
        ";".join(f"{one['authority']}:{one['capacity']}:{one['form']}" for one in told["consents"]),
        ";".join(one["code"] for one in told["codes"]),
        ";".join(one["rule"] for one in told["grounds"]),
        ";".join(f"{one['pointer']} {one['code']}: {one['detail']}" for one in told["problems"]),
        told.get("law", ""),
    )
