"""Which language a page is in: asked for, remembered, or what the browser prefers."""

from __future__ import annotations

from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language_from_request
from django.views.decorators.http import require_POST

YEAR_S = 365 * 24 * 3600


def asked(request: HttpRequest) -> str | None:
    """The language named by ``?lang=``, where Meguri speaks it."""
    wanted = request.GET.get("lang", "")
    return wanted if wanted in dict(settings.LANGUAGES) else None


def choose(request: HttpRequest) -> str:
    """The language for a request: ``?lang=``, else the cookie, else Accept-Language, else English."""
    return asked(request) or get_language_from_request(request)


def remember(response: HttpResponse, language: str) -> None:
    """Keep the choice in a cookie for a year."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=YEAR_S,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
    )


def switch(request: HttpRequest, language: str) -> str:
    """The address of the same page in another language."""
    query = request.GET.copy()
    query["lang"] = language
    return "?" + urlencode([(key, value) for key, values in query.lists() for value in values])


@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Keep the posted language and go back to where the reader was."""
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        target = "/"
    response = HttpResponseRedirect(target)
    language = request.POST.get("lang", "")
    if language in dict(settings.LANGUAGES):
        remember(response, language)
    return response
