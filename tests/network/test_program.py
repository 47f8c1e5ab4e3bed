"""The program as arrays: what is built is what was asked, in any order and with duplicates."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_networks import transport

from meguri.kit.words import Words, plain
from meguri.network.solver.program import Axis, Builder, NamedLimit


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_the_matrix_is_the_sum_of_all_entries(data):
    """Against a dense matrix filled entry by entry, whatever shapes the entries come in."""
    draw = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    builder = Builder()
    columns = [builder.columns(f"c{k}", tuple(draw.integers(1, 5, draw.integers(1, 4)))) for k in range(3)]
    rows = [builder.rows(f"r{k}", tuple(draw.integers(1, 5, draw.integers(1, 3)))) for k in range(3)]
    count = (sum(ids.size for ids in rows), sum(ids.size for ids in columns))
    wanted = np.zeros(count)
    for _ in range(data.draw(st.integers(0, 8))):
        ids = columns[draw.integers(3)]
        shape = (*ids.shape,) if draw.integers(2) else (draw.integers(1, 4), *ids.shape)
        lines = rows[draw.integers(3)].ravel()
        at = lines[draw.integers(0, len(lines), shape)]
        values = draw.normal(size=shape if draw.integers(2) else ())
        builder.entries(at, ids, values)
        np.add.at(wanted, (at, np.broadcast_to(ids, shape)), values)
    program = builder.build()
    np.testing.assert_allclose(program.matrix.toarray(), wanted, atol=1e-12)
    assert (program.matrix.indptr == program.indptr).all()
    for j in range(program.columns):
        found = program.indices[program.indptr[j] : program.indptr[j + 1]]
        assert len(set(found.tolist())) == len(found)


def test_large_blocks_are_put_together_as_small_ones_are():
    """Blocks large enough to be taken slice by slice, entered crosswise so that slices of several meet."""
    draw = np.random.default_rng(5)
    builder = Builder()
    a, b = builder.columns("a", (4, 40, 30)), builder.columns("b", (3, 4000))
    r, s = builder.rows("r", (4, 50)), builder.rows("s", 60)
    first, second, third = (
        draw.integers(0, 50, (4, 40, 30)),
        draw.integers(0, 60, (3, 4000)),
        draw.integers(0, 60, 4000),
    )
    builder.entries(s[second], b, 2.0)
    builder.entries(s[third], b[::-1], draw.normal(size=(3, 1)))
    builder.entries(r[np.arange(4)[:, None, None], first], a, 3.0)
    builder.entries(s[0], a[1:3], -1.0)
    program = builder.build()
    wanted = np.zeros((program.rows, program.columns))
    for chunk in builder._entries:
        np.add.at(wanted, (np.broadcast_to(chunk.rows, chunk.shape), np.broadcast_to(chunk.columns, chunk.shape)),
                  np.broadcast_to(chunk.values, chunk.shape))  # fmt: skip
    np.testing.assert_allclose(program.matrix.toarray(), wanted)


def test_columns_and_rows_can_be_said():
    builder = Builder()
    ports = (plain("Manila"), Words("Osaka", own=(("ja", "大阪"),)))
    builder.columns("ship", (2, 2), axes=(Axis(("boards", "slag")), Axis(ports, keys=("PHMNL", "JPOSA"))))
    lanes = Axis(ports, at=np.array([1, 0, 1], np.int32), keys=("PHMNL", "JPOSA"), name="port")
    builder.rows("load", 3, upper=1, axes=(lanes,), limit=NamedLimit(Words("berths at {port}"), "/ports/{port}/load"))
    builder.rows("all", 1, upper=1)
    program = builder.build()
    assert [program.column_name(j) for j in range(4)] == [
        "ship(boards,PHMNL)", "ship(boards,JPOSA)", "ship(slag,PHMNL)", "ship(slag,JPOSA)",
    ]  # fmt: skip
    block, place = program.row_block(2)
    assert block.said(place).say("en") == "berths at Osaka"
    assert block.said(place).say("ja") == "berths at 大阪"
    assert block.pointer(place) == "/ports/JPOSA/load"
    assert program.row_name(3) == "all(1)"
    with pytest.raises(KeyError):
        program.block("nothing")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda b: b.columns("x", 2, cost=[1, np.nan]), "x: cost"),
        (lambda b: b.columns("x", 2, cost=np.inf), "x: cost"),
        (lambda b: b.columns("x", 2, lower=np.inf), "x: lower"),
        (lambda b: b.rows("r", 2, upper=-np.inf), "r: upper"),
        (lambda b: b.rows("r", 2, upper=[1, 2, 3]), "shape"),
        (lambda b: (b.columns("x", 1), b.columns("x", 1)), "two blocks"),
        (lambda b: (b.columns("x", 1), b.rows("r", 1), b.entries([0], [1])), "column"),
        (lambda b: (b.columns("x", 1), b.rows("r", 1), b.entries([-1], [0])), "row"),
        (lambda b: (b.columns("x", 1), b.rows("r", 1), b.entries([0], [0], np.inf)), "finite"),
        (lambda b: (b.columns("x", 1), b.rows("r", 1), b.entries([0.5], [0])), "row"),
        (lambda b: b.columns("x", 2, axes=(Axis(("a",)),)), "axis"),
        (lambda b: b.rows("r", 2, limit=NamedLimit(Words("room of {port}"))), "no axis is called port"),
        (lambda b: b.rows("r", 2, limit=NamedLimit(Words("room"), "/ports/{port}")), "no axis is called port"),
    ],
)
def test_what_cannot_be_meant_is_refused(spoil, words):
    with pytest.raises(ValueError, match=words):
        spoil(Builder())


def test_builds_are_fixed_for_their_duals():
    program = transport(whole=True)
    x = np.full(program.columns, 0.4)
    fixed = program.fixed(x)
    open_ = program.block("open").ids
    assert not fixed.has_integers
    assert (fixed.lower[open_] == 0).all()
    assert (fixed.upper[open_] == 0).all()
    assert (fixed.upper[program.block("send").ids] == np.inf).all()
