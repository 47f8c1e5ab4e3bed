"""A journal without storage: guards, then folds, over states kept in memory.

For simulations and tests of what guards and folds do. Nothing is signed, admitted, sealed or projected, and what a key
may sign is not asked.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

import msgspec

from meguri.journal import kinds
from meguri.journal.act import Act, Entry, Instants, subjects
from meguri.journal.world import State, World, ask
from meguri.kit import clock

EVERY_ROOM = ("meguri",)


class MemoryRecord:
    """States by subject and the acts that made them, at the instant `now`."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.states: dict[str, State | None] = {}
        self.entries: list[Entry] = []

    def say(
        self,
        actor: str,
        kind: str,
        body: msgspec.Struct,
        claimed: datetime | None = None,
        rooms: Collection[str] = EVERY_ROOM,
        legal: datetime | None = None,
        nonce: str | None = None,
        key: str = "k",
        private: Mapping[str, str] | None = None,
    ) -> Entry:
        """Check and take down one act with the guards and folds of these rooms (prefixes of their modules).

        Raises what a guard raises; the states are then as they were.
        """
        # Terms look at books, which are Django's; what says acts here is set up by then.
        from meguri.journal.entry import terms

        found = kinds.find(kind)
        act = Act(
            kind=kind,
            version=found.version,
            node="test",
            subjects=subjects(found.subjects(body)),
            actor=actor,
            key=key,
            nonce=nonce or str(len(self.entries)),
            claimed=clock.stamp(claimed or self.now),
            body=msgspec.to_builtins(body),
            legal=clock.stamp(legal) if legal else None,
            private=dict(private or {}),
        )
        body = found.read(act)
        prefixes = tuple(rooms)
        wanted = {*act.subjects, *found.reads(act, body), actor}
        world = World({name: self.states.get(name) for name in wanted})
        at = Instants(claimed or self.now, self.now, legal)
        guards = [one for one in found.guards if one.__module__.startswith(prefixes)]
        ask([lambda world, act, body, at: terms.ask(world, act, at), *guards], world, act, body, at)
        if world.changed:
            raise AssertionError(f"a guard of {kind} writes {sorted(world.changed)}")
        world = World({name: self.states.get(name) for name in act.subjects})
        entry = Entry(act=act, id=act.id, number=len(self.entries) + 1, recorded=self.now)
        for fold in (one.fold for one in found.folds if one.fold.__module__.startswith(prefixes)):
            fold(world, entry, body)
        if not world.changed <= set(act.subjects):
            raise AssertionError(f"a fold of {kind} writes {sorted(world.changed)}, which the act does not name")
        self.states.update(world.changes())
        self.entries.append(entry)
        return entry
