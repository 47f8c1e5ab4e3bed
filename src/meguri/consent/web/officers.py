"""Who of the office looks after a case."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from meguri.consent.case import officers, record
from meguri.kit.people.identity import need_party
from meguri.kit.web import forms


@require_POST
def assign(request: HttpRequest, case: str) -> HttpResponse:
    """Give a case to one of one's people, or to nobody."""
    reader = need_party(request)
    found = record.case(case, reader)
    officers.assign(found.id, reader.organisation or "", forms.text(request.POST, "officer", 150))
    messages.success(request, gettext("Changed."))
    return HttpResponseRedirect(f"/cases/{case}")
