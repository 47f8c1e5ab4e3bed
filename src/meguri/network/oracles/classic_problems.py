"""Classic planning problems with known optima, through the same builder and solver as Meguri's own plans.

- Capacitated facility location in the format of OR-Library (Beasley, 1988): ``cap*.txt``.
- Fixed-charge capacitated multicommodity network design in the format of the Canad instances (Crainic, Frangioni and
  Gendron, 2001): ``*.dow``.

Both are written in their strong form: a flow on what must be opened is limited pair by pair, not in the sum alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from meguri.kit.problems import N_, refuse
from meguri.kit.words import Words
from meguri.network.solver.program import Axis, Builder, Floats, Ids, NamedLimit, Program


@dataclass(frozen=True)
class Location:
    """Where to open plants: capacities and fixed costs (plants,), demands (customers,), and the cost of serving all of
    a customer from a plant, (plants, customers). A capacity may be infinite."""

    capacity: Floats
    fixed: Floats
    demand: Floats
    cost: Floats


@dataclass(frozen=True)
class Design:
    """Which arcs to open: `tail`, `head` (from 0), cost per unit, capacity and fixed cost of each; for each commodity
    its origin, destination and quantity."""

    nodes: int
    tail: NDArray[np.int32]
    head: NDArray[np.int32]
    cost: Floats
    capacity: Floats
    fixed: Floats
    origin: NDArray[np.int32]
    destination: NDArray[np.int32]
    quantity: Floats


_WHAT = {
    "plants": Words("the number of plants"),
    "customers": Words("the number of customers"),
    "capacity": Words("a capacity"),
    "fixed": Words("a fixed cost"),
    "demand": Words("a demand"),
    "cost": Words("a cost"),
    "nodes": Words("the number of nodes"),
    "arcs": Words("the number of arcs"),
    "commodities": Words("the number of commodities"),
    "tail": Words("the node an arc leaves"),
    "head": Words("the node an arc enters"),
    "number": Words("a number"),
    "origin": Words("an origin"),
    "destination": Words("a destination"),
    "quantity": Words("a quantity"),
}
"""What a file's numbers are, as said where one is missing or wrong."""


class _Tokens:
    """Numbers of a file one after another, each with its line for what is said when one is wrong."""

    def __init__(self, path: Path, skip_lines: int = 0) -> None:
        self.path = path
        self._tokens = self._all(skip_lines)

    def _all(self, skip_lines: int) -> Iterator[tuple[str, int]]:
        for number, line in enumerate(_text(self.path).splitlines(), 1):
            if number > skip_lines:
                yield from ((token, number) for token in line.split())

    def number(self, what: str, least: float = -math.inf, word: str = "", instead: float | None = None) -> float:
        """The next number, at least `least`; `word` may stand for `instead`."""
        token, line = next(self._tokens, ("", 0))
        if not token:
            raise refuse(
                N_("“{file}” ends where {what} is expected."),
                "/file",
                "short",
                file=self.path.name,
                what=_WHAT[what],
            )
        if word and token.casefold() == word:
            if instead is None:
                raise refuse(
                    N_("“{file}” leaves the capacity of its plants open. Give one, such as --capacity 8000, or none."),
                    "/capacity", "capacity", file=self.path.name,
                )  # fmt: skip
            return instead
        try:
            value = float(token)
        except ValueError:
            value = math.nan
        if not (math.isfinite(value) and value >= least):
            raise refuse(
                N_("“{file}”, line {line}: {what} is expected, and “{token}” is found."),
                "/file", "number", file=self.path.name, line=line, what=_WHAT[what], token=token,
            )  # fmt: skip
        return value

    def count(self, what: str, least: int = 1) -> int:
        """The next whole number."""
        value = self.number(what, least)
        if value != int(value):
            raise refuse(
                N_("“{file}”: {what} is a whole number, and {value} is found."),
                "/file", "whole", file=self.path.name, what=_WHAT[what], value=value,
            )  # fmt: skip
        return int(value)

    def end(self) -> None:
        """Nothing may follow."""
        token, line = next(self._tokens, ("", 0))
        if token:
            raise refuse(
                N_("“{file}”, line {line}: the file should have ended, and “{token}” is found."),
                "/file", "long", file=self.path.name, line=line, token=token,
            )  # fmt: skip


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="latin-1")
    except OSError as error:
        raise refuse(
            N_("“{file}” cannot be read: {reason}."),
            "/file",
            "file",
            file=str(path),
            reason=error.strerror or str(error),
        ) from None


def read_location(path: Path, capacity: float | None = None) -> Location:
    """Read an OR-Library facility location file.

    Files capa, capb and capc say ``capacity`` where a number would stand: `capacity` is meant there (infinite for
    the problem without capacities). For other files it replaces every capacity where it is given.
    """
    tokens = _Tokens(path)
    plants, customers = tokens.count("plants"), tokens.count("customers")
    pairs = [(tokens.number("capacity", 0.0, "capacity", capacity), tokens.number("fixed")) for _ in range(plants)]
    demand, cost = np.empty(customers), np.empty((plants, customers))
    for j in range(customers):
        demand[j] = tokens.number("demand", 0.0)
        for i in range(plants):
            cost[i, j] = tokens.number("cost")
    tokens.end()
    size = np.array([pair[0] for pair in pairs]) if capacity is None else np.full(plants, float(capacity))
    return Location(size, np.array([pair[1] for pair in pairs]), demand, cost)


def read_design(path: Path) -> Design:
    """Read a Canad ``.dow`` file: a title line; nodes, arcs, commodities; arcs as from, to, unit cost, capacity, fixed
    cost and two more that are not used; commodities as from, to, quantity."""
    tokens = _Tokens(path, skip_lines=1)
    nodes, arcs, commodities = (tokens.count(what) for what in ("nodes", "arcs", "commodities"))

    def node(what: str) -> int:
        found = tokens.count(what)
        if found > nodes:
            raise refuse(
                N_("“{file}”: {what} is {value}, and there are {nodes} nodes."),
                "/file", "node", file=path.name, what=_WHAT[what], value=found, nodes=nodes,
            )  # fmt: skip
        return found - 1

    table = [
        (node("tail"), node("head"), tokens.number("cost"),
         tokens.number("capacity", 0.0), tokens.number("fixed"), tokens.number("number"),
         tokens.number("number"))
        for _ in range(arcs)
    ]  # fmt: skip
    asked = [(node("origin"), node("destination"), tokens.number("quantity", 0.0)) for _ in range(commodities)]
    tokens.end()
    arc, want = np.array(table), np.array(asked)
    return Design(
        nodes, arc[:, 0].astype(np.int32), arc[:, 1].astype(np.int32), arc[:, 2].copy(), arc[:, 3].copy(),
        arc[:, 4].copy(), want[:, 0].astype(np.int32), want[:, 1].astype(np.int32), want[:, 2].copy(),
    )  # fmt: skip


def read(path: Path, capacity: float | None = None) -> Location | Design:
    """Read a file of either format, told apart by its first word: a number, or a title."""
    words = _text(path).split(None, 1)
    return read_location(path, capacity) if words and _is_number(words[0]) else read_design(path)


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _numbered(name: str, what: Words, count: int) -> Axis:
    numbers = range(1, count + 1)
    return Axis([what.format(number=number) for number in numbers], keys=list(map(str, numbers)), name=name)


def locate(problem: Location) -> Program:
    """Minimise fixed costs and serving costs.

    ``x[i, j]`` is the share of customer j served from plant i, ``y[i]`` whether plant i is open::

        sum_i x[i, j] = 1
        sum_j demand[j] x[i, j] <= capacity[i] y[i]
        x[i, j] <= min(1, capacity[i] / demand[j]) y[i]

    The last, pair by pair, makes the relaxation tight.
    """
    plants, customers = problem.cost.shape
    plant = _numbered("plant", Words("plant {number}"), plants)
    customer = _numbered("customer", Words("customer {number}"), customers)
    limited = np.isfinite(problem.capacity)
    builder = Builder()
    open_ = builder.columns("open", plants, problem.fixed, 0, 1, integer=True, axes=(plant,))
    serve = builder.columns("serve", problem.cost.shape, problem.cost, 0, 1, axes=(plant, customer))
    met = builder.rows("met", customers, 1, 1, axes=(customer,), limit=NamedLimit(Words("demand of {customer}")))
    builder.entries(met[None, :], serve, 1.0)
    held = np.flatnonzero(limited)
    room = builder.rows(
        "room", len(held), upper=0, axes=(Axis(plant.names, held.astype(np.int32), plant.keys, plant.name),),
        limit=NamedLimit(Words("capacity of {plant}")),
    )  # fmt: skip
    builder.entries(room[:, None], serve[held], problem.demand[None, :])
    builder.entries(room, open_[held], -problem.capacity[held])
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(problem.demand > 0, problem.capacity[:, None] / problem.demand[None, :], 1.0)
    tied = builder.rows("tied", problem.cost.shape, upper=0, axes=(plant, customer))
    builder.entries(tied, serve, 1.0)
    builder.entries(tied, open_[:, None], -np.minimum(share, 1.0))
    return builder.build()


def design(problem: Design) -> Program:
    """Minimise fixed costs of the arcs opened and the cost of the flows.

    ``x[k, a]`` is the flow of commodity k on arc a, ``y[a]`` whether the arc is open::

        sum_{a out of n} x[k, a] - sum_{a into n} x[k, a] = quantity[k] at its origin, -quantity[k] at its end, else 0
        sum_k x[k, a] <= capacity[a] y[a]
        x[k, a] <= min(quantity[k], capacity[a]) y[a]

    The last, commodity by commodity, makes the relaxation tight.
    """
    arcs, commodities = len(problem.tail), len(problem.quantity)
    arc = _numbered("arc", Words("arc {number}"), arcs)
    commodity = _numbered("commodity", Words("commodity {number}"), commodities)
    node = _numbered("node", Words("node {number}"), problem.nodes)
    builder = Builder()
    open_ = builder.columns("open", arcs, problem.fixed, 0, 1, integer=True, axes=(arc,))
    most = np.minimum(problem.quantity[:, None], problem.capacity[None, :])
    cost = np.broadcast_to(problem.cost, most.shape)
    flow = builder.columns("flow", most.shape, cost, 0, most, axes=(commodity, arc))
    net = np.zeros((commodities, problem.nodes))
    each = np.arange(commodities)
    np.add.at(net, (each, problem.origin), problem.quantity)
    np.add.at(net, (each, problem.destination), -problem.quantity)
    kept = builder.rows(
        "kept", net.shape, net, net, axes=(commodity, node),
        limit=NamedLimit(Words("{commodity} at {node}")),
    )  # fmt: skip
    builder.entries(kept[:, problem.tail], flow, 1.0)
    builder.entries(kept[:, problem.head], flow, -1.0)
    room = builder.rows("room", arcs, upper=0, axes=(arc,), limit=NamedLimit(Words("capacity of {arc}")))
    builder.entries(room[None, :], flow, 1.0)
    builder.entries(room, open_, -problem.capacity)
    tied = builder.rows("tied", most.shape, upper=0, axes=(commodity, arc))
    builder.entries(tied, flow, 1.0)
    builder.entries(tied, open_[None, :], -most)
    return builder.build()


def formulate(problem: Location | Design) -> Program:
    """The program of either problem."""
    return locate(problem) if isinstance(problem, Location) else design(problem)


def settings(problem: Location | Design) -> dict[str, Any]:
    """Settings of the solver that suit the problem.

    Presolve trades the pairwise rows of a design for fewer, weaker ones: without it instances c33 to c36 are proved
    in a half to nine tenths of the time.
    """
    return {"presolve": "off"} if isinstance(problem, Design) else {}


def opened(program: Program, x: Floats) -> Ids:
    """Which plants or arcs a plan opens, numbered from 0."""
    return np.flatnonzero(x[program.block("open").ids] > 0.5).astype(np.int32)
