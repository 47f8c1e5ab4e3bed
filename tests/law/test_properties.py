"""What holds for every movement, whichever economies, streams, dates and facts."""

from __future__ import annotations

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from meguri.law import COVERS, VERDICTS, Law, Question, groups, if_instead, parties, procedures, streams, verdict
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


@settings(max_examples=60, deadline=None)
@given(questions())
def test_the_answer_is_the_same_each_time(question):
    assert verdict(question).to_json() == verdict(question).to_json()


def test_dates_at_the_edge_of_what_is_covered():
    for day in COVERS:
        question = Question.parse(on=day, stream="circuit-boards", origin="MYS", destination="JPN", operation="R4")
        assert verdict(question).grounds
    assert (date(2018, 1, 1), date(2031, 12, 31)) == COVERS
