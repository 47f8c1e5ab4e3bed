"""The command that plants faults: one that a test notices, one that none does, and what is drawn at all."""

from __future__ import annotations

import ast
import glob
import json

import pytest

from mutations import operators
from mutations.__main__ import main

TOY = '''
"""A toy: 1 < 2."""


def within(grams: int, most: int = 3) -> bool:
    return grams <= 10


def longer(one: list[int], other: list[int]) -> int:
    return max(len(one), len(other))


def alone() -> int:
    return 7


ELSEWHERE = "postgresql"


def elsewhere() -> int:
    return 5
'''
TESTS = """
from meguri.journal import toy


def test_within():
    assert toy.within(10)
    assert not toy.within(11)


def test_longer():
    assert toy.longer([1], [2]) == 1


def test_elsewhere(pytestconfig):
    if pytestconfig.getoption("--database") == toy.ELSEWHERE:
        assert toy.elsewhere() == 5
"""


@pytest.fixture
def tree(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    root = tmp_path / "tree"
    for name, text in {
        "src/meguri/__init__.py": "",
        "src/meguri/journal/__init__.py": "",
        "src/meguri/journal/toy.py": TOY,
        "src/meguri/journal/web/page.py": "MOST = 1\n",
        "tests/journal/test_toy.py": TESTS,
        "conftest.py": "def pytest_addoption(parser):\n    parser.addoption('--database')\n",
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def test_a_planted_fault_is_noticed_and_another_is_not(tree, capsys):
    before = {path: path.read_bytes() for path in tree.rglob("*") if path.is_file()}
    arguments = ["--root", str(tree), "--rooms", "journal", "movement", "--count", "99", "--jobs", "1", "--json"]
    assert main(arguments) == 1
    said = capsys.readouterr()
    found = json.loads(said.out)
    assert list(found) == ["seed", "drawn", "killed", "survived", "timeout", "ratio", "survivors"]
    assert found["drawn"] == found["killed"] + found["survived"] + found["timeout"]
    assert found["ratio"] == round(found["killed"] / found["drawn"], 4)
    survivors = {(one["line"], one["diff"][1].strip("+ ")): one["tests"] for one in found["survivors"]}
    assert survivors[10, "return min(len(one), len(other))"] == ["tests/journal/test_toy.py::test_longer"]
    assert survivors[14, "return 8"] == []
    tried = glob.glob("/usr/lib/postgresql/*/bin/initdb")
    assert bool(tried) == ((21, "return 6") not in survivors)
    assert bool(tried) == ("on PostgreSQL killed" in said.err)
    assert not [diff for line, diff in survivors if line == 6]
    assert "killed" in said.err
    assert "no room movement" in said.err
    assert {path: path.read_bytes() for path in tree.rglob("*") if path.is_file()} == before

    (tree / "tests" / "journal" / "test_toy.py").write_text("def test_wrong():\n    assert False\n")
    assert main(arguments) == 2


def test_what_is_not_there_cannot_be_run(tree):
    assert main(["--root", str(tree), "--rooms", "movement"]) == 2


def made(source):
    """The sources with each change that is found in one, and the operator."""
    signatures = operators.Signatures()
    signatures.read(ast.parse(source))
    found = [(operators.changed(source, change), change.operator) for change in operators.find(source, signatures)]
    return {(new.strip(), operator) for new, operator in found if new}


@pytest.mark.parametrize(
    ("before", "operator", "after"),
    [
        ("def f(a):\n    if a < 1:\n        raise E\n    return a", "comparison", "if a <= 1:"),
        ("def f(a):\n    if a < 1:\n        raise E\n    return a", "comparison", "if a >= 1:"),
        ("def f(a):\n    if a not in (1, 2):\n        g(a)", "comparison", "if a in (1, 2):"),
        ("def f(a):\n    if a:\n        raise E('x')\n    return a", "statement left out", "    pass\n    return a"),
        ("def f(a):\n    check(a)\n    return a", "statement left out", "    pass\n    return a"),
        ("def f(a):\n    check(a)\n    put(a)", "returns at once", "    return\n    put(a)"),
        ("def f(a):\n    return a + 1", "arithmetic", "return a - 1"),
        ("def f(a):\n    return a + 1", "answer", "return None"),
        ("def f(a, b) -> bool:\n    return a and not b", "and, or", "return a or not b"),
        ("def f(a, b) -> bool:\n    return a and not b", "condition left out", "return (a)"),
        ("def f(a, b) -> bool:\n    return a and not b", "negation", "return a and (b)"),
        ("def f(a):\n    return (*a.used, a.now)", "element left out", "return (a.now,)"),
        ("def f(a):\n    return [b for b in a if b > 2]", "condition left out", "return [b for b in a]"),
        ("def f(a):\n    return replace(a, b=2, c=3)", "argument left out", "return replace(a, c=3)"),
        ("def f(a: int, b: int):\n    return f(b, a)", "arguments swapped", "return f(a, b)"),
        ("def f(a, b):\n    return a if b else ''", "choice", "return (a)"),
    ],
)
def test_faults_that_are_planted(before, operator, after):
    assert [new for new, name in made(before) if name == operator and after in new]


@pytest.mark.parametrize(
    "source",
    [
        'def f(a: Annotated[int, 3]) -> "tuple[1]":\n    """Doc 1."""\n    assert a > 1\n    ...',
        "X = Words('one', 1)",
        "class A:\n    class Meta:\n        ordering = (1, 2)",
        "A = int | None",
        "def f():\n    if vendor == 'postgresql':\n        g(1)\n        h(2)",
        "def f():\n    with c:\n        if vendor != 'postgresql':\n            return\n        g(1)",
    ],
)
def test_what_is_left_alone(source):
    assert made(source) == set()
