"""Pages of the law library: the index, one economy, one instrument."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from meguri.kit import clock
from meguri.law import tables
from meguri.law.body.packs import Law
from meguri.law.web import library
from meguri.law.web.form_and_answer import level


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Economies and instruments on file, with counts, and what is not covered."""
    law, on = Law.load(), clock.today()
    shelves = library.shelves(law, on)
    context = {
        "shelves": shelves,
        "kinds": list(library.instruments(law)),
        "rules": len(law.rules),
        "entries": len(law.entries),
        "digest": law.digest,
        "uncovered": sum(law.pack_of(code, on) is None for code in tables.parties()),
    }
    return render(request, "law/library.html", context)


@require_safe
def economy(request: HttpRequest, code: str) -> HttpResponse:
    """The law of one economy: standing, rules, duties at home, authorities, and what is missing."""
    law, on = Law.load(), clock.today()
    known = library.economy_of(code)
    party = tables.parties()[known]
    rules = library.own_rules(known, law, on)
    switches = {rule.assumes[0] for rule in rules if rule.assumes}
    context = {
        "code": known,
        "party": party,
        "party_level": level(party.evidence),
        "pack": law.pack_of(known, on),
        "standing": library.standing(known, on),
        "directions": library.by_direction(rules, on),
        "duties": library.duties_of(known, on),
        "licences": library.licences(known, law, on),
        "authorities": [
            (authority, level(authority.evidence))
            for authority in tables.authorities().values()
            if authority.economy in library.laws_of(known, on)
        ],
        "open": [law.switches[name] for name in sorted(switches)],
        "left_out": library.left_out(known, on),
        "recalled": sum(rule.evidence == "memory" for rule in rules),
    }
    return render(request, "law/economy.html", context)


@require_safe
def instrument(request: HttpRequest, slug: str) -> HttpResponse:
    """One instrument: its rules by direction, and whom they bind."""
    on = clock.today()
    title, kind, rules = library.instrument(slug, Law.load())
    context = {"title": title, "kind": kind, "directions": library.by_direction(rules, on), "count": len(rules)}
    return render(request, "law/instrument.html", context)
