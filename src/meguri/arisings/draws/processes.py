"""The same draws, shared out: over processes of this machine, or over a Dask cluster that the caller names.

Work is cut at blocks of draws or at economies. Each block has its own seed, so the figures are those of one process,
whoever works them out. Processes are started afresh (not forked) with one BLAS thread each: matrix products of this
size run slower on several threads that share the processors.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any, Final, TypeVar

import numpy as np
import numpy.typing as npt

from meguri.arisings.draws import monte_carlo as draws
from meguri.kit.problems import N_, refuse

Array = npt.NDArray[np.floating[Any]]
Workers = Any
"""A number of processes, a `concurrent.futures.Executor`, or a `distributed.Client`."""
Result = TypeVar("Result")
THREADS: Final = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
MOST: Final = 256


@contextmanager
def one_thread() -> Iterator[None]:
    """Processes started inside have one BLAS thread each; this process stays as it is."""
    before = {name: os.environ.get(name) for name in THREADS}
    os.environ.update(dict.fromkeys(THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def cluster(address: str) -> Any:
    """A client of a running Dask scheduler. Refused, by name, where Dask is not installed or nobody answers."""
    try:
        from distributed import Client
    except ImportError:
        raise refuse(
            N_("Spreading over a cluster needs Dask: install the extra “cluster” (pip install meguri[cluster])."),
            "/workers",
            "no-dask",
        ) from None
    try:
        return Client(address, timeout=10)
    except (OSError, ValueError) as error:
        raise refuse(
            N_("No Dask scheduler answers at {address}: {why}"),
            "/workers",
            "no-scheduler",
            address=address,
            why=str(error),
        ) from None


@contextmanager
def _submitting(workers: Workers) -> Iterator[tuple[Callable[..., Any] | None, int]]:
    """How to hand out work, and how many pieces to have under way; None where this process does it all."""
    if isinstance(workers, bool) or not (isinstance(workers, int) or hasattr(workers, "submit")):
        raise refuse(N_("Workers: a number of processes, an executor or a Dask client."), "/workers", "workers")
    if isinstance(workers, int):
        if not 1 <= workers <= MOST:
            raise refuse(
                N_("Workers: from 1 to {most} processes; got {got}."), "/workers", "workers", most=MOST, got=workers
            )
        if workers == 1:
            yield None, 1
            return
        with one_thread():
            pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"))
            try:
                yield pool.submit, workers + 1
            finally:
                pool.shutdown(wait=True, cancel_futures=True)
    elif isinstance(workers, Executor):
        yield workers.submit, 2 * (os.cpu_count() or 1)
    else:
        # The same call twice must be worked out twice by Dask: draws are told apart by their arguments alone.
        cores = sum(workers.nthreads().values()) or 1
        yield lambda function, *given: workers.submit(function, *given, pure=False), 2 * cores


def _in_order(
    function: Callable[..., Result], calls: Iterable[tuple[Any, ...]], workers: Workers, cancel: draws.Cancel | None
) -> Iterator[Result]:
    """Results in the order of the calls, with few under way at a time, so that memory stays bounded."""
    with _submitting(workers) as (submit, most):
        under_way: deque[Any] = deque()
        try:
            for given in calls:
                if cancel is not None and cancel():
                    raise draws.DrawsCancelled
                if submit is None:
                    yield function(*given)
                    continue
                under_way.append(submit(function, *given))
                if len(under_way) >= most:
                    yield under_way.popleft().result()
            while under_way:
                if cancel is not None and cancel():
                    raise draws.DrawsCancelled
                yield under_way.popleft().result()
        finally:
            for future in under_way:
                future.cancel()


def _blocks_of(
    model: draws.Drawable, first_block: int, counts: tuple[int, ...], seed: int, outputs: tuple[str, ...], dtype: str
) -> dict[str, Array]:
    shapes = draws.chosen(model, outputs)
    room = draws.preallocated(shapes, sum(counts), dtype)
    start = 0
    for offset, count in enumerate(counts):
        part = {name: values[start : start + count] for name, values in room.items()}
        draws.run_block(model, first_block + offset, count, seed, part)
        start += count
    return room


def simulate(
    model: draws.Drawable,
    n: int,
    seed: int,
    outputs: Iterable[str] | None = None,
    *,
    workers: Workers = 1,
    dtype: npt.DTypeLike = np.float64,
    progress: draws.Progress | None = None,
    cancel: draws.Cancel | None = None,
) -> draws.Draws:
    """`draws.simulate` with the blocks shared out over `workers`; equal draws for equal seeds."""
    draws.checked(n, seed)
    shapes = draws.chosen(model, outputs)
    names, counts = tuple(shapes), [count for _, count in draws.blocks(n)]
    room = draws.preallocated(shapes, n, dtype)
    # Pieces of a few blocks: long enough to be worth sending, short enough to say how far the work is.
    size = max(1, min(8, len(counts) // 8))
    pieces = [(block, tuple(counts[block : block + size])) for block in range(0, len(counts), size)]
    calls = ((model, block, piece, seed, names, np.dtype(dtype).str) for block, piece in pieces)
    done = 0
    for values in _in_order(_blocks_of, calls, workers, cancel):
        count = len(next(iter(values.values()))) if values else 0
        for name in names:
            room[name][done : done + count] = values[name]
        done += count
        if progress is not None:
            progress(done, n)
    return draws.Draws(room, n, seed)


def _bands_of(
    key: str, model: draws.Drawable, n: int, seed: int, q: tuple[float, ...], outputs: tuple[str, ...] | None
) -> tuple[str, dict[str, draws.Band]]:
    return key, draws.simulate(model, n, seed, outputs).bands(q)


def bands(
    models: Mapping[str, draws.Drawable] | Iterable[tuple[str, draws.Drawable]],
    n: int,
    seed: int,
    q: Iterable[float],
    outputs: Iterable[str] | None = None,
    *,
    workers: Workers = 1,
    progress: Callable[[int], None] | None = None,
    cancel: draws.Cancel | None = None,
) -> Iterator[tuple[str, dict[str, draws.Band]]]:
    """Bands of many models, one whole model (an economy) at a time; yields (key, bands by output) in their order.

    The draws of a model are dropped once its bands are taken, so memory holds those of the models under way. `models`
    may be a generator, so that inputs too are made one at a time. `progress` is told the models done.
    """
    draws.checked(n, seed)
    pairs = models.items() if isinstance(models, Mapping) else models
    wanted, names = tuple(q), None if outputs is None else tuple(outputs)
    calls = ((key, model, n, seed, wanted, names) for key, model in pairs)
    for done, found in enumerate(_in_order(_bands_of, calls, workers, cancel), 1):
        if progress is not None:
            progress(done)
        yield found
