"""Starting Django for a command that works on the record: whose record it is, and which clock it goes by."""

from __future__ import annotations

import atexit
import gc
import sys
from functools import cache

from meguri.kit import clock
from meguri.kit.problems import Problem, Refused

YOUNG = 50_000
"""Objects made and not yet freed before the collector of garbage looks through the young ones."""


class EnvironmentProblem(Exception):
    """A setting of the surroundings is missing or unsafe; the text says what to do."""


@cache
def collect_seldom() -> None:
    """Let the collector of garbage look seldom, and not at all when the process ends: what is loaded stays, and looking
    through it again and again is a third of what a short command takes. Once for a process.
    """
    gc.set_threshold(YOUNG, *gc.get_threshold()[1:])
    atexit.register(leave)


def leave() -> None:
    """Close the databases, so that SQLite puts all into its one file, and leave the rest to the end of the process."""
    if "django.db" in sys.modules:
        from django.conf import settings
        from django.db import connections

        if settings.configured:
            connections.close_all()
    gc.freeze()


def start(*, patient: bool = True) -> None:
    """Start Django, ask `settings.ON_START` whether this record may be opened, and go by the clock of `settings.CLOCK`.

    A command is `patient`: the database's limits on waiting are for pages. Raises Refused where the surroundings or the
    record forbid it.
    """
    collect_seldom()
    import django

    try:
        django.setup()
    except EnvironmentProblem as error:
        raise Refused(Problem("{text}", "", "environment", {"text": str(error)})) from None
    from django.conf import settings
    from django.utils.module_loading import import_string

    if patient:
        from meguri.kit.running.database import be_patient

        be_patient()
    for asked in settings.ON_START:
        import_string(asked)()
    if settings.CLOCK:
        clock.give(import_string(settings.CLOCK)())
