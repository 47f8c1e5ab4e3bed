"""The states of the subjects that an act touches: what guards read and folds change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

import msgspec

from meguri.kit.problems import N_, Conflict, Problem, refuse

State = msgspec.Struct
S = TypeVar("S", bound=msgspec.Struct)


class Unnamed(KeyError):
    """A guard or a fold asks for a subject that the act does not name."""


class World:
    """States by subject. A guard may only read; a fold may also `put`. Neither looks anywhere else."""

    def __init__(self, states: Mapping[str, State | None], writable: frozenset[str] | None = None) -> None:
        """States by subject, and which of them may be put (all, where nothing is said)."""
        self._states: dict[str, State | None] = dict(states)
        self._writable = frozenset(states) if writable is None else writable
        self.changed: set[str] = set()

    def get(self, subject: str, kind: type[S]) -> S | None:
        """The state, or None where there is none yet. Unnamed where the act did not name the subject."""
        state = self._named(subject)
        if state is None:
            return None
        assert isinstance(state, kind), f"{subject} is no {kind.__name__}"
        return state

    def need(self, subject: str, kind: type[S], pointer: str = "") -> S:
        """The state; a conflict where there is none."""
        state = self.get(subject, kind)
        if state is None:
            raise Conflict(
                Problem(N_("There is no {subject} on record."), pointer, "unknown-subject", {"subject": subject})
            )
        return state

    def absent(self, subject: str, pointer: str = "") -> None:
        """Refuse where the subject already exists."""
        if self._named(subject) is not None:
            raise Conflict(Problem(N_("{subject} is on record already."), pointer, "exists", {"subject": subject}))

    def _named(self, subject: str) -> State | None:
        try:
            return self._states[subject]
        except KeyError:
            raise Unnamed(subject) from None

    def put(self, subject: str, state: State) -> None:
        """Replace the state. KeyError where the act does not write the subject."""
        if subject not in self._writable:
            raise KeyError(f"{subject} is not written by this act")
        self._states[subject] = state
        self.changed.add(subject)

    def present(self) -> Iterator[tuple[str, State]]:
        """Every subject that there is, with its state."""
        for subject, state in self._states.items():
            if state is not None:
                yield subject, state

    def changes(self) -> Iterator[tuple[str, Any]]:
        """Subjects put since the start, with their states, in subject order."""
        for subject in sorted(self.changed):
            yield subject, self._states[subject]


def ask(guards: Iterable[Callable[..., None]], world: World, *told: Any) -> None:
    """Ask each guard of what was told. An act that leaves empty what a guard has to look at is refused like any other
    whose fields do not fit together.
    """
    for guard in guards:
        try:
            guard(world, *told)
        except Unnamed as unnamed:
            raise refuse(
                N_("The act leaves out something that has to be looked at: it names no “{subject}”."),
                "/body",
                "left-out",
                subject=str(unnamed.args[0]),
            ) from None
