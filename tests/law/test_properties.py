"""What holds for every movement, whichever economies, streams, dates and facts."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from meguri.law import (
    COVERS,
    READ_ON,
    VERDICT_WORDS,
    VERDICTS,
    Law,
    Question,
    boundaries,
    groups,
    if_instead,
    matrix,
    parties,
    procedures,
    streams,
    verdict,
)
from meguri.law.asking.verdict import STRICTNESS

NEAR = ("JPN", "MYS", "THA", "IDN", "VNM", "PHL", "SGP", "IND", "KOR", "TWN", "USA", "DEU", "GBR", "CAN")
economy = st.one_of(st.sampled_from(NEAR), st.sampled_from(groups.states()))
BOOLS = ("rcra_hazardous", "facility_authorised", "facility_preconsented", "importer_certified", "recycler_certified")


@st.composite
def questions(draw: st.DrawFn) -> Question:
    origin = draw(economy)
    destination = draw(economy.filter(lambda code: _home(code) != _home(origin)))
    facts: dict[str, object] = {
        name: draw(st.booleans()) for name in draw(st.lists(st.sampled_from(BOOLS), unique=True, max_size=4))
    }
    if facts.get("facility_preconsented") and facts.get("facility_authorised") is False:
        facts["facility_authorised"] = True
    facts["hazardous"] = draw(st.sampled_from((True, False, "unknown")))
    return Question.parse(
        on=draw(st.dates(*COVERS)),
        stream=draw(st.sampled_from(sorted(streams()))),
        origin=origin,
        destination=destination,
        operation=draw(st.sampled_from(("R4", "R3", "R13", "D10"))),
        via=draw(st.lists(economy.filter(lambda code: code not in (origin, destination)), max_size=2, unique=True)),
        facts=facts,
    )


def _home(code: str) -> str:
    return parties()[code].law_of or code


def changed(question: Question, **more: object) -> Question:
    plain = question.to_json()
    return Question.parse(**{**plain, "facts": plain["facts"], **more})


@settings(max_examples=150, deadline=None)
@given(questions())
def test_every_answer_is_whole(question):
    answer = verdict(question)
    assert answer.verdict in VERDICTS
    assert answer.grounds, "no answer without a ground"
    assert all(procedure in procedures() for procedure in answer.procedures)
    assert all(ground.citation and ground.words.say("ja") for ground in answer.grounds)
    if answer.verdict == "prohibited":
        assert not answer.procedures
        assert not answer.consents
    if answer.verdict == "allowed_pic":
        assert answer.consents
    if answer.verdict == "allowed_national_licence":
        assert any(ground.effect == "licence" for ground in answer.grounds)
    if answer.status == "needs_ruling":
        assert answer.rulings
        assert answer.headline.en.startswith("Not decided")
    else:
        assert answer.headline == VERDICT_WORDS[answer.verdict]
    for end in (question.origin, question.destination):
        if Law.load().pack_of(end, question.day()) is None and answer.verdict.startswith("allowed"):
            assert answer.status != "decided"


@settings(max_examples=100, deadline=None)
@given(questions())
def test_an_unknown_assay_never_opens_what_an_assay_would_close(question):
    def strictness(value: object) -> int:
        facts = {**question.to_json()["facts"], "hazardous": value}
        return STRICTNESS.index(verdict(changed(question, facts=facts)).verdict)

    assert strictness("unknown") == max(strictness(True), strictness(False))


@settings(max_examples=60, deadline=None)
@given(questions())
def test_transit_never_opens_a_border(question):
    without = STRICTNESS.index(verdict(changed(question, via=())).verdict)
    assert STRICTNESS.index(verdict(question).verdict) >= without or question.via == ()


@settings(max_examples=40, deadline=None)
@given(questions())
def test_the_order_of_transit_does_not_matter(question):
    turned = verdict(changed(question, via=tuple(reversed(question.via))))
    answer = verdict(question)
    assert (answer.verdict, set(answer.procedures)) == (turned.verdict, set(turned.procedures))


@settings(max_examples=40, deadline=None)
@given(questions())
def test_no_remedy_changes_the_assay_or_a_code(question):
    for other in if_instead(question):
        if other.remedy:
            assert other.question.facts.get("hazardous") == question.facts.get("hazardous")
            assert other.question.codes == question.codes


STRICTER: tuple[dict[str, object], ...] = (
    {"facility_authorised": False},
    {"no_domestic_capacity": False},
    {"pops_mg_kg": 5000},
    {"made_year": 1999},
    {"consent_number": "XX 1", "consent_until": "2017-01-01"},
    {"mixed_shares": "basel:A1181=0.1+basel:Y49=0.9"},
    {"product_status": "waste"},
)
"""Facts that can only close: what they open, if anything, is a mistake of a rule."""
PROOFS = {"purpose": "reuse", "function_tested": True, "test_record": True, "packed": True, "invoice": True}


@settings(max_examples=150, deadline=None)
@given(questions(), st.sampled_from(STRICTER), st.booleans())
def test_a_fact_that_only_makes_things_stricter_never_makes_the_answer_milder(question, more, reuse):
    plain = question.to_json()
    facts = {**plain["facts"], **(PROOFS if reuse else {})}
    if "facility_authorised" in more:
        facts.pop("facility_preconsented", None)
    if reuse:
        plain["operation"] = None
    before = verdict(Question.parse(**{**plain, "facts": facts}))
    after = verdict(Question.parse(**{**plain, "facts": {**facts, **more}}))
    assert STRICTNESS.index(after.verdict) >= STRICTNESS.index(before.verdict), (before.verdict, after.verdict)


@settings(max_examples=150, deadline=None)
@given(questions(), st.sampled_from(boundaries()))
def test_across_a_day_only_answers_change_in_which_what_begins_or_ends_is_a_ground(question, day):
    eve = day - timedelta(days=1)
    before, after = (verdict(changed(question, on=on)) for on in (eve, day))
    told = [(answer.verdict, answer.status, answer.procedures) for answer in (before, after)]
    if told[0] == told[1] or day == READ_ON + timedelta(days=1):
        return
    named = {one.rule for answer in (before, after) for one in (*answer.grounds, *answer.considered, *answer.codes)}
    law = Law.load()
    turning = {
        item.id.split("@")[0]
        for item in (*law.rules, *law.entries)
        if day in (item.effective_from, getattr(item, "moves_from", None)) or item.effective_to == eve
    }
    standing = {start for start, _ in groups.days()} | {end + timedelta(days=1) for _, end in groups.days() if end}
    named |= {name.split("@")[0] for name in named}
    assert named & turning or day in standing, (question.to_json(), told)


def test_no_answer_is_decided_where_a_law_that_could_close_it_is_not_on_file():
    days = (date(2025, 6, 1), date(2026, 10, 1))
    for facts, operation in (({}, "R4"), ({"hazardous": False}, "D10"), (PROOFS, None)):
        world = matrix(None, None, days, operation, facts)
        said = world.decided & (world.verdict != world.verdicts.index("prohibited"))
        if facts is not PROOFS:
            assert not (said & ~world.covered[..., None]).any()
        product = world.verdict == world.verdicts.index("allowed_not_waste")
        on_file = {rule.pack for rule in Law.load().used_goods}
        for t, o, d, s in zip(*(said & product).nonzero(), strict=True):
            for end in (world.economies[o], world.economies[d]):
                assert Law.load().pack_of(end, days[t]) in on_file or _named(end), (end, world.streams[s])


def _named(economy: str) -> bool:
    """Whether some rule on used goods names an economy, though its law is not on file otherwise."""
    return any(economy in rule.economies for rule in Law.load().used_goods)


@settings(max_examples=60, deadline=None)
@given(questions())
def test_the_answer_is_the_same_each_time(question):
    assert verdict(question).to_json() == verdict(question).to_json()


def test_dates_at_the_edge_of_what_is_covered():
    for day in COVERS:
        question = Question.parse(on=day, stream="circuit-boards", origin="MYS", destination="JPN", operation="R4")
        assert verdict(question).grounds
    assert (date(2018, 1, 1), date(2031, 12, 31)) == COVERS
