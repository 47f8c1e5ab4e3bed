"""The sign-in form, and the few doors for accounts that are open."""

from __future__ import annotations

from typing import Any

from allauth.account import views
from allauth.account.forms import LoginForm
from django.urls import path
from django.utils.translation import gettext_lazy as _

from meguri.kit.web.requests.limits import limit
from meguri.kit.web.signing_in import guessing

_limited = limit("sign-in", "30/m", guessing.place)


class SignIn(LoginForm):
    """Name and password, with labels instead of placeholders."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("User name or e-mail address")
        self.fields["login"].widget.attrs["autocomplete"] = "username"
        self.fields["password"].label = _("Password")
        self.fields["password"].help_text = ""
        self.fields["remember"].label = _("Stay signed in on this device")
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)


urlpatterns = [
    path("login/", _limited(views.login), name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    path("signup/", views.signup, name="account_signup"),
    path("reauthenticate/", _limited(views.reauthenticate), name="account_reauthenticate"),
    path("password/change/", _limited(views.password_change), name="account_change_password"),
]
