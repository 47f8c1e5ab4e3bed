"""The synthetic instance built by Meguri, by linopy and by pyomo, each in a process of its own.

``python -m meguri.network.measure.peers BUILDER SIZE`` prints one JSON object: CPU seconds of building the model and of
handing it to the solver (best of the repeats), and memory. The peers are tools of the developers, imported only here.
"""

from __future__ import annotations

import gc
import json
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

import highspy
import numpy as np

from meguri.network.measure import seeded_instance
from meguri.network.measure.seeded_instance import CARBON, COLLECT, HAUL, SHIP, InstanceArrays, instance
from meguri.network.solver.highs import handed_over
from meguri.network.solver.program import Program

SIZES = {
    "small": seeded_instance.SMALL,
    "ref": seeded_instance.REFERENCE,
    "dense": seeded_instance.DENSE,
}


def meguri_built(data: InstanceArrays) -> Program:
    """By Meguri."""
    return seeded_instance.build(data)


def linopy_built(data: InstanceArrays) -> Any:
    """By linopy, with grouped sums over labelled arrays; unlawful lanes are masked."""
    import linopy
    import xarray as xr

    size, model = data.size, linopy.Model()
    numbers = {"period": np.arange(size.periods), "commodity": np.arange(size.commodities)}

    def array(values: Any, *dims: str) -> Any:
        labels = {dim: np.arange(count) for dim, count in zip(dims, np.shape(values), strict=True)}
        return xr.DataArray(values, dims=dims, coords=labels)

    def flow(name: str, count: int, mask: Any = None) -> Any:
        coords = [numbers["period"], np.arange(count), numbers["commodity"]]
        wide = None if mask is None else np.broadcast_to(mask, (size.periods, *mask.shape))
        return model.add_variables(lower=0, coords=coords, dims=["period", name, "commodity"], name=name, mask=wide)

    collect, haul = flow("collect", len(data.collect.km)), flow("haul", len(data.haul.km))
    ship = flow("ship", len(data.ship.km), data.lawful)

    def grouped(expression: Any, lanes: str, ends: Any, to: str) -> Any:
        return expression.groupby(array(ends, lanes).rename(to)).sum()

    def limit(name: str, expression: Any, values: Any, *dims: str) -> None:
        model.add_constraints(expression <= array(values, *dims), name=name)

    arcs = data.collect
    limit("supply", grouped(1 * collect, "collect", arcs.origin, "Z"), data.supply, "period", "Z", "commodity")
    limit("treat", grouped(collect.sum("commodity"), "collect", arcs.destination, "D"), data.treat, "D")
    arrived = grouped(1 * collect, "collect", arcs.destination, "D").rename({"commodity": "whole"})
    parted = (arrived * array(data.yields, "whole", "commodity")).sum("whole")
    model.add_constraints(grouped(1 * haul, "haul", data.haul.origin, "D") - parted <= 0, name="parted")
    came = grouped(1 * haul, "haul", data.haul.destination, "P")
    model.add_constraints(grouped(1 * ship, "ship", data.ship.origin, "P") - came <= 0, name="passed")
    limit("load", grouped(haul.sum("commodity"), "haul", data.haul.destination, "P"), data.load, "P")
    limit("smelt", grouped(ship.sum("commodity"), "ship", data.ship.destination, "S"), data.smelt, "S")
    stages = (
        (collect, "collect", data.collect, CARBON[0], COLLECT),
        (haul, "haul", data.haul, CARBON[1], HAUL),
        (ship, "ship", data.ship, CARBON[2], SHIP),
    )
    emitted = [(ids * array(rate * arc.km, dim)).sum([dim, "commodity"]) for ids, dim, arc, rate, _ in stages]
    limit("carbon", emitted[0] + emitted[1] + emitted[2], data.carbon, "period")
    costs = [(ids * array(data.cost(arc, *rates), dim)).sum() for ids, dim, arc, _, rates in stages]
    earned = (ship * array(data.price, "commodity")).sum()
    model.add_objective(costs[0] + costs[1] + costs[2] - earned)
    return model


def linopy_handed(model: Any) -> Any:
    """The solver's own model, filled in."""
    from linopy.io import to_highspy

    return to_highspy(model)


def pyomo_built(data: InstanceArrays) -> Any:
    """By pyomo, with linear expressions over lists made beforehand."""
    import pyomo.environ as pyo
    from pyomo.core.expr.numeric_expr import LinearExpression

    size, model = data.size, pyo.ConcreteModel()
    times, kinds = range(size.periods), range(size.commodities)
    lane, kind = (one.tolist() for one in data.lanes)
    model.collect = pyo.Var(times, range(len(data.collect.km)), kinds, domain=pyo.NonNegativeReals)
    model.haul = pyo.Var(times, range(len(data.haul.km)), kinds, domain=pyo.NonNegativeReals)
    model.ship = pyo.Var(times, range(len(lane)), domain=pyo.NonNegativeReals)
    model.limits = pyo.ConstraintList()

    def linear(terms: list[tuple[float, Any]]) -> Any:
        return LinearExpression(linear_coefs=[value for value, _ in terms], linear_vars=[ids for _, ids in terms])

    def ends(lanes: Any, count: int) -> list[list[int]]:
        found: list[list[int]] = [[] for _ in range(count)]
        for k, end in enumerate(lanes.tolist() if hasattr(lanes, "tolist") else lanes):
            found[end].append(k)
        return found

    from_zone, into = ends(data.collect.origin, size.zones), ends(data.collect.destination, size.dismantlers)
    leave, port = ends(data.haul.origin, size.dismantlers), ends(data.haul.destination, size.ports)
    gone, smelter = ends(data.ship.origin[lane], size.ports), ends(data.ship.destination[lane], size.smelters)
    yields = [[(i, float(data.yields[i, o])) for i in kinds if data.yields[i, o]] for o in kinds]
    objective: list[tuple[float, Any]] = []
    unit = {
        name: (data.cost(arcs, *rates).tolist(), (factor * arcs.km).tolist())
        for name, arcs, rates, factor in (
            ("collect", data.collect, COLLECT, CARBON[0]),
            ("haul", data.haul, HAUL, CARBON[1]),
            ("ship", data.ship, SHIP, CARBON[2]),
        )
    }
    price = data.price.tolist()
    for t in times:
        collect, haul, ship = model.collect, model.haul, model.ship
        for z, arcs in enumerate(from_zone):
            for c in kinds:
                model.limits.add(linear([(1.0, collect[t, a, c]) for a in arcs]) <= float(data.supply[t, z, c]))
        for d, arcs in enumerate(into):
            terms = [(1.0, collect[t, a, c]) for a in arcs for c in kinds]
            if terms:
                model.limits.add(linear(terms) <= float(data.treat[d]))
            for c in kinds:
                terms = [(1.0, haul[t, a, c]) for a in leave[d]]
                terms += [(-share, collect[t, a, i]) for a in arcs for i, share in yields[c]]
                model.limits.add(linear(terms) <= 0.0)
        for p, arcs in enumerate(port):
            by_kind: list[list[tuple[float, Any]]] = [[(-1.0, haul[t, a, c]) for a in arcs] for c in kinds]
            for k in gone[p]:
                by_kind[kind[k]].append((1.0, ship[t, k]))
            for terms in by_kind:
                if terms:
                    model.limits.add(linear(terms) <= 0.0)
            if arcs:
                model.limits.add(linear([(1.0, haul[t, a, c]) for a in arcs for c in kinds]) <= float(data.load[p]))
        for s, arcs in enumerate(smelter):
            if arcs:
                model.limits.add(linear([(1.0, ship[t, k]) for k in arcs]) <= float(data.smelt[s]))
        emitted: list[tuple[float, Any]] = []
        for name, flow in (("collect", collect), ("haul", haul)):
            cost, carbon = unit[name]
            objective += [(cost[a], flow[t, a, c]) for a in range(len(cost)) for c in kinds]
            emitted += [(carbon[a], flow[t, a, c]) for a in range(len(carbon)) for c in kinds]
        cost, carbon = unit["ship"]
        objective += [(cost[a] - price[c], ship[t, k]) for k, (a, c) in enumerate(zip(lane, kind, strict=True))]
        emitted += [(carbon[a], ship[t, k]) for k, a in enumerate(lane)]
        model.limits.add(linear(emitted) <= float(data.carbon[t]))
    model.objective = pyo.Objective(expr=linear(objective))
    return model


def pyomo_handed(model: Any) -> Any:
    """The solver's own model, filled in through pyomo's persistent interface."""
    from pyomo.contrib.appsi.solvers import Highs

    solver = Highs()
    solver.config.stream_solver = False
    solver.set_instance(model)
    return solver._solver_model


def meguri_handed(program: Program) -> Any:
    """The solver's own model, filled in by one call."""
    return handed_over(program)


BUILDERS: dict[str, tuple[Callable[[InstanceArrays], Any], Callable[[Any], Any], tuple[str, ...]]] = {
    "meguri": (meguri_built, meguri_handed, ()),
    "linopy": (linopy_built, linopy_handed, ("linopy", "xarray", "highspy")),
    "pyomo": (pyomo_built, pyomo_handed, ("pyomo.environ", "pyomo.contrib.appsi.solvers", "highspy")),
}


def memory() -> float:
    """Greatest resident memory of this process so far, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


def measure(builder: str, size: str, repeat: int, solved: bool) -> dict[str, Any]:
    """Build and hand over so many times; solve once where asked."""
    make, hand, modules = BUILDERS[builder]
    for module in modules:
        __import__(module)
    data = instance(SIZES[size])
    before = memory()
    runs, solver, objective = [], None, None
    for _ in range(repeat):
        solver = None
        gc.collect()
        start = time.process_time()
        model = make(data)
        built = time.process_time()
        solver = hand(model)
        runs.append((built - start, time.process_time() - built))
        del model
    assert solver is not None
    columns, rows = solver.getNumCol(), solver.getNumRow()
    peak = memory()
    if solved:
        solver.setOptionValue("output_flag", False)
        solver.setOptionValue("threads", 1)
        highspy.Highs.run(solver)
        objective = solver.getInfo().objective_function_value
    build, hand_over = min(runs, key=sum)
    return {
        "builder": builder, "size": size, "build": build, "hand_over": hand_over, "cpu": build + hand_over,
        "first": sum(runs[0]), "memory_mb": peak, "memory_before_mb": before, "columns": columns, "rows": rows,
        "objective": objective,
    }  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4:] == ["solved"])))
