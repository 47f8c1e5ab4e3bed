"""Taking an act down, as far as it goes without the record: is it for this node, of the newest version of its kind, are
its subjects what that version names, does its signature cover it? Whether its key stands and its guards pass is asked
in the transaction (`recording`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, MutableMapping

from django.conf import settings

from meguri.journal import kinds, subject
from meguri.journal.act import CLOCK, Act
from meguri.journal.entry import bounds
from meguri.journal.entry.history import Told, instant, mark
from meguri.journal.projections import books
from meguri.journal.signatures.signing import Jws, PrivateValue, Signed
from meguri.kit.problems import N_, Problem, Refused, refuse

LONGEST_SUBJECT = 120
MOST_BYTES = 512 * 1024


class Outdated(Refused):
    """An act of a version that is read, but no longer taken."""


class Admitted(Told, frozen=True, kw_only=True):
    """A signed act after all checks that need no record, with what its guards read and the values it keeps outside."""

    reads: frozenset[str]
    private: dict[str, PrivateValue]

    @property
    def touches(self) -> frozenset[str]:
        """Every subject whose state its guards may ask for."""
        return self.reads.union(self.act.subjects)


def _within(value: str, most: int, pointer: str) -> None:
    if not 0 < len(value) <= most:
        raise refuse(
            N_("This has {length} characters; from 1 to {most} are allowed."),
            pointer,
            "length",
            length=len(value),
            most=most,
        )


def canonical_bytes(act: Act) -> bytes:
    """The act's canonical bytes. Refused where it holds what JSON or the record cannot carry, or too much."""
    try:
        canonical = act.canonical()
    except (ValueError, TypeError, RecursionError):
        raise refuse(
            N_("The act holds a value that JSON cannot carry exactly, such as an integer beyond 2^53."), "/body", "json"
        ) from None
    if b"\\u0000" in canonical:
        raise refuse(N_("The act holds the character U+0000, which the record cannot keep."), "/body", "json")
    if len(canonical) > MOST_BYTES:
        raise refuse(
            N_("The act has {size} bytes; at most {most} are taken."),
            "/body",
            "size",
            size=len(canonical),
            most=MOST_BYTES,
        )
    return canonical


def admit(
    signed: Signed, parsed: MutableMapping[str, Jws], canonical: bytes | None = None, made: Collection[str] = ()
) -> Admitted:
    """Everything that can be checked without the record. `parsed` keeps signatures taken apart, by their text;
    `canonical` are the act's canonical bytes where the caller made them already, `made` the signatures that it has just
    made over these very acts.
    """
    act = signed.act
    kind = kinds.find(act.kind)
    _within(act.actor, 120, "/actor")
    _within(act.key, 64, "/key")
    _within(act.nonce, 64, "/nonce")
    if act.node != settings.NODE:
        raise refuse(
            N_("The act is meant for node {node}; this is {here}."), "/node", "node", node=act.node, here=settings.NODE
        )
    if act.legal is not None and act.actor != CLOCK:
        # Guards date an act by it: whoever could set it could act before a clock ran out, or after.
        raise refuse(
            N_("Only the clock dates its acts in law. Leave this null; the claimed time counts."), "/legal", "legal"
        )
    if canonical is None:
        canonical = canonical_bytes(act)
    version = kind.of(act.version)
    if version.number != kind.version:
        raise Outdated(
            Problem(
                N_("{kind} is told in version {now} now; version {old} is read, but taken no more. Write it anew."),
                "/version",
                "version",
                {"kind": kind.name, "now": kind.version, "old": act.version},
            )
        )
    bounds.check(version.body, act.body)
    body = kind.decode(act)
    reads = _subjects(act, kind, version.names(body), version.reads(act, body))
    id = act.digest(canonical)
    jws = mark(act, id, signed.signature, parsed, made)
    _check_private(signed)
    return Admitted(
        act=act,
        canonical=canonical,
        id=id,
        kind=kind,
        body=body,
        claimed=instant(act.claimed, "/claimed"),
        legal=instant(act.legal, "/legal") if act.legal else None,
        signature=signed.signature,
        jws=jws,
        reads=reads,
        private=signed.private,
    )


def _subjects(act: Act, kind: kinds.Kind, expected: tuple[str, ...], reads: Iterable[str]) -> frozenset[str]:
    """Refuse an act that carries other subjects than its version names, or writes another node's; what is read."""
    if act.subjects != expected:
        raise refuse(
            N_("An act of kind {kind} with this body has the subjects {expected}, sorted and without repeats."),
            "/subjects",
            "subjects",
            kind=kind.name,
            expected=", ".join(expected),
        )
    for place, name in enumerate(expected):
        _within(name, LONGEST_SUBJECT, f"/subjects/{place}")
        if not books.kept(name):
            raise refuse(
                N_("“{subject}” is no subject that any book keeps."), f"/subjects/{place}", "subject", subject=name
            )
        if subject.home(name) == settings.NODE or bool(subject.home(name)) != kind.copies:
            raise refuse(
                N_("“{subject}” is kept by another node; only that node writes it."),
                f"/subjects/{place}",
                "home",
                subject=name,
            )
    found = {f"key:{act.key}", *reads, *act.resting}
    for name in found:
        if not books.kept(name):
            raise refuse(N_("“{subject}” is no subject that any book keeps."), "/body", "subject", subject=name)
        if subject.home(name) == settings.NODE:
            raise refuse(
                N_("“{subject}” is of this node: write it without the node's name."), "/body", "home", subject=name
            )
    if books.kept(act.actor):
        found.add(act.actor)
    return frozenset(found)


def _check_private(signed: Signed) -> None:
    for name, value in signed.private.items():
        _within(name, 80, "/private")
        try:
            right = signed.act.private.get(name) == value.commitment and len(value.salt) in range(32, 65)
        except ValueError:
            right = False
        if not right:
            raise refuse(
                N_("The act commits to no such value. Commit to SHA-256 over a salt of 16 to 32 bytes and the value."),
                f"/private/{name}",
                "commitment",
            )
