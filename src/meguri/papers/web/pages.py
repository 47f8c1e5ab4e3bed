"""Attaching, fetching and erasing a paper."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from meguri.kit.people.identity import need_party
from meguri.kit.problems import N_, MeguriError, Problem, refuse
from meguri.kit.web import forms
from meguri.kit.web.requests.limits import limit
from meguri.papers import services
from meguri.papers.vocabulary import MEGABYTE, MOST_BYTES, paper_kinds
from meguri.papers.web import given

FIELDS = {"/body/kind": "/kind", "/body/about": "/about", "/actor": "/about", "/body/via": "/about"}


@require_http_methods(["GET", "HEAD", "POST"])
@limit("papers", "120/h")
def attach(request: HttpRequest) -> HttpResponse:
    """The form with which a paper is attached to what the address names, and what came of it."""
    reader = need_party(request)
    about = forms.text(request.POST if request.method == "POST" else request.GET, "about", 160)
    if request.method != "POST" and not services.known_subject(about):
        raise services.no_subject(about)
    error: MeguriError | None = None
    if request.method == "POST":
        try:
            file = request.FILES.get("file")
            if file is None:
                raise refuse(N_("Choose a file."), "/file", "required")
            services.too_large(file.size or 0)
            services.attach(
                reader.organisation or "",
                about,
                forms.text(request.POST, "kind", 40),
                file.read(),
                str(file.name),
                person=reader.person,
            )
            messages.success(request, gettext("The paper is attached."))
            return HttpResponseRedirect(services.address(about) + "#papers")
        except MeguriError as refused:
            error = refused
    context = {
        "about": about,
        "back": services.address(about),
        "kinds": paper_kinds().values(),
        "kind": request.POST.get("kind", ""),
        "most": MOST_BYTES // MEGABYTE,
        "problems": _at_fields(error) if error else (),
    }
    return render(request, "papers/attach.html", context, status=error.status if error else 200)


def _at_fields(error: MeguriError) -> tuple[Problem, ...]:
    """Its problems, pointing at the form's own fields."""
    return tuple(
        Problem(one.text, FIELDS.get(one.pointer, one.pointer), one.code, one.params) for one in error.problems
    )


@require_safe
def content(request: HttpRequest, paper: str) -> HttpResponse:
    """The paper, to be kept."""
    return given.out(services.paper(paper, need_party(request).organisation))


@require_POST
def erase(request: HttpRequest, paper: str) -> HttpResponse:
    """Erase a paper."""
    one = services.erase_for(paper, need_party(request))
    messages.success(request, gettext("The paper is erased."))
    return HttpResponseRedirect(services.address(one.state.about) + "#papers")
