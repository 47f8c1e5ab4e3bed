"""The sign-in form, and the few doors for accounts that are open."""

from __future__ import annotations

from typing import Any

from allauth.account import views
from allauth.account.forms import LoginForm
from django.urls import path
from django.utils.translation import gettext_lazy as _

from meguri.kit.web.requests.limits import limit


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
    path("login/", limit("sign-in", "30/m")(views.login), name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    path("signup/", views.signup, name="account_signup"),
    path("reauthenticate/", limit("sign-in", "30/m")(views.reauthenticate), name="account_reauthenticate"),
    path("password/change/", limit("sign-in", "30/m")(views.password_change), name="account_change_password"),
]
