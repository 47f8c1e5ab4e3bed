"""What is said of a movement from its page: one address for each transition. A form that is refused comes back."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from meguri.kit.grams import read_kg
from meguri.kit.people.identity import Reader, need_party
from meguri.kit.problems import N_, MeguriError, NotFound, Problem, Refused, refuse
from meguri.kit.web import forms
from meguri.movement import document as documents
from meguri.movement import record, services, travelling_lots
from meguri.movement.states import Bag, LotMass, MovementState
from meguri.movement.web import pages
from meguri.registry import services as registry

CHOOSE = N_("Choose one from the list.")
LONGEST = 400


@dataclasses.dataclass(frozen=True)
class SentForm:
    """A form as it came: who sent it, of which movement, with what."""

    reader: Reader
    movement: str
    state: MovementState
    given: QueryDict

    @property
    def who(self) -> str:
        """The organisation that says it."""
        return self.reader.organisation or ""

    @property
    def more(self) -> dict[str, Any]:
        """What every act takes."""
        return {"person": self.reader.person}

    def text(self, name: str, most: int = LONGEST) -> str:
        """A text of the form."""
        return forms.text(self.given, name, most)


def _depart(said: SentForm) -> object:
    return services.depart(said.who, said.movement, **said.more)


def _cancel(said: SentForm) -> object:
    return services.cancel(said.who, said.movement, said.text("reason"), **said.more)


def _step(transition: str) -> Callable[[SentForm], object]:
    def act(said: SentForm) -> object:
        return services.step(said.who, said.movement, transition, text=said.text("text"), **said.more)

    return act


def _hand_over(said: SentForm) -> object:
    to, place = said.given.get("to", ""), said.text("place", 200)
    return services.step(said.who, said.movement, "hand_over", to=to, place=place, **said.more)


def _change(said: SentForm) -> object:
    given = said.given
    known = {lot["lot"]: lot["grams"] for lot in pages.lots_for_change(said.state, said.who)}
    chosen = given.getlist("lot")
    strange = [lot for lot in chosen if lot not in known]
    if strange:
        raise refuse(N_("Lot {lot} is not in your store. Choose from the list."), "/lots", "lot", lot=strange[0][:40])
    if not chosen:
        raise refuse(N_("Choose at least one lot."), "/lots", "required")
    if given.get("packaging", "") not in ("", *documents.packagings()):
        raise refuse(CHOOSE, "/packaging", "required")
    return services.change(
        said.who,
        said.movement,
        lots=[LotMass(lot, known[lot]) for lot in chosen],
        carrier=given.get("carrier", ""),
        planned_on=forms.day(given, "planned_on"),
        conveyance=said.text("conveyance", 200),
        packages=forms.whole(given, "packages") if given.get("packages", "").strip() else 0,
        packaging=given.get("packaging", ""),
        reason=said.text("reason"),
        **said.more,
    )


def _weighed(said: SentForm, *, judged: bool) -> list[Bag]:
    """Each lot as it was weighed; `judged` where it is taken or refused. Refused with every mass that is none."""
    bags: list[Bag] = []
    problems: list[Problem] = []
    back = said.state.lots if judged else [lot for lot in said.state.lots if lot.lot in said.state.going_back]
    for n, lot in enumerate(back):
        outcome = said.given.get(f"outcome-{n}")
        if judged and outcome == "missing":
            bags.append(Bag(lot=lot.lot, received_g=0, accepted=False, missing=True, reason=said.text(f"reason-{n}")))
            continue
        try:
            text, pointer = said.given.get(f"kg-{n}", ""), f"/bags/{n}/received_g"
            grams = read_kg(text, pointer, least_g=lot.grams // 2, most_g=2 * lot.grams)
        except MeguriError as error:
            problems += error.problems
            continue
        accepted = not judged or outcome == "accept"
        reason = "" if accepted else said.text(f"reason-{n}")
        bags.append(Bag(lot=lot.lot, received_g=grams, accepted=accepted, reason=reason))
    if problems:
        raise Refused(*problems)
    return bags


def _receive(said: SentForm) -> object:
    return services.receive(said.who, said.movement, _weighed(said, judged=True), **said.more)


def _return(said: SentForm) -> object:
    carrier = said.given.get("carrier", "")
    return services.send_back(said.who, said.movement, said.text("reason"), carrier=carrier, **said.more)


def _take_back(said: SentForm) -> object:
    facility = said.given.get("facility", "")
    if facility not in registry.facilities(said.who):
        raise refuse(CHOOSE, "/facility", "required")
    return services.take_back(said.who, said.movement, facility, _weighed(said, judged=False), **said.more)


def _certify(said: SentForm) -> object:
    arrival = record.arrival(said.movement)
    lots = arrival.taken_lots if arrival else ()
    found = {item.event: item for item in travelling_lots.recoveries(said.who, said.movement, lots)}
    chosen = found.get(said.given.get("event", ""))
    if chosen is None:
        raise refuse(N_("Choose the smelting that recovered these lots."), "/event", "required")
    return services.certify(
        said.who,
        said.movement,
        event=chosen.event,
        recovered_on=forms.day_or_none(said.given, "recovered_on") or date.fromisoformat(chosen.day),
        **said.more,
    )


ACTS: dict[str, Callable[[SentForm], object]] = {
    "depart": _depart,
    "cancel": _cancel,
    "change": _change,
    "announce": _step("announce"),
    "hand_over": _hand_over,
    "miss": _step("miss"),
    "find": _step("find"),
    "receive": _receive,
    "return": _return,
    "take_back": _take_back,
    "certify": _certify,
}
FIELDS = {
    "change": ("/lots", "/planned_on", "/carrier", "/conveyance", "/packages", "/packaging", "/reason"),
    "cancel": ("/reason",),
    "hand_over": ("/to", "/place"),
    "miss": ("/text",),
    "find": ("/text",),
    "return": ("/reason", "/carrier"),
    "take_back": ("/facility", "/bags"),
    "receive": ("/bags",),
    "certify": ("/event", "/recovered_on"),
}
"""The fields of each form, to which a problem can lead."""


def at_fields(error: MeguriError, form: str) -> tuple[Problem, ...]:
    """The problems of a form, each at the field that it is about; at none where the form has no such field."""
    fields = FIELDS.get(form, ())

    def place(pointer: str) -> str:
        name = pointer.removeprefix("/body")
        if name == "/text" and "/text" not in fields:
            name = "/reason"
        if name.startswith("/lots/"):
            name = "/lots"
        if form == "hand_over" and name == "/carrier":
            name = "/to"
        inside = any(name == field or name.startswith(f"{field}/") for field in fields)
        return f"/{form}{name}" if inside else ""

    return tuple(dataclasses.replace(found, pointer=place(found.pointer)) for found in error.problems)


@require_POST
def say(request: HttpRequest, movement: str, transition: str) -> HttpResponse:
    """Say it, and back to the movement; or its form again with what is wrong."""
    reader = need_party(request)
    state = services.movement(movement, reader)
    act = ACTS.get(transition)
    if act is None:
        raise NotFound(
            Problem(
                N_("There is no transition “{transition}”. One of: {known}."),
                "/transition",
                "transition",
                {"transition": transition[:40], "known": ", ".join(ACTS)},
            )
        )
    try:
        act(SentForm(reader, movement, state, request.POST))
    except NotFound:
        raise
    except MeguriError as error:
        problems = at_fields(error, transition)
        return pages.page(
            request, movement, problems=problems, form=transition, given=request.POST, status=error.status
        )
    messages.success(request, gettext("Recorded."))
    return HttpResponseRedirect(f"/movements/{movement}")
