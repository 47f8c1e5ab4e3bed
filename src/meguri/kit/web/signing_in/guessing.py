"""Guessing passwords: slowed by account and address together, never by account alone. Nobody can shut out another.

A device that has signed in before carries a sealed cookie and is counted by itself: whoever guesses from the same
address, or behind the same proxy, does not stand in its way.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from django.conf import settings
from django.core import signing
from django.db.models import Q
from django.http import HttpRequest, HttpResponse

from meguri.kit.models import User
from meguri.kit.web.requests import counting
from meguri.kit.web.requests.limits import TooMany, caller

STEPS = ((5, 60), (10, 600), (20, 3600), (40, 86_400))
"""Wrong passwords for one account from one place, and in how many seconds: each further one waits longer."""
PLACE_STEPS = ((30, 60), (200, 3600))
"""Wrong passwords for any account from one address, where no known device says them."""
COOKIE = "meguri_device"
SALT = "meguri.device"
YEAR_S = 365 * 24 * 3600


def attempt(request: HttpRequest, login: str) -> None:
    """Count an attempt before it is looked at, so that many at once are counted too. Raises TooMany.

    One that was refused here counts as well: trying on while one has to wait does not help.
    """
    refused: TooMany | None = None
    for name, most, seconds in _counts(request, login):
        if counting.add(f"{name}:{seconds}", 1, seconds) > most:
            refused = TooMany(most, seconds, seconds)
    if refused is not None:
        raise refused


def succeeded(request: HttpRequest, login: str) -> None:
    """The password was right: the attempt does not count."""
    for name, _, seconds in _counts(request, login):
        counting.add(f"{name}:{seconds}", -1, seconds)


def remember(request: HttpRequest, response: HttpResponse) -> None:
    """Let this device be known for a year to the account that has signed in."""
    known = signing.dumps(_account(request.user.get_username()), salt=SALT)
    response.set_cookie(
        COOKIE, known, max_age=YEAR_S, httponly=True, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
    )


def place(request: HttpRequest) -> str:
    """Whose turn the sign-in page counts: the device's where it is known, else the address's."""
    device = request.COOKIES.get(COOKIE, "")
    return f"device:{_digest(device)}" if _known(device) else caller(request)


def _counts(request: HttpRequest, login: str) -> Iterator[tuple[str, int, int]]:
    account = _account(login)
    device = request.COOKIES.get(COOKIE, "")
    known = _known(device) == account
    where = _digest(device if known else caller(request))
    for most, seconds in STEPS:
        yield f"guess:{account}:{where}", most, seconds
    for most, seconds in () if known else PLACE_STEPS:
        yield f"guess:{where}", most, seconds


def _account(login: str) -> str:
    """An account by its name or its address, which are one; what names none is counted all the same."""
    text = login.strip().lower()[:320].replace("\0", "")
    user = User.objects.filter(Q(username__iexact=text) | (Q(email__iexact=text) & ~Q(email=""))).order_by("pk").first()
    return _digest(f"user:{user.pk}" if user else text)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _known(device: str) -> str:
    """The account to which a device is known; empty where it is not, or the cookie is made up."""
    try:
        return str(signing.loads(device, salt=SALT, max_age=YEAR_S)) if device else ""
    except signing.BadSignature:
        return ""
