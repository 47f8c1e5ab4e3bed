"""Collecting, moving, processing, storing, selling and disposing: the columns of mass and the balances they keep."""

from __future__ import annotations

import numpy as np

from meguri.kit.words import Words
from meguri.network.model.blocks import Floats, Ints, Tie
from meguri.network.model.commodities import Held
from meguri.network.model.sheet import INFINITY, Sheet
from meguri.network.solver.program import NamedLimit

STORAGE = Words("storage at {site}, {year}")
MARKET = Words("what the market takes of {what}, {year}")
LANDFILL = Words("disposal of {what}, {year}")
COLLECTED = Words("collection of {supply}, {year}")


def write(sheet: Sheet) -> None:
    """Columns and balances of mass. Every tonne that enters a node leaves it in the same period or is stored."""
    _collect(sheet)
    _flow(sheet)
    _process(sheet)
    _store(sheet)
    _end(sheet)
    _zones_balance(sheet)
    _feeds_balance(sheet)
    _products_balance(sheet)


def _collect(sheet: Sheet) -> None:
    supplies = sheet.instance.supplies
    arising = np.array([one.tonnes for one in supplies]).reshape(len(supplies), sheet.periods)
    sheet.add(
        "collect",
        [f"{one.stream} in {one.zone}" for one in supplies],
        cost=[one.cost_usd_t for one in supplies],
        carbon=[one.carbon_kg_t for one in supplies],
        lower=arising * np.array([one.least_share for one in supplies]).reshape(arising.shape),
        upper=arising * np.array([one.most_share for one in supplies]).reshape(arising.shape),
        limit=NamedLimit(COLLECTED, "/supplies/{supply}", "t/y"),
        axis="supply",
    )


def _flow(sheet: Sheet) -> None:
    lanes = [sheet.instance.lanes[flow.lane] for flow in sheet.reach.flows]
    sheet.add(
        "flow",
        [f"{sheet.instance.lanes[flow.lane].id} {flow.origin}" for flow in sheet.reach.flows],
        cost=np.array([lane.cost_usd_t for lane in lanes]).reshape(len(lanes), sheet.periods),
        carbon=[lane.carbon_kg_t for lane in lanes],
        upper=np.where(np.array([lane.open for lane in lanes]).reshape(len(lanes), sheet.periods), INFINITY, 0.0),
    )


def _process(sheet: Sheet) -> None:
    feeds = sheet.reach.feeds
    cost = np.zeros((len(feeds), sheet.periods))
    carbon = np.zeros(len(feeds))
    reward = np.zeros_like(cost)
    prices = {sale.what: np.array(sale.usd_t) for sale in sheet.instance.sales}
    capped = {sale.what for sale in sheet.instance.sales if sale.most_t_y is not None}
    aim = sheet.instance.objective
    for k, feed in enumerate(feeds):
        site, technology = sheet.at(feed.place)
        cost[k] = technology.cost_usd_t.get(feed.stream, 0.0)
        carbon[k] = technology.carbon_kg_t.get(feed.stream, 0.0)
        for element, part in technology.recovers.get(feed.stream, {}).items():
            metal = part * sheet.share(feed.stream, feed.origin, element)
            sheet.recovered.setdefault(element, np.zeros_like(cost))[k] = metal
            if element in prices and element not in capped:
                reward[k] += aim.cost * metal * prices[element]
            if element in aim.recovered and aim.recovered_in in (None, site.economy):
                reward[k] += aim.recovered[element] * metal
    sheet.add("process", [sheet.said(feed) for feed in feeds], cost=cost, carbon=carbon, reward=reward)
    for element in sorted(capped & set(sheet.recovered)):
        _capped_metal(sheet, element)


def _capped_metal(sheet: Sheet, element: str) -> None:
    """Metal that the market takes only so much of is sold through columns of its own."""
    sale = next(one for one in sheet.instance.sales if one.what == element)
    sold = sheet.add(f"metal {element}", [element], cost=-np.array([sale.usd_t]), upper=np.array([sale.most_t_y]))
    process = sheet.columns["process"].block.ids
    row = np.zeros(len(process), dtype=np.int32)
    one = np.zeros(1, dtype=np.int32)
    sheet.bind(
        f"sold {element}",
        [element],
        -INFINITY,
        0.0,
        (Tie(row, process, -sheet.recovered[element]), Tie(one, sold.block.ids, np.ones(1))),
    )


def _store(sheet: Sheet) -> None:
    sheet.stored = [k for k, feed in enumerate(sheet.reach.feeds) if sheet.at(feed.place)[0].storage_most_t > 0]
    sites = [sheet.at(sheet.reach.feeds[k].place)[0] for k in sheet.stored]
    # What is stored is paid for once in each year of the period; it is all used by the end of the plan.
    upper = np.full((len(sites), sheet.periods), INFINITY)
    upper[:, -1:] = 0.0
    names = [sheet.said(sheet.reach.feeds[k]) for k in sheet.stored]
    sheet.add("store", names, cost=[site.storage_usd_t_y for site in sites], upper=upper)
    yards = sorted({sheet.reach.feeds[k].place for k in sheet.stored})
    row = np.array([yards.index(sheet.reach.feeds[k].place) for k in sheet.stored], dtype=np.int32)
    limit = [sheet.instance.sites[place].storage_most_t for place in yards]
    sheet.bind(
        "storage",
        [sheet.instance.sites[place].name for place in yards],
        0.0,
        limit,
        (Tie(row, sheet.columns["store"].block.ids, np.ones(len(row))),),
        limit=NamedLimit(STORAGE, "/sites/{site}/storage_most_t", "t"),
        axis="site",
    )


def _end(sheet: Sheet) -> None:
    """Selling and disposing of streams: at sites of what they make, at zones (disposal only) of what is collected."""
    instance, products, supplies = sheet.instance, sheet.reach.products, sheet.instance.supplies
    economy = {zone.id: zone.economy for zone in instance.zones}
    for k, product in enumerate(products):
        here = instance.sites[product.place].economy
        for n, sale in enumerate(instance.sales):
            if sale.what == product.stream and sale.economy in (None, here):
                sheet.sold.append((k, n))
        for n, disposal in enumerate(instance.disposals):
            if disposal.stream == product.stream and disposal.economy in (None, here):
                sheet.disposed.append((product, n))
    for s, supply in enumerate(supplies):
        for n, disposal in enumerate(instance.disposals):
            if disposal.stream == supply.stream and disposal.economy in (None, economy[supply.zone]):
                sheet.disposed.append((s, n))
    price: Floats = np.array([instance.sales[n].usd_t for _, n in sheet.sold]).reshape(len(sheet.sold), sheet.periods)
    sold = sheet.add("sell", [sheet.said(products[k]) for k, _ in sheet.sold], cost=-price)
    ends = [instance.disposals[n] for _, n in sheet.disposed]
    names = [
        sheet.said(held) if isinstance(held, Held) else f"{supplies[held].stream} in {supplies[held].zone}"
        for held, _ in sheet.disposed
    ]
    gone = sheet.add("dispose", names, cost=[e.usd_t for e in ends], carbon=[e.carbon_kg_t for e in ends])
    _market_limits(sheet, sold.block.ids, gone.block.ids)


def _market_limits(sheet: Sheet, sold: Ints, gone: Ints) -> None:
    limited = [n for n, sale in enumerate(sheet.instance.sales) if sale.most_t_y is not None]
    pairs = [(limited.index(n), i) for i, (_, n) in enumerate(sheet.sold) if n in limited]
    most = np.array([sheet.instance.sales[n].most_t_y for n in limited], dtype=np.float64)
    row, place = (np.array([pair[side] for pair in pairs], dtype=np.int32) for side in (0, 1))
    ties = (Tie(row, sold[place], np.ones(len(pairs))),)
    names = [sheet.instance.sales[n].what for n in limited]
    most = most.reshape(len(limited), sheet.periods)
    cap = NamedLimit(MARKET, "/sales/{what}/most_t_y", "t/y")
    sheet.bind("market", names, -INFINITY, most, ties, limit=cap, axis="what")
    limited = [n for n, disposal in enumerate(sheet.instance.disposals) if disposal.most_t_y is not None]
    pairs = [(limited.index(n), i) for i, (_, n) in enumerate(sheet.disposed) if n in limited]
    row, place = (np.array([pair[side] for pair in pairs], dtype=np.int32) for side in (0, 1))
    most = np.array([sheet.instance.disposals[n].most_t_y for n in limited], dtype=np.float64)
    names = [
        f"{sheet.instance.disposals[n].stream} {sheet.instance.disposals[n].economy or ''}".strip() for n in limited
    ]
    ties = (Tie(row, gone[place], np.ones(len(pairs))),)
    cap = NamedLimit(LANDFILL, "/disposals/{what}/most_t_y", "t/y")
    sheet.bind("landfill", names, -INFINITY, most, ties, limit=cap, axis="what")


def _pairs(pairs: list[tuple[int, int]], columns: Ints, coefficient: float | list[float]) -> Tie:
    row, place = (np.array([pair[side] for pair in pairs], dtype=np.int32) for side in (0, 1))
    return Tie(row, columns[place], np.broadcast_to(np.asarray(coefficient, dtype=np.float64), (len(pairs),)))


def _zones_balance(sheet: Sheet) -> None:
    """Collected = shipped + disposed, for each supply."""
    supplies = sheet.instance.supplies
    at = {(supply.zone, supply.stream): s for s, supply in enumerate(supplies)}
    shipped: list[tuple[int, int]] = []
    for f, flow in enumerate(sheet.reach.flows):
        lane = sheet.instance.lanes[flow.lane]
        s = at.get((lane.origin, lane.stream))
        if s is not None:
            shipped.append((s, f))
    ended = [(s, i) for i, (s, _) in enumerate(sheet.disposed) if isinstance(s, int)]
    columns = {name: column.block.ids for name, column in sheet.columns.items()}
    sheet.bind(
        "zone",
        [f"{one.stream} in {one.zone}" for one in supplies],
        0.0,
        0.0,
        (
            _pairs([(s, s) for s in range(len(supplies))], columns["collect"], 1.0),
            _pairs(shipped, columns["flow"], -1.0),
            _pairs(ended, columns["dispose"], -1.0),
        ),
    )


def _feeds_balance(sheet: Sheet) -> None:
    """Arrived + taken from storage = processed, for each commodity fed to a site."""
    feeds = {feed: k for k, feed in enumerate(sheet.reach.feeds)}
    sites = {site.id: place for place, site in enumerate(sheet.instance.sites)}
    arriving: list[tuple[int, int]] = []
    for f, flow in enumerate(sheet.reach.flows):
        lane = sheet.instance.lanes[flow.lane]
        k = feeds.get(Held(sites[lane.destination], lane.stream, flow.origin))
        if k is not None:
            arriving.append((k, f))
    columns = {name: column.block.ids for name, column in sheet.columns.items()}
    block = sheet.bind(
        "feed",
        [sheet.said(feed) for feed in feeds],
        0.0,
        0.0,
        (
            _pairs(arriving, columns["flow"], 1.0),
            _pairs([(k, k) for k in range(len(feeds))], columns["process"], -1.0),
        ),
    )
    if sheet.stored:
        # Tonnes stored become a yearly rate by the period's length.
        rows, store = block.ids[np.array(sheet.stored)], columns["store"]
        rate = 1.0 / sheet.years
        sheet.tie(rows, store, np.broadcast_to(-rate, rows.shape))
        if sheet.periods > 1:
            sheet.tie(rows[:, 1:], store[:, :-1], np.broadcast_to(rate[1:], rows[:, 1:].shape))


def _products_balance(sheet: Sheet) -> None:
    """Made = shipped + sold + disposed, for each commodity that a site makes."""
    products = {product: k for k, product in enumerate(sheet.reach.products)}
    made: list[tuple[int, int]] = []
    share: list[float] = []
    for k, feed in enumerate(sheet.reach.feeds):
        for stream, part in sheet.at(feed.place)[1].outputs[feed.stream].items():
            made.append((products[Held(feed.place, stream, feed.origin)], k))
            share.append(part)
    sites = {site.id: place for place, site in enumerate(sheet.instance.sites)}
    shipped: list[tuple[int, int]] = []
    for f, flow in enumerate(sheet.reach.flows):
        lane = sheet.instance.lanes[flow.lane]
        if lane.origin in sites:
            shipped.append((products[Held(sites[lane.origin], lane.stream, flow.origin)], f))
    ended = [(products[held], i) for i, (held, _) in enumerate(sheet.disposed) if isinstance(held, Held)]
    columns = {name: column.block.ids for name, column in sheet.columns.items()}
    sheet.bind(
        "product",
        [sheet.said(product) for product in products],
        0.0,
        0.0,
        (
            _pairs(made, columns["process"], share),
            _pairs(shipped, columns["flow"], -1.0),
            _pairs([(k, i) for i, (k, _) in enumerate(sheet.sold)], columns["sell"], -1.0),
            _pairs(ended, columns["dispose"], -1.0),
        ),
    )
