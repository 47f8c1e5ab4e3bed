"""Pages of certificates, claims and accounts of recycled content, their files, and the page that checks such a file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from meguri.custody.claims.vocabulary import definitions, groups, models, sources
from meguri.custody.models import ClaimAccount, ContentClaim, IssuedCertificate
from meguri.custody.services import claims
from meguri.exchange.proofs import checking, issuing, known, paper, wording
from meguri.exchange.proofs.said import AGE, AGE_UNKNOWN, CHECKS, OUTCOME, VALID
from meguri.journal import services as journal
from meguri.journal import wording as journal_wording
from meguri.journal.projections import relations
from meguri.kit import clock
from meguri.kit.people.identity import need_party
from meguri.kit.problems import N_, MeguriError, Problem, Refused, refuse
from meguri.kit.web import forms, paging
from meguri.kit.web.requests.limits import limit
from meguri.kit.words import Words
from meguri.movement import services as movements
from meguri.movement.guards.reasons import revocation_reasons
from meguri.registry import services as registry

SHOWN = 50
TYPES = {"pdf": "application/pdf", "jwt": "application/vc+jwt"}


def _seen(organisation: str | None, kind: str, table: Any, page: paging.Page) -> list[Any]:
    """A page of all of a kind that an organisation sees, the newest on record first."""
    found = relations.newest(organisation, kind, SHOWN + 1, page.before)
    if len(found) > SHOWN:
        id, number = found[SHOWN - 1]
        page.go_on(number, id)
    rows = table.objects.in_bulk([id for id, _ in found[:SHOWN]])
    return [rows[id] for id, _ in found[:SHOWN] if id in rows]


def _names(organisations: set[str]) -> dict[str, Words]:
    known = {name: registry.organisation(name) for name in organisations}
    return {name: state.name for name, state in known.items()}


@require_safe
def certificates(request: HttpRequest) -> HttpResponse:
    """The certificates that the reader sees, newest first."""
    page = paging.of(request)
    rows = _seen(need_party(request).organisation, "certificate", IssuedCertificate, page)
    named = _names({row.operator for row in rows})
    told = [{"id": row.id, "state": row.value, "who": named[row.operator]} for row in rows]
    return render(request, "exchange/certificates.html", {"rows": told, "page": page})


@require_safe
def certificate(request: HttpRequest, id: str) -> HttpResponse:
    """One certificate: what it says, whether it is in force, and its files."""
    return _page(request, "certificate", id)


@require_safe
def claim(request: HttpRequest, id: str) -> HttpResponse:
    """One claim of recycled content: what it says, what it does not say, and its files."""
    return _page(request, "claim", id)


def _found(request: HttpRequest, kind: str, id: str) -> issuing.Issued:
    reader = need_party(request)
    issuing.find(f"{kind}:{id}", reader)
    return issuing.issued(kind, id)


def _page(request: HttpRequest, kind: str, id: str) -> HttpResponse:
    found = _found(request, kind, id)
    content = found.content
    state: Any = (IssuedCertificate if kind == "certificate" else ContentClaim).objects.get(id=id).value
    reasons, me = revocation_reasons(), need_party(request).organisation
    context = {
        "id": id,
        "kind": kind,
        "content": content,
        "state": state,
        "revoked": found.revoked,
        "title": wording.TITLES[content.kind],
        "lead": wording.lead(content),
        "fields": wording.fields(content, found.authority, found.names),
        "columns": wording.COLUMNS,
        "rows": wording.metal_rows(content),
        "reasons": [reasons[one].words for one in getattr(state, "reasons", ()) if one in reasons],
        "key": issuing.key_name(),
        "may_revoke": kind == "certificate" and not found.revoked and me == content.issuer,
        "model": models().get(str(content.facts.get("model", ""))),
        "definition": definitions().get(str(content.facts.get("definition", ""))),
    }
    return render(request, "exchange/proof.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def revoke(request: HttpRequest, id: str) -> HttpResponse:
    """The form with which a facility revokes a certificate of its own, and what came of it."""
    found = _found(request, "certificate", id)
    reader = need_party(request)
    problems: tuple[Problem, ...] = ()
    chosen = request.POST.getlist("reason")[:20]
    text = forms.text(request.POST, "text", 2000)
    if request.method == "POST":
        try:
            movement = str(found.content.facts["movement"])
            movements.revoke(reader.organisation or "", movement, id, chosen, text, person=reader.person)
            messages.success(request, gettext("The certificate is revoked."))
            return HttpResponseRedirect(reverse("exchange:certificate", args=[id]))
        except MeguriError as error:
            problems = tuple(
                replace(one, pointer={"/reasons": "/reason"}.get(one.pointer, one.pointer)) for one in error.problems
            )
    context = {
        "id": id,
        "content": found.content,
        "reasons": revocation_reasons().values(),
        "chosen": chosen,
        "text": text,
        "problems": problems,
    }
    return render(request, "exchange/revoke.html", context, status=422 if problems else 200)


@require_safe
@limit("proof-file", "120/h")
def certificate_file(request: HttpRequest, id: str, ending: str) -> HttpResponse:
    """A certificate as PDF or credential."""
    return _file(request, "certificate", id, ending)


@require_safe
@limit("proof-file", "120/h")
def claim_file(request: HttpRequest, id: str, ending: str) -> HttpResponse:
    """A claim as PDF or credential."""
    return _file(request, "claim", id, ending)


def _file(request: HttpRequest, kind: str, id: str, ending: str) -> HttpResponse:
    found = _found(request, kind, id)
    if ending not in TYPES:
        raise issuing.unknown(f"{id}.{ending}")
    data = paper.pdf(found) if ending == "pdf" else issuing.jwt(found).encode()
    response = HttpResponse(data, content_type=TYPES[ending])
    name = f"{paper.file_name(found.content)}.{ending}"
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["Cache-Control"] = "private, no-store"
    return response


@require_safe
def content_claims(request: HttpRequest) -> HttpResponse:
    """The accounts and the claims of recycled content that the reader sees."""
    organisation = need_party(request).organisation
    show = request.GET.get("show", "")
    chosen = [show] if show in ("accounts", "claims") else ["accounts", "claims"]
    pages = {name: paging.of(request, show=name) for name in chosen}
    tables = {"accounts": ("content", ClaimAccount), "claims": ("claim", ContentClaim)}
    found = {name: _seen(organisation, *tables[name], page) for name, page in pages.items()}
    known = {row.value.owner for rows in found.values() for row in rows}
    named = _names({*known, *(row.holder for row in found.get("claims", ()))})
    told = {
        name: [
            {
                "id": row.id,
                "state": row.value,
                "who": named[getattr(row, "holder", row.value.owner)],
                "model": models()[row.value.key.model],
            }
            for row in rows
        ]
        for name, rows in found.items()
    }
    return render(request, "exchange/claims.html", {"told": told, "pages": pages, "show": show})


@require_safe
def claim_account(request: HttpRequest, id: str) -> HttpResponse:
    """One account of recycled content: what it is of, what it holds, and every movement of it."""
    reader = need_party(request)
    state = claims.account(id, reader)
    page = paging.of(request)
    acts = journal.history_of([f"content:{id}"], most=SHOWN + 1, before=page.number)
    if len(acts) > SHOWN:
        page.go_on(acts[SHOWN - 1].number)
    lines = [
        {"id": entry.id, "at": entry.at, "words": journal_wording.of(entry.act.kind), "grams": _grams(entry.act)}
        for entry in acts[:SHOWN]
    ]
    context = {
        "id": id,
        "state": state,
        "site": registry.facility(state.facility).name,
        "model": models()[state.key.model],
        "definition": definitions()[state.key.definition],
        "group": groups()[state.key.group],
        "sources": [(sources()[name].words, grams) for name, grams in state.eligible_g.items()],
        "lines": lines,
        "page": page,
    }
    return render(request, "exchange/claim_account.html", context)


def _grams(act: Any) -> int | None:
    """What an act put into the account, or (negative) claimed of it."""
    body = act.body
    if act.kind == "custody.book":
        return sum(one["contained_g"] for one in body["lots"])
    if act.kind == "custody.claim":
        return -(sum(one["grams"] for one in body["lots"]) or int(body.get("grams", 0)))
    return None


def _statements() -> dict[str, checking.IssuerStatement]:
    own = issuing.statement()
    return {**known.saved(settings.DATA), own.node: own}


@require_http_methods(["GET", "HEAD", "POST"])
@limit("verify", "60/h")
def verify(request: HttpRequest) -> HttpResponse:
    """Whether a certificate or a claim is good: a file that is sent, or a number that this node issued. Open to all."""
    context: dict[str, Any] = {"problems": (), "checked": None, "numbered": None, "number": ""}
    if request.method == "POST":
        try:
            context |= _checked(request)
        except MeguriError as error:
            context["problems"] = error.problems
    response = render(request, "exchange/verify.html", context, status=422 if context["problems"] else 200)
    response["Cache-Control"] = "no-store"
    return response


def _checked(request: HttpRequest) -> dict[str, Any]:
    number = forms.text(request.POST, "number", 200)
    file = request.FILES.get("file")
    if file is None and not number:
        raise refuse(N_("Choose a file, or write a number."), "/file", "required")
    if file is None:
        found = issuing.numbered(number)
        if found is None:
            text = N_("This node has issued nothing with the number {number}.")
            raise refuse(text, "/number", "number", number=number)
        return {"numbered": found, "number": number}
    unreadable = Refused(Problem(N_("This file is no certificate or claim."), "/file", "unreadable"))
    if (file.size or 0) > checking.MOST_BYTES:
        raise unreadable
    try:
        checked = checking.check(file.read(), _statements(), clock.now(), issuing.own_scope)
    except ValueError:
        raise unreadable from None
    age = checked.status_age_days
    return {
        "checked": checked,
        "valid": VALID[checked.valid],
        "checks": [(CHECKS[name], OUTCOME[value]) for name, value in msgspec.structs.asdict(checked.checks).items()],
        "age": AGE_UNKNOWN if age is None else AGE.format(days=age),
        "fields": wording.fields(checked.proof.content, checked.proof.authority, {}) if checked.proof else (),
        "rows": wording.metal_rows(checked.proof.content) if checked.proof else (),
        "columns": wording.COLUMNS,
        "lead": wording.lead(checked.proof.content) if checked.proof else None,
    }


def _open(make: Callable[[], bytes], kind: str) -> HttpResponse:
    response = HttpResponse(make(), content_type=kind)
    response["Cache-Control"] = "no-cache"
    response["Access-Control-Allow-Origin"] = "*"
    return response


@require_safe
@limit("proof-issuer", "600/h")
def issuer(request: HttpRequest) -> HttpResponse:
    """What this node says of itself as an issuer: its keys and its lists of what is revoked. For everybody."""
    return _open(lambda: msgspec.json.encode(issuing.statement()), "application/json")


@require_safe
@limit("proof-status", "600/h")
def status_list(request: HttpRequest, number: str) -> HttpResponse:
    """A list of what is revoked, as a signed credential. For everybody."""
    if number not in map(str, range(issuing.lists())):
        raise issuing.unknown(number)
    return _open(lambda: issuing.status_list(int(number)).encode(), "application/vc+jwt")
