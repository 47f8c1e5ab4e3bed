"""Commands of the journal: verify, rebuild, seal, checkpoint, proof, erase; and of held keys."""

from __future__ import annotations

import argparse
import json
import os
import secrets
from pathlib import Path
from typing import Any, get_args

import msgspec

from meguri.journal.keeping import commands as keeping
from meguri.journal.keeping import delegations
from meguri.journal.states import Way
from meguri.kit import benches, clock
from meguri.kit.problems import N_, refuse
from meguri.kit.running import parents
from meguri.kit.running.starting import start

Parsers = argparse._SubParsersAction
WAYS = get_args(Way)


def register(subparsers: Parsers[argparse.ArgumentParser]) -> None:
    """Add the commands to the command line."""
    journal = subparsers.add_parser("journal", help="the journal of acts: verify, rebuild, checkpoint, seal, proof")
    commands = journal.add_subparsers(dest="journal", metavar="WHAT", required=True)
    verify = _add(commands, "verify", _verify, "prove that nothing was altered, dropped, reordered or forked")
    verify.add_argument(
        "--against", metavar="FILE", type=Path, help="a checkpoint that was kept from before, or a folder"
    )
    verify.add_argument(
        "--processes",
        metavar="N",
        type=int,
        default=0,
        help="read acts in so many (default: one for each core)",
    )
    how = verify.add_mutually_exclusive_group()
    how.add_argument("--tree-only", action="store_true", help="hashes and checkpoints alone, no signatures of acts")
    how.add_argument("--guards", action="store_true", help="also ask of every act again whether it may be told")
    rebuild = _add(commands, "rebuild", _rebuild, "fold all acts anew and compare with the tables that people query")
    rebuild.add_argument("--check", action="store_true", help="only compare; change nothing")
    checkpoint = _add(commands, "checkpoint", _checkpoint, "seal what is committed and print the signed checkpoint")
    checkpoint.add_argument("--out", metavar="FILE", type=Path, help="write it there, to be kept elsewhere")
    seal = _add(commands, "seal", _seal, "seal committed acts into the log")
    seal.add_argument("--watch", action="store_true", help="go on until interrupted, at least once a second")
    parents.add(seal)
    proof = _add(commands, "proof", _proof, "the proof that an act is in the log")
    proof.add_argument("act", metavar="ACT", help="the act's id (64 hexadecimal digits)")
    erase = _add(commands, "erase", _erase, "erase the values that an act keeps outside its body")
    erase.add_argument("act", metavar="ACT", help="the act's id")
    erase.add_argument("--name", action="append", default=[], help="only this value; may be repeated")

    keeping.register_keys(commands)
    keeping.register(subparsers)
    delegations.register(subparsers)
    act = subparsers.add_parser("act", help="acts signed with a key of one's own: new-key, enrol-key, accept-key, sign")
    held = act.add_subparsers(dest="act_command", metavar="WHAT", required=True)
    new_key = _add(held, "new-key", _new_key, "make a key, and the proof with which it is enrolled")
    new_key.add_argument("--out", metavar="FILE", type=Path, required=True, help="where the private key is kept")
    new_key.add_argument("--owner", required=True, help="the organisation it will speak for (organisation:…)")
    new_key.add_argument("--node", help="the node where it will be enrolled (default: this one)")
    enrol = _add(held, "enrol-key", _enrol_key, "enrol a key that an organisation made, said by this node's operator")
    enrol.add_argument("--owner", required=True, help="the organisation it speaks for (organisation:…)")
    enrol.add_argument("--public", required=True, help="its public key, as new-key printed it")
    enrol.add_argument("--proof", required=True, help="its proof of possession, as new-key printed it")
    enrol.add_argument(
        "--way",
        choices=WAYS,
        default=WAYS[0],
        help="how its owner is given the one-time code that is printed, outside this service (default: letter)",
    )
    enrol.add_argument("--days", metavar="N", type=int, default=14, help="for how long the code is taken (default: 14)")
    accept = _add(held, "accept-key", _accept_key, "say that an enrolled key is one's own, ready for POST /api/acts")
    accept.add_argument("--key", metavar="FILE", type=Path, required=True, help="the private key from new-key")
    accept.add_argument("--owner", required=True, help="the organisation it speaks for (organisation:…)")
    accept.add_argument("--code", required=True, help="the one-time code that the node's operator gave")
    accept.add_argument("--node", help="the node where it is enrolled (default: this one)")
    accept.add_argument("--out", metavar="FILE", type=Path, help="write there instead of printing")
    check = _add(held, "check", _check, "prove an act from its bundle (GET /api/acts/ID/bundle), without a server")
    check.add_argument("file", metavar="FILE", type=Path, help="the bundle")
    check.add_argument("--log-key", default="", help="the log's public key, as it is known from elsewhere (base64url)")
    sign = _add(held, "sign", _sign, "sign an act, or several at once, ready for POST /api/acts")
    sign.add_argument("--key", metavar="FILE", type=Path, required=True, help="the private key from new-key")
    sign.add_argument(
        "--in",
        dest="source",
        metavar="FILE",
        type=Path,
        required=True,
        help="JSON: one act or a list; kind, actor and body are needed, the rest is filled in",
    )
    sign.add_argument("--out", metavar="FILE", type=Path, help="write there instead of printing")
    benches.add(
        "journal", "acts a second, signed, guarded, folded and durable, beside a bare INSERT", _bench, _configure
    )
    benches.add(
        "lists",
        "pages of what a reader sees among very many lots; bytes an act as the record grows",
        _bench_lists,
        _configure_lists,
    )


def _add(parent: Parsers[argparse.ArgumentParser], name: str, run: Any, text: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = parent.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of sentences")
    parser.set_defaults(run=run)
    return parser


def _start() -> None:
    """Start Django; a database without the journal's tables is met with a sentence."""
    start()
    from django.db import connection

    if "journal_act" not in connection.introspection.table_names():
        raise refuse(N_("This database holds no journal yet. Run: meguri setup"), "", "setup")


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError):
        raise refuse(N_("The file {path} cannot be read as text."), "", "file", path=str(path)) from None


def _write(path: Path, text: str, mode: int = 0o644) -> None:
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w") as file:
            file.write(text)
    except OSError as error:
        raise refuse(
            N_("The file {path} cannot be written: {why}."), "", "file", path=str(path), why=error.strerror
        ) from None


def _print(value: Any) -> None:
    print(json.dumps(msgspec.to_builtins(value), ensure_ascii=False, indent=2))


def _verify(arguments: argparse.Namespace) -> int:
    kept = keeping.kept_checkpoint(arguments.against)
    _start()
    from meguri.journal.log.verification import verify

    report = verify(kept, tree_only=arguments.tree_only, guards=arguments.guards, processes=arguments.processes)
    if arguments.json:
        _print(report.to_json())
    else:
        for finding in report.findings:
            print(f"{finding.pointer}: {finding.say()}" if finding.pointer else finding.say())
        waiting = report.acts - report.sealed
        print(
            f"{report.acts} acts, {report.sealed} sealed" + (f", {waiting} waiting for the sealer" if waiting else "")
        )
        print(f"root {report.root}")
        print(("intact. " if report.intact else "NOT INTACT. ") + report.statement.say())
    return 0 if report.intact else 1


def _check(arguments: argparse.Namespace) -> int:
    from meguri.journal.log.bundles import Bundle, judge

    try:
        bundle = msgspec.json.decode(_read(arguments.file), type=Bundle)
    except msgspec.MsgspecError as error:
        raise refuse(N_("The file {path} is no bundle: {why}."), "", "bundle", path=arguments.file, why=error) from None
    found = judge(bundle, arguments.log_key)
    if arguments.json:
        _print(found)
        return 0 if found.holds else 1
    said = "signed" if found.signed else "NOT signed"
    by = f" by {found.by}" if found.by else ""
    print(f"act {found.act}, {said} with key {found.key} for {found.actor}{by}")
    print(f"{'in' if found.in_log else 'NOT in'} the log of {found.origin} at {found.size} acts, key {found.log_key}")
    if found.log_key_known is None:
        print("Compare the log's key with what you know from elsewhere (--log-key).")
    elif not found.log_key_known:
        print("That is NOT the log's key that you gave.")
    print("It holds." if found.holds else "IT DOES NOT HOLD.")
    return 0 if found.holds else 1


def _rebuild(arguments: argparse.Namespace) -> int:
    _start()
    from meguri.journal.rebuild.rebuilding import rebuild

    done = rebuild(check=arguments.check)
    if arguments.json:
        _print({**msgspec.to_builtins(done), "identical": done.identical})
    else:
        for difference in done.differences:
            print(f"{difference.subject}: {difference.what}")
        told = "identical" if done.identical else f"{len(done.differences)} rows differed"
        print(f"{done.acts} acts make {done.rows} rows: {told}" + ("; put right" if done.replaced else ""))
    return 0 if done.identical or done.replaced else 1


def _checkpoint(arguments: argparse.Namespace) -> int:
    _start()
    from meguri.journal.log import proofs
    from meguri.journal.log.sealing import seal

    made = seal() or proofs.newest()
    if arguments.out:
        _write(arguments.out, made.note)
    if arguments.json:
        _print({"size": made.size, "root": bytes(made.root).hex(), "note": made.note})
    elif not arguments.out:
        print(made.note, end="")
    return 0


def _seal(arguments: argparse.Namespace) -> int:
    _start()
    from meguri.journal.log import sealing

    if arguments.watch:
        parents.follow(arguments)
        try:
            sealing.run_forever()
        except KeyboardInterrupt:
            return 0
    made = sealing.seal()
    size = made.size if made else 0
    print(json.dumps({"sealed": size}) if arguments.json else f"{size} acts sealed")
    return 0


def _proof(arguments: argparse.Namespace) -> int:
    _start()
    from meguri.journal.log import proofs

    proof = proofs.inclusion(arguments.act)
    if arguments.json:
        _print(proof)
    else:
        print(f"act {proof.act}\nleaf {proof.index} of {proof.size}\n{proof.leaf}")
        print("\n".join(proof.path) + f"\n\n{proof.checkpoint}", end="")
    return 0


def _erase(arguments: argparse.Namespace) -> int:
    _start()
    from meguri.journal import services

    count = services.erase(arguments.act, arguments.name)
    print(json.dumps({"erased": count}) if arguments.json else f"{count} values erased; the act itself stands")
    return 0


def _new_key(arguments: argparse.Namespace) -> int:
    from meguri.journal.signatures import signing

    if arguments.out.exists():
        raise refuse(
            N_("The file {path} is there already; a key is never overwritten."), "", "file", path=str(arguments.out)
        )
    node = arguments.node or _node()
    private = signing.new_key()
    public = signing.public_text(private)
    told = {"key": signing.key_id(public), "public": public, "owner": arguments.owner, "node": node}
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": public, "d": signing.b64(private.private_bytes_raw())}
    _write(arguments.out, json.dumps(jwk) + "\n", 0o600)
    _print({**told, "proof": signing.prove_key(private, node, arguments.owner)})
    return 0


def _enrol_key(arguments: argparse.Namespace) -> int:
    _start()
    from meguri.journal import services

    code, offer = services.offer_of(arguments.way, arguments.days)
    key = services.enrol(arguments.owner, "held", public=arguments.public, proof=arguments.proof, offer=offer)
    if arguments.json:
        until = clock.stamp(offer.until)
        _print({"key": key, "owner": arguments.owner, "mode": "held", "code": code, "until": until, "way": offer.way})
    else:
        print(f"{key} speaks for {arguments.owner}; only its holder can sign with it")
        print(f"code: {code}, taken until {offer.until:%Y-%m-%d %H:%M} UTC. It is shown this once and kept nowhere.")
        print("Give it to the owner outside this service. Until the owner accepts (meguri act accept-key), what the")
        print("key signs is shown as signed with a key that its owner has not accepted.")
    return 0


def _accept_key(arguments: argparse.Namespace) -> int:
    start()
    from meguri.journal import services

    private = _private(arguments.key)
    signed = services.acceptance(private, arguments.owner, arguments.code, arguments.node or _node())
    text = json.dumps(msgspec.to_builtins(signed), ensure_ascii=False, indent=2) + "\n"
    if arguments.out:
        _write(arguments.out, text)
    else:
        print(text, end="")
    return 0


def _node() -> str:
    from django.conf import settings

    return str(settings.NODE)


def _private(path: Path) -> Any:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from meguri.journal.signatures import signing

    try:
        return Ed25519PrivateKey.from_private_bytes(signing.unb64(json.loads(_read(path))["d"]))
    except (ValueError, KeyError, TypeError):
        raise refuse(
            N_("The file {path} holds no Ed25519 key (a JWK with d)."), "/key", "key", path=str(path)
        ) from None


def _sign(arguments: argparse.Namespace) -> int:
    start()
    from meguri.journal.entry.admission import canonical_bytes
    from meguri.journal.signatures import signing

    private = _private(arguments.key)
    try:
        given = json.loads(_read(arguments.source))
    except ValueError:
        raise refuse(N_("The file {path} holds no JSON."), "", "json", path=str(arguments.source)) from None
    several = isinstance(given, list)
    key = signing.key_id(signing.public_text(private))
    acts = [
        _complete(one, key, f"/{place}" if several else "") for place, one in enumerate(given if several else [given])
    ]
    if not acts:
        raise refuse(N_("The list holds no act."), "", "empty")
    marks = signing.sign_acts(private, [act.digest(canonical_bytes(act)) for act in acts])
    signed = [signing.Signed(act, mark) for act, mark in zip(acts, marks, strict=True)]
    text = json.dumps(msgspec.to_builtins(signed if several else signed[0]), ensure_ascii=False, indent=2) + "\n"
    if arguments.out:
        _write(arguments.out, text)
    else:
        print(text, end="")
    return 0


def _complete(given: Any, key: str, pointer: str) -> Any:
    """An act from what its author wrote; the rest follows from the kind, the key and the present time."""
    from meguri.journal import kinds
    from meguri.journal.act import Act, subjects
    from meguri.kit import clock

    if not isinstance(given, dict):
        raise refuse(N_("An act is a JSON object."), pointer, "json")
    for name in ("kind", "actor", "body"):
        if name not in given:
            raise refuse(N_("“{name}” is missing."), f"{pointer}/{name}", "missing", name=name)
    kind = kinds.find(str(given["kind"]))
    filled = {
        "version": kind.version,
        "node": _node(),
        "nonce": secrets.token_hex(16),
        "claimed": clock.stamp(clock.now()),
        "subjects": [],
        **given,
        "key": key,
    }
    try:
        act = msgspec.convert(filled, Act)
        if "subjects" not in given:
            act = msgspec.structs.replace(act, subjects=subjects(kind.of(act.version).names(kind.decode(act))))
    except msgspec.ValidationError as error:
        raise refuse(N_("This is no act: {why}."), pointer, "schema", why=str(error)) from None
    return act


def _configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--database", metavar="URL", help="measure on this empty database alone; it is left with test acts"
    )
    parser.add_argument("--before", metavar="TREE", type=Path, help="a work tree of another commit, measured in turns")
    parser.add_argument("--seconds", type=float, default=5.0, help="how long each measurement lasts (default 5)")
    parser.add_argument("--writers", type=int, default=8, help="how many writers tell acts singly (default 8)")


def _bench(arguments: argparse.Namespace) -> int:
    from meguri.journal.measure import bench

    return bench.run(arguments.database, arguments.seconds, arguments.writers, arguments.json, arguments.before)


def _configure_lists(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--database", metavar="URL", help="measure on this empty database alone; it is left with test acts"
    )
    parser.add_argument("--lots", type=int, default=500_000, help="how many lots there are (default 500,000)")
    parser.add_argument("--acts", type=int, default=2000, help="how many acts of each kind are told (default 2,000)")


def _bench_lists(arguments: argparse.Namespace) -> int:
    from meguri.journal.measure import bench_lists

    return bench_lists.run(arguments.database, max(1000, arguments.lots), max(200, arguments.acts), arguments.json)
