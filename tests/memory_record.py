"""A journal without storage, for tests of guards and folds; and acts told to it again with one thing changed."""

from __future__ import annotations

import msgspec
import pytest

from meguri.journal import kinds
from meguri.journal.entry.in_memory import MemoryRecord
from meguri.kit import clock

Record = MemoryRecord


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
