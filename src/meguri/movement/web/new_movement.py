"""Planning a movement: under a case, or on a verdict that asks for no consent. The leg follows the ports chosen."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from meguri import law, reference
from meguri.consent import stored_lots
from meguri.consent.case import permission, question
from meguri.consent.case import record as consent
from meguri.consent.states import WholeCase
from meguri.journal.projections import relations
from meguri.kit import clock, ids
from meguri.kit.people.identity import Reader, need_party
from meguri.kit.problems import N_, MeguriError, NotFound, Problem, refuse
from meguri.kit.web import forms
from meguri.movement import document as documents
from meguri.movement import services
from meguri.movement.guards import legal_basis
from meguri.movement.states import LotMass
from meguri.movement.web import sea_leg, wording
from meguri.registry import services as registry
from meguri.sea import legs

MOST_VIA = 2
CHOOSE = N_("Choose one from the list.")
NUMBERED = ("annex_vii", "declaration")
"""What lets a movement go by a document that has a number."""


@dataclass(frozen=True)
class PlanGround:
    """On what the movement is planned: the case, or else the verdict."""

    case: WholeCase | None = None
    verdict: law.Verdict | None = None

    @property
    def origin(self) -> str:
        """The economy that it leaves."""
        return self.case.origin if self.case else self._question.origin

    @property
    def destination(self) -> str:
        """The economy that it goes to."""
        return self.case.destination if self.case else self._question.destination

    @property
    def stream(self) -> str:
        """What it is."""
        return self.case.stream if self.case else self._question.stream

    @property
    def _question(self) -> law.Question:
        assert self.verdict is not None
        return self.verdict.question

    def problems(self, leg: legs.SeaLeg | None) -> tuple[Problem, ...]:
        """What of the leg nobody was asked for."""
        if self.case is not None:
            return tuple(sea_leg.of_case(leg, self.case))
        assert self.verdict is not None
        return tuple(sea_leg.of_question(leg, law.decision(self.verdict).question))


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """The form of a movement, under the case or on the question of the address; with POST the movement."""
    reader = need_party(request)
    asked = request.GET
    if name := asked.get("case", ""):
        ground = PlanGround(case=consent.case(name, reader))
    elif any(asked.get(field) for field in ("from", "to", "stream")):
        verdict = law.verdict(question.of_address(dict(asked.lists())))
        if verdict.verdict == "allowed_pic" or verdict.verdict not in legal_basis.OF_VERDICT:
            context = {
                "verdict": law.VERDICT_WORDS[verdict.verdict],
                "notify": f"/cases/new?{asked.urlencode()}" if verdict.verdict == "allowed_pic" else "",
            }
            return render(request, "movement/start.html", context, status=422)
        ground = PlanGround(verdict=verdict)
    else:
        return render(request, "movement/start.html", {})
    if request.method != "POST":
        # The address of a question names economies on the way where the form names ports.
        return _form(request, reader, ground, asked if ground.case else QueryDict())
    if request.POST.get("look"):
        return _form(request, reader, ground, request.POST)
    return _plan(request, reader, ground)


def _plan(request: HttpRequest, reader: Reader, ground: PlanGround) -> HttpResponse:
    given = request.POST
    movement = forms.name(given, "as_movement")
    if relations.readable(reader.organisation, [f"movement:{movement}"]):
        return HttpResponseRedirect(f"/movements/{movement}")
    try:
        services.plan(
            reader.organisation or "",
            _lots(given, reader, ground),
            **_chosen(given, ground),
            **_permitted(given, ground),
            ports_via=_via(given),
            planned_on=forms.day(given, "planned_on"),
            conveyance=forms.text(given, "conveyance", 200),
            packages=forms.whole(given, "packages") if given.get("packages", "").strip() else 0,
            movement=movement,
            person=reader.person,
        )
    except NotFound:
        raise
    except MeguriError as error:
        return _form(request, reader, ground, given, _at_fields(error))
    messages.success(request, gettext("The movement is planned and has its document."))
    return HttpResponseRedirect(f"/movements/{movement}")


def _lots(given: Any, reader: Reader, ground: PlanGround) -> list[LotMass]:
    """The lots that were ticked, whole. Refused where one is not in the reader's store."""
    known = {lot.lot: lot for lot in stored_lots.held(reader.organisation or "", ground.stream, ground.origin)}
    chosen = given.getlist("lot")
    strange = [lot for lot in chosen if lot not in known]
    if strange:
        raise refuse(N_("Lot {lot} is not in your store. Choose from the list."), "/lots", "lot", lot=strange[0][:40])
    return [LotMass(lot, known[lot].grams) for lot in chosen]


def _chosen(given: Any, ground: PlanGround) -> dict[str, Any]:
    """What has to be chosen from lists. Refused at the first that was not."""
    for name in ("carrier", "port_from", "port_to"):
        if not given.get(name, "").strip():
            raise refuse(CHOOSE, f"/{name}", "required")
    if given.get("packaging", "") not in ("", *documents.packagings()):
        raise refuse(CHOOSE, "/packaging", "required")
    return {name: given.get(name, "") for name in ("carrier", "port_from", "port_to", "packaging")}


def _permitted(given: Any, ground: PlanGround) -> dict[str, Any]:
    """What lets it move, and without a case where it goes."""
    if ground.case is not None:
        return {"case": ground.case.id}
    assert ground.verdict is not None
    importers, facilities = _choices(ground)
    facility, importer = given.get("facility", ""), given.get("importer", "")
    if facility not in facilities:
        raise refuse(CHOOSE, "/facility", "required")
    if importer and importer not in importers:
        raise refuse(CHOOSE, "/importer", "required")
    if given.get("kind", "") not in ("", *legal_basis.OF_VERDICT[ground.verdict.verdict]):
        raise refuse(CHOOSE, "/kind", "required")
    return {
        "verdict": ground.verdict,
        "kind": given.get("kind", ""),
        "number": forms.text(given, "number", 120),
        "facility": facility,
        "importer": importer,
    }


def _choices(ground: PlanGround) -> tuple[dict[str, Any], dict[str, Any]]:
    assert ground.verdict is not None
    asked = ground.verdict.question
    return registry.importers_in(asked.destination), registry.facilities_for(asked.destination, asked.operation)


def _via(given: Any) -> tuple[str, ...]:
    return tuple(port for port in given.getlist("via") if port)


def _leg(given: Any) -> tuple[legs.SeaLeg | None, MeguriError | None]:
    here, there = given.get("port_from", ""), given.get("port_to", "")
    if not (here and there):
        return None, None
    try:
        return legs.leg(here, there, _via(given)), None
    except MeguriError as error:
        return None, _at_fields(error)


FIELDS = {
    "/origin_port": "/port_from",
    "/destination_port": "/port_to",
    "/operator": "/facility",
    "/body/facility": "/facility",
    "/permission/number": "/number",
    "/permission": "/kind",
}


def _at_fields(error: MeguriError) -> MeguriError:
    """The same error, each problem at the field of the form that it is about."""

    def field(pointer: str) -> str:
        if pointer.startswith("/lots/"):
            return "/lots"
        if pointer.startswith("/via/"):
            return pointer.replace("/via/", "/ports_via/", 1)
        return FIELDS.get(pointer, pointer)

    error.problems = tuple(dataclasses.replace(found, pointer=field(found.pointer)) for found in error.problems)
    return error


def _form(
    request: HttpRequest, reader: Reader, ground: PlanGround, given: Any, error: MeguriError | None = None
) -> HttpResponse:
    leg, wrong = _leg(given)
    shown = error or wrong
    ports = reference.ports()
    context = {
        "ground": ground,
        "case": ground.case,
        "given": given,
        "as_movement": given.get("as_movement") or ids.new(),
        "problems": shown,
        "lots": stored_lots.held(reader.organisation or "", ground.stream, ground.origin),
        "taken": given.getlist("lot"),
        "carriers": {who: org.name for who, org in registry.organisations("carrier").items()},
        "from_ports": [port for port in ports.values() if port.iso3 == ground.origin],
        "to_ports": [port for port in ports.values() if port.iso3 == ground.destination],
        "via_ports": sorted(ports.values(), key=lambda port: (port.iso3, port.name.en)),
        "via": [*_via(given), *([""] * MOST_VIA)][:MOST_VIA],
        "packagings": documents.packagings(),
        "today": clock.today().isoformat(),
        "stream": wording.stream(ground.stream),
        **(_of_case(ground.case) if ground.case else _of_verdict(ground)),
        **sea_leg.context(leg, ground.problems(leg)),
    }
    return render(request, "movement/new.html", context, status=shown.status if shown else 200)


def _of_case(case: WholeCase) -> dict[str, Any]:
    return {
        "left_g": case.total_g - case.account.promised_g,
        "blocked": tuple(permission.of(case, clock.now())),
    }


def _of_verdict(ground: PlanGround) -> dict[str, Any]:
    assert ground.verdict is not None
    importers, facilities = _choices(ground)
    kinds = legal_basis.OF_VERDICT[ground.verdict.verdict]
    return {
        "verdict_words": law.VERDICT_WORDS[ground.verdict.verdict],
        "status_words": law.STATUS_WORDS[ground.verdict.status],
        "kinds": {kind: documents.ALLOWED[kind] for kind in kinds},
        "numbered": any(kind in NUMBERED for kind in kinds),
        "importers": importers,
        "facilities": facilities,
        "origin": wording.economy(ground.origin),
        "destination": wording.economy(ground.destination),
    }
