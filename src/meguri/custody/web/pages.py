"""Pages of lots: mine, one lot's life, its trace, the balance, and what a shared link shows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from meguri.custody import contents, record, services
from meguri.custody.balance import totals
from meguri.custody.balance.ledger import MISSING, REFUSED, TRANSIT, AccountLine, Balance
from meguri.custody.balance.published import FEWEST, WHOLE
from meguri.custody.balance.wording import SAID, SEEN, sentence
from meguri.custody.services import samples
from meguri.custody.states import EventState
from meguri.custody.trace import walk
from meguri.custody.trace.shares import TracedShare, total_g
from meguri.custody.vocabulary import LOSS_BY, element_of, findings, steps, stream_words
from meguri.custody.web import life as drawing
from meguri.custody.web import lists, trace_map
from meguri.custody.web.veil import Veil
from meguri.journal import services as journal
from meguri.kit.grams import to_kg
from meguri.kit.people.identity import need_party
from meguri.kit.problems import N_, refuse
from meguri.kit.web import paging
from meguri.kit.web.requests.limits import limit
from meguri.kit.web.signing_in import share
from meguri.kit.words import Words, listed, plain
from meguri.materials import BASES
from meguri.registry import services as registry

LOGGED = 100
HOW: Mapping[str, Words] = {
    "weighed": Words("weighed", context="a mass"),
    "counted": Words("counted", context="a mass"),
    "calculated": Words("calculated", context="a mass"),
    "estimated": Words("estimated", context="a mass"),
    "declared": Words("declared", context="a mass"),
}
"""How a mass came to be known."""
SITES = 100
"""So many sites stand on one page of the balance, those that do not close first."""
WHERE = {
    TRANSIT: Words("On the way"),
    REFUSED: Words("Refused, awaiting return"),
    MISSING: Words("Missing: sent, and did not arrive"),
}
STATUS = {
    "held": ("good", Words("in store")),
    "in_transit": ("wait", Words("on the way")),
    "refused": ("stop", Words("refused")),
    "missing": ("stop", Words("missing", context="a lot")),
    "wrong": ("stop", Words("declared wrong", context="a lot")),
    "consumed": ("note", Words("used up")),
    "delivered": ("note", Words("delivered", context="a lot")),
}


def row_of(id: str, state: Any, veil: Veil) -> dict[str, Any]:
    """What a list says of a lot."""
    tone, word = STATUS[state.status]
    facility = veil.facility(state.facility) if state.facility else None
    return {
        "id": id,
        "state": state,
        "stream": stream_words(state.stream),
        "tone": tone,
        "word": word,
        "holder": veil.who(state.holder, id),
        "facility": facility.name if facility else None,
    }


PARTS = {"coming": lists.coming, "held": lists.held, "leaving": lists.leaving}
"""What has to be done with, as part of the page, or alone and page by page (``?show=held``)."""


@require_GET
def mine(request: HttpRequest) -> HttpResponseBase:
    """My lots: on the way to me first, then in store, on their way out or refused; then all that I see. All as CSV."""
    reader = need_party(request)
    if request.GET.get("format") == "csv":
        return lists.whole(reader)
    show = request.GET.get("show", "")
    chosen = [show] if show in (*PARTS, "all") else [*PARTS, "all"]
    pages = {name: paging.of(request, show=name) for name in chosen}
    found = {
        name: lists.seen(reader, page) if name == "all" else lists.part(PARTS[name](reader), page)
        for name, page in pages.items()
    }
    rows = {row.id: row.value for part in found.values() for row in part}
    veil = Veil(reader, rows)
    veil.expect(rows.values())
    told = {name: [row_of(row.id, rows[row.id], veil) for row in part] for name, part in found.items()}
    return render(request, "custody/lots.html", {"told": told, "pages": pages, "show": show, "roles": reader.roles})


def remark(event: EventState, lot: str) -> str:
    """Why something was lost, refused or corrected, in the words of who said it; else how a loss was reckoned."""
    if event.loss_by and not event.loss_reason:
        return LOSS_BY[event.loss_by].say()
    return event.loss_reason or ("" if event.step == "receiving" and lot not in event.refused else event.reason)


@require_GET
def lot(request: HttpRequest, id: str) -> HttpResponse:
    """One lot: its life as a drawing, its events, its contents, and what may be done with it."""
    reader = need_party(request)
    up = walk.find(id, reader=reader, most=walk.MOST)
    down = walk.find(id, down=True, known=up, most=walk.MOST)
    state = up.lots[id]
    older = paging.of(request)
    known = {**up.events, **down.events}
    if down.cut:
        # Its acts are listed by number; the edges of a lot from which very much was taken are not.
        acts = journal.history_of([f"lot:{id}"], most=LOGGED + 1, before=older.number)
        if len(acts) > LOGGED:
            older.go_on(acts[LOGGED - 1].number)
        told_now = record.events_of_acts([entry.number for entry in acts[:LOGGED]])
        own = set(told_now)
        events = known | told_now
        events |= record.events({state.made_by} - events.keys())
    else:
        own = {state.made_by, *record.moved_in([id])[id], *record.used_in([id])}
        events = known | record.events(own - known.keys())
    veil = Veil(reader, {*up.lots, *down.lots})
    veil.expect([*up.lots.values(), *down.lots.values()], events.values())
    told = sorted((events[name] for name in own if name in events), key=lambda event: event.number)
    log = [
        {
            "event": event,
            "step": steps()[event.step].names,
            "who": veil.who(event.actor, id),
            "remark": remark(event, id),
        }
        for event in told
    ]
    return render(
        request,
        "custody/lot.html",
        {
            "id": id,
            "lot": row_of(id, state, veil),
            "total_g": total_g(state),
            "life": drawing.draw(up, down, events, veil),
            "cut": up.cut or down.cut,
            "most": walk.MOST,
            "older": older,
            "log": log,
            "contents": [
                (symbol, one, BASES[one.basis])
                for symbol, one in sorted(contents.of(state).items(), key=lambda item: -item[1].value)[:12]
            ],
            "samples": [name for name, one in samples.of_lot(id).items() if one.side(reader.organisation or "")],
            "mine": reader.says and state.holder == reader.organisation,
            "known_by": HOW[state.basis.how],
            "open": [findings()[one.why] for one in state.findings],
            "asked": reader.says and state.counterparty == reader.organisation and bool(state.findings),
            "coming": reader.says and state.bound_for == reader.organisation,
            "awaited": veil.who(state.bound_for, id) if state.bound_for else None,
            "element": element_of(state.stream),
            "roles": reader.roles,
        },
    )


@require_GET
def trace(request: HttpRequest, id: str) -> HttpResponse:
    """Where a lot comes from, or (``?down=1``) what became of it: map and table."""
    reader = need_party(request)
    down = request.GET.get("down") == "1"
    found = walk.find(id, down, reader, most=walk.MOST)
    token = request.GET.get("shared", "")
    shared = request.build_absolute_uri(f"/share/{share.open(token, 'trace').token}") if token else ""
    own = share.standing("trace", f"lot:{id}", reader.organisation or "")
    context = {**_trace(found, Veil(reader, found.lots)), "shared": shared, "links": own}
    return render(request, "custody/trace.html", context)


def _share(part: TracedShare, found: walk.FoundTrace, known: Mapping[str, EventState], veil: Veil) -> dict[str, Any]:
    """A row of the table of shares: a source, what is in stock, or a loss."""
    event = known[part.event] if part.event else known[found.lots[part.lot].made_by]
    return {
        "part": part,
        "event": event,
        "stream": stream_words(found.lots[part.lot].stream) if part.lot else None,
        "step": steps()[event.step].names,
        "who": veil.who(event.actor, part.lot),
        "economy": found.lots[part.lot].origin if part.lot else event.economy,
        "seen": not veil.hidden and part.lot in veil.seen,
    }


def _trace(found: walk.FoundTrace, veil: Veil) -> dict[str, Any]:
    """What the page of a trace shows, with names as far as the veil lets them through."""
    id = found.trace.lot
    wanted = {node.made_by for node in found.trace.nodes} | {one.event for one in found.trace.shares if one.event}
    known = found.events | record.events(wanted - found.events.keys())
    stops = trace_map.stops(found)
    veil.expect(found.lots.values(), [*known.values(), *stops.events.values()], stops.ends)
    nodes = [
        {
            "node": node,
            "stream": stream_words(node.stream),
            "event": known[node.made_by],
            "step": steps()[known[node.made_by].step].names,
            "who": veil.who(known[node.made_by].actor, node.lot),
            "seen": not veil.hidden and node.lot in veil.seen,
            "readable": veil.reads(known[node.made_by]),
        }
        for node in found.trace.nodes
    ]
    shares = [_share(part, found, known, veil) for part in found.trace.shares if part.kind != "difference"]
    weighed = [part for part in found.trace.shares if part.kind == "difference"]
    if weighed:
        # One row for all weighings: many small ones, one a bag, would hide the rest.
        total = TracedShare(
            "difference", "", "", sum(part.share for part in weighed), sum(part.grams for part in weighed)
        )
        shares.append({"part": total, "count": len(weighed)})
    shares.sort(key=lambda row: -row["part"].grams)
    return {
        "id": id,
        "trace": found.trace,
        "cut": found.cut,
        "most": walk.MOST,
        "lot": row_of(id, found.lots[id], veil),
        "nodes": nodes,
        "shares": shares,
        "legs": trace_map.table(stops, veil),
        "map": json.dumps(trace_map.world(found, known, stops, veil)),
        "hidden": veil.hidden,
    }


@require_POST
def make_share(request: HttpRequest, id: str) -> HttpResponse:
    """Make a link with which anyone may follow this lot for a while; economies and roles only."""
    reader = need_party(request)
    services.lot(id, reader)
    written = request.POST.get("days", "30")
    if not written.isdecimal() or len(written) > 9:
        raise refuse(N_("Write for how many days the link should open, such as 30."), "/days", "days")
    link = share.make("trace", f"lot:{id}", request, int(written))
    messages.success(request, gettext("The link is made. Whoever has it can follow this lot until it expires."))
    return HttpResponseRedirect(f"/lots/{id}/trace?shared={link.token}")


@require_POST
def withdraw_share(request: HttpRequest, id: str, token: str) -> HttpResponse:
    """Close a link that one's organisation made, from now on."""
    reader = need_party(request)
    share.withdraw(token, "trace", reader.organisation or "")
    messages.success(request, gettext("The link is withdrawn. It opens nothing any more."))
    return HttpResponseRedirect(f"/lots/{id}/trace")


@require_GET
@limit("share", "60/m")
def shared(request: HttpRequest, token: str) -> HttpResponse:
    """What a shared link shows to anyone."""
    link = share.open(token, "trace")
    id = link.subject.removeprefix("lot:")
    found = walk.find(id, request.GET.get("down") == "1", most=walk.MOST)
    context = _trace(found, Veil(None, (), hidden=True))
    return render(request, "custody/trace.html", {**context, "link": link, "token": token})


TRUSTED = {"authority", "auditor", "operator"}
"""Roles that see every account: whose task it is to look into them."""


@require_GET
@limit("balance", "60/m")
def balance(request: HttpRequest) -> HttpResponse:
    """Does it add up? Open to anyone, as far as three organisations are in a figure; sites and the lots that do not add
    up are shown to auditors and authorities, and one's own sites to oneself.
    """
    reader: Any = getattr(request, "reader", None)
    found = totals.standing()
    trusted = bool(TRUSTED & set(getattr(reader, "roles", ())))
    public = None if trusted else totals.public(found)
    veil = Veil(reader, ())
    lines = found.sites if trusted else _own_sites(found, veil)
    first = paging.start(request.GET.get("from", ""))
    shown = lines[first : first + SITES]
    veil.expect(facilities=(line.name for line in shown))
    sites = []
    for line in shown:
        facility = veil.facility(line.name) if line.name not in WHERE else None
        name = WHERE.get(line.name) or (facility.name if facility else plain(line.name))
        sites.append({"line": line, "name": name})
    kinds = findings()
    streams = public.streams if public else found.streams
    elements = public.elements if public else found.elements
    hidden = [line for line in public.streams if line.hidden] if public else []
    return render(
        request,
        "custody/balance.html",
        {
            "balance": found,
            "whole": public.whole if public else {what: getattr(found, f"{what}_g") for what in WHOLE},
            "withheld": public is not None and public.withheld,
            "fewest": FEWEST,
            "sites": sites,
            "before": max(first - SITES, 0) if first else None,
            "after": first + SITES if first + SITES < len(lines) else None,
            "count": len(lines),
            "empty": found.empty,
            "sentence": sentence(found),
            "answers": [
                {
                    "line": line,
                    "name": SAID[line.answer],
                    "failing": [{"one": one, "kind": kinds[one.why]} for one in line.failing],
                }
                for line in (public or found).answers
            ],
            "seen_words": SEEN,
            "seen": (public or found).seen_share,
            "streams": [{"line": line, "name": stream_words(line.name)} for line in streams if line not in hidden],
            "hidden": listed(stream_words(line.name) for line in hidden),
            "elements": [
                {
                    "line": line,
                    "name": stream_words(f"element:{line.element}"),
                    "kg": None if line.contained_g is None else line.contained_g / 1000,
                    "sd_kg": None if line.sd_g is None else line.sd_g / 1000,
                }
                for line in elements
                if (line.contained_g, line.recovered_g, line.stock_g) != (None, None, None)
            ],
            "wrong": [{"wrong": row, "difference": to_kg(row.state_g - row.events_g)} for row in found.wrong]
            if trusted
            else [],
            "more_wrong": found.more_wrong if trusted else len(found.wrong) + found.more_wrong,
        },
    )


def _own_sites(found: Balance, veil: Veil) -> tuple[AccountLine, ...]:
    """The accounts of the reader's own sites."""
    own = set(registry.facilities(veil.own)) if veil.own else set()
    return tuple(line for line in found.sites if line.name in own)
