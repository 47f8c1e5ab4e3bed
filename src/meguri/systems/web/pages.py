"""The page where people of an organisation give its systems tokens, and see how its webhooks stand."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from meguri.journal.listing import acts
from meguri.kit.people.identity import Reader, need_party
from meguri.kit.problems import MeguriError
from meguri.kit.web.requests.covering import SCOPES
from meguri.kit.web.requests.limits import limit
from meguri.kit.words import Words
from meguri.systems import hooks, tokens

STATES = {
    "good": ("good", Words("good", context="a token")),
    "revoked": ("stop", Words("withdrawn", context="a token")),
    "expired": ("note", Words("expired", context="a token")),
    "on": ("good", Words("on", context="a webhook")),
    "failing": ("wait", Words("failing", context="a webhook")),
    "off": ("stop", Words("switched off", context="a webhook")),
}
View = Callable[..., HttpResponse]


def of_people(view: View) -> View:
    """Hand the view the reader, who acts for an organisation; what is written is counted."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return view(request, need_party(request), *args, **kwargs)

    return guarded


@require_GET
@of_people
def overview(request: HttpRequest, reader: Reader) -> HttpResponse:
    """Tokens and webhooks, and the forms."""
    return _page(request, reader)


def _page(
    request: HttpRequest, reader: Reader, error: MeguriError | None = None, form: str = "", **extra: Any
) -> HttpResponse:
    who = str(reader.organisation)
    now = timezone.now()
    context = {
        "tokens": [_row(row, tokens.state(row, now)) for row in tokens.listed(who)],
        "webhooks": [
            {**_row(row, hooks.told(row).state), "why": Words(hooks.WHY[row.why]) if row.why else None}
            for row in hooks.listed(who)
        ],
        "scopes": [(scope, Words(text)) for scope, text in SCOPES.items()],
        "sent": request.POST,
        "sent_scopes": request.POST.getlist("scopes"),
        "days": request.POST.get("days", str(tokens.DAYS)),
        "problems": error.problems if error else (),
        "form": form,
    }
    answer = render(request, "systems/overview.html", context | extra, status=error.status if error else 200)
    if extra:
        answer.headers["Cache-Control"] = "no-store"
    return answer


def _row(row: Any, state: str) -> dict[str, Any]:
    tone, word = STATES[state]
    return {"row": row, "state": state, "tone": tone, "word": word}


def _done(request: HttpRequest, said: str) -> HttpResponse:
    messages.success(request, said)
    return HttpResponseRedirect(reverse("systems:overview"))


@require_POST
@limit("systems-forms", "60/m")
@of_people
def make_token(request: HttpRequest, reader: Reader) -> HttpResponse:
    """Make a token, and show it once."""
    days = request.POST.get("days", "")
    try:
        row, text = tokens.make(
            str(reader.organisation),
            request.POST.get("purpose", ""),
            request.POST.getlist("scopes"),
            int(days) if days.isascii() and days.isdecimal() and len(days) < 6 else 0,
            reader.user,
        )
    except MeguriError as error:
        return _page(request, reader, error, "token")
    return _page(request, reader, made=row, secret=text, sent={}, sent_scopes=[])


@require_POST
@limit("systems-forms", "60/m")
@of_people
def withdraw_token(request: HttpRequest, reader: Reader, prefix: str) -> HttpResponse:
    """End a token of the reader's organisation."""
    row = tokens.withdraw(prefix, str(reader.organisation))
    return _done(request, gettext("The token “{purpose}” is withdrawn.").format(purpose=row.purpose))


@require_POST
@limit("systems-forms", "60/m")
@of_people
def make_hook(request: HttpRequest, reader: Reader) -> HttpResponse:
    """Set a webhook up, and show its secret once."""
    try:
        given = hooks.HookGiven(request.POST.get("url", "").strip(), request.POST.get("purpose", "").strip()[:200])
        row, secret = hooks.make(str(reader.organisation), given)
    except MeguriError as error:
        return _page(request, reader, error, "webhook")
    return _page(request, reader, made_hook=row, secret=secret, sent={})


@require_POST
@limit("systems-forms", "60/m")
@of_people
def switch_hook(request: HttpRequest, reader: Reader, id: str) -> HttpResponse:
    """Switch a webhook on or off."""
    on = request.POST.get("on") == "yes"
    hooks.switch(str(reader.organisation), id, on)
    return _done(request, gettext("The webhook is switched on.") if on else gettext("The webhook is switched off."))


@require_POST
@limit("systems-forms", "60/m")
@of_people
def replay_hook(request: HttpRequest, reader: Reader, id: str) -> HttpResponse:
    """Have a webhook send again from a cursor on."""
    after = request.POST.get("after", "").strip()
    hooks.replay(str(reader.organisation), id, after or "0")
    count = acts.last_number()
    return _done(request, gettext("It is sent again, up to act {number}.").format(number=count))


@require_POST
@limit("systems-forms", "60/m")
@of_people
def remove_hook(request: HttpRequest, reader: Reader, id: str) -> HttpResponse:
    """Remove a webhook."""
    hooks.remove(str(reader.organisation), id)
    return _done(request, gettext("The webhook is removed."))
