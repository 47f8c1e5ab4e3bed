"""Pages of movements: opening one, its document, departure, receipt, certificate."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from meguri import reference
from meguri.consent import holdings, models, movement_document, movements, procedure, services
from meguri.consent.states import Bag, CaseState, LotMass, Made, MovementState
from meguri.consent.web import cases, reading, wording
from meguri.kit import clock, ids
from meguri.kit.grams import parse_kg
from meguri.kit.problems import N_, MeguriError, NotFound, Problem, Refused, refuse
from meguri.kit.web.identity import Reader, need_party
from meguri.network import legs
from meguri.registry import services as registry

MOST_VIA = 2


def _movement(case_id: str, movement_id: str, reader: Reader) -> MovementState:
    state = services.movement(movement_id, reader)
    if state.case != case_id:
        raise NotFound(
            Problem(
                N_("There is no movement {movement} under this case."),
                "/movement",
                "no-movement",
                {"movement": movement_id},
            )
        )
    return state


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, case: str) -> HttpResponse:
    """The form of a movement; the leg and its distance follow the ports chosen."""
    reader = need_party(request)
    state = services.whole_case(case, reader)
    if request.method != "POST":
        return _new(request, reader, case, state, request.GET)
    given = request.POST
    if given.get("look"):
        return _new(request, reader, case, state, given)
    movement = reading.name(given, "as_movement")
    if models.Movement.objects.filter(id=movement, case=case).exists():
        return HttpResponseRedirect(f"/cases/{case}/movements/{movement}")
    try:
        lots = {lot.lot: lot for lot in holdings.held(reader.organisation or "", state.stream, state.origin)}
        chosen = given.getlist("lot")
        strange = [lot for lot in chosen if lot not in lots]
        if strange:
            raise refuse(
                N_("Lot {lot} is not in your store. Choose from the list."), "/lots", "lot", lot=strange[0][:40]
            )
        for name in ("carrier", "port_from", "port_to"):
            if not given.get(name, "").strip():
                raise refuse(N_("Choose one from the list."), f"/{name}", "required")
        if given.get("packaging", "") not in ("", *movement_document.packagings()):
            raise refuse(N_("Choose one from the list."), "/packaging", "required")
        services.open_movement(
            reader.organisation or "",
            case,
            [LotMass(lot, lots[lot].grams) for lot in chosen],
            carrier=given.get("carrier", ""),
            port_from=given.get("port_from", ""),
            port_to=given.get("port_to", ""),
            ports_via=_via(given),
            planned_on=reading.day(given, "planned_on"),
            conveyance=reading.text(given, "conveyance", 200),
            packages=reading.whole(given, "packages") if given.get("packages", "").strip() else 0,
            packaging=given.get("packaging", ""),
            movement=movement,
            person=_person(reader),
        )
    except NotFound:
        raise
    except MeguriError as error:
        return _new(request, reader, case, state, given, _at_fields(error))
    messages.success(request, gettext("The movement is open and has its document."))
    return HttpResponseRedirect(f"/cases/{case}/movements/{movement}")


def _person(reader: Reader) -> str:
    return reader.user.get_username() if reader.user else ""


def _via(given: Any) -> tuple[str, ...]:
    return tuple(port for port in given.getlist("via") if port)


def _leg(given: Any) -> tuple[legs.Leg | None, MeguriError | None]:
    here, there = given.get("port_from", ""), given.get("port_to", "")
    if not (here and there):
        return None, None
    try:
        return legs.leg(here, there, _via(given)), None
    except MeguriError as error:
        return None, _at_fields(error)


def _at_fields(error: MeguriError) -> MeguriError:
    """The same error, each problem at the field of the form that it is about."""

    def field(pointer: str) -> str:
        if pointer.startswith("/lots/"):
            return "/lots"
        if pointer.startswith("/via/"):
            return pointer.replace("/via/", "/ports_via/", 1)
        return {"/origin_port": "/port_from", "/destination_port": "/port_to"}.get(pointer, pointer)

    error.problems = tuple(dataclasses.replace(found, pointer=field(found.pointer)) for found in error.problems)
    return error


def _new(
    request: HttpRequest,
    reader: Reader,
    case_id: str,
    state: CaseState,
    given: Any,
    error: MeguriError | None = None,
) -> HttpResponse:
    leg, wrong = _leg(given)
    ports = reference.ports()
    context = {
        "id": case_id,
        "state": state,
        "given": given,
        "as_movement": given.get("as_movement") or ids.new(),
        "problems": error or wrong,
        "lots": holdings.held(reader.organisation or "", state.stream, state.origin),
        "taken": given.getlist("lot"),
        "carriers": {who: org.name for who, org in registry.organisations("carrier").items()},
        "from_ports": [port for port in ports.values() if port.iso3 == state.origin],
        "to_ports": [port for port in ports.values() if port.iso3 == state.destination],
        "via_ports": sorted(ports.values(), key=lambda port: (port.iso3, port.name.en)),
        "via": [*_via(given), *([""] * MOST_VIA)][:MOST_VIA],
        "packagings": movement_document.packagings(),
        "today": clock.today().isoformat(),
        "left_g": state.total_g - state.moved_g,
        "blocked": tuple(movements.consents(state, clock.now())),
        "is_exporter": reader.organisation == state.exporter,
        "stream": cases.stream(state),
        **_leg_context(leg, state),
    }
    shown = error or wrong
    return render(request, "consent/movement_new.html", context, status=shown.status if shown else 200)


def _leg_context(leg: legs.Leg | None, state: CaseState) -> dict[str, Any]:
    if leg is None:
        return {"leg": None}
    language = get_language() or "en"
    known = reference.ports()
    calls = [known[code] for code in leg.ports]
    kinds = ["origin", *(["transit"] * len(leg.via)), "destination"]
    data = {
        "points": [
            {"lon": port.lon, "lat": port.lat, "label": port.name.say(language), "kind": kind}
            for port, kind in zip(calls, kinds, strict=True)
        ],
        "arcs": [{"points": [list(point) for point in leg.points], "label": f"{leg.km:,.0f} km", "weight": 0.4}],
    }
    return {
        "leg": leg,
        "calls": calls,
        "map": json.dumps(data, ensure_ascii=False),
        "leg_problems": tuple(movements.ports(state, [port.iso3 for port in calls])),
    }


@require_safe
def page(request: HttpRequest, case: str, movement: str) -> HttpResponse:
    """A movement with its document, and what can be done with it now."""
    return _page(request, case, movement)


def _page(
    request: HttpRequest,
    case_id: str,
    movement_id: str,
    *,
    problems: tuple[Problem, ...] = (),
    given: Any = None,
    status: int = 200,
) -> HttpResponse:
    reader = need_party(request)
    state = _movement(case_id, movement_id, reader)
    owner = services.case(case_id)
    document = services.document(movement_id, reader)
    leg = legs.leg(state.port_from, state.port_to, state.ports_via)
    tone, words = wording.MOVEMENTS[state.status]
    me = reader.organisation
    may_certify = state.status == "received" and me == owner.operator
    accepted = {bag.lot for bag in state.bags if bag.accepted}
    context = {
        "id": case_id,
        "movement": movement_id,
        "state": state,
        "case": owner,
        "document": document,
        "blocks": movement_document.without_customs(document),
        "tone": tone,
        "words": words,
        "problems": problems,
        "given": given or {},
        "may_depart": state.status == "planned" and me in (owner.exporter, state.carrier),
        "may_receive": state.status == "departed" and me == owner.operator,
        "may_certify": may_certify,
        "recoveries": holdings.recoveries(me or "", accepted) if may_certify else (),
        "blocked": tuple(movements.consents(owner, clock.now())) if state.status == "planned" else (),
        "bags": _bags(state, given),
        "whole": me in procedure.organisations(owner),
        "today": clock.today().isoformat(),
        **_leg_context(leg, owner),
    }
    return render(request, "consent/movement.html", context, status=status)


def _bags(state: MovementState, given: Any) -> list[dict[str, Any]]:
    """The rows of the receipt form: what was sent, and what was written before a refusal."""
    written: Mapping[str, str] = given or {}
    return [
        {
            "n": n,
            "lot": lot,
            "kg": written.get(f"kg-{n}", f"{lot.grams // 1000}.{lot.grams % 1000:03d}"),
            "outcome": written.get(f"outcome-{n}", "accept"),
            "reason": written.get(f"reason-{n}", ""),
        }
        for n, lot in enumerate(state.lots)
    ]


def _said(
    request: HttpRequest, case_id: str, movement_id: str, act: Callable[[Reader, MovementState], object]
) -> HttpResponse:
    reader = need_party(request)
    state = _movement(case_id, movement_id, reader)
    try:
        act(reader, state)
    except NotFound:
        raise
    except MeguriError as error:
        return _page(request, case_id, movement_id, problems=error.problems, given=request.POST, status=error.status)
    messages.success(request, gettext("Recorded."))
    return HttpResponseRedirect(f"/cases/{case_id}/movements/{movement_id}")


@require_POST
def depart(request: HttpRequest, case: str, movement: str) -> HttpResponse:
    """The consignment leaves."""
    return _said(
        request,
        case,
        movement,
        lambda reader, state: services.depart(reader.organisation or "", movement, person=_person(reader)),
    )


@require_POST
def receive(request: HttpRequest, case: str, movement: str) -> HttpResponse:
    """The receipt: each lot weighed, taken or refused."""
    given = request.POST

    def act(reader: Reader, state: MovementState) -> None:
        bags: list[Bag] = []
        problems: list[Problem] = []
        for n, lot in enumerate(state.lots):
            try:
                grams = parse_kg(given.get(f"kg-{n}", ""), f"/bags/{n}/received_g")
            except MeguriError as error:
                problems += error.problems
                continue
            accepted = given.get(f"outcome-{n}") == "accept"
            reason = "" if accepted else reading.text(given, f"reason-{n}", 400)
            bags.append(Bag(lot=lot.lot, received_g=grams, accepted=accepted, reason=reason))
        if problems:
            raise Refused(*problems)
        services.receive(reader.organisation or "", movement, bags, person=_person(reader))

    return _said(request, case, movement, act)


@require_POST
def certify(request: HttpRequest, case: str, movement: str) -> HttpResponse:
    """The certificate of recovery, on a transformation that took in what was accepted."""
    given = request.POST

    def act(reader: Reader, state: MovementState) -> None:
        lots = {bag.lot for bag in state.bags if bag.accepted}
        found = {item.event: item for item in holdings.recoveries(reader.organisation or "", lots)}
        chosen = found.get(given.get("event", ""))
        if chosen is None:
            raise refuse(N_("Choose the smelting that recovered these lots."), "/event", "required")
        made: tuple[Made, ...] = chosen.made
        services.certify(
            reader.organisation or "",
            movement,
            made,
            event=chosen.event,
            recovered_on=reading.day_or_none(given, "recovered_on") or date.fromisoformat(chosen.day),
            person=_person(reader),
        )

    return _said(request, case, movement, act)
