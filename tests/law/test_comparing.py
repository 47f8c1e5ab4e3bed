"""Two laws over the world: every cell that is another is counted, and no other."""

from __future__ import annotations

import json
from datetime import date

import pytest

from meguri.law import Law, Question, groups, matrix, tables, verdict
from meguri.law.across.comparing import compare, difference
from meguri.law.measure.bench import fewer
from meguri.portal import cli

DAYS = (date(2024, 6, 1), date(2026, 12, 9))
ENDS = ("JPN", "MYS", "DEU", "USA", "THA", "NGA", "CHE")
STREAMS = ("circuit-boards", "copper-granules", "black-mass", "computers")


def test_it_counts_the_cells_whose_single_verdicts_differ():
    new = Law.load()
    old = fewer(new)
    turns, days, ends, streams, asked = {}, dict.fromkeys(DAYS, 0), {}, {}, 0
    for day in DAYS:
        for origin in ENDS:
            for destination in ENDS:
                if origin == destination:
                    continue
                for stream in STREAMS:
                    question = Question.parse(
                        on=day, stream=stream, origin=origin, destination=destination, operation="R4"
                    )
                    was, now = verdict(question, old), verdict(question, new)
                    asked += 1
                    if (was.verdict, was.status, set(was.procedures)) != (now.verdict, now.status, set(now.procedures)):
                        turns[was.verdict, now.verdict] = turns.get((was.verdict, now.verdict), 0) + 1
                        days[day] += 1
                        streams[stream] = streams.get(stream, 0) + 1
                        for end in (origin, destination):
                            ends[end] = ends.get(end, 0) + 1
    found = compare(old, new, DAYS, economies=ENDS, streams=STREAMS)
    assert found.changed == sum(turns.values()) > 0
    assert (found.asked, found.turns, found.days) == (asked, turns, days)
    assert (found.economies, found.streams) == (ends, streams)


def test_the_same_law_changes_nothing():
    found = compare(Law.load(), Law.load(), DAYS[:1], economies=ENDS)
    assert (found.changed, found.turns, found.economies, found.streams) == (0, {}, {}, {})


def test_matrices_of_other_labels_are_not_compared():
    one, two = (matrix(ENDS[:count], STREAMS, DAYS[:1]) for count in (2, 3))
    with pytest.raises(ValueError, match="economies"):
        difference(one, two)


def test_a_draft_over_the_world_by_command(tmp_path, capsys):
    draft = tmp_path / "ban.toml"
    draft.write_text(
        '[[rule]]\nid = "draft.che.ban"\nstage = "prohibit"\ndirection = "import"\neffect = "prohibited"\n'
        'economies = ["CHE"]\nfrom = 2027-01-15\ninstrument = "A bill"\ncitation = "A bill Art 1"\nsource = "a test"\n'
        'confidence = "high"\nevidence = "secondary"\nwords = "No more."\n'
    )
    assert cli.main(["law", "diff", "--with", str(draft), "--over", "world", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    others = len(groups.states()) - 1
    assert 0 < told["changed"] <= others * len(tables.streams())
    assert next(iter(told["economies"].items())) == ("CHE", told["changed"])
    assert {turn["after"] for turn in told["turns"]} == {"prohibited"}
    assert cli.main(["law", "diff", "--with", str(draft), "--over", "world", "--on", "2026-12-01"]) == 0
    assert "0 answered otherwise" in capsys.readouterr().out
    assert cli.main(["law", "diff", "--with", str(draft), "--over", "world", "--on", "soon"]) == 2
