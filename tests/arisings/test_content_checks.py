"""Contents against published totals: roughly met, or the difference and its reason said."""

from __future__ import annotations

import pytest

from meguri.arisings.checks import contents as content_checks
from meguri.reference import published, unu_keys


def test_the_world_is_as_heavy_as_published() -> None:
    goods = content_checks.world_goods()
    assert goods.shape == (len(unu_keys()),)
    assert goods.min() >= 0
    assert goods.sum() == pytest.approx(53.6e9)
    screens = sum(mass for mass, key in zip(goods, unu_keys().values(), strict=True) if key.eu6 == "2")
    groups = {row.quantity: float(row.value) for row in published() if row.topic == "arisings by category"}
    assert screens / goods.sum() == pytest.approx(groups["screens"] / sum(groups.values()))


def test_metals_of_the_world() -> None:
    found = {check.row.rsplit(" ", 1)[-1]: check for check in content_checks.checks() if check.unit == "kt"}
    assert set(found) == {row.quantity for row in published() if row.topic == "metal contained"}
    # The metals that carry mass and value come out within a third; the others are named with their reason.
    for element in ("Fe", "Al", "Au", "Ag", "Pd"):
        difference = found[element].difference
        assert difference is not None
        assert abs(difference) < 1 / 3, element
    for element in ("Ge", "Hg"):
        assert found[element].ours is None
        assert found[element].difference is None
    for check in found.values():
        assert check.reason.en
        assert check.reason.say("ja") != check.reason.en
        if check.difference is None or abs(check.difference) > 1 / 3:
            assert check.reason.en != found["Fe"].reason.en, check.row


def test_grade_of_boards_is_of_the_order_of_a_feed() -> None:
    grade = {c.row.rsplit(" ", 1)[-1]: c for c in content_checks.checks() if c.row.startswith("grade")}
    assert set(grade) == {"Cu", "Au", "Ag", "Pd"}
    for check in grade.values():
        assert check.ours is not None
        assert 0.1 < check.ours / check.published < 10
