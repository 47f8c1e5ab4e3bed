"""What every template may use: the reader, the doors, the language switch, the demonstration."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from meguri.kit import catalogues, node
from meguri.kit.people import identity
from meguri.kit.web import links
from meguri.kit.web.requests import language

DOORS = (
    ("/may-it-move", _("May it move?"), ()),
    ("/balance", _("Does it add up?"), ()),
    ("/plan/", _("Where should it go next?"), ("/plan", "/what-will-come", "/worth", "/next")),
)
"""Address and title of each question, and further addresses that belong to it."""


def page(request: HttpRequest) -> dict[str, Any]:
    """The context of every page."""
    current = get_language() or settings.LANGUAGE_CODE
    return {
        "reader": getattr(request, "reader", identity.ANYONE),
        "demonstration": getattr(request, "demonstration", None),
        "is_demonstration": node.of_demonstration(settings.NODE),
        "language": current,
        "languages": [
            {
                "code": code,
                "name": catalogues.languages()[code].name,
                "url": language.switch(request, code),
                "on": code == current,
            }
            for code in catalogues.offered()
        ],
        "my_organisations": _mine(request),
        "foot_links": links.listed(),
        "doors": [
            {"url": url, "title": title, "on": any(_within(request.path, one) for one in (url, *more))}
            for url, title, more in DOORS
        ],
    }


def _within(path: str, url: str) -> bool:
    return path == url or path.startswith(url + "/")


def _mine(request: HttpRequest) -> list[dict[str, str]]:
    """The organisations for which the signed-in person may act, to choose from."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated or not hasattr(user, "memberships"):
        return []
    subjects = list(identity.standing(user))
    named = identity.names(subjects)
    return [{"subject": one, "name": named[one].say()} for one in subjects]
