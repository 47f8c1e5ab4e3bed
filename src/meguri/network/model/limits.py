"""Named limits as rows: carbon, budget, collection, recovery, concentration of origins, treatment at home.

A limit on the Herfindahl-Hirschman index h is the cone |r| <= sqrt(h) * sum(r) over tonnes by origin r. It enters as
tangents, added where a solution breaks it (`tangent`), until none does: the cone is convex, so that the end is exact.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from meguri import reference
from meguri.kit.words import Words, listed, plain
from meguri.network.model.blocks import Floats, Ints
from meguri.network.model.instance import Limit
from meguri.network.model.sheet import INFINITY, KG_PER_T, Sheet, grouped
from meguri.network.solver import program

WITHIN = 1e-6
"""How far, relatively, the square root of an index may lie above its limit."""


def write(sheet: Sheet) -> dict[str, Ints]:
    """Rows of every limit by its name, shaped (periods,) or (origins, periods)."""
    return {limit.name: _KINDS[limit.kind](sheet, limit) for limit in sheet.instance.limits}


def _value(limit: Limit, factor: float = 1.0) -> Floats:
    return np.array(limit.value, dtype=np.float64) * factor


def _row(sheet: Sheet, limit: Limit, lower: Floats | float, upper: Floats | float, part: str | None = None) -> Ints:
    """One row a period, open where the limit is NaN."""
    lower, upper = (np.broadcast_to(np.asarray(side, dtype=np.float64), (sheet.periods,)) for side in (lower, upper))
    none = np.isnan(_value(limit))
    lower, upper = np.where(none | np.isnan(lower), -INFINITY, lower), np.where(none | np.isnan(upper), INFINITY, upper)
    return sheet.builder.rows(
        limit.name if part is None else f"{limit.name}: {part}",
        sheet.periods,
        lower,
        upper,
        axes=(sheet.axes(())[1],),
        limit=program.NamedLimit(_words(limit), f"/limits/{_escaped(limit.name)}"),
    )


KINDS = {
    "carbon-cap": Words("carbon cap"),
    "budget": Words("budget for building"),
    "collection": Words("collection target"),
    "recovered": Words("metal recovered"),
    "processed": Words("smelted or refined"),
    "largest-share": Words("largest share of any origin"),
    "hhi": Words("concentration of origins (HHI)"),
    "home-share": Words("share from home"),
    "partner-share": Words("share from partner countries"),
    "treated-at-home": Words("share dismantled where it was collected"),
}
"""What a limit is about, said before its name, which its author wrote in one language."""


def _words(limit: Limit) -> Words:
    """The limit with its period, as it is said where limits conflict."""
    of = [plain(item) for item in (limit.item or "").split(";") if item]
    if limit.economy:
        known = reference.economies().get(limit.economy)
        of.append(known.name if known else plain(limit.economy))
    kind = KINDS[limit.kind]
    about = Words("{kind} ({of})").format(kind=kind, of=listed(of)) if of else kind
    return Words("{about} “{name}” ({year})").format(about=about, name=limit.words)


def _escaped(name: str) -> str:
    """A name that is not taken for a pattern."""
    return name.replace("{", "{{").replace("}", "}}")


def _many(sheet: Sheet, row: Ints, name: str, places: list[int], coefficient: Floats | float) -> None:
    ids = sheet.columns[name].block.ids[np.array(places, dtype=np.int32)]
    weights = np.broadcast_to(np.asarray(coefficient, dtype=np.float64), ids.shape)
    sheet.tie(np.broadcast_to(row, ids.shape), ids, np.where(np.isnan(weights), 0.0, weights))


def _carbon_cap(sheet: Sheet, limit: Limit) -> Ints:
    row = _row(sheet, limit, -INFINITY, _value(limit))
    for name, column in sheet.columns.items():
        carbon = column.carbon
        if name == "process" and limit.item == "net":
            carbon = carbon.copy()
            for element, tonnes in sheet.recovered.items():
                carbon -= tonnes * sheet.instance.avoided_kg_kg.get(element, 0.0) * 1000.0
        if carbon.any():
            sheet.tie(np.broadcast_to(row, carbon.shape), column.block.ids, carbon)
    return row


def _budget(sheet: Sheet, limit: Limit) -> Ints:
    """Money invested (building, opening, closing) up to and including each period."""
    row = _row(sheet, limit, -INFINITY, _value(limit))
    for name in ("build", "start", "stop"):
        column = sheet.columns[name]
        for t in range(sheet.periods):
            ids = column.block.ids[:, : t + 1]
            sheet.tie(np.full(ids.shape, row[t]), ids, column.cost[:, : t + 1])
    return row


def _collection(sheet: Sheet, limit: Limit) -> Ints:
    economy = {zone.id: zone.economy for zone in sheet.instance.zones}
    here = [
        s
        for s, supply in enumerate(sheet.instance.supplies)
        if limit.economy in (None, economy[supply.zone]) and limit.item in (None, supply.stream)
    ]
    arising = np.array([sheet.instance.supplies[s].tonnes for s in here]).reshape(-1, sheet.periods).sum(axis=0)
    row = _row(sheet, limit, _value(limit) * arising, INFINITY)
    _many(sheet, row, "collect", here, 1.0)
    return row


def recovering(sheet: Sheet, limit: Limit) -> list[int]:
    """The feeds whose processing recovers the limit's element in its economy."""
    if limit.item not in sheet.recovered:
        return []
    feeds, sites = sheet.reach.feeds, sheet.instance.sites
    return [
        k
        for k, feed in enumerate(feeds)
        if limit.economy in (None, sites[feed.place].economy) and sheet.recovered[str(limit.item)][k].any()
    ]


def _recovered(sheet: Sheet, limit: Limit) -> Ints:
    here = recovering(sheet, limit)
    row = _row(sheet, limit, _value(limit), INFINITY)
    if here:
        _many(sheet, row, "process", here, sheet.recovered[str(limit.item)][here])
    return row


def _processed(sheet: Sheet, limit: Limit) -> Ints:
    """Tonnes of streams that are smelted or refined, whatever they hold."""
    wanted = None if limit.item is None else {one.strip() for one in limit.item.split(";")}
    here = [
        k
        for k, feed in enumerate(sheet.reach.feeds)
        for site, technology in (sheet.at(feed.place),)
        if technology.stage in ("smelting", "refining")
        and limit.economy in (None, site.economy)
        and (wanted is None or feed.stream in wanted)
    ]
    row = _row(sheet, limit, _value(limit), INFINITY)
    _many(sheet, row, "process", here, 1.0)
    return row


def _share_of(sheet: Sheet, limit: Limit, inside: Callable[[str], bool], lower: bool, part: str | None = None) -> Ints:
    """(those inside) - value x (all) at least, or at most, zero."""
    here = recovering(sheet, limit)
    row = _row(sheet, limit, 0.0 if lower else -INFINITY, INFINITY if lower else 0.0, part)
    if here:
        metal = sheet.recovered[str(limit.item)][here]
        mine = np.array([1.0 if inside(sheet.reach.feeds[k].origin) else 0.0 for k in here])[:, None]
        _many(sheet, row, "process", here, metal * (mine - _value(limit)))
    return row


def _home_share(sheet: Sheet, limit: Limit) -> Ints:
    return _share_of(sheet, limit, lambda origin: origin == limit.economy, True)


def _partner_share(sheet: Sheet, limit: Limit) -> Ints:
    return _share_of(sheet, limit, lambda origin: origin in limit.partners, True)


def _largest_share(sheet: Sheet, limit: Limit) -> Ints:
    origins = sorted({sheet.reach.feeds[k].origin for k in recovering(sheet, limit)})
    rows = [_share_of(sheet, limit, lambda origin, one=one: origin == one, False, one) for one in origins]  # type: ignore[misc]
    return np.array(rows, dtype=np.int32).reshape(len(origins), sheet.periods)


def _hhi(sheet: Sheet, limit: Limit) -> Ints:
    """Columns of tonnes by origin; the cone enters as tangents, of which these are the first."""
    here = recovering(sheet, limit)
    groups = grouped(sheet.reach.feeds[k].origin for k in here)
    origins = sorted(groups)
    column = sheet.add(f"by origin: {limit.name}", origins)
    ids = column.block.ids
    for n, origin in enumerate(origins):
        row = sheet.builder.rows(f"tonnes of {limit.name}: {origin}", sheet.periods, 0.0, 0.0)
        places = [here[k] for k in groups[origin]]
        # In kilograms: the solver's tolerance is absolute, and tonnes of gold are few.
        _many(sheet, row, "process", places, sheet.recovered[str(limit.item)][places] * KG_PER_T)
        sheet.tie(row[None, :], ids[n : n + 1], -np.ones((1, sheet.periods)))
    row = _row(sheet, limit, -INFINITY, 0.0)
    if origins:
        # No origin's share can be above the square root of the index: |r| >= r_i.
        extra = [_row(sheet, limit, -INFINITY, 0.0, origin) for origin in origins]
        root = np.sqrt(np.clip(np.nan_to_num(_value(limit), nan=1.0), 0.0, 1.0))
        for n, line in enumerate(extra):
            weights = np.broadcast_to(-root, ids.shape).copy()
            weights[n] += 1.0
            sheet.tie(np.broadcast_to(line, ids.shape), ids, weights)
        equal = np.full(ids.shape, 1.0 / math.sqrt(len(origins))) - root
        sheet.tie(np.broadcast_to(row, ids.shape), ids, equal)
    return row


def tangent(tonnes: Floats, most: float) -> Floats | None:
    """Coefficients a with a . r <= 0 cutting off `tonnes` by origin, or None where its index is within `most`."""
    total, length = float(tonnes.sum()), float(np.linalg.norm(tonnes))
    if total <= 0 or length <= math.sqrt(most) * total * (1 + WITHIN):
        return None
    return tonnes / length - math.sqrt(most)


def _treated_at_home(sheet: Sheet, limit: Limit) -> Ints:
    """Dismantled in the economy, of what is collected there, by mass."""
    sites, economy = sheet.instance.sites, {zone.id: zone.economy for zone in sheet.instance.zones}
    collected = [s for s, one in enumerate(sheet.instance.supplies) if economy[one.zone] == limit.economy]
    treated = [
        k
        for k, feed in enumerate(sheet.reach.feeds)
        if sites[feed.place].economy == limit.economy
        and feed.origin == limit.economy
        and sheet.at(feed.place)[1].stage == "dismantling"
    ]
    row = _row(sheet, limit, 0.0, INFINITY)
    _many(sheet, row, "process", treated, 1.0)
    if collected:
        _many(sheet, row, "collect", collected, np.broadcast_to(-_value(limit), (len(collected), sheet.periods)))
    return row


_KINDS: dict[str, Callable[[Sheet, Limit], Ints]] = {
    "carbon-cap": _carbon_cap,
    "budget": _budget,
    "collection": _collection,
    "recovered": _recovered,
    "processed": _processed,
    "largest-share": _largest_share,
    "hhi": _hhi,
    "home-share": _home_share,
    "partner-share": _partner_share,
    "treated-at-home": _treated_at_home,
}
