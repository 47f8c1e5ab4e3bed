"""Pages of organisations: who may do what, since when, by whose licence. Open to anyone."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from meguri.journal import services as journal
from meguri.journal import wording
from meguri.journal.delegating import held as held_delegations
from meguri.journal.states import KeyState
from meguri.kit import clock
from meguri.kit.problems import gather
from meguri.registry import rights, services
from meguri.registry.admission import beginning
from meguri.registry.naming import identifiers
from meguri.registry.vocabulary import licence_kinds, roles, unknown
from meguri.registry.web import common, delegations
from meguri.registry.web.facilities import map_of as facilities_map


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
        {
            "rows": rows,
            "role": role,
            "all_roles": list(roles().values()),
            "further": further,
            "first": first,
            "operates": _works(request),
        },
    )


def _works(request: HttpRequest) -> bool:
    reader = common.reader_of(request)
    return common.operates(reader) or "authority" in reader.roles


def detail(request: HttpRequest, id: str) -> HttpResponse:
    """One organisation: roles, facilities, licences, and the acts that say so."""
    state = services.organisation(id)
    who = services.subject(id)
    facilities = services.facilities(who, open_only=False)
    held = services.licences(who, *(f"facility:{facility}" for facility in facilities))
    now = clock.now()
    kinds = licence_kinds()
    reader = common.reader_of(request)
    own, operates = reader.organisation == who, common.operates(reader)
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
            "delegations": delegations.rows(held_delegations.of(who)),
            "may_delegate": own
            and reader.says
            and not reader.through
            and state.closed_on is None
            and rights.PUBLIC.isdisjoint(reader.roles),
            "keys": [_key(id, key) for id, key in journal.keys_of(who)],
            "history": common.past(who),
            "numbers": [
                {"number": one.number, "scheme": identifiers.schemes().get(one.scheme)} for one in state.identifiers
            ],
            "lacks": beginning.lacks(who, state) if own or operates else [],
            "map": facilities_map(facilities) if facilities else "",
            "own": own and state.closed_on is None,
            "operates": operates and state.closed_on is None,
            "following": beginning.following() if operates else None,
            "officer": "authority" in reader.roles and state.closed_on is None,
        },
    )


def _key(id: str, key: KeyState) -> dict[str, Any]:
    since = key.since if key.since > journal.EVER else None
    return {"id": id, "key": key, "mode": key.mode_at(clock.now()), "proved": wording.proved(key), "since": since}
