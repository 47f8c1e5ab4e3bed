"""A plan as files: one table, everything, and the program that was solved."""

from __future__ import annotations

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from meguri.kit.models import Job
from meguri.kit.people.identity import asking
from meguri.kit.problems import N_, NotFound, Problem, nearest
from meguri.kit.web import csvs
from meguri.kit.web.requests.limits import limit
from meguri.kit.work import jobs
from meguri.network.web.downloads import result_files
from meguri.network.web.planning import scenarios, work
from meguri.network.web.planning.waiting import ready

FORMS = {"zip": "application/zip", "csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet"}


@require_safe
@limit("plan-files", "60/m")
@ready
def one(request: HttpRequest, key: str, name: str) -> HttpResponse:
    """One table of a plan."""
    told = scenarios.find(key, request).account()
    if name not in result_files.TABLES:
        raise NotFound(
            Problem(
                N_("There is no table “{name}” of a plan. Did you mean {hint}?"), "/name", "table",
                {"name": name, "hint": nearest(name, result_files.TABLES) or "flows"},
            )
        )  # fmt: skip
    return csvs.answer(f"{key}-{name}", result_files.head(name), result_files.rows(told, name))


@require_safe
@limit("plan-files", "20/m")
@ready
def whole(request: HttpRequest, key: str, form: str) -> HttpResponse:
    """All results in one file."""
    told = scenarios.find(key, request).account()
    if form not in FORMS:
        raise NotFound(Problem(N_("There is no such file. There are zip, csv and parquet."), "/form", "form"))
    if form == "csv":
        return csvs.answer(key, result_files.LONG, result_files.long(told))
    body = result_files.archive(told) if form == "zip" else result_files.parquet(told)
    response = HttpResponse(body, content_type=FORMS[form])
    response["Content-Disposition"] = f'attachment; filename="meguri-{key}.{form}"'
    return response


def _job(subject: scenarios.PagePlan, request: HttpRequest) -> Job | None:
    return jobs.latest(work.MPS, subject.payload, scenarios.reader_of(request))


@require_safe
@limit("plan-files", "60/m")
@ready
def model(request: HttpRequest, key: str) -> HttpResponseBase:
    """The program in MPS, packed; where it was not written yet, a page that starts the writing."""
    subject = scenarios.find(key, request)
    subject.account()
    job = _job(subject, request)
    if job is not None and job.state == jobs.State.DONE:
        try:
            path = jobs.result(job)
        except NotFound:
            job = None
        else:
            name = f"meguri-{key}.mps.gz"
            return FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type="application/gzip")
    return render(request, "network/model.html", {"subject": subject, "job": job}, status=200 if job is None else 202)


@require_POST
@limit("plan-start", "12/h")
def start_model(request: HttpRequest, key: str) -> HttpResponse:
    """Start writing the program."""
    subject = scenarios.find(key, request)
    jobs.start(work.MPS, subject.payload, asking(request))
    return HttpResponseRedirect(f"{subject.url}model.mps")
