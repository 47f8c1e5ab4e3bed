"""Pages of the gap table, and the same as CSV."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from meguri.kit import clock
from meguri.kit.problems import MeguriError
from meguri.kit.web import csvs
from meguri.kit.web.requests.limits import limit
from meguri.kit.words import Words, listed
from meguri.law import tables
from meguri.law.body.packs import Law
from meguri.law.web import gaps, library
from meguri.law.web.form_and_answer import FormChoice

HEAD = (
    "part",
    "element",
    "economy",
    "finding",
    "since",
    "state",
    "citation",
    "source",
    "confidence",
    "asked",
    "asked_on",
)


@require_safe
@limit("law-gaps", "120/m")
def page(request: HttpRequest) -> HttpResponse:
    """The law of some economies side by side, and what is not found."""
    context: dict[str, object] = {}
    taken: tuple[str, ...] = tables.usual("compared")
    status = 200
    try:
        taken = gaps.economies_of(request.GET.getlist("economies"))
    except MeguriError as error:
        context["problems"], status = error, error.status
        taken = tuple(code.upper() for word in request.GET.getlist("economies") for code in word.split(","))
    else:
        parts = gaps.table(taken, clock.today())
        context |= {
            "parts": parts,
            "economies": [{"code": code, "name": tables.parties()[code].name} for code in taken],
            "width": len(taken) + 1,
            "empty": listed(line.words for part in parts for line in part.lines if line.nobody),
            "csv": f"/law/gaps.csv?{urlencode({'economies': ','.join(taken)})}",
        }
    context["shelves"] = [
        FormChoice(shelf.code, shelf.name, shelf.code in taken) for shelf in library.shelves(Law.load(), clock.today())
    ]
    return render(request, "law/gaps.html", context, status=status)


@require_safe
@limit("law-gaps", "120/m")
def download(request: HttpRequest) -> HttpResponse:
    """Every finding as a line of CSV in UTF-8 with the mark that spreadsheets need to read Japanese."""
    taken = gaps.economies_of(request.GET.getlist("economies"))
    return csvs.answer("law-gaps", HEAD, _rows(gaps.table(taken, clock.today(), shown=None)))


def _rows(parts: Iterable[gaps.GapPart]) -> Iterator[list[str]]:
    for part in parts:
        for line in part.lines:
            for cell in line.cells:
                head = [part.words.say(), line.words.say(), cell.economy]
                if not cell.findings:
                    yield [*head, NOT_FOUND.say(), "", "", "", *_asked(cell)]
                for one in cell.findings:
                    said = (one.words.say(), one.since, one.state_words.say(), one.citation.say())
                    yield [*head, *said, one.source, one.level, "", ""]


def _asked(cell: gaps.GapCell) -> list[str]:
    """Source, confidence, who was asked or where was looked with what came of it, and when."""
    said = "; ".join(f"{one.whom}: {one.answer}" for one in cell.asked)
    if not any(one.kind == "asked" for one in cell.asked):
        said = "; ".join([*([said] if said else []), NOBODY_ASKED.say()])
    return [
        "; ".join(one.source for one in cell.asked),
        "",
        said,
        "; ".join(one.on.isoformat() for one in cell.asked),
    ]


NOT_FOUND = Words("not found")
NOBODY_ASKED = Words("nobody was asked yet")
