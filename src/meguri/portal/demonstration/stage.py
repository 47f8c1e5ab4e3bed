"""Where the demonstration stands, what day it is there, and in whose place the reader acts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import OperationalError, ProgrammingError
from django.http import HttpRequest

from meguri.kit import clock
from meguri.kit.words import Words
from meguri.portal.demonstration import cast
from meguri.portal.models import Stage

# The demonstration's clock runs on from the day it was set to, but never reaches the next day of the story by itself.
RUNS_FOR = timedelta(hours=8)
SESSION_ROLE = "demonstration-role"


@dataclass(frozen=True)
class Standing:
    """What the band at the top of every page shows."""

    role: cast.Member | None
    roles: tuple[cast.Member, ...]
    today: date
    step: int
    steps: int
    next_title: Words | None
    next_role: Words | None


def row() -> Stage | None:
    """The stage's row; None before set-up."""
    try:
        return Stage.objects.first()
    except (OperationalError, ProgrammingError):
        return None


def now() -> datetime:
    """The demonstration's instant; the machine's where no stage is set."""
    stage = row()
    wall = datetime.now(UTC)
    if stage is None:
        return wall
    return stage.now + min(max(wall - stage.set_at, timedelta(0)), RUNS_FOR)


def keep_time() -> None:
    """Let law, clocks and acts follow the demonstration's date in this process."""
    if settings.DEMONSTRATION:
        clock.use(now)


def move_to(stage: Stage, instant: datetime) -> None:
    """Set the demonstration's clock, never backwards within a run."""
    stage.now = max(instant, now())
    stage.set_at = datetime.now(UTC)


def remember(stage: Stage, **values: Any) -> None:
    """Keep what later steps of the story need."""
    stage.memory = {**stage.memory, **values}


def current(request: HttpRequest) -> Standing | None:
    """The demonstration as this reader meets it; None before set-up."""
    from meguri.portal.demonstration import story

    keep_time()
    stage = row()
    if stage is None:
        return None
    following = story.STEPS[stage.step] if stage.step < len(story.STEPS) else None
    return Standing(
        role=cast.by_role(request.session.get(SESSION_ROLE, "")),
        roles=cast.members(),
        today=clock.today(),
        step=stage.step,
        steps=len(story.STEPS),
        next_title=following.title if following else None,
        next_role=following.plays if following else None,
    )
