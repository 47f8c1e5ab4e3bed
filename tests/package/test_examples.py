"""The examples of the README, the how-tos and the docstrings: each is run as it stands.

On a page, from top to bottom in an empty folder with an empty home:
``toml title="FILE"`` is a file that somebody writes; ``python`` is run, and where an expression has a comment that is
itself an expression, that is its value; ``sh`` that begins with ``meguri`` is run, and each of its lines must succeed.
"""

from __future__ import annotations

import ast
import doctest
import importlib
import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

import meguri
import processes

REPOSITORY = Path(__file__).resolve().parents[2]
README, JAPANESE = REPOSITORY / "README.md", REPOSITORY / "README.ja.md"
PAGES = [
    README,
    *sorted((REPOSITORY / "docs" / "how-to").glob("*.md")),
]
FENCE = re.compile(r'^( *)```(\w+)(?: title="([\w.-]+)")?\n(.*?)^\1```$', re.MULTILINE | re.DOTALL)
COMMENT = re.compile(r"\s# (.+)$")


def values(text: str) -> list[tuple[ast.stmt, ast.Expression | None]]:
    """The statements of an example, and beside an expression the value that it is said to have."""
    lines = text.splitlines()
    found: list[tuple[ast.stmt, ast.Expression | None]] = []
    for one in ast.parse(text).body:
        said = COMMENT.search(lines[(one.end_lineno or 0) - 1]) if isinstance(one, ast.Expr) else None
        value = None
        if said:
            try:
                value = ast.parse(said[1], mode="eval")
            except SyntaxError:  # a remark, in words
                value = None
        found.append((one, value))
    return found


def run_python(text: str, known: dict[str, Any]) -> int:
    """Run an example; returns how many values it states."""
    stated = 0
    for one, value in values(text):
        if value is None or not isinstance(one, ast.Expr):
            exec(compile(ast.Module([one], []), "example", "exec"), known)
            continue
        got = eval(compile(ast.Expression(one.value), "example", "eval"), known)
        expected = eval(compile(value, "example", "eval"), known)
        assert got == expected, f"{ast.unparse(one)} is {got!r}, not {expected!r}"
        stated += 1
    return stated


def run_sh(text: str, folder: Path, home: Path) -> None:
    """Run lines of a shell in a folder, where `meguri` and `python` are those of these tests."""
    tools = folder.parent / "tools"
    if not tools.exists():
        tools.mkdir()
        # What serves is ended by a signal, so that it is a process of its own; all else is forked.
        of_its_own = f'exec "{sys.executable}" -m meguri "$@"'
        forked = processes.tool("-m", "meguri").partition("\n")[2]
        (tools / "meguri").write_text(f'#!/bin/sh\nif [ "${{1:-}}" = serve ]; then {of_its_own}; fi\n{forked}')
        (tools / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        for name in ("meguri", "python"):
            (tools / name).chmod(0o755)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MEGURI_", "DJANGO_"))}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", text],
        env={
            **kept,
            "PATH": f"{tools}:{kept['PATH']}",
            "PYTHONPATH": os.pathsep.join([str(Path(meguri.__file__).parents[1])]),
            "MEGURI_HOME": str(home),
            "MEGURI_MODE": "local",
            "LC_ALL": "C.UTF-8",
        },
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, f"{text}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"


def examples(text: str) -> list[tuple[str, str, str]]:
    """The examples of a page: language, title, text."""
    return [
        (kind, title, textwrap.dedent(body) if indent else body) for indent, kind, title, body in FENCE.findall(text)
    ]


def run_page(text: str, folder: Path, home: Path) -> int:
    """Run every example of a page; returns how many there were."""
    known: dict[str, Any] = {}
    count = 0
    for kind, title, example in examples(text):
        if title:
            (folder / title).write_text(example, encoding="utf-8")
        elif kind == "python":
            run_python(example, known)
        elif kind == "sh" and example.startswith("meguri"):
            run_sh(example, folder, home)
        else:
            continue
        count += 1
    return count


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_the_examples_of_a_page_run(path, tmp_path, monkeypatch):
    folder = tmp_path / "folder"
    folder.mkdir()
    for beside in path.parent.glob("*.json"):
        shutil.copy(beside, folder)
    monkeypatch.chdir(folder)
    count = run_page(path.read_text(encoding="utf-8"), folder, tmp_path / "home")
    # Deploying needs containers, which are not there.
    assert count or path.stem == "deploy"


def test_the_japanese_readme_has_the_same_examples(tmp_path):
    """What it says otherwise is run; the rest is run from the English one."""
    english, japanese = (examples(path.read_text(encoding="utf-8")) for path in (README, JAPANESE))
    assert english
    assert [(kind, title, text.replace(" --lang ja", "")) for kind, title, text in japanese] == english
    known = {line for _, _, text in english for line in text.splitlines()}
    other = [line for _, _, text in japanese for line in text.splitlines() if line not in known]
    assert all(line.startswith("meguri verdict ") for line in other)
    (tmp_path / "folder").mkdir()
    run_sh("\n".join(other), tmp_path / "folder", tmp_path / "home")


@pytest.mark.parametrize(
    "wrong",
    [
        "```python\n1 + 1  # 3\n```",
        "```python\nraise KeyError\n```",
        "```python\n[\n    1,\n]  # [2]\n```",
        "```sh\nmeguri no-such-command\n```",
        "```sh\nmeguri --help > help.txt\ngrep -q 'not in it' help.txt\n```",
        "1. A step\n\n    ```python\n    1  # 2\n    ```",
    ],
)
def test_an_example_that_is_wrong_is_noticed(wrong, tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises((AssertionError, KeyError)):
        run_page(wrong, tmp_path / "folder", tmp_path / "home")


def documented() -> list[str]:
    """Every module with an example in a docstring that is not marked as a sketch."""
    source = REPOSITORY / "src"
    return [
        ".".join(path.relative_to(source).with_suffix("").parts).removesuffix(".__init__")
        for path in sorted((source / "meguri").rglob("*.py"))
        if re.search(r"^\s*>>> (?!.*\+SKIP)", path.read_text(encoding="utf-8"), re.MULTILINE)
    ]


@pytest.mark.parametrize("name", documented())
def test_the_examples_of_a_module_run(name):
    failed, tried = doctest.testmod(importlib.import_module(name), optionflags=doctest.ELLIPSIS)
    assert tried
    assert not failed


def test_there_are_examples_in_docstrings():
    assert documented()
