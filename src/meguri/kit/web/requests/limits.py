"""Limits on the public doors, so that one caller cannot keep the others out."""

from __future__ import annotations

import functools
import ipaddress
import time
from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings
from django.http import HttpRequest

from meguri.kit.problems import N_, MeguriError, Problem
from meguri.kit.web.requests import counting

F = TypeVar("F", bound=Callable[..., Any])
SIGNED_IN = "meguri.signed_in"
"""Where a request's surroundings say that its session or token is somebody's, once a page has found that out."""
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


class TooMany(MeguriError):
    """The caller asked more often than the door allows; `retry_after` says in how many seconds it opens again."""

    status = 429
    title = N_("Too many requests")

    def __init__(self, most: int, seconds: int, retry_after: int, *, rows: bool = False) -> None:
        super().__init__(
            Problem(
                N_("This door takes {most} rows in {seconds} seconds from one caller. Try again in {retry} s.")
                if rows
                else N_(
                    "This door takes {most} requests in {seconds} seconds from one caller. Try again in {retry} s."
                ),
                "",
                "too-many",
                {"most": most, "seconds": seconds, "retry": retry_after},
            )
        )
        self.retry_after = retry_after


def caller_of(peer: str, forwarded: str, proxies: int) -> str:
    """Whose request it is: the peer's address, or the one that the last of so many trusted proxies saw.

    Of an IPv6 address the network counts (/64): who has one has all of it.
    """
    listed = [part.strip() for part in forwarded.split(",") if part.strip()] if proxies else []
    address = listed[-proxies] if proxies and len(listed) >= proxies else peer
    if ":" not in address:
        return address
    try:
        found = ipaddress.IPv6Address(address.strip("[]"))
    except ValueError:
        return address
    return str(found.ipv4_mapped or ipaddress.IPv6Network((found, 64), strict=False).network_address)


def caller(request: HttpRequest) -> str:
    """The caller's address, with `settings.PROXIES` trusted proxies in front."""
    return caller_of(
        str(request.META.get("REMOTE_ADDR", "")),
        str(request.META.get("HTTP_X_FORWARDED_FOR", "")),
        int(getattr(settings, "PROXIES", 0)),
    )


def asker(request: HttpRequest) -> str:
    """Whose request it is: a token's, wherever it is sent from, else the caller's address."""
    token = getattr(getattr(request, "reader", None), "token", "")
    return f"token-{token}" if token else caller(request)


def covers(request: HttpRequest, scope: str) -> bool:
    """Whether a token was sent that covers this."""
    return scope in (getattr(getattr(request, "reader", None), "scopes", None) or ())


_lots = counting.Lots()


def _counted(name: str, most: int, seconds: int) -> int:
    # A cache counts at once; a database is told in lots.
    return counting.add(name, 1, seconds) if settings.LIMITS == "cache" else _lots.count(name, most, seconds)


def spend(key: str, who: str, most: int, seconds: int, number: int = 1) -> None:
    """Count one call of a caller, or the rows that it brings, over all workers; raises TooMany beyond `most` in so many
    seconds.
    """
    present = time.time()
    slot = int(present // seconds)
    name = f"limit:{key}:{who}:{slot}"
    count = _counted(name, most, seconds * 2) if number == 1 else counting.add(name, number, seconds * 2)
    if count > most:
        raise TooMany(most, seconds, max(1, int((slot + 1) * seconds - present) + 1), rows=number != 1)


def limit(
    key: str, rate: str, who: Callable[[HttpRequest], str] = asker, of: tuple[str, str] | None = None
) -> Callable[[F], F]:
    """Allow `rate` calls (``"60/m"``) of a view from one caller, over all workers; raises TooMany beyond it.

    `who` says whose a request is; `of` is a scope, and the rate for tokens that cover it.
    """

    def each(written: str) -> tuple[int, int]:
        number, _, unit = written.partition("/")
        return int(number), SECONDS[unit]

    usual, wide = each(rate), each(of[1]) if of else each(rate)

    def wrap(view: F) -> F:
        @functools.wraps(view)
        def limited(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            spend(key, who(request), *(wide if of and covers(request, of[0]) else usual))
            return view(request, *args, **kwargs)

        return limited  # type: ignore[return-value]

    return wrap
