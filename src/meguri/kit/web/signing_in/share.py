"""Links that show one thing to whoever holds them: scoped, expiring, revocable, by the machine's own clock."""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.http import HttpRequest
from django.utils import timezone

from meguri.kit.models import ShareLink
from meguri.kit.people.identity import ANYONE, Reader
from meguri.kit.problems import N_, NotFound, Problem, refuse

DAYS_MOST = 366
MOST = 50
"""Links to one subject that an organisation has open at once."""


def make(scope: str, subject: str, request: HttpRequest, days: int = 30) -> ShareLink:
    """Make a link to `subject` in `scope` (such as ``trace``) for `days` days. Raises Refused beyond a year.

    The caller has made sure that the reader may see the subject.
    """
    if not 1 <= days <= DAYS_MOST:
        raise refuse(N_("A link lives for 1 to {most} days, not {days}."), "/days", "days", most=DAYS_MOST, days=days)
    reader: Reader = getattr(request, "reader", ANYONE)
    if len(standing(scope, subject, reader.organisation or "")) >= MOST:
        raise refuse(N_("{most} links to this are open already. Withdraw one first."), "", "many", most=MOST)
    return ShareLink.objects.create(
        token=secrets.token_urlsafe(24),
        scope=scope,
        subject=subject,
        made_by=reader.user,
        made_for=reader.organisation or "",
        expires=timezone.now() + timedelta(days=days),
    )


def open(token: str, scope: str | None = None) -> ShareLink:
    """The link for a token. Raises NotFound alike where it never was, has expired, was revoked or has another scope."""
    link = ShareLink.objects.filter(token=token).first()
    if (
        link is None
        or link.revoked is not None
        or link.expires <= timezone.now()
        or (scope is not None and link.scope != scope)
    ):
        raise NotFound(
            Problem(N_("This link does not open anything: it may have expired or been withdrawn."), "/token", "token")
        )
    return link


def standing(scope: str, subject: str, organisation: str) -> list[ShareLink]:
    """The links to a subject that an organisation made and that still open it; the newest first, at most `MOST`."""
    now = timezone.now()
    found = ShareLink.objects.filter(scope=scope, subject=subject, made_for=organisation, revoked=None, expires__gt=now)
    return list(found[:MOST])


def withdraw(token: str, scope: str, organisation: str) -> ShareLink:
    """Close a link that an organisation made, from now on; closing it twice changes nothing. NotFound for another's."""
    link = ShareLink.objects.filter(token=token, scope=scope, made_for=organisation).exclude(made_for="").first()
    if link is None:
        raise NotFound(Problem(N_("You made no such link."), "/token", "token"))
    if link.revoked is None:
        link.revoked = timezone.now()
        link.save(update_fields=["revoked"])
    return link
