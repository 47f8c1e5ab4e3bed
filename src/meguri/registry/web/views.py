"""Pages of organisations: who may do what, since when, by whose licence. Open to anyone."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from meguri.journal import services as journal
from meguri.journal import wording
from meguri.journal.states import KeyState
from meguri.kit import clock
from meguri.kit.problems import gather
from meguri.registry import rights, services
from meguri.registry.vocabulary import licence_kinds, roles, unknown


def listing(request: HttpRequest) -> HttpResponse:
    """All organisations, or those with a role (``?role=``), in order of name, page by page."""
    role = request.GET.get("role", "")
    if role and role not in roles():
        gather([unknown(role, "/role", list(roles()))])
    now = clock.now()
    after = request.GET.get("after", "")
    states, more = services.page(role, after)
    rows = [
        {
            "id": who.removeprefix("organisation:"),
            "state": state,
            "roles": [roles()[name] for name in rights.roles_of(state, now)],
        }
        for who, state in states.items()
        if not role or rights.holds(state, role, now)
    ]
    kept = {"role": role} if role else {}
    further = f"?{urlencode({**kept, 'after': list(states)[-1].partition(':')[2]})}" if more else ""
    first = f"?{urlencode(kept)}" if after else ""
    return render(
        request,
        "registry/organisations.html",
        {"rows": rows, "role": role, "all_roles": list(roles().values()), "further": further, "first": first},
    )


def detail(request: HttpRequest, id: str) -> HttpResponse:
    """One organisation: roles, facilities, licences, and the acts that say so."""
    state = services.organisation(id)
    who = services.subject(id)
    facilities = services.facilities(who)
    held = services.licences(who, *(f"facility:{facility}" for facility in facilities))
    now = clock.now()
    kinds = licence_kinds()
    return render(
        request,
        "registry/organisation.html",
        {
            "id": id,
            "state": state,
            "spans": [
                {"role": roles().get(span.role), "span": span, "now": rights.holds(state, span.role, now)}
                for span in state.roles
            ],
            "facilities": facilities,
            "licences": [
                {"id": key, "licence": licence, "kind": kinds.get(licence.kind), "now": licence.holds(now)}
                for key, licence in held.items()
            ],
            "keys": [_key(id, key) for id, key in journal.keys_of(who)],
            "history": journal.history(who),
        },
    )


def _key(id: str, key: KeyState) -> dict[str, Any]:
    since = key.since if key.since > journal.EVER else None
    return {"id": id, "key": key, "mode": key.mode_at(clock.now()), "proved": wording.proved(key), "since": since}
