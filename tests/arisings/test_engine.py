"""The drawn stock model beside the checked one, and columns beside cohort by cohort."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meguri.arisings.draws import deviates, engine, threads
from meguri.arisings.stock.beside_sales import Exports, Reuse
from meguri.arisings.stock.conventions import Convention, outflow_fractions
from meguri.arisings.stock.lifetimes import Weibull
from meguri.arisings.stock.stocks import inflow_driven

T, P, C = 40, 4, 6


def made(rng, *, exported=0.0, reused=0.0, convention="middle", later=1.0, change=25):
    weights = rng.random((T, 3))
    weights /= weights.sum(axis=1, keepdims=True)
    matter = np.einsum("vk,kpc->vpc", weights, rng.random((3, P, C)))
    matter[:, 0] = matter[0, 0]
    scale = np.where(np.arange(T)[:, None] >= change, later, 1.0) * (4 + 10 * rng.random(P))
    inputs = engine.Inputs(
        sales=rng.random((T, P)) * 1e6,
        sales_sd=np.full((T, P), 0.2),
        market_sd=np.full(T, 0.1),
        shape=1.2 + rng.random(P),
        scale=scale,
        life_sd=np.full(P, 0.1),
        lives_sd=0.1,
        exported=np.full((T, P), exported),
        reused=np.full((T, P), reused),
        second_life=4.0,
        columns=engine.GoodsColumns.of(matter),
        convention=Convention.of(convention),
    )
    return inputs, matter


@pytest.mark.parametrize("convention", ["start", "middle", "end"])
@pytest.mark.parametrize(("exported", "reused"), [(0.0, 0.0), (0.3, 0.0), (0.1, 0.4)])
def test_the_central_run_is_the_checked_model(convention, exported, reused):
    inputs, _ = made(np.random.default_rng(1), exported=exported, reused=reused, convention=convention, later=1.3)
    found = engine.flows(inputs, deviates.central(P, C, C, 1))
    checked = by_product(inputs, convention, exported, reused)
    assert engine.goods(found.arisings, inputs.columns)[0] == pytest.approx(checked[0], rel=1e-9)
    assert engine.goods(found.stock, inputs.columns)[0] == pytest.approx(checked[1], rel=1e-9)


def by_product(inputs, convention, exported, reused):
    """Product by product with `stocks.inflow_driven`, whose lifetimes may differ by year of sale."""
    arisings, stock = np.zeros((T, P)), np.zeros((T, P))
    for p in range(P):
        flows = inflow_driven(
            inputs.sales[:, p],
            Weibull(inputs.shape[p], inputs.scale[:, p]),
            tuple(range(2000, 2000 + T)),
            convention,
            exports=Exports(share=exported) if exported else None,
            reuse=Reuse(share=reused, lifetime=Weibull(1.5, 4.0 / 0.902745)) if reused else None,
        )
        arisings[:, p], stock[:, p] = flows.outflow.values.ravel(), flows.stock.values.ravel()
    return arisings, stock


def test_columns_hold_the_matter_of_every_year_exactly():
    inputs, matter = made(np.random.default_rng(2))
    columns = inputs.columns
    back = np.zeros_like(matter)
    for j, p in enumerate(columns.product):
        back[:, p] += columns.weight[:, j, None] * columns.matter[j]
    assert back == pytest.approx(matter, abs=1e-14)
    assert len(columns.product) == 1 + 3 * (P - 1)
    assert columns.weight[:, columns.first] == pytest.approx(np.ones((T, P)))


def test_matter_that_leaves_is_that_of_the_cohorts_that_leave():
    inputs, matter = made(np.random.default_rng(3))
    found = engine.flows(inputs, deviates.central(P, C, C, 1))
    for p in range(P):
        shares = outflow_fractions(Weibull(inputs.shape[p], inputs.scale[0, p]), T, "middle", dims=0)
        by_cohort = np.einsum("tv,v,vc->tc", shares, inputs.sales[:, p], matter[:, p])
        mine = inputs.columns.product == p
        assert found.arisings[0][:, mine] @ inputs.columns.matter[mine] == pytest.approx(by_cohort, rel=1e-9)


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    exported=st.floats(0, 0.5),
    reused=st.floats(0, 0.5),
    later=st.floats(0.3, 3.0),
    change=st.integers(0, T - 1),
    convention=st.sampled_from(["start", "middle", "end"]),
)
def test_mass_is_conserved_in_every_draw(seed, exported, reused, later, change, convention):
    rng = np.random.default_rng(seed)
    inputs, _ = made(rng, exported=exported, reused=reused, convention=convention, later=later, change=change)
    z = deviates.drawn(3, seed, "JPN", tuple("abcd"), C, C, 1)
    found = engine.flows(inputs, z)
    left = found.sales.cumsum(1) - found.arisings.cumsum(1) - found.exported.cumsum(1) - found.stock
    assert np.abs(left).max() <= 1e-9 * found.sales.sum()
    assert engine.goods(found.arisings, inputs.columns).min() >= -1e-6
    assert engine.goods(found.stock, inputs.columns).min() >= -1e-6


def test_draws_of_blocks_do_not_depend_on_how_many_there_are_beside_them():
    inputs, _ = made(np.random.default_rng(4))
    z = deviates.drawn(70, 5, "JPN", tuple("abcd"), C, C, 1)
    whole = engine.flows(inputs, z)
    part = engine.flows(inputs, z.some(slice(33, 40)))
    assert whole.arisings[33:40] == pytest.approx(part.arisings, rel=1e-12)


# How the deviates hang together


def test_economies_share_contents_yields_and_part_of_lifetimes():
    n, products = 4000, ("0306", "0108")
    one = deviates.drawn(n, 9, "JPN", products, 3, 3, 2)
    two = deviates.drawn(n, 9, "MYS", products, 3, 3, 2)
    assert (one.content == two.content).all()
    assert (one.yields == two.yields).all()
    together = np.corrcoef(one.life[:, 0], two.life[:, 0])[0, 1]
    assert together == pytest.approx(deviates.LIFE_SHARED, abs=0.05)
    assert abs(np.corrcoef(one.sales[:, 0], two.sales[:, 0])[0, 1]) < 0.06
    assert abs(np.corrcoef(one.life[:, 0], one.life[:, 1])[0, 1]) < 0.06


def test_contents_of_one_product_share_the_choice_of_the_bill():
    z = deviates.drawn(4000, 9, "JPN", ("0306", "0108"), 3, 3, 2)
    assert np.corrcoef(z.content[:, 0, 0], z.content[:, 0, 1])[0, 1] == pytest.approx(0.5, abs=0.05)
    assert abs(np.corrcoef(z.content[:, 0, 0], z.content[:, 1, 0])[0, 1]) < 0.06
    assert z.content.std() == pytest.approx(1.0, abs=0.02)


def test_a_product_has_the_same_deviates_with_or_without_others_beside_it():
    alone = deviates.drawn(50, 9, "JPN", ("0306",), 3, 3, 2)
    among = deviates.drawn(50, 9, "JPN", ("0108", "0306"), 3, 3, 2)
    assert (alone.life[:, 0] == among.life[:, 1]).all()
    assert (alone.content[:, 0] == among.content[:, 1]).all()


def test_a_group_is_taken_from_the_other_set_alone():
    a, b = (deviates.drawn(5, seed, "JPN", ("0306",), 3, 3, 2) for seed in (1, 2))
    mixed = a.replaced(b, "lifetimes")
    assert (mixed.life == b.life).all()
    assert (mixed.lives == b.lives).all()
    assert (mixed.sales == a.sales).all()
    assert (mixed.content == a.content).all()


def test_matrix_products_run_on_one_thread_inside_and_as_before_after():
    found = threads._library()
    if found is None:
        pytest.skip("numpy brings no OpenBLAS of its own here")
    ask, tell = found
    before = ask()
    tell(2)
    with threads.single() as arranged:
        assert arranged
        assert ask() == 1
    assert ask() == 2
    tell(before)
