"""The law laboratory as a page: a draft is laid over the law for this one request; nothing of it is kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from meguri.kit import clock
from meguri.kit.catalogues import nearest, offered
from meguri.kit.problems import Busy, NotFound, Refused
from meguri.kit.web.requests.limits import caller, limit
from meguri.kit.work import apart
from meguri.law.making import clauses
from meguri.law.making.effects import DraftEffects
from meguri.law.web.laboratory import drafting, shown_reach
from meguri.law.web.laboratory.drafting import EXAMPLE, LARGEST, MOST_ROWS, AskedDraft, SentFile, TriedDraft

BOUNDS = apart.Bounds(cpu_s=40, wall_s=90.0, memory_mb=4000)
"""All lanes take more than a list of movements."""


def try_out(asked: AskedDraft, request: HttpRequest) -> TriedDraft:
    """Try a draft in a process of its own. Raises Refused, and Busy where too many are tried."""
    place = f"{drafting.__name__}:{drafting.try_out.__name__}"
    return msgspec.json.decode(apart.run(place, msgspec.json.encode(asked), caller(request)), type=TriedDraft)


def _sent(request: HttpRequest) -> SentFile | None:
    file = request.FILES.get("movements")
    return SentFile(file.name or "", file.size or 0, file.read(LARGEST)) if file is not None else None


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """The form with a worked example; what a draft would change where one is sent."""
    if request.method != "POST":
        return _begun(request)
    return _tried(request)


def _begun(request: HttpRequest) -> HttpResponse:
    """The form with a worked example, or with a model clause drafted for an economy."""
    context: dict[str, Any] = {"on": "", "most": MOST_ROWS, "papers": offered()}
    status = 200
    try:
        if name := request.GET.get("clause", ""):
            one = clauses.clause(name)
            since = request.GET.get("from", "") or clauses.usual_start(clock.today())
            context |= {"draft": clauses.drafted_text(one, request.GET.get("economy", ""), since), "clause": one}
        else:
            context |= {"draft": EXAMPLE.read_text(encoding="utf-8"), "example": True}
    except (Refused, NotFound) as error:
        context |= {"problems": error, "draft": ""}
        status = error.status
    return render(request, "law/laboratory.html", context, status=status)


def _apart(task: Callable[[bytes], bytes], asked: AskedDraft, request: HttpRequest) -> bytes:
    place = f"{drafting.__name__}:{task.__name__}"
    return apart.run(place, msgspec.json.encode(asked), caller(request), BOUNDS)


@limit("law-laboratory", "12/m")
def _tried(request: HttpRequest) -> HttpResponse:
    text = request.POST.get("draft", "")
    context: dict[str, Any] = {"draft": text, "on": request.POST.get("on", ""), "most": MOST_ROWS}
    context["papers"] = offered()
    status = 200
    wanted, _, language = request.POST.get("do", "").partition("-")
    whole = AskedDraft(text, request.POST.get("on", ""), language=nearest(language))
    try:
        if wanted == "paper":
            made = HttpResponse(_apart(drafting.paper, whole, request), content_type="application/pdf")
            made["Content-Disposition"] = f'attachment; filename="draft-law-{whole.language}.pdf"'
            return made
        if wanted == "reach":
            told = msgspec.json.decode(_apart(drafting.reach, whole, request), type=DraftEffects)
            context |= {"reach": shown_reach.of(told)}
            return render(request, "law/laboratory.html", context)
        tried = try_out(AskedDraft(text, request.POST.get("on", ""), _sent(request)), request)
        context |= {"differences": tried.shown, "count": tried.count, "day": tried.on, "wrong": tried.wrong}
    except (Refused, Busy) as error:
        context["problems"], status = error, error.status
    return render(request, "law/laboratory.html", context, status=status)
