"""Compile the translation catalogues of every room, without needing gettext on the machine.

``python -m meguri.kit.messages`` writes a ``.mo`` beside each ``.po`` that is newer than it.
"""

from __future__ import annotations

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOMS = Path(__file__).resolve().parent.parent


def compile_catalogues(root: Path = ROOMS) -> int:
    """Compile what changed; returns how many catalogues were written."""
    written = 0
    for source in sorted(root.glob("*/locale/*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with source.open("rb") as file:
            catalogue = read_po(file, locale=source.parent.parent.name)
        with target.open("wb") as file:
            write_mo(file, catalogue)
        written += 1
    return written


if __name__ == "__main__":
    print(f"catalogues compiled: {compile_catalogues()}")
