"""Playing the story: prepare the cast, play one scene or all, start over, and reckon what came out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec
from django.conf import settings
from django.db import connection, transaction

from meguri.consent import services as consent
from meguri.demonstration import outcome, scenario, stage, story
from meguri.demonstration.models import Stage
from meguri.demonstration.scenario import StoryScenario
from meguri.demonstration.story import ToldScene
from meguri.journal import services as journal
from meguri.journal.entry import recording, triggers
from meguri.journal.models import ActRow, Founding
from meguri.journal.projections import relating
from meguri.journal.projections.books import books
from meguri.kit import clock
from meguri.kit.node import of_demonstration
from meguri.kit.problems import N_, NotAllowed, NotFound, Problem, Refused
from meguri.kit.words import Words, listed, plain
from meguri.play.performance import BEFORE, Played, Player
from meguri.play.step import StoryStep, moment
from meguri.play.verbs.law import AskStep


def set_stage(say: Callable[[str], None]) -> None:
    """Set the stage where there is none yet: cast, first day."""
    if prepare():
        say("demonstration: cast admitted, the story stands at its beginning")


def prepare() -> bool:
    """Set the stage where there is none yet. Returns whether anything was done."""
    _require()
    if stage.row() is not None:
        return False
    with transaction.atomic():
        _set(scenario.load(), run=1)
    journal.seal()
    return True


def start_over(numbers: StoryScenario | None = None) -> None:
    """Begin a new journal, with new keys, and put the story back to its beginning.

    Refuses any record that is not the demonstration's own: one that another node founded, or that no stage was set in.
    """
    _require()
    before = stage.row()
    _require_own(before)
    with transaction.atomic():
        _empty()
        Stage.objects.all().delete()
        _set(numbers or scenario.load(), run=(before.run + 1) if before else 1)
    journal.seal()


def _require_own(before: Stage | None) -> None:
    founded = Founding.objects.first()
    acts = ActRow.objects.exists()
    if (founded and not of_demonstration(founded.value.node)) or (acts and before is None):
        raise NotAllowed(
            Problem(
                N_("This record is not the demonstration's own, so it is not begun anew. Nothing was changed."),
                "",
                "record",
            )
        )


class PlayedScene(msgspec.Struct, frozen=True):
    """A scene that was played: where it can be seen, and what came out."""

    scene: ToldScene
    at: datetime
    url: str
    detail: Words


def play_next() -> PlayedScene | None:
    """Play the next scene, whole or not at all; None at the story's end. Raises MeguriError where it cannot go on."""
    _require()
    with transaction.atomic():
        row = Stage.objects.select_for_update().order_by("id").first()
        if row is None:
            raise NotFound(Problem(N_("The demonstration is not prepared. Run: meguri setup"), "", "stage"))
        if row.step >= len(story.scenes()):
            return None
        scene = story.scenes()[row.step]
        told = story.told(msgspec.convert(row.scenario, StoryScenario))
        player = stage.player(row)
        url, details, at = "", [], player.stage.at
        for step in story.steps_of(scene.name, told):
            if not step.only_if:
                continue
            stage.move_to(row, moment(step, player.stage.at))
            with clock.running(stage.time_of(row)):
                consent.lapse()
            played = player.play(row.step + 1, step)
            if not played.done and step.expect != "refused":
                assert played.refused is not None
                raise Refused(played.refused)
            at, url = played.at, url or played.made.url
            details.append(_detail(step, played))
            if played.refused:
                player.stage.things[step.as_] = {"refused": played.refused.say("en")}
        detail = listed([one for one in details if one], Words("; ", context="list"))
        row.step += 1
        url = url or _usual(player)
        stage.remember(row, player, {"scene": scene.name, "url": url, "detail": msgspec.to_builtins(detail)})
        row.save()
    journal.seal()
    return PlayedScene(scene, at, url, detail)


def _detail(step: StoryStep, played: Played) -> Words:
    if played.refused:
        return Words("refused: {why}").format(why=Words(played.refused.text).format(**played.refused.params))
    if isinstance(step, AskStep):
        return plain(f"{step.id} {played.made.ids['verdict']}")
    return played.made.told


def _usual(player: Player) -> str:
    """Where a scene is seen that says nothing of it: the case, once there is one."""
    case = player.stage.things.get("case", {}).get("case")
    return f"/cases/{case}" if case else "/lots/"


def play_all(numbers: StoryScenario, say: Callable[[str], None]) -> dict[str, Any]:
    """Start over with these numbers and play to the end. Returns what `meguri demo --json` prints."""
    start_over(numbers)
    steps: list[dict[str, Any]] = []
    while (played := play_next()) is not None:
        detail = played.detail.en
        say(f"{played.at:%Y-%m-%d}  {played.scene.title.en}" + (f"  {detail}" if detail else ""))
        steps.append(
            {
                "name": played.scene.name,
                "role": played.scene.role,
                "title": played.scene.title.en,
                "on": f"{played.at:%Y-%m-%d}",
                "done": True,
                "detail": detail,
            }
        )
    row = stage.row()
    assert row is not None
    return {"steps": steps, **outcome.reckon(story.told(numbers), stage.player(row).stage)}


def summary(result: dict[str, Any]) -> str:
    """What came out, for a person at a terminal."""
    return outcome.summary(result)


def _require() -> None:
    if not settings.DEMONSTRATION:
        raise NotFound(Problem(N_("There is no demonstration here: it plays only in demonstration mode."), "", "mode"))


def _set(numbers: StoryScenario, run: int) -> None:
    told = story.told(numbers)
    first = moment(told.steps[0], clock.machine()) - BEFORE
    row = Stage(run=run, step=0, now=first, set_at=clock.machine(), scenario=msgspec.to_builtins(numbers), memory={})
    player = stage.player(row)
    with clock.running(lambda: first):
        journal.ensure_node()
    player.admit(told)
    stage.remember(row, player)
    row.save()


def _empty() -> None:
    """Empty the journal and its projections. Only the demonstration may: elsewhere nothing ever calls this."""
    triggers.release_rows(connection)
    try:
        tables = [book.model._meta.db_table for book in books()] + [table.name for table in relating.TABLES]
        with connection.cursor() as cursor, recording.as_writer():
            for table in (*tables, *triggers.TABLES, "journal_private", "journal_sealed_key", "kit_sharelink"):
                cursor.execute(f'DELETE FROM "{table}"')  # noqa: S608 - names come from the code, not from a request
    finally:
        triggers.guard_rows(connection)
