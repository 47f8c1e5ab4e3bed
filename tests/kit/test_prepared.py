"""What a connection to PostgreSQL is told once and then says by name."""

from __future__ import annotations

import pytest
from django.db import DataError, connection, transaction

from meguri.kit.running import prepared

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db]
ODD = ["a", "", "NULL", "null", 'a"b', "a\\b", "\\", "{a,b}", "a,b", " a ", "a\nb", "it's", "%s", "$1", "亜", "é"]


def said(*statements):
    with connection.cursor() as cursor:
        prepared.execute(cursor, statements)
        found = [cursor.fetchall()]
        while cursor.nextset():
            found.append(cursor.fetchall())
        return found


def known():
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_prepared_statements WHERE name LIKE 'meguri_%%'")
        return {name for (name,) in cursor.fetchall()}


def test_values_arrive_as_they_were_given():
    each = "SELECT * FROM unnest(%s::text[])"
    numbers = "SELECT * FROM unnest(%s::bigint[], %s::boolean[])"
    assert said((each, [ODD]), (numbers, [[1, -(2**63)], [True, False]]), (each, [[]])) == [
        [(one,) for one in ODD],
        [(1, True), (-(2**63), False)],
        [],
    ]
    assert said(("SELECT %s::text, %s::bytea, '%%', 7 %% 4", ["it's %s", b"\x00\xff"])) == [
        [("it's %s", b"\x00\xff", "%", 3)]
    ]
    with pytest.raises(TypeError):
        said((each, [[1.5]]))


def test_a_statement_is_planned_once_and_anew_before_long(monkeypatch):
    first = known()
    assert [said(("SELECT %s::int + 1", [n]))[0][0][0] for n in range(prepared.USES)] == list(
        range(1, prepared.USES + 1)
    )
    once = known() - first
    assert len(once) == 1
    said(("SELECT %s::int + 1", [1]))
    again = known() - first
    assert len(again) == 1
    assert again != once
    monkeypatch.setattr(prepared.time, "monotonic", lambda: 1e12)
    said(("SELECT %s::int + 1", [1]))
    assert not again & known()


def test_no_more_are_kept_than_so_many(monkeypatch):
    monkeypatch.setattr(prepared, "MOST", 5)
    for n in range(12):
        said((f"SELECT {n} + %s::int", [1]), ("SELECT %s::int", [2]))
    assert len(prepared._PLANS[connection.connection]) <= 5


def test_what_failed_half_way_can_be_said_again():
    for _ in range(2):
        with pytest.raises(DataError), transaction.atomic():
            said(("SELECT 1 / %s::int", [0]))
        with pytest.raises(Exception, match="no_such_table"), transaction.atomic():
            said(("SELECT 3 + %s::int", [1]), ("SELECT * FROM no_such_table", []))
    assert said(("SELECT 1 / %s::int", [1]), ("SELECT 3 + %s::int", [1])) == [[(1,)], [(4,)]]
