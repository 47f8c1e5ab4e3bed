"""The journal's own kinds of act: founding a node; enrolling, accepting, rotating and revoking keys, that of the log
too."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal

import msgspec

from meguri.journal import kinds
from meguri.journal.act import Act, Entry, Instants
from meguri.journal.signatures import signing
from meguri.journal.signatures.signing import CompactJws
from meguri.journal.states import FOUNDING, FoundingState, KeyOffer, KeyState
from meguri.journal.world import World
from meguri.kit import clock
from meguri.kit.problems import N_, Conflict, NotAllowed, Problem, refuse
from meguri.kit.words import Text

OFFERED = timedelta(days=30)
"""How long a one-time code is taken at most."""
Code = Annotated[str, msgspec.Meta(max_length=60)]


class Found(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The first act: the node's name, its operator with its first key (attested), and the key of the log."""

    node: str
    operator: str
    public: str
    proof: CompactJws
    log_public: str
    log_proof: CompactJws


class EnrolKey(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A key speaks for its owner from `since` on. The proof shows that whoever asked for it has the key.

    That a held key is its owner's is shown by the owner: by another held key of its own which signs this act, or by
    the one-time code of the `offer` (`journal.accept_key`). Until then it rests on the operator's word.
    """

    owner: str
    public: str
    mode: Literal["held", "attested"]
    since: datetime
    proof: CompactJws
    offer: KeyOffer | None = None


class AcceptKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The owner of a held key says that it is its own: signed with that key, with the code that it was given."""

    key: str
    code: Code


class RotateKey(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A new key takes the place of an old one of the same owner and mode, at `since`."""

    owner: str
    old: str
    public: str
    since: datetime
    proof: CompactJws
    offer: KeyOffer | None = None


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
kinds.define(
    kinds.Kind(
        "journal.enrol_key",
        1,
        EnrolKey,
        lambda body: [subject(body.public)],
        reads=lambda act, body: (FOUNDING, f"key:{act.key}"),
    )
)
kinds.define(kinds.Kind("journal.accept_key", 1, AcceptKey, lambda body: [f"key:{body.key}"]))
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
    _offered(body.mode, body.offer, act, at, world.get(f"key:{act.key}", KeyState), body.owner)


def _offered(mode: str, offer: KeyOffer | None, act: Act, at: Instants, by: KeyState | None, owner: str) -> None:
    """A held key is accepted by a code, unless another of its owner's own held keys says that it is its owner's."""
    if mode != "held":
        if offer is not None:
            raise refuse(N_("Only a key that its owner holds is accepted by a code."), "/body/offer", "offer")
        return
    own = by is not None and by.owner == owner and by.mode_at(at.recorded) == "held"
    if own and offer is not None:
        raise refuse(N_("A key that another of its owner's own keys enrols needs no code."), "/body/offer", "offer")
    if act.actor == owner and not own and offer is None:
        raise refuse(
            N_(
                "No key that {owner} holds itself has signed this. Sign with one, or say by which one-time code the "
                "new key will be accepted."
            ),
            "/body/offer",
            "offer",
            owner=owner,
        )
    if offer is not None and not at.recorded < offer.until <= at.recorded + OFFERED:
        raise refuse(
            N_("A code is taken for {days} days at most, and until an instant to come."),
            "/body/offer/until",
            "offer",
            days=OFFERED.days,
        )


@kinds.fold("journal.enrol_key")
def _enrol(world: World, entry: Entry, body: EnrolKey) -> None:
    accepted = _accepted_at_once(entry, body.mode, body)
    world.put(
        subject(body.public),
        KeyState(body.public, body.owner, body.mode, body.since, offer=body.offer, accepted=accepted),
    )


def _accepted_at_once(entry: Entry, mode: str, body: EnrolKey | RotateKey) -> datetime | None:
    """When a key that another of its owner's has signed for was accepted; None where its owner has yet to say so."""
    return entry.recorded if mode == "held" and body.offer is None and entry.act.actor == body.owner else None


@kinds.guard("journal.accept_key")
def _may_accept(world: World, act: Act, body: AcceptKey, at: Instants) -> None:
    key = world.need(f"key:{body.key}", KeyState, "/body/key")
    if act.actor != key.owner or act.key != body.key:
        raise NotAllowed(
            Problem(
                N_("A key is accepted by {owner}, signed with this very key."), "/key", "owner", {"owner": key.owner}
            )
        )
    if key.accepted is not None:
        raise Conflict(
            Problem(N_("The key was accepted on {day}."), "/body/key", "accepted", {"day": clock.stamp(key.accepted)})
        )
    if key.offer is None:
        raise refuse(N_("This key was never offered with a code."), "/body/key", "offer")
    if at.recorded >= key.offer.until:
        raise refuse(
            N_("The code was taken until {until}. Ask the operator to enrol another key."),
            "/body/code",
            "code",
            until=clock.stamp(key.offer.until),
        )
    if signing.code_digest(body.code) != key.offer.code:
        raise refuse(N_("This is not the code that was given for this key."), "/body/code", "code")


@kinds.fold("journal.accept_key")
def _accept(world: World, entry: Entry, body: AcceptKey) -> None:
    key = world.need(f"key:{body.key}", KeyState)
    world.put(f"key:{body.key}", msgspec.structs.replace(key, accepted=entry.recorded))


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
    _offered(old.mode, body.offer, act, at, old if act.key == body.old else None, body.owner)


@kinds.fold("journal.rotate_key")
def _rotate(world: World, entry: Entry, body: RotateKey) -> None:
    old = world.need(f"key:{body.old}", KeyState)
    accepted = _accepted_at_once(entry, old.mode, body)
    world.put(f"key:{body.old}", msgspec.structs.replace(old, revoked=body.since))
    world.put(
        subject(body.public),
        KeyState(body.public, body.owner, old.mode, body.since, offer=body.offer, accepted=accepted),
    )


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
