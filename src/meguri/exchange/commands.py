"""``meguri exchange send`` and ``receive``: a case carried between nodes as a file of signed acts."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import msgspec

from meguri.exchange.proofs import commands as proofs
from meguri.kit.problems import N_, MeguriError, refuse
from meguri.kit.running.starting import start


def register(subparsers: Any) -> None:
    """Add the commands of this room."""
    proofs.register(subparsers)
    exchange = subparsers.add_parser(
        "exchange", help="a case carried to another node and back, as a file: send, receive"
    )
    commands = exchange.add_subparsers(dest="exchange", metavar="WHAT", required=True)
    send = commands.add_parser(
        "send",
        help="write what this node has said on a case",
        description="Write a file of all signed acts of this node on a case, for a node that the case concerns. "
        "What the other node knows already is left out when it takes the file in.",
    )
    send.add_argument("case", metavar="CASE", help="the case's id")
    send.add_argument("--to", metavar="NODE", required=True, help="the node for which it is, such as meguri.jpn")
    send.add_argument("--out", metavar="FILE", type=Path, help="write it there instead of printing it")
    send.add_argument("--json", action="store_true", help="with --out: print one JSON object about it")
    send.set_defaults(run=_send)
    receive = commands.add_parser(
        "receive",
        help="take in what another node has said on a case",
        description="Take a file of another node's signed acts in. The exit status is 0 where it was taken in "
        "(also when all was known), 1 where it is refused, 2 where it cannot be read.",
    )
    receive.add_argument("file", metavar="FILE", type=Path, help="the file")
    receive.add_argument("--json", action="store_true", help="print one JSON object")
    receive.set_defaults(run=_receive)


def _send(arguments: argparse.Namespace) -> int:
    start()
    from meguri.exchange import services

    file = services.bundle(arguments.case, arguments.to)
    text = msgspec.json.format(msgspec.json.encode(file), indent=1)
    if arguments.out is None:
        print(text.decode())
        return 0
    try:
        arguments.out.write_bytes(text + b"\n")
    except OSError as error:
        raise refuse(
            N_("The file {path} cannot be written: {why}."),
            "",
            "file",
            path=str(arguments.out),
            why=error.strerror or str(error),
        ) from None
    if arguments.json:
        print(json.dumps({"acts": len(file.acts), "to": file.to, "file": str(arguments.out)}, ensure_ascii=False))
    else:
        print(f"{len(file.acts)} acts on {file.case} for {file.to} in {arguments.out}")
    return 0


def _receive(arguments: argparse.Namespace) -> int:
    try:
        text = arguments.file.read_bytes()
    except OSError as error:
        raise refuse(
            N_("The file {path} cannot be read: {why}."),
            "",
            "file",
            path=str(arguments.file),
            why=error.strerror or str(error),
        ) from None
    start()
    from meguri.exchange import services

    file = services.read(text)
    try:
        taken = services.take(file)
    except MeguriError as error:
        if arguments.json:
            print(json.dumps(error.to_json(), ensure_ascii=False))
        for problem in error.problems:
            where = f"{problem.pointer}: " if problem.pointer else ""
            print(f"meguri: {where}{problem.say()}", file=sys.stderr)
        return 1
    if arguments.json:
        print(json.dumps(msgspec.to_builtins(taken), ensure_ascii=False))
    else:
        print(
            f"{taken.taken} acts of {file.from_} taken in, {taken.known} known before, {taken.unread} not readable here"
        )
    return 0
