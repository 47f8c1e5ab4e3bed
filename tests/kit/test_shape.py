"""Bounds on what is sent, before anything reads it; and that whatever reads it asks for them."""

from __future__ import annotations

import ast
import json

import pytest

from conftest import REPOSITORY
from meguri.kit.files import reading, shape
from meguri.kit.files.shape import Misshapen, Shape
from meguri.kit.web.requests.api import read_json
from meguri.kit.web.requests.problem_pages import Unreadable

SMALL = Shape(characters=20, lines=3, longest=9, values=4)
SOURCE = REPOSITORY / "src" / "meguri"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("x" * 9, None),
        ("1,2\n3,4\n5,6", None),
        ("x" * 21, "at most 20 characters are read, not 21"),
        ("a\nb\nc\nd", "at most 3 lines are read, not 4"),
        ("1,2,3,4,5,6", "at most 4 values are read, not 5"),
        ("ab\n" + "x" * 10, "line 2 has 10 characters; at most 9 are read"),
    ],
)
def test_what_is_too_much_is_named(given, said):
    assert shape.text_fault(given, SMALL) == said


@pytest.mark.parametrize("read", [reading.toml_of, reading.lines_of, reading.toml_or_json_of])
def test_every_reader_of_text_is_bounded(read, monkeypatch):
    monkeypatch.setattr(shape, "TOML", SMALL)
    monkeypatch.setattr(shape, "CSV", SMALL)
    with pytest.raises(reading.TableError, match="at most 3 lines are read"):
        read("a\nb\nc\nd\n", "given.txt")


@pytest.mark.parametrize("deep", [b"[" * 41 + b"]" * 41, b'{"a":' * 41 + b"1" + b"}" * 41, b"[{" * 10**6])
def test_deep_json_is_refused_before_it_is_parsed(deep):
    with pytest.raises(Misshapen):
        shape.require_json(deep)


def test_json_as_deep_and_wide_as_is_read():
    shape.require_json(b"[" * 40 + b"]" * 40)
    shape.require_json(json.dumps({"text": "[{" * 1000, "quoted": 'a"[' * 100, "more": [[]] * 100}).encode())
    with pytest.raises(Misshapen, match="300000 values"):
        shape.require_json(b"[" + b"1," * 300_001 + b"1]")


def test_brackets_in_an_unended_string_take_no_longer_than_the_text():
    """Seen as a string without an end, each quotation mark would begin the search anew."""
    with pytest.raises(Unreadable):
        read_json(b'"\\' * 500_000 + b"[" * 50)


@pytest.mark.parametrize("given", [b"NaN", b'{"a": Infinity}', b"9" * 5_000, b"{", b"", b"\xff", b'{"a": 01}'])
def test_what_is_no_json_is_told(given):
    with pytest.raises(Unreadable):
        read_json(given)


def test_whatever_takes_the_body_of_a_request_bounds_it():
    """A new endpoint that reads the body itself asks for the bounds too, or leaves it to the API."""
    taking = {
        file.relative_to(SOURCE).as_posix(): file.read_text(encoding="utf-8")
        for file in SOURCE.rglob("*.py")
        if any(
            isinstance(node, ast.Attribute) and node.attr == "body" and getattr(node.value, "id", "") == "request"
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        )
    }
    assert set(taking) >= {"journal/web/api.py", "kit/web/requests/api.py"}
    assert [name for name, text in taking.items() if "require_json(" not in text] == []
