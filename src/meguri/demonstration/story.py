"""The demonstration's story as its scenes: read from ``story.toml``, told with the numbers of a scenario."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from meguri.demonstration import cast
from meguri.demonstration.scenario import StoryScenario
from meguri.kit.words import Words, cell
from meguri.play import story
from meguri.play.step import StoryStep
from meguri.play.story import Story

FILE = Path(__file__).with_name("story.toml")
ANYONE = Words("Anyone")


class ToldScene(msgspec.Struct, frozen=True):
    """Steps that are played together: the scene's stable name, its title, and the role that plays it."""

    name: str
    title: Words
    role: str

    @property
    def plays(self) -> Words:
        """The role in words."""
        member = cast.by_role(self.role)
        return member.plays if member else ANYONE


class AskedQuestion(msgspec.Struct, frozen=True):
    """One of the questions with which the story begins: its title, and the query of the page that asks it."""

    id: str
    title: Words
    query: str


@cache
def _tables() -> dict[str, Any]:
    return story.raw(FILE.read_text(encoding="utf-8"), FILE.name)


@cache
def scenes() -> tuple[ToldScene, ...]:
    """The scenes in their order."""
    return tuple(
        ToldScene(name, cell("demonstration/story", name, "title", one["title"]), one["plays"])
        for name, one in _tables()["scene"].items()
    )


def title_of(step: Mapping[str, Any] | StoryStep) -> Words:
    """The title of a step, where it has one of its own."""
    name, title = (step.id, step.title) if isinstance(step, StoryStep) else (step.get("id", ""), step.get("title", ""))
    return cell("demonstration/story", name, "title", title) if title else Words("")


def told(numbers: StoryScenario) -> Story:
    """The story with a scenario's numbers. Raises Refused where they do not fit its steps."""
    return story.parse(_tables(), numbers.numbers())


def steps_of(scene: str, told: Story) -> tuple[StoryStep, ...]:
    """The steps of a scene."""
    return tuple(step for step in told.steps if step.scene == scene)


def questions(told: Story) -> tuple[AskedQuestion, ...]:
    """The questions with which the story begins."""
    from meguri.play.verbs.law import AskStep, query

    return tuple(
        AskedQuestion(step.id, title_of(step), query(step.question(step.on)))
        for step in told.steps
        if isinstance(step, AskStep)
    )
