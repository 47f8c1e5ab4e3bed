"""Preparing the record: schema, the node's own keys, the organisations everybody needs, the demonstration."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from meguri.kit.problems import N_, refuse

Say = Callable[[str], None]


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


def prepare(say: Say) -> None:
    """Bring the record up to date; safe to repeat and quick when nothing is to do."""
    from django.conf import settings
    from django.core.management import call_command

    from meguri.journal import services as journal

    require_home(settings.DATA)
    say("schema")
    call_command("migrate", verbosity=0, interactive=False)
    if settings.DEMONSTRATION:
        from meguri.portal.demonstration import playing

        if playing.prepare():
            say("demonstration: cast admitted, the story stands at its beginning")
        return
    say("keys of this node")
    journal.ensure_node()
