"""Which licences prove that a site may do a step, as a service names them in the act."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from meguri.custody.substance import vocabulary
from meguri.kit import clock
from meguri.registry import proofs
from meguri.registry import services as registry


def facts(step: str, streams: Collection[str]) -> tuple[str, ...]:
    """The facts of which one has to be proved for a step that makes these streams; none where a yard may do it."""
    rows = [turn for turn in vocabulary.turns().get(step, ()) if any(turn.gives(one) for one in streams)]
    return tuple(dict.fromkeys(fact for turn in rows for fact in turn.site.facts))


def named(step: str, facility: str, actor: str, streams: Collection[str], at: datetime | None) -> tuple[str, ...]:
    """The licence of the site or of who runs it that proves it, by bare id; those that come near where none does."""
    wanted = facts(step, streams)
    if not wanted:
        return ()
    holders = (f"facility:{facility}", actor)
    held = registry.licences(*holders)
    for fact in wanted:
        proof = proofs.proved(fact, holders, at or clock.now(), held)
        if proof is not None:
            return (proof.licence,)
    return tuple(dict.fromkeys(one for fact in wanted for one in proofs.named(fact, holders, held)))
