"""All addresses: the portal's own, and those of every room that has any."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from django.urls import URLPattern, URLResolver, include, path

from meguri.kit.web.api import make

ROOMS = Path(__file__).resolve().parent.parent
PAGES = ("kit", "portal", "law", "reference", "journal", "registry", "custody", "consent", "exchange", "network")
ENDPOINTS = ("law", "journal", "custody", "consent", "exchange")
RECORD = ("journal", "registry", "consent", "custody")


def _has(room: str, module: str) -> bool:
    """Whether a room is there with this web module (a record room also needs to be an app)."""
    if room in RECORD and not (ROOMS / room / "apps.py").exists():
        return False
    return all(find_spec(name) for name in (f"meguri.{room}", f"meguri.{room}.web", f"meguri.{room}.web.{module}"))


api = make()
for _room in ENDPOINTS:
    if _has(_room, "api"):
        api.add_router("", import_module(f"meguri.{_room}.web.api").router, tags=[_room])

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/", api.urls),
    path("accounts/", include("meguri.kit.web.sign_in")),
    path("", include("meguri.portal.demonstration.urls")),
    *(path("", include(f"meguri.{room}.web.urls")) for room in PAGES if _has(room, "urls")),
]

handler400 = "meguri.kit.web.problem_pages.bad_request"
handler403 = "meguri.kit.web.problem_pages.forbidden"
handler404 = "meguri.kit.web.problem_pages.not_found"
handler500 = "meguri.kit.web.problem_pages.failed"
