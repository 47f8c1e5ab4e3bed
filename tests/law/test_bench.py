"""The benchmark runs, counts all cells, and its doubled laws answer as the law itself does."""

from __future__ import annotations

from meguri.law import Law, groups, verdict
from meguri.law.measure.bench import doubled, measure, questions, rows


def test_every_figure_is_there():
    found = measure(repeat=1, days=1)
    world = found["world"]
    assert world["economies"] == len(groups.states())
    assert world["cells"] == world["economies"] ** 2 * world["streams"]
    assert 0 < world["domestic"] < world["not_covered"] < world["cells"]
    assert found["single_verdicts_per_second"]["median"] > 0
    assert found["single_verdicts_unprepared_per_second"]["median"] > 0
    assert 0 < found["difference"]["changed"] < world["cells"]
    told = {row.job: row for row in rows(found)}
    aimed = [row for row in told.values() if row.aim is not None]
    assert len(aimed) == 4
    assert all(row.met is not None for row in aimed)
    assert set(found["rules_doubled"]) == {"never matching", "matching"}


def test_a_doubled_law_has_twice_the_rules_and_the_same_verdicts():
    law = Law.load()
    for matching in (True, False):
        body = doubled(law, matching=matching)
        assert len(body.rules) == 2 * len(law.rules)
        for question in questions(60, seed=7):
            answer, twin = verdict(question, law), verdict(question, body)
            assert (answer.verdict, set(answer.procedures)) == (twin.verdict, set(twin.procedures))
