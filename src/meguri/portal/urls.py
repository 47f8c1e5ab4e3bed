"""All addresses: the portal's own, and those of every room that has any."""

from __future__ import annotations

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from meguri.kit.people import policy
from meguri.kit.web.requests.api import make
from meguri.portal import rooms

_rooms = rooms.installed(settings.DEMONSTRATION)

api = make()
for _room in _rooms:
    if _room.policy:
        policy.take(_room.module(_room.policy).POLICY)
    if _room.endpoints:
        api.add_router("", _room.module(_room.endpoints).router, tags=[_room.name])

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/", api.urls),
    path("accounts/", include("meguri.kit.web.signing_in.sign_in")),
    *(path("", include(f"{room.package}.{room.pages}")) for room in _rooms if room.pages),
]

handler400 = "meguri.kit.web.requests.problem_pages.bad_request"
handler403 = "meguri.kit.web.requests.problem_pages.forbidden"
handler404 = "meguri.kit.web.requests.problem_pages.not_found"
handler500 = "meguri.kit.web.requests.problem_pages.failed"
