"""Building, opening, closing, what a site may take in a period, and what a smelter's feed may contain."""

from __future__ import annotations

import numpy as np

from meguri.kit.words import Words
from meguri.network.model.blocks import Floats, Ints, Tie
from meguri.network.model.instance import PlantSite
from meguri.network.model.sheet import INFINITY, KG_PER_T, Sheet, grouped
from meguri.network.solver.program import NamedLimit

CAPACITY = Words("capacity of {site}, {year}")
BUILT = Words("what may be built at {site} up to {year}")
FEED = Words("what the furnace bears: {feed}, {year}")


def write(sheet: Sheet, *, relaxed: bool = False) -> None:
    """Columns of building, running, starting and stopping; rows of capacity and feed."""
    sites = sheet.instance.sites
    buildable = [n for n, site in enumerate(sites) if site.build_most_t_y > 0]
    stated = [n for n, site in enumerate(sites) if has_state(site)]
    kept = [n for n, site in enumerate(sites) if stands(site) and not site.may_close]

    def named(places: list[int]) -> list[Words]:
        return [sites[n].name for n in places]

    years = np.array([period.year for period in sheet.instance.periods])
    soonest = np.array([sites[n].build_from for n in buildable]).reshape(-1, 1)
    allowed = np.where(years >= soonest, INFINITY, 0.0)
    usd = [sites[n].build_usd_t_y for n in buildable]
    sheet.add("build", named(buildable), cost=usd, upper=allowed, annual=False)
    sheet.add("running", named(stated), cost=[sites[n].fixed_usd_y for n in stated], upper=1.0, integer=not relaxed)
    sheet.add("start", named(stated), cost=[sites[n].opening_usd for n in stated], upper=1.0, annual=False)
    sheet.add("stop", named(stated), cost=[sites[n].closing_usd for n in stated], upper=1.0, annual=False)
    sheet.add("standing", named(kept), cost=[sites[n].fixed_usd_y for n in kept], lower=1.0, upper=1.0)
    sheet.places |= {"build": tuple(buildable), "standing": tuple(kept)}
    sheet.places |= dict.fromkeys(("running", "start", "stop"), tuple(stated))
    _capacity(sheet, buildable, stated)
    _states(sheet, stated)
    _building(sheet, buildable, stated)
    _feed_limits(sheet)


def stands(site: PlantSite) -> bool:
    """Whether a site has capacity that nobody need build."""
    return any(capacity > 0 for capacity in site.capacity_t_y)


def has_state(site: PlantSite) -> bool:
    """Whether running the site or not is a yes-or-no decision."""
    if stands(site):
        return site.may_close
    return site.build_most_t_y > 0 and (site.opening_usd > 0 or site.fixed_usd_y > 0 or site.build_least_t_y > 0)


def _index(places: list[int]) -> Ints:
    return np.array(places, dtype=np.int32)


def _cumulate(sheet: Sheet, rows: Ints, columns: Ints, coefficient: float) -> None:
    """Tie each period's row to the columns of that period and all before."""
    for t in range(sheet.periods):
        for before in range(t + 1):
            sheet.tie(rows[:, t : t + 1], columns[:, before : before + 1], np.full((len(rows), 1), coefficient))


def _capacity(sheet: Sheet, buildable: list[int], stated: list[int]) -> None:
    """What a site processes is within what stands (while it runs) and what has been built."""
    sites, feeds = sheet.instance.sites, sheet.reach.feeds
    use = [sheet.at(feed.place)[1].use.get(feed.stream, 1.0) for feed in feeds]
    standing: Floats = np.array([site.capacity_t_y for site in sites]).reshape(len(sites), sheet.periods)
    limit = standing.copy()
    limit[stated] = 0.0
    process = sheet.columns["process"].block.ids
    block = sheet.bind(
        "capacity",
        [site.name for site in sites],
        -INFINITY,
        limit,
        (Tie(_index([f.place for f in feeds]), process, np.array(use)),),
        limit=NamedLimit(CAPACITY, "/sites/{site}/capacity_t_y", "t/y"),
        keys=[site.id for site in sites],
        axis="site",
    )
    running = sheet.columns["running"].block.ids
    sheet.tie(block.ids[_index(stated)], running, -standing[_index(stated)])
    _cumulate(sheet, block.ids[_index(buildable)], sheet.columns["build"].block.ids, -1.0)
    # Built capacity works only while the site runs.
    both = [n for n in stated if n in set(buildable)]
    sheet.places["only while running"] = tuple(both)
    most = np.array([sites[n].build_most_t_y for n in both]).reshape(-1, 1) + standing[_index(both)]
    at = {n: row for row, n in enumerate(both)}
    here = [k for k, feed in enumerate(feeds) if feed.place in at]
    place = {n: row for row, n in enumerate(stated)}
    sheet.bind(
        "only while running",
        [sites[n].name for n in both],
        -INFINITY,
        0.0,
        (
            Tie(_index([at[feeds[k].place] for k in here]), process[_index(here)], np.array([use[k] for k in here])),
            Tie(_index(list(range(len(both)))), running[_index([place[n] for n in both])], -most),
        ),
    )


def _states(sheet: Sheet, stated: list[int]) -> None:
    """running[t] - running[t-1] = start[t] - stop[t], from what stood before the plan."""
    before = np.zeros((len(stated), sheet.periods))
    before[:, 0] = [1.0 if stands(sheet.instance.sites[n]) else 0.0 for n in stated]
    every = _index(list(range(len(stated))))
    ids = {name: sheet.columns[name].block.ids for name in ("running", "start", "stop")}
    one = np.ones(len(stated))
    block = sheet.bind(
        "state",
        [sheet.instance.sites[n].name for n in stated],
        before,
        before,
        (Tie(every, ids["running"], one), Tie(every, ids["start"], -one), Tie(every, ids["stop"], one)),
    )
    if sheet.periods > 1:
        sheet.tie(block.ids[:, 1:], ids["running"][:, :-1], np.full((len(stated), sheet.periods - 1), -1.0))


def _building(sheet: Sheet, buildable: list[int], stated: list[int]) -> None:
    """All that is built stays within the most; a running site that did not stand has at least the least."""
    sites = sheet.instance.sites
    build = sheet.columns["build"].block.ids
    most = sheet.bind(
        "built",
        [sites[n].name for n in buildable],
        0.0,
        [sites[n].build_most_t_y for n in buildable],
        limit=NamedLimit(BUILT, "/sites/{site}/build_most_t_y", "t/y"),
        keys=[sites[n].id for n in buildable],
        axis="site",
    )
    _cumulate(sheet, most.ids, build, 1.0)
    small = [n for n in stated if sites[n].build_least_t_y > 0 and not stands(sites[n])]
    running = sheet.columns["running"].block.ids[_index([stated.index(n) for n in small])]
    least = np.array([sites[n].build_least_t_y for n in small])
    every = _index(list(range(len(small))))
    block = sheet.bind("least built", [sites[n].name for n in small], 0.0, INFINITY, (Tie(every, running, -least),))
    _cumulate(sheet, block.ids, build[_index([buildable.index(n) for n in small])], 1.0)


def _in_feed(sheet: Sheet, element: str, place: int) -> Words:
    return Words("{element} at {site}").format(element=element, site=sheet.instance.sites[place].name)


def _feed_limits(sheet: Sheet) -> None:
    """The mixed feed of a site keeps to what its furnace bears; what is above the free content is paid for."""
    feeds = sheet.reach.feeds
    at = grouped(feed.place for feed in feeds)
    bars: list[tuple[int, str, float]] = []
    fines: list[tuple[int, str, float, float]] = []
    for place in sorted(at):
        technology = sheet.at(place)[1]
        bars += [(place, element, most) for element, most in technology.feed_most.items()]
        fines += [
            (place, element, technology.penalty_from.get(element, 0.0), usd)
            for element, usd in technology.penalty_usd_kg.items()
        ]
    process = sheet.columns["process"].block.ids

    def above(place: int, element: str, level: float, row: int, factor: float) -> Tie:
        here = at[place]
        content = np.array([sheet.share(feeds[k].stream, feeds[k].origin, element) for k in here]) - level
        return Tie(np.full(len(here), row, dtype=np.int32), process[_index(here)], content * factor)

    sheet.bind(
        "feed limit",
        [_in_feed(sheet, element, place) for place, element, _ in bars],
        -INFINITY,
        0.0,
        [above(place, element, most, row, 1.0) for row, (place, element, most) in enumerate(bars)],
        limit=NamedLimit(FEED, "/technologies/feed_most", "t/y"),
        axis="feed",
    )
    # Kilograms above the free content, paid by the kilogram.
    sheet.excesses = [(place, element) for place, element, _, _ in fines]
    names = [_in_feed(sheet, element, place) for place, element, _, _ in fines]
    excess = sheet.add("excess", names, cost=[usd for *_, usd in fines])
    every = _index(list(range(len(fines))))
    sheet.bind(
        "penalty",
        names,
        -INFINITY,
        0.0,
        [
            Tie(every, excess.block.ids, -np.ones(len(fines))),
            *(above(p, element, level, row, KG_PER_T) for row, (p, element, level, _) in enumerate(fines)),
        ],
    )
