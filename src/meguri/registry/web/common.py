"""Who may work on these pages, and how a form comes back with what is to be put right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from meguri import law
from meguri.journal import services as journal
from meguri.journal import wording
from meguri.kit import catalogues
from meguri.kit.grams import decimal_of
from meguri.kit.people import access
from meguri.kit.people.identity import ANYONE, Reader, SignInNeeded
from meguri.kit.problems import N_, MeguriError, NotFound, Problem, refuse
from meguri.kit.web import forms
from meguri.kit.words import Words
from meguri.registry import course, rights, services
from meguri.registry.states import Address, Capacity, Contact, Identifier, Scope

CONTACTS = ("mail", "telephone", "web")
LINES = 5
"""So many empty lines for numbers a form has beside those that are filled in."""


def reader_of(request: HttpRequest) -> Reader:
    """Who reads the page."""
    found: Reader = getattr(request, "reader", ANYONE)
    return found


def operates(reader: Reader) -> bool:
    """Whether somebody keeps the registry: an administrator of the service, or an organisation with that role."""
    return reader.administrator or "operator" in reader.roles


def voice(reader: Reader) -> str:
    """For whom somebody speaks here: the node, where an administrator does."""
    return rights.NODE if reader.administrator else reader.organisation or ""


def person(reader: Reader) -> str:
    """Who signed in, kept outside the act."""
    return reader.user.get_username() if reader.user else ""


def speakers(actors: Iterable[str]) -> dict[str, Words]:
    """Who said something, by actor, in words."""
    return {**services.names(actors), **wording.SPEAKERS}


def past(subject: str) -> list[dict[str, Any]]:
    """What was said of a subject so far: each act with its words and who said it, for whom, the newest last."""
    entries = list(journal.history(subject))
    named = services.names(wording.speakers(one.act for one in entries))
    return [
        {"entry": one, "words": wording.of(one.act.kind), "who": wording.who_says(one.act, named)} for one in entries
    ]


def _known(request: HttpRequest) -> Reader:
    reader = reader_of(request)
    if not reader.known and getattr(request, "demonstration", None) is None:
        raise SignInNeeded(Problem(N_("Sign in to work on the registry."), "", "sign-in"))
    return reader


def need_operator(request: HttpRequest) -> Reader:
    """The reader, sure to keep the registry. Others are told that there is no such page."""
    reader = _known(request)
    if operates(reader):
        return reader
    access.note(access.REFUSED)
    raise NotFound(Problem(N_("There is no such page for you."), "", "not-found"))


def need_officer(request: HttpRequest) -> Reader:
    """The reader, sure to keep the registry or to speak for an authority."""
    reader = _known(request)
    if operates(reader) or "authority" in reader.roles:
        return reader
    access.note(access.REFUSED)
    raise NotFound(Problem(N_("There is no such page for you."), "", "not-found"))


def need_owner(request: HttpRequest, organisation: str) -> Reader:
    """The reader, sure to keep the registry or to speak for that organisation."""
    reader = _known(request)
    if operates(reader) or (reader.organisation and reader.organisation == organisation):
        return reader
    access.note(access.REFUSED)
    raise NotFound(Problem(N_("There is no such page for you."), "", "not-found"))


def page(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any],
    error: MeguriError | None = None,
    fields: Mapping[str, str] | None = None,
) -> HttpResponse:
    """Render a form; with an error, its problems point at the form's own fields and what was written stays."""
    problems = tuple(_at_field(problem, fields or {}) for problem in error.problems) if error else ()
    given = request.POST if request.method == "POST" else request.GET
    context = {"values": given, **context, "problems": problems}
    values = context["values"]
    context["languages"] = [one | {"value": values.get(f"name_{one['code']}", "")} for one in languages()]
    return render(request, template, context, status=error.status if error else 200)


def _at_field(problem: Problem, fields: Mapping[str, str]) -> Problem:
    for start in sorted(fields, key=len, reverse=True):
        if problem.pointer == start or problem.pointer.startswith(start + "/"):
            return Problem(problem.text, fields[start], problem.code, problem.params)
    if problem.pointer.startswith("/body/"):
        return Problem(problem.text, "/" + problem.pointer.split("/")[2], problem.code, problem.params)
    return problem


def names(given: Mapping[str, str]) -> dict[str, str]:
    """The names that a form gives, by language."""
    found = {code: forms.text(given, f"name_{code}", 300) for code in catalogues.offered()}
    return {code: name for code, name in found.items() if name}


def languages() -> list[dict[str, Any]]:
    """The languages in which a form asks for a name, English first."""
    known = catalogues.languages()
    codes = [catalogues.SOURCE, *(code for code in catalogues.offered() if code != catalogues.SOURCE)]
    return [{"code": code, "name": known[code].name, "needed": code == catalogues.SOURCE} for code in codes]


def numbers(request: HttpRequest) -> tuple[Identifier, ...]:
    """The lines of numbers that are filled in."""
    schemes, values = request.POST.getlist("scheme"), request.POST.getlist("number")
    pairs = zip(schemes[:40], values[:40], strict=False)
    return services.tidy(Identifier(scheme, value.strip()) for scheme, value in pairs if value.strip())


def number_lines(given: tuple[Identifier, ...]) -> list[Identifier]:
    """The lines of a form: those that are there, and empty ones."""
    return [*given, *[Identifier("", "")] * max(2, LINES - len(given))]


def address(given: Mapping[str, str], economy: str) -> Address | None:
    """The address of a form, where one is written."""
    street = forms.text(given, "street", 300)
    if not street:
        return None
    return Address(
        street=street,
        place=forms.text(given, "place", 300),
        postcode=forms.text(given, "postcode", 40),
        economy=economy,
    )


def contacts(given: Mapping[str, str]) -> tuple[Contact, ...]:
    """How an office is reached, as a form says."""
    found = [(kind, forms.text(given, kind, 300)) for kind in CONTACTS]
    return tuple(Contact(kind, value) for kind, value in found if value)  # type: ignore[arg-type]


def tonnes(given: Mapping[str, str], name: str) -> int | None:
    """A mass written in tonnes, in grams; None where nothing was written."""
    written = given.get(name, "").strip()
    if not written:
        return None
    found = decimal_of(written)
    if found is None or found <= 0:
        raise refuse(
            N_("“{written}” is no number of tonnes. Write it like 1200 or 5.25."),
            f"/{name}",
            "number",
            written=written[:40],
        )
    return int(found * 1_000_000)


def degrees(given: Mapping[str, str], name: str) -> float:
    """Degrees with a point."""
    found = decimal_of(given.get(name, "").strip())
    if found is None:
        raise refuse(N_("Write degrees with a point, such as 34.46."), f"/{name}", "number")
    return float(found)


def capacity(given: Mapping[str, str]) -> tuple[Capacity, ...]:
    """What a facility can take a year."""
    grams = tonnes(given, "capacity")
    return (Capacity(grams),) if grams else ()


def scope(request: HttpRequest) -> Scope:
    """What a licence is for, as a form says."""
    given = request.POST
    return Scope(
        operations=tuple(given.getlist("operations")),
        streams=tuple(given.getlist("streams")),
        codes=tuple(code for code in given.get("codes", "").replace(",", " ").replace(";", " ").split() if code),
        grams=tonnes(given, "tonnes"),
        per=given.get("per", ""),  # type: ignore[arg-type]
        conditions=tuple(line.strip() for line in forms.text(given, "conditions").splitlines() if line.strip()),
    )


def operations() -> list[Any]:
    """The operations to choose from; recovery, for which most is moved, first."""
    return sorted(law.operations().values(), key=lambda one: one.code.startswith("D"))


def first_instant(day: date | None, economy: str) -> Any:
    """The first instant of a day there; None for none."""
    return course.start_of(day, economy) if day else None
