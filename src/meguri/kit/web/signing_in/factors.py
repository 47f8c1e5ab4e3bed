"""Second factors: codes of an app, passkeys, codes to recover. What the database keeps of them is encrypted."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.stagekit import get_pending_stage
from allauth.account.signals import password_changed, password_reset
from allauth.mfa import signals
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.signals import social_account_added, social_account_removed
from django.conf import settings
from django.dispatch import Signal
from django.http import HttpRequest
from django.utils.translation import gettext

from meguri.kit.people import access, sealed
from meguri.kit.web.requests import counting
from meguri.kit.web.requests.limits import TooMany

STEPS = ((6, 60), (12, 600), (30, 3600))
"""Codes tried for one account, and in how many seconds: of a million six-digit codes some seven hundred a day."""


class Factors(DefaultMFAAdapter):
    """Secrets are kept under a key that lies outside the database."""

    def encrypt(self, text: str) -> str:
        """A secret as the database keeps it."""
        return sealed.box(str(settings.KEYRING_SECRET)).encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """The secret again."""
        return sealed.box(str(settings.KEYRING_SECRET)).decrypt(encrypted_text.encode()).decode()

    def generate_authenticator_name(self, user: Any, type: Any) -> str:
        """How a key is called until its owner says otherwise."""
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return gettext("Key {number}").format(number=number)


def whose(request: HttpRequest) -> str:
    """Whose second factor is asked for: who is signed in, or has given a password."""
    if request.user.is_authenticated:
        return str(request.user.pk)
    stage = get_pending_stage(request)
    return str(stage.login.user.pk) if stage is not None and stage.login.user else ""


def attempt(request: HttpRequest) -> None:
    """Count a code that is tried, before it is looked at. Raises TooMany."""
    account = whose(request)
    if request.method != "POST" or not account:
        return
    over = [
        TooMany(most, seconds, seconds)
        for most, seconds in STEPS
        if counting.add(f"factor:{account}:{seconds}", 1, seconds) > most
    ]
    if over:
        access.note(access.FACTOR_WRONG, int(account))
        raise over[-1]


def connect() -> None:
    """Note what happens to the ways in which people sign in."""
    for signal, kind in (
        (signals.authenticator_added, access.FACTOR_ADDED),
        (signals.authenticator_removed, access.FACTOR_REMOVED),
        (signals.authenticator_reset, access.FACTOR_ADDED),
        (signals.authenticator_used, access.FACTOR_USED),
        (signals.authentication_failed, access.FACTOR_WRONG),
        (password_changed, access.PASSWORD),
        (password_reset, access.PASSWORD),
        (social_account_added, access.OUTSIDE),
        (social_account_removed, access.OUTSIDE),
    ):
        _follow(signal, kind)


def _follow(signal: Signal, kind: str) -> None:
    def noted(user: Any = None, sociallogin: Any = None, socialaccount: Any = None, **_: object) -> None:
        whose = user or getattr(sociallogin, "user", None) or getattr(socialaccount, "user", None)
        access.note(kind, getattr(whose, "pk", None))

    signal.connect(noted, weak=False, dispatch_uid=f"meguri.kit.factors.{kind}")
