"""All addresses: the portal's own, and those of every room that has any."""

from __future__ import annotations

from importlib import import_module

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from meguri.kit.web.api import make

PAGES = (
    "kit",
    "portal",
    "law",
    "arisings",
    "network",
    "worth",
    "reference",
    "journal",
    "registry",
    "custody",
    "consent",
    "movement",
    "exchange",
)
ENDPOINTS = ("law", "arisings", "network", "journal", "custody", "consent", "movement")

api = make()
for _room in ENDPOINTS:
    api.add_router("", import_module(f"meguri.{_room}.web.api").router, tags=[_room])

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/", api.urls),
    path("accounts/", include("meguri.kit.web.sign_in")),
    *([path("", include("meguri.demonstration.web.urls"))] if settings.DEMONSTRATION else []),
    *(path("", include(f"meguri.{room}.web.urls")) for room in PAGES),
]

handler400 = "meguri.kit.web.problem_pages.bad_request"
handler403 = "meguri.kit.web.problem_pages.forbidden"
handler404 = "meguri.kit.web.problem_pages.not_found"
handler500 = "meguri.kit.web.problem_pages.failed"
