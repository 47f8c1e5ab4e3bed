"""Nothing without bounds: every member of every kept act, made too long, too many, unseen, without zone or year."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from meguri.journal import kinds
from meguri.journal.entry import bounds
from meguri.kit.problems import Refused

KEPT = Path(__file__).resolve().parent.parent / "kept"
ACTS = [
    pytest.param(line["act"], id=f"{path.stem}-{place}")
    for path in sorted(KEPT.glob("*.json"))
    for place, line in enumerate(json.loads(path.read_text())["acts"])
]


def parts(value, at=()):
    """Every place of a body, with what stands there."""
    yield at, value
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in inside:
        yield from parts(inner, (*at, name))


def altered(body, at, new):
    body = json.loads(json.dumps(body))
    if not at:
        return new
    inner = body
    for name in at[:-1]:
        inner = inner[name]
    inner[at[-1]] = new
    return body


def code(schema, body):
    try:
        bounds.check(schema, body)
    except Refused as error:
        return error.problems[0].code
    return ""


def undecoded(schema, body):
    """Whether a body is none for its schema: one of few words, say, or a day."""
    try:
        msgspec.convert(body, schema)
    except msgspec.ValidationError:
        return True
    return False


def test_every_kind_has_a_kept_act_to_be_altered():
    assert {act.values[0]["kind"] for act in ACTS} == {k.name for k in kinds.every() if not k.name.startswith("toy.")}


@pytest.mark.parametrize("act", ACTS)
def test_each_member_is_bounded(act):
    schema, body = kinds.find(act["kind"]).of(act["version"]).body, act["body"]
    assert code(schema, body) == ""
    for at, value in parts(body):
        where = (act["kind"], at)
        if isinstance(value, str):
            found = code(schema, altered(body, at, "x" * 600_000))
            assert found in ("length", "instant") or undecoded(schema, altered(body, at, "x" * 600_000)), where
            if "T" in value and value.endswith("Z") and value[:4].isdigit():
                for wrong in (value[:-1], "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00"):
                    assert code(schema, altered(body, at, wrong)) in ("instant", "year"), (where, wrong)
            elif value[:4].isdigit() and value[4:5] == "-" and len(value) == 10 and found != "length":
                for wrong in ("0001-01-01", "9999-12-31"):
                    assert code(schema, altered(body, at, wrong)) == "year", (where, wrong)
            elif found == "length":
                assert code(schema, altered(body, at, "seen\u202eunseen")) == "characters", where
        elif isinstance(value, list):
            many = altered(body, at, [value[0] if value else "x"] * 600_000)
            assert code(schema, many) == "many" or undecoded(schema, many), where
        elif isinstance(value, dict):
            assert code(schema, {**altered(body, at, {**value, **{f"k{n}": 1 for n in range(300)}})}) in (
                "unknown", "many"), where  # fmt: skip


@pytest.mark.parametrize("act", ACTS)
def test_no_member_is_taken_that_the_schema_does_not_know(act):
    schema, body = kinds.find(act["kind"]).of(act["version"]).body, act["body"]
    with pytest.raises(Refused) as caught:
        bounds.check(schema, {**body, "beside": 1})
    assert [(one.pointer, one.code) for one in caught.value.problems] == [("/body/beside", "unknown")]


def test_what_is_wrong_is_told_ten_at_a_time():
    schema = kinds.find("registry.admit").body
    with pytest.raises(Refused) as caught:
        bounds.check(schema, {f"n{n}": 1 for n in range(50)})
    assert len(caught.value.problems) == 10
