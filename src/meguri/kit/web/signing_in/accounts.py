"""How people sign in: by password, without signing up."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest, HttpResponse

from meguri.kit.people import access
from meguri.kit.web.signing_in import guessing


class ClosedSignUp(DefaultAccountAdapter):
    """Accounts are made by an administrator; nobody signs up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def add_message(self, request: HttpRequest, level: int, *args: Any, **kwargs: Any) -> None:
        """Say nothing on signing in and out: the header shows it."""

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the attempt where it was said; raises TooMany."""
        guessing.attempt(request, self._login(credentials))

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        """The account whose password it is; None where it is not."""
        user: AbstractBaseUser | None = super().authenticate(request, **credentials)
        if user is not None:
            guessing.succeeded(request, self._login(credentials))
        return user

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Note it."""
        access.not_signed_in(self._login(credentials))

    def post_login(self, request: HttpRequest, user: AbstractBaseUser, **given: Any) -> HttpResponse:
        """Lead on, and know this device again."""
        response: HttpResponse = super().post_login(request, user, **given)
        guessing.remember(request, response)
        return response

    @staticmethod
    def _login(credentials: dict[str, Any]) -> str:
        return str(credentials.get("username") or credentials.get("email") or "")
