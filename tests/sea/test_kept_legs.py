"""The sea legs on file against what the network of shipping lanes gives."""

from __future__ import annotations

import pytest

from meguri.sea import kept_legs
from meguri.sea.kept_legs import kept_leg
from meguri.sea.legs import leg


@pytest.mark.parametrize(("here", "there"), [("VNSGN", "JPTYO"), ("JPTYO", "VNSGN"), ("BEANR", "JPTAK")])
def test_legs_on_file_are_those_of_the_network(here: str, there: str) -> None:
    kept, found = kept_leg(here, there), leg(here, there)
    assert (kept.origin, kept.destination) == (here, there)
    assert kept.km == pytest.approx(found.km, rel=1e-6)
    assert set(kept.passages) == set(found.passages)
    assert kept.points[0] == pytest.approx(found.points[0], abs=1e-2)
    assert (kept.source, kept.confidence) == (found.source, found.confidence)


def test_a_port_that_moved_is_searched_again(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = kept_leg("JPTYO", "KRPUS")
    kept_legs.kept_leg.cache_clear()
    monkeypatch.setattr(kept_legs, "_places", lambda first, last: [0.0, 0.0, 0.0, 0.0])
    assert kept_leg("JPTYO", "KRPUS").km == pytest.approx(kept.km, rel=1e-6)
    kept_legs.kept_leg.cache_clear()
