"""Signing in by another service's account (OpenID Connect): for who has an account here and has connected it."""

from __future__ import annotations

from typing import Any

from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.http import HttpRequest

from meguri.kit.people import access


class ClosedOutside(DefaultSocialAccountAdapter):
    """Nobody gets an account here by having one elsewhere."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Never."""
        return False

    def on_authentication_error(self, request: HttpRequest, provider: Any, **given: Any) -> None:
        """Note it; the page says no more than that it failed."""
        access.note(access.NOT_SIGNED_IN, access.NOBODY)
