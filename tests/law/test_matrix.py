"""The world matrix is the single verdict, cell by cell, whatever is asked."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meguri.kit.problems import Refused
from meguri.law import COVERS, Law, Question, boundaries, groups, matrix, parties, streams, verdict
from meguri.law.across.world import DOMESTIC
from meguri.law.body.packs import PACKS

NEAR = [
    *sorted(set(Law.load().covered).intersection(groups.states())),
    "DEU",
    "FRA",
    "HTI",
    "COL",
    "CRI",
    "MEX",
    "CHE",
    "NGA",
    "HKG",
]
economy = st.one_of(st.sampled_from(NEAR), st.sampled_from(groups.states()))
DAYS = [day + timedelta(days=shift) for day in boundaries() for shift in (-1, 0)]
day = st.one_of(st.sampled_from(DAYS), st.dates(*COVERS))
FACTS: dict[str, st.SearchStrategy] = {
    "hazardous": st.sampled_from((True, False, "unknown")),
    **{
        name: st.booleans()
        for name in (
            "rcra_hazardous", "facility_authorised", "facility_preconsented", "importer_certified",
            "recycler_certified", "purity_high", "depolluted", "drained", "no_domestic_capacity",
        )
    },
    "notification": st.sampled_from(("single", "general")),
    "notification_months": st.sampled_from((6, 12, 13, 36, 37)),
    "incident": st.sampled_from(("none", "seized", "failed")),
    "fault": st.sampled_from(("exporter", "importer", "other")),
    "acknowledged_on": st.sampled_from((date(2024, 6, 1), date(2026, 5, 20), date(2026, 5, 21))),
    "rebuttal": st.just("origin-authority"),
    "pops_mg_kg": st.sampled_from((100, 349, 350, 1000)),
    "made_year": st.sampled_from((2008, 2015, 2018)),
    "product_status": st.sampled_from(("product", "waste", "unknown")),
    "consent_until": st.sampled_from((date(2024, 7, 1), date(2027, 1, 1))),
    "arrived_on": st.just(date(2031, 12, 31)),
}  # fmt: skip
REUSE = {"purpose": "reuse", "function_tested": True, "test_record": True, "packed": True, "invoice": True}
facts_given = st.one_of(
    st.fixed_dictionaries({}, optional=FACTS),
    st.fixed_dictionaries({}, optional={"hazardous": FACTS["hazardous"], "packed": st.booleans()}).map(
        lambda more: {**REUSE, **more}
    ),
)


def possible(facts: dict[str, object]) -> dict[str, object]:
    """The facts without those that contradict another."""
    gone = set()
    if facts.get("hazardous") is not False:
        gone.add("rebuttal")
    if facts.get("hazardous") is True:
        gone.add("depolluted")
    if "consent_until" in facts:
        facts = {**facts, "consent_number": "XX 1"}
    return {name: value for name, value in facts.items() if name not in gone}


@settings(max_examples=40, deadline=None)
@given(
    st.lists(economy, min_size=2, max_size=7, unique=True),
    st.lists(st.sampled_from(sorted(streams())), min_size=1, max_size=5, unique=True),
    st.lists(day, min_size=1, max_size=4, unique=True),
    st.sampled_from(("R4", "R3", "R13", "D10", "D1", None)),
    facts_given,
    st.data(),
)
def test_every_cell_is_the_single_verdict(codes, names, days, operation, facts, data):
    if operation and operation.startswith("D"):
        facts = {key: value for key, value in facts.items() if key != "purpose"}
    if facts.get("facility_preconsented") and facts.get("facility_authorised") is False:
        facts = {key: value for key, value in facts.items() if key != "facility_authorised"}
    facts = possible(facts)
    if facts.get("purpose") == "reuse":
        operation = None
    if isinstance(facts.get("acknowledged_on"), date):
        days = [on for on in days if on >= facts["acknowledged_on"]] or [date(2026, 9, 1)]
    if isinstance(facts.get("made_year"), int):
        days = [on for on in days if on.year >= facts["made_year"]] or [date(2026, 9, 1)]
    world = matrix(codes, names, days, operation, facts)
    cells = [(o, d, s, on) for o in codes for d in codes for s in names for on in days]
    picked = data.draw(st.lists(st.sampled_from(cells), min_size=1, max_size=25))
    for origin, destination, stream, on in picked:
        cell = world.cell(origin, destination, stream, on)
        if (parties()[origin].law_of or origin) == (parties()[destination].law_of or destination):
            assert cell.verdict is None
            continue
        answer = verdict(
            Question.parse(
                on=on, stream=stream, origin=origin, destination=destination, operation=operation, facts=facts
            )
        )
        assert (cell.verdict, cell.status, cell.procedures) == (answer.verdict, answer.status, answer.procedures)
        # Entries of lists that were since repealed are said of a single movement; the matrix cites rules.
        borne = (ground.citation for ground in answer.grounds if ground.effect != "classified")
        assert cell.citations == tuple(dict.fromkeys(borne))


def test_a_draft_runs_through_the_matrix_too(tmp_path):
    draft = tmp_path / "draft.toml"
    draft.write_text(
        '[[rule]]\nid = "draft.ban"\nstage = "prohibit"\ndirection = "import"\neffect = "prohibited"\n'
        'economies = ["JPN"]\nfrom = 2027-01-01\ninstrument = "Draft"\ncitation = "Draft Art 1"\nsource = "draft"\n'
        'confidence = "high"\nevidence = "primary_text"\nwords = "Closed"\n',
        encoding="utf-8",
    )
    days = (date(2026, 12, 31), date(2027, 1, 1))
    world = matrix(("PHL", "JPN"), ("circuit-boards",), days, law=Law.load(PACKS, (draft,)))
    assert [world.cell("PHL", "JPN", "circuit-boards", on).verdict for on in days] == ["allowed_pic", "prohibited"]


def test_cells_not_covered_are_counted_apart():
    world = matrix(("JPN", "KHM", "MYS"), ("circuit-boards", "cables"), (date(2026, 1, 1),))
    counts = world.counts()
    assert counts["cells"] == 18
    assert counts["domestic"] == 6
    assert (counts["covered"], counts["not_covered"]) == (4, 8)
    assert list(counts)[:3] == ["cells", "covered", "not_covered"]
    assert counts["decided"] == int(world.decided.sum())
    assert not (world.decided & ~world.covered[..., None] & (world.verdict != world.verdicts.index("prohibited"))).any()
    assert sum(counts[name] for name in world.verdicts) == 12
    assert not world.covered[0, 0, 1]
    assert world.covered[0, 0, 2]


def test_shapes_and_the_map_s_share():
    world = matrix(("JPN", "THA", "HKG", "CHN"), None, (date(2026, 1, 1), date(2027, 1, 1)))
    assert world.verdict.shape == (2, 4, 4, len(streams()))
    assert (world.verdict[:, 0, 0] == DOMESTIC).all()
    share = world.share_prohibited()
    assert np.isnan(share[0, 0, 0])
    assert share[0, 0, 3] == 1.0


@pytest.mark.parametrize(
    ("asked", "pointer"),
    [
        ({"economies": ("JPN", "XXX")}, "/from"),
        ({"economies": ("JPN", "EUE")}, "/from"),
        ({"streams": ("gold-bars",)}, "/stream"),
        ({"dates": (date(2017, 12, 31),)}, "/on"),
        ({"dates": (date(2032, 1, 1),)}, "/on"),
        ({"dates": ()}, "/dates"),
        ({"operation": "R99"}, "/operation"),
        ({"facts": {"hazardos": True}}, "/facts/hazardos"),
        ({"facts": {"purpose": "disposal"}}, "/facts/purpose"),
        ({"facts": {"mixed_shares": "basel:Y49=1"}}, "/facts/mixed_shares"),
    ],
)
def test_what_a_question_refuses_the_matrix_refuses(asked, pointer):
    with pytest.raises(Refused) as refused:
        matrix(**{"economies": ("JPN", "MYS"), "streams": ("cables",), "dates": (date(2026, 1, 1),), **asked})
    assert pointer in {problem.pointer for problem in refused.value.problems}
