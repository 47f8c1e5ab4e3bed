"""``meguri clock``: says what the passing of time has brought."""

from __future__ import annotations

import argparse
import json
import time
from typing import Any

from meguri.kit.problems import Refused
from meguri.kit.running import parents
from meguri.kit.running.starting import start
from meguri.law import keep_consents


def register(subparsers: Any) -> None:
    """Add the command of this room, and let the commands of the law look numbers of consents up on record."""
    keep_consents(_on_record)
    clock = subparsers.add_parser(
        "clock",
        help="record what the passing of time has brought",
        description="Record, dated at the instants at which they took effect, the consents that silence has brought by "
        "now, and take in on each track what others said and was not taken in at once. Safe to repeat; run it from a "
        "timer. Guards compare the same instants whether or not it has run.",
    )
    clock.add_argument("--watch", action="store_true", help="go on, once a minute, until interrupted")
    clock.add_argument("--json", action="store_true", help="print one JSON object")
    parents.add(clock)
    clock.set_defaults(run=run_clock)


def _on_record(number: str) -> bool:
    """Whether a case of this number is kept here; the record is opened for it. None is where it cannot be opened."""
    from django.apps import apps
    from django.db import DatabaseError

    try:
        if not apps.ready:
            start()
        from meguri.consent.models import Case

        return Case.objects.filter(number=number).exists()
    except (Refused, DatabaseError):
        return False


def run_clock(arguments: argparse.Namespace) -> int:
    """Run the clock once, or once a minute."""
    start()
    from django.db import connections

    from meguri.consent import intake, passing, services
    from meguri.kit.running import readiness

    parents.follow(arguments)
    while True:
        said, taken_in = services.lapse(), intake.take_in_all()
        if said or taken_in or not arguments.watch:
            if arguments.json:
                print(json.dumps({"said": said, "taken_in": taken_in}), flush=True)
            else:
                print(f"consents by silence recorded: {said}; acts taken in: {taken_in}", flush=True)
        if not arguments.watch:
            return 0
        readiness.beat(passing.NAME)
        connections.close_all()
        time.sleep(passing.EVERY)
