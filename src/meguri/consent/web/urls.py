"""Addresses of cases and movements."""

from __future__ import annotations

from django.urls import path

from meguri.consent.web import cases, moving, notifying, steps

app_name = "consent"

urlpatterns = [
    path("cases/", cases.listing, name="cases"),
    path("cases/new", notifying.new, name="new"),
    path("cases/<str:case>", cases.detail, name="case"),
    path("cases/<str:case>/step", steps.step, name="step"),
    path("cases/<str:case>/hold", steps.hold, name="hold"),
    path("cases/<str:case>/release", steps.release, name="release"),
    path("cases/<str:case>/complete", steps.complete, name="complete"),
    path("cases/<str:case>/movements/new", moving.new, name="movement_new"),
    path("cases/<str:case>/movements/<str:movement>", moving.page, name="movement"),
    path("cases/<str:case>/movements/<str:movement>/depart", moving.depart, name="depart"),
    path("cases/<str:case>/movements/<str:movement>/receive", moving.receive, name="receive"),
    path("cases/<str:case>/movements/<str:movement>/certify", moving.certify, name="certify"),
]
