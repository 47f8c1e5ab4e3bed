"""How people sign in: by password, passkey or their ministry's own sign-in, without signing up."""

from __future__ import annotations

import hashlib
import ipaddress
import logging
import smtplib
import threading
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.mail import EmailMessage
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext

from meguri.kit.people import access
from meguri.kit.web.requests import counting
from meguri.kit.web.requests.limits import caller
from meguri.kit.web.signing_in import guessing

log = logging.getLogger(__name__)
MAILS_HOUR = 6
"""Mails an hour to one address; what is beyond is not sent, and nobody is told."""


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

    def reauthenticate(self, user: AbstractBaseUser, password: str) -> bool:
        """Whether it is the password of who is signed in; guessing it is counted as at the sign-in."""
        guessing.attempt(self.request, user.get_username())
        right = bool(super().reauthenticate(user, password))
        if right:
            guessing.succeeded(self.request, user.get_username())
        return right

    def post_login(self, request: HttpRequest, user: AbstractBaseUser, **given: Any) -> HttpResponse:
        """Lead on, and know this device again."""
        response: HttpResponse = super().post_login(request, user, **given)
        guessing.remember(request, response)
        return response

    def get_client_ip(self, request: HttpRequest) -> str:
        """The caller's address as limits know it, for the list of one's own sessions."""
        found = caller(request)
        try:
            return str(ipaddress.ip_address(found))
        except ValueError:
            return "0.0.0.0"  # noqa: S104 - an address that is none: a socket of the machine

    def send_password_reset_mail(self, user: Any, email: str, context: dict[str, Any]) -> None:
        """The link with which a new password is chosen."""
        text = gettext(
            "A new password was asked for the account {name}. Open this link, which serves once and within an hour:\n\n"
            "{link}\n\n"
            "If it was not you, do nothing: the password stays as it is."
        ).format(name=user.get_username(), link=context["password_reset_url"])
        self._post(EmailMessage(self.format_email_subject(gettext("a new password")), text, None, [email]), email)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send it aside, so that how long an answer takes does not tell whether there is such an account."""
        given = {"request": self.request, "email": email, "current_site": self.request.get_host()} | context
        self._post(self.render_mail(template_prefix, email, given), email)

    @staticmethod
    def _post(message: EmailMessage, email: str) -> None:
        count = counting.add(f"mail:{hashlib.sha256(email.lower().encode()).hexdigest()[:32]}", 1, 3600)
        if count > MAILS_HOUR:
            return
        if settings.EMAIL_BACKEND.endswith("smtp.EmailBackend"):
            threading.Thread(target=_send, args=(message,), daemon=True).start()
        else:
            _send(message)

    def format_email_subject(self, subject: str) -> str:
        """With the service's name before it."""
        return f"Meguri: {subject}"

    def send_notification_mail(
        self, template_prefix: str, user: Any, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """Tell a person by mail that something of their account was changed."""
        if email or user.email:
            super().send_notification_mail(template_prefix, user, context, email or user.email)

    @staticmethod
    def _login(credentials: dict[str, Any]) -> str:
        return str(credentials.get("username") or credentials.get("email") or "")


def _send(message: EmailMessage) -> None:
    try:
        message.send()
    except (OSError, smtplib.SMTPException) as error:
        log.warning("a mail was not sent: %s", type(error).__name__)
