"""The journal's own kinds of act: founding a node; enrolling, rotating and revoking keys, that of the log too."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from meguri.journal import kinds
from meguri.journal.act import Act, Entry, Instants
from meguri.journal.signatures import signing
from meguri.journal.signatures.signing import CompactJws
from meguri.journal.states import FOUNDING, FoundingState, KeyState
from meguri.journal.world import World
from meguri.kit import clock
from meguri.kit.problems import N_, NotAllowed, Problem, refuse
from meguri.kit.words import Text


class Found(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The first act: the node's name, its operator with its first key (attested), and the key of the log."""

    node: str
    operator: str
    public: str
    proof: CompactJws
    log_public: str
    log_proof: CompactJws


class EnrolKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A key speaks for its owner from `since` on. The proof shows that the enroller has the key."""

    owner: str
    public: str
    mode: Literal["held", "attested"]
    since: datetime
    proof: CompactJws


class RotateKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A new key takes the place of an old one of the same owner and mode, at `since`."""

    owner: str
    old: str
    public: str
    since: datetime
    proof: CompactJws


class RotateLog(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From this act on in the log, its checkpoints are signed with a new key; those of before keep the old one's."""

    old: str
    public: str
    proof: CompactJws


class RevokeKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From `effective` on the key counts no more; acts taken down before keep standing."""

    key: str
    effective: datetime
    reason: Text = ""


def subject(public: str) -> str:
    """The subject of a key."""
    return f"key:{signing.key_id(public)}"


def _node(act: Act, body: object) -> tuple[str, ...]:
    return (FOUNDING,)


kinds.define(
    kinds.Kind(
        "journal.found",
        1,
        Found,
        lambda body: [FOUNDING, subject(body.public), subject(body.log_public)],
        readers="public",
    )
)
kinds.define(kinds.Kind("journal.enrol_key", 1, EnrolKey, lambda body: [subject(body.public)], reads=_node))
kinds.define(
    kinds.Kind("journal.rotate_key", 1, RotateKey, lambda body: [f"key:{body.old}", subject(body.public)], reads=_node)
)
kinds.define(
    kinds.Kind(
        "journal.rotate_log",
        1,
        RotateLog,
        lambda body: [FOUNDING, f"key:{body.old}", subject(body.public)],
        readers="public",
    )
)
kinds.define(kinds.Kind("journal.revoke_key", 1, RevokeKey, lambda body: [f"key:{body.key}"], reads=_node))


@kinds.guard("journal.found")
def _may_found(world: World, act: Act, body: Found, at: Instants) -> None:
    for name in (FOUNDING, subject(body.public), subject(body.log_public)):
        world.absent(name, "/body")
    if body.node != act.node or body.operator != act.actor:
        raise refuse(
            N_("A node is founded by its operator, for itself: node {node}, actor {actor}."),
            "/body/node",
            "founding",
            node=act.node,
            actor=act.actor,
        )
    signing.check_proof(body.proof, body.node, body.operator, body.public)
    signing.check_proof(body.log_proof, body.node, body.operator, body.log_public, "/body/log_proof")


@kinds.fold("journal.found")
def _found(world: World, entry: Entry, body: Found) -> None:
    world.put(FOUNDING, FoundingState(body.node, body.operator, signing.key_id(body.log_public)))
    world.put(subject(body.public), KeyState(body.public, body.operator, "attested", entry.claimed))
    world.put(subject(body.log_public), KeyState(body.log_public, body.operator, "log", entry.claimed))


def _owner_or_operator(world: World, act: Act, owner: str) -> None:
    founding = world.need(FOUNDING, FoundingState, "/node")
    if act.actor not in (owner, founding.operator):
        raise NotAllowed(
            Problem(N_("Only {owner} or the node's operator may change this key."), "/actor", "owner", {"owner": owner})
        )


@kinds.guard("journal.enrol_key")
def _may_enrol(world: World, act: Act, body: EnrolKey, at: Instants) -> None:
    _owner_or_operator(world, act, body.owner)
    world.absent(subject(body.public), "/body/public")
    signing.check_proof(body.proof, act.node, body.owner, body.public)


@kinds.fold("journal.enrol_key")
def _enrol(world: World, entry: Entry, body: EnrolKey) -> None:
    world.put(subject(body.public), KeyState(body.public, body.owner, body.mode, body.since))


@kinds.guard("journal.rotate_key")
def _may_rotate(world: World, act: Act, body: RotateKey, at: Instants) -> None:
    old = world.need(f"key:{body.old}", KeyState, "/body/old")
    _owner_or_operator(world, act, old.owner)
    _not_log(old, "/body/old")
    world.absent(subject(body.public), "/body/public")
    if old.owner != body.owner or not old.active(body.since):
        raise refuse(
            N_("The old key belongs to {owner} and must count until {since}."),
            "/body/since",
            "key",
            owner=old.owner,
            since=clock.stamp(body.since),
        )
    signing.check_proof(body.proof, act.node, body.owner, body.public)


@kinds.fold("journal.rotate_key")
def _rotate(world: World, entry: Entry, body: RotateKey) -> None:
    old = world.need(f"key:{body.old}", KeyState)
    world.put(f"key:{body.old}", msgspec.structs.replace(old, revoked=body.since))
    world.put(subject(body.public), KeyState(body.public, body.owner, old.mode, body.since))


@kinds.guard("journal.rotate_log")
def _may_rotate_log(world: World, act: Act, body: RotateLog, at: Instants) -> None:
    founding = world.need(FOUNDING, FoundingState, "/node")
    if act.actor != founding.operator:
        raise NotAllowed(Problem(N_("Only the node's operator may change the log's key."), "/actor", "operator"))
    if body.old != founding.log_key:
        raise refuse(N_("The log's key is {key}."), "/body/old", "key", key=founding.log_key)
    world.absent(subject(body.public), "/body/public")
    signing.check_proof(body.proof, act.node, founding.operator, body.public)


@kinds.fold("journal.rotate_log")
def _rotate_log(world: World, entry: Entry, body: RotateLog) -> None:
    founding = world.need(FOUNDING, FoundingState)
    old = world.need(f"key:{body.old}", KeyState)
    world.put(FOUNDING, msgspec.structs.replace(founding, log_key=signing.key_id(body.public)))
    world.put(f"key:{body.old}", msgspec.structs.replace(old, revoked=entry.claimed))
    world.put(subject(body.public), KeyState(body.public, founding.operator, "log", entry.claimed))


@kinds.guard("journal.revoke_key")
def _may_revoke(world: World, act: Act, body: RevokeKey, at: Instants) -> None:
    key = world.need(f"key:{body.key}", KeyState, "/body/key")
    _owner_or_operator(world, act, key.owner)
    _not_log(key, "/body/key")
    if key.revoked is not None and key.revoked <= body.effective:
        raise refuse(
            N_("The key is revoked already, from {effective}."),
            "/body/effective",
            "key",
            effective=clock.stamp(key.revoked),
        )


@kinds.fold("journal.revoke_key")
def _revoke(world: World, entry: Entry, body: RevokeKey) -> None:
    key = world.need(f"key:{body.key}", KeyState)
    world.put(f"key:{body.key}", msgspec.structs.replace(key, revoked=body.effective))


def _not_log(key: KeyState, pointer: str) -> None:
    if key.mode == "log":
        raise refuse(
            N_("This is the log's key. Another takes its place by: meguri journal rotate-log-key"), pointer, "log-key"
        )
