"""Short work in a process of its own: what it answers, what it may take, and how many there are."""

from __future__ import annotations

import os
import threading
import time

import pytest

from meguri.kit.problems import Busy, Refused
from meguri.kit.work import apart
from meguri.kit.work.apart import Bounds

WORK = """
import os, time
from meguri.kit.problems import refuse

def echo(given):
    return given[::-1]

def surroundings(given):
    return " ".join(sorted(os.environ)).encode()

def limits(given):
    import resource
    return repr((resource.getrlimit(resource.RLIMIT_CPU)[0], resource.getrlimit(resource.RLIMIT_AS)[0])).encode()

def refused(given):
    raise refuse("Line {line} is “{text}”.", "/draft", "draft", line=3, text=ValueError("bad"))

def greedy(given):
    held = []
    while True:
        held.append(bytearray(16 * 2**20))

def endless(given):
    while True:
        pass

def asleep(given):
    time.sleep(600)

def deep(given):
    import sys
    sys.setrecursionlimit(10**9)
    def down(n):
        return [down(n + 1)]
    return down(0)

def long(given):
    return b"x" * 3 * 2**20

def broken(given):
    return 1 / 0

def waits(given):
    folder = given.decode()
    open(os.path.join(folder, "begun" + str(os.getpid())), "w").close()
    while not os.path.exists(os.path.join(folder, "end")):
        time.sleep(0.02)
    return b"done"
"""


@pytest.fixture
def work(tmp_path, settings, monkeypatch):
    (tmp_path / "work_apart.py").write_text(WORK)
    settings.DATA = tmp_path / "data"
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]))

    def run(name, given=b"", caller="me", **bounds):
        return apart.run(f"work_apart:{name}", given, caller, Bounds(**bounds))

    return run


def test_bytes_go_in_and_come_out(work):
    assert work("echo", b"abc") == b"cba"


def test_no_secret_goes_along(work, monkeypatch):
    monkeypatch.setenv("MEGURI_SECRET_KEY", "hidden")
    names = work("surroundings").decode().split()
    assert "PATH" in names
    assert not [name for name in names if name.startswith(apart.OWN)]


def test_it_is_bounded(work):
    assert work("limits", cpu_s=7, memory_mb=900) == repr((7, 900 * 2**20)).encode()


def test_a_refusal_arrives_with_its_place(work):
    with pytest.raises(Refused, match="Line 3 is “bad”") as refused:
        work("refused")
    assert (refused.value.problems[0].pointer, refused.value.problems[0].code) == ("/draft", "draft")


@pytest.mark.parametrize(
    ("name", "bounds"),
    [
        ("greedy", {"memory_mb": 800}),
        ("endless", {"cpu_s": 1}),
        ("asleep", {"wall_s": 0.5}),
        ("deep", {"memory_mb": 400}),
        ("long", {"answer_mb": 2}),
    ],
)
def test_what_takes_too_much_is_ended(work, name, bounds):
    with pytest.raises(Refused, match="more time or memory"):
        work(name, **bounds)
    assert work("echo", b"ab") == b"ba"


def test_a_fault_of_ours_is_none_of_theirs(work):
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        work("broken")


def test_so_many_at_once_and_one_of_each_caller(work, tmp_path):
    """Whoever comes beyond that is told to come again; afterwards there is room."""
    folder = str(tmp_path).encode()
    answers: list[bytes] = []
    going = [
        threading.Thread(target=lambda n=n: answers.append(work("waits", folder, f"caller {n}", at_once=2)))
        for n in range(2)
    ]
    for one in going:
        one.start()
    while len(list(tmp_path.glob("begun*"))) < 2:
        time.sleep(0.02)
    with pytest.raises(Busy, match="Of you"):
        work("echo", b"ab", "caller 0", at_once=9, wait_s=0.0)
    with pytest.raises(Busy, match="Others"):
        work("echo", b"ab", "somebody else", at_once=2, wait_s=0.0)
    (tmp_path / "end").touch()
    for one in going:
        one.join()
    assert answers == [b"done", b"done"]
    assert work("echo", b"ab", "caller 0", at_once=2, wait_s=0.0) == b"ba"
