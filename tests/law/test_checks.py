"""When the law was last looked at: shown with every verdict, listed by weight, and taken back from a work list."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.cache import cache
from django.test import Client

from meguri.kit import words
from meguri.law import Law, Question, verdict
from meguri.law.body import checks
from meguri.law.body.packs import READ_ON
from meguri.law.upkeep import reading_age, watching
from meguri.portal import cli
from tests_support import use_clock

CHECKS = checks.checks
LANE = {"stream": "circuit-boards", "origin": "MYS", "destination": "JPN", "operation": "R4", "facts": "hazardous=true"}


@pytest.fixture(autouse=True)
def present():
    at(READ_ON + timedelta(days=7))
    CHECKS.cache_clear()
    yield
    use_clock(None)
    CHECKS.cache_clear()


def at(day):
    use_clock(lambda: datetime(day.year, day.month, day.day, 9, tzinfo=UTC))


def looked(monkeypatch, **rows):
    """Checks by rule: the day, and what was found."""
    found = {
        rule: checks.RuleCheck(rule, day, what, "a lawyer", "", "the text", "high")
        for rule, (day, what) in rows.items()
    }
    monkeypatch.setattr(checks, "checks", lambda: found)


def asked(**more):
    return verdict(Question.parse(on=READ_ON, **{**LANE, **more}))


def test_the_oldest_check_of_the_grounds_is_shown(monkeypatch):
    answer = asked()
    assert answer.checked == checks.LastChecked(READ_ON, (), (), ())
    rule = answer.grounds[0].rule
    looked(monkeypatch, **{rule: (date(2026, 7, 1), "same")})
    assert answer.checked.oldest == date(2026, 7, 1)
    assert answer.checked.old == ()
    looked(monkeypatch, **{rule: (date(2026, 1, 1), "same")})
    assert answer.checked.old == (rule,)
    looked(monkeypatch, **{rule: (READ_ON, "changed")})
    assert answer.checked.otherwise == (rule,)
    for language in ("en", "ja"):
        with words.speaking(language):
            assert len({line.say() for line in reading_age.lines(answer)}) == 2


def test_what_is_recalled_was_never_looked_up_until_it_is(monkeypatch):
    recalled = [rule for rule in Law.load().rules if rule.evidence == checks.RECALLED]
    assert recalled
    for rule in recalled:
        assert checks.day(rule.id, rule.evidence) is None
    looked(monkeypatch, **{checks.base(rule.id): (READ_ON, "same") for rule in recalled})
    for rule in recalled:
        assert checks.day(rule.id, rule.evidence) == READ_ON


def test_old_readings_are_said_on_watched_lanes_alone_and_decide_nothing():
    before = {name: asked(origin=name) for name in ("MYS", "DEU", "CHE")}
    at(READ_ON + timedelta(days=checks.OLD_DAYS + 1))
    for origin, then in before.items():
        now = asked(origin=origin)
        assert bool(now.checked.old) == (origin != "CHE"), origin
        told = (then.to_json(), now.to_json())
        for one in told:
            one.pop("checked")
        assert told[0] == told[1]
    at(READ_ON + timedelta(days=checks.OLD_DAYS))
    assert not asked().checked.old


@pytest.mark.django_db
def test_command_api_and_page_say_it_alike(capsys):
    argv = ["verdict", "--from", "PHL", "--to", "JPN", "--stream", "circuit-boards", "--operation", "R4"]
    argv += ["--on", READ_ON.isoformat(), "--fact", "hazardous=true"]
    assert cli.main([*argv, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["checked"]
    assert told["never"]
    query = f"from=PHL&to=JPN&stream=circuit-boards&operation=R4&on={READ_ON}&fact=hazardous%3Dtrue"
    cache.clear()
    assert Client().get(f"/api/verdict?{query}").json()["checked"] == told
    assert "Never looked up in a source" in Client().get(f"/may-it-move?{query}").content.decode()
    cli.main(argv)
    assert "Never looked up in a source" in capsys.readouterr().out


def test_the_heaviest_overdue_come_first_with_what_would_change():
    today = READ_ON + timedelta(days=7)
    listed = watching.by_age(today)
    assert {checks.base(one.item.id) for one in listed} <= {
        checks.base(item.id) for item in (*Law.load().rules, *Law.load().entries)
    }
    overdue = [one for one in listed if one.overdue]
    assert listed[: len(overdue)] == tuple(overdue)
    assert [one.lanes for one in overdue] == sorted((one.lanes for one in overdue), reverse=True)
    assert all(one.age is None and one.lanes for one in overdue), "on the day of the reading only what is recalled"
    later = READ_ON + timedelta(days=checks.OLD_DAYS + 1)
    assert {one.item.id for one in watching.by_age(later, today) if one.lanes} == {
        one.item.id for one in watching.by_age(later, today) if one.overdue
    }
    ban = next(one for one in listed if one.item.id.startswith("mys.import.ban"))
    assert watching.what_would_change(ban, today)
    assert all(told.startswith("prohibited → ") for told in watching.what_would_change(ban, today))


@pytest.mark.django_db
def test_the_page_lists_them_and_one_pack_whole():
    cache.clear()
    assert Client().get("/law/checked").status_code == 200
    answer = Client().get("/law/checked?pack=mys")
    mine = {checks.base(one.id) for one in (*Law.load().rules, *Law.load().entries) if one.pack == "mys"}
    assert {row["rule"] for row in answer.context["rows"]} <= mine
    assert len(answer.context["rows"]) == answer.context["count"]
    assert Client().get("/law/checked?pack=x").status_code == 404


def worked(capsys, *more):
    assert cli.main(["law", "watch", "--most", "5", *more]) == 0
    return capsys.readouterr().out


def table(tmp_path):
    file = tmp_path / "checks.csv"
    file.write_text(",".join(checks.COLUMNS) + "\n")
    return file


@pytest.mark.parametrize("kind", ["json", "csv"])
def test_a_work_list_comes_back(tmp_path, capsys, kind):
    """As it was written, with answers in two of its lines."""
    answers = {"found": "same", "checked_on": "2026-11-29", "by": "a lawyer", "source": "the gazette", "note": "p. 3"}
    out, file, into = worked(capsys, f"--{kind}"), tmp_path / f"work.{kind}", table(tmp_path)
    if kind == "json":
        given = json.loads(out)
        for row in given["work"][:2]:
            row.update(answers)
        rules = [row["rule"] for row in given["work"][:2]]
        file.write_text(json.dumps(given))
    else:
        rows = list(csv.DictReader(io.StringIO(out)))
        for row in rows[:2]:
            row.update(answers)
        rules = [row["rule"] for row in rows[:2]]
        written = io.StringIO()
        writer = csv.DictWriter(written, rows[0])
        writer.writeheader()
        writer.writerows(rows)
        file.write_text(written.getvalue())
    for expected in (2, 0):
        assert cli.main(["law", "watch", "--take", str(file), "--into", str(into), "--json"]) == 0
        assert json.loads(capsys.readouterr().out) == {"taken": expected}
    taken = checks.read(tmp_path)
    assert set(taken) == set(rules)
    assert {(one.on, one.found, one.by) for one in taken.values()} == {(date(2026, 11, 29), "same", "a lawyer")}


@pytest.mark.parametrize(
    "wrong",
    [
        {"rule": "jpn.import.bann"}, {"found": "fine"}, {"by": ""}, {"source": ""},
        {"checked_on": "soon"}, {"checked_on": "2031-01-01"}, {"checked_on": "1999-01-01"},
    ],
)  # fmt: skip
def test_an_answer_that_is_wrong_takes_none(tmp_path, capsys, wrong):
    good = {"rule": "basel.pic", "found": "same", "checked_on": "2026-11-29", "by": "x", "source": "y"}
    file, into = tmp_path / "work.json", table(tmp_path)
    file.write_text(json.dumps({"work": [good, {**good, **wrong}]}))
    before = into.read_text()
    assert cli.main(["law", "watch", "--take", str(file), "--into", str(into)]) == 2
    assert "work.json, answer 2" in capsys.readouterr().err
    assert into.read_text() == before


@pytest.mark.parametrize("text", ["", "{", "{}", '{"work": 1}', "rule,found\nx,same\n"])
def test_what_is_no_work_list_is_refused(tmp_path, capsys, text):
    file = tmp_path / "work"
    file.write_text(text)
    assert cli.main(["law", "watch", "--take", str(file), "--into", str(table(tmp_path))]) == 2
    assert cli.main(["law", "watch", "--take", str(tmp_path / "nothing"), "--into", str(table(tmp_path))]) == 2


def test_a_look_changes_no_digest_and_every_row_on_file_is_of_a_rule():
    known = {checks.base(item.id) for item in (*Law.load().rules, *Law.load().entries)}
    assert set(checks.checks()) <= known
    from meguri.law.body import packs

    assert "checks.csv" in packs.WORDS_ONLY
