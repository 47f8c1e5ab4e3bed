"""Playing the story: prepare the cast, play one step or all, start over, and reckon what came out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
from django.conf import settings
from django.db import connection, transaction

from meguri.consent import services as consent
from meguri.demonstration import admitting, outcome, scenario, stage, story
from meguri.demonstration.models import Stage
from meguri.demonstration.scenario import Scenario
from meguri.demonstration.telling import Played, Telling
from meguri.journal import recording, triggers
from meguri.journal import services as journal
from meguri.journal.books import books
from meguri.journal.models import ActRow, Founding
from meguri.kit import clock
from meguri.kit.node import of_demonstration
from meguri.kit.problems import N_, NotAllowed, NotFound, Problem


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


def start_over(numbers: Scenario | None = None) -> None:
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


def play_next() -> Played | None:
    """Play the next step, whole or not at all; None at the story's end. Raises MeguriError where it cannot go on."""
    _require()
    with transaction.atomic():
        row = Stage.objects.select_for_update().order_by("id").first()
        if row is None:
            raise NotFound(Problem(N_("The demonstration is not prepared. Run: meguri setup"), "", "stage"))
        if row.step >= len(story.STEPS):
            return None
        step = story.STEPS[row.step]
        numbers = msgspec.convert(row.scenario, Scenario)
        stage.move_to(row, step.instant(numbers, row.step))
        row.save()
        with clock.running(stage.time_of(row)):
            consent.lapse()
            telling = Telling(numbers, clock.now(), dict(row.memory))
            told = step.run(telling)
        row.step += 1
        seen = {"name": step.name, "url": told.url, "en": told.detail.en, "ja": told.detail.ja}
        row.memory = {**telling.memory, "trail": [*row.memory.get("trail", []), seen]}
        row.save()
    journal.seal()
    return Played(step.name, step.role, step.title, telling.at, told.url, told.detail)


def play_all(numbers: Scenario, say: Callable[[str], None]) -> dict[str, Any]:
    """Start over with these numbers and play to the end. Returns what `meguri demo --json` prints."""
    start_over(numbers)
    steps: list[dict[str, Any]] = []
    while (played := play_next()) is not None:
        say(f"{played.at:%Y-%m-%d}  {played.title.en}" + (f"  {played.detail.en}" if played.detail.en else ""))
        steps.append(
            {
                "name": played.name,
                "role": played.role,
                "title": played.title.en,
                "on": f"{played.at:%Y-%m-%d}",
                "done": True,
                "detail": played.detail.en,
            }
        )
    row = stage.row()
    assert row is not None
    return {"steps": steps, **outcome.reckon(row.memory)}


def summary(result: dict[str, Any]) -> str:
    """What came out, for a person at a terminal."""
    return outcome.summary(result)


def _require() -> None:
    if not settings.DEMONSTRATION:
        raise NotFound(Problem(N_("There is no demonstration here: it plays only in demonstration mode."), "", "mode"))


def _set(numbers: Scenario, run: int) -> None:
    first = story.STEPS[0].instant(numbers, 0) - timedelta(days=1)
    Stage.objects.create(
        run=run, step=0, now=first, set_at=clock.machine(), scenario=msgspec.to_builtins(numbers), memory={}
    )
    with clock.running(stage.source()):
        journal.ensure_node()
        admitting.admit_cast(numbers)


def _empty() -> None:
    """Empty the journal and its projections. Only the demonstration may: elsewhere nothing ever calls this."""
    triggers.release_rows(connection)
    try:
        tables = [book.model._meta.db_table for book in books()]
        with connection.cursor() as cursor, recording.as_writer():
            for table in (*tables, *triggers.TABLES, "journal_private", "journal_sealed_key", "kit_sharelink"):
                cursor.execute(f'DELETE FROM "{table}"')  # noqa: S608 - names come from the code, not from a request
    finally:
        triggers.guard_rows(connection)
