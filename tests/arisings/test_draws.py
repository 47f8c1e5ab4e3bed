"""Draws: seeded, the same however the work is shared, the model at their centre; where their variance comes from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from meguri.arisings.draws import monte_carlo as draws
from meguri.arisings.draws import processes as spread
from meguri.arisings.draws import variance
from meguri.arisings.draws.ensemble import WorldModel
from meguri.arisings.stock.conventions import outflow_fractions
from meguri.arisings.stock.lifetimes import Weibull
from meguri.kit.problems import Refused

P, T, E, M = 4, 17, 3, 5


def world(**changes):
    pick = np.random.default_rng(11)
    base = WorldModel(
        inflow=pick.random((P, T, E)) * 1e6,
        shape=1.2 + pick.random(P),
        scale=3 + 8 * pick.random(P),
        life_sd=np.full(P, 0.2),
        level_sd=np.full(E, 0.1),
        sales_sd=np.full(P, 0.15),
        content=pick.random((P, M)) / M,
        content_sd=np.full((P, M), 0.3),
        yields=np.linspace(0.2, 1.0, M),
        yields_sd=np.full(M, 0.25),
    )
    return replace(base, _room={}, **changes)


class Additive:
    """y = sum of independent terms of known variance, one a group; and the same with a product of two of them."""

    groups = ("lifetimes", "sales", "composition", "yields")
    outputs = {"sum": (2,), "product": ()}
    weights = np.array([3.0, 2.0, 1.0, 0.0])

    def deviates(self, n, seed):
        return np.random.default_rng(seed).standard_normal((n, 4))

    def swapped(self, z, other, group):
        mixed = z.copy()
        place = self.groups.index(group)
        mixed[:, place] = other[:, place]
        return mixed

    def run(self, z, out):
        if "sum" in out:
            out["sum"][:, 0] = 1e6 + z @ self.weights  # a large mean must not drown the indices
            out["sum"][:, 1] = 7.0
        if "product" in out:
            out["product"][...] = z[:, 0] * z[:, 1]


def expected(model, z, draw):
    """One draw, written out."""
    scale = model.scale * np.exp(model.life_sd * z.life[draw])
    table = outflow_fractions(Weibull(model.shape, scale), T, model.convention, dims=1)
    sold = model.inflow * np.exp(model.sales_sd * z.sales[draw])[:, None, None] * np.exp(model.level_sd * z.level[draw])
    left = np.einsum("tvp,pve->pte", table, sold)
    content = model.content * np.exp(model.content_sd * (z.bill[draw][:, None] + z.content[draw]) / np.sqrt(2))
    odds = np.divide(model.yields, 1 - model.yields, out=np.full(M, np.inf), where=model.yields < 1)
    odds = odds * np.exp(model.yields_sd * z.yields[draw])
    yields = np.where(np.isinf(odds), 1.0, odds / np.where(np.isinf(odds), 1.0, 1 + odds))
    return np.einsum("pte,pm,m->mte", left, content, yields)


@pytest.mark.parametrize("convention", ["middle", "wot"])
def test_a_draw_is_the_model_written_out(convention):
    model = world(convention=convention)
    z = model.deviates(37, 5)
    out = {"elements": np.empty((37, M, T, E))}
    model.run(z, out)
    for draw in (0, 15, 16, 36):
        wanted = expected(model, z, draw)
        assert np.allclose(out["elements"][draw], wanted, rtol=1e-11, atol=1e-12 * wanted.max())


def test_the_central_draw_is_the_plain_model():
    model = world()
    out = {"elements": np.empty((1, M, T, E))}
    model.run(model.central(), out)
    assert np.allclose(out["elements"][0], expected(model, model.central(), 0), rtol=1e-11)


def test_single_precision_is_near_double():
    exact, quick = world(), world(dtype="float32")
    z = exact.deviates(5, 1)
    out = {"elements": np.empty((5, M, T, E))}
    narrow = {"elements": np.empty((5, M, T, E), np.float32)}
    exact.run(z, out)
    quick.run(z, narrow)
    assert np.abs(narrow["elements"] / out["elements"] - 1).max() < 1e-5


def test_equal_seeds_give_equal_draws_and_other_seeds_others():
    one, two = draws.simulate(world(), 50, 7), draws.simulate(world(), 50, 7)
    assert (one.values["elements"] == two.values["elements"]).all()
    other = draws.simulate(world(), 50, 8)
    assert not (one.values["elements"] == other.values["elements"]).any()


def test_blocks_are_independent_and_a_longer_run_begins_with_the_shorter():
    short, long = draws.simulate(Additive(), 64, 3, ["sum"]), draws.simulate(Additive(), 160, 3, ["sum"])
    assert (long.values["sum"][:64] == short.values["sum"]).all()
    assert len(np.unique(long.values["sum"][:, 0])) == 160


def test_room_made_before_is_used():
    room = draws.preallocated(world().outputs, 40)
    found = draws.simulate(world(), 40, 2, out=room)
    assert found.values["elements"] is room["elements"]


def test_progress_is_told_and_cancelling_stops():
    told = []
    draws.simulate(Additive(), 100, 1, progress=lambda done, of: told.append((done, of)))
    assert told == [(32, 100), (64, 100), (96, 100), (100, 100)]
    with pytest.raises(draws.DrawsCancelled):
        draws.simulate(Additive(), 100, 1, cancel=lambda: True)
    with pytest.raises(draws.DrawsCancelled):
        spread.simulate(Additive(), 100, 1, cancel=lambda: True)


@pytest.mark.parametrize(
    ("n", "seed", "outputs", "pointer"),
    [(0, 1, None, "/draws"), (2.5, 1, None, "/draws"), (5, -1, None, "/seed"), (5, 1, ["sums"], "/outputs")],
)
def test_what_cannot_be_drawn_is_refused(n, seed, outputs, pointer):
    with pytest.raises(Refused) as refused:
        draws.simulate(Additive(), n, seed, outputs)
    assert refused.value.problems[0].pointer == pointer


def test_bands_hold_mean_spread_and_quantiles():
    found = draws.simulate(world(), 200, 1)
    band = found.bands([0.05, 0.5, 0.95])["elements"]
    values = found.values["elements"]
    assert np.allclose(band.quantiles, np.quantile(values, [0.05, 0.5, 0.95], axis=0), rtol=1e-12)
    assert np.allclose(band.sd, values.std(axis=0, ddof=1))
    assert np.allclose(found.quantiles("elements", [0.5])[0], band.quantiles[1])


def test_drawn_quantiles_are_those_of_the_law():
    """With sales alone uncertain the draws are log-normal with known quantiles."""
    still = np.zeros
    model = world(
        life_sd=still(P), level_sd=np.full(E, 0.25), sales_sd=still(P), content_sd=still((P, M)), yields_sd=still(M)
    )
    centre = draws.preallocated(model.outputs, 1)
    model.run(model.central(), centre)
    ratio = draws.simulate(model, 4000, 12).quantiles("elements", [0.05, 0.5, 0.95]) / centre["elements"]
    wanted = np.exp(0.25 * np.array([-1.6449, 0.0, 1.6449]))
    assert np.allclose(ratio[:, 0, 5], wanted[:, None], rtol=0.03)


def test_variance_of_an_additive_function_is_broken_down_as_known():
    found = variance.breakdown(Additive(), 4000, 21)["sum"]
    known = Additive.weights**2 / (Additive.weights**2).sum()
    assert np.allclose(found.first[:, 0], known, atol=0.05)
    assert np.allclose(found.total[:, 0], known, atol=0.05)
    assert (np.abs(found.first[:, 0] - known) <= 4 * found.first_error[:, 0] + 1e-12).all()
    assert (np.abs(found.total[:, 0] - known) <= 4 * found.total_error[:, 0] + 1e-12).all()
    assert found.variance[0] == pytest.approx(14.0, rel=0.06)
    assert abs(found.interactions[0]) < 0.06
    assert [name for name, _, _ in found.ranked(0)] == ["lifetimes", "sales", "composition", "yields"]
    # What does not vary has no parts, and says so.
    assert not found.varies[1]
    assert (found.first[:, 1] == 0).all()
    assert (found.total[:, 1] == 0).all()


def test_outputs_worked_out_elsewhere_are_broken_down_the_same():
    model, n = Additive(), draws.BLOCK
    z, other = (model.deviates(n, draws.block_seed(21, 0, sample)) for sample in draws.SAMPLES)

    def run(z):
        out = {"sum": np.empty((n, 2))}
        model.run(z, out)
        return out["sum"]

    mixed = {group: run(model.swapped(z, other, group)) for group in model.groups}
    given, drawn = variance.of(run(z), run(other), mixed), variance.breakdown(model, n, 21, ["sum"])["sum"]
    assert given.groups == drawn.groups
    assert np.allclose(given.first, drawn.first)
    assert np.allclose(given.total, drawn.total)


def test_interactions_show_in_the_totals_alone():
    found = variance.breakdown(Additive(), 4000, 22, ["product"])["product"]
    assert np.allclose(found.first, [0, 0, 0, 0], atol=0.1)
    assert np.allclose(found.total, [1, 1, 0, 0], atol=0.12)
    assert float(found.interactions) == pytest.approx(1.0, abs=0.15)


def test_variance_follows_the_input_that_is_uncertain():
    still = np.zeros
    model = world(life_sd=still(P), level_sd=still(E), sales_sd=still(P), yields_sd=still(M))
    found = variance.breakdown(model, 64, 1)["elements"]
    place = found.groups.index("composition")
    assert np.allclose(found.total[place], found.total.sum(axis=0))
    assert found.varies.any()


def test_processes_share_the_same_draws():
    """Two spawned processes; a model without BLAS gives the very same bits, the world the same figures."""
    alone, shared = draws.simulate(world(), 300, 9), spread.simulate(world(), 300, 9, workers=2)
    assert np.allclose(shared.values["elements"], alone.values["elements"], rtol=1e-12, atol=0)


def test_bands_of_many_models_come_in_order_whoever_works():
    models = {name: world(level_sd=np.full(E, sd)) for name, sd in (("JPN", 0.1), ("MYS", 0.2), ("THA", 0.3))}
    told = []
    alone = dict(spread.bands(models, 40, 5, [0.05, 0.95], progress=told.append))
    assert list(alone) == ["JPN", "MYS", "THA"]
    assert told == [1, 2, 3]
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(2) as pool:
        shared = dict(spread.bands(iter(models.items()), 40, 5, [0.05, 0.95], workers=pool))
    for name, band in alone.items():
        assert np.allclose(band["elements"].quantiles, shared[name]["elements"].quantiles, rtol=1e-12, atol=0)
    assert (alone["THA"]["elements"].sd > alone["JPN"]["elements"].sd).all()


def test_dask_gives_the_same_draws():
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None) as local,
        distributed.Client(local) as client,
    ):
        shared = spread.simulate(world(), 100, 9, workers=client)
    assert np.allclose(shared.values["elements"], draws.simulate(world(), 100, 9).values["elements"], rtol=1e-12)


@pytest.mark.parametrize("workers", [0, -1, 10_000, True, "two"])
def test_impossible_workers_are_refused(workers):
    with pytest.raises(Refused):
        spread.simulate(Additive(), 10, 1, workers=workers)
