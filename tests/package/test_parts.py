"""The parts into which `./test` divides the tests: what the quick one leaves out is there."""

from __future__ import annotations

from pathlib import Path

import pytest

import dealing
import parts_plugin
from dealing import Deal

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


def passes(salt: str, claims: Path | None = None, whole: bool = False) -> list[Deal]:
    return [Deal(database, salt, claims, whole) for database in ("sqlite", "postgresql")]


@pytest.mark.parametrize("shared", [False, True])
def test_every_test_runs_in_a_pass_and_twice_only_for_its_database(request, shared, tmp_path):
    items = request.session.items
    free = parts_plugin.free(items)
    for item in items:
        touches = parts_plugin.touches_a_database(item)
        found = [one.database for one in passes("a", tmp_path if shared else None) if one.runs(item, touches)]
        marks = {mark.name for mark in item.iter_markers()}
        if marks & {"postgresql", "browser", "sqlite"}:
            assert found == ["sqlite" if "sqlite" in marks else "postgresql"]
        elif item in free:
            assert len(found) == (2 if shared else 1), item.nodeid
        else:
            assert len(found) == (1 if shared and not dealing.both(item) else 2), item.nodeid


@pytest.mark.django_db
def test_over_commits_a_test_runs_on_both_databases(request, tmp_path):
    found = {
        one.database
        for salt in "abcdefghij"
        for one in passes(salt, tmp_path)
        if one.mine("portal/test_metrics.py::test_work_disk_and_processes")
    }
    assert found == {"sqlite", "postgresql"}
    for core in ("journal/test_recording.py::test_x", "operate/test_backup.py::test_x"):
        assert core.startswith(dealing.CORE)
    assert not dealing.both(request.node)


@pytest.mark.django_db(transaction=True)
def test_what_commits_runs_on_both(request):
    assert dealing.both(request.node)


def test_files_without_a_database_are_run_by_one_of_the_passes(tmp_path, request):
    """Whatever the one has begun, the other leaves out, and nothing is left over."""
    items = [item for item in request.session.items if item.path == request.node.path]
    free = parts_plugin.free(items)
    one, other = passes("a", tmp_path)
    first = list(dealing.in_turn(one, items, free, ()))
    assert first == [item for item in items if item not in free] + [item for item in items if item in free]
    assert list(dealing.in_turn(other, items, free, ())) == [item for item in items if item not in free]


def test_of_many_things_each_pass_has_a_half_and_one_by_itself_all(tmp_path):
    many = [(address, n) for address in ("/a", "/b") for n in range(100)]
    for salt in ("one commit", "another"):
        halves = [{what for what in many if one.mine(*what)} for one in passes(salt, tmp_path)]
        assert halves[0] | halves[1] == set(many)
        assert not halves[0] & halves[1]
        assert all(60 < len(half) < 140 for half in halves)
    assert all(one.mine(*what) for one in passes("one commit") for what in many)


def test_a_sample_in_turns_leaves_nobody_out_and_is_another_for_another_commit():
    persons = list("abcdefghij")
    for salt in ("one commit", "another", "a third"):
        sample = passes(salt)[0]
        asked = [sample.some(persons, 3, turn) for turn in range(4)]
        assert all(len(set(one)) == 3 for one in asked)
        assert {person for one in asked for person in one} == set(persons)
    assert len({str(passes(str(salt))[0].some(persons, 3)) for salt in range(40)}) == len(persons)
    assert passes("any", whole=True)[0].some(persons, 3) == persons
    assert passes("any")[0].some(persons, 20) == persons


def test_a_commit_is_known_with_git_and_without(tmp_path):
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.py").write_text("1")
    before = dealing.salt_of_tree(tmp_path)
    (tmp_path / "src" / "b.py").write_text("2")
    dealing.salt_of_tree.cache_clear()
    assert dealing.salt_of_tree(tmp_path) != before
    assert dealing.salt_of_tree()


def test_whole_runs_alone_share(request, tmp_path):
    class Asked:
        def __init__(self, args):
            self.args = args

        def getoption(self, name, default=None):
            return {"--database": "sqlite", "--beside": tmp_path, "--salt": "a"}.get(name, default)

        def getini(self, name):
            return ["tests"]

    assert parts_plugin.deal(Asked(["tests"])).shared
    assert not parts_plugin.deal(Asked(["tests/law"])).shared
