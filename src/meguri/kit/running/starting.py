"""Starting Django for a command that works on the record: whose record it is, and which clock it goes by."""

from __future__ import annotations

from meguri.kit import clock
from meguri.kit.problems import Problem, Refused


class EnvironmentProblem(Exception):
    """A setting of the surroundings is missing or unsafe; the text says what to do."""


def start(*, patient: bool = True) -> None:
    """Start Django, ask `settings.ON_START` whether this record may be opened, and go by the clock of `settings.CLOCK`.

    A command is `patient`: the database's limits on waiting are for pages. Raises Refused where the surroundings or the
    record forbid it.
    """
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
