"""A plan's tables for other programs: heads with units, plain rows, one file a table or all in one."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from meguri.kit.catalogues import offered
from meguri.kit.files import writing
from meguri.kit.words import Words
from meguri.network.web.account.records import PlanAccount

Rows = Iterable[tuple[Any, ...]]

LONG = ("table", "stream", "stage", "kind", "element", "thing", "from", "to", "economy", "year", "unit", "value")
"""The columns of all results as one long table."""


def _said(words: Words) -> Iterator[str]:
    """Words in each language."""
    return map(words.say, offered())


def _heads(name: str) -> str:
    return ",".join(f"{name}_{code}" for code in offered())


def _flows(told: PlanAccount) -> Rows:
    for f in told.flows:
        yield f.stream, f.sender, f.receiver, f.year, f.tonnes, f.why, f.assumed


def _steps(told: PlanAccount) -> Rows:
    for s in told.steps:
        yield s.year, s.stage, s.economy, s.next_stage, s.next_economy, s.tonnes


def _places(told: PlanAccount) -> Rows:
    for p in told.places:
        yield (
            p.site, *_said(p.name), p.technology.en, p.stage, p.economy, p.year, p.standing, p.added, p.built,
            p.running, p.used, p.source, p.confidence,
        )  # fmt: skip


def _worth(told: PlanAccount) -> Rows:
    for w in told.worth:
        gain = w.gain / w.step if w.step else 0.0
        yield (
            w.site, w.name.en, w.economy, w.capacity, w.dual / told.yearly, w.step, gain / told.yearly,
            None if w.build is None else w.build / told.yearly,
        )  # fmt: skip


def _closed(told: PlanAccount) -> Rows:
    for c in told.closed:
        why, grounds = "; ".join(c.why), "; ".join(c.grounds)
        yield c.stream, c.sender, c.receiver, c.gain / told.yearly, c.tonnes, why, grounds, c.assumed, c.year


def _hurts(told: PlanAccount) -> Rows:
    for h in told.hurts:
        yield h.kind, h.thing, h.name.en, h.loss / told.yearly, h.eased, json.dumps(h.metal, sort_keys=True)


def _assumed(told: PlanAccount) -> Rows:
    for a in told.assumptions:
        yield a.subject, *_said(a.said), a.value, a.unit, a.source, a.confidence


TABLES: dict[str, tuple[str, Callable[[PlanAccount], Rows]]] = {
    "flows": ("stream,from,to,year,t_per_year,law,law_assumed", _flows),
    "steps": ("year,stage,economy,next_stage,next_economy,t_per_year", _steps),
    "costs": ("stage,once,year,usd_per_year", lambda told: ((c.stage, c.once, c.year, c.amount) for c in told.costs)),
    "carbon": (
        "stage,once,year,kgco2e_per_year",
        lambda told: ((c.stage, c.once, c.year, c.amount) for c in told.carbon),
    ),
    "avoided": ("element,year,kgco2e_per_year", lambda told: ((c.stage, c.year, c.amount) for c in told.avoided)),
    "metals": (
        "element,origin,recovered_in,year,t_per_year",
        lambda told: ((m.element, m.origin, m.economy, m.year, m.tonnes) for m in told.metals),
    ),
    "collected": (
        "stream,economy,year,collected_t_per_year,arises_t_per_year",
        lambda told: ((c.stream, c.economy, c.year, c.tonnes, c.arises) for c in told.collected),
    ),
    "plants": (
        f"site,{_heads('name')},technology,stage,economy,year,standing_t_per_year,added_t_per_year,built_t_per_year,"
        "running,used_t_per_year,source,confidence",
        _places,
    ),
    "worth": (
        "site,name,economy,capacity_t_per_year,dual_usd_per_t,step_t_per_year,resolved_usd_per_t,building_usd_per_t",
        _worth,
    ),
    "closed-lanes": (
        "stream,from,to,gain_usd_per_year,t_per_year,law,grounds,assumed,first_closed_period",
        _closed,
    ),
    "disruptions": ("kind,thing,name,loss_usd_per_year,targets_eased,metal_t_per_year", _hurts),
    "assumptions": (f"subject,{_heads('said')},value,unit,source,confidence", _assumed),
}


def head(name: str) -> list[str]:
    """The columns of a table."""
    return TABLES[name][0].split(",")


def rows(told: PlanAccount, name: str) -> Rows:
    """The rows of a table."""
    return TABLES[name][1](told)


def long(told: PlanAccount) -> Iterator[tuple[Any, ...]]:
    """Every figure of the plan by year as one long table, columns as LONG."""
    for f in told.flows:
        yield "flow", f.stream, "", f.why, "", "", f.sender, f.receiver, "", f.year, "t/y", f.tonnes
    for s in told.steps:
        yield "step", "", s.stage, s.next_stage, "", "", s.economy, s.next_economy, "", s.year, "t/y", s.tonnes
    for name, unit, found in (("cost", "USD/y", told.costs), ("carbon", "kgCO2e/y", told.carbon)):
        for c in found:
            kind = "once" if c.once else "annual"
            yield name, "", c.stage, kind, "", "", "", "", "", c.year, unit, c.amount
    for c in told.avoided:
        yield "avoided", "", "", "", c.stage, "", "", "", "", c.year, "kgCO2e/y", c.amount
    for m in told.metals:
        yield "recovered", "", "", "", m.element, "", m.origin, m.economy, m.economy, m.year, "t/y", m.tonnes
    for g in told.collected:
        yield "collected", g.stream, "", "", "", "", "", "", g.economy, g.year, "t/y", g.tonnes
        yield "arises", g.stream, "", "", "", "", "", "", g.economy, g.year, "t/y", g.arises
    for p in told.places:
        for kind, value in (("capacity", p.capacity), ("added", p.added), ("used", p.used)):
            yield "plant", "", p.stage, kind, "", p.site, "", "", p.economy, p.year, "t/y", value


def parquet(told: PlanAccount) -> bytes:
    """The long table as Parquet."""
    import pandas as pd

    out = io.BytesIO()
    frame = pd.DataFrame(list(long(told)), columns=list(LONG))
    frame.to_parquet(out, index=False)
    return out.getvalue()


def archive(told: PlanAccount) -> bytes:
    """Each table as CSV, all of them as Parquet, and the whole plan as JSON, in one archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in TABLES:
            packed.writestr(f"{name}.csv", "\ufeff" + writing.csv_of(head(name), rows(told, name)))
        packed.writestr("results.parquet", parquet(told))
        packed.writestr("plan.json", msgspec.json.format(msgspec.json.encode(told), indent=1))
    return out.getvalue()
