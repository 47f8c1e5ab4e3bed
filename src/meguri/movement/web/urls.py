"""Addresses of movements, and those that they had under their cases."""

from __future__ import annotations

from django.urls import path

from meguri.movement.web import old, pages, planning, saying

app_name = "movement"

urlpatterns = [
    path("movements/", pages.listing, name="movements"),
    path("movements/new", planning.new, name="new"),
    path("movements/<str:movement>", pages.detail, name="movement"),
    path("movements/<str:movement>/<slug:transition>", saying.say, name="say"),
    path("cases/<str:case>/movements/new", old.new),
    path("cases/<str:case>/movements/<str:movement>", old.movement),
    path("cases/<str:case>/movements/<str:movement>/<slug:transition>", old.said),
]
