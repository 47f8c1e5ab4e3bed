"""One's own sessions: on which devices one is signed in, and ending one of them."""

from __future__ import annotations

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from meguri.kit.people import access
from meguri.kit.problems import N_, NotFound, Problem


@require_POST
def end(request: HttpRequest, session: int) -> HttpResponse:
    """End one of one's own sessions. NotFound for another's."""
    found = UserSession.objects.filter(user_id=request.user.pk, pk=session).first()
    if found is None:
        raise NotFound(Problem(N_("You have no such session; it may have ended already."), "", "session"))
    found.end()
    access.note(access.ENDED)
    messages.success(request, gettext("The session has ended."))
    return HttpResponseRedirect(reverse("usersessions_list"))
