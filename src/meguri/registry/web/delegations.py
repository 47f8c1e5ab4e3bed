"""Pages of delegations: what an organisation lets another do for it; given and ended by its own people."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from meguri.journal import services as journal
from meguri.journal import wording
from meguri.journal.delegating import held
from meguri.journal.delegating.acts import LONGEST
from meguri.journal.states import DelegationState
from meguri.kit import clock
from meguri.kit.people.identity import need_party
from meguri.kit.problems import N_, Conflict, MeguriError, Problem, refuse
from meguri.kit.web import forms
from meguri.kit.words import Words
from meguri.registry import course, rights, services
from meguri.registry.web import common

STANDINGS = {
    "stands": ("good", Words("stands")),
    "to come": ("wait", Words("begins later")),
    "withdrawn": ("stop", Words("withdrawn")),
    "given back": ("stop", Words("given back")),
    "ended": ("stop", Words("has ended")),
}


def rows(found: Iterable[tuple[str, DelegationState]]) -> list[dict[str, Any]]:
    """Delegations as pages list them."""
    told = list(found)
    names = services.names({name for _, state in told for name in (state.giver, state.to)})
    now = clock.now()
    lines = []
    for id, state in told:
        tone, word = STANDINGS[held.standing(state, now)]
        lines.append(
            {
                "id": id,
                "state": state,
                "giver": names[state.giver],
                "to": names[state.to],
                "kinds": [wording.of(kind) for kind in state.kinds],
                "last": min(state.until, state.ended_on or state.until),
                "tone": tone,
                "word": word,
            }
        )
    return lines


@require_GET
def detail(request: HttpRequest, id: str) -> HttpResponse:
    """One delegation: who lets whom do what until when, and the acts that say so. Open to anyone."""
    state = held.find(id)
    reader = common.reader_of(request)
    may_end = not state.over(clock.now()) and not reader.through and reader.organisation in (state.giver, state.to)
    history = journal.history(f"delegation:{id}")
    names = services.names(wording.speakers(entry.act for entry in history))
    context = {
        "id": id,
        "row": rows([(id, state)])[0],
        "may_end": may_end and reader.says,
        "gave": reader.organisation == state.giver,
        "history": [
            {"entry": one, "words": wording.of(one.act.kind), "who": wording.who_says(one.act, names)}
            for one in history
        ],
    }
    return render(request, "registry/delegation.html", context)


@require_http_methods(["GET", "POST"])
def give(request: HttpRequest) -> HttpResponse:
    """Let another organisation act for one's own, in the things chosen, until a day."""
    reader = need_party(request)
    who = str(reader.organisation)
    own = services.organisation(who)
    if not rights.PUBLIC.isdisjoint(reader.roles):
        raise Conflict(
            Problem(
                N_("{name} decides or looks for the public. It does so itself, and lets nobody act for it."),
                "",
                "public-role",
                {"name": own.name},
            )
        )
    error: MeguriError | None = None
    if request.method == "POST":
        try:
            given = request.POST
            to = services.named(given.get("to", ""), ("organisation",))
            if not to:
                raise refuse(N_("Choose one from the list."), "/to", "required")
            since = common.first_instant(forms.day_or_none(given, "since"), own.economy)
            if since is not None and since <= clock.now() < since + timedelta(days=1):
                since = None
            made = journal.delegate(
                who,
                to,
                given.getlist("kinds"),
                course.start_of(forms.day(given, "until") + timedelta(days=1), own.economy),
                since=since,
                text=forms.text(given, "text"),
                person=common.person(reader),
            )
            messages.success(request, gettext("It may act for you from now on."))
            return HttpResponseRedirect(reverse("registry:delegation", args=[made]))
        except MeguriError as refused:
            error = refused
    chosen = request.POST.getlist("kinds")
    rooms: dict[str, list[dict[str, Any]]] = {}
    for kind in wording.delegable():
        one = {"kind": kind, "words": wording.of(kind), "on": kind in chosen}
        rooms.setdefault(kind.partition(".")[0], []).append(one)
    context = {
        "own": own,
        "organisations": services.called("organisation"),
        "rooms": [(ROOMS[room], kinds) for room, kinds in rooms.items()],
        "most": LONGEST.days,
    }
    return common.page(request, "registry/delegation_new.html", context, error)


ROOMS = {
    "buying": Words("Buying from collectors"),
    "consent": Words("Notifications and their cases"),
    "custody": Words("Lots and weighings"),
    "movement": Words("Movements"),
    "papers": Words("Papers"),
    "registry": Words("What is on record of the organisation"),
}
"""How a form heads what may be said for others, by room."""


@require_POST
def end(request: HttpRequest, id: str) -> HttpResponse:
    """Withdraw a delegation, or give it back."""
    reader = need_party(request)
    journal.end_delegation(
        str(reader.organisation), id, forms.text(request.POST, "reason"), person=common.person(reader)
    )
    messages.success(request, gettext("It has ended."))
    return HttpResponseRedirect(reverse("registry:delegation", args=[id]))
