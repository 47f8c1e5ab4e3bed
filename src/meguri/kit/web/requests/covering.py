"""What a system's token covers, operation by operation: the one place where the API asks for a scope."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja.security.base import AuthBase

from meguri.kit.people.identity import ANYONE, Reader, SignInNeeded, need_party
from meguri.kit.problems import N_, NotAllowed, Problem

SCOPES: dict[str, str] = {
    "ask": N_("ask many verdicts at once, as often as a system needs them"),
    "read": N_("read all that the organisation sees: lists, records, acts and the feed"),
    "draft": N_("write drafts of acts, change and drop them"),
    "sign": N_("have the service sign drafts for the organisation and put them on record"),
    "hooks": N_("set webhooks up, switch them and have them replayed"),
}
"""Everything that a token can be good for, in words."""


class ScopeNeeded(NotAllowed):
    """The token is good, but not for this."""

    title = N_("The token does not cover this")

    def __init__(self, scope: str, held: frozenset[str]) -> None:
        super().__init__(
            Problem(
                N_("This needs a token with the scope “{scope}”; this one has: {held}. Make one that covers it."),
                "/scope",
                "scope",
                {"scope": scope, "held": ", ".join(sorted(held)) or "–"},
            )
        )
        self.headers = {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scope}"'}


class TokenNeeded(SignInNeeded):
    """The operation is for systems, and no token was sent."""

    title = N_("Send a token")
    headers = {"WWW-Authenticate": "Bearer"}


class Covers(AuthBase):
    """Lets a token pass that covers `scope`. A browser's session passes where `sessions` says so: it only reads.

    What writes takes tokens alone, so that no page of somebody else can have a browser do it.
    """

    openapi_type = "http"
    openapi_scheme = "bearer"
    openapi_description = "A token of an organisation: `meguri token new`, or the page /systems/. It is shown once."

    def __init__(self, scope: str = "read", *, sessions: bool = False) -> None:
        super().__init__()
        assert scope in SCOPES
        self.scope, self.sessions = scope, sessions

    def __call__(self, request: HttpRequest) -> Any:
        """Whether it passes. Raises ScopeNeeded and TokenNeeded."""
        reader: Reader = getattr(request, "reader", ANYONE)
        if reader.scopes is None:
            if self.sessions:
                return True
            raise TokenNeeded(
                Problem(
                    N_("Send a token with the scope “{scope}”: Authorization: Bearer …"),
                    "",
                    "token",
                    {"scope": self.scope},
                )
            )
        if self.scope not in reader.scopes:
            raise ScopeNeeded(self.scope, reader.scopes)
        return True


READS = Covers("read", sessions=True)
"""What most operations ask for that anybody may ask, or that a browser reads too."""


def caller_party(request: HttpRequest) -> Reader:
    """The reader of an operation, sure to act for an organisation. Raises TokenNeeded where nobody is known at all."""
    reader: Reader = getattr(request, "reader", ANYONE)
    if not reader.known:
        raise TokenNeeded(
            Problem(
                N_("Send a token with the scope “{scope}”: Authorization: Bearer …"), "", "token", {"scope": "read"}
            )
        )
    return need_party(request)
