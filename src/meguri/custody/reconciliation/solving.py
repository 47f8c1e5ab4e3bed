"""Reconciliation of measured flows over balances, by weighted least squares, with its three tests.

Pure. With measured `y` of variances `V = diag(u²)` and balances `A x = 0`: r = A y, Φ = A V Aᵀ, x = y − V Aᵀ Φ⁻¹ r. The
global test holds rᵀ Φ⁻¹ r against χ² with rank(A) degrees, the nodal test |rⱼ| / √Φⱼⱼ and the measurement test
|aᵢ| / √Wᵢᵢ, a = y − x, W = V Aᵀ Φ⁻¹ A V, against what so many tests together exceed in 5 of 100 honest cases (Šidák).
What is reconciled stands beside what was measured, and never in its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from scipy import special

from meguri.custody.reconciliation.elimination import Array, SelectedInverse

SIGNIFICANCE = 0.05
ALIKE = 1e-6
"""Measurement tests that differ by less than this part of the largest do not tell one flow from another."""


@dataclass(frozen=True)
class MeasuredFlow:
    """What went from one balance to another (empty: from or to outside), and which figure says so."""

    name: str
    source: str
    target: str


@dataclass(frozen=True)
class ReconciledFlow:
    """A flow as measured, with its standard uncertainty, and as it would fit; `z` is its measurement test."""

    name: str
    source: str
    target: str
    measured: float
    u: float
    reconciled: float
    z: float

    @property
    def adjustment(self) -> float:
        """Measured less reconciled."""
        return self.measured - self.reconciled


@dataclass(frozen=True)
class BalanceTest:
    """A balance: what is left over of it as measured, the standard deviation of that, and their ratio."""

    node: str
    residual: float
    sd: float
    z: float


@dataclass(frozen=True)
class Suspicion:
    """Balances that hang together and do not fit, and the figures of which one may be wrong; never which one is."""

    nodes: tuple[str, ...]
    candidates: tuple[str, ...]

    @property
    def alone(self) -> bool:
        """Whether one balance stands alone: then every figure of it is as suspect as any other."""
        return len(self.nodes) == 1


@dataclass(frozen=True, eq=False)
class Reconciliation:
    """What came of one quantity (masses, or an element). `gamma` is the global test with its degrees and limit.

    Figures of flows are measured, uncertainty, reconciled and test; of nodes what is left over, its deviation and test.
    """

    names: tuple[MeasuredFlow, ...]
    of_flows: tuple[Array, Array, Array, Array]
    balances: tuple[str, ...]
    of_nodes: tuple[Array, Array, Array]
    gamma: float
    degrees: int
    gamma_limit: float
    node_limit: float
    flow_limit: float
    suspicions: tuple[Suspicion, ...]

    @property
    def flows(self) -> tuple[ReconciledFlow, ...]:
        """All flows, in the order in which they were given."""
        return self.suspect_flows(None, range(len(self.names)))

    def suspect_flows(self, most: int | None = None, order: Sequence[int] | None = None) -> tuple[ReconciledFlow, ...]:
        """The `most` suspect flows, the worst first."""
        places = np.argsort(-self.of_flows[-1], kind="stable").tolist() if order is None else order
        return tuple(
            ReconciledFlow(flow.name, flow.source, flow.target, *(float(each[place]) for each in self.of_flows))
            for place in places[:most]
            for flow in [self.names[place]]
        )

    @property
    def nodes(self) -> tuple[BalanceTest, ...]:
        """All balances, by name."""
        return self.suspect_nodes(None, range(len(self.balances)))

    def suspect_nodes(self, most: int | None = None, order: Sequence[int] | None = None) -> tuple[BalanceTest, ...]:
        """The `most` suspect balances, the worst first."""
        places = np.argsort(-self.of_nodes[-1], kind="stable").tolist() if order is None else order
        return tuple(
            BalanceTest(self.balances[place], *(float(each[place]) for each in self.of_nodes))
            for place in places[:most]
        )

    @property
    def fits(self) -> bool:
        """Whether none of the tests speaks against the figures. That is no proof: some errors leave no trace."""
        return (
            self.gamma <= self.gamma_limit
            and float(self.of_nodes[-1].max(initial=0.0)) <= self.node_limit
            and float(self.of_flows[-1].max(initial=0.0)) <= self.flow_limit
        )


def sidak(tests: int) -> float:
    """How large the largest of so many |z| is in at most 5 of 100 honest cases."""
    each = 1 - (1 - SIGNIFICANCE) ** (1 / max(tests, 1))
    return NormalDist().inv_cdf(1 - each / 2)


def chi_square(degrees: int) -> float:
    """What χ² exceeds in 5 of 100 honest cases."""
    return float(special.chdtri(degrees, SIGNIFICANCE)) if degrees else 0.0


def reconcile(flows: Sequence[MeasuredFlow], values: Array, u: Array) -> list[Reconciliation]:
    """Reconcile `k` quantities that flow alike: `values` and standard uncertainties `u` of shape (flows, k).

    ValueError where an uncertainty is not above zero: what nobody can be wrong about needs no reconciliation.
    """
    if (u <= 0).any():
        raise ValueError("every measured flow needs an uncertainty above zero")
    names = sorted({node for flow in flows for node in (flow.source, flow.target) if node})
    grounded = _grounded(flows, names)
    index = {name: place for place, name in enumerate(name for name in names if name in grounded)}
    k = values.shape[1] if values.ndim == 2 else 1
    ends = [(index.get(flow.target, -1), index.get(flow.source, -1)) for flow in flows]
    residual, diagonal = np.zeros((len(index), k)), np.zeros((len(index), k))
    off = []
    variance = u**2
    for place, (into, out) in enumerate(ends):
        if into == out:
            continue
        for node, sign in ((into, 1.0), (out, -1.0)):
            if node >= 0:
                residual[node] += sign * values[place]
                diagonal[node] += variance[place]
        if into >= 0 and out >= 0:
            off.append((into, out, -variance[place]))
    inverse = SelectedInverse(diagonal, off)
    weights = inverse.solve(residual)
    nothing = np.zeros(k)
    leverage, pull = np.zeros((len(flows), k)), np.zeros((len(flows), k))
    for place, (into, out) in enumerate(ends):
        if into == out:
            continue
        pull[place] = (weights[into] if into >= 0 else nothing) - (weights[out] if out >= 0 else nothing)
        if into >= 0:
            leverage[place] += inverse.entry(into, into)
        if out >= 0:
            leverage[place] += inverse.entry(out, out)
        if into >= 0 and out >= 0:
            leverage[place] -= 2 * inverse.entry(into, out)
    with np.errstate(divide="ignore", invalid="ignore"):
        flow_z = np.where(leverage > 0, np.abs(pull) / np.sqrt(np.maximum(leverage, 1e-300)), 0.0)
    node_z = np.abs(residual) / np.sqrt(diagonal)
    gamma = (residual * weights).sum(axis=0)
    parts = _parts(flows, index)
    tested = sum(1 for into, out in ends if into != out)
    told = list(index)
    return [
        _told(
            flows, told, parts, tested,
            (values[:, each], u[:, each], values[:, each] - variance[:, each] * pull[:, each], flow_z[:, each]),
            (residual[:, each], np.sqrt(diagonal[:, each]), node_z[:, each]),
            float(gamma[each]),
        )
        for each in range(k)
    ]  # fmt: skip


def _told(
    flows: Sequence[MeasuredFlow],
    names: Sequence[str],
    parts: Sequence[tuple[list[int], list[int]]],
    tested: int,
    of_flows: tuple[Array, Array, Array, Array],
    of_nodes: tuple[Array, Array, Array],
    gamma: float,
) -> Reconciliation:
    flow_z, node_z = of_flows[-1], of_nodes[-1]
    node_limit, flow_limit, gamma_limit = sidak(len(names)), sidak(tested), chi_square(len(names))
    suspicions = []
    loud_flows, loud_nodes = flow_z > flow_limit, node_z > node_limit
    for nodes, members in parts if loud_flows.any() or loud_nodes.any() else ():
        if loud_flows[members].any() or loud_nodes[nodes].any():
            worst = float(flow_z[members].max(initial=0.0))
            named = [one for one in members if flow_z[one] >= worst * (1 - ALIKE)]
            suspicions.append(Suspicion(tuple(names[one] for one in nodes), tuple(flows[one].name for one in named)))
    return Reconciliation(
        names=tuple(flows),
        of_flows=of_flows,
        balances=tuple(names),
        of_nodes=of_nodes,
        gamma=gamma,
        degrees=len(names),
        gamma_limit=gamma_limit,
        node_limit=node_limit,
        flow_limit=flow_limit,
        suspicions=tuple(suspicions),
    )


def _union(flows: Sequence[MeasuredFlow], names: Sequence[str]) -> dict[str, str]:
    """For each node one that stands for all that hang together with it."""
    leader = {name: name for name in names}

    def find(name: str) -> str:
        while leader[name] != name:
            leader[name] = leader[leader[name]]
            name = leader[name]
        return name

    for flow in flows:
        if flow.source in leader and flow.target in leader:
            leader[find(flow.source)] = find(flow.target)
    return {name: find(name) for name in names}


def _grounded(flows: Sequence[MeasuredFlow], names: Sequence[str]) -> set[str]:
    """The nodes of which balances are independent: of a whole that nothing enters or leaves, all but one."""
    of = _union(flows, names)
    open_ = {of[flow.source or flow.target] for flow in flows if bool(flow.source) != bool(flow.target)}
    dropped: set[str] = set()
    kept = set(names)
    for name in names:
        if of[name] not in open_ and of[name] not in dropped:
            dropped.add(of[name])
            kept.discard(name)
    return kept


def _parts(flows: Sequence[MeasuredFlow], index: dict[str, int]) -> list[tuple[list[int], list[int]]]:
    """Nodes that hang together, with the flows at them."""
    of = _union(flows, list(index))
    nodes: dict[str, list[int]] = {}
    members: dict[str, list[int]] = {}
    for name, place in index.items():
        nodes.setdefault(of[name], []).append(place)
    for place, flow in enumerate(flows):
        end = flow.target if flow.target in index else flow.source
        if end in index and flow.source != flow.target:
            members.setdefault(of[end], []).append(place)
    return [(held, members.get(leader, [])) for leader, held in nodes.items()]
