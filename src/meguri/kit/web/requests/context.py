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


def _mine(request: HttpRequest) -> list[dict[str, Any]]:
    """The organisations for which the signed-in person may act, to choose from; then those that let one of them act."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated or not hasattr(user, "memberships"):
        return []
    subjects = list(identity.standing(user))
    lent = identity.lent(subjects)
    named = identity.names([*subjects, *(one.giver for one in lent)])
    reader: identity.Reader = getattr(request, "reader", identity.ANYONE)
    now = f"{reader.organisation} {reader.through}".strip()
    own = [{"subject": one, "name": named[one].say()} for one in subjects]
    for_others = [
        {
            "subject": f"{one.giver} {one.to}",
            "name": identity.FOR_ANOTHER.format(actor=named[one.giver], by=named[one.to]).say(),
        }
        for one in lent
    ]
    return [{**one, "on": one["subject"] == now} for one in (*own, *for_others)]
