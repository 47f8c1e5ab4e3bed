"""``meguri papers``: list, erase, and look whether all contents are whole."""

from __future__ import annotations

import argparse
import json
from typing import Any

from meguri.kit.running.starting import start


def register(subparsers: Any) -> None:
    """Add the commands of this room."""
    papers = subparsers.add_parser("papers", help="papers that are attached to cases and licences: list, check, erase")
    commands = papers.add_subparsers(dest="papers", metavar="WHAT", required=True)
    listed = commands.add_parser(
        "list",
        help="the papers of a subject, or the newest",
        description="List the newest papers, without their names: what they belong to, kind, size, who brought them.",
    )
    listed.add_argument("--about", metavar="SUBJECT", default="", help="of this alone, such as case:7Q2M0V1XKD3F8ZB6")
    listed.add_argument("--json", action="store_true", help="print one JSON array")
    listed.set_defaults(run=_list)
    erase = commands.add_parser(
        "erase",
        help="erase a paper's name, hash and content",
        description="Erase a paper's name, hash and content for good. That there was one stays on record, and the "
        "record is verified as before. The exit status is 1 where there is no such paper.",
    )
    erase.add_argument("paper", metavar="PAPER", help="the paper's id")
    erase.add_argument("--json", action="store_true", help="print one JSON object")
    erase.set_defaults(run=_erase)
    check = commands.add_parser(
        "check",
        help="read every content and compare it with its hash",
        description="Read every content that is kept and compare it with its hash and its act. The exit status is 1 "
        "where any is not whole.",
    )
    check.add_argument("--json", action="store_true", help="print one JSON object")
    check.set_defaults(run=_check)


def _list(arguments: argparse.Namespace) -> int:
    start()
    from meguri.papers import services

    found = [
        {
            "id": one.id,
            "about": one.state.about,
            "kind": one.state.kind,
            "type": one.state.type,
            "size": one.state.size,
            "by": one.state.by,
            "at": one.state.at.isoformat(),
            "erased": one.erased.isoformat() if one.erased else None,
        }
        for one in services.newest(arguments.about)
    ]
    if arguments.json:
        print(json.dumps(found, ensure_ascii=False))
        return 0
    for line in found:
        print(" ".join(str(line[name]) for name in ("id", "about", "kind", "size", "by", "at")), end="")
        print(" erased" if line["erased"] else "")
    return 0


def _erase(arguments: argparse.Namespace) -> int:
    start()
    from meguri.papers import services

    fresh = services.erase(arguments.paper)
    if arguments.json:
        print(json.dumps({"paper": arguments.paper, "erased": fresh}))
    else:
        print(f"{arguments.paper}: " + ("erased" if fresh else "was erased before"))
    return 0


def _check(arguments: argparse.Namespace) -> int:
    start()
    from meguri.papers import services

    whole, broken = services.check()
    if arguments.json:
        print(json.dumps({"whole": whole, "broken": broken}))
    else:
        print(f"whole: {whole}; broken: {len(broken)}" + "".join(f"\n{one}" for one in broken))
    return 1 if broken else 0
