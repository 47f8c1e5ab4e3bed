"""Tokens of systems: made for one organisation and purpose, shown once, kept as a digest, ended at any time."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from meguri.journal import services as journal
from meguri.kit import clock
from meguri.kit.models import User
from meguri.kit.people import identity
from meguri.kit.people.identity import Reader
from meguri.kit.problems import N_, MeguriError, NotFound, Problem, gather, nearest, refuse
from meguri.kit.web.requests.covering import SCOPES
from meguri.systems.models import AccessToken

WRITTEN = re.compile(r"mgr_([a-z2-7]{10})_([A-Za-z0-9_-]{43})")
LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
DAYS, DAYS_MOST = 90, 366
MOST = 50
"""Tokens of an organisation that are good at the same time."""
KEPT = timedelta(days=366)
"""What was withdrawn or has expired is listed so long, and forgotten then."""
SEEN_EVERY = timedelta(minutes=1)
"""When a token was last used is written no more often."""


class TokenRefused(MeguriError):
    """What stands in the Authorization header opens nothing."""

    status = 401
    title = N_("This token opens nothing")

    def __init__(self, text: str, code: str, error: str = "invalid_token") -> None:
        super().__init__(Problem(text, "/authorization", code))
        self.headers = {"WWW-Authenticate": f'Bearer error="{error}"'}


def subject(organisation: str) -> str:
    """The subject of an organisation, whether written ``mys-yard`` or ``organisation:mys-yard``."""
    return organisation if organisation.startswith("organisation:") else f"organisation:{organisation}"


def make(
    organisation: str, purpose: str, scopes: Iterable[str], days: int = DAYS, made_by: User | None = None
) -> tuple[AccessToken, str]:
    """Make a token; returns it with the text that is shown once. Refused where something of it is not right."""
    who = subject(organisation)
    wanted = list(dict.fromkeys(scopes))
    known = identity.known(who)
    if known is None:
        raise NotFound(
            Problem(N_("There is no organisation {id} here."), "/organisation", "unknown", {"id": organisation[:120]})
        )
    problems = []
    if known.closed:
        problems.append(Problem(N_("A closed organisation gets no tokens."), "/organisation", "closed"))
    if not wanted:
        problems.append(
            Problem(N_("Say what it is good for: {known}."), "/scopes", "scopes", {"known": ", ".join(SCOPES)})
        )
    for scope in wanted:
        if scope not in SCOPES:
            problems.append(
                Problem(
                    N_("There is no scope “{scope}”. One of: {known}."),
                    "/scopes",
                    "scope",
                    {"scope": scope[:40], "known": ", ".join(SCOPES), "nearest": nearest(scope, SCOPES)},
                )
            )
    if not 1 <= days <= DAYS_MOST:
        problems.append(
            Problem(
                N_("A token lives for 1 to {most} days, not {days}."),
                "/days",
                "days",
                {"most": DAYS_MOST, "days": days},
            )
        )
    said = purpose.strip()
    if not 0 < len(said) <= 200 or not said.isprintable():
        problems.append(Problem(N_("Say in 1 to 200 characters what the token is for."), "/purpose", "purpose"))
    gather(problems)
    if len(standing(who)) >= MOST:
        raise refuse(N_("{most} tokens are good already. Withdraw one first."), "", "many", most=MOST)
    if "sign" in wanted and not journal.keys_of(who):
        # Admitted by an act of a draft, it has none; whoever wants the service to sign for it wants one kept here.
        journal.enrol(who)
    past = timezone.now() - KEPT
    AccessToken.objects.filter(Q(revoked__lt=past) | Q(expires__lt=past), organisation=who).delete()
    prefix = "".join(secrets.choice(LETTERS) for _ in range(10))
    text = f"mgr_{prefix}_{secrets.token_urlsafe(32)}"
    now = timezone.now()
    row = AccessToken.objects.create(
        prefix=prefix,
        digest=digest(text),
        organisation=who,
        purpose=said,
        scopes=[scope for scope in SCOPES if scope in wanted],
        made=now,
        made_by=made_by,
        expires=now + timedelta(days=days),
    )
    return row, text


def digest(text: str) -> str:
    """What is kept of a token: with 256 bits drawn at random, nobody finds it again."""
    return hashlib.sha256(text.encode()).hexdigest()


def listed(organisation: str = "", most: int = 200) -> QuerySet[AccessToken]:
    """Tokens, newest first: of an organisation, or of all."""
    rows = AccessToken.objects.select_related("made_by")
    return rows.filter(organisation=subject(organisation))[:most] if organisation else rows[:most]


def standing(organisation: str) -> QuerySet[AccessToken]:
    """Tokens of an organisation that are good now."""
    now = timezone.now()
    return AccessToken.objects.filter(organisation=organisation, revoked=None, expires__gt=now)[: MOST + 1]


def state(row: AccessToken, now: datetime | None = None) -> str:
    """``good``, ``revoked`` or ``expired``."""
    if row.revoked is not None:
        return "revoked"
    return "good" if (now or timezone.now()) < row.expires else "expired"


def withdraw(prefix: str, organisation: str = "") -> AccessToken:
    """End a token from now on; ending it twice changes nothing. NotFound for another organisation's."""
    rows = AccessToken.objects.filter(prefix=prefix)
    row = (rows.filter(organisation=organisation) if organisation else rows).first()
    if row is None:
        raise NotFound(Problem(N_("There is no token {prefix}."), "/token", "unknown", {"prefix": prefix[:40]}))
    if row.revoked is None:
        row.revoked = timezone.now()
        row.save(update_fields=["revoked"])
    return row


AS_DUTY = {"read": "read", "draft": "prepare", "sign": "sign"}
"""What a scope lets a system do where people are asked for their role in the organisation."""


def presented(header: str) -> Reader:
    """The reader whom an Authorization header makes known. TokenRefused where it makes nobody known."""
    scheme, _, text = header.strip().partition(" ")
    if scheme.lower() != "bearer" or not text.strip():
        raise TokenRefused(N_("Write the header as “Authorization: Bearer mgr_…”."), "header", "invalid_request")
    found = WRITTEN.fullmatch(text.strip())
    row = AccessToken.objects.filter(prefix=found[1]).first() if found else None
    if found is None or row is None or not hmac.compare_digest(row.digest, digest(found[0])):
        raise TokenRefused(N_("No such token was made here. Check that it was copied whole."), "unknown")
    now = timezone.now()
    if row.revoked is not None:
        raise TokenRefused(N_("This token was withdrawn. Make a new one."), "revoked")
    if row.expires <= now:
        raise TokenRefused(N_("This token has expired. Make a new one."), "expired")
    known = identity.known(row.organisation)
    if known is None or known.closed:
        raise TokenRefused(N_("The organisation of this token is closed."), "closed")
    _used(row, now)
    return Reader(
        None,
        row.organisation,
        known.name.say(),
        known.roles,
        known.zone,
        token=row.prefix,
        scopes=frozenset(row.scopes),
        duties=tuple(AS_DUTY[scope] for scope in row.scopes if scope in AS_DUTY),
    )


def _used(row: AccessToken, now: datetime) -> None:
    before = now - SEEN_EVERY
    if row.used is None or row.used < before:
        AccessToken.objects.filter(Q(used=None) | Q(used__lt=before), pk=row.pk).update(used=now)


def told(row: AccessToken) -> dict[str, Any]:
    """What lists and commands tell of a token; never its secret."""
    return {
        "prefix": row.prefix,
        "organisation": row.organisation,
        "purpose": row.purpose,
        "scopes": list(row.scopes),
        "state": state(row),
        "made": clock.stamp(row.made),
        "expires": clock.stamp(row.expires),
        "revoked": clock.stamp(row.revoked) if row.revoked else None,
        "used": clock.stamp(row.used) if row.used else None,
    }
