"""Small doors that every installation has: which organisation I act for, health, robots."""

from __future__ import annotations

import hmac

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.templatetags.static import static
from django.views.decorators.http import require_GET, require_POST

from meguri.kit.people.identity import SESSION_KEY, THROUGH_KEY, SignInNeeded, acting, acting_for, standing
from meguri.kit.problems import N_, NotAllowed, NotFound, Problem
from meguri.kit.running import metrics as counted
from meguri.kit.running import readiness


@require_POST
def act_for(request: HttpRequest) -> HttpResponse:
    """Act for another of the organisations that the signed-in person belongs to, or (``GIVER OWN``) for one that lets
    such an organisation act for it.
    """
    if not request.user.is_authenticated:
        raise SignInNeeded(Problem(N_("Sign in first; then choose for whom you act."), "", "sign-in"))
    giver, _, own = request.POST.get("organisation", "").rpartition(" ")
    wanted = own or giver
    if wanted not in standing(request.user):
        raise NotFound(
            Problem(N_("You do not belong to {organisation}."), "/organisation", "membership", {"organisation": wanted})
        )
    if giver:
        acting_for(acting(request.user, wanted), giver)
    request.session[SESSION_KEY] = wanted
    request.session[THROUGH_KEY] = giver
    return HttpResponseRedirect("/")


@require_GET
def livez(request: HttpRequest) -> HttpResponse:
    """Whether this process answers at all. `/healthz` is its old name."""
    return JsonResponse({"status": "ok"})


@require_GET
def readyz(request: HttpRequest) -> HttpResponse:
    """Whether it is fit to be asked: database, sealer, clock, long work, disk. 503 where anything is not."""
    found = readiness.checks()
    ready = all(check.ok for check in found.values())
    checks = {
        name: {"ok": check.ok, "lag_s": None if check.lag_s is None else round(check.lag_s, 3)}
        for name, check in found.items()
    }
    return JsonResponse({"ready": ready, "checks": checks}, status=200 if ready else 503)


@require_GET
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus' numbers, for whoever sends the token of `MEGURI_METRICS_TOKEN`; none without that setting."""
    token = str(settings.METRICS_TOKEN)
    if not token:
        raise NotFound(Problem(N_("There is no such page for you."), "", "not-found"))
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not hmac.compare_digest(given.encode(), token.encode()):
        raise NotAllowed(Problem(N_("Send the token of this page: Authorization: Bearer …."), "", "token"))
    return HttpResponse(counted.exposition(), content_type="text/plain; version=0.0.4; charset=utf-8")


@require_GET
def robots(request: HttpRequest) -> HttpResponse:
    """What crawlers may read: the public question, not the record."""
    lines = ("User-agent: *", "Disallow: /accounts/", "Disallow: /share/", "Disallow: /api/", "Allow: /", "")
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


@require_GET
def favicon(request: HttpRequest) -> HttpResponse:
    """Browsers that ask for the old name are led to the picture."""
    return HttpResponseRedirect(static("img/favicon.svg"))
