"""Addresses of movements, and those that they had under their cases."""

from __future__ import annotations

from django.urls import path

from meguri.movement.web import former_addresses, new_movement, pages, steps

app_name = "movement"

urlpatterns = [
    path("movements/", pages.listing, name="movements"),
    path("movements/new", new_movement.new, name="new"),
    path("movements/<str:movement>", pages.detail, name="movement"),
    path("movements/<str:movement>/<slug:transition>", steps.say, name="say"),
    path("cases/<str:case>/movements/new", former_addresses.new, name="former_new"),
    path("cases/<str:case>/movements/<str:movement>", former_addresses.movement, name="former_movement"),
    path("cases/<str:case>/movements/<str:movement>/<slug:transition>", former_addresses.said, name="former_say"),
]
