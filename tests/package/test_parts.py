"""The parts into which `./test` divides the tests: what the quick one leaves out is there."""

from __future__ import annotations

from pathlib import Path

import pytest

import parts_plugin

TESTS = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize("path", sorted(parts_plugin.SLOW))
def test_a_file_that_is_left_out_exists(path):
    assert (TESTS / path).is_file()
    assert parts_plugin.SLOW[path]


@pytest.mark.django_db
def test_what_touches_a_database_is_known(request):
    assert parts_plugin.touches_a_database(request.node)


def test_what_touches_none_is_known_too(request):
    assert not parts_plugin.touches_a_database(request.node)
    assert parts_plugin.file_of(request.node.nodeid) == "package/test_parts.py"


@pytest.mark.parametrize("beside", [False, True])
def test_every_test_runs_in_a_pass_and_twice_only_for_its_database(request, beside):
    for item in request.session.items:
        passes = [name for name in ("sqlite", "postgresql") if parts_plugin.runs_in(name, item, beside)]
        marks = {mark.name for mark in item.iter_markers()}
        own = marks & ({"postgresql", "browser", "either"} if beside else {"postgresql", "browser"})
        assert len(passes) == (2 if parts_plugin.touches_a_database(item) and not own else 1), item.nodeid
        assert not own or passes == ["postgresql"]


def test_of_many_things_each_pass_has_a_half_and_one_by_itself_all():
    class Asked:
        def __init__(self, database, beside, args):
            self.options, self.args = {"--database": database, "--beside": beside}, args

        def getoption(self, name, default=None):
            return self.options.get(name, default)

        def getini(self, name):
            return ["tests"]

    many = [(address, n) for address in ("/a", "/b") for n in range(100)]
    halves = [
        {what for what in many if parts_plugin.dealt(Asked(database, True, ["tests"]))(*what)}
        for database in ("sqlite", "postgresql")
    ]
    assert halves[0] | halves[1] == set(many)
    assert not halves[0] & halves[1]
    assert all(60 < len(half) < 140 for half in halves)
    for alone in (Asked("sqlite", False, ["tests"]), Asked("sqlite", True, ["tests/law"])):
        assert all(parts_plugin.dealt(alone)(*what) for what in many)
