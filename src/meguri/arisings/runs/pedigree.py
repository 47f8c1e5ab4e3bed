"""How far each figure can be trusted and what it rests on, by year: carried from the inputs that carry the figure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from meguri.arisings.draws import engine
from meguri.arisings.draws.engine import Array
from meguri.arisings.runs.economy import (
    COUNTS,
    ELEMENT_MASSES,
    ELEMENTS,
    MASSES,
    UNTOTALLED,
    WORTHS,
    Bools,
    EconomyModel,
    Levels,
    rate_of,
)
from meguri.arisings.runs.results import BASIS_CODES
from meguri.reference import Confidence

LAST = len(BASIS_CODES) - 1
PROJECTED = BASIS_CODES.index("projected")
ASSUMED = BASIS_CODES.index("assumed")
Pair = tuple[Levels, Levels]


@dataclass(frozen=True)
class Pedigree:
    """Of one variable: confidence and basis (T, labels, items), and which cells are known at all (labels, items)."""

    confidence: Levels
    basis: Levels
    known: Bools


def weakest_levels(weights: Array, levels: NDArray[np.integer]) -> Levels:
    """`reference.weakest` over the last axis of arrays: the weakest level carrying more than a tenth; 0 if none."""
    weights = np.maximum(weights, 0.0)
    total = weights.sum(axis=-1)
    out = np.zeros(total.shape, dtype=np.int8)
    undecided = total > 0
    for level in np.unique(levels):
        carried = np.where(levels == level, weights, 0.0).sum(axis=-1)
        hit = undecided & (carried > total / 10)
        out[hit] = level
        undecided &= ~hit
    return out


def weakest_basis(weights: Array, basis: NDArray[np.integer]) -> Levels:
    """The weakest basis that carries more than a tenth, over the last axis. Codes rise from strong to weak."""
    return (LAST - weakest_levels(weights, LAST - basis)).astype(np.int8)


def of(economy: EconomyModel, central: Mapping[str, Any]) -> dict[str, Pedigree]:
    """The pedigree of every variable; `central` holds the central run of every output, (1, T, labels, items)."""
    supply, way = economy.supply, economy.way
    sales = (supply.confidence, supply.basis)
    arisings, stock = _carried(economy)
    rate = _by_year(way.collected.confidence, way.collected.basis)
    collected = (np.minimum(arisings[0], rate[0]), np.maximum(arisings[1], rate[1]))
    found = {}
    pairs = dict(zip(MASSES, (sales, stock, arisings, collected), strict=True))
    pairs |= dict(zip(COUNTS, (sales, stock, arisings, arisings), strict=True))
    for name in central:
        if name in pairs:
            found[name] = _masses(economy, central[name][0, :, : len(supply.products), 0], pairs[name])
    flow = economy.flows(economy.central())
    columns = supply.inputs.columns
    elements, streams = columns.matter[:, :ELEMENTS], columns.matter[:, ELEMENTS:-1]
    made = {
        "contained": _matter(economy, flow.arisings[0], elements, supply.content_confidence, arisings),
        "stock-contained": _matter(economy, flow.stock[0], elements, supply.content_confidence, stock),
        "fractions": _matter(economy, flow.arisings[0], streams, supply.stream_confidence, arisings),
    }
    made |= _recovered(economy, made["contained"], rate)
    for name in WORTHS:
        made[name] = of_worth(name, central[WORTHS[name]][0], made[WORTHS[name]])
    return found | {name: made[name] for name in (*ELEMENT_MASSES, *WORTHS, "fractions")}


def _carried(economy: EconomyModel) -> tuple[Pair, Pair]:
    """Confidence and basis (T, P) of arisings and of stock: those of the sales that make them up."""
    inputs, supply = economy.supply.inputs, economy.supply
    laws = [
        (start, stop, engine.leaving(inputs.shape, inputs.scale[start][None], economy.years, inputs.convention))
        for start, stop in engine.segments(inputs.scale)
    ]
    stock: list[Levels] = []
    arising: list[Levels] = []
    for codes in (supply.confidence, LAST - supply.basis):
        kinds = np.unique(codes)
        masks = np.stack([np.where(codes == kind, inputs.sales, 0.0) for kind in kinds])
        out = engine.convolved(masks, laws)
        arising.append(weakest_levels(np.moveaxis(out, 0, -1), kinds))
        stock.append(weakest_levels(np.moveaxis(np.cumsum(masks - out, axis=1), 0, -1), kinds))
    pairs = []
    for sure, turned in (arising, stock):
        basis = (LAST - turned).astype(np.int8)
        basis[supply.last_known + 1 :] = np.maximum(basis[supply.last_known + 1 :], PROJECTED)
        pairs.append((sure, basis))
    return pairs[0], pairs[1]


def _by_year(confidence: tuple[Confidence, ...], basis: tuple[str, ...]) -> Pair:
    """Those of a rate, (T, 1)."""
    return (
        np.array(confidence, dtype=np.int8)[:, None],
        np.array([BASIS_CODES.index(one) for one in basis], dtype=np.int8)[:, None],
    )


def _masses(economy: EconomyModel, weights: Array, pair: Pair) -> Pedigree:
    level, basis = pair
    over = [weakest_levels(weights * part.members, level)[:, None] for part in economy.parts]
    bases = [weakest_basis(weights * part.members, basis)[:, None] for part in economy.parts]
    return Pedigree(
        np.concatenate([level, *over], axis=1)[..., None],
        np.concatenate([basis, *bases], axis=1)[..., None],
        _sold(economy)[:, None],
    )


def _sold(economy: EconomyModel) -> Bools:
    """Which labels have any sales on file (labels,): of what was never counted there is no figure, not a zero."""
    products = economy.supply.inputs.sales.any(axis=0)
    return np.concatenate([products, [bool((part.members & products).any()) for part in economy.parts]])


def _matter(economy: EconomyModel, flow: Array, matter: Array, of_matter: Levels, pair: Pair) -> Pedigree:
    """Of what a flow (T, J) holds: each product counts by what it carries of each item in the central run."""
    columns, years = economy.supply.inputs.columns, economy.years
    shape = (years, len(economy.parts), matter.shape[1])
    level, basis = np.zeros(shape, dtype=np.int8), np.zeros(shape, dtype=np.int8)
    each = np.zeros((len(economy.supply.products), years, matter.shape[1]))
    for p in range(len(each)):
        mine = columns.product == p
        each[p] = flow[:, mine] @ matter[mine]
    carried = np.moveaxis(each, 0, 2)
    both = np.minimum(pair[0][:, None, :], of_matter.T[None])
    base = np.broadcast_to(pair[1][:, None, :], carried.shape)
    for g, part in enumerate(economy.parts):
        mine = part.members
        level[:, g] = weakest_levels(carried[:, :, mine], both[:, :, mine])
        basis[:, g] = weakest_basis(carried[:, :, mine], base[:, :, mine])
    known = np.stack([(of_matter[part.members] > 0).any(axis=0) for part in economy.parts])
    return Pedigree(level, basis, known)


def _recovered(economy: EconomyModel, held: Pedigree, rate: Pair) -> dict[str, Pedigree]:
    way = economy.way
    formal = way.routes[:-1]
    values = np.stack([share * route.values for share, route in zip(way.shares, formal, strict=True)], axis=1)
    sure = weakest_levels(values, np.stack([route.confidence for route in formal], axis=1))
    known = np.any([route.known for route in formal], axis=0)
    return {
        "recovered": Pedigree(
            np.minimum(held.confidence, np.minimum(rate[0][..., None], sure)),
            np.maximum(held.basis, rate[1][..., None]),
            held.known & known,
        ),
        "recovered-informally": Pedigree(
            np.minimum(held.confidence, np.int8(Confidence.MEMORY)),
            np.full_like(held.basis, ASSUMED),
            held.known & way.routes[-1].known,
        ),
    }


def of_worth(name: str, masses: Array, held: Pedigree) -> Pedigree:
    """Of what is an element's mass times a rate: by element, then (but for shares of a demand) of their total."""
    rate = rate_of(name)
    known = held.known & rate.known
    sure = np.minimum(held.confidence, rate.confidence)
    if name == UNTOTALLED:
        return Pedigree(sure, held.basis, known)
    weights = np.abs(masses * rate.value) * known
    level, basis = weakest_levels(weights, sure), weakest_basis(weights, held.basis)
    return Pedigree(
        np.concatenate([sure, level[..., None]], axis=2),
        np.concatenate([held.basis, basis[..., None]], axis=2),
        np.concatenate([known, known.any(axis=1, keepdims=True)], axis=1),
    )
