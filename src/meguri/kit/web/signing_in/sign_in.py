"""The forms of signing in, and the doors for accounts that are open."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account import views
from allauth.account.forms import ChangePasswordForm, LoginForm, ResetPasswordForm, ResetPasswordKeyForm
from allauth.mfa.base import views as factor_views
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.recovery_codes import views as recovery_views
from allauth.mfa.totp import views as totp_views
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn import views as passkey_views
from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm
from allauth.socialaccount import views as outside_views
from allauth.socialaccount.providers.openid_connect import views as oidc_views
from allauth.usersessions import views as session_views
from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import path, register_converter
from django.utils.translation import gettext_lazy as _

from meguri.kit.web.requests.limits import limit
from meguri.kit.web.signing_in import factors, guessing, sessions

View = Callable[..., HttpResponse]
_limited = limit("sign-in", "30/m", guessing.place)
_reset = limit("password-reset", "20/h")
_account = limit("account", "60/m")


class Base36:
    """The number of an account in a link that was mailed."""

    regex = "[0-9A-Za-z]{1,13}"

    def to_python(self, value: str) -> str:
        """As it is."""
        return value

    def to_url(self, value: str) -> str:
        """As it is."""
        return value


register_converter(Base36, "base36")


def _labelled(form: forms.Form, **labels: Any) -> None:
    """Labels instead of placeholders, and no other help than ours."""
    for name, field in form.fields.items():
        field.widget.attrs.pop("placeholder", None)
        if name in labels:
            field.label = labels[name]


class SignIn(LoginForm):
    """Name and password, with labels instead of placeholders."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _labelled(
            self,
            login=_("User name or e-mail address"),
            password=_("Password"),
            remember=_("Stay signed in for twelve hours, also when the browser is closed"),
        )
        self.fields["login"].widget.attrs["autocomplete"] = "username"
        self.fields["password"].help_text = ""


class AskReset(ResetPasswordForm):
    """The address to which a link for a new password goes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _labelled(self, email=_("E-mail address"))


class NewPassword(ResetPasswordKeyForm):
    """A new password, twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _labelled(self, password1=_("New password"), password2=_("The same password again"))


class OtherPassword(ChangePasswordForm):
    """The password that was, and a new one twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _labelled(
            self,
            oldpassword=_("Present password"),
            password1=_("New password"),
            password2=_("The same password again"),
        )


def _code(form: forms.Form, label: Any) -> None:
    _labelled(form, code=label)
    form.fields["code"].widget.attrs |= {"autocomplete": "one-time-code", "inputmode": "numeric"}


class GiveCode(AuthenticateForm):
    """The second factor at the sign-in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _code(self, _("Code of your app, or a recovery code"))


class GiveCodeAgain(ReauthenticateForm):
    """The second factor before something of the account is changed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _code(self, _("Code of your app, or a recovery code"))


class BeginCodes(ActivateTOTPForm):
    """The first code of a new app."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _code(self, _("The six digits that the app shows"))


class AddKey(AddWebAuthnForm):
    """A new passkey or security key."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _labelled(self, name=_("What you call it"), passwordless=_("Sign in with it alone, without a password"))
        self.fields["passwordless"].help_text = ""


class NameKey(EditWebAuthnForm):
    """Another name for a key."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _labelled(self, name=_("What you call it"))


def counted(view: View) -> View:
    """Count a second factor that is tried, by account: whoever has the password still cannot guess it."""

    @wraps(view)
    def tried(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        factors.attempt(request)
        return view(request, *args, **kwargs)

    return tried


def gone(view: View) -> View:
    """Answer “not found” where a link of a mail does not serve any more."""

    @wraps(view)
    def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        answer = view(request, *args, **kwargs)
        if (getattr(answer, "context_data", None) or {}).get("token_fail"):
            answer.status_code = 404
        return answer

    return asked


factors.connect()

urlpatterns = [
    path("login/", _limited(views.login), name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    path("signup/", views.signup, name="account_signup"),
    path("reauthenticate/", _limited(views.reauthenticate), name="account_reauthenticate"),
    path("password/change/", _limited(views.password_change), name="account_change_password"),
    path("password/set/", _limited(views.password_set), name="account_set_password"),
    path("password/reset/", _reset(views.password_reset), name="account_reset_password"),
    path("password/reset/done/", views.password_reset_done, name="account_reset_password_done"),
    path(
        "password/reset/key/<base36:uidb36>-<str:key>/",
        gone(_account(views.password_reset_from_key)),
        name="account_reset_password_from_key",
    ),
    path("password/reset/key/done/", views.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    path("factors/", factor_views.index, name="mfa_index"),
    path("factors/authenticate/", counted(_limited(factor_views.authenticate)), name="mfa_authenticate"),
    path("factors/reauthenticate/", counted(_limited(factor_views.reauthenticate)), name="mfa_reauthenticate"),
    path("factors/app/begin/", _account(totp_views.activate_totp), name="mfa_activate_totp"),
    path("factors/app/end/", _account(totp_views.deactivate_totp), name="mfa_deactivate_totp"),
    path("factors/recovery/", recovery_views.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("factors/recovery/new/", _account(recovery_views.generate_recovery_codes), name="mfa_generate_recovery_codes"),
    path("factors/recovery/codes.txt", recovery_views.download_recovery_codes, name="mfa_download_recovery_codes"),
    path("factors/keys/", passkey_views.list_webauthn, name="mfa_list_webauthn"),
    path("factors/keys/add/", _account(passkey_views.add_webauthn), name="mfa_add_webauthn"),
    path("factors/keys/confirm/", _limited(passkey_views.reauthenticate_webauthn), name="mfa_reauthenticate_webauthn"),
    path("factors/keys/<int:pk>/remove/", _account(passkey_views.remove_webauthn), name="mfa_remove_webauthn"),
    path("factors/keys/<int:pk>/name/", _account(passkey_views.edit_webauthn), name="mfa_edit_webauthn"),
    path("factors/keys/sign-in/", _limited(passkey_views.login_webauthn), name="mfa_login_webauthn"),
    path("sessions/", session_views.list_usersessions, name="usersessions_list"),
    path("sessions/<int:session>/end", sessions.end, name="session_end"),
    path("outside/", outside_views.connections, name="socialaccount_connections"),
    path("outside/cancelled/", outside_views.login_cancelled, name="socialaccount_login_cancelled"),
    path("outside/error/", outside_views.login_error, name="socialaccount_login_error"),
    path("outside/signup/", outside_views.signup, name="socialaccount_signup"),
    path("outside/<slug:provider_id>/login/", _limited(oidc_views.login), name="openid_connect_login"),
    path("outside/<slug:provider_id>/login/callback/", _limited(oidc_views.callback), name="openid_connect_callback"),
]
