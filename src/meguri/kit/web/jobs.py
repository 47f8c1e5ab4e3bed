"""Pages of long work: how far it is, cancelling it, and the part of a page that follows it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from meguri.kit.models import Job
from meguri.kit.people.identity import ANYONE, Reader
from meguri.kit.work import jobs


def _reader(request: HttpRequest) -> Reader:
    return getattr(request, "reader", ANYONE)


@require_safe
def page(request: HttpRequest, identifier: str) -> HttpResponse:
    """How far a piece of work is."""
    return render(request, "kit/job_page.html", {"job": jobs.find(identifier, _reader(request))})


@require_safe
def part(request: HttpRequest, identifier: str) -> HttpResponse:
    """The same as a part of a page; once it has ended, the page around it is asked for anew."""
    job = jobs.find(identifier, _reader(request))
    response = render(request, "kit/job.html", {"job": job})
    response["Cache-Control"] = "no-store"
    if job.state not in jobs.UNFINISHED:
        response["HX-Refresh"] = "true"
    return response


@require_POST
def cancel(request: HttpRequest, identifier: str) -> HttpResponse:
    """Cancel it and go back to where one was."""
    job: Job = jobs.cancel(identifier, _reader(request))
    back = request.POST.get("back", "")
    safe = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    here = f"/jobs/{job.id}" if jobs.visible(_reader(request)).filter(id=job.id).exists() else "/"
    return HttpResponseRedirect(back if safe else here)
