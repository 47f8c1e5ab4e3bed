"""A journal without storage, for tests of guards and folds; and acts told to it again with one thing changed."""

from __future__ import annotations

import msgspec
import pytest

from meguri.journal import kinds
from meguri.journal.act import Act, Entry, Instants, subjects
from meguri.journal.world import World, ask
from meguri.kit import clock


class Record:
    """A journal without storage: guards, then folds, over states kept in memory."""

    def __init__(self, now):
        self.now = now
        self.states = {}
        self.entries = []

    def say(self, actor, kind, body, claimed=None, rooms=("meguri",), legal=None, nonce=None, key="k", private=None):
        """Check and take down one act with the guards and folds of these rooms; returns its entry."""
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
        wanted = {*act.subjects, *found.reads(act, body), actor}
        world = World({name: self.states.get(name) for name in wanted})
        at = Instants(claimed or self.now, self.now, legal)
        from meguri.journal.entry import terms

        guards = [one for one in found.guards if one.__module__.startswith(rooms)]
        ask([lambda world, act, body, at: terms.ask(world, act, at), *guards], world, act, body, at)
        assert not world.changed
        world = World({name: self.states.get(name) for name in act.subjects})
        entry = Entry(act=act, id=act.id, number=len(self.entries) + 1, recorded=self.now)
        for fold in (f.fold for f in found.folds if f.fold.__module__.startswith(rooms)):
            fold(world, entry, body)
        assert world.changed <= set(act.subjects)
        self.states.update(world.changes())
        self.entries.append(entry)
        return entry


class Told:
    """An act that the record takes, told to a record that has not heard it yet: as it was, or with changes."""

    def __init__(self, record, before, tell, rooms=("meguri",)):
        self.record, self.rooms = record, rooms
        before(record)
        states, entries = dict(record.states), list(record.entries)
        self.act = tell(record).act
        record.states, record.entries = states, entries
        self.body = kinds.find(self.act.kind).read(self.act)

    def say(self, actor="", claimed=None, nonce="", legal=None, **changes):
        """Say it, where that is to be by somebody else, at another instant or with another body than it was."""
        at = claimed or clock.parse(self.act.claimed)
        legal = legal or (clock.parse(self.act.legal) if self.act.legal else None)
        body = msgspec.structs.replace(self.body, **changes)
        return self.record.say(
            actor or self.act.actor,
            self.act.kind,
            body,
            at,
            self.rooms,
            legal,
            nonce or self.act.nonce,
            self.act.key,
            self.act.private,
        )

    def refused(self, kind, **changes):
        """Where and with which codes it is refused so; the record is as it was."""
        before = dict(self.record.states)
        with pytest.raises(kind) as caught:
            self.say(**changes)
        assert self.record.states == before
        return [(problem.pointer, problem.code) for problem in caught.value.problems]

    def alter(self, subject, **changes):
        """Let a state be another before the act is said."""
        self.record.states[subject] = msgspec.structs.replace(self.record.states[subject], **changes)

    def written(self, **changes):
        """What saying it writes: the states that are new or others, by subject."""
        before = dict(self.record.states)
        entry = self.say(**changes)
        return entry, {name: state for name, state in self.record.states.items() if before.get(name) != state}
