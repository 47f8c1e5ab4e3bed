"""Full-width letters, Japanese and kana name what codes name; the nearest suggestion fits the question at hand."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest

from meguri.kit.problems import Refused
from meguri.law import tables
from meguri.law.asking import naming
from meguri.law.asking.facts import fact_of
from meguri.law.asking.model import Question
from meguri.law.asking.verdict import verdict

SPOKEN = list(csv.DictReader((Path(tables.__file__).parent / "tables" / "spoken_names.csv").open()))


def ask(**given):
    asked = {"on": "2026-01-01", "stream": "circuit-boards", "origin": "MYS", "destination": "JPN"} | given
    return Question.parse(**asked)


def full_width(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


@pytest.mark.parametrize(
    "day", ["２０２６－０１－０１", "2026年1月1日", "２０２６年０１月０１日", "2026/1/1", "2026.01.01"]
)
def test_days(day):
    assert ask(on=day).on.isoformat() == "2026-01-01"


def test_every_code_is_understood_in_full_width_letters_and_every_name_as_it_is_said():
    codes = {word.casefold() for code, party in tables.parties().items() for word in (code, party.alpha2)}
    for code, party in tables.parties().items():
        names = (name for name in party.name.everywhere().values() if name.casefold() not in codes)
        for word in (code, full_width(code), full_width(code.lower()), *names):
            assert naming.code_of("economy", word) == code, word
    for slug, stream in tables.streams().items():
        for word in (slug, full_width(slug), slug.replace("-", " "), *stream.name.everywhere().values()):
            assert naming.code_of("stream", word) == slug, word
    for code, operation in tables.operations().items():
        for word in (code, full_width(code), code.lower(), *operation.words.everywhere().values()):
            assert naming.code_of("operation", word) == code, word
    assert all(naming.code_of(row["kind"], row["name"]) == row["id"] for row in SPOKEN)


def test_a_question_in_japanese_is_the_same_question():
    plain = ask(operation="R4", codes="basel:A1181", facts="hazardous=true", via="SGP")
    japanese = Question.parse(
        on="２０２６－０１－０１", stream="きばん", origin="ﾏﾚｰｼｱ", destination="ニッポン", operation="Ｒ４",
        codes="ｂａｓｅｌ：Ａ１１８１", facts="ｈａｚａｒｄｏｕｓ＝ｔｒｕｅ", via="シンガポール",
    )  # fmt: skip
    assert japanese == plain


@pytest.mark.django_db
def test_the_page_and_the_api_understand_it_too(client):
    given = {
        "from": "マレーシア",
        "to": "ＪＰＮ",
        "stream": "プリント基板",
        "operation": "Ｒ４",
        "on": "２０２６－０１－０１",
    }
    answer = client.get("/api/verdict", given)
    assert answer.status_code == 200
    assert answer.json()["question"]["stream"] == "circuit-boards"
    page = client.get("/may-it-move", given)
    assert page.status_code == 200
    assert client.get("/law/ＪＰＮ", follow=True).status_code == 200
    assert client.get("/law/gaps", {"economies": "日本、マレーシア"}).status_code == 200


def nearest_of(**given) -> str:
    with pytest.raises(Refused) as refused:
        ask(**given)
    return str(refused.value.problems[0].params["close"])


@pytest.mark.parametrize(("typed", "meant"), [("JPM", "JPN"), ("MYZ", "MYS"), ("THS", "THA"), ("VNN", "VNM")])
def test_the_nearest_economy_is_one_of_the_network(typed, meant):
    assert nearest_of(origin=typed, destination="KOR") == meant


def test_the_nearest_code_is_one_of_the_stream_or_of_an_end():
    first = naming.codes_first("circuit-boards", ("MYS", "JPN"))
    assert "basel:A1181" in first
    assert any(key.startswith("my:") for key in first)
    assert not any(key.startswith("ph:") for key in first)
    assert nearest_of(codes="basel:A1180x") in first


def test_every_list_in_a_refusal_of_a_fact_has_its_members():
    for name, fact in tables.fact_vocabulary().items():
        problems: list = []
        fact_of(name, "?" * 200, problems)
        assert problems, name
        for value in problems[0].params.values():
            assert str(value).strip(), (name, problems[0].text)
        if "values" in problems[0].params:
            assert len(problems[0].params["values"].split(", ")) > 1, fact


COMMANDS = [
    ["verdict", "--from", "JPN", "--to", "MYS", "--stream", "circuit-boards", "--on", "2026-01-01"],
    ["verdict", "--from", "XXX", "--to", "MYS", "--stream", "circuit-boards", "--on", "2026-01-01"],
    ["law", "diff", "--with", "no-such-file.toml"],
    ["law", "score", "no-such-file.csv"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_commands_of_law_speak_the_language_of_the_terminal(command):
    said = {}
    for language in ("ja_JP.UTF-8", "en_GB.UTF-8"):
        env = {**os.environ, "LC_ALL": "", "LC_MESSAGES": "", "LANG": language, "PYTHONUTF8": "1"}
        run = subprocess.run([sys.executable, "-m", "meguri", *command], capture_output=True, text=True, env=env)
        said[language] = run.stdout + run.stderr
    japanese = sum("\u3040" <= c <= "\u9fff" for c in said["ja_JP.UTF-8"])
    assert japanese > 5, said["ja_JP.UTF-8"]
    assert not any("\u3040" <= c <= "\u30ff" for c in said["en_GB.UTF-8"])


PLACES = [(row["economy"], row) for _, row in tables.rows("places.csv")]


@pytest.mark.parametrize(("economy", "row"), PLACES, ids=lambda one: one if isinstance(one, str) else one["place"])
def test_the_office_for_a_place_is_named_by_whichever_of_its_names(economy, row):
    other = "JPN" if economy != "JPN" else "MYS"
    names = ["Somewhere"] if row["place"] == "*" else [row["place"], *filter(None, row["names"].split(";"))]
    for name in names:
        for side, end in (("origin", "destination"), ("destination", "origin")):
            asked = {"on": "2026-09-01", "stream": "circuit-boards", "operation": "R4", side: economy, end: other}
            facts = {"hazardous": True}
            bare = verdict(Question.parse(**asked, facts=facts))
            answer = verdict(Question.parse(**asked, facts={**facts, f"{side}_place": name.upper()}))
            (office,) = answer.offices
            assert (office.economy, office.side, office.authority) == (economy, side, row["authority"])
            assert row["authority"] or office.name.en == row["office"]
            assert [one["words"]["en"] for one in answer.to_json()["offices"]] == [office.name.en]
            assert bare.offices == ()
            assert (bare.verdict, bare.status, bare.consents) == (answer.verdict, answer.status, answer.consents)


def test_a_place_that_an_economy_does_not_have_is_refused_with_the_nearest():
    asked = {"on": "2026-09-01", "stream": "circuit-boards", "origin": "DEU", "destination": "JPN", "operation": "R4"}
    with pytest.raises(Refused) as refused:
        Question.parse(**asked, facts={"origin_place": "Hamburgo", "destination_place": "Osakka"})
    assert [(one.pointer, one.code) for one in refused.value.problems] == [
        ("/facts/origin_place", "place"), ("/facts/destination_place", "place"),
    ]  # fmt: skip
    assert "hamburg" in refused.value.problems[0].say("en")
    free = Question.parse(**{**asked, "origin": "SGP"}, facts={"origin_place": "Jurong"})
    assert verdict(free).offices == ()
