"""What plans rest on, in one word: a digest of the tables and the code, so that old answers are not taken for new."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version
from pathlib import Path

FORMAT = 1
PACKAGE = Path(__file__).resolve().parents[2]
ROOMS = ("network", "sea", "arisings", "reference", "worth", "materials", "law")
SKIPPED = frozenset({"web", "locale", "measure", "oracles", "__pycache__", "drafts"})
BESIDE = frozenset({"commands", "plan_commands", "room", "reports", "printed", "bench"})
"""Modules that show what was planned, or measure it, and change nothing of it."""


@cache
def digest() -> str:
    """SHA-256 over the code and tables that plans depend on; pages, texts and scenarios left out."""
    whole = hashlib.sha256(f"format {FORMAT}, highs {version('highspy')}, numpy {version('numpy')}".encode())
    for room in ROOMS:
        for path in sorted((PACKAGE / room).rglob("*")):
            inside = path.relative_to(PACKAGE)
            if path.suffix not in (".py", ".csv", ".toml", ".json") or SKIPPED & set(inside.parts):
                continue
            # A scenario's own digest says what it assumes.
            if path.stem not in BESIDE and not (path.suffix == ".toml" and "scenarios" in inside.parts):
                whole.update(inside.as_posix().encode())
                whole.update(path.read_bytes())
    return whole.hexdigest()
