"""The law laboratory as a page: a draft is laid over the law for this one request; nothing of it is kept."""

from __future__ import annotations

from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from meguri.kit.problems import Busy, Refused
from meguri.kit.web.requests.limits import caller, limit
from meguri.kit.work import apart
from meguri.law.web.laboratory import drafting
from meguri.law.web.laboratory.drafting import EXAMPLE, LARGEST, MOST_ROWS, AskedDraft, SentFile, TriedDraft


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
        context = {"draft": EXAMPLE.read_text(encoding="utf-8"), "on": "", "example": True, "most": MOST_ROWS}
        return render(request, "law/laboratory.html", context)
    return _tried(request)


@limit("law-laboratory", "12/m")
def _tried(request: HttpRequest) -> HttpResponse:
    text = request.POST.get("draft", "")
    context: dict[str, Any] = {"draft": text, "on": request.POST.get("on", ""), "most": MOST_ROWS}
    status = 200
    try:
        tried = try_out(AskedDraft(text, request.POST.get("on", ""), _sent(request)), request)
        context |= {"differences": tried.shown, "count": tried.count, "day": tried.on, "wrong": tried.wrong}
    except (Refused, Busy) as error:
        context["problems"], status = error, error.status
    return render(request, "law/laboratory.html", context, status=status)
