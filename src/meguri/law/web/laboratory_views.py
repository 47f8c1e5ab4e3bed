"""The law laboratory as a page: a draft is laid over the law for this one request; nothing of it is kept."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from meguri.kit.files.reading import TableError, lines_of
from meguri.kit.problems import N_, MeguriError, Problem, Refused, refuse
from meguri.kit.web.requests.limits import limit
from meguri.kit.words import Words, listed
from meguri.law import tables
from meguri.law.asking.model import STATUS_WORDS, VERDICT_WORDS, ConsentNeed, Question, Verdict
from meguri.law.body.packfile import LARGEST as LONGEST
from meguri.law.body.packfile import Draft
from meguri.law.body.packs import Law
from meguri.law.citing import citation
from meguri.law.laboratory import DRAFTS, AnswerDifference, diff, drafted, first_day, lanes
from meguri.law.measure.score import question_of
from meguri.law.web import asking, form_and_answer

NAME = "draft.toml"
LARGEST = 1_000_000
MOST_ROWS = 500
PLACE = re.compile(rf"^{re.escape(NAME)}, line (\d+): (.*)$", re.DOTALL)
EXAMPLE = DRAFTS / "phl-preconsent.toml"
PART_WORDS = {
    "verdict": Words("verdict"),
    "status": Words("how sure"),
    "procedures": Words("procedures"),
    "consents": Words("consents"),
    "documents": Words("papers"),
    "grounds": Words("grounds"),
}


@dataclass(frozen=True)
class Side:
    """One of the two answers: verdict, status, who is asked, grounds that only this answer has."""

    words: Words
    tone: str
    status: Words
    needs: tuple[Words, ...]
    grounds: tuple[Words, ...]


@dataclass(frozen=True)
class ChangedMovement:
    """A movement whose answer the draft changes."""

    name: str
    route: tuple[Words, ...]
    material: Words
    operation: str
    facts: tuple[Words, ...]
    query: str
    what: Words
    before: Side
    after: Side


def read(text: str) -> Law:
    """The law with a draft laid over it. Raises Refused naming the line of what is wrong."""
    if not text.strip():
        raise refuse(N_("There is no draft. Paste a rule pack, or begin from the example."), "/draft", "missing")
    if len(text) > LONGEST:
        raise refuse(N_("The draft is longer than {most} characters."), "/draft", "too-large", most=LONGEST)
    try:
        return drafted(Draft(NAME, text))
    except TableError as error:
        place = PLACE.match(str(error))
        if place is None:
            raise refuse(N_("The draft is not as it must be: {reason}"), "/draft", "draft", reason=error) from error
        number = int(place.group(1))
        lines = text.splitlines()
        raise refuse(
            N_("Line {line} (“{text}”): {reason}"),
            "/draft",
            "draft",
            line=number,
            text=lines[number - 1].strip()[:80] if 0 < number <= len(lines) else "",
            reason=place.group(2),
        ) from error


def movements(file: UploadedFile[bytes] | None, on: date) -> tuple[tuple[Question, ...], tuple[Problem, ...]]:
    """The built-in lanes, or the rows of an uploaded CSV with what is wrong in single rows. Raises Refused."""
    if file is None:
        return lanes(on), ()
    if (file.size or 0) > LARGEST:
        raise refuse(N_("The file is larger than 1 MB. Send fewer rows."), "/movements", "too-large")
    try:
        text = file.read().decode("utf-8-sig")
        rows = lines_of(text, file.name or "", held=("stream", "origin", "destination"), uneven=True)
    except (UnicodeDecodeError, TableError) as error:
        raise refuse(N_("The file is not a CSV file in UTF-8: {reason}"), "/movements", "csv", reason=error) from error
    if len(rows) > MOST_ROWS:
        raise refuse(
            N_("The file has {count} rows; the page takes at most {most}. The command line takes more."),
            "/movements",
            "too-many",
            count=len(rows),
            most=MOST_ROWS,
        )
    found, wrong = [], []
    for number, row in enumerate(rows, 2):
        try:
            found.append(question_of({**row.cells, "on": row.cells.get("on") or on.isoformat()}))
        except MeguriError as error:
            wrong += [Problem(p.text, f"/movements/{number}{p.pointer}", p.code, p.params) for p in error.problems]
    return tuple(found), tuple(wrong)


def shown(difference: AnswerDifference) -> ChangedMovement:
    """A difference in words."""
    question = difference.question
    return ChangedMovement(
        question.case_id,
        form_and_answer.route_of(question),
        tables.streams()[question.stream].name,
        question.operation or "",
        form_and_answer.given_facts(question),
        asking.query_of(question),
        listed(PART_WORDS[name] for name in difference.what),
        _side(difference.before, difference.after),
        _side(difference.after, difference.before),
    )


def _side(answer: Verdict, other: Verdict) -> Side:
    asked = {_asked(need) for need in other.consents}
    theirs = {(ground.rule, ground.citation) for ground in other.grounds}
    return Side(
        VERDICT_WORDS[answer.verdict],
        form_and_answer.TONES[answer.verdict],
        STATUS_WORDS[answer.status],
        tuple(_need(need) for need in answer.consents if _asked(need) not in asked),
        tuple(citation(ground.citation) for ground in answer.grounds if (ground.rule, ground.citation) not in theirs),
    )


def _asked(need: ConsentNeed) -> tuple[object, ...]:
    return need.authority, need.capacity, need.form, need.days, need.day_kind


def _need(need: ConsentNeed) -> Words:
    return Words("{name}: {said}").format(name=need.name, said=form_and_answer.FORMS[need.form])


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """The form with a worked example; what a draft would change where one is sent."""
    if request.method != "POST":
        context = {"draft": EXAMPLE.read_text(encoding="utf-8"), "on": "", "example": True, "most": MOST_ROWS}
        return render(request, "law/laboratory.html", context)
    return _tried(request)


@limit("law-laboratory", "12/m")
def _tried(request: HttpRequest) -> HttpResponse:
    text = request.POST.get("draft", "")
    context: dict[str, Any] = {"draft": text, "on": request.POST.get("on", ""), "most": MOST_ROWS}
    status = 200
    try:
        law = read(text)
        on = day_of(request.POST.get("on", ""), law)
        questions, wrong = movements(request.FILES.get("movements"), on)
        context |= {
            "differences": [shown(one) for one in diff(law, questions)],
            "count": len(questions),
            "day": on,
            "wrong": wrong,
        }
    except Refused as error:
        context["problems"], status = error, error.status
    return render(request, "law/laboratory.html", context, status=status)


def day_of(text: str, law: Law) -> date:
    """The day on which movements are asked: as given, or the first of the draft. Raises Refused."""
    if not text.strip():
        return first_day(law)
    try:
        found = date.fromisoformat(text.strip())
    except ValueError as error:
        raise refuse(
            N_("“{word}” is not a date. Write year, month and day, such as 2025-10-01."),
            "/on",
            "date",
            word=text[:40],
        ) from error
    first, last = law.covers
    if not first <= found <= last:
        raise refuse(
            N_("The law on file covers {first} to {last}; {day} lies outside."),
            "/on",
            "not_covered",
            first=first,
            last=last,
            day=found,
        )
    return found
