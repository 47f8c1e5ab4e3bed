"""``meguri registry``: who may do what, put on record by the operator at a terminal, one by one or from a file."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from meguri.kit.problems import N_, refuse
from meguri.kit.running.starting import start

DAY = "YYYY-MM-DD"
Commands = Any


def register(subparsers: Commands) -> None:
    """Add the commands of this room."""
    room = subparsers.add_parser(
        "registry",
        help="organisations, facilities, licences: admit, grant, import",
        description="Put organisations, authorities, facilities and licences on record, as the operator of this node.",
    )
    commands = room.add_subparsers(dest="registry", metavar="WHAT", required=True)
    _organisations(commands)
    _licences(commands.add_parser("licence", help="licences: grant, suspend, resume and every other step"))
    template = _add(commands, "template", "write the spreadsheet to fill in", _template)
    template.add_argument("file", metavar="FILE.xlsx", type=Path)
    brought = _add(commands, "import", "put on record what a spreadsheet says; safe to repeat", _import)
    brought.add_argument("file", metavar="FILE", type=Path, help=".xlsx, or one sheet as .csv")
    brought.add_argument("--dry-run", action="store_true", help="say what would become of it, and change nothing")
    _add(commands, "kinds", "the kinds of licence, and who issues them", _kinds)
    _add(commands, "next", "what to do next until a case can be opened", _next)


def _add(commands: Commands, name: str, text: str, run: Any) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of sentences")
    parser.set_defaults(run=run)
    return parser


def _organisations(commands: Commands) -> None:
    admit = _add(commands, "admit", "admit an organisation", _admit)
    admit.add_argument("organisation", metavar="SHORT-NAME")
    admit.add_argument("--name", action="append", default=[], metavar="en=NAME", required=True)
    admit.add_argument("--economy", required=True, metavar="ISO3")
    admit.add_argument("--role", action="append", default=[])
    admit.add_argument("--identifier", action="append", default=[], metavar="SCHEME=NUMBER")
    admit.add_argument("--street", default="")
    admit.add_argument("--place", default="")
    admit.add_argument("--postcode", default="")
    admit.add_argument("--mail", default="")
    admit.add_argument("--telephone", default="")
    admit.add_argument("--web", default="")
    admit.add_argument("--new", action="store_true", help="it is another than the one that is called nearly the same")
    authority = _add(commands, "authority", "admit competent authorities from the law's table", _authority)
    authority.add_argument("authorities", metavar="SLUG", nargs="+", help="such as jpn-moej or vnm-mae")
    role = _add(commands, "role", "give an organisation a role, or end it", _role)
    role.add_argument("organisation", metavar="SHORT-NAME")
    role.add_argument("role")
    role.add_argument("--since", metavar=DAY, help="its first day (default: now)")
    role.add_argument("--until", metavar=DAY, help="its last day")
    role.add_argument(
        "--end", action="store_true", help="end the role that has no end, with the day of --until, or now"
    )
    close = _add(commands, "close", "close an organisation", _close)
    close.add_argument("organisation", metavar="SHORT-NAME")
    close.add_argument("--reason", default="")
    site = _add(commands, "facility", "put a facility on record", _site)
    site.add_argument("facility", metavar="SHORT-NAME")
    site.add_argument("--organisation", required=True)
    site.add_argument("--name", action="append", default=[], metavar="en=NAME", required=True)
    site.add_argument("--economy", required=True, metavar="ISO3")
    site.add_argument("--lat", type=float, required=True)
    site.add_argument("--lon", type=float, required=True)
    site.add_argument("--port", default="", metavar="UN/LOCODE")
    site.add_argument("--operation", action="append", default=[], metavar="R4")
    site.add_argument("--capacity", metavar="TONNES", help="tonnes a year")
    _add(commands, "applications", "what waits to be decided", _applications)
    decide = _add(commands, "decide", "decide an application", _decide)
    decide.add_argument("application", metavar="ID")
    decide.add_argument(
        "--admit", metavar="SHORT-NAME", default="", help="admit it, or give the roles, under this name"
    )
    decide.add_argument("--refuse", action="store_true")
    decide.add_argument("--reason", default="")


def _licences(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="licence", metavar="STEP", required=True)
    grant = _add(commands, "grant", "grant a licence, or take down one that was granted", _grant)
    grant.add_argument("--holder", required=True, metavar="SHORT-NAME", help="of an organisation or a facility")
    grant.add_argument("--kind", required=True)
    grant.add_argument("--number", required=True)
    grant.add_argument("--issued-by", default="", metavar="SLUG")
    grant.add_argument("--since", required=True, metavar=DAY)
    grant.add_argument("--until", metavar=DAY, help="its last day (default: as long as its kind lets it)")
    grant.add_argument("--licence", default="", metavar="SHORT-NAME", help="its short name, or one applied for")
    _scope(grant)
    for name, text in (
        ("suspend", "suspend a licence"),
        ("resume", "resume a suspended licence"),
        ("vary", "vary what a licence is for"),
        ("ask_renewal", "take down that its renewal was asked for"),
        ("renew", "renew a licence"),
        ("refuse_renewal", "refuse the renewal"),
        ("ask", "ask the applicant for more information"),
        ("answer", "take down the applicant's answer"),
        ("withdraw", "take down that the application was taken back"),
        ("refuse", "refuse what was applied for"),
        ("give_up", "take down that its holder gave it up"),
        ("lapse", "declare a licence lapsed whose time is over"),
        ("revoke", "revoke a licence"),
        ("transfer", "transfer the licence of a holder that has closed"),
    ):
        step = _add(commands, name.replace("_", "-"), text, _step)
        step.set_defaults(transition=name)
        step.add_argument("licence_id", metavar="LICENCE", help="its short name, or its number")
        step.add_argument("--reason", default="", required=name in ("suspend", "resume", "revoke", "refuse", "vary"))
        if name in ("ask_renewal", "renew"):
            step.add_argument("--until", metavar=DAY, help="its new last day", required=name == "renew")
        if name in ("vary", "ask_renewal", "renew"):
            _scope(step)
        if name == "transfer":
            step.add_argument("--to", required=True, metavar="SHORT-NAME")


def _scope(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--operation", action="append", default=[], metavar="R4")
    parser.add_argument("--stream", action="append", default=[])
    parser.add_argument("--code", action="append", default=[], metavar="basel:A1181")
    parser.add_argument("--tonnes", metavar="NUMBER")
    parser.add_argument("--per", default="", choices=("", "day", "month", "year", "term"))
    parser.add_argument("--condition", action="append", default=[], metavar="TEXT")


def _tell(arguments: argparse.Namespace, found: dict[str, Any], said: str) -> int:
    print(json.dumps(found, ensure_ascii=False) if arguments.json else said)
    return 0


def _pairs(given: Sequence[str], option: str) -> list[tuple[str, str]]:
    pairs = [one.partition("=") for one in given]
    if wrong := [name for name, sign, value in pairs if not sign or not value.strip()]:
        raise refuse(
            N_("Write {option} with an equals sign between, not “{word}”."), f"/{option}", "pair", option=option,
            word=wrong[0],
        )  # fmt: skip
    return [(name.strip(), value.strip()) for name, _, value in pairs]


def _day(written: str | None, option: str) -> date | None:
    if not written:
        return None
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise refuse(
            N_("“{written}” is not a date. Write year, month and day, such as 2025-10-01."),
            f"/{option}",
            "date",
            written=written[:40],
        ) from None


def _instant(written: str | None, option: str, economy: str, after: int = 0) -> datetime | None:
    from meguri.registry.course import start_of

    day = _day(written, option)
    return start_of(day + timedelta(days=after), economy) if day else None


def _grams(written: str | None, option: str) -> int | None:
    from meguri.kit.grams import decimal_of

    if not written:
        return None
    tonnes = decimal_of(written)
    if tonnes is None:
        raise refuse(N_("“{written}” is no number. Write it like 5.25."), f"/{option}", "number", written=written[:40])
    return int(tonnes * 1_000_000)


def _admit(arguments: argparse.Namespace) -> int:
    start()
    from meguri.kit.words import listed
    from meguri.registry import services
    from meguri.registry.admission import applications
    from meguri.registry.states import Address, Contact, Identifier

    names = dict(_pairs(arguments.name, "name"))
    like = [] if arguments.new else applications.alike(names.values())
    like = [one for one in like if one != services.subject(arguments.organisation)]
    if like:
        raise refuse(
            N_("It is likely the same as “{names}”. Add --new where it is another."),
            "/name",
            "likely-same",
            names=listed(services.names(like).values()),
        )
    contacts = [
        Contact(kind, getattr(arguments, kind))
        for kind in ("mail", "telephone", "web")
        if getattr(arguments, kind)
    ]  # fmt: skip
    address = Address(
        street=arguments.street, place=arguments.place, postcode=arguments.postcode, economy=arguments.economy
    )
    who = services.admit(
        arguments.organisation,
        names,
        arguments.economy,
        arguments.role,
        identifiers=[Identifier(*one) for one in _pairs(arguments.identifier, "identifier")],
        addresses=[address] if arguments.street else [],
        contacts=contacts,
    )
    return _tell(arguments, {"organisation": who}, f"{who} is admitted")


def _authority(arguments: argparse.Namespace) -> int:
    start()
    from meguri.registry import services

    found = services.admit_authorities(arguments.authorities)
    return _tell(arguments, {"organisations": found}, f"on record: {', '.join(found)}")


def _role(arguments: argparse.Namespace) -> int:
    start()
    from meguri.kit import clock
    from meguri.registry import services

    economy = services.organisation(arguments.organisation).economy
    until = _instant(arguments.until, "until", economy, 1)
    since = None if arguments.end else _instant(arguments.since, "since", economy) or clock.now()
    services.assign(
        arguments.organisation, arguments.role, since=since, until=until or (clock.now() if arguments.end else None)
    )
    return _tell(arguments, {"organisation": services.subject(arguments.organisation)}, "recorded")


def _close(arguments: argparse.Namespace) -> int:
    start()
    from meguri.registry import rights, services

    services.close(arguments.organisation, arguments.reason, actor=rights.NODE)
    return _tell(arguments, {"organisation": services.subject(arguments.organisation)}, "closed")


def _site(arguments: argparse.Namespace) -> int:
    start()
    from meguri.registry import services
    from meguri.registry.states import Capacity

    grams = _grams(arguments.capacity, "capacity")
    facility = services.site(
        arguments.organisation,
        dict(_pairs(arguments.name, "name")),
        arguments.economy,
        arguments.lat,
        arguments.lon,
        facility=arguments.facility,
        port=arguments.port,
        operations=arguments.operation,
        capacity=[Capacity(grams)] if grams is not None else [],
    )
    return _tell(arguments, {"facility": facility}, f"facility {facility} is on record")


def _holder(name: str) -> str:
    from meguri.registry import models, services

    if ":" in name:
        return name
    if models.Facility.objects.filter(id=name).exists():
        return f"facility:{name}"
    return services.subject(name)


def _scope_of(arguments: argparse.Namespace) -> Any:
    from meguri.registry.states import Scope

    found = Scope(
        operations=tuple(arguments.operation),
        streams=tuple(arguments.stream),
        codes=tuple(arguments.code),
        grams=_grams(arguments.tonnes, "tonnes"),
        per=arguments.per,
        conditions=tuple(arguments.condition),
    )
    return found if found != Scope() else None


def _economy_of(holder: str) -> str:
    from meguri.registry import services

    if holder.startswith("facility:"):
        return services.facility(holder.partition(":")[2]).economy
    return services.organisation(holder).economy


def _grant(arguments: argparse.Namespace) -> int:
    start()
    from meguri.registry import services

    holder = _holder(arguments.holder)
    economy = _economy_of(holder)
    since = _instant(arguments.since, "since", economy)
    assert since is not None
    licence = services.grant(
        holder,
        arguments.kind,
        arguments.number,
        since,
        _instant(arguments.until, "until", economy, 1),
        licence=arguments.licence,
        issued_by=arguments.issued_by,
        scope=_scope_of(arguments),
    )
    return _tell(arguments, {"licence": licence}, f"licence {licence} is on record")


def _step(arguments: argparse.Namespace) -> int:
    start()
    from meguri.registry import services

    licence = services.licence_called(arguments.licence_id)
    economy = _economy_of(services.licence(licence).holder)
    services.step(
        licence,
        arguments.transition,
        arguments.reason,
        scope=_scope_of(arguments) if hasattr(arguments, "tonnes") else None,
        until=_instant(getattr(arguments, "until", None), "until", economy, 1),
        to=_holder(arguments.to) if hasattr(arguments, "to") else "",
    )
    state = services.licence(licence).course.state
    return _tell(arguments, {"licence": licence, "state": state}, f"licence {licence}: {state}")


def _applications(arguments: argparse.Namespace) -> int:
    start()
    from meguri.registry.admission import applications

    found = [
        {"id": id, "names": wanted.names, "economy": wanted.economy, "roles": wanted.roles, "applied": str(at)}
        for id, wanted, at in applications.waiting()
    ]
    lines = [f"{one['id']}  {one['economy']}  {'; '.join(map(str, one['roles']))}" for one in found]
    return _tell(arguments, {"applications": found}, "\n".join(lines) or "nothing waits")


def _decide(arguments: argparse.Namespace) -> int:
    start()
    from meguri.registry.admission import applications

    if bool(arguments.admit) == arguments.refuse:
        raise refuse(N_("Say either --admit SHORT-NAME or --refuse."), "/admit", "choice")
    who = applications.decide(
        arguments.application, not arguments.refuse, organisation=arguments.admit, reason=arguments.reason
    )
    return _tell(arguments, {"organisation": who, "granted": not arguments.refuse}, who or "refused")


def _template(arguments: argparse.Namespace) -> int:
    from meguri.kit import words
    from meguri.kit.sheets import template
    from meguri.registry.sheets import described

    arguments.file.write_bytes(template.written(described.every(), words.active()))
    return _tell(arguments, {"file": str(arguments.file)}, f"written: {arguments.file}")


def _import(arguments: argparse.Namespace) -> int:
    start()
    from meguri.registry.sheets import taking

    try:
        content = arguments.file.read_bytes()
    except OSError as error:
        raise refuse(
            N_("“{name}” cannot be read: {fault}."), "/file", "missing", name=str(arguments.file), fault=str(error)
        ) from None
    outcome = taking.take(content, arguments.file.name, dry_run=arguments.dry_run)
    said = [f"rows {outcome.rows}, taken {outcome.taken}, known {outcome.known}, faults {len(outcome.faults)}"]
    said += [f"{one.sheet} {one.cell}: {one.problem.say()}" for one in outcome.faults]
    if outcome.more:
        said.append(f"and {outcome.more} more faults")
    _tell(arguments, outcome.to_json("en"), "\n".join(said))
    return 1 if outcome.faults else 0


def _kinds(arguments: argparse.Namespace) -> int:
    from meguri.registry.vocabulary import licence_kinds

    found = [
        {
            "kind": kind.kind, "economy": kind.economy, "issuers": kind.issuers, "holder": kind.holder,
            "name": kind.names.en, "fact": kind.fact, "citation": kind.citation, "confidence": kind.confidence,
        }
        for kind in licence_kinds().values()
    ]  # fmt: skip
    lines = [f"{one['kind']:<30} {one['economy'] or 'any':<4} {one['name']}" for one in found]
    return _tell(arguments, {"kinds": found}, "\n".join(lines))


def _next(arguments: argparse.Namespace) -> int:
    start()
    from meguri.registry.admission import beginning

    found = beginning.steps()
    told = [{"step": one.name, "done": one.done, "what": one.words.en} for one in found]
    lines = [f"[{'x' if one.done else ' '}] {one.words}" for one in found]
    return _tell(arguments, {"ready": all(one.done for one in found), "steps": told}, "\n".join(lines))
