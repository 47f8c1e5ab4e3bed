"""Middleware of every page: size, language, reader, problems."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers

from meguri.kit.people import drafts, identity, rights
from meguri.kit.problems import N_, MeguriError, NotAllowed, Problem, Refused
from meguri.kit.running.database import busy
from meguri.kit.web.requests import language, problem_pages
from meguri.kit.web.requests.limits import SIGNED_IN, caller
from meguri.kit.web.requests.problem_pages import LengthNeeded, TooLarge, Unreadable

Next = Callable[[HttpRequest], HttpResponse]
MEGABYTE = 1024 * 1024


class BodySize:
    """Refuses a body larger than `settings.BODY_SIZE_MOST` before reading it (or than `BODY_SIZE_LARGER` has for
    its address), and one that does not say its length.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on, or answer 413, 411 or 400."""
        error = self.check(request)
        if error is None:
            return self.get_response(request)
        with translation.override(language.choose(request)):
            response = problem_pages.answer(request, error)
        response.headers["Connection"] = "close"
        return response

    @staticmethod
    def check(request: HttpRequest) -> MeguriError | None:
        """What is wrong with the announced length, or None."""
        most = int(settings.BODY_SIZE_LARGER.get(request.path, settings.BODY_SIZE_MOST))
        written = request.META.get("CONTENT_LENGTH") or ""
        if not written:
            if request.META.get("HTTP_TRANSFER_ENCODING"):
                return LengthNeeded(
                    Problem(N_("Send the body with a Content-Length instead of in chunks."), "", "length-needed")
                )
            return None
        if not written.isdecimal():
            return Unreadable(
                Problem(N_("The Content-Length is “{length}”, not a number."), "", "length", {"length": written})
            )
        if int(written) > most:
            return TooLarge(
                Problem(
                    N_("What was sent has {size} MB; at most {most} MB are read at once. Send it in parts."),
                    "",
                    "too-large",
                    {"size": f"{int(written) / MEGABYTE:.1f}", "most": f"{most / MEGABYTE:.0f}"},
                )
            )
        return None


class SpokenLanguage:
    """Speaks the language that was asked for, remembered, or that the browser prefers."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Activate the language for this request and say it in the answer."""
        chosen = language.choose(request)
        with translation.override(chosen):
            request.LANGUAGE_CODE = chosen
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", chosen)
        patch_vary_headers(response, ("Accept-Language", "Cookie"))
        if language.asked(request) and request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME) != chosen:
            language.remember(response, chosen)
        return response


class WhoReads:
    """Sets `request.reader` from the demonstration's role or from the person's membership, and their time zone."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Find out who reads."""
        if not hasattr(request, "reader"):
            request.reader = self.of(request)  # type: ignore[attr-defined]
        reader: identity.Reader = identity.stranger(request, request.reader, caller(request))  # type: ignore[attr-defined]
        request.reader = reader  # type: ignore[attr-defined]
        if reader.user is not None or reader.token:
            request.META[SIGNED_IN] = True
        with timezone.override(ZoneInfo(reader.zone) if reader.zone else None), rights.reading(reader):
            response = self.get_response(request)
        if reader.known:
            # Asked for again after signing out; what is written in a form survives going back.
            response.headers.setdefault("Cache-Control", "private, no-cache")
        return response

    @staticmethod
    def of(request: HttpRequest) -> identity.Reader:
        """The reader of a request that no demonstration role has claimed."""
        user = request.user
        if not user.is_authenticated:
            return identity.ANYONE
        mine = identity.standing(user)
        chosen = request.session.get(identity.SESSION_KEY)
        whose = chosen if chosen in mine else next(iter(mine), None)
        reader = identity.acting(user, whose, mine.get(whose, ()) if whose else ())
        for_another = request.session.get(identity.THROUGH_KEY)
        if not for_another or whose is None:
            return reader
        try:
            return identity.acting_for(reader, for_another)
        except NotAllowed:
            # It ended meanwhile: the person is back in their own organisation, and the header says so.
            return reader


def written(request: HttpRequest) -> Iterator[tuple[str, str]]:
    """Every field of the query and of the form, as often as it stands there; the API reads its bodies itself."""
    for given in (request.GET,) if request.path.startswith(problem_pages.API) else (request.GET, request.POST):
        for field, values in given.lists():
            for value in values:
                yield field, str(value)


class Problems:
    """Turns what a view refuses into a page or a problem document."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on; a method that the address does not take is answered in words too."""
        response = self.get_response(request)
        if isinstance(response, HttpResponseNotAllowed):
            return problem_pages.not_allowed(request, response)
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> HttpResponse | None:
        """Refuse the character U+0000 in address or form: no text has it, and PostgreSQL takes none with it."""
        if any("\0" in str(value) for value in kwargs.values()):
            return problem_pages.not_found(request, Http404())
        found = [
            Problem(
                N_("“{field}” holds the character U+0000, which no text has. Take it out."),
                "/" + field,
                "nul",
                {"field": field},
            )
            for field, value in written(request)
            if "\0" in field or "\0" in value
        ]
        return problem_pages.answer(request, Refused(*found)) if found else None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The answer to an error meant for a user; None leaves others to Django."""
        if isinstance(exception, rights.HeldForm):
            return self.held(request, exception)
        if isinstance(exception, MeguriError):
            return problem_pages.answer(request, exception)
        if isinstance(exception, RequestDataTooBig):
            return problem_pages.bad_request(request, exception)
        later = busy(exception) if isinstance(exception, OperationalError) else None
        return problem_pages.answer(request, later) if later else None

    @staticmethod
    def held(request: HttpRequest, held: rights.HeldForm) -> HttpResponse:
        """Keep the form until somebody signs it, and lead to it."""
        try:
            draft = drafts.keep(request, request.reader, held)  # type: ignore[attr-defined]
        except MeguriError as error:
            return problem_pages.answer(request, error)
        return HttpResponseRedirect(f"/drafts/{draft.pk}")
