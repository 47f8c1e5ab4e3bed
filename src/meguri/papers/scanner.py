"""The scanner of what is brought: a command of the operator's, given the content, judged by its exit status alone."""

from __future__ import annotations

import contextlib
import logging
import os
import shlex
import signal
import subprocess

from django.conf import settings

from meguri.kit.problems import N_, Refused, refuse

log = logging.getLogger(__name__)
WITHIN_S = 60.0
CLEAN, INFECTED = 0, 1
OWN = ("MEGURI_", "DJANGO_")
"""Settings and secrets, which a scanner does not need."""


def look(content: bytes) -> bool:
    """Whether the content was scanned; False where no scanner is set. Refused where it is infected, or where the
    scanner cannot say in time.
    """
    command = shlex.split(settings.SCANNER)
    if not command:
        return False
    environment = {name: value for name, value in os.environ.items() if not name.startswith(OWN)}
    try:
        with subprocess.Popen(  # noqa: S603 - the operator's own command, without a shell
            command,
            env=environment,
            cwd="/",
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as process:
            try:
                process.communicate(content, timeout=WITHIN_S)
            except subprocess.TimeoutExpired:
                log.warning("the scanner took longer than %s s", WITHIN_S)
                raise _cannot_say() from None
            finally:
                if process.poll() is None:
                    with contextlib.suppress(ProcessLookupError):
                        os.killpg(process.pid, signal.SIGKILL)
    except OSError as error:
        log.warning("the scanner cannot be run: %s", type(error).__name__)
        raise _cannot_say() from None
    if process.returncode == INFECTED:
        raise refuse(N_("The scanner finds something harmful in this file. It was not kept."), "/file", "infected")
    if process.returncode != CLEAN:
        log.warning("the scanner ended with %s", process.returncode)
        raise _cannot_say()
    return True


def _cannot_say() -> Refused:
    return refuse(
        N_("The scanner could not say whether this file is harmful. It was not kept; try again, or tell the operator."),
        "/file",
        "scanner",
    )
