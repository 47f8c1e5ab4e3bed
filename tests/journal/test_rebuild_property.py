"""Rebuilt projections equal the live ones after random lawful histories."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from journal.settled import sealed
from meguri.journal import services
from meguri.journal.services import Utterance
from meguri.kit.problems import MeguriError

POTS = st.sampled_from("abcd")
ACTORS = st.sampled_from(["organisation:ann", "organisation:bob"])
STEPS = st.one_of(
    st.tuples(st.just("open"), POTS, st.integers(0, 50)),
    st.tuples(st.just("move"), POTS, POTS, st.integers(0, 30)),
)


@pytest.mark.usefixtures("toy")
class Rebuilding(TestCase):
    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.tuples(ACTORS, st.lists(STEPS, min_size=1, max_size=3)), max_size=12))
    def test_rebuilt_equals_live(self, history):
        from journal import toy

        for actor, steps in history:
            utterances = [
                Utterance("toy.open", toy.Open(step[1], step[2]))
                if step[0] == "open"
                else Utterance("toy.move", toy.Move(step[1], step[2], step[3]))
                for step in steps
            ]
            # What the guards refuse leaves nothing behind; what they let through is lawful.
            try:
                services.attest(actor, utterances)
            except MeguriError:
                continue
        sealed()
        rebuilt = services.rebuild(check=True)
        assert rebuilt.identical, rebuilt.differences
        assert services.verify().intact
