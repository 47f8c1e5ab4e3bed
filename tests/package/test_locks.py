"""What is installed is locked: hashes, no address of an index, and one version in all locks."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
LOCKS = sorted(REPOSITORY.glob("requirements*.lock"))
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
NAME = re.compile(r"[A-Za-z0-9._-]+")


def locked(path: Path) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith(" "):
            name, _, rest = line.rstrip(" \\").partition("==")
            found.setdefault(name, set()).add(rest.partition(" ;")[0])
    return found


def names(requirements: list[str]) -> set[str]:
    return {NAME.match(text)[0].lower() for text in requirements}


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.name)
def test_a_lock_has_hashes_and_no_addresses(path):
    text = path.read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"^\s*--(?!hash=sha256:[0-9a-f]{64})", text, re.MULTILINE)
    for entry in re.split(r"\n(?=\S)", text.strip()):
        assert "--hash=sha256:" in entry, entry.splitlines()[0]


def test_the_locks_name_one_version_of_each():
    tools = locked(REPOSITORY / "requirements-dev.lock")
    run = locked(REPOSITORY / "requirements.lock")
    for name, versions in locked(REPOSITORY / "requirements-build.lock").items():
        assert run.get(name, versions) == versions, name
    assert {name.partition("[")[0] for name in run} <= {name.partition("[")[0] for name in tools}
    for name, versions in run.items():
        assert tools.get(name, versions) == versions, name


def test_what_is_asked_for_is_locked_and_nothing_else_by_name():
    run = {name.partition("[")[0] for name in locked(REPOSITORY / "requirements.lock")}
    tools = {name.partition("[")[0] for name in locked(REPOSITORY / "requirements-dev.lock")}
    build = set(locked(REPOSITORY / "requirements-build.lock"))
    assert names(PROJECT["project"]["dependencies"]) <= run
    assert names(PROJECT["dependency-groups"]["dev"]) <= tools
    assert names(PROJECT["build-system"]["requires"]) <= names(PROJECT["dependency-groups"]["build"]) <= build


def test_every_extra_is_among_the_tools_of_the_tests():
    """So that what an extra brings is tried."""
    tools = {name.partition("[")[0] for name in locked(REPOSITORY / "requirements-dev.lock")}
    for extra, requirements in PROJECT["project"]["optional-dependencies"].items():
        assert names(requirements) <= tools, extra


def test_the_version_is_the_one_of_the_newest_changes():
    version = PROJECT["project"]["version"]
    first = re.search(r"^## (\S+) \((\d{4}-\d\d-\d\d)\)$", (REPOSITORY / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert first
    assert first[1] == version
    assert f"`v{version}`" in (REPOSITORY / "CHANGELOG.md").read_text()


def test_every_extra_that_a_command_names_is_one():
    said = {
        extra
        for path in (REPOSITORY / "src").rglob("*.py")
        for extra in re.findall(r"meguri\[(\w+)\]", path.read_text(encoding="utf-8"))
    }
    assert said == set(PROJECT["project"]["optional-dependencies"])
