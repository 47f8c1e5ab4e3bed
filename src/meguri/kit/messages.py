"""Compile the translation catalogues of every room, without needing gettext on the machine.

``python -m meguri.kit.messages`` writes a ``.mo`` beside each ``.po`` that is newer than it. A wheel brings them
compiled (`hatch_build.py`, which loads this file by its path), and what is installed is not written to.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOMS = Path(__file__).resolve().parent.parent
ALWAYS = datetime(2020, 1, 1, tzinfo=UTC)
"""What a compiled catalogue says that it was made: with today's date, no two builds would be the same."""


def sources(root: Path = ROOMS) -> list[Path]:
    """Every catalogue as translators write it."""
    return sorted(root.glob("*/locale/*/LC_MESSAGES/*.po"))


def compile_one(source: Path, target: Path) -> None:
    """Write one compiled catalogue."""
    with source.open("rb") as file:
        catalogue = read_po(file, locale=source.parent.parent.name)
    catalogue.creation_date = catalogue.revision_date = ALWAYS
    with target.open("wb") as file:
        write_mo(file, catalogue)


def compile_catalogues(root: Path = ROOMS) -> int:
    """Compile what changed; returns how many catalogues were written."""
    written = 0
    for source in sources(root):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        compile_one(source, target)
        written += 1
    return written


if __name__ == "__main__":
    from meguri.kit.files import home

    print(f"catalogues compiled: {compile_catalogues() if home.in_checkout() else 0}")
