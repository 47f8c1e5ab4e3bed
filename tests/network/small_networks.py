"""Small networks for the tests of the solving kernel."""

from __future__ import annotations

import numpy as np

from meguri.kit.words import Words
from meguri.network.solver.program import Axis, Builder, NamedLimit, Program


def transport(
    supply=(30.0, 45.0, 25.0),
    demand=(20.0, 15.0, 35.0, 10.0),
    seed: int = 1,
    whole: bool = False,
    cap: float = np.inf,
) -> Program:
    """Sources to sinks at drawn costs; with `whole` each source is opened at a price; `cap` on all carbon."""
    draw = np.random.default_rng(seed)
    source = Axis([f"S{k + 1}" for k in range(len(supply))], name="source")
    sink = Axis([f"D{k + 1}" for k in range(len(demand))], name="sink")
    builder = Builder()
    cost = draw.uniform(1, 9, (len(supply), len(demand)))
    send = builder.columns("send", cost.shape, cost, axes=(source, sink))
    out = builder.rows(
        "supply", len(supply), upper=supply, axes=(source,),
        limit=NamedLimit(Words("supply of {source}"), "/supply/{source}", "t"),
    )  # fmt: skip
    met = builder.rows(
        "demand", len(demand), lower=demand, axes=(sink,),
        limit=NamedLimit(Words("demand of {sink}"), "/demand/{sink}", "t"),
    )  # fmt: skip
    carbon = builder.rows("carbon", 1, upper=cap, limit=NamedLimit(Words("carbon cap"), "/carbon", "t"))
    builder.entries(out[:, None], send)
    builder.entries(met[None, :], send)
    builder.entries(carbon, send, 10.0 - cost)
    if whole:
        open_ = builder.columns("open", len(supply), 50.0, 0, 1, integer=True, axes=(source,))
        tied = builder.rows("tied", len(supply), upper=0)
        builder.entries(tied[:, None], send)
        builder.entries(tied, open_, -np.asarray(supply))
    return builder.build()


def periods(count: int = 5, seed: int = 1, whole: bool = False) -> Program:
    """Several transport problems that nothing links, with a fixed column and a free row over all of them."""
    draw = np.random.default_rng(seed)
    builder = Builder()
    shape = (count, 4, 6)
    send = builder.columns("send", shape, draw.uniform(1, 9, shape))
    out = builder.rows("supply", (count, 4), upper=draw.uniform(30, 60, (count, 4)))
    met = builder.rows("demand", (count, 6), lower=draw.uniform(5, 15, (count, 6)))
    builder.entries(out[:, :, None], send)
    builder.entries(met[:, None, :], send)
    every = builder.rows("total", 1)
    builder.entries(every, send)
    stock = builder.columns("stock", 1, cost=2.0, lower=3.0, upper=3.0)
    builder.entries(met[:, 0], stock, 1.0)
    if whole:
        open_ = builder.columns("open", (count, 4), draw.uniform(20, 60, (count, 4)), 0, 1, integer=True)
        tied = builder.rows("tied", (count, 4), upper=0)
        builder.entries(tied[:, :, None], send)
        builder.entries(tied, open_, -60.0)
    builder.offset = 11.0
    return builder.build()
