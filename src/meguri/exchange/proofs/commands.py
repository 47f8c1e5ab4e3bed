"""``meguri certificate`` and ``meguri verify``: what was certified to take away, and whether such a file is good."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import msgspec

from meguri.exchange.proofs import checking, known
from meguri.exchange.proofs.checking import CheckedProof, IssuerStatement
from meguri.kit import clock
from meguri.kit.problems import N_, MeguriError, refuse
from meguri.kit.running.starting import start

UNREADABLE = 2


def register(subparsers: Any) -> None:
    """Add the commands."""
    certificate = subparsers.add_parser(
        "certificate",
        help="a certificate or a claim as a file to take away",
        description="Write the newest certificate of a lot or a movement, or a claim, as PDF/A or as a verifiable "
        "credential. FILE ends in .pdf or in .jwt.",
    )
    certificate.add_argument("name", metavar="LOT|MOVEMENT", help="a lot, a movement, a certificate or a claim")
    certificate.add_argument("--out", metavar="FILE", type=Path, required=True, help="where to: .pdf or .jwt")
    certificate.add_argument("--json", action="store_true", help="print one JSON object about it")
    certificate.set_defaults(run=run_certificate)
    verify = subparsers.add_parser(
        "verify",
        help="whether a certificate or a claim is good, offline",
        description="Check signature, status, scope and digest of a PDF or a credential by what is known here of its "
        "issuer. Exit status 0 where it is good, 1 where not, 2 where it cannot be read.",
    )
    verify.add_argument("file", metavar="FILE", type=Path, nargs="?", help="the PDF or credential")
    verify.add_argument(
        "--issuer", metavar="FILE", type=Path, action="append", default=[],
        help="what an issuing node says of itself: /proofs/issuer.json, saved",
    )  # fmt: skip
    verify.add_argument("--keep", action="store_true", help="keep what --issuer names, for next time")
    verify.add_argument("--json", action="store_true", help="print one JSON object")
    verify.set_defaults(run=run_verify)


def run_certificate(arguments: argparse.Namespace) -> int:
    """Write the file."""
    ending = arguments.out.suffix.lower()
    if ending not in (".pdf", ".jwt"):
        raise refuse(N_("Write a file that ends in .pdf or .jwt, not {path}."), "", "ending", path=arguments.out.name)
    start()
    from meguri.exchange.proofs import issuing, paper

    kind, name = issuing.find(arguments.name)
    found = issuing.issued(kind, name)
    data = paper.pdf(found) if ending == ".pdf" else issuing.jwt(found).encode() + b"\n"
    try:
        arguments.out.write_bytes(data)
    except OSError as error:
        raise refuse(
            N_("The file {path} cannot be written: {why}."),
            "",
            "file",
            path=str(arguments.out),
            why=error.strerror or str(error),
        ) from None
    if arguments.json:
        told = {"kind": kind, "number": found.content.number, "paper": name, "digest": found.content.digest}
        print(json.dumps({**told, "revoked": found.revoked, "file": str(arguments.out)}, ensure_ascii=False))
    else:
        print(f"{found.content.number}: {arguments.out}")
    return 0


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise refuse(N_("The file {path} cannot be read: {why}."), "", "file", path=str(path), why=why) from None


def run_verify(arguments: argparse.Namespace) -> int:
    """Check the file."""
    try:
        given = [known.read(_read(path), path.name) for path in arguments.issuer]
        data = _read(arguments.file) if arguments.file else b""
    except MeguriError as error:
        return _unreadable(arguments, error)
    statements, scope = _known(given, arguments.keep)
    if arguments.file is None:
        if not arguments.keep:
            raise refuse(N_("Name the file to check."), "", "required")
        return 0
    try:
        found = checking.check(data, statements, clock.now(), scope)
    except ValueError:
        name = arguments.file.name
        return _unreadable(arguments, refuse(N_("{path} is no certificate or claim."), "", "unreadable", path=name))
    if arguments.json:
        print(json.dumps(as_json(found), ensure_ascii=False))
    else:
        _tell(found)
    return 0 if found.valid else 1


def as_json(found: CheckedProof) -> dict[str, Any]:
    """What was found, as one JSON object."""
    return {
        "valid": found.valid,
        "kind": found.kind,
        "number": found.number,
        "issuer": found.issuer,
        "checks": msgspec.to_builtins(found.checks),
        "status_age_days": found.status_age_days,
    }


def _known(given: list[IssuerStatement], keep: bool) -> tuple[dict[str, IssuerStatement], Any]:
    """What is known of issuers: what was saved, this node's own record where there is one, and what was given."""
    statements: dict[str, IssuerStatement] = {}
    scope = None
    try:
        start()
        from django.conf import settings
        from django.db import DatabaseError

        statements = known.saved(settings.DATA)
        if keep:
            for one in given:
                known.keep(settings.DATA, one)
        try:
            from meguri.exchange.proofs import issuing
            from meguri.journal.models import Founding

            if Founding.objects.exists():
                statements[settings.NODE] = issuing.statement()
                scope = issuing.own_scope
        except (DatabaseError, MeguriError):
            scope = None
    except MeguriError as error:
        if keep:
            raise
        print(f"meguri: {error.problems[0].say()}", file=sys.stderr)
    return {**statements, **{one.node: one for one in given}}, scope


def _unreadable(arguments: argparse.Namespace, error: MeguriError) -> int:
    if arguments.json:
        checks = dict.fromkeys(("signature", "status", "scope", "digest"))
        nothing = {"valid": False, "kind": "", "number": "", "issuer": "", "checks": checks, "status_age_days": None}
        print(json.dumps({**nothing, "errors": error.to_json()["errors"]}, ensure_ascii=False))
    for problem in error.problems:
        print(f"meguri: {problem.say()}", file=sys.stderr)
    return UNREADABLE


def _tell(found: CheckedProof) -> None:
    from meguri.exchange.proofs.said import AGE, AGE_UNKNOWN, CHECKS, OUTCOME, VALID

    print(f"{found.kind} {found.number} · {found.issuer}: {VALID[found.valid].say()}")
    for name, value in msgspec.structs.asdict(found.checks).items():
        print(f"  {CHECKS[name].say()}: {OUTCOME[value].say()}")
    age = found.status_age_days
    print("  " + (AGE_UNKNOWN.say() if age is None else AGE.format(days=age).say()))
