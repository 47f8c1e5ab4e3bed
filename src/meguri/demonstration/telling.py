"""What a step of the story is, and what it is told with: the scenario, the day, and what earlier steps remember."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any

from meguri.demonstration import cast
from meguri.demonstration.scenario import Scenario
from meguri.kit.words import Words

NOTHING = Words("")


@dataclass
class Telling:
    """The hands of one step: its scenario, its instant, and a memory that later steps read."""

    scenario: Scenario
    at: datetime
    memory: dict[str, Any] = field(default_factory=dict)

    def who(self, role: str) -> str:
        """The subject of the organisation that plays a role."""
        return cast.member(role).subject

    def recall(self, name: str) -> Any:
        """What an earlier step kept. KeyError where it kept no such thing."""
        return self.memory[name]

    def keep(self, **values: Any) -> None:
        """Keep something (JSON values) for later steps."""
        self.memory.update(values)


@dataclass(frozen=True)
class Told:
    """Where the step can be seen, and a sentence on what came out."""

    url: str
    detail: Words = NOTHING


@dataclass(frozen=True)
class Step:
    """One step: its stable name, who plays it, what happens, on which of the scenario's days."""

    name: str
    role: str
    title: Words
    day: str
    run: Callable[[Telling], Told]

    @property
    def plays(self) -> Words:
        """The role in words."""
        member = cast.by_role(self.role)
        return member.plays if member else Words("Anyone")

    def instant(self, scenario: Scenario, position: int) -> datetime:
        """When it happens: in the morning of its day in Asia, later steps of one day later."""
        day = getattr(scenario.dates, self.day)
        return datetime.combine(day, time(1, 0), UTC) + timedelta(minutes=7 * position)


@dataclass(frozen=True)
class Played:
    """A step that was played."""

    name: str
    role: str
    title: Words
    at: datetime
    url: str
    detail: Words
