"""Secret addresses under which a program reads what a person sees, without signing in; each can be taken back.

Only the digest of a secret is kept. A room has a model of its own for each kind of address, with `user`,
`organisation`, `digest` and `made`, unique by user and organisation.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext

from meguri.kit.people import identity
from meguri.kit.people.identity import Reader, need_party, require_person


def person(request: HttpRequest) -> Reader:
    """Who asks: a person signed in for an organisation. A role of the demonstration is nobody's."""
    reader = need_party(request)
    require_person(reader)
    return reader


def make(model: Any, reader: Reader) -> str:
    """A new secret, in the place of the one before; it is known this once."""
    secret = secrets.token_urlsafe(32)
    model.objects.update_or_create(
        user=reader.user,
        organisation=reader.organisation,
        defaults={"digest": _digest(secret), "made": datetime.now(UTC)},
    )
    return secret


def withdraw(model: Any, request: HttpRequest) -> None:
    """The address serves no longer, from now on."""
    reader = person(request)
    model.objects.filter(user=reader.user, organisation=reader.organisation).delete()
    messages.success(request, gettext("The address serves no longer."))


def reader(model: Any, secret: str) -> Reader | None:
    """The person whose address it is, as they stand now; None where it is nobody's, or they may act no longer."""
    found = model.objects.filter(digest=_digest(secret)).select_related("user").first()
    standing = identity.standing(found.user) if found and found.user.is_active else {}
    if found is None or found.organisation not in standing:
        return None
    return identity.acting(found.user, found.organisation, standing[found.organisation])


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
