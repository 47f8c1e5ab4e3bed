"""Stories: read whole or refused whole, played through three doors, told step by step."""

from __future__ import annotations

import functools
import json
import tomllib
from pathlib import Path

import jsonschema
import pytest

import processes
from meguri.demonstration import story as demonstration
from meguri.kit.problems import Refused
from meguri.play import story

REPOSITORY = Path(__file__).resolve().parents[2]
STORIES = REPOSITORY / "docs" / "stories"
# Every verb of the schema. A room that cannot do one yet refuses it with `not_yet`; see docs/scenario.md.
VERBS = {
    "admit",
    "close",
    "facility",
    "licence",
    "suspend",
    "resume",
    "collect",
    "sort",
    "dismantle",
    "blend",
    "pack",
    "dispatch",
    "sample",
    "assay",
    "exchange",
    "umpire",
    "settle",
    "smelt",
    "correct",
    "instrument",
    "declare-wrong",
    "ask",
    "notify",
    "step",
    "attach",
    "vary",
    "renew",
    "hold",
    "release",
    "plan",
    "change",
    "cancel",
    "depart",
    "hand-over",
    "receive",
    "refuse",
    "return",
    "certify",
    "complete",
    "claim",
    "transfer",
    "retire",
    "open-account",
    "book",
    "close-account",
    "revoke",
    "clock",
}
NOT_YET = {
    "attach",
    "vary",
    "renew",
}


def play(path, *more):
    return processes.run(["-m", "meguri", "play", str(path), "--fresh", "--json", *more])


@functools.cache
def told(path):
    """What came of a story; one that several tests read is played once."""
    done = play(path)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def outcome(result):
    """What became of each step: its verb, and the code of its refusal."""
    return [(step["do"], step["refused"]["code"] if step["refused"] else "done") for step in result["steps"]]


def test_all_verbs_stand_in_the_schema_and_those_that_are_not_there_yet_say_so():
    assert set(story.BY_TAG) >= VERBS
    unable = {tag for tag, verb in story.BY_TAG.items() if issubclass(verb, story.Unable)}
    assert unable == NOT_YET


@pytest.mark.parametrize("path", [*sorted(STORIES.glob("*.toml")), demonstration.FILE], ids=lambda path: path.stem)
def test_the_stories_that_come_with_it_fit_the_schema(path):
    schema = story.schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    story.load(path)
    tables = tomllib.loads(path.read_text())
    if "numbers" not in tables:
        plain = json.loads(json.dumps(tables, default=lambda value: value.isoformat()))
        jsonschema.validate(plain, schema)


CONSENTED = [
    *("collect", "dismantle", "dispatch", "receive", "pack", "notify"),
    *["step"] * 5,
    "others",
    "plan",
]
SHORT = {
    "whole-refusal": [
        ("depart", "done"),
        ("refuse", "done"),
        ("return", "done"),
        ("plan", "done"),
        ("depart", "done"),
    ],
    "cancelled-plan": [
        ("cancel", "done"),
        ("plan", "done"),
        ("change", "done"),
        ("depart", "done"),
    ],
    "suspended-certificate": [("suspend", "done"), ("depart", "licence-suspended"), ("resume", "done")],
    "closed-carrier": [("close", "done"), ("depart", "closed"), ("depart", "closed")],
}


@pytest.mark.parametrize("name", SHORT)
def test_the_short_stories_play_to_their_end(name):
    result = told(STORIES / f"{name}.toml")
    assert outcome(result) == [(do, "done") for do in CONSENTED] + SHORT[name]
    assert set(result) == {"steps", "queues", "balance", "journal"}
    assert result["balance"]["closure_g"] == 0
    assert result["journal"]["intact"]
    assert {"straits-exporter", "doe", "moej", "seto-smelter"} <= set(result["queues"])
    for n, step in enumerate(result["steps"], start=1):
        assert step["n"] == n
        assert set(step) == {"n", "do", "as", "done", "refused", "ids", "must_agree", "expected"}
        assert step["done"] == (step["refused"] is None)


def test_steel_moves_on_a_verdict_that_asks_for_no_consent():
    result = told(STORIES / "steel-without-consent.toml")
    asked, *_, planned, left, came = result["steps"]
    assert asked["ids"]["verdict"].startswith("allowed_")
    assert [step["refused"] for step in (planned, left, came)] == [None] * 3
    assert "case" not in planned["ids"]
    assert (result["balance"]["closure_g"], result["balance"]["closed"]) == (0, True)


def test_gold_in_dispute_is_settled_by_the_umpire():
    result = told(STORIES / "gold-in-dispute.toml")
    refused = [(step["do"], step["refused"]["code"]) for step in result["steps"] if step["refused"]]
    assert refused == [
        ("exchange", "waits"),
        ("assay", "same-organisation"),
        ("settle", "disputed"),
        ("settle", "settled"),
    ]
    assert {step["expected"] for step in result["steps"]} == {None, True}
    gold = next(row for row in result["balance"]["elements"] if row["element"] == "Au")
    # 999 kg at 2 % moisture and 166 g/t of the dry mass; the umpire's own lies in the middle.
    assert round(gold["contained_g"], 1) == 162.5


@pytest.mark.parametrize("door", ["page", "api"])
def test_assays_go_through_every_door(tmp_path, door):
    path = STORIES / "gold-in-dispute.toml"
    lines = path.read_text().splitlines()
    through = [f'{line}\ndoor = "{door}"' if line.startswith("do = ") else line for line in lines]
    (tmp_path / "story.toml").write_text("\n".join(through))
    there, here = told(tmp_path / "story.toml"), told(path)
    assert [(step["do"], step["done"]) for step in there["steps"]] == [
        (step["do"], step["done"]) for step in here["steps"]
    ]
    assert there["balance"]["elements"] == here["balance"]["elements"]


@pytest.mark.parametrize("door", ["page", "api"])
def test_the_same_story_through_another_door_ends_alike(tmp_path, door):
    path = STORIES / "whole-refusal.toml"
    lines = path.read_text().splitlines()
    through = [
        f'{line}\ndoor = "{door}"' if line.startswith("do = ") and "others" not in line else line for line in lines
    ]
    (tmp_path / "story.toml").write_text("\n".join(through))
    there, here = told(tmp_path / "story.toml"), told(path)
    assert outcome(there) == outcome(here)
    assert [set(step["ids"]) for step in there["steps"]] == [set(step["ids"]) for step in here["steps"]]
    for one, other in zip(there["balance"]["sites"], here["balance"]["sites"], strict=True):
        assert one == other


def test_a_story_says_how_it_was_signed(tmp_path):
    text = """
[organisation.yard]
economy = "MYS"
roles = ["dismantler"]
[facility.works]
organisation = "yard"
economy = "MYS"
lat = 5
lon = 100
[[step]]
do = "collect"
by = "yard"
door = "api"
at = "2025-09-01T09:00:00+08:00"
stream = "mixed-small-e-waste"
kg = 1
[[step]]
do = "collect"
by = "yard"
door = "api"
stream = "no-such-stream"
kg = 1
[[step]]
do = "close"
by = "yard"
door = "page"
"""
    (tmp_path / "story.toml").write_text(text)
    first, second, third = told(tmp_path / "story.toml")["steps"]
    assert first["done"]
    assert (second["refused"]["code"], second["refused"]["pointer"]) == ("unknown-stream", "/body/stream")
    assert third["refused"]["code"] == "not_yet"


def test_the_demonstration_as_a_file_gives_the_demonstrations_figures():
    played = told(demonstration.FILE)
    demo = json.loads(processes.run(["-m", "meguri", "demo", "--fresh", "--json"]).stdout)
    assert played["balance"]["closure_g"] == demo["closure_g"] == 0
    recovered = {row["element"]: row["recovered_g"] for row in played["balance"]["elements"]}
    assert {element: recovered[element] for element in demo["recovered_g"]} == demo["recovered_g"]
    assert played["balance"]["collected_g"] == demo["stages"]["collected_g"]
    assert played["balance"]["difference_g"] == demo["stages"]["weighing_difference_g"]
    verdicts = [step["ids"]["verdict"] for step in played["steps"] if step["do"] == "ask"]
    assert verdicts == [one["verdict"] for one in demo["verdicts"]]
    assert [step["do"] for step in played["steps"] if not step["done"]] == ["plan"]
    assert all(step["expected"] in (True, None) for step in played["steps"])


@pytest.mark.parametrize(
    ("text", "pointer", "code"),
    [
        ("step = 3", "/step", "missing"),
        ("[[step]]\nat = 2025-01-01T00:00:00Z", "/step/0/do", "key"),
        ('[[step]]\ndo = "colect"\nat = 2025-01-01T00:00:00Z', "/step/0/do", "key"),
        ('[[step]]\ndo = "clock"', "/step/0/at", "missing"),
        ('[[step]]\ndo = "close"\nat = 2025-01-01T00:00:00Z\nresaon = "x"', "/step/0/resaon", "key"),
        ('[[step]]\ndo = "collect"\nat = 2025-01-01T00:00:00Z\nstream = 3\nkg = 1', "/step/0/stream", "type"),
        ('[[step]]\ndo = "collect"\nat = 2025-01-01T00:00:00Z\nstream = "x"\nkg = "$none.kg"', "/step/0/kg", "number"),
        (
            '[organisation.x]\neconomy = 3\n[[step]]\ndo = "clock"\nat = 2025-01-01T00:00:00Z',
            "/organisation/x/economy",
            "type",
        ),
        ('[organisations.x]\n[[step]]\ndo = "clock"\nat = 2025-01-01T00:00:00Z', "/organisations", "key"),
        ('[[step]]\ndo = "clock"\nat = 2025-01-01T00:00:00Z\nscene = "none"', "/step/0/scene", "key"),
    ],
)
def test_what_is_wrong_in_a_file_is_said_with_its_place(text, pointer, code):
    with pytest.raises(Refused) as refused:
        story.parse(tomllib.loads(text))
    assert (pointer, code) in {(problem.pointer, problem.code) for problem in refused.value.problems}


def test_everything_wrong_is_said_at_once_and_the_command_exits_with_two(tmp_path):
    path = tmp_path / "story.toml"
    path.write_text('[[step]]\ndo = "colect"\n[[step]]\ndo = "clock"\nwhen = 3\n')
    done = play(path)
    assert done.returncode == 2
    document = json.loads(done.stdout)
    assert {error["pointer"] for error in document["errors"]} >= {"/step/0/do", "/step/1/when"}
    for wrong in (tmp_path / "none.toml", tmp_path):
        assert play(wrong).returncode == 2
    path.write_bytes(b"\xff\xfe\x00")
    assert play(path).returncode == 2


def test_an_instant_has_a_zone(tmp_path):
    text = (
        '[[step]]\ndo = "clock"\nat = 2025-01-01T00:00:00\n'
        '[[step]]\ndo = "clock"\nat = { day = "2025-01-02", time = "09:00", zone = "Asia/Nowhere" }\n'
        '[[step]]\ndo = "clock"\nat = { day = "2025-01-02", time = "09:00", zone = "Asia/Tokyo" }\n'
    )
    with pytest.raises(Refused) as refused:
        story.parse(tomllib.loads(text))
    assert [problem.pointer for problem in refused.value.problems] == ["/step/0/at", "/step/1/at"]


def test_what_is_told_late_is_claimed_when_it_happened(tmp_path):
    text = (STORIES / "whole-refusal.toml").read_text()
    late = text.replace("at = 2025-09-08T09:00:00+08:00", "at = 2025-08-31T18:00:00+08:00")
    (tmp_path / "story.toml").write_text(late)
    steps = told(tmp_path / "story.toml")["steps"]
    assert (steps[1]["do"], steps[1]["refused"]["code"]) == ("dismantle", "before")


def test_beyond_tolerance_it_says_who_must_agree(tmp_path):
    text = (STORIES / "whole-refusal.toml").read_text().replace('as = "bought"', 'as = "bought"\nratio = 0.9')
    (tmp_path / "story.toml").write_text(text)
    received = told(tmp_path / "story.toml")["steps"][3]
    assert received["done"]
    assert received["must_agree"] == ["penang-yard"]


def test_the_guide_lists_the_verbs_as_they_are():
    from meguri.play import verb_list

    document = verb_list.DOCUMENT.read_text(encoding="utf-8")
    assert verb_list.written(document) == document
    assert all(f"| `{verb}` |" in document for verb in VERBS)
    with pytest.raises(ValueError):
        verb_list.written("nothing")
