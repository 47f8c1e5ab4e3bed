"""Where finished runs are kept: one folder each under MEGURI_HOME/arisings, named by the digest of all that went in."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from meguri.arisings.runs.results import VariableBlock
from meguri.arisings.scenarios.scenario import ArisingsScenario
from meguri.kit.files import home as data

FORMAT = 1
MOST = 12
"""How many runs are kept; the ones not used for longest go first."""
PACKAGE = Path(__file__).resolve().parents[2]
ROOMS = ("arisings", "reference", "worth", "materials")
SKIPPED = ("web", "locale", "checks", "measure", "reports", "__pycache__")
BESIDE = ("commands", "room", "store", "ensemble", "processes", "threads", "iamc")
"""Folders, modules and tables from which no figure of a run comes."""


@cache
def code_digest() -> str:
    """SHA-256 over the code and tables that figures depend on; pages, texts and scenarios left out."""
    whole = hashlib.sha256(f"format {FORMAT}, numpy {np.__version__}".encode())
    for room in ROOMS:
        for path in sorted((PACKAGE / room).rglob("*")):
            inside = path.relative_to(PACKAGE)
            if path.suffix not in (".py", ".csv") or set(inside.parts) & set(SKIPPED):
                continue
            if path.stem not in BESIDE:
                whole.update(inside.as_posix().encode())
                whole.update(path.read_bytes())
    return whole.hexdigest()


def digest(scenario: ArisingsScenario) -> str:
    """The digest under which a scenario's run is kept: of its assumptions, the tables and the code."""
    return hashlib.sha256((scenario.digest() + code_digest()).encode()).hexdigest()


def home() -> Path:
    """The folder of all runs: MEGURI_HOME/arisings, by default beside the other data (`kit.files.home`)."""
    return data.folder("arisings")


class Blocks(Mapping[str, VariableBlock]):
    """Blocks by variable, read from a folder as they are asked for."""

    def __init__(self, folder: Path, index: Mapping[str, Mapping[str, Any]]) -> None:
        self._folder, self._index = folder, index
        self._read: dict[str, VariableBlock] = {}

    def __getitem__(self, name: str) -> VariableBlock:
        if name not in self._read:
            axes = self._index[name]
            with np.load(self._folder / f"{name}.npz", allow_pickle=False) as found:
                self._read[name] = VariableBlock(
                    name, tuple(axes["economies"]), tuple(axes["products"]), tuple(axes["items"]),
                    *(found[part] for part in PARTS),
                )  # fmt: skip
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._index)

    def __len__(self) -> int:
        return len(self._index)


PARTS = ("value", "quantiles", "confidence", "basis", "present")


def keep(name: str, blocks: Mapping[str, VariableBlock], about: Mapping[str, Any]) -> Path | None:
    """Write a run whole or not at all; None where the folder cannot be written to."""
    try:
        home().mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=".new-", dir=home()))
    except OSError:
        return None
    try:
        for variable, block in blocks.items():
            np.savez(made / f"{variable}.npz", allow_pickle=False, **{part: getattr(block, part) for part in PARTS})
        axes = {
            variable: {"economies": block.economies, "products": block.products, "items": block.items}
            for variable, block in blocks.items()
        }
        (made / "run.json").write_text(json.dumps({**about, "blocks": axes}, ensure_ascii=False), encoding="utf-8")
        target = home() / name
        with contextlib.suppress(OSError):
            made.rename(target)
        _prune(target)
        return target if (target / "run.json").is_file() else None
    except OSError:
        return None
    finally:
        shutil.rmtree(made, ignore_errors=True)


def find(name: str) -> tuple[Mapping[str, Any], Blocks] | None:
    """What `keep` wrote under a name, None where there is nothing or it cannot be read."""
    folder = home() / name
    try:
        about = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        os.utime(folder)
    except (OSError, ValueError):
        return None
    if not all((folder / f"{variable}.npz").is_file() for variable in about["blocks"]):
        return None
    return about, Blocks(folder, about["blocks"])


def _prune(but: Path) -> None:
    runs = sorted((path for path in home().iterdir() if (path / "run.json").is_file()), key=_used, reverse=True)
    for path in runs[MOST:]:
        if path != but:
            shutil.rmtree(path, ignore_errors=True)


def _used(path: Path) -> float:
    with contextlib.suppress(OSError):
        return path.stat().st_mtime
    return 0.0


def note(name: str, key: str) -> Mapping[str, Any] | None:
    """A small result kept beside a run, None where there is none."""
    try:
        found: Mapping[str, Any] = json.loads((home() / name / f"{key}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found


def keep_note(name: str, key: str, value: Mapping[str, Any]) -> None:
    """Keep a small result beside a run that is kept; otherwise nothing."""
    folder = home() / name
    if not (folder / "run.json").is_file():
        return
    with contextlib.suppress(OSError):
        made = folder / f".{key}.{os.getpid()}"
        made.write_text(json.dumps(value), encoding="utf-8")
        made.rename(folder / f"{key}.json")
