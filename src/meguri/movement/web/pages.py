"""Pages of movements: what waits with all movements by page, and one movement with its document and its buttons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from meguri.consent import stored_lots as in_store
from meguri.consent.case import record as consent
from meguri.consent.states import DossierState, WholeCase
from meguri.journal.projections import relations
from meguri.journal.subject import at, bare
from meguri.kit import clock
from meguri.kit.grams import plain_kg
from meguri.kit.people.identity import need_party
from meguri.kit.problems import Problem
from meguri.kit.web import csvs, paging
from meguri.movement import document as documents
from meguri.movement import models, record, services, tasks, travelling_lots
from meguri.movement.states import ArrivalState, MovementState
from meguri.movement.web import buttons, home_page, sea_leg, wording
from meguri.registry import services as registry
from meguri.sea import legs

SHOWN = 50
AT_ONCE = 500
HEAD = (
    "movement",
    "case",
    "number",
    "serial",
    "allowed_by",
    "exporter",
    "importer",
    "carrier",
    "stream",
    "origin",
    "destination",
    "planned_on",
    "departed_at",
    "received_at",
    "shipped_kg",
    "accepted_kg",
    "status",
)


@require_safe
def listing(request: HttpRequest) -> HttpResponseBase:
    """What waits among movements, then those that the reader sees, newest first, or those of one case; or as CSV."""
    reader = need_party(request)
    assert reader.organisation is not None
    case = request.GET.get("case", "")
    if request.GET.get("format") == "csv":
        return csvs.streamed("movements", HEAD, _csv(reader.organisation, case))
    page = paging.of(request)
    found = _of_case(reader.organisation, case, page.number) if case else _newest(reader.organisation, page.before)
    if len(found) > SHOWN:
        id, number = found[SHOWN - 1][:2]
        page.go_on(number, "" if case else id)
    rows = [(id, state) for id, _, state in found[:SHOWN]]
    queue = paging.of(request, "waiting")
    after = queue.before if isinstance(queue.before, tuple) else None
    lines = [] if case else tasks.page(reader.organisation, SHOWN + 1, after)
    if len(lines) > SHOWN:
        queue.go_on(*lines[SHOWN - 1])
    names = registry.names({state.carrier for _, state in rows})
    numbers = _numbers(rows)
    context = {
        "queue": [
            {
                "title": home_page.title(item),
                "url": home_page.url(item),
                "closed": item.closed,
                "then": home_page.consequence(item),
            }
            for item in tasks.tasks(reader.organisation, lines[:SHOWN])
        ],
        "queue_page": queue,
        "queue_count": "" if case else paging.count(*tasks.counted(reader.organisation, paging.COUNTED)),
        "count": "" if case else paging.count(*relations.counted(reader.organisation, "movement", paging.COUNTED)),
        "case": case,
        "case_open": bool(case and consent.sees(reader, at(f"case:{bare(case)}", consent.keeper(case)))),
        "rows": [_row(bare(id), state, names[state.carrier], numbers[id]) for id, state in rows],
        "page": page,
        "csv": f"?{'case=' + case + '&' if case else ''}format=csv",
    }
    return render(request, "movement/movements.html", context)


Found = list[tuple[str, int, MovementState]]


def _newest(organisation: str, before: relations.Place | None, most: int = SHOWN + 1) -> Found:
    """The newest movements that an organisation sees."""
    found = relations.newest(organisation, "movement", most, before)
    known = record.movements(id for id, _ in found)
    return [(id, number, known[bare(id)][1]) for id, number in found if bare(id) in known]


def _of_case(organisation: str, case: str, before: int | None, most: int = SHOWN + 1) -> Found:
    """The newest movements of a case that an organisation sees, by serial number."""
    rows = models.Movement.objects.visible_to(organisation).filter(case=case).order_by("-serial")
    if before is not None:
        rows = rows.filter(serial__lt=before)
    return [(row.id, row.serial, cast(MovementState, row.value)) for row in rows[:most]]


def _numbers(rows: Sequence[tuple[str, MovementState]]) -> dict[str, str]:
    """What people call these movements: by case and serial number, or by the document that lets them go."""
    known = consent.dossiers({state.case for _, state in rows if state.case})
    return {
        id: f"{known[state.case].number} / {state.serial}"
        if state.case in known
        else state.permission.number or bare(id)
        for id, state in rows
    }


def _row(id: str, state: MovementState, carrier: Any, number: str) -> dict[str, Any]:
    tone, words = wording.status(state.status)
    return {
        "id": id,
        "number": number,
        "state": state,
        "tone": tone,
        "words": words,
        "carrier": carrier,
        "stream": wording.stream(state.stream),
        "route": wording.route(state),
        "allowed": wording.allowed(state.permission),
    }


def _csv(organisation: str, case: str) -> Iterator[Sequence[Any]]:
    """A row for each movement that an organisation sees, newest first."""
    before: relations.Place | None = None
    while True:
        if case:
            found = _of_case(organisation, case, before if isinstance(before, int) else None, AT_ONCE)
        else:
            found = _newest(organisation, before, AT_ONCE)
        numbers = _numbers([(id, state) for id, _, state in found])
        for id, _, state in found:
            yield (
                bare(id),
                state.case,
                numbers[id],
                state.serial,
                state.permission.kind,
                state.exporter,
                state.importer,
                state.carrier,
                state.stream,
                state.origin,
                state.destination,
                state.planned_on.isoformat(),
                clock.stamp(state.departed_at) if state.departed_at else None,
                clock.stamp(state.received_at) if state.received_at else None,
                plain_kg(state.grams),
                plain_kg(state.accepted_g) if state.received_at else None,
                state.status,
            )
        if len(found) < AT_ONCE:
            return
        id, number, _ = found[-1]
        before = number if case else (number, id)


@require_safe
def detail(request: HttpRequest, movement: str) -> HttpResponse:
    """A movement with its document, and what can be done with it now."""
    return page(request, movement)


def page(
    request: HttpRequest,
    movement: str,
    *,
    problems: tuple[Problem, ...] = (),
    form: str = "",
    given: Any = None,
    status: int = 200,
) -> HttpResponse:
    """The page of a movement; after a refusal with its problems and what was written in that form."""
    reader = need_party(request)
    me = reader.organisation or ""
    keeper, state = record.kept(movement, reader)
    movement = bare(movement)
    arrival = record.arrival_of(movement, state, keeper)
    case = consent.case(state.case) if state.case else None
    document = services.document(movement, reader)
    now = clock.now()
    tone, words = wording.status(state.status)
    forms = buttons.forms(state, arrival, case, me, now, form, keeper)
    written = given or {}
    leg = _leg(state)
    context = {
        "movement": movement,
        "state": state,
        "case": case,
        "document": document,
        "blocks": documents.without_customs(document),
        "tone": tone,
        "words": words,
        "stream": wording.stream(state.stream),
        "route": wording.route(state),
        "allowed": wording.allowed(state.permission),
        "problems": problems,
        "form": form,
        "given": written,
        "forms": forms,
        "held": buttons.held(state, case, now),
        "clearances": buttons.clearances(state, now, keeper),
        "whole": _whole(me, state, case),
        "today": clock.today().isoformat(),
        **_choices({one.name for one in forms}, movement, state, arrival, case, me, form, written),
        **sea_leg.context(leg, sea_leg.of_case(leg, case) if case else ()),
    }
    return render(request, "movement/movement.html", context, status=status)


def _leg(state: MovementState) -> legs.SeaLeg | None:
    return legs.leg(state.port_from, state.port_to, state.ports_via) if state.port_from and state.port_to else None


def _whole(organisation: str, state: MovementState, case: WholeCase | None) -> bool:
    """Whether the reader sees more than this movement: its case, its lots. A carrier does not."""
    if organisation in state.parties:
        return True
    return case is not None and bool(relations.readable(organisation, [at(f"case:{case.id}", case.home)]))


def _choices(
    names: set[str],
    id: str,
    state: MovementState,
    arrival: ArrivalState | None,
    case: DossierState | None,
    organisation: str,
    form: str,
    written: Any,
) -> dict[str, Any]:
    """What the forms on the page offer to choose from, and what was written in the one that was refused."""
    found: dict[str, Any] = {}
    if names & {"change", "hand_over", "return"}:
        found["carriers"] = {who: org.name for who, org in registry.organisations("carrier").items()}
    if "change" in names:
        found["packagings"] = documents.packagings()
        found["lots"] = lots_for_change(state, organisation)
        found["kept"] = written.getlist("lot") if form == "change" else [part.lot for part in state.lots]
        found["plan"] = written if form == "change" else _plan(state)
    if "take_back" in names:
        found["facilities"] = registry.facilities(organisation)
    if "certify" in names and arrival is not None:
        found["recoveries"] = travelling_lots.recoveries(organisation, id, arrival.taken_lots)
    for name in ("receive", "take_back"):
        if name in names:
            found[f"{name}_bags"] = _bags(state, written if form == name else {})
    return found


def lots_for_change(state: MovementState, organisation: str) -> list[dict[str, Any]]:
    """The lots of a planned movement, and those in store that could go with it."""
    own = [{"lot": part.lot, "label": "", "grams": part.grams} for part in state.lots]
    known = {part.lot for part in state.lots}
    stored = in_store.held(organisation, state.stream, state.origin)
    return own + [{"lot": lot.lot, "label": lot.label, "grams": lot.grams} for lot in stored if lot.lot not in known]


def _plan(state: MovementState) -> dict[str, str]:
    """The plan as it stands, for its form."""
    return {
        "planned_on": state.planned_on.isoformat(),
        "carrier": state.carrier,
        "conveyance": state.conveyance,
        "packages": str(state.packages),
        "packaging": state.packaging,
    }


def _bags(state: MovementState, written: Mapping[str, str]) -> list[dict[str, Any]]:
    """The rows of a weighing: what was sent, and what was written before a refusal."""
    return [
        {
            "n": n,
            "lot": lot,
            "kg": written.get(f"kg-{n}", ""),
            "outcome": written.get(f"outcome-{n}", "accept"),
            "reason": written.get(f"reason-{n}", ""),
            "most": 2 * lot.grams,
        }
        for n, lot in enumerate(state.lots)
    ]
