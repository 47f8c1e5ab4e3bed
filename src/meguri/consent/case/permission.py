"""What may move under a case: consents, licences, quantities, dates, ports. Pure; says every reason, with figures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime

from meguri import law
from meguri.consent.case import resting
from meguri.consent.case.standing import standing
from meguri.consent.states import AccountState, DossierState, GuaranteeState, TrackState, WholeCase
from meguri.consent.tracks import grounds
from meguri.kit.grams import to_kg
from meguri.kit.problems import N_, Conflict, Problem
from meguri.kit.words import Words
from meguri.procedure.clocks import local


def _who(track: TrackState) -> Words:
    return Words("{authority} ({economy})").format(authority=law.office_name(track.authority), economy=track.economy)


def consents(dossier: DossierState, tracks: Sequence[TrackState], at: datetime) -> Iterator[Problem]:
    """Why nothing may move under this case at this instant: consents, objections, holds, waiting times."""
    found = standing(dossier, tracks, at)
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
            {"by": law.office_name(hold.by.partition(":")[2]), "reason": hold.reason},
        )
    for due in found.barred:
        yield Problem(
            N_("Nothing may leave before {day}: {citation} asks for {days} days between notice and departure."),
            "/departed_on",
            "too-early",
            {"day": due.due_on.isoformat(), "citation": grounds.of_due(due).citation, "days": due.days},
        )


def of(case: WholeCase, at: datetime) -> Iterator[Problem]:
    """Why nothing may move under a case that was put together: its consents, and what it rests on beside them."""
    yield from consents(case, case.tracks, at)
    if case.completed_at is None and case.retracted_at is None:
        yield from resting.stopped(case, case.resting, at)


def dates(case: DossierState, tracks: Sequence[TrackState], day: date, pointer: str) -> Iterator[Problem]:
    """Why a departure on that day is outside the notified period or a consent."""
    if not case.period_from <= day <= case.period_to:
        yield Problem(
            N_("{day} is outside the notified period, {since} to {until}."),
            pointer,
            "period",
            {"day": day.isoformat(), "since": case.period_from.isoformat(), "until": case.period_to.isoformat()},
        )
    for track in tracks:
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


def quantities(case: DossierState, grams: int, already: int, pointer: str = "/lots") -> Iterator[Problem]:
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


def shipments(case: DossierState, account: AccountState, serial: int) -> Iterator[Problem]:
    """Why one more movement is more than was notified, or this number is not the next."""
    following = account.next_serial
    if account.shipments >= case.shipments:
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


def ports(case: DossierState, economies: Sequence[str]) -> Iterator[Problem]:
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
    allowed = {asked.economy for asked in case.asked} | {case.origin, case.destination}
    for index, economy in enumerate(economies[1:-1]):
        if economy not in allowed:
            yield Problem(
                N_("The route touches {economy}, whose authority has not been notified. Notified transit: {via}."),
                f"/ports_via/{index}",
                "transit",
                {"economy": economy, "via": ", ".join(case.via) or "none"},
            )


def stream(case: DossierState, found: str) -> Iterator[Problem]:
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


def local_day(case: DossierState, at: datetime, economy: str = "") -> date:
    """The date in an economy (the origin), by the office of its first authority on the case; in UTC without one."""
    for asked in case.asked:
        if asked.economy == (economy or case.origin):
            return local(at, law.office(asked.authority, asked.economy).zone)
    return at.date()


def guaranteed(guarantees: Mapping[str, GuaranteeState | None], day: date) -> Iterator[Problem]:
    """Which guarantees on which the case rests do not cover a departure on this day."""
    for id, guarantee in guarantees.items():
        if guarantee is None or not guarantee.covers(day):
            yield Problem(
                N_("The guarantee {guarantee} does not cover {day}."),
                "/case",
                "guarantee",
                {"guarantee": (guarantee.reference or guarantee.issuer) if guarantee else id, "day": day.isoformat()},
            )
