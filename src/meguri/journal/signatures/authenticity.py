"""Whether a key may speak for an actor, and whether it signed: asked of acts that are told and of those on record."""

from __future__ import annotations

from collections.abc import MutableMapping
from datetime import datetime
from typing import Protocol

from meguri.journal.act import Act
from meguri.journal.delegating import lent
from meguri.journal.signatures import signing
from meguri.journal.signatures.signing import Jws, Signature
from meguri.journal.states import KeyState
from meguri.journal.world import State
from meguri.kit import clock
from meguri.kit.problems import N_, refuse


class Speech(Protocol):
    """A signed act as far as its signature goes."""

    @property
    def act(self) -> Act:
        """The act."""

    @property
    def id(self) -> str:
        """Its id."""

    @property
    def body(self) -> object:
        """Its body."""

    @property
    def claimed(self) -> datetime:
        """When the actor says it happened."""

    @property
    def signature(self) -> Signature:
        """Its signature."""

    @property
    def jws(self) -> Jws:
        """The same, taken apart."""


def judge(
    key: State | None,
    said: Speech,
    at: datetime,
    genuine: MutableMapping[str, bool],
    delegation: State | None = None,
) -> None:
    """Refuse an act whose key does not speak for its actor at the claimed and the recorded time, or did not sign.

    Where another says it for the actor, the key has to be that one's, and the `delegation` that the act names stand.

    `genuine` keeps which signatures were checked, so that a batch is checked once. The founding act brings its own key.
    """
    public = str(getattr(said.body, "public", "")) if key is None and said.act.kind == "journal.found" else ""
    if isinstance(key, KeyState):
        public = key.public
        if key.owner != said.act.speaker or key.mode == "log":
            raise refuse(
                N_("Key {key} does not speak for {actor}."),
                "/key",
                "key-owner",
                key=said.act.key,
                actor=said.act.speaker,
            )
        for moment, pointer in ((said.claimed, "/claimed"), (at, "/key")):
            if not key.active(moment):
                raise refuse(
                    N_("Key {key} does not count at {at}: it counts from {since}, and until {until}."),
                    pointer,
                    "key-inactive",
                    key=said.act.key,
                    at=clock.stamp(moment),
                    since=clock.stamp(key.since),
                    until=clock.stamp(key.revoked) if key.revoked else "—",
                )
    elif not public:
        raise refuse(N_("Key {key} is not enrolled."), "/key", "key-unknown", key=said.act.key)
    check_signature(public, said, genuine)
    lent.require(delegation, said.act, said.claimed, at)


def check_signature(public: str, said: Speech, genuine: MutableMapping[str, bool]) -> None:
    """Refuse an act that this key did not sign."""
    text = said.signature.jws
    if text not in genuine:
        genuine[text] = signing.key_id(public) == said.act.key and signing.genuine(said.jws, public)
    if not genuine[text]:
        raise refuse(N_("The signature does not match the act and the key."), "/signature", "signature")
