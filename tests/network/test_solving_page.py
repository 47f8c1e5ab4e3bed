"""The page on solving: its example runs and comes out as it says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from meguri.network.solver.conflict import optimum
from meguri.network.solver.highs import NoPlan

PAGE = Path(__file__).resolve().parents[2] / "docs" / "plan-solving.md"


def test_the_example_comes_out_as_it_says():
    text = PAGE.read_text(encoding="utf-8")
    example = text.split("```python\n", 1)[1].split("```", 1)[0]
    there: dict[str, object] = {}
    exec(example, there)
    found = there["found"]
    assert f"found.objective  # {found.objective!r}" in example
    np.testing.assert_allclose(found.row_duals[there["room"]], [0, -5], atol=1e-9)
    program = there["builder"].build()
    lower = program.row_lower.copy()
    lower[there["need"]] = [350, 200]
    with pytest.raises(NoPlan) as caught:
        optimum(program.with_(row_lower=lower))
    quoted = " ".join(text.replace("\n> ", " ").split())
    for one in caught.value.problems[:2]:
        assert one.say() in quoted
