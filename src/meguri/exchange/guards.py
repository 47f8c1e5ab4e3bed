"""What must hold before another node's acts are taken in. That its log holds them is not proved yet."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from meguri.consent.guards.case import only
from meguri.consent.states import DossierState, ReplyState, TrackState
from meguri.exchange import acts, folds
from meguri.exchange.states import FeedState
from meguri.journal.act import Act, Instants
from meguri.journal.entry import history
from meguri.journal.kinds import find, guard
from meguri.journal.signatures import signing
from meguri.journal.subject import bare, home, split
from meguri.journal.world import State, World
from meguri.kit.problems import N_, Conflict, MeguriError, NotAllowed, Problem, refuse
from meguri.kit.words import Words
from meguri.movement.states import ArrivalState, MovementState
from meguri.registry.rights import NODE


@guard("exchange.received")
def may_receive(world: World, act: Act, body: acts.Received, at: Instants) -> None:
    """The node takes in acts of another node, signed by the keys given, in order, none twice, on what is theirs."""
    only(act, [NODE], Words("taking in"))
    if home(body.from_):
        raise refuse(N_("“{node}” is no name of a node."), "/body/from", "node", node=body.from_)
    if not body.acts:
        raise refuse(N_("There is nothing to take in."), "/body/acts", "empty")
    if act.nonce != acts.nonce(body.acts):
        raise refuse(N_("The nonce of a taking in follows from its acts."), "/nonce", "nonce-form")
    feed = world.get(acts.feed(body.case, body.from_), FeedState)
    last = feed.last if feed else 0
    for index, one in enumerate(body.acts):
        _stands(one, body, f"/body/acts/{index}")
        if one.number <= last:
            raise Conflict(
                Problem(
                    N_("Act {number} of {node} comes after {last}: it was taken in before, or was left out then."),
                    f"/body/acts/{index}/number",
                    "order",
                    {"number": one.number, "node": body.from_, "last": last},
                )
            )
        last = one.number
    _theirs(world, act, body)


def readable(canonical: str) -> bool:
    """Whether an act's kind and version are known here."""
    try:
        said = msgspec.json.decode(canonical, type=Act)
        find(said.kind).of(said.version)
    except (MeguriError, msgspec.MsgspecError):
        return False
    return True


def _stands(one: acts.Foreign, body: acts.Received, pointer: str) -> None:
    """Refuse what is no act of that node, or is not signed by the key that it names."""
    if one.unread == readable(one.canonical):
        raise refuse(N_("Whether an act can be read here is for this node to say."), f"{pointer}/unread", "unread")
    if one.unread:
        try:
            said = msgspec.json.decode(one.canonical, type=Act)
        except msgspec.MsgspecError as error:
            raise refuse(N_("This is no act: {why}."), pointer, "schema", why=str(error)) from None
        jws = history.mark(said, one.id, one.signature, {})
    else:
        found = acts.told(one)
        said, jws = found.act, found.jws
        if said.subjects != found.named:
            raise refuse(N_("The act's subjects are not those that its version names."), pointer, "subjects")
    if said.canonical() != one.canonical.encode():
        raise refuse(N_("The act's bytes are not canonical."), f"{pointer}/canonical", "canonical")
    if said.node != body.from_:
        raise refuse(N_("The act is of {node}, not of {given}."), pointer, "node", node=said.node, given=body.from_)
    public = body.keys.get(said.key, "")
    if not public or signing.key_id(public) != said.key or not signing.genuine(jws, public):
        raise refuse(N_("The signature does not match the act and the key."), f"{pointer}/signature", "signature")


def _theirs(world: World, act: Act, body: acts.Received) -> None:
    """Refuse acts on what that node does not keep: each State writes its own tracks, the case its home alone."""
    after = folds.copies(world, body)
    own = world.get(f"case:{body.case}", DossierState)
    if own is not None and body.home != act.node:
        raise Conflict(Problem(N_("This node keeps a case of that name."), "/body/case", "exists"))
    name = f"case:{body.case}" if body.home == act.node else f"case:{body.case}@{body.home}"
    dossier = after.get(name) or world.get(name, DossierState)
    if not isinstance(dossier, DossierState):
        raise Conflict(
            Problem(N_("Nothing is known here of the case {case}."), "/body/case", "no-case", {"case": body.case})
        )
    for subject, state in sorted(after.items()):
        if state is not None and not _is_theirs(subject, state, body, dossier, after):
            raise NotAllowed(
                Problem(
                    N_("{subject} is not for {node} to write in this case."),
                    "/body/acts",
                    "foreign",
                    {"subject": bare(subject), "node": body.from_},
                )
            )


def _is_theirs(
    subject: str, state: State, body: acts.Received, dossier: DossierState, after: Mapping[str, State | None]
) -> bool:
    """Whether the node from which a copy comes is the one that keeps it, and it is of this case."""
    prefix, id = split(bare(subject))
    at_home = body.from_ == body.home
    if isinstance(state, TrackState):
        asked = dossier.ask(state.key)
        theirs = asked is not None and (asked.node or body.home) == body.from_
        return theirs and state.case == body.case and id == f"{state.movement or state.case}/{state.key}"
    if isinstance(state, ArrivalState):
        return state.case == body.case and (dossier.there or body.home) == body.from_
    if isinstance(state, ReplyState):
        return state.case == body.case and (at_home or state.by != dossier.exporter)
    if isinstance(state, MovementState):
        return at_home and state.case == body.case
    if prefix in ("case", "account"):
        return at_home and id == body.case
    if prefix == "use":
        return at_home
    if prefix == "guarantee":
        return at_home and getattr(state, "case", "") == body.case
    return prefix == "verdict"
