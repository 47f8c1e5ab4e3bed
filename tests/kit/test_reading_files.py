"""CSV and TOML are read in one way: whole, strictly, with everything that is wrong told with file and line."""

from __future__ import annotations

import pytest

from meguri.kit.files import reading
from meguri.kit.files.reading import TableError
from meguri.kit.problems import MeguriError


def told(call, *given, **more):
    with pytest.raises(TableError) as caught:
        call(*given, **more)
    assert isinstance(caught.value, MeguriError)
    return [problem.say("en") for problem in caught.value.problems]


def test_rows_come_with_their_places():
    first, second = reading.lines_of('a,b\n1,"x\ny"\n2,z\n', "t.csv", ["a", "b"])
    assert (first.place, first["b"], second.place, second["a"]) == ("t.csv, line 3", "x\ny", "t.csv, line 4", "2")
    assert reading.lines_of("a,b\n", "t.csv") == ()


@pytest.mark.parametrize(
    ("given", "columns", "needed", "right"),
    [
        ("", None, (), ["t.csv, line 1: the file is empty; its first line names the columns"]),
        ("a,a\n1,2\n", None, (), ["t.csv, line 1: a stands twice"]),
        ("a,c\n1,2\n", ["a", "b"], (), ["t.csv, line 1: the columns must be a,b; missing: b; not known: c"]),
        ("b,a\n1,2\n", ["a", "b"], (), ["t.csv, line 1: the columns must stand in this order: a,b"]),
        ("a\n1\n", None, ("source",), ["t.csv, line 1: missing: source"]),
        (
            "a,source\n1\n2,\n3,x,y\n4,ok\n",
            None,
            ("source",),
            [
                "t.csv, line 2: 1 cells where 2 are expected",
                "t.csv, line 3: source is empty",
                "t.csv, line 4: 3 cells where 2 are expected",
            ],
        ),
        ('a\n"1\n', None, (), ["t.csv, line 2: unexpected end of data"]),
    ],
)
def test_all_that_is_wrong_with_a_table(given, columns, needed, right):
    assert told(reading.lines_of, given, "t.csv", columns, needed) == right


def test_a_text_is_no_key_and_a_mark_at_the_beginning_is_none_of_it(tmp_path):
    assert reading.toml_of("a.b = '1.2.3'", "t.toml") == {"a": {"b": "1.2.3"}}
    (tmp_path / "t.csv").write_text("\ufeffa\n1\n", encoding="utf-8")
    assert [line["a"] for line in reading.lines(tmp_path / "t.csv", ("a",))] == ["1"]


def test_uneven_rows_are_given_to_whoever_answers_each_by_itself():
    found = reading.lines_of("a,b\n1,\n1\n1,2,3\n", "t.csv", held=("b",), uneven=True)
    assert [(dict(line.cells), line.even) for line in found] == [
        ({"a": "1", "b": ""}, True),
        ({"a": "1"}, False),
        ({"a": "1", "b": "2"}, False),
    ]
    assert told(reading.lines_of, "a\n1\n", "t.csv", None, ("a",), held=("b",)) == ["t.csv, line 1: missing: b"]


def test_an_error_at_a_row():
    (line,) = reading.lines_of("a\n1\n", "t.csv")
    assert str(line.fail("no such stream")) == "t.csv, line 2: no such stream"


@pytest.mark.parametrize(
    ("given", "right"),
    [
        ("a = 1\nb = \n", "t.toml, line 2: Invalid value"),
        ("a = [1,\n2", "t.toml, line 2: Unclosed array"),
        ("a = " + "[" * 5000, "t.toml: the file is nested too deeply"),
        ("a = " + "[" * 50 + "]" * 50, "t.toml: the file is nested too deeply"),
        ("a = 1\nb" + ".b" * 100_000 + " = 1", "t.toml, line 2: a key has too many parts"),
        ("[b" + " . 'b'" * 100_000 + "]", "t.toml, line 1: a key has too many parts"),
        ("a = { b" + '."b"' * 100_000 + " = 1 }", "t.toml, line 1: a key has too many parts"),
        ("a" * 500_000, "t.toml, line 1: Expected '=' after a key in a key/value pair"),
        (
            "a = " + "9" * 6000,
            "t.toml: a number has too many digits",
        ),
    ],
)
def test_what_is_wrong_with_toml(given, right):
    assert told(reading.toml_of, given, "t.toml") == [right]


def test_toml_or_json(tmp_path):
    assert reading.toml_or_json_of("a = 1", "t") == reading.toml_or_json_of(' {"a": 1}', "t") == {"a": 1}
    assert told(reading.toml_or_json_of, '{"a":\n1,}', "t") == [
        "t, line 2: Expecting property name enclosed in double quotes"
    ]
    assert told(reading.toml_or_json_of, '{"a":' * 100_000, "t") == ["t: the file is nested too deeply"]
    (tmp_path / "one.toml").write_text("a = 1")
    assert reading.toml(tmp_path / "one.toml") == {"a": 1}
    assert told(reading.toml, tmp_path / "one.toml", 3) == ["one.toml: a file has at most 3 characters, not 5"]
    assert told(reading.toml, tmp_path / "none.toml") == [
        "none.toml: the file cannot be read: No such file or directory"
    ]
    (tmp_path / "bytes.csv").write_bytes(b"\xff\xfe")
    assert told(reading.lines, tmp_path / "bytes.csv") == ["bytes.csv: the file is not text in UTF-8"]
