"""What is written as CSV is read back the same."""

from __future__ import annotations

from meguri.kit.files import reading, writing


def test_what_is_written_is_read_back():
    head, rows = ("name", "said"), [("a", 'with, "quotes"'), ("b", "over\ntwo lines"), ("c", None)]
    text = writing.csv_of(head, rows)
    assert text.startswith('name,said\na,"with, ""quotes"""\n')
    assert [tuple(line.cells.values()) for line in reading.lines_of(text, "x.csv")] == [*rows[:2], ("c", "")]
    assert writing.csv_of(head, [], end="\r\n") == "name,said\r\n"
