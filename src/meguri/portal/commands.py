"""Commands of the front of the house: setup, serve, bench."""

from __future__ import annotations

import argparse
import json
import os
from typing import TYPE_CHECKING

from meguri.kit.people import duties
from meguri.kit.problems import N_, NotFound, Problem, refuse
from meguri.kit.running import parents
from meguri.kit.running.starting import start

if TYPE_CHECKING:
    from meguri.kit.models import User


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands to the command line."""
    setup = subparsers.add_parser(
        "setup",
        help="prepare the record; safe to repeat",
        description="Prepare the record: schema, keys, and in demonstration mode the cast.",
    )
    setup.add_argument(
        "--administrator",
        metavar="NAME",
        help="also make the first administrator's account (MEGURI_PASSWORD, or the password is asked for)",
    )
    setup.add_argument("--json", action="store_true", help="one JSON object instead of sentences")
    setup.set_defaults(run=_setup)

    serve = subparsers.add_parser("serve", help="serve the portal", description="Serve the portal on this machine.")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", default="8000")
    serve.add_argument("--workers", type=int, default=1, help="server processes (default 1)")
    serve.add_argument("--json", action="store_true", help="problems as JSON")
    serve.set_defaults(run=_serve)

    mail = subparsers.add_parser(
        "mail",
        help="send a line to an address, to see whether mail goes out",
        description="Send a line to an address by the server that MEGURI_MAIL names; where it names none, print it.",
    )
    mail.add_argument("to", metavar="ADDRESS")
    mail.add_argument("--json", action="store_true", help="one JSON object instead of sentences")
    mail.set_defaults(run=_mail)

    notices = subparsers.add_parser(
        "notices",
        help="mail people what waits and what is new, as they wish",
        description="Mail people what waits for their organisation and what is new, as each of them wishes.",
    )
    notices.add_argument("--watch", action="store_true", help="go on until interrupted")
    notices.add_argument("--json", action="store_true", help="one JSON object instead of sentences")
    parents.add(notices)
    notices.set_defaults(run=_notices)

    noted = subparsers.add_parser(
        "access-log",
        help="sign-ins, failed ones and refusals of rights, newest first",
        description="Sign-ins, failed ones and refusals of rights, newest first; alike ones of an hour in one line.",
    )
    noted.add_argument("--organisation", default="", metavar="organisation:…", help="of its people alone")
    noted.add_argument("--most", type=int, default=1000, metavar="N", help="at most so many lines (default 1000)")
    noted.add_argument("--json", action="store_true", help="a JSON object for each line")
    noted.set_defaults(run=_access_log)

    _register_person(subparsers)

    routed = subparsers.add_parser(
        "routes",
        help="every address, its methods, and who may use it",
        description="Every address that is answered, its methods, what the policy of its room asks of who reads and "
        "does, and whether it is public.",
    )
    routed.add_argument("--json", action="store_true", help="one JSON list instead of lines")
    routed.set_defaults(run=_routes)

    from meguri.kit import benches

    benches.add(
        "serve",
        "users with think time on a server of its own; beside hostile clients, or not",
        _bench,
        _configure_bench,
    )
    benches.add(
        "visit",
        "what a browser transfers on its first visit of a verdict, part by part, in every language",
        _visit,
        _configure_visit,
    )
    benches.register(subparsers)


def _register_person(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    person = subparsers.add_parser(
        "person", help="people and the organisations for which they act: add, join, end, list"
    )
    commands = person.add_subparsers(dest="person", metavar="WHAT", required=True)
    for name, run, text in (
        ("add", _person_add, "make an account (MEGURI_PASSWORD, or the password is asked for) that acts for one"),
        ("join", _person_join, "let an account act for an organisation; its roles there are then those named"),
        ("end", _person_end, "let an account act for an organisation no longer"),
        ("list", _person_list, "who acts for whom in which roles"),
    ):
        parser = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        if name != "list":
            parser.add_argument("username", metavar="NAME")
        parser.add_argument("--organisation", metavar="organisation:…", required=name != "list", default="")
        if name in ("add", "join"):
            parser.add_argument(
                "--role",
                action="append",
                metavar="ROLE",
                help="read, prepare, sign, administer or driver; several are possible (default: administer and sign)",
            )
        if name == "add":
            parser.add_argument("--email", default="", help="where mail for the person goes")
        parser.add_argument("--json", action="store_true", help="one JSON object instead of sentences")
        parser.set_defaults(run=run)


def _person_add(arguments: argparse.Namespace) -> int:
    start()
    import getpass

    from meguri.kit.people import accounts, memberships

    organisation = _known_organisation(arguments.organisation)
    held = memberships.require_duties(arguments.role or duties.FULL)
    password = os.environ.get("MEGURI_PASSWORD") or getpass.getpass("Password: ")
    user = accounts.create_person(arguments.username, password, arguments.email)
    accounts.join(user, organisation, held)
    return _told_person(arguments, organisation, held)


def _person_join(arguments: argparse.Namespace) -> int:
    start()
    from meguri.kit.people import memberships

    organisation = _known_organisation(arguments.organisation)
    held = memberships.require_duties(arguments.role or duties.FULL)
    memberships.place(_account(arguments.username), organisation, held)
    return _told_person(arguments, organisation, held)


def _person_end(arguments: argparse.Namespace) -> int:
    start()
    from meguri.kit.people import memberships

    memberships.dismiss(_account(arguments.username), arguments.organisation)
    return _told_person(arguments, arguments.organisation, [])


def _person_list(arguments: argparse.Namespace) -> int:
    start()
    from meguri.kit.people import memberships

    for one in memberships.standing(arguments.organisation):
        until = f" until {one.until:%Y-%m-%d}" if one.until else ""
        if arguments.json:
            told = {"username": one.user.get_username(), "organisation": one.organisation, "roles": one.duties}
            print(json.dumps({**told, "until": one.until.isoformat() if one.until else None}, ensure_ascii=False))
        else:
            print(f"{one.user.get_username()}  {one.organisation}  {' '.join(one.duties)}{until}")
    return 0


def _known_organisation(organisation: str) -> str:
    from meguri.registry import services as registry

    if organisation not in registry.organisations():
        raise refuse(
            N_("No organisation “{name}” is admitted. Write it like organisation:penang-recovery."),
            "/organisation",
            "organisation",
            name=organisation[:80],
        )
    return organisation


def _account(name: str) -> User:
    from meguri.kit.models import User

    found = User.objects.filter(username=name).first()
    if found is None:
        raise NotFound(Problem(N_("There is no account “{name}”."), "/username", "unknown", {"name": name}))
    return found


def _told_person(arguments: argparse.Namespace, organisation: str, held: list[str]) -> int:
    told = {"username": arguments.username, "organisation": organisation, "roles": held}
    words = " ".join(held) or "no longer"
    print(json.dumps(told) if arguments.json else f"{arguments.username} acts for {organisation}: {words}")
    return 0


def _routes(arguments: argparse.Namespace) -> int:
    start()
    from meguri.portal.routes import routes

    found = routes()
    if arguments.json:
        shown = ("path", "methods", "policy", "public")
        print(json.dumps([{name: getattr(one, name) for name in shown} for one in found]))
    for one in () if arguments.json else found:
        print(f"{'/'.join(one.methods):<9} {one.path:<60} {one.policy}{'  (public)' if one.public else ''}")
    return 0


def _configure_bench(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--users", type=int, default=50, help="how many users (default 50)")
    parser.add_argument("--seconds", type=float, default=30.0, help="how long each part takes (default 30)")
    parser.add_argument("--think", type=float, default=2.0, help="seconds that a user thinks, on average (default 2)")
    parser.add_argument("--workers", type=int, default=2, help="server processes (default 2)")
    parser.add_argument(
        "--steady",
        type=float,
        metavar="RATE",
        help="instead so many requests a second for --seconds, with the memory of each process before and after",
    )
    parser.add_argument("--hostile", action="store_true", help="then the same again with hostile clients in the mix")
    parser.add_argument(
        "--cases",
        type=int,
        default=0,
        help="instead: the pages of an authority with so many open cases, beside those with 100 (default 0: not)",
    )
    parser.add_argument("--database", default="", metavar="URL", help="an empty database; a new SQLite file without")


def _bench(arguments: argparse.Namespace) -> int:
    from meguri.portal.measure import bench_serve

    if arguments.steady:
        return bench_serve.run_steady(
            arguments.steady, arguments.seconds, arguments.workers, arguments.database, arguments.json
        )
    if arguments.cases:
        return bench_serve.run_cases(
            arguments.users,
            arguments.seconds,
            arguments.think,
            arguments.workers,
            arguments.cases,
            arguments.database,
            arguments.json,
        )
    return bench_serve.run(
        arguments.users,
        arguments.seconds,
        arguments.think,
        arguments.workers,
        arguments.hostile,
        arguments.database,
        arguments.json,
    )


def _configure_visit(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--path", default="", help="a page's path (default: the verdict of the first example)")


def _visit(arguments: argparse.Namespace) -> int:
    from meguri.portal.measure import first_visit

    return first_visit.run(arguments.path, arguments.json)


def _setup(arguments: argparse.Namespace) -> int:
    from meguri.portal import preparing

    start()
    done: list[str] = []

    def say(text: str) -> None:
        done.append(text)
        if not arguments.json:
            print(f"meguri: {text}", flush=True)

    preparing.prepare(say)
    if arguments.administrator:
        import getpass

        from meguri.kit.people import accounts

        password = os.environ.get("MEGURI_PASSWORD") or getpass.getpass("Password: ")
        accounts.create_administrator(arguments.administrator, password)
        say(f"administrator {arguments.administrator} can sign in")
    if arguments.json:
        print(json.dumps({"done": done}, ensure_ascii=False))
    return 0


def _serve(arguments: argparse.Namespace) -> int:
    from meguri.portal import serving

    port = serving.parse_port(str(arguments.port))
    serving.require_free(arguments.host, port)
    start(patient=False)
    return serving.serve(arguments.host, port, max(1, arguments.workers))


def _access_log(arguments: argparse.Namespace) -> int:
    start()
    from dataclasses import asdict

    from meguri.kit.clock import stamp
    from meguri.kit.people import access

    for line in access.listed(arguments.organisation, most=max(0, arguments.most)):
        if arguments.json:
            told = {**asdict(line), "first": stamp(line.first), "last": stamp(line.last)}
            print(json.dumps(told, ensure_ascii=False))
        else:
            who = line.name or line.account or "-"
            print(f"{line.last:%Y-%m-%d %H:%M:%S}Z  {line.words}  {who}  x{line.number}  {line.place}  {line.route}")
    return 0


def _notices(arguments: argparse.Namespace) -> int:
    start()
    from meguri.portal.mailing import sending

    if arguments.watch:
        parents.follow(arguments)
        try:
            sending.run_forever()
        except KeyboardInterrupt:
            return 0
    sent, failed = sending.send()
    print(json.dumps({"sent": sent, "failed": failed}) if arguments.json else f"sent: {sent}, not sent: {failed}")
    return 1 if failed else 0


def _mail(arguments: argparse.Namespace) -> int:
    start()
    import smtplib

    from django.conf import settings
    from django.core.exceptions import ValidationError
    from django.core.mail import send_mail
    from django.core.validators import validate_email

    try:
        validate_email(arguments.to)
    except ValidationError:
        raise refuse(N_("“{to}” is no address of mail."), "/to", "address", to=arguments.to) from None
    try:
        send_mail(f"Mail from {settings.NODE}", "This node can send mail.", None, [arguments.to])
    except (OSError, smtplib.SMTPException) as error:
        raise refuse(
            N_("The mail was not sent: {why}. MEGURI_MAIL names the server and how it is spoken to."),
            "",
            "mail",
            why=str(error),
        ) from None
    print(json.dumps({"sent": arguments.to}) if arguments.json else f"sent to {arguments.to}")
    return 0
