"""Drafts that wait for a signature: which there are, what each would say, signing it, putting it away."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import resolve, reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from meguri.journal import kinds, wording
from meguri.kit.people import drafts, policy, rights
from meguri.kit.people.identity import need_party
from meguri.kit.problems import MeguriError

SHOWN = 200
LEVELS = 4


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """All that wait, oldest first."""
    reader = need_party(request)
    found = list(drafts.waiting(reader.organisation or "")[:SHOWN])
    rows = [{"draft": one, "words": [wording.of(kind) for kind in one.kinds]} for one in found]
    return render(request, "portal/drafts.html", {"rows": rows})


def _lines(value: Any, at: str = "", level: int = 0) -> Iterator[tuple[str, str]]:
    """What an act would say, a line for each figure or word."""
    if isinstance(value, dict) and level < LEVELS:
        for name, part in value.items():
            yield from _lines(part, f"{at} · {name}" if at else name, level + 1)
    elif isinstance(value, list) and level < LEVELS and any(isinstance(part, dict) for part in value):
        for n, part in enumerate(value[:SHOWN], 1):
            yield from _lines(part, f"{at} {n}", level + 1)
    elif value not in (None, "", [], {}):
        yield at, ", ".join(map(str, value)) if isinstance(value, list) else str(value)


@require_GET
def page(request: HttpRequest, draft: int) -> HttpResponse:
    """One draft: what it would say, who filled it in, and what may be done with it."""
    reader = need_party(request)
    found = drafts.find(draft, reader)
    closed: MeguriError | None = None
    try:
        drafts.require_signer(found, reader)
    except MeguriError as error:
        closed = error
    said = [
        {"words": wording.of(kind), "lines": list(_lines(body))}
        for kind, body in zip(found.kinds, found.bodies, strict=False)
    ]
    return render(request, "portal/draft.html", {"draft": found, "said": said, "closed": closed})


@require_POST
def sign(request: HttpRequest, draft: int) -> HttpResponse:
    """Send the same form as who signs; where it is refused, its page says why and the draft goes on waiting."""
    reader = need_party(request)
    found = drafts.find(draft, reader)
    drafts.require_signer(found, reader)
    match = resolve(urlsplit(found.path).path)
    rule = policy.rule(match.view_name, match.route)
    if rule is not None:
        rights.require(rule.need("POST"), reader)
    drafts.claim(found, reader)
    try:
        with rights.countersigning(rights.Signing(found.maker, frozenset(found.kinds))):
            answer: HttpResponse = match.func(_again(request, found.path, found.form), *match.args, **match.kwargs)
    except BaseException:
        drafts.give_back(found)
        raise
    if answer.status_code >= 400:
        drafts.give_back(found)
    return answer


def _again(request: HttpRequest, path: str, form: dict[str, list[str]]) -> HttpRequest:
    """The request that sends the form anew, by whoever asks now."""
    again = copy(request)
    parts = urlsplit(path)
    again.path = again.path_info = parts.path
    again.resolver_match = resolve(parts.path)
    again.GET = QueryDict(parts.query)
    pairs = [(name, str(value)) for name, values in form.items() for value in values]
    again.POST = QueryDict(urlencode(pairs))
    return again


@require_POST
def put_away(request: HttpRequest, draft: int) -> HttpResponse:
    """Let it wait no longer: whoever filled it in, and whoever signs."""
    reader = need_party(request)
    found = drafts.find(draft, reader)
    drafts.put_away(found, reader)
    messages.success(request, gettext("The draft is put away."))
    return HttpResponseRedirect(reverse("portal:drafts"))


@require_http_methods(["GET", "HEAD", "POST"])
def four_eyes(request: HttpRequest) -> HttpResponse:
    """Which kinds of act the organisation says only with a second person."""
    reader = need_party(request)
    organisation = reader.organisation or ""
    known = sorted(kind.name for kind in kinds.every() if _by_people(kind.name))
    error: MeguriError | None = None
    if request.method == "POST":
        try:
            drafts.want_four_eyes(organisation, request.POST.getlist("kinds"), known)
            messages.success(request, gettext("Changed."))
            return HttpResponseRedirect(reverse("portal:four_eyes"))
        except MeguriError as found:
            error = found
    chosen = drafts.four_eyes(organisation)
    rows = [{"kind": kind, "words": wording.of(kind), "on": kind in chosen} for kind in known]
    context = {"rows": rows, "problems": error.problems if error else ()}
    return render(request, "portal/four_eyes.html", context, status=error.status if error else 200)


def _by_people(kind: str) -> bool:
    """Whether an organisation's people say acts of a kind: neither the node nor the clock alone."""
    row = wording.row(kind)
    return row is not None and bool(set(row["who"].split()) - {"node", "clock", "owner"})
