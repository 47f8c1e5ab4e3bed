"""Who reads, where a system sends a token: known by the token alone, on the API alone, and counted by the token."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from meguri.kit.people import access
from meguri.kit.people.identity import acting_for
from meguri.kit.problems import MeguriError, NotAllowed
from meguri.kit.web.requests import limits, problem_pages
from meguri.kit.web.requests.middleware import Next
from meguri.systems import tokens

FOR = "Meguri-For"
"""The header that names for whom a system acts by a delegation to its organisation."""
WRONG_A_MINUTE = 60
"""Headers that open nothing, of one address."""


class Bearer:
    """Sets `request.reader` from the Authorization header of a request to the API.

    A session that is sent beside it counts for nothing; a page takes no token.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Find out whose the token is, or answer why it opens nothing."""
        header = request.META.get("HTTP_AUTHORIZATION")
        if header is None or not request.path.startswith(problem_pages.API):
            return self.get_response(request)
        try:
            reader = tokens.presented(str(header))
            whom = request.headers.get(FOR, "").strip()
            request.reader = acting_for(reader, tokens.subject(whom)) if whom else reader  # type: ignore[attr-defined]
        except NotAllowed as error:
            access.note(access.REFUSED)
            return problem_pages.document(error)
        except tokens.TokenRefused as error:
            access.note(access.TOKEN)
            return problem_pages.document(self._counted(request, error))
        response = self.get_response(request)
        response.headers["Cache-Control"] = "private, no-store"
        return response

    @staticmethod
    def _counted(request: HttpRequest, error: MeguriError) -> MeguriError:
        try:
            limits.spend("token-wrong", limits.caller(request), WRONG_A_MINUTE, 60)
        except limits.TooMany as many:
            return many
        return error
