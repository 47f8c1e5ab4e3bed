"""Where the demonstration stands, what day it is there, and in whose place the reader acts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import OperationalError, ProgrammingError
from django.http import HttpRequest

from meguri.demonstration import cast, story
from meguri.demonstration.models import Stage
from meguri.kit import clock
from meguri.kit.words import Words
from meguri.play.performance import Player
from meguri.play.stage import StoryStage as Known

# The demonstration's clock runs on from the day it was set to, but never reaches the next day of the story by itself.
RUNS_FOR = timedelta(hours=8)
SESSION_ROLE = "demonstration-role"


@dataclass(frozen=True)
class StageStanding:
    """What the band at the top of every page shows."""

    role: cast.Member | None
    roles: tuple[cast.Member, ...]
    today: date
    step: int
    steps: int
    next_title: Words | None
    next_role: Words | None
    band: str = "demonstration/band.html"


def row() -> Stage | None:
    """The stage's row; None before set-up."""
    try:
        return Stage.objects.first()
    except (OperationalError, ProgrammingError):
        return None


def time_of(stage: Stage) -> clock.Source:
    """The demonstration's clock as the stage stands now: law, legal clocks and acts go by it."""
    begun, set_at = stage.now, stage.set_at
    return lambda: begun + min(max(clock.machine() - set_at, timedelta(0)), RUNS_FOR)


def source() -> clock.Source | None:
    """The demonstration's clock, for a command that works on its record; None before set-up."""
    stage = row()
    return time_of(stage) if stage else None


def move_to(stage: Stage, instant: datetime) -> None:
    """Set the demonstration's clock, never backwards within a run."""
    stage.now = max(instant, time_of(stage)())
    stage.set_at = clock.machine()


def player(stage: Stage) -> Player:
    """A player that knows what the story has made so far, at the demonstration's hour."""
    at = time_of(stage)()
    return Player(Known(at, **stage.memory.get("names", {})), recorded=at)


def remember(stage: Stage, player: Player, scene: dict[str, Any] | None = None) -> None:
    """Keep what later scenes need, and how the one just played is shown."""
    known = player.stage
    names = {
        "organisations": known.organisations,
        "facilities": known.facilities,
        "licences": known.licences,
        "things": known.things,
    }
    trail = [*stage.memory.get("trail", []), *([scene] if scene else [])]
    stage.memory = {"names": names, "trail": trail}


def current(request: HttpRequest, stage: Stage) -> StageStanding:
    """The demonstration as this reader meets it."""
    scenes = story.scenes()
    following = scenes[stage.step] if stage.step < len(scenes) else None
    return StageStanding(
        role=cast.by_role(request.session.get(SESSION_ROLE, "")),
        roles=cast.members(),
        today=clock.today(),
        step=stage.step,
        steps=len(scenes),
        next_title=following.title if following else None,
        next_role=following.plays if following else None,
    )
