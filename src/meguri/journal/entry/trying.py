"""Acts tried without being told: what guards say of them on the record as it is, with what was tried before.

Nothing is signed, held or written. What is tried may still be refused when it is told: the record goes on meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TypeVar, cast

import msgspec
from django.conf import settings

from meguri.journal import kinds
from meguri.journal.act import Act, Entry, Instants, subjects
from meguri.journal.entry.recording import on_terms
from meguri.journal.projections import books
from meguri.journal.world import State, World, ask
from meguri.kit import clock

S = TypeVar("S", bound=msgspec.Struct)


class Trial:
    """A record as it would be. States are read once and kept; `know` reads many at once."""

    def __init__(self, actor: str) -> None:
        self.actor = actor
        self._states: dict[str, State | None] = {}
        self._count = 0

    def know(self, names: Iterable[str]) -> None:
        """Read the states of these subjects that are not known yet."""
        new = {name for name in names if name not in self._states}
        if new:
            self._states.update(books.load(new))

    def get(self, subject: str, kind: type[S]) -> S | None:
        """A state as it would be by now; None where there is none."""
        self.know([subject])
        return cast(S | None, self._states[subject])

    def say(self, kind: str, body: msgspec.Struct, at: datetime | None = None) -> None:
        """Try an act: raise what refuses it, else go on as if it had been told."""
        found, now = kinds.find(kind), clock.now()
        claimed = at or now
        act = Act(
            kind=kind,
            version=found.version,
            node=settings.NODE,
            subjects=subjects(found.subjects(body)),
            actor=self.actor,
            key="",
            nonce="",
            claimed=clock.stamp(claimed),
            body={},
        )
        names = {*act.subjects, *found.reads(act, body), self.actor}
        self.know(names)
        world = World({name: self._states[name] for name in names}, frozenset())
        ask([on_terms, *found.guards], world, act, body, Instants(claimed, now, None))
        written = World({name: self._states[name] for name in act.subjects})
        self._count += 1
        entry = Entry(act=act, id=f"tried-{self._count}", number=self._count, recorded=now)
        for folding in found.folds:
            if folding.serves(found.version):
                folding.fold(written, entry, body)
        self._states.update(written.changes())
