"""What may move under a case: its consents, quantities, dates and ports. Pure; says every reason, with figures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime

from meguri.consent import grounds, offices
from meguri.consent.clocks import local
from meguri.consent.procedure import standing
from meguri.consent.states import CaseState, LotMass, Track
from meguri.kit.grams import MOST_G, to_kg
from meguri.kit.problems import N_, Conflict, Problem
from meguri.kit.words import Words

STATUS = {
    "planned": Words("not shipped yet"),
    "departed": Words("under way"),
    "received": Words("received"),
    "recovered": Words("recovered"),
    "returned": Words("refused whole"),
}


def _who(track: Track) -> Words:
    return Words("{authority} ({economy})").format(authority=offices.name(track.authority), economy=track.economy)


def status(word: str) -> Words:
    """The status of a movement in words."""
    return STATUS[word]


def consents(case: CaseState, at: datetime) -> Iterator[Problem]:
    """Why nothing may move under this case at this instant: consents, objections, holds, waiting times."""
    found = standing(case, at)
    if found.word == "completed":
        yield Problem(N_("The case is completed; notify anew for further movements."), "/case", "completed")
    if found.word == "retracted":
        yield Problem(N_("The notification was taken back; notify anew."), "/case", "retracted")
    for track in found.refused:
        yield Problem(
            N_("{authority} has refused or withdrawn its consent. Nothing may move under this case."),
            "/case",
            "refused",
            {"authority": _who(track)},
        )
    for track in found.missing:
        if track.standing == "refused":
            continue
        yield Problem(
            N_("The consent of {authority} is missing ({citation}). Nothing may move before it is in."),
            "/case",
            "consent-missing",
            {"authority": _who(track), "citation": grounds.of_track(track).citation or track.procedure},
        )
    for hold in found.holds:
        yield Problem(
            N_("{by} holds the case: {reason}. It can move once the hold is released."),
            "/case",
            "held",
            {"by": offices.name(hold.by.partition(":")[2]), "reason": hold.reason},
        )
    for due in found.barred:
        yield Problem(
            N_("Nothing may leave before {day}: {citation} asks for {days} days between notice and departure."),
            "/departed_on",
            "too-early",
            {"day": due.due_on.isoformat(), "citation": grounds.of_due(due).citation, "days": due.days},
        )


def dates(case: CaseState, day: date, pointer: str) -> Iterator[Problem]:
    """Why a departure on that day is outside the notified period or a consent."""
    if not case.period_from <= day <= case.period_to:
        yield Problem(
            N_("{day} is outside the notified period, {since} to {until}."),
            pointer,
            "period",
            {"day": day.isoformat(), "since": case.period_from.isoformat(), "until": case.period_to.isoformat()},
        )
    for track in case.tracks:
        decision = track.decision
        if decision is None or track.standing != "granted":
            continue
        since, until = decision.valid_from, decision.valid_until
        if (since and day < since) or (until and day > until):
            yield Problem(
                N_("{day} is outside the consent of {authority}, which holds from {since} to {until}."),
                pointer,
                "validity",
                {
                    "day": day.isoformat(),
                    "authority": _who(track),
                    "since": since.isoformat() if since else "-",
                    "until": until.isoformat() if until else "-",
                },
            )


def masses(lots: Sequence[LotMass], pointer: str = "/lots") -> Iterator[Problem]:
    """Why these lots cannot be a consignment: none, twice the same, nothing or absurdly much in one."""
    if not lots:
        yield Problem(N_("Choose at least one lot."), pointer, "required")
    seen: set[str] = set()
    for index, lot in enumerate(lots):
        if lot.lot in seen:
            yield Problem(N_("Lot {lot} stands here twice."), f"{pointer}/{index}/lot", "twice", {"lot": lot.lot})
        seen.add(lot.lot)
        if not 0 < lot.grams <= MOST_G:
            yield Problem(
                N_("{mass} kg of lot {lot} is no mass that can be shipped. Write more than zero."),
                f"{pointer}/{index}/grams",
                "mass",
                {"mass": to_kg(lot.grams), "lot": lot.lot},
            )


def quantities(case: CaseState, grams: int, already: int, pointer: str = "/lots") -> Iterator[Problem]:
    """Why this much is more than was notified; `already` are the grams of the case's other movements."""
    if already + grams > case.total_g:
        yield Problem(
            N_("{asked} kg is more than is left of the notified quantity: {left} kg of {total} kg."),
            pointer,
            "quantity",
            {
                "asked": to_kg(grams),
                "left": to_kg(case.total_g - already),
                "total": to_kg(case.total_g),
            },
        )


def shipments(case: CaseState, serial: int) -> Iterator[Problem]:
    """Why one more movement is more than was notified, or this number is not the next."""
    following = len(case.movements) + 1
    if following > case.shipments:
        yield Problem(
            N_("All {shipments} notified shipments have been opened."),
            "/serial",
            "shipments",
            {"shipments": case.shipments},
        )
    elif serial != following:
        yield Problem(
            N_("The next movement has the number {following}, not {serial}."),
            "/serial",
            "serial",
            {"following": following, "serial": serial},
        )


def ports(case: CaseState, economies: Sequence[str]) -> Iterator[Problem]:
    """Why a leg over ports in these economies (origin, via ..., destination) is not what was consented to."""
    if economies[0] != case.origin:
        yield Problem(
            N_("The port of departure lies in {economy}; the case leaves from {origin}."),
            "/port_from",
            "port",
            {"economy": economies[0], "origin": case.origin},
        )
    if economies[-1] != case.destination:
        yield Problem(
            N_("The port of arrival lies in {economy}; the case goes to {destination}."),
            "/port_to",
            "port",
            {"economy": economies[-1], "destination": case.destination},
        )
    allowed = {track.economy for track in case.tracks} | {case.origin, case.destination}
    for index, economy in enumerate(economies[1:-1]):
        if economy not in allowed:
            yield Problem(
                N_("The route touches {economy}, whose authority has not been notified. Notified transit: {via}."),
                f"/ports_via/{index}",
                "transit",
                {"economy": economy, "via": ", ".join(case.via) or "none"},
            )


def stream(case: CaseState, found: str) -> Iterator[Problem]:
    """Why another material than the notified one does not travel under this case."""
    if found != case.stream:
        yield Problem(
            N_("The case was notified for {notified}; {found} needs its own notification."),
            "/stream",
            "stream",
            {"notified": case.stream, "found": found},
        )


def stop(problems: Iterable[Problem]) -> None:
    """Raise one conflict for all problems together; nothing where there are none."""
    found = tuple(problems)
    if found:
        raise Conflict(*found)


def local_day(case: CaseState, at: datetime, economy: str = "") -> date:
    """The date in an economy (the origin), by the office of its first authority on the case; in UTC without one."""
    for track in case.tracks:
        if track.economy == (economy or case.origin):
            return local(at, offices.office(track.authority, track.economy).zone)
    return at.date()
