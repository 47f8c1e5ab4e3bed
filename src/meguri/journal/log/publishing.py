"""Checkpoints written to a folder after each sealing, from where they go to places that the operator does not rule.

A file for each size, and ``latest``; each is whole from the moment it is there. One that is there already is never
written over: where it says something else, the log is another than it was, and `/readyz` says so.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path

from django.conf import settings

from meguri.journal.log import checkpoints
from meguri.journal.models import Checkpoint
from meguri.kit.problems import MeguriError
from meguri.kit.running import readiness

log = logging.getLogger(__name__)
LATEST = "latest"
LATE = 10.0
"""Seconds after which a checkpoint that is not in the folder is missed."""


def name(size: int) -> str:
    """The file of the checkpoint of that size; in the order of names they stand in the order of sizes."""
    return f"{size:012d}"


def publish(made: Checkpoint) -> None:
    """Write a checkpoint to the folder of `settings.CHECKPOINTS`, where there is one. A folder that cannot be written
    to stops no sealing: it shows at `/readyz`.
    """
    folder = folder_of()
    if folder is None or _size(folder) == made.size:
        return
    if _size(folder) > made.size:
        log.warning("%s has a checkpoint of more acts than are on record: this log is not what it was", folder)
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder, name(made.size), made.note)
        _write(folder, LATEST, made.note)
    except OSError as error:
        log.warning("the checkpoint of %s acts cannot be written to %s: %s", made.size, folder, error.strerror or error)


def _write(folder: Path, name: str, text: str) -> None:
    place, part = folder / name, folder / f".{name}.{os.getpid()}.part"
    if name != LATEST and place.exists():
        if place.read_text(encoding="utf-8") == text:
            return
        raise OSError(0, f"{place} is there already and is of another log")
    with part.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(place)


def folder_of() -> Path | None:
    """The folder, if checkpoints are written to one."""
    return Path(settings.CHECKPOINTS).expanduser() if settings.CHECKPOINTS else None


def _size(folder: Path) -> int:
    """The size of the newest checkpoint in the folder."""
    try:
        return checkpoints.read((folder / LATEST).read_text(encoding="utf-8")).size
    except (OSError, UnicodeDecodeError, MeguriError):
        return 0


def readiness_of_checkpoints() -> readiness.Check | None:
    """Whether the newest checkpoint is in the folder; nothing where none is written."""
    folder = folder_of()
    if folder is None:
        return None
    newest = Checkpoint.objects.order_by("-size").first()
    if newest is None or _size(folder) == newest.size:
        return readiness.Check(True, 0.0)
    waited = 0.0 if settings.DEMONSTRATION else max(0.0, (readiness.now() - newest.at).total_seconds())
    return readiness.Check(waited <= LATE and _size(folder) < newest.size, waited)
