"""Addresses of cases."""

from __future__ import annotations

from django.urls import path

from meguri.consent.web import cases, new_case, officers, steps

app_name = "consent"

urlpatterns = [
    path("cases/", cases.listing, name="cases"),
    path("cases/new", new_case.new, name="new"),
    path("cases/<str:case>", cases.detail, name="case"),
    path("cases/<str:case>/officer", officers.assign, name="officer"),
    path("cases/<str:case>/step", steps.step, name="step"),
    path("cases/<str:case>/retract", steps.retract, name="retract"),
    path("cases/<str:case>/hold", steps.hold, name="hold"),
    path("cases/<str:case>/release", steps.release, name="release"),
    path("cases/<str:case>/guarantee", steps.guarantee, name="guarantee"),
    path("cases/<str:case>/rest", steps.rest, name="rest"),
    path("cases/<str:case>/complete", steps.complete, name="complete"),
]
