"""Commands that keep the record: backup, restore; rights in the database; keys and secrets made anew."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

from meguri.kit.files import home
from meguri.kit.problems import N_, MeguriError, refuse
from meguri.kit.running.starting import start

Parsers = argparse._SubParsersAction


def register(subparsers: Parsers[argparse.ArgumentParser]) -> None:
    """Add the commands to the command line."""
    backup = subparsers.add_parser(
        "backup",
        help="write a copy of the record to a file, or check one",
        usage="meguri backup FILE [--json]\n       meguri backup check FILE [--against CHECKPOINT] [--json]",
        description="Write one consistent copy of the record to a file, while the service goes on; or check a file: "
        "its hashes, its log against its checkpoint, and against one that was kept elsewhere. Secrets are not in it. "
        "The exit status of a check is 1 where the file is not intact or does not reach the kept checkpoint.",
    )
    backup.add_argument("words", nargs="+", metavar="FILE", help="the file to write; or “check” and the file to read")
    backup.add_argument(
        "--against",
        metavar="CHECKPOINT",
        type=Path,
        help="with check: a checkpoint that was kept elsewhere, or the folder that MEGURI_CHECKPOINTS names",
    )
    backup.add_argument("--json", action="store_true", help="one JSON object instead of sentences")
    backup.set_defaults(run=_backup)
    restore = subparsers.add_parser(
        "restore",
        help="bring a backup back, into an empty database",
        description="Bring a backup back, into an empty database of either kind. It is checked first.",
    )
    restore.add_argument("file", metavar="FILE", type=Path, help="a file that meguri backup wrote")
    restore.add_argument(
        "--against", metavar="CHECKPOINT", type=Path, help="only if it reaches this kept checkpoint, or a folder"
    )
    restore.add_argument("--json", action="store_true", help="one JSON object instead of sentences")
    restore.set_defaults(run=_restore)

    database = subparsers.add_parser("database", help="what the service's own role of PostgreSQL may do")
    rights = database.add_subparsers(dest="database", metavar="WHAT", required=True)
    grants = _add(rights, "grants", _grants, "print the statements that give the service's role its rights")
    grants.add_argument("role", metavar="ROLE", help="the role with which the service connects; not the owner")
    grants.add_argument("--apply", action="store_true", help="also say them, as the owner of the tables")


def register_keys(commands: Parsers[argparse.ArgumentParser]) -> None:
    """Add the commands that make keys and secrets anew to those of the journal."""
    _add(commands, "rotate-log-key", _rotate_log_key, "sign the log with a new key from here on")
    key = _add(commands, "rotate-key", _rotate_key, "give organisations a new key in the place of an attested one")
    key.add_argument("actor", nargs="+", metavar="ORGANISATION", help="whose key (organisation:…, or clock)")
    secret = _add(
        commands, "rotate-secret", _rotate_secret, "encrypt the keys that the service keeps under a new secret"
    )
    secret.add_argument(
        "--new", metavar="FILE", type=Path, help="the new secret, where the old one is in the surroundings"
    )


def _add(parent: Parsers[argparse.ArgumentParser], name: str, run: Any, text: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = parent.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of sentences")
    parser.set_defaults(run=run)
    return parser


def _print(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))


def kept_checkpoint(path: Path | None) -> str | None:
    """The text of a kept checkpoint: a file, or the newest of a folder that they are written to."""
    if path is None:
        return None
    place = path / "latest" if path.is_dir() else path
    try:
        return place.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise refuse(N_("The file {path} cannot be read as text."), "", "file", path=str(place)) from None


def _backup(arguments: argparse.Namespace) -> int:
    words = arguments.words
    if words[0] == "check" and len(words) == 2:
        return _check(Path(words[1]), arguments)
    if len(words) > 1 or arguments.against:
        raise refuse(N_("Write: meguri backup FILE, or meguri backup check FILE."), "", "usage")
    start()
    from meguri.journal.keeping.backing_up import back_up

    path = Path(words[0])
    made = back_up(path)
    if arguments.json:
        _print(
            {
                "file": str(path),
                "acts": made.acts,
                "sealed": made.sealed,
                "bytes": path.stat().st_size,
                "tables": {name: table.rows for name, table in made.tables.items()},
            }
        )
    else:
        print(f"{path}: {made.acts} acts, {made.sealed} of them under its checkpoint; {path.stat().st_size} bytes")
    return 0


def _check(path: Path, arguments: argparse.Namespace) -> int:
    from meguri.journal.keeping.archive import Archive
    from meguri.journal.keeping.checking import check

    against = kept_checkpoint(arguments.against)
    with Archive(path) as file:
        found = check(file, against)
    if against is None:
        _ask_node(found)
    if arguments.json:
        _print(found.to_json())
        return 0 if found.passes else 1
    for finding in found.findings:
        print(f"{finding.pointer}: {finding.say()}" if finding.pointer else finding.say())
    print(f"{found.acts} acts of {found.node}, made {found.made}; {found.sealed} under the checkpoint in the file")
    if found.behind:
        than = f"the checkpoint of {found.against} acts" if found.against is not None else "this node"
        spans = ", ".join(str(low) if low == high else f"{low}-{high}" for low, high in found.missing)
        print(f"{found.behind} acts behind {than}; missing: {spans}")
    print("intact" if found.intact else "NOT INTACT")
    return 0 if found.passes else 1


def _ask_node(found: Any) -> None:
    """Where the record of these surroundings is that of the backup, how far the backup is behind it. Whoever checks a
    file on a machine without a record gets none made.
    """
    database, named = os.environ.get("MEGURI_DATABASE_URL"), os.environ.get("MEGURI_HOME")
    if not database and not (Path(named).expanduser() if named else home.default()).is_dir():
        return
    from django.db import DatabaseError

    try:
        start()
        from meguri.journal.keeping.comparing import compare

        compare(found)
    except (MeguriError, DatabaseError):
        return


def _restore(arguments: argparse.Namespace) -> int:
    from meguri.journal.keeping.archive import Archive
    from meguri.journal.keeping.checking import check

    with Archive(arguments.file) as file:
        checked = check(file, kept_checkpoint(arguments.against))
        if arguments.against and not checked.passes:
            raise refuse(
                N_(
                    "The backup does not reach the kept checkpoint; nothing was restored. See: meguri backup check FILE"
                ),
                "",
                "behind",
            )
        start()
        from meguri.journal.keeping.restoring import restore

        done = restore(file, checked)
    if arguments.json:
        _print({"restored": True, "acts": done.acts, "sealed": checked.sealed, "root": checked.root, "keys": done.keys})
    else:
        print(f"{done.acts} acts restored, {checked.sealed} under the checkpoint; {done.rows} rows made from them")
        if not done.keys:
            print("the keys that the service keeps cannot be opened: set MEGURI_KEYRING_SECRET as it was then")
        print("now prove it: meguri journal verify --against CHECKPOINT")
    return 0


def _grants(arguments: argparse.Namespace) -> int:
    start()
    from meguri.journal.keeping import rights

    statements = rights.apply(arguments.role) if arguments.apply else rights.grants(arguments.role)
    if arguments.json:
        _print({"role": arguments.role, "applied": arguments.apply, "statements": statements})
    else:
        print("\n".join(f"{sql};" for sql in statements))
    return 0


def _rotate_log_key(arguments: argparse.Namespace) -> int:
    start()
    from meguri.journal import services

    key = services.rotate_log()
    made = services.seal()
    if arguments.json:
        _print({"key": key, "sealed": made.size if made else 0})
    else:
        print(f"{key} signs the log from the next checkpoint on; those of before stay as they were")
    return 0


def _rotate_key(arguments: argparse.Namespace) -> int:
    start()
    from meguri.journal import services

    made = {actor: services.rotate_attested(actor) for actor in arguments.actor}
    if arguments.json:
        _print({"keys": made})
    else:
        print("\n".join(f"{key} speaks for {actor} from now on" for actor, key in made.items()))
    return 0


def _rotate_secret(arguments: argparse.Namespace) -> int:
    start()
    from meguri.journal.keeping import secret

    count = secret.rotate((kept_checkpoint(arguments.new) or "").strip() if arguments.new else None)
    if arguments.json:
        _print({"keys": count})
    else:
        print(f"{count} keys are kept under the new secret; start the service with it")
    return 0
