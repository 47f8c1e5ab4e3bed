"""Problems as answers: an HTML page with the error summary, or an RFC 9457 document for the API."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping

from django.core.exceptions import DisallowedHost, PermissionDenied, RequestDataTooBig, TooManyFieldsSent
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode

from meguri.kit.people import access
from meguri.kit.people.identity import SignInNeeded
from meguri.kit.problems import N_, MeguriError, NotAllowed, NotFound, Problem
from meguri.kit.running import logs
from meguri.kit.running.database import busy

API = "/api/"
MEDIA_TYPE = "application/problem+json"


class TooLarge(MeguriError):
    """What was sent is larger than this service reads."""

    status = 413
    title = N_("What was sent is too large")


class LengthNeeded(MeguriError):
    """The request does not say how long its body is."""

    status = 411
    title = N_("The request does not say how long it is")


class Unreadable(MeguriError):
    """The request could not be read as a request."""

    status = 400
    title = N_("The request cannot be read")


class WrongMethod(MeguriError):
    """The address is there, but not for this HTTP method."""

    status = 405
    title = N_("This address is not used like this")


class OldForm(NotAllowed):
    """A form without its token."""

    title = N_("The form cannot be taken like this")


class Failed(MeguriError):
    """Something of ours went wrong."""

    status = 500
    title = N_("Something went wrong on our side")


def for_machine(request: HttpRequest) -> bool:
    """Whether the answer is for a program: the API, or a caller that prefers JSON to HTML."""
    if request.path.startswith(API):
        return True
    accept = request.headers.get("Accept", "")
    return "json" in accept and "text/html" not in accept


def document(error: MeguriError) -> HttpResponse:
    """The RFC 9457 problem document of an error, in the active language."""
    quoted = {"request": logs.request_id()} if logs.request_id() else {}
    response = HttpResponse(
        json.dumps(error.to_json() | quoted, ensure_ascii=False), status=error.status, content_type=MEDIA_TYPE
    )
    for name, value in _headers(error).items():
        response.headers[name] = value
    return response


def answer(request: HttpRequest, error: MeguriError) -> HttpResponse:
    """The answer to an error: a document for machines, the sign-in for who must sign in, else a page."""
    if for_machine(request):
        return document(error)
    if isinstance(error, SignInNeeded):
        return HttpResponseRedirect(reverse("account_login") + "?" + urlencode({"next": request.get_full_path()}))
    response = render(
        request,
        "kit/problem.html",
        {
            "error": error,
            "problems": error.problems,
            "request_id": logs.request_id(),
            "posted": request.method == "POST",
            "back": _back(request),
        },
        status=error.status,
    )
    for name, value in _headers(error).items():
        response.headers[name] = value
    return response


def _back(request: HttpRequest) -> str:
    """The page of ours that a form was sent from; empty where there is none, or the host is not one of ours."""
    said = request.headers.get("Referer", "") if request.method == "POST" else ""
    try:
        return said if said and said.startswith(request.build_absolute_uri("/")) else ""
    except DisallowedHost:
        return ""


def _headers(error: MeguriError) -> Mapping[str, str]:
    retry = getattr(error, "retry_after", None)
    said: dict[str, str] = dict(getattr(error, "headers", {}))
    return {**said, "Retry-After": str(retry)} if retry is not None else said


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's 400 as a problem: too large, too many fields, or unreadable."""
    if isinstance(exception, RequestDataTooBig):
        return answer(request, TooLarge(Problem(N_("Send a smaller form, or files one at a time."), "", "too-large")))
    if isinstance(exception, TooManyFieldsSent):
        return answer(
            request, TooLarge(Problem(N_("The form has too many fields. Send fewer at a time."), "", "fields"))
        )
    return answer(
        request,
        Unreadable(Problem(N_("The address or the form is not written as a browser writes it."), "", "unreadable")),
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's 404 as a problem; the same whether a thing is absent or somebody else's."""
    return answer(
        request,
        NotFound(
            Problem(
                N_("There is no page {path}, or it is not open to you. Check the address, or begin at the home page."),
                "",
                "not-found",
                {"path": request.path},
            )
        ),
    )


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django's 403 as a problem."""
    if isinstance(exception, PermissionDenied) and exception.args:
        text = str(exception.args[0])
        return answer(request, NotAllowed(Problem("{text}", "", "forbidden", {"text": text})))
    return answer(request, NotAllowed(Problem(N_("Your account may not open this page."), "", "forbidden")))


def not_allowed(request: HttpRequest, refused: HttpResponse) -> HttpResponse:
    """A 405 as a problem that names the methods possible here."""
    allowed = refused.headers.get("Allow", "")
    response = answer(
        request,
        WrongMethod(
            Problem(
                N_("This address takes {allowed}, not {method}. Go back and use the page's own buttons."),
                "",
                "method",
                {"allowed": allowed, "method": request.method},
            )
        ),
    )
    response.headers["Allow"] = allowed
    return response


def csrf(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without its token: an old page, or cookies switched off."""
    access.note(access.FORM)
    return answer(
        request,
        OldForm(
            Problem(
                N_("The form is too old, or cookies are switched off. Go back, load the page again and send it anew."),
                "",
                "csrf",
            )
        ),
    )


def failed(request: HttpRequest) -> HttpResponse:
    """Django's 500 as a problem, without a stack; a database that was busy before any page was found is none."""
    error = sys.exc_info()[1]
    later = busy(error) if isinstance(error, OperationalError) else None
    if later is not None:
        return answer(request, later)
    return answer(
        request,
        Failed(
            Problem(
                N_(
                    "Nothing was recorded. Try again; if it happens again, tell the operator the number of the request."
                ),
                "",
                "bug",
            )
        ),
    )
