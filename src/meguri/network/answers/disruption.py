"""What hurts most: each plant, port, strait or economy taken away in turn, with what has been built as it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from meguri.network.answers.capacity import built
from meguri.network.model.blocks import Floats, Ints
from meguri.network.model.instance import Lane
from meguri.network.results.plan import SolvedPlan
from meguri.network.solver.highs import Session, SolverOptions

Basis = tuple[npt.NDArray[np.int8], npt.NDArray[np.int8]]
Kind = Literal["plant", "port", "passage", "economy"]


@dataclass(frozen=True)
class Disruption:
    """What is lost when a thing is gone for the whole plan.

    `loss` is in units of the objective (discounted USD); None where no plan keeps all limits without it: then
    `eased` names what was given up to find one (targets and duties to collect), and the loss is that of the eased
    plan. `metal` is the change of recovered metal by element, tonnes a year on average.
    """

    kind: Kind
    thing: str
    loss: float
    eased: bool
    metal: dict[str, float]


def disruptions(
    plan: SolvedPlan,
    kinds: Iterable[Kind] = ("plant", "port", "passage", "economy"),
    options: SolverOptions | None = None,
    progress: Callable[[float], None] | None = None,
) -> tuple[Disruption, ...]:
    """Every thing that the plan uses, taken away in turn; the worst first.

    Builds and openings stay as planned: the loss comes before anybody can build again. Where the targets and the duty
    to collect cannot be kept, they are eased in both the plan and the disrupted one, so that the two compare.
    """
    wanted = set(kinds)
    cases = [case for case in _cases(plan) if case[0] in wanted]
    firm, eased = _firm(plan, options), _eased(plan, options)
    found = []
    for done, (kind, thing, columns) in enumerate(cases):
        if progress is not None:
            progress(done / len(cases))
        for is_eased, (session, base, usual) in ((False, firm), (True, eased)):
            session.set_column_bounds(columns, upper=np.zeros(len(columns)))
            gone = session.resolve()
            session.back()
            if gone.found:
                metal = {e: tonnes - usual[e] for e, tonnes in _metal(plan, gone.x).items()}
                found.append(Disruption(kind, thing, float(gone.objective - base), is_eased, metal))
                break
    return tuple(sorted(found, key=lambda one: (-one.eased, -one.loss)))


Prepared = tuple[Session, float, dict[str, float]]


def _prepared(plan: SolvedPlan, session: Session) -> Prepared:
    base = session.solve()
    session.keep()
    return session, base.objective, _metal(plan, base.x)


def _firm(plan: SolvedPlan, options: SolverOptions | None) -> Prepared:
    return _prepared(plan, built(plan, options))


def _eased(plan: SolvedPlan, options: SolverOptions | None) -> Prepared:
    session = built(plan, options)
    collect = plan.formulation.columns["collect"].block.ids.ravel()
    session.set_column_bounds(collect, lower=np.zeros(len(collect)))
    for limit in plan.instance.limits:
        rows = plan.formulation.limit_rows[limit.name].ravel()
        if limit.kind in ("collection", "recovered", "processed", "home-share", "partner-share", "treated-at-home"):
            session.set_row_bounds(rows, lower=np.full(len(rows), -np.inf))
        elif limit.kind in ("largest-share",):
            session.set_row_bounds(rows, upper=np.full(len(rows), np.inf))
    return _prepared(plan, session)


def _metal(plan: SolvedPlan, x: Floats) -> dict[str, float]:
    years = np.array([period.years for period in plan.instance.periods], dtype=np.float64)
    tonnes = plan.formulation.values("process", x)
    return {
        element: float((tonnes * share * years).sum() / years.sum())
        for element, share in plan.formulation.recovered.items()
    }


def _cases(plan: SolvedPlan) -> list[tuple[Kind, str, Ints]]:
    """Everything that carries something in the plan, with the columns that stop when it is gone."""
    formulation, instance, x = plan.formulation, plan.instance, plan.solution.x
    flow, process = (formulation.columns[name].block.ids for name in ("flow", "process"))
    used_flow = (formulation.columns["flow"].block.of(x) > 1e-9).sum(axis=1)
    used_process = (formulation.columns["process"].block.of(x) > 1e-9).sum(axis=1)
    sites, zones = instance.sites, {zone.id: zone for zone in instance.zones}
    at_site = {site.id: site for site in sites}
    cases: dict[tuple[Kind, str], list[Ints]] = {}

    def ends(lane: Lane) -> tuple[tuple[str | None, str], ...]:
        return tuple(
            (place.port, place.economy)
            for place in (zones.get(lane.origin) or at_site[lane.origin], at_site[lane.destination])
        )

    used: set[tuple[Kind, str]] = set()
    for k, feed in enumerate(formulation.reach.feeds):
        site = sites[feed.place]
        here: tuple[tuple[Kind, str], ...] = (("plant", site.id), ("economy", site.economy))
        for key in here:
            cases.setdefault(key, []).append(process[k])
            if used_process[k]:
                used.add(key)
    for f, one in enumerate(formulation.reach.flows):
        lane = instance.lanes[one.lane]
        by_sea = any(way.mode == "sea" for way in lane.ways)
        keys: list[tuple[Kind, str]] = [("passage", name) for way in lane.ways for name in way.passages]
        keys += [("port", port) for port, _ in ends(lane) if by_sea and port]
        abroad = {economy for _, economy in ends(lane)}
        keys += [("economy", economy) for economy in abroad if len(abroad) > 1]
        for key in dict.fromkeys(keys):
            cases.setdefault(key, []).append(flow[f])
            if used_flow[f]:
                used.add(key)
    return [(kind, thing, np.concatenate(columns)) for (kind, thing), columns in cases.items() if (kind, thing) in used]
