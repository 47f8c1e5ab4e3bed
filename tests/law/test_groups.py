"""Groups of States are data: what their table says, and what it may not say."""

from __future__ import annotations

from datetime import date

import pytest

from meguri.law import TableError, groups, tables

GROUPS = dict(row for row in ((row["group"], row) for _, row in tables.rows("groups.csv")))
MEMBERS = [row for _, row in tables.rows("members.csv")]


@pytest.fixture
def told(monkeypatch):
    """Read other rows in place of those of the tables of groups and members."""

    def say(*changed, members=MEMBERS):
        said = {"groups.csv": [*GROUPS.values(), *changed], "members.csv": members}

        def rows(name):
            return ((f"{name}, line {number}", row) for number, row in enumerate(said[name], 2))

        monkeypatch.setattr(tables, "rows", rows)
        for cached in (groups.groups, groups._members, groups.unions, groups.states, groups.matches, groups.any_of):
            cached.cache_clear()

    yield say
    monkeypatch.undo()
    for cached in (groups.groups, groups._members, groups.unions, groups.states, groups.matches, groups.any_of):
        cached.cache_clear()


def row(**more):
    return dict.fromkeys(GROUPS["@eu"], "") | {"group": "@new", "holds": "listed"} | more


def member(economy, since="", until="", group="@new"):
    return {"group": group, "economy": economy, "from": since, "to": until}


@pytest.mark.parametrize(
    ("group", "economy", "on", "holds"),
    [
        ("@basel-party", "USA", "2025-01-01", False),
        ("@basel-nonparty", "USA", "2025-01-01", True),
        ("@oecd", "CRI", "2021-05-24", False),
        ("@oecd", "CRI", "2021-05-25", True),
        ("@annex-vii", "LIE", "2025-01-01", True),
        ("@annex-vii", "SGP", "2025-01-01", False),
        ("@eu", "GBR", "2018-01-01", True),
        ("@eu", "GBR", "2025-01-01", False),
    ],
)
def test_who_is_in_a_group_on_a_day(group, economy, on, holds):
    assert groups.matches(group, economy, date.fromisoformat(on)) is holds


def test_members_come_go_and_come_again(told):
    told(
        row(since="listed", until="listed"),
        members=[
            member("JPN", "2020-01-01", "2020-12-31"),
            member("JPN", "2024-01-01"),
            member("KOR", "", "2022-05-01"),
        ],
    )
    days = (date(2019, 12, 31), date(2020, 6, 1), date(2021, 1, 1), date(2024, 1, 1))
    assert [groups.matches("@new", "JPN", day) for day in days] == [False, True, False, True]
    assert (groups.since("@new", "JPN"), groups.until("@new", "JPN")) == (date(2024, 1, 1), None)
    assert (groups.since("@new", "KOR"), groups.until("@new", "KOR")) == (None, date(2022, 5, 1))
    assert (date(2020, 1, 1), date(2020, 12, 31)) in set(groups.days())


def test_ways_and_conditions(told):
    told(row(holds="@oecd+!@eu;undated:basel_in_force_from+basel_status=party"), row(group="@union", law_of="TWN"))
    assert groups.matches("@new", "JPN", date(2025, 1, 1))
    assert not groups.matches("@new", "DEU", date(2025, 1, 1))
    assert groups.unions() == {"EUE": "@eu", "TWN": "@union"}
    assert "TWN" not in groups.states()


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"group": "new"}, "called such as @oecd"),
        ({"group": "@eu"}, "stands once"),
        ({"holds": ""}, "“” says nothing known"),
        ({"holds": "basel_status"}, "“basel_status” says nothing known"),
        ({"holds": "since:basel_in_force_from"}, "says nothing known"),
        ({"holds": "from:colour"}, "says nothing known"),
        ({"holds": "@asean"}, "“@asean” is not another group"),
        ({"holds": "!@new"}, "“@new” is not another group"),
        ({"doubt": "@asean"}, "“@asean” is not another group"),
        ({"since": "colour"}, "since is a column"),
        ({"law_of": "XXX"}, "law_of is an economy"),
    ],
)
def test_a_group_that_says_nothing_known_is_refused_with_its_line(told, wrong, says):
    told(row(**wrong))
    with pytest.raises(TableError, match=says) as caught:
        groups.groups()
    assert str(caught.value).startswith(f"groups.csv, line {len(GROUPS) + 2}: ")


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (member("XXX"), "“XXX” is not an economy"),
        (member("JPN", group="@oecd"), "not a group whose members are listed"),
        (member("JPN", "soon"), "soon"),
    ],
)
def test_a_member_that_cannot_be_is_refused_with_its_line(told, wrong, says):
    told(row(), members=[wrong])
    with pytest.raises(TableError, match=says) as caught:
        groups._members()
    assert str(caught.value).startswith("members.csv, line 2: ")
