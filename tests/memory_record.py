"""A journal without storage, for tests of guards and folds."""

from __future__ import annotations

import msgspec

from meguri.journal import kinds
from meguri.journal.act import Act, Entry, Instants, subjects
from meguri.journal.world import World
from meguri.kit import clock


class Record:
    """A journal without storage: guards, then folds, over states kept in memory."""

    def __init__(self, now):
        self.now = now
        self.states = {}
        self.entries = []

    def say(self, actor, kind, body, claimed=None, rooms=("meguri",), legal=None, nonce=None):
        """Check and take down one act with the guards and folds of these rooms; returns its entry."""
        found = kinds.find(kind)
        act = Act(
            kind=kind,
            version=found.version,
            node="test",
            subjects=subjects(found.subjects(body)),
            actor=actor,
            key="k",
            nonce=nonce or str(len(self.entries)),
            claimed=clock.stamp(claimed or self.now),
            body=msgspec.to_builtins(body),
            legal=clock.stamp(legal) if legal else None,
        )
        body = found.read(act)
        wanted = {*act.subjects, *found.reads(act, body), actor}
        world = World({name: self.states.get(name) for name in wanted})
        at = Instants(claimed or self.now, self.now, legal)
        for guard in (g for g in found.guards if g.__module__.startswith(rooms)):
            guard(world, act, body, at)
        assert not world.changed
        world = World({name: self.states.get(name) for name in act.subjects})
        entry = Entry(act=act, id=act.id, number=len(self.entries) + 1, recorded=self.now)
        for fold in (f.fold for f in found.folds if f.fold.__module__.startswith(rooms)):
            fold(world, entry, body)
        assert world.changed <= set(act.subjects)
        self.states.update(world.changes())
        self.entries.append(entry)
        return entry
