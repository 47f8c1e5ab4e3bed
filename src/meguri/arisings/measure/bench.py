"""`meguri bench arisings`: stock models, elements, draws and quantiles beside flodym, numpy and the machine's floor.

Every measurement is a process of its own with one BLAS thread (`measuring`), so that memory is that of one method
alone. Aims are stated with what was measured, held or not; a result that differs from its peer makes the run fail.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from meguri.arisings.draws.processes import THREADS
from meguri.kit import benches
from meguri.kit.benches import Measurement
from meguri.kit.problems import N_, refuse

SAME: Final = 1e-12
"""Relative difference, of the largest figure, up to which two results are the same."""
FIVE: Final = [0.05, 0.25, 0.5, 0.75, 0.95]
GIVES: Final = {
    "flodym": "flows, and stock and outflow by year of sale; labels; any lifetime by year of sale",
    "series": "flows alone; stock follows by adding up; lifetime by product x economy",
    "by-product": "flows alone; one lifetime a product",
    "elements": "elements by year and economy, added up over products; composition by year of sale",
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Options of this benchmark."""
    parser.add_argument("--economies", type=int, default=200, help="up to 200 (default 200)")
    parser.add_argument("--draws", type=int, default=1000, help="draws of the ensemble (default 1000)")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each measurement; the best counts (default 3)")
    parser.add_argument("--without-flodym", action="store_true", help="leave the peer out: it takes 2 GB")


def register() -> None:
    """Offer the benchmark under ``meguri bench arisings``."""
    benches.add("arisings", "stock models, elements, draws and quantiles beside flodym and numpy", run, configure)


def run(arguments: argparse.Namespace) -> int:
    """Measure and print. Returns 1 where results differ from the peer's; times decide nothing."""
    for name, least, most in (("economies", 8, 200), ("draws", 32, 100_000), ("repeat", 1, 50)):
        if not least <= getattr(arguments, name) <= most:
            raise refuse(N_("From {least} to {most}."), f"/{name}", "out-of-range", least=least, most=most)
    found = measure(arguments.economies, arguments.draws, arguments.repeat, not arguments.without_flodym)
    if arguments.json:
        print(json.dumps(found, indent=2))
    else:
        print("\n".join(lines(found)))
    return 0 if all(one["difference"] <= one["allowed"] for one in found["agreement"]) else 1


def _child(case: str, **asked: Any) -> dict[str, Any]:
    env = {**os.environ, **dict.fromkeys(THREADS, "1")}
    command = [sys.executable, "-m", "meguri.arisings.measure.measuring", case, json.dumps(asked)]
    done = subprocess.run(command, env=env, stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise refuse(N_("The measurement {case} stopped; what it said stands above."), "", "bench", case=case)
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def _apart(one: Path, other: Path) -> float:
    """Largest difference of two kept results, relative to the largest figure."""
    import numpy as np

    left, right = np.load(one), np.load(other)
    return float(np.abs(left - right).max() / np.abs(right).max())


def measure(economies: int, count: int, repeat: int, peer: bool) -> dict[str, Any]:
    """All figures of one run, as plain values."""
    found: dict[str, Any] = {
        "machine": {
            "processor": platform.processor() or platform.machine(),
            "processors": os.cpu_count(),
            "load_before": round(os.getloadavg()[0], 2),
        },
        "size": {"years": 71, "products": 54, "economies": economies, "elements": 30, "draws": count},
        "gives": GIVES,
    }
    agreement: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="meguri-bench-") as name:
        home = Path(name)

        def same(what: str, one: Path, other: Path) -> None:
            agreement.append({"what": what, "difference": _apart(one, other), "allowed": SAME})

        found["flows"] = _flows(economies, repeat, peer, home, same)
        found["elements"] = _elements(economies, repeat, peer, home, same)
    found["draws"] = {
        dtype: _child("drawn", economies=economies, draws=count, dtype=dtype) for dtype in ("float64", "float32")
    }
    found["economy"] = _child("economy", economy="JPN", draws=min(300, count), q=FIVE)
    found["quantiles"] = {
        f"{len(q)} of {dtype}": _child("quantile", draws=1000, cells=50 * economies, q=q, dtype=dtype, repeat=repeat)
        for q in ([0.05, 0.5, 0.95], FIVE)
        for dtype in ("float64", "float32")
    }
    for which, row in found["quantiles"].items():
        allowed = SAME if which.endswith("64") else 1e-6
        agreement.append({"what": f"quantiles, {which}", "difference": row["difference"], "allowed": allowed})
    found["scaling"] = _scaling(economies, count, repeat)
    shared = _child("processes", economies=max(8, economies // 8), draws=min(256, count), workers=2)
    agreement.append({"what": "draws by two processes", "difference": shared["difference"], "allowed": SAME})
    found["processes"] = shared
    found["agreement"] = agreement
    found["machine"]["load_after"] = round(os.getloadavg()[0], 2)
    found["rows"] = benches.rows_json(rows(found))
    return found


def _flows(economies: int, repeat: int, peer: bool, home: Path, same: Any) -> dict[str, Any]:
    rows = {
        case: _child(case, economies=economies, repeat=3 * repeat, keep=str(home / f"{case}.npy"))
        for case in ("series", "by-product")
    }
    if peer:
        rows["flodym"] = _child("flodym", economies=economies, repeat=min(2, repeat), keep=str(home / "flodym.npy"))
        if "absent" not in rows["flodym"]:
            same("flows, lifetime by product x economy, flodym", home / "series.npy", home / "flodym.npy")
            few = min(8, economies)
            for case, options in (("by-product", {}), ("flodym", {"per_product": True})):
                _child(case, economies=few, repeat=1, keep=str(home / f"few-{case}.npy"), **options)
            same("flows, lifetime by product, flodym", home / "few-by-product.npy", home / "few-flodym.npy")
            for case in ("series", "by-product"):
                rows[case]["times_faster"] = benches.ratio(rows["flodym"]["seconds"], rows[case]["seconds"])
    return rows


def _elements(economies: int, repeat: int, peer: bool, home: Path, same: Any) -> dict[str, Any]:
    rows: dict[str, Any] = {"elements": _child("elements", economies=economies, repeat=repeat)}
    if not peer:
        return rows
    small = [
        _child("flodym", economies=few, repeat=1, elements=True, keep=str(home / f"peer-{few}.npy"))
        for few in (1, 2, 4)
    ]
    if "absent" in small[0]:
        return {**rows, "flodym": small[0]}
    _child("elements", economies=4, repeat=1, keep=str(home / "ours-4.npy"))
    same("elements, flodym", home / "ours-4.npy", home / "peer-4.npy")

    def carried(key: str) -> float:
        """A straight line through one and four economies, carried on to all."""
        step = (small[2][key] - small[0][key]) / 3
        return float(small[0][key] + step * (economies - 1))

    rows["flodym"] = {
        "measured": [{"economies": few, **row} for few, row in zip((1, 2, 4), small, strict=True)],
        "extrapolated": True,
        "seconds": carried("seconds"),
        "peak_mb": carried("peak_mb"),
    }
    rows["elements"]["times_faster"] = benches.ratio(rows["flodym"]["seconds"], rows["elements"]["seconds"])
    return rows


def _scaling(economies: int, count: int, repeat: int) -> dict[str, Any]:
    sizes = [max(8, economies // part) for part in (8, 4, 2, 1)]
    numbers = [max(32, count // part) for part in (8, 4, 2)]
    worlds = [
        {"economies": size, "seconds": _child("series", economies=size, repeat=3 * repeat)["seconds"]} for size in sizes
    ]
    runs = [
        {"draws": n, **_child("drawn", economies=max(8, economies // 4), draws=n, dtype="float64")} for n in numbers
    ]
    return {
        "economies": worlds,
        "draws": runs,
        "exponent_economies": _exponent([(row["economies"], row["seconds"]) for row in worlds]),
        "exponent_draws": _exponent([(row["draws"], row["seconds"]) for row in runs]),
    }


def _exponent(points: list[tuple[float, float]]) -> float:
    """Slope of the logarithms between first and last: 1 is in proportion."""
    (first, early), (last, late) = points[0], points[-1]
    return math.log(benches.ratio(late, early)) / math.log(last / first) if last > first else 1.0


def rows(found: Mapping[str, Any]) -> list[Measurement]:
    """Comparisons with their aims. Those of size hold for the full size only and are stated as such."""
    size, made = found["size"], []
    smaller = f" ({size['economies']} economies only)" if size["economies"] < 200 else ""

    def add(
        job: str,
        ours: float,
        unit: str,
        aim: float,
        *,
        baseline: float | None = None,
        ratio: float | None = None,
        least: bool = False,
    ) -> None:
        held = ours if ratio is None else ratio
        met = held >= aim if least else held <= aim
        made.append(
            Measurement(job=job + smaller, ours=ours, unit=unit, baseline=baseline, ratio=ratio, aim=aim, met=met)
        )  # fmt: skip

    flows, elements = found["flows"], found["elements"]["elements"]
    series = flows["series"]
    if (faster := series.get("times_faster")) is not None:
        peer = series["seconds"] * faster
        add("flows, lifetime by product x economy: flodym takes so many times as long",
            series["seconds"], "CPU s", 50, baseline=peer, ratio=faster, least=True)  # fmt: skip
    add("memory of the flows", series["peak_mb"], "MB", 100)
    add("30 elements, composition by year of sale", elements["seconds"], "CPU s", 0.4)
    add("memory of the elements", elements["peak_mb"], "MB", 150)
    drawn = found["draws"]["float64"]
    add("draws beside the floor of matrix products",
        drawn["seconds"], "CPU s", 2, baseline=drawn["floor"],
        ratio=benches.ratio(drawn["seconds"], drawn["floor"]))  # fmt: skip
    add("1,000 draws in double precision", drawn["seconds"] * 1000 / drawn["draws"], "CPU s", 6)
    three = found["quantiles"]["3 of float64"]
    add("three quantiles: np.quantile takes so many times as long",
        three["seconds"], "CPU s", 4, baseline=three["numpy"], ratio=benches.ratio(three["numpy"], three["seconds"]),
        least=True)  # fmt: skip
    return made


def lines(found: Mapping[str, Any]) -> list[str]:
    """The run as text."""
    size, machine = found["size"], found["machine"]
    said = [
        f"{size['products']} products x {size['economies']} economies x {size['years']} years; CPU s, one thread, "
        f"best of all; {machine['processors']} processors, load {machine['load_before']} to {machine['load_after']}",
        "",
        f"{'flows':44}{'CPU s':>10}{'peak MB':>10}{'faster':>9}",
    ]

    def row(name: str, value: Mapping[str, Any], note: str = "") -> None:
        if "absent" in value:
            said.append(f"  {name:42}not installed (pip install 'meguri[bench]')")
            return
        times = f"{value['times_faster']:.0f}x" if "times_faster" in value else ""
        said.append(f"  {name:42}{value['seconds']:>10.4f}{value['peak_mb']:>10,.0f}{times:>9}{note}")

    for case, value in found["flows"].items():
        row(case, value)
    said.append(f"{size['elements']} elements, composition by year of sale")
    for case, value in found["elements"].items():
        row(case, value, "  extrapolated from 1 to 4 economies" if "extrapolated" in value else "")
    said += ["what each gives:", *(f"  {case:12}{what}" for case, what in found["gives"].items()), ""]
    for dtype, one in found["draws"].items():
        said.append(
            f"{one['draws']} draws of 30 x 71 x {size['economies']}, {dtype}: {one['seconds']:.2f} s, "
            f"floor {one['floor']:.2f} s ({one['gflops']:.0f} GFLOP/s), "
            f"{benches.ratio(one['seconds'], one['floor']):.2f} times; {one['peak_mb']:,.0f} MB"
        )
    one = found["economy"]
    said.append(
        f"{one['draws']} draws of every variable of one economy of the scenario baseline ({one['cells']:,} cells): "
        f"{one['seconds']:.2f} s, quantiles {one['quantiles']:.2f} s; {one['peak_mb']:,.0f} MB"
    )
    for which, one in found["quantiles"].items():
        said.append(
            f"quantiles, {which}: {one['seconds']:.3f} s, np.quantile {one['numpy']:.3f} s, "
            f"{benches.ratio(one['numpy'], one['seconds']):.1f} times"
        )
    scaling = found["scaling"]
    said.append(
        f"scaling: time grows as economies^{scaling['exponent_economies']:.2f} (flows) "
        f"and draws^{scaling['exponent_draws']:.2f}"
    )
    shared = found["processes"]
    said.append(
        f"the same draws, wall: one process {shared['alone']:.2f} s, two {shared['shared']:.2f} s with their start; "
        "on a shared machine this says little"
    )
    said += ["", "agreement (largest difference, relative)"]
    said += [f"  {one['what']:60}{one['difference']:.1e}" for one in found["agreement"]]
    said += ["aims"]
    for one in found["rows"]:
        measured = f"{one['ours']:.4g} {one['unit']}" if one["ratio"] is None else f"{one['ratio']:.3g} times"
        said.append(
            f"  {'held  ' if one['met'] else 'FAILED'}  {one['job']:66}aim {one['aim']:>6g}, measured {measured}"
        )
    return said
