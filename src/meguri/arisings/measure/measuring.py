"""One measurement in a process of its own: ``python -m meguri.arisings.measure.measuring CASE JSON``. Prints JSON.

What is asked is a JSON object of options; `bench` starts these processes with one BLAS thread each. Times are CPU
seconds of this process, the best of several; memory is the greatest this process has held, imports included.
The instances are synthetic and seeded; they are no data about anything.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from meguri.arisings.draws import monte_carlo as draws
from meguri.arisings.draws import processes as spread
from meguri.arisings.draws import quantiles
from meguri.arisings.draws.ensemble import WorldModel
from meguri.arisings.stock import kernels as fast
from meguri.kit.benches import LEAST_S

Array = npt.NDArray[np.float64]

YEARS: Final = 71
PRODUCTS: Final = 54
ECONOMIES: Final = 200
ELEMENTS: Final = 30
CONVENTION: Final = "middle"


def best(run: Callable[[], Any], repeat: int) -> float:
    """Least CPU seconds of several runs."""
    found = []
    for _ in range(max(1, repeat)):
        start = time.process_time()
        run()
        found.append(time.process_time() - start)
    return min(found)


def peak() -> float:
    """Most memory this process has held, MiB; zero where the system does not say."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM")), 0.0)


class SeededWorld:
    """Sales, lifetimes and composition of the first so many economies of one seeded world."""

    def __init__(self, economies: int) -> None:
        pick = np.random.default_rng(20260401)
        self.shape = 1.2 + pick.random((PRODUCTS, ECONOMIES))[:, :economies]
        self.scale = 4.0 + 10.0 * pick.random((PRODUCTS, ECONOMIES))[:, :economies]
        self.content = pick.random((YEARS, PRODUCTS, ELEMENTS)) / ELEMENTS
        self.inflow = np.ascontiguousarray(pick.random((YEARS, PRODUCTS, ECONOMIES))[:, :, :economies])

    def fractions(self) -> Any:
        """Shares leaving by age, product and economy."""
        return fast.weibull_fractions(self.shape, self.scale, YEARS, CONVENTION)


def _answer(asked: dict[str, Any], array: Any, **said: Any) -> dict[str, Any]:
    """What was measured; the figures themselves go to a file, for the parent to compare."""
    memory = peak()
    if asked.get("keep"):
        np.save(asked["keep"], array)
    return {**said, "peak_mb": memory}


def series(asked: dict[str, Any]) -> dict[str, Any]:
    """Outflow with a lifetime for every product and economy, survival included."""
    world = SeededWorld(asked["economies"])
    seconds = best(lambda: fast.outflow(world.inflow, world.fractions()), asked["repeat"])
    return _answer(asked, fast.outflow(world.inflow, world.fractions()), seconds=seconds)


def by_product(asked: dict[str, Any]) -> dict[str, Any]:
    """Outflow with a lifetime for every product, survival included; sales lie product first."""
    world = SeededWorld(asked["economies"])
    inflow = np.ascontiguousarray(world.inflow.transpose(1, 0, 2))
    shape, scale = world.shape[:, 0], world.scale[:, 0]
    out = np.empty_like(inflow)

    def run() -> Any:
        leaving = fast.weibull_fractions(shape, scale, YEARS, CONVENTION)
        return fast.outflow_by_product(inflow, leaving, out)

    return _answer(asked, run().transpose(1, 0, 2), seconds=best(run, asked["repeat"]))


def elements(asked: dict[str, Any]) -> dict[str, Any]:
    """Elements in the outflow, composition by year of sale, lifetime by product and economy, survival included."""
    world = SeededWorld(asked["economies"])
    seconds = best(lambda: fast.elements(world.inflow, world.fractions(), world.content), asked["repeat"])
    return _answer(asked, fast.elements(world.inflow, world.fractions(), world.content), seconds=seconds)


def flodym(asked: dict[str, Any]) -> dict[str, Any]:
    """The same with flodym, which also keeps stock and outflow by year of sale; ``elements`` adds that dimension."""
    try:
        import flodym as peer
    except ImportError:
        return {"absent": "flodym"}
    from importlib.metadata import version

    world, economies = SeededWorld(asked["economies"]), asked["economies"]
    axes: list[tuple[str, str, list[Any], type]] = [("year", "t", list(range(1980, 1980 + YEARS)), int)]
    axes += [
        (name, name[0], [f"{name[0]}{n}" for n in range(size)], str)
        for name, size in (("product", PRODUCTS), ("economy", economies))
    ]
    inflow, shape, scale = world.inflow, world.shape[None], world.scale[None]
    if asked.get("per_product"):
        shape, scale = (np.repeat(each[:, :, :1], economies, axis=2) for each in (shape, scale))
    if asked.get("elements"):
        axes.append(("matter", "m", [f"m{n}" for n in range(ELEMENTS)], str))
        inflow = inflow[..., None] * world.content[:, :, None, :]
        shape, scale = shape[..., None], scale[..., None]
    dims = peer.DimensionSet(
        dim_list=[
            peer.Dimension(name=name, letter=letter, items=items, dtype=kind) for name, letter, items, kind in axes
        ]
    )
    made: list[Any] = []

    def run() -> None:
        made.clear()
        lifetime = peer.WeibullLifetime(
            dims=dims,
            time_letter="t",
            inflow_at=CONVENTION,
            weibull_shape=np.broadcast_to(shape, inflow.shape),
            weibull_scale=np.broadcast_to(scale, inflow.shape),
        )
        model = peer.InflowDrivenDSM(dims=dims, name="goods", time_letter="t", lifetime_model=lifetime)
        model.inflow.values[...] = inflow
        model.compute()
        made.append(model.outflow.values)

    seconds = best(run, asked["repeat"])
    found = made[0].sum(axis=1) if asked.get("elements") else made[0]
    return _answer(asked, found, seconds=seconds, version=version("flodym"))


def world(economies: int, dtype: str = "float64") -> WorldModel:
    """The world whose draws are measured: everything uncertain."""
    made = SeededWorld(economies)
    return WorldModel(
        inflow=np.ascontiguousarray(made.inflow.transpose(1, 0, 2)),
        shape=made.shape[:, 0],
        scale=made.scale[:, 0],
        life_sd=np.full(PRODUCTS, 0.15),
        level_sd=np.full(economies, 0.1),
        sales_sd=np.full(PRODUCTS, 0.15),
        content=made.content[0],
        content_sd=np.full((PRODUCTS, ELEMENTS), 0.3),
        yields=np.linspace(0.3, 0.95, ELEMENTS),
        yields_sd=np.full(ELEMENTS, 0.2),
        dtype=dtype,
    )


def flops(economies: int) -> int:
    """Operations of the two matrix products of a draw, whole matrices: the floor counts no skipped zeros."""
    return 2 * YEARS * economies * PRODUCTS * (YEARS + ELEMENTS)


def gemm_rate(dtype: str, repeat: int = 3) -> float:
    """Operations a second of a square matrix product of 1,024, the best this process reaches."""
    pick = np.random.default_rng(1)
    left, right = (pick.random((1024, 1024)).astype(dtype) for _ in range(2))
    out = np.empty_like(left)
    return 2 * 1024**3 / max(best(lambda: np.matmul(left, right, out=out), repeat), LEAST_S)


def drawn(asked: dict[str, Any]) -> dict[str, Any]:
    """Draws of (element, year, economy) into one block's room, beside the floor measured before and after."""
    count, dtype = asked["draws"], asked["dtype"]
    model = world(asked["economies"], dtype)
    room = draws.preallocated(model.outputs, draws.BLOCK, dtype)
    draws.run_block(model, 0, draws.BLOCK, 1, room)
    rate = gemm_rate(dtype)
    start = time.process_time()
    for block, (_, size) in enumerate(draws.blocks(count)):
        draws.run_block(model, block, size, 1, {name: values[:size] for name, values in room.items()})
    seconds = time.process_time() - start
    rate = max(rate, gemm_rate(dtype))
    floor = flops(asked["economies"]) * count / rate
    return _answer(asked, room["elements"][:1], seconds=seconds, floor=floor, gflops=rate / 1e9, draws=count)


def economy(asked: dict[str, Any]) -> dict[str, Any]:
    """Draws of all variables of one economy of the built-in scenario, and their quantiles."""
    # The other cases measure memory without the rooms of a run.
    from meguri.arisings.runs import supply
    from meguri.arisings.scenarios import scenario_file

    model = supply.economy(scenario_file.read("baseline"), asked["economy"], "e-waste")
    room = draws.preallocated(model.outputs, asked["draws"])
    for values in room.values():
        values.fill(0.0)
    start = time.process_time()
    found = draws.simulate(model, asked["draws"], 1, out=room)
    middle = time.process_time()
    for values in found.values.values():
        quantiles.of(values, asked["q"])
    end = time.process_time()
    cells = sum(values[0].size for values in room.values())
    return _answer(asked, None, seconds=middle - start, quantiles=end - middle, cells=cells, draws=asked["draws"])


def quantile(asked: dict[str, Any]) -> dict[str, Any]:
    """Quantiles of cells over draws, numpy's and ours in turn."""
    values = np.exp(np.random.default_rng(3).standard_normal((asked["draws"], asked["cells"]))).astype(asked["dtype"])
    wanted = asked["q"]
    ours, numpys = [], []
    for _ in range(asked["repeat"]):
        ours.append(best(lambda: quantiles.of(values, wanted), 1))
        numpys.append(best(lambda: np.quantile(values, wanted, axis=0), 1))
    off = np.abs(quantiles.of(values, wanted) / np.quantile(values, wanted, axis=0) - 1).max()
    return _answer(asked, None, seconds=min(ours), numpy=min(numpys), difference=float(off))


def processes(asked: dict[str, Any]) -> dict[str, Any]:
    """The same draws by one process and by several: wall seconds with their start, and the largest difference."""
    model = world(asked["economies"])
    start = time.perf_counter()
    alone = draws.simulate(model, asked["draws"], 4).values["elements"]
    middle = time.perf_counter()
    shared = spread.simulate(model, asked["draws"], 4, workers=asked["workers"]).values["elements"]
    end = time.perf_counter()
    off = float(np.abs(shared / alone - 1).max())
    return _answer(asked, None, alone=middle - start, shared=end - middle, difference=off)


CASES: Final[dict[str, Callable[[dict[str, Any]], dict[str, Any]]]] = {
    "series": series,
    "by-product": by_product,
    "elements": elements,
    "flodym": flodym,
    "drawn": drawn,
    "economy": economy,
    "quantile": quantile,
    "processes": processes,
}

if __name__ == "__main__":
    if any(os.environ.get(name) != "1" for name in spread.THREADS):
        sys.exit("set one BLAS thread for this measurement: " + " ".join(f"{name}=1" for name in spread.THREADS))
    print(json.dumps(CASES[sys.argv[1]](json.loads(sys.argv[2]))))
