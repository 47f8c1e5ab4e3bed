"""What a story leaves: what waits for whom, whether the masses add up, how the journal stands."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from meguri.consent.waiting import waiting_for
from meguri.custody import tracing
from meguri.custody.commands import balance_json
from meguri.journal import services as journal
from meguri.kit import clock
from meguri.play.stage import Stage


def queues(stage: Stage, at: datetime) -> dict[str, list[dict[str, Any]]]:
    """What waits for each organisation of the story at an instant, soonest due first."""
    found = {}
    with clock.running(lambda: at):
        for name, subject in stage.organisations.items():
            found[name] = [
                {
                    "what": task.what or "step",
                    "case": task.case,
                    "number": task.number,
                    "track": task.track.key if task.track else None,
                    "movement": task.movement or None,
                    "transitions": [offer.row.transition for offer in task.offers],
                    "due": clock.stamp(task.due.due_at) if task.due else None,
                }
                for task in waiting_for(subject, at)
            ]
    return found


def reckon(stage: Stage, at: datetime) -> dict[str, Any]:
    """The rest of what `meguri play --json` prints."""
    report = journal.verify()
    return {
        "queues": queues(stage, at),
        "balance": balance_json(tracing.balance()),
        "journal": {"intact": report.intact, "root": report.root, "acts": report.acts},
    }
