"""The form by which a reader makes a scenario of their own from a built-in one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from meguri.kit.problems import N_, Problem, Refused, gather, nearest
from meguri.kit.web.requests.limits import TooMany, limit
from meguri.kit.words import Words
from meguri.network.reference_plan import tables
from meguri.network.web import answers, names, subjects
from meguri.network.web.changing import Changes
from meguri.reference import element_order
from meguri.sea.passages import PASSAGES, named

SHARES = ("collection", "treated_at_home", "demand_share", "largest_share")
NUMBERS = {"carbon_usd_t": 2000.0} | dict.fromkeys(SHARES, 100.0)
LONGEST = 2000
MOST_LANES = 20
LANE = Words("{stream}: {sender} → {receiver}")


@require_http_methods(["GET", "HEAD", "POST"])
@limit("plan", "120/m")
def new(request: HttpRequest) -> HttpResponse:
    """The form; sent, it starts the work and leads to its page."""
    given = request.POST if request.method == "POST" else request.GET
    listed = subjects.built_in(subjects.reader_of(request))
    base = given.get("base", "") or (listed[0].key if listed else "")
    context: dict[str, Any] = {}
    status = 200
    if request.method == "POST":
        try:
            return HttpResponseRedirect(_made(request, base).url)
        except (Refused, TooMany) as error:
            context["problems"], status = error, error.status
    chosen = subjects.find(base, request) if base else None
    context |= {
        "listed": listed,
        "base": base,
        "sent": {name: str(given[name]) for name in given},
        "passages": [(slug, named(slug), slug in given.getlist("shut")) for slug in sorted(PASSAGES)],
        "closed": _closed(chosen, given),
        "elements": [(symbol, names.element(symbol)) for symbol in element_order()],
    }
    return render(request, "network/new.html", context, status=status)


def _closed(chosen: subjects.Subject | None, given: QueryDict) -> list[tuple[str, str, bool]]:
    """The dearest closed lanes of the scenario chosen, where it has been planned."""
    told = chosen.told if chosen else None
    if told is None or told.story is None:
        return []
    found = []
    for row in answers.closed_rows(told.story)[:MOST_LANES]:
        value = f"{row.closed.stream} {row.closed.sender} {row.closed.receiver}"
        words = LANE.format(stream=row.stream, sender=row.sender, receiver=row.receiver).say()
        found.append((value, words, value in given.getlist("opened")))
    return found


def _made(request: HttpRequest, base: str) -> subjects.Subject:
    """Read the form and start. Raises Refused naming each field that is wrong."""
    wrong: list[Problem] = []
    sent = request.POST
    known = [one.key for one in subjects.built_in(subjects.reader_of(request))]
    if base not in known:
        wrong.append(Problem(N_("Choose one of the built-in scenarios to start from."), "/base", "base"))
    changes = read(sent, wrong)
    gather(wrong)
    if changes == Changes():
        gather(
            [Problem(N_("Nothing is changed. Change at least one thing, or look at the built-in plan."), "", "empty")]
        )
    title = " ".join(sent.get("title", "").split())[:80]
    return _begun(request, base, title, changes)


@limit("plan-own", "10/h")
def _begun(request: HttpRequest, base: str, title: str, changes: Changes) -> subjects.Subject:
    """Only what is in order counts against the limit."""
    return subjects.make(base, title, msgspec.to_builtins(changes), request)


def read(sent: QueryDict, wrong: list[Problem]) -> Changes:
    """The changes of a form; what is wrong is added to `wrong`."""
    numbers = {name: _number(sent, name, most, wrong) for name, most in NUMBERS.items()}
    for name in SHARES:
        value = numbers[name]
        numbers[name] = None if value is None else value / 100
    demand = _demand(sent.get("demand", ""), wrong)
    if numbers["demand_share"] is not None and not demand:
        wrong.append(
            Problem(
                N_("A share of demand needs the demand: write at least one metal with its tonnes."), "/demand", "demand"
            )
        )
    largest_of = sent.get("largest_of", "")
    if largest_of and largest_of not in element_order():
        wrong.append(Problem(N_("Choose one of the metals of the list."), "/largest_of", "element"))
    if numbers["largest_share"] is not None and not largest_of:
        wrong.append(Problem(N_("Choose the metal for which this largest share holds."), "/largest_of", "element"))
    shut = tuple(dict.fromkeys(sent.getlist("shut")))
    if any(name not in PASSAGES for name in shut):
        wrong.append(Problem(N_("Choose straits and canals of the list."), "/shut", "passage"))
    text = "\n".join([*sent.getlist("opened"), sent.get("lanes", "")])
    return Changes(
        demand=demand, largest_of=largest_of if numbers["largest_share"] is not None else "",
        opened=_lanes(text, wrong), shut=shut, **_plain(numbers),
    )  # fmt: skip


def _plain(numbers: Mapping[str, float | None]) -> dict[str, Any]:
    return dict(numbers)


def _number(sent: QueryDict, name: str, most: float, wrong: list[Problem]) -> float | None:
    text = sent.get(name, "").replace(",", "").replace("\u2009", "").strip().rstrip("%")
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= most:
        params = {"text": text[:20], "most": f"{most:g}"}
        wrong.append(
            Problem(N_("“{text}” does not fit. Write a number from 0 to {most}."), f"/{name}", "number", params)
        )
        return None
    return value


def _demand(text: str, wrong: list[Problem]) -> dict[str, float]:
    """Lines of an element and its tonnes a year."""
    found: dict[str, float] = {}
    for line in text[:LONGEST].splitlines():
        parts = line.replace(",", "").replace(":", " ").split()
        if not parts:
            continue
        value = _tonnes(parts[1]) if len(parts) == 2 else None
        if parts[0] not in element_order() or value is None:
            hint = nearest(parts[0], element_order()) or "Cu"
            params = {"line": line.strip()[:40], "hint": hint}
            wrong.append(
                Problem(
                    N_("“{line}” is not understood. Write a symbol and tonnes a year, such as “{hint} 100000”."),
                    "/demand",
                    "demand",
                    params,
                )
            )
        else:
            found[parts[0]] = value
    return found


def _tonnes(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 < value < 1e10 else None


def _lanes(text: str, wrong: list[Problem]) -> tuple[tuple[str, str, str], ...]:
    """Lines of stream, sender and receiver."""
    streams = [row.stream for row in tables.rows("streams")]
    economies = [row.iso3 for row in tables.rows("economies")]
    found: dict[tuple[str, str, str], None] = {}
    for line in text[:LONGEST].splitlines():
        parts = line.replace(">", " ").replace("→", " ").split()
        if not parts:
            continue
        if len(parts) != 3 or parts[0] not in streams or any(code.upper() not in economies for code in parts[1:]):
            hint = (nearest(parts[0], streams) or "circuit-boards") + " MYS JPN"
            params = {"line": line.strip()[:60], "hint": hint}
            wrong.append(
                Problem(
                    N_("“{line}” is no lane of the plan. Write stream, from and to, such as “{hint}”."),
                    "/lanes",
                    "lane",
                    params,
                )
            )
        else:
            found[parts[0], parts[1].upper(), parts[2].upper()] = None
    if len(found) > MOST_LANES:
        wrong.append(
            Problem(N_("At most {most} lanes can be opened at once."), "/lanes", "too-many", {"most": MOST_LANES})
        )
    return tuple(found)
