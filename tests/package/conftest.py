"""Meguri as somebody gets it who has no checkout: its wheel in a virtual environment of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import django
import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
DEPENDENCIES = Path(django.__file__).resolve().parents[1]


@dataclass(frozen=True)
class Installed:
    """An environment into which the wheel was installed, and a user's empty home."""

    wheel: Path
    environment: Path
    home: Path

    @property
    def variables(self) -> dict[str, str]:
        """What a command is given: nothing of these tests' own surroundings, and no MEGURI_HOME."""
        return {"PATH": f"{self.environment / 'bin'}:/usr/bin:/bin", "HOME": str(self.home), "LC_ALL": "C.UTF-8"}

    @property
    def command(self) -> str:
        return str(self.environment / "bin" / "meguri")

    def run(self, *words: str, code: int = 0, **more: str) -> str:
        done = subprocess.run(
            [self.command, *words],
            env={**self.variables, **more},
            cwd=self.home,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == code, done.stdout + done.stderr
        assert "Traceback" not in done.stderr, done.stderr
        return done.stdout + done.stderr

    def python(self, text: str) -> str:
        """What a program prints in that environment."""
        return subprocess.run(
            [str(self.environment / "bin" / "python"), "-c", text],
            env=self.variables,
            cwd=self.home,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()

    def files(self) -> set[str]:
        """Every file of the environment but what Python itself keeps compiled."""
        return {
            path.relative_to(self.environment).as_posix()
            for path in self.environment.rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }


def _call(*words: str | Path, **variables: str) -> None:
    done = subprocess.run(
        [*map(str, words)],
        env={**os.environ, **variables},
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel built and installed without a network; its dependencies are those of the tests, seen by a path file.

    A path file in a folder that is itself added by one is not read, so the checkout is not seen.
    """
    folder = tmp_path_factory.mktemp("installed")
    environment, home = folder / "environment", folder / "home"
    home.mkdir()
    _call(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder)
    (wheel,) = folder.glob("meguri-*.whl")
    _call(sys.executable, "-m", "venv", "--without-pip", environment)
    words = ("install", "--quiet", "--no-deps", "--no-index", "--no-compile", wheel)
    _call(sys.executable, "-m", "pip", "--python", environment / "bin" / "python", *words)
    (packages,) = environment.glob("lib/python*/site-packages")
    (packages / "dependencies.pth").write_text(f"{DEPENDENCIES}\n")
    return Installed(wheel, environment, home)
