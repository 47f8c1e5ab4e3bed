"""Where plans that have been worked out are kept: one folder each under MEGURI_HOME/plans, named by a digest."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from scipy.sparse import csr_array

from meguri.kit.files import home as data
from meguri.network.answers import CapacityWorth, ClosedLane, Disruption
from meguri.network.model import instance_file
from meguri.network.model.formulation import formulate
from meguri.network.model.instance import Instance
from meguri.network.results.plan import SolvedPlan, appended
from meguri.network.runs import code_digest
from meguri.network.scenarios.scenario import PlanScenario
from meguri.network.solver.highs import Solution

MOST = 20
"""How many plans are kept; those not used for longest go first."""
ARRAYS = ("x", "row_values", "row_duals", "reduced_costs")
SCALARS = ("status", "objective", "seconds", "iterations", "simplex_iterations", "bound", "gap", "nodes", "said")


@dataclass(frozen=True)
class Kept:
    """A plan on file; `asked` says whether its answers were worked out."""

    plan: SolvedPlan
    capacity_worth: tuple[CapacityWorth, ...]
    closed_lanes: tuple[ClosedLane, ...]
    disruptions: tuple[Disruption, ...]
    seconds: float
    asked: bool


class _About(msgspec.Struct):
    """What is on file beside instance and arrays."""

    solution: dict[str, str | float | int]
    duals: dict[str, str | float | int]
    tangents: int
    capacity_worth: tuple[CapacityWorth, ...]
    closed_lanes: tuple[ClosedLane, ...]
    disruptions: tuple[Disruption, ...]
    seconds: float
    asked: bool


def digest(scenario: PlanScenario | Instance) -> str:
    """The name under which a scenario's plan is kept: its assumptions and texts, the tables and the code."""
    if isinstance(scenario, Instance):
        own = hashlib.sha256(instance_file.dumps(scenario).encode()).hexdigest()
    else:
        own = scenario.digest() + msgspec.json.encode(scenario.title).decode()
    return hashlib.sha256((own + code_digest.digest()).encode()).hexdigest()


def home() -> Path:
    """The folder of all plans: MEGURI_HOME/plans, by default beside the other data (`kit.files.home`)."""
    return data.folder("plans")


def keep(name: str, kept: Kept) -> Path | None:
    """Write a plan whole or not at all; None where the folder cannot be written to."""
    try:
        home().mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=".new-", dir=home()))
    except OSError:
        return None
    try:
        plan = kept.plan
        instance_file.write(plan.instance, made / "instance.json")
        cuts = csr_array(plan.program.matrix.tocsr())[plan.formulation.program.rows :]
        arrays = {f"{of}.{part}": getattr(getattr(plan, of), part) for of in ("solution", "duals") for part in ARRAYS}
        np.savez(
            made / "arrays.npz", **arrays, indptr=cuts.indptr, indices=cuts.indices, data=cuts.data,
            allow_pickle=False,
        )  # fmt: skip
        told = _About(
            {part: _finite(getattr(plan.solution, part)) for part in SCALARS},
            {part: _finite(getattr(plan.duals, part)) for part in SCALARS},
            plan.tangents, kept.capacity_worth, kept.closed_lanes, kept.disruptions, kept.seconds, kept.asked,
        )  # fmt: skip
        (made / "plan.json").write_bytes(msgspec.json.encode(told))
        target = home() / name
        if target.exists():
            shutil.rmtree(target, ignore_errors=True)
        with contextlib.suppress(OSError):
            made.rename(target)
        _prune(target)
        return target if (target / "plan.json").is_file() else None
    except OSError:
        return None
    finally:
        shutil.rmtree(made, ignore_errors=True)


def find(name: str) -> Kept | None:
    """A kept plan by its digest; None where there is none or it cannot be read."""
    folder = home() / name
    try:
        told = msgspec.json.decode((folder / "plan.json").read_bytes(), type=_About)
        instance = instance_file.read(folder / "instance.json")
        with np.load(folder / "arrays.npz", allow_pickle=False) as arrays:
            held = {key: arrays[key] for key in arrays.files}
        os.utime(folder)
    except Exception:  # a folder half removed, written by hand or of another format is no plan
        return None
    formulation = formulate(instance)
    shape = (len(held["indptr"]) - 1, formulation.program.columns)
    program = formulation.program
    if shape[0]:
        program = appended(program, csr_array((held["data"], held["indices"], held["indptr"]), shape=shape))
    found = []
    for of, scalars in (("solution", told.solution), ("duals", told.duals)):
        parts: dict[str, Any] = {part: _number(part, value) for part, value in scalars.items()}
        found.append(Solution(**parts, **{part: held[f"{of}.{part}"] for part in ARRAYS}))
    plan = SolvedPlan(formulation, program, found[0], found[1], told.tangents)
    return Kept(plan, told.capacity_worth, told.closed_lanes, told.disruptions, told.seconds, told.asked)


def _finite(value: str | float | int) -> str | float | int:
    return value if isinstance(value, str) or np.isfinite(value) else str(value)


def _number(part: str, value: str | float | int) -> str | float | int:
    return float(value) if isinstance(value, str) and part not in ("status", "said") else value


def _prune(newest: Path) -> None:
    folders = sorted((p for p in home().iterdir() if p.is_dir()), key=lambda p: p.stat().st_mtime, reverse=True)
    for old in folders[MOST:]:
        if old != newest:
            shutil.rmtree(old, ignore_errors=True)
