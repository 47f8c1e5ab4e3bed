"""The command ``meguri law alerts``: look at all that is followed, or try a draft on it."""

from __future__ import annotations

import argparse
import json
from datetime import date
from pathlib import Path

from meguri.kit.language.speaking import add_language
from meguri.kit.problems import N_, refuse
from meguri.kit.running.starting import start


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to those of the law."""
    inner = subparsers.choices["law"].get_default("further")
    alerts = inner.add_parser(
        "alerts",
        help="what the law changes of what people follow",
        description="Ask all that is followed under the packs on file and compare with the answers last given; or, "
        "with a draft, say what it would change.",
    )
    alerts.add_argument("--with", dest="draft", type=Path, metavar="DRAFT.toml", help="a draft, laid over the law")
    alerts.add_argument("--tell", action="store_true", help="also tell the followers what the draft would change")
    alerts.add_argument("--on", default="", metavar="DATE", help="the day to ask for (default: today)")
    alerts.add_argument("--json", action="store_true", help="one JSON object")
    add_language(alerts)
    alerts.set_defaults(run=_alerts)


def _alerts(arguments: argparse.Namespace) -> int:
    """Exit status 0, also where nothing changed; 2 where the draft or the day cannot be read."""
    start()
    from meguri import law
    from meguri.following import looking, wording
    from meguri.kit import clock

    try:
        day = date.fromisoformat(arguments.on) if arguments.on else clock.today()
    except ValueError:
        raise refuse(N_("“{day}” is not a day such as 2026-12-09."), "/on", "day", day=arguments.on[:40]) from None
    if arguments.draft:
        found = looking.under_draft(law.drafted(arguments.draft), arguments.draft.stem, day, tell=arguments.tell)
    elif arguments.tell:
        raise refuse(N_("Only a draft is told with --tell: what the packs change is told anyway."), "/tell", "tell")
    else:
        found = looking.look(day)
    if arguments.json:
        told = [
            {
                "number": row.pk,
                "kind": row.kind,
                "on": row.on,
                "followed": row.watched.kind,
                "title": wording.title(row.watched).en,
                "before": row.before,
                "after": row.after,
                "draft": row.draft,
                "count": row.count,
                "changes": row.changes,
            }
            for row in found.told
        ]
        print(json.dumps({"on": day.isoformat(), "looked": found.looked, "alerts": told}, ensure_ascii=False))
    else:
        for row in found.told:
            print(wording.line(row).say())
        print(f"looked at: {found.looked}, told: {len(found.told)}")
    return 0
