"""A plan written to a folder: every report as a Parquet table, and a summary as JSON. Columns: docs/plan-reports.md."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from meguri.kit.catalogues import offered
from meguri.kit.problems import N_, refuse
from meguri.network.results.targets import against
from meguri.network.runs.plan_run import PlanRun

if TYPE_CHECKING:
    import pandas as pd

SUMMARY = "summary.json"
MOST_SHOWN = 1000


def tables(run: PlanRun) -> dict[str, pd.DataFrame]:
    """Every report by name, as long tables. Figures end in their unit."""
    import pandas as pd

    told, instance = run.plan.statistics, run.plan.instance
    return {
        "costs": told.cost(by=("stage", "kind", "thing", "economy", "year")),
        "carbon": told.carbon(by=("stage", "kind", "thing", "economy", "year")),
        "avoided": told.avoided(by=("element", "origin", "economy", "year")),
        "recovered": told.recovered(by=("element", "origin", "economy", "site", "year")),
        "collected": told.collected(by=("stream", "zone", "year")),
        "flows": told.flows(by=("lane", "stream", "origin", "sender", "receiver", "why", "year")),
        "processed": told.processed(by=("site", "stage", "economy", "stream", "origin", "year")),
        "capacity": told.capacity(),
        "balance": told.balance(),
        "assumptions": pd.DataFrame(
            [
                (one.subject, *map(one.said.say, offered()), one.value, one.unit, one.source, one.confidence.word)
                for one in instance.assumptions
            ],
            columns=["subject", *map("said_{}".format, offered()), "value", "unit", "source", "confidence"],
        ).astype({"value": float}),
        "capacity_worth": pd.DataFrame(
            [
                (w.site, w.economy, w.capacity_t_y, w.dual_t_y, w.step_t_y, w.step_gain, w.gain_t_y, w.build_usd_t_y)
                for w in run.capacity_worth
            ],
            columns=[
                "site", "economy", "capacity_t_y", "dual_usd_per_t_y", "step_t_y", "step_gain_usd", "gain_usd_per_t_y",
                "build_usd_per_t_y",
            ],
        ).astype({"build_usd_per_t_y": float}),
        "closed_lanes": pd.DataFrame(
            [
                (c.stream, c.sender, c.receiver, c.gain, c.tonnes_y, "; ".join(c.why), "; ".join(c.grounds), c.assumed)
                for c in run.closed_lanes
            ],
            columns=["stream", "sender", "receiver", "gain_usd", "moved_t_y", "why", "grounds", "assumed"],
        ),
        "disruptions": pd.DataFrame(
            [(d.kind, d.thing, d.loss, d.eased, json.dumps(d.metal)) for d in run.disruptions],
            columns=["kind", "thing", "loss_usd", "eased", "metal_t_y"],
        ),
    }  # fmt: skip


def summary(run: PlanRun) -> dict[str, Any]:
    """The plan in figures: size, objective, totals by year, targets, and the answers. Plain values."""
    plan, instance = run.plan, run.plan.instance
    told = plan.statistics
    years = [period.year for period in instance.periods]
    cost = told.cost(by=("stage", "year"))
    carbon = told.carbon(by=("year",))
    metal = told.recovered(by=("element", "economy", "year"))
    return {
        "name": instance.name.everywhere(),
        "years": years,
        "lengths": [period.years for period in instance.periods],
        "discount": instance.objective.discount,
        "objective_usd": plan.solution.objective,
        "gap": plan.solution.gap,
        "status": plan.solution.status,
        "size": {
            "columns": plan.program.columns, "rows": plan.program.rows, "nonzeros": plan.program.entries,
            "binaries": int(np.count_nonzero(plan.program.integrality)), "tangents": plan.tangents,
        },
        "seconds": {"solver": plan.solution.seconds, "all": run.seconds},
        "unaccounted_t_y": float(told.balance()["unaccounted_t_y"].abs().max()) if len(told.balance()) else 0.0,
        "cost_usd_y": _by_year(cost, ("stage",), "usd_y"),
        "carbon_kg_y": {str(int(row.year)): float(row.kg_y) for row in carbon.itertuples()},
        "recovered_t_y": _by_year(metal, ("element", "economy"), "t_y"),
        "targets": [{**one, "title": one["title"].everywhere()} for one in against(plan)],
        "assumptions": [
            {
                "subject": one.subject, "said": one.said.everywhere(), "value": _number(one.value), "unit": one.unit,
                "source": one.source, "confidence": one.confidence.word,
            }
            for one in instance.assumptions
        ],
        "capacity_worth": [
            {
                "site": w.site, "economy": w.economy, "capacity_t_y": w.capacity_t_y, "dual_usd_per_t_y": w.dual_t_y,
                "step_t_y": w.step_t_y, "step_gain_usd": w.step_gain, "gain_usd_per_t_y": w.gain_t_y,
                "build_usd_per_t_y": w.build_usd_t_y,
            }
            for w in run.capacity_worth
        ],
        "closed_lanes": [
            {
                "stream": c.stream, "sender": c.sender, "receiver": c.receiver, "gain_usd": c.gain,
                "moved_t_y": c.tonnes_y, "why": list(c.why), "grounds": list(c.grounds), "assumed": c.assumed,
            }
            for c in run.closed_lanes
        ],
        "disruptions": [
            {"kind": d.kind, "thing": d.thing, "loss_usd": d.loss, "eased": d.eased, "metal_t_y": d.metal}
            for d in run.disruptions
        ],
    }  # fmt: skip


def save(run: PlanRun, folder: Path) -> Path:
    """Write all reports and the summary to a folder, made where it is not there. Raises Refused."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, table in tables(run).items():
            table.to_parquet(folder / f"{name}.parquet", index=False)
        text = json.dumps(summary(run), ensure_ascii=False, indent=1, allow_nan=False)
        (folder / SUMMARY).write_text(text, encoding="utf-8")
    except OSError as error:
        raise refuse(
            N_("“{path}” cannot be written: {error}."), "", "folder", path=str(folder), error=str(error)
        ) from None
    return folder


def load(folder: Path) -> tuple[dict[str, Any], dict[str, pd.DataFrame]]:
    """The summary and all tables of a folder. Raises Refused where it holds no plan."""
    import pandas as pd

    try:
        told = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
        found = {path.stem: pd.read_parquet(path) for path in sorted(folder.glob("*.parquet"))}
    except (OSError, ValueError):
        raise refuse(N_("“{path}” holds no saved plan."), "", "folder", path=str(folder)) from None
    return told, found


def _by_year(table: pd.DataFrame, keys: tuple[str, ...], figure: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for row in table.to_dict("records"):
        below = found
        for key in keys:
            below = below.setdefault(str(row[key]), {})
        below[str(int(row["year"]))] = float(row[figure])
    return found


def _number(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)


def difference(first: Mapping[str, Any], second: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Two summaries side by side: cost by stage, carbon and metal, discounted totals and yearly means."""
    lengths = dict(zip(map(str, first["years"]), first["lengths"], strict=True))
    others = dict(zip(map(str, second["years"]), second["lengths"], strict=True))

    def mean(series: Mapping[str, float], weights: Mapping[str, float]) -> float:
        return sum(series.get(year, 0.0) * length for year, length in weights.items()) / sum(weights.values())

    def row(what: str, unit: str, one: float, other: float) -> dict[str, Any]:
        return {"what": what, "unit": unit, "first": one, "second": other, "change": other - one}

    found = [row("objective", "USD, discounted", first["objective_usd"], second["objective_usd"])]
    for stage in dict.fromkeys([*first["cost_usd_y"], *second["cost_usd_y"]]):
        pair = (mean(told["cost_usd_y"].get(stage, {}), w) for told, w in ((first, lengths), (second, others)))
        found.append(row(f"cost: {stage}", "USD/y", *pair))
    pair = (mean(told["carbon_kg_y"], w) / 1e6 for told, w in ((first, lengths), (second, others)))
    found.append(row("carbon", "kt CO2e/y", *pair))
    for element in dict.fromkeys([*first["recovered_t_y"], *second["recovered_t_y"]]):
        totals = []
        for told, weights in ((first, lengths), (second, others)):
            by = told["recovered_t_y"].get(element, {})
            totals.append(sum(mean(series, weights) for series in by.values()))
        found.append(row(f"recovered: {element}", "t/y", *totals))
    return found
