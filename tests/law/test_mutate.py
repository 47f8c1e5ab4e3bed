"""What the rulings would not notice: changes are made one at a time, and those seen are told from the others."""

from __future__ import annotations

import itertools
import json

import pytest

from meguri.kit.files import writing
from meguri.law import COVERS, Law, Question, verdict
from meguri.law.upkeep import equivalent, mutating, rulings, suggesting
from meguri.portal import cli

HEAD = (
    "case_id,on,stream,codes,origin,via,destination,operation,facts,"
    "expected_verdict,expected_procedures,expected_ground"
)


def written(tmp_path, *rows):
    file = tmp_path / "rulings.csv"
    file.write_text("\n".join([HEAD, *rows]) + "\n")
    return file


def test_every_rule_and_entry_is_changed_in_each_of_its_dates_and_scopes():
    law = Law.load()
    every = list(mutating.changes(law))
    assert len(every) >= 300
    dropped = [one.item.id for one in every if one.what == "dropped"]
    assert dropped == [one.id for one in (*law.rules, *law.entries)]
    for one in every:
        if one.made is not None:
            assert [
                name for name in one.item.__dataclass_fields__ if getattr(one.item, name) != getattr(one.made, name)
            ] == [one.what]
    first = (rule.effective_from for rule in (*law.rules, *law.entries))
    dated = sum(day is not None and COVERS[0] < day < COVERS[1] for day in first)
    assert sum(one.what == "effective_from" for one in every) == dated


def test_a_changed_law_answers_as_one_that_was_read_so():
    """What the law has worked out is carried over only where the change leaves it as it is."""
    law = Law.load()
    asked = [ruling.question for ruling in rulings.read(rulings.files())][:40]
    for question in asked:
        verdict(question, law)
    for number, change in enumerate(list(mutating.changes(law))[::97]):
        body = mutating.changed(law, change, number)
        fresh = mutating.changed(mutating.replace(law, _near={}, _entries={}), change, number)
        for question in asked:
            assert verdict(question, body).to_json() == verdict(question, fresh).to_json(), change


def test_only_what_a_change_can_reach_is_left_out_of_asking():
    """A ruling that is not asked anew would hold all the same."""
    law = Law.load()
    listed = [one for one in rulings.read(rulings.files()) if one.met(verdict(one.question, law))][::3]
    for number, change in enumerate(list(mutating.changes(law))[::61]):
        body = mutating.changed(law, change, number)
        for ruling in listed:
            if not (mutating.may_bear(change.item, ruling.question) or mutating.may_bear(change.made, ruling.question)):
                assert ruling.met(verdict(ruling.question, body)), (change, ruling)


def test_a_ruling_sees_what_it_rests_on_and_no_more(tmp_path, capsys):
    """The ban of an import, ruled on its first day, on its eve and for another country."""
    law = Law.load()
    ban = law.rule("mys.import.ban")
    rows = []
    for on, goes in ((ban.effective_from, True), (ban.effective_from.replace(day=ban.effective_from.day - 1), False)):
        answer = verdict(
            Question.parse(
                on=on, stream="circuit-boards", origin="JPN", destination="MYS", operation="R4", facts="hazardous=false"
            )
        )
        assert (answer.verdict == "prohibited") is goes
        rows.append(
            f"x,{on},circuit-boards,,JPN,,MYS,R4,hazardous=false,{answer.verdict},{';'.join(answer.procedures)},"
        )
    for count, unseen in ((0, {"dropped", "effective_from"}), (1, set())):
        file = written(tmp_path, *rows[:count])
        cli.main(["law", "mutate", "--rulings", str(file), "--pack", "mys", "--jobs", "1", "--quick", "--json"])
        told = json.loads(capsys.readouterr().out)
        assert told["seen"] + len(told["unseen"]) == told["changes"]
        assert told["rulings"] == count
        found = {one["change"] for one in told["unseen"] if one["rule"] == "mys.import.ban"}
        assert found & {"dropped", "effective_from"} == unseen


def test_rulings_that_do_not_hold_are_named_and_see_nothing(tmp_path, capsys):
    file = written(tmp_path, "x,2026-06-01,circuit-boards,,JPN,,MYS,R4,hazardous=false,allowed_green,,")
    assert cli.main(["law", "mutate", "--rulings", str(file), "--pack", "twn", "--jobs", "1", "--quick", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["broken"] == ["rulings.csv, line 2"]
    assert told["seen"] == 0


@pytest.mark.parametrize(
    "row", ["x,2026-06-01,fairy-dust,,JPN,,MYS,R4,,prohibited,,", "x,soon,cables,,JPN,,MYS,R4,,prohibited,,"]
)
def test_what_cannot_be_asked_is_refused_with_its_line(tmp_path, capsys, row):
    assert cli.main(["law", "mutate", "--rulings", str(written(tmp_path, row))]) == 2
    assert "rulings.csv, line 2" in capsys.readouterr().err


def test_processes_side_by_side_find_the_same():
    law, listed = Law.load(), rulings.read(rulings.files())
    one, two = (mutating.mutate(law, listed, jobs, ("idn", "phl", "sgp")) for jobs in (1, 2))
    assert one == two
    assert 0 < len(one.unseen) < one.changes


def test_what_is_suggested_holds_and_sees_what_was_not_seen(tmp_path, capsys):
    """Of two packs: each suggestion says where its rule bears or does not, and is met by the law on file."""
    file = tmp_path / "suggested.csv"
    argv = ["law", "mutate", "--pack", "idn", "--pack", "phl", "--quick", "--json"]
    # From those of the tests alone: with all on file there may be nothing left to suggest.
    start = [f"--rulings={path}" for path in rulings.files() if path.parent == rulings.BESIDE]
    cli.main([*argv, *start, "--suggest", str(file)])
    before = json.loads(capsys.readouterr().out)
    listed = rulings.read([file])
    assert listed
    for one in listed:
        assert one.met(verdict(one.question)), one
        assert sum(map(bool, (one.rules, one.no_rules, one.told, one.not_told))) == 1
    cli.main([*argv, *start, f"--rulings={file}"])
    after = json.loads(capsys.readouterr().out)
    assert after["changes"] == before["changes"]
    assert after["seen"] > before["seen"]
    assert after["broken"] == before["broken"]


def test_every_ruling_on_file_holds():
    listed = rulings.read(rulings.files())
    assert len(listed) > 100
    assert [one.place for one in listed if not one.met(verdict(one.question))] == []


def test_an_entry_that_answers_do_not_name_is_told_by_the_rule_that_asks_for_its_class(tmp_path):
    """What India answered of catalysts: no answer names the entry, but the rule on such answers bears or does not."""
    law = Law.load()
    item = next(one for one in law.entries if one.id == "answer.IND.B1120.d")
    unseen = [one for one in mutating.changes(law) if one.item is item]
    rows = suggesting.suggest(law, item, unseen, [])
    file = tmp_path / "suggested.csv"
    file.write_text(writing.csv_of(suggesting.HEAD, ([row[name] for name in suggesting.HEAD] for row in rows)), "utf-8")
    listed = rulings.read([file])
    assert {one.question.destination for one in listed} == {"IND"}
    assert {one.question.on for one in listed} >= {item.effective_from, item.effective_to}
    noticed = {one.what for number, one in enumerate(unseen) if mutating.seen(law, one, number, listed)}
    assert noticed >= {"dropped", "effective_from", "effective_to", "streams"}
    assert all(one.met(verdict(one.question)) for one in listed)


def test_what_is_called_equivalent_changes_no_answer_that_the_engine_gives():
    """Shown by arrays; asked again one question at a time, of the economies of the network and each end of the item."""
    law = Law.load()
    shown = equivalent.AnswersCompared(law)
    listed = [one for one in mutating.changes(law) if one.item.id.startswith("answer.") and one.what == "economies"][
        ::31
    ]
    listed += [one for one in mutating.changes(law) if one.item.id.startswith("answer.") and one.what == "hazardous"][
        ::31
    ]
    found = [one for number, one in enumerate(listed) if shown.nothing(one, number)]
    assert len(found) > 3
    for number, change in enumerate(found):
        body = mutating.changed(law, change, number)
        ends = dict.fromkeys(["DEU", "JPN", "SGP", *change.item.economies])
        for origin, destination in itertools.permutations(ends, 2):
            for on, hazardous in itertools.product(equivalent.days(change.item), (True, False)):
                question = Question.parse(
                    on=on, stream=change.item.streams[0], origin=origin, destination=destination, operation="R4",
                    facts={"hazardous": hazardous},
                )  # fmt: skip
                before, after = (verdict(question, one).to_json() for one in (law, body))
                assert before | {"law": ""} == after | {"law": ""}, (change, question)


def test_a_change_that_an_answer_shows_is_never_called_equivalent():
    """The ban of an import left out or dated otherwise, an answer of an economy left out, a permit in transit."""
    law = Law.load()
    shown = equivalent.AnswersCompared(law)
    items = {item.id: item for item in (*law.rules, *law.entries)}
    for number, (name, what) in enumerate(
        (("mys.import.ban", "dropped"), ("mys.import.ban", "effective_from"), ("answer.IND.B1115.a", "dropped"),
         ("sgp.transit", "waste"), ("kor.import.declaration", "streams"), ("jpn.import.other", "dropped"))
    ):  # fmt: skip
        made = [one for one in mutating.changes(law) if one.item is items[name] and one.what == what]
        assert not any(shown.nothing(one, number) for one in made), (name, what)


def test_equivalent_changes_are_listed_and_counted_apart(capsys, monkeypatch):
    monkeypatch.setattr(equivalent, "shown", lambda law, unseen, jobs: tuple(unseen[:2]))
    file = next(path for path in rulings.files() if path.name == "traps.csv")
    cli.main(["law", "mutate", "--rulings", str(file), "--pack", "sgp", "--jobs", "1", "--json"])
    told = json.loads(capsys.readouterr().out)
    assert len(told["equivalent"]) == 2
    assert all(one in told["unseen"] for one in told["equivalent"])
    assert told["seen"] + len(told["unseen"]) == told["changes"]
    assert told["share"] == round(told["seen"] / (told["changes"] - 2), 4)
    assert told["share_of_all"] == round(told["seen"] / told["changes"], 4)


def test_a_ruling_on_what_reaches_a_question_sees_what_the_verdict_hides(tmp_path):
    """The green procedure is for recovery alone: what is barred for disposal is not also said to be green."""
    law = Law.load()
    file = tmp_path / "told.csv"
    file.write_text(
        "case_id,on,stream,origin,destination,operation,facts,told,not_told\n"
        "x,2026-09-01,copper-granules,DEU,JPN,D10,hazardous=false,eu.export.disposal,eu.wsr.green\n",
        "utf-8",
    )
    listed = rulings.read([file])
    assert listed[0].met(verdict(listed[0].question))
    wide = next(one for one in mutating.changes(law) if one.item.id == "eu.wsr.green" and one.what == "operations")
    assert mutating.seen(law, wide, 1, listed) is listed[0]
