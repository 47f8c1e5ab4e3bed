"""Commands of the door for systems: tokens, and the delivery of webhooks."""

from __future__ import annotations

import argparse
import json
from typing import Any

from meguri.kit.running import parents
from meguri.kit.running.starting import start

Parsers = argparse._SubParsersAction


def register(subparsers: Parsers[argparse.ArgumentParser]) -> None:
    """Add the commands to the command line."""
    token = subparsers.add_parser("token", help="tokens of organisations' systems: new, list, revoke")
    commands = token.add_subparsers(dest="token", metavar="WHAT", required=True)
    new = _add(commands, "new", _new, "make a token; its text is shown this once")
    new.add_argument("--organisation", required=True, metavar="ID", help="for whom: mys-yard or organisation:mys-yard")
    new.add_argument(
        "--scope",
        action="append",
        required=True,
        metavar="S",
        help="what it is good for; may be repeated, or read,draft",
    )
    new.add_argument("--purpose", default="", help="what it is for (default: says that a command made it)")
    new.add_argument("--days", type=int, default=90, help="for how many days it is good, up to 366 (default 90)")
    listed = _add(commands, "list", _list, "tokens, newest first: for whom, what for, until when, last used")
    listed.add_argument("--organisation", default="", metavar="ID", help="of one organisation alone")
    revoke = _add(commands, "revoke", _revoke, "end a token from now on")
    revoke.add_argument("prefix", metavar="PREFIX", help="the ten letters behind mgr_, as the list has them")

    api = subparsers.add_parser("api", help="the API for systems: its description, and a client made from it")
    commands = api.add_subparsers(dest="api", metavar="WHAT", required=True)
    _add(commands, "describe", _describe, "print the description (OpenAPI)")
    _add(commands, "client", _client, "print a client in Python, made from the description; one file")

    hooks = subparsers.add_parser("webhooks", help="webhooks of organisations' systems: list, deliver")
    commands = hooks.add_subparsers(dest="webhooks", metavar="WHAT", required=True)
    _add(commands, "list", _hooks, "webhooks: whose, where, how far, and how it stands")
    deliver = _add(commands, "deliver", _deliver, "send what is due")
    deliver.add_argument("--watch", action="store_true", help="go on until interrupted")
    parents.add(deliver)


def _add(parent: Parsers[argparse.ArgumentParser], name: str, run: Any, text: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = parent.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
    parser.add_argument("--json", action="store_true", help="JSON instead of sentences")
    parser.set_defaults(run=run)
    return parser


def _new(arguments: argparse.Namespace) -> int:
    start()
    from meguri.systems import tokens

    scopes = [part.strip() for given in arguments.scope for part in given.split(",") if part.strip()]
    row, text = tokens.make(arguments.organisation, arguments.purpose or "made by command", scopes, arguments.days)
    if arguments.json:
        print(json.dumps({"token": text, **tokens.told(row)}, ensure_ascii=False))
    else:
        print(text)
    return 0


def _list(arguments: argparse.Namespace) -> int:
    start()
    from meguri.systems import tokens

    for row in tokens.listed(arguments.organisation, 10_000):
        told = tokens.told(row)
        if arguments.json:
            print(json.dumps(told, ensure_ascii=False))
        else:
            used = told["used"] or "-"
            print(
                f"{row.prefix}  {told['state']:<8} until {told['expires']}  used {used}  {row.organisation}  "
                f"{','.join(row.scopes)}  {row.purpose}"
            )
    return 0


def _revoke(arguments: argparse.Namespace) -> int:
    start()
    from meguri.systems import tokens

    row = tokens.withdraw(arguments.prefix)
    told = tokens.told(row)
    print(json.dumps(told, ensure_ascii=False) if arguments.json else f"{row.prefix}: {told['state']}")
    return 0


def _hooks(arguments: argparse.Namespace) -> int:
    start()
    import msgspec

    from meguri.systems import hooks
    from meguri.systems.models import Webhook

    for row in Webhook.objects.all()[:10_000]:
        told = hooks.told(row)
        if arguments.json:
            print(msgspec.json.encode(told).decode())
        else:
            print(f"{told.id}  {told.state:<8} {told.organisation}  {told.url}  at {told.cursor}  {told.said}")
    return 0


def _deliver(arguments: argparse.Namespace) -> int:
    start()
    from meguri.systems import delivery

    if arguments.watch:
        parents.follow(arguments)
        try:
            delivery.run_forever()
        except KeyboardInterrupt:
            return 0
    sent = delivery.deliver()
    print(json.dumps({"sent": sent}) if arguments.json else f"sent: {sent}")
    return 0


def _described() -> dict[str, Any]:
    """The description, as a server gives it."""
    from importlib import import_module

    from django.conf import settings

    api = import_module(settings.ROOT_URLCONF).api
    found: dict[str, Any] = json.loads(json.dumps(api.get_openapi_schema()))
    return found


def _describe(arguments: argparse.Namespace) -> int:
    start()
    print(json.dumps(_described(), ensure_ascii=False, indent=None if arguments.json else 2))
    return 0


def _client(arguments: argparse.Namespace) -> int:
    start()
    from meguri.systems import client

    text = client.source(_described())
    print(json.dumps({"python": text}, ensure_ascii=False) if arguments.json else text, end="")
    return 0
