"""A collector's number, card, and steps; and what is kept outside the record until it is erased."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from meguri.buying import people, services, vocabulary
from meguri.buying.web.common import code, page
from meguri.custody.vocabulary import stream_words
from meguri.kit import catalogues
from meguri.kit.people.identity import Reader, need_party
from meguri.kit.problems import N_, MeguriError, NotFound, Problem, refuse
from meguri.kit.web import forms
from meguri.kit.web.requests.limits import limit

LONGEST_NAME, LONGEST_NUMBER, LONGEST_REASON = 200, 40, 1000


def _details(request: HttpRequest) -> people.Details:
    language = request.POST.get("language", "")
    return people.Details(
        name=forms.text(request.POST, "name", LONGEST_NAME),
        telephone=forms.text(request.POST, "telephone", LONGEST_NUMBER),
        language=language if language in catalogues.languages() else "",
    )


def _written(request: HttpRequest) -> people.Details:
    """What stands in the form, however long."""
    sent = request.POST
    return people.Details(sent.get("name", ""), sent.get("telephone", ""), sent.get("language", ""))


def _languages() -> list[dict[str, str]]:
    return [{"code": one, "name": language.name} for one, language in catalogues.languages().items()]


@require_http_methods(["GET", "POST"])
@limit("buying-register", "60/m")
def register(request: HttpRequest) -> HttpResponse:
    """Give a number; nothing has to be written for that."""
    reader = need_party(request)
    error: MeguriError | None = None
    if request.method == "POST":
        try:
            if not services.points(reader):
                raise refuse(N_("A collector or dismantler with a facility on record can buy."), "", "role")
            id = services.register(str(reader.organisation), _details(request), person=reader.person)
            return HttpResponseRedirect(reverse("buying:card", args=[id]))
        except MeguriError as refused:
            error = refused
    return page(request, "register.html", {"choices": _languages(), "details": _written(request)}, error)


@require_GET
def detail(request: HttpRequest, id: str) -> HttpResponse:
    """The number, its step, what is still missing, and what was bought."""
    return _page(request, id)


def _page(request: HttpRequest, id: str, error: MeguriError | None = None) -> HttpResponse:
    reader = need_party(request)
    state = services.find(id, reader)
    own = reader.organisation == state.buyer
    now = vocabulary.reached(state)
    kept = people.find(id) if own else None
    met = {one.demand: one for one in state.met}
    context: dict[str, Any] = {
        "id": id,
        "number": id.rpartition(".")[2],
        "state": state,
        "own": own,
        "says": reader.says,
        "now": vocabulary.steps()[now],
        "steps": [
            {
                "step": step,
                "reached": step.step <= now,
                "following": step.step == now + 1,
                "demands": [{"demand": one, "met": met.get(one.demand)} for one in vocabulary.of_step(step.step)],
            }
            for step in vocabulary.steps().values()
        ],
        "missing": vocabulary.missing(state),
        "forbidden": vocabulary.forbidden(),
        "lost": [{"lost": one, "name": vocabulary.forbidden().get(one.forbidden)} for one in state.lost],
        "may_lose": range(1, now + 1),
        "kept": kept,
        "details": _written(request) if error and "name" in request.POST else kept or people.Details(),
        "choices": _languages(),
        "bought": [
            one | {"class": stream_words(one["state"].stream)} for one in services.purchases(collector=id)
        ] if own else [],
    }  # fmt: skip
    return page(request, "collector.html", context, error, {"/body/forbidden": "/forbidden", "/body/step": "/step"})


def _done(request: HttpRequest, id: str, text: str) -> HttpResponse:
    messages.success(request, text)
    return HttpResponseRedirect(reverse("buying:collector", args=[id]))


def _of(request: HttpRequest, id: str) -> Reader:
    """The reader, sure to see this collector."""
    reader = need_party(request)
    services.find(id, reader)
    return reader


def _own(request: HttpRequest, id: str) -> Reader:
    """The reader, sure that its organisation gave this number."""
    reader = _of(request, id)
    if services.find(id).buyer != reader.organisation:
        raise NotFound(Problem(N_("There is no such page for you."), "", "not-found"))
    return reader


@require_GET
def card(request: HttpRequest, id: str) -> HttpResponse:
    """A card to print: the number, and a code that opens the form to buy."""
    _own(request, id)
    url = request.build_absolute_uri(reverse("buying:scanned", args=[id]))
    return page(request, "card.html", {"id": id, "number": id.rpartition(".")[2], "code": code(url)})


@require_POST
def meet(request: HttpRequest, id: str) -> HttpResponse:
    """A demand of the next step is met, seen by the buying point or an authority."""
    reader = _of(request, id)
    try:
        services.meet(str(reader.organisation), id, request.POST.get("demand", ""), person=reader.person)
    except MeguriError as error:
        return _page(request, id, error)
    return _done(request, id, gettext("Recorded."))


@require_POST
def lose(request: HttpRequest, id: str) -> HttpResponse:
    """A step is lost for a forbidden act."""
    reader = _of(request, id)
    try:
        services.lose(
            str(reader.organisation),
            id,
            forms.whole(request.POST, "step"),
            request.POST.get("forbidden", ""),
            forms.text(request.POST, "text", LONGEST_REASON),
            person=reader.person,
        )
    except MeguriError as error:
        return _page(request, id, error)
    return _done(request, id, gettext("Recorded."))


@require_POST
def details(request: HttpRequest, id: str) -> HttpResponse:
    """Write anew who a collector is."""
    _own(request, id)
    try:
        people.keep(id, _details(request))
    except MeguriError as error:
        return _page(request, id, error)
    return _done(request, id, gettext("Written down."))


@require_POST
def erase(request: HttpRequest, id: str) -> HttpResponse:
    """Erase who a collector is; the number and its lots stay."""
    _own(request, id)
    people.erase(id)
    return _done(request, id, gettext("Erased."))
