"""Preparing the record: schema, whose record it is, the node's own keys, and what apps above add."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from meguri.kit.node import of_demonstration
from meguri.kit.problems import N_, refuse

Say = Callable[[str], None]
Step = Callable[[Say], None]
_more: list[Step] = []


def also(step: Step) -> None:
    """Let an app above the portal prepare what is its own, before the node is founded."""
    if step not in _more:
        _more.append(step)


def require_home(home: Path) -> None:
    """Make the data folder; raises Refused where it cannot be written."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        probe = home / ".writable"
        probe.touch()
        probe.unlink()
    except OSError:
        raise refuse(
            N_("The data folder {home} cannot be written to. Set MEGURI_HOME to a folder of your own."),
            "/home",
            "home",
            home=str(home),
        ) from None


def bring_up_to_date() -> None:
    """The tables as this version has them."""
    from django.conf import settings
    from django.core.management import call_command

    require_home(settings.DATA)
    call_command("migrate", verbosity=0, interactive=False)


def prepare(say: Say) -> None:
    """Bring the record up to date; safe to repeat and quick when nothing is to do."""
    from meguri.journal import services as journal
    from meguri.journal.rebuild import rebuilding

    say("schema")
    bring_up_to_date()
    require_own_record()
    rebuilding.fill_in()
    # Before the node's keys: a story that begins on a day of its own founds the node on that day.
    for step in _more:
        step(say)
    say("keys of this node")
    journal.ensure_node()


def require_own_record() -> None:
    """Refuse a record of another mode: the demonstration opens its own alone, and nobody else opens that.

    The name under which the record was founded says whose it is, whatever folder or database it lies in.
    """
    from django.conf import settings
    from django.db import OperationalError, ProgrammingError

    from meguri.journal.models import Founding

    try:
        founded = Founding.objects.first()
    except (OperationalError, ProgrammingError):
        return
    if founded is None or of_demonstration(founded.value.node) == settings.DEMONSTRATION:
        return
    raise refuse(
        N_("This record was founded by {node} and is not opened in {mode} mode. Name another MEGURI_HOME or database."),
        "/mode",
        "record",
        node=founded.value.node,
        mode=settings.MODE,
    )


def remember_time() -> None:
    """Take it, in production, that the instant of the newest act is past, whatever the machine's clock says."""
    from django.conf import settings
    from django.db import OperationalError, ProgrammingError

    from meguri.journal.models import ActRow
    from meguri.kit import clock

    if not settings.PRODUCTION:
        return
    try:
        newest = ActRow.objects.order_by("-number").values_list("recorded", flat=True).first()
    except (OperationalError, ProgrammingError):
        return
    if newest is not None:
        clock.not_before(newest)
