"""What a story leaves: what waits for whom, whether the masses add up, how the journal stands."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from meguri.consent.case import tasks as steps
from meguri.custody.balance import totals
from meguri.custody.commands import balance_json
from meguri.journal import services as journal
from meguri.kit import clock
from meguri.movement import tasks as journeys
from meguri.play.stage import StoryStage


def queues(stage: StoryStage, at: datetime) -> dict[str, list[dict[str, Any]]]:
    """What waits for each organisation of the story at an instant, soonest due first."""
    found = {}
    with clock.running(lambda: at):
        for name, subject in stage.organisations.items():
            found[name] = [
                {
                    "what": "step",
                    "case": task.case,
                    "number": task.number,
                    "track": task.track.key,
                    "movement": None,
                    "transitions": [offer.row.transition for offer in task.offers],
                    "due": clock.stamp(task.due.due_at) if task.due else None,
                    "closed": None,
                }
                for task in steps.waiting_for(subject, at)
            ] + [
                {
                    "what": task.what,
                    "case": task.case or None,
                    "number": task.number,
                    "track": None,
                    "movement": task.movement or None,
                    "transitions": list(task.transitions),
                    "due": None,
                    "closed": task.closed.code if task.closed else None,
                }
                for task in journeys.waiting_for(subject, at)
            ]
    return found


def reckon(stage: StoryStage, at: datetime) -> dict[str, Any]:
    """The rest of what `meguri play --json` prints."""
    report = journal.verify()
    return {
        "queues": queues(stage, at),
        "balance": balance_json(totals.balance()),
        "journal": {"intact": report.intact, "root": report.root, "acts": report.acts},
    }
