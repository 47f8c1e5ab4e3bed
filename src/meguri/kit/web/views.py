"""Small doors that every installation has: which organisation I act for, health, robots."""

from __future__ import annotations

from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.templatetags.static import static
from django.views.decorators.http import require_GET, require_POST

from meguri.kit.problems import N_, NotFound, Problem
from meguri.kit.web.identity import SESSION_KEY, SignInNeeded


@require_POST
def act_for(request: HttpRequest) -> HttpResponse:
    """Act for another of the organisations that the signed-in person belongs to."""
    if not request.user.is_authenticated:
        raise SignInNeeded(Problem(N_("Sign in first; then choose for whom you act."), "", "sign-in"))
    wanted = request.POST.get("organisation", "")
    if not request.user.memberships.filter(organisation=wanted).exists():
        raise NotFound(
            Problem(N_("You do not belong to {organisation}."), "/organisation", "membership", {"organisation": wanted})
        )
    request.session[SESSION_KEY] = wanted
    return HttpResponseRedirect("/")


@require_GET
def healthz(request: HttpRequest) -> HttpResponse:
    """Whether the service and its database answer."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception:  # any failure of any database driver means the same here
        return JsonResponse({"status": "no database"}, status=503)
    return JsonResponse({"status": "ok"})


@require_GET
def robots(request: HttpRequest) -> HttpResponse:
    """What crawlers may read: the public question, not the record."""
    lines = ("User-agent: *", "Disallow: /accounts/", "Disallow: /share/", "Disallow: /api/", "Allow: /", "")
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


@require_GET
def favicon(request: HttpRequest) -> HttpResponse:
    """Browsers that ask for the old name are led to the picture."""
    return HttpResponseRedirect(static("img/favicon.svg"))
