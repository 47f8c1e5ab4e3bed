"""Copies the tree, learns which test runs which line, draws faults and tries them."""

from __future__ import annotations

import ast
import glob
import hashlib
import json
import os
import queue
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import operators

WORKER = Path(__file__).resolve().parent / "worker.py"
LEFT_OUT = frozenset(
    {
        "web",
        "migrations",
        "locale",
        "commands",
        "management",
        "bench",
        "measure",
        "measuring",
        "workloads",
        "laps",
        "timing",
        "apps",
    }
)
"""Folders and modules in which no fault is planted: pages, what is generated, the terminal, what only measures,
and the list of what is imported."""
NOT_COPIED = (".git", ".venv", "var", "__pycache__", ".*_cache", ".hypothesis", "node_modules", "*.pyc", "*.egg-info")
TESTS_BESIDE = ("exchange", "portal")
"""Rooms whose tests drive the record through its doors."""


class CannotRun(Exception):
    """Nothing could be tried, and why."""


@dataclass(frozen=True)
class Reached:
    """Which tests run which line of which file, how long each takes, and those that fail without any fault."""

    seconds: dict[str, float]
    failed: tuple[str, ...]
    contexts: tuple[str, ...]
    lines: dict[str, dict[str, list[int]]]
    heavy: tuple[str, ...]

    def tests(self, file: str, change: operators.Change, within: float) -> list[str]:
        """The tests that meet a change, so many that they take `within` seconds without it: those of its room first,
        then the quick ones. Told file by file, so that what a file sets up is set up once.

        What is run while importing is met by every test of the room and by all that run anything of the file.
        """
        lines = self.lines.get(file, {})
        first, last = change.reach
        here = [str(number) for number in range(first, last + 1)]
        found = {self.contexts[index] for number in here for index in lines.get(number, ())}
        room = f"tests/{Path(file).parts[2]}/"
        # A function that registers something may be run while importing alone.
        if change.imported or (not found and any(number in lines for number in here)):
            found = {self.contexts[index] for indices in lines.values() for index in indices}
            found |= {test for test in self.seconds if test.startswith(room)}
        names = [
            test
            for test in self.seconds
            if (test in found or test.partition("::")[0] in found) and test not in self.failed
        ]
        spent = 0.0
        chosen: set[str] = set()
        for test in sorted(names, key=lambda test: (not test.startswith(room), self.seconds[test])):
            if spent + self.seconds[test] <= within or not chosen:
                spent += self.seconds[test]
                chosen.add(test)
        files: dict[str, list[str]] = {}
        for test in names:
            if test in chosen:
                files.setdefault(test.partition("::")[0], []).append(test)

        def quick(name: str) -> tuple[bool, float]:
            return not name.startswith(room), sum(self.seconds[test] for test in files[name]) / len(files[name])

        return [test for name in sorted(files, key=quick) for test in files[name]]


@dataclass(frozen=True)
class Fault:
    """A change in a file, with the source that it makes and the tests that meet it."""

    file: str
    change: operators.Change
    source: str
    diff: tuple[str, ...]
    tests: tuple[str, ...]

    @property
    def module(self) -> str:
        """The name by which the file is imported."""
        parts = Path(self.file).with_suffix("").parts[1:]
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@contextmanager
def copied(root: Path) -> Iterator[Path]:
    """A copy of the tree in a temporary folder, which is where everything else is written, too."""
    with tempfile.TemporaryDirectory(prefix="meguri-mutations-") as folder:
        place = Path(folder) / "tree"
        shutil.copytree(root, place, ignore=shutil.ignore_patterns(*NOT_COPIED))
        messages = place / "src" / "meguri" / "kit" / "messages.py"
        if messages.exists():
            subprocess.run(
                [sys.executable, "-m", "meguri.kit.messages"],
                cwd=place,
                env=surroundings(place, root),
                stdout=subprocess.DEVNULL,
                check=True,
            )
        yield place


def surroundings(place: Path, root: Path) -> dict[str, str]:
    """The environment of tests in the copy; nothing of a run of tests, or of a Meguri, that this is started from."""
    temporary = place.parent / "temporary"
    temporary.mkdir(exist_ok=True)
    return {
        **{name: text for name, text in os.environ.items() if not name.startswith(("MEGURI_", "DJANGO_", "PYTEST_"))},
        "MEGURI_FIXTURES": os.environ.get("MEGURI_FIXTURES") or str(root.parent / "shared" / "fixtures"),
        "PYTHONPATH": str(place / "src"),
        "TMPDIR": str(temporary),
        # Forks are plenty; threads of the linear algebra under each would only wait for one another.
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }


def fingerprint(place: Path, asked: Sequence[str]) -> str:
    """What a run under coverage depends on: every file of the tree, written down or not, and what was asked."""
    found = hashlib.sha256("\0".join([sys.version, WORKER.read_text(), *asked]).encode())
    for file in sorted(place.rglob("*")):
        if file.is_file() and file.suffix in {".py", ".toml", ".html", ".csv", ".json", ".po"}:
            found.update(str(file.relative_to(place)).encode())
            found.update(hashlib.sha256(file.read_bytes()).digest())
    return found.hexdigest()[:24]


def cache() -> Path:
    """Where the last runs under coverage are kept."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "meguri" / "mutations"


def other_database(place: Path, rooms: Sequence[str]) -> list[str]:
    """Rooms that have code for PostgreSQL alone, where there is one to try it on."""
    if not glob.glob("/usr/lib/postgresql/*/bin/initdb"):
        return []
    return [room for room, text in _texts(place, rooms) if '"postgresql"' in text]


def _texts(place: Path, rooms: Sequence[str]) -> Iterator[tuple[str, str]]:
    for room in rooms:
        yield room, "".join(sources(place, [room]).values())


def reach(
    place: Path, root: Path, rooms: Sequence[str], say: Callable[[str], None], database: str = "sqlite"
) -> Reached:
    """Run the tests under coverage, unless that was done for the same tree."""
    beside = (*rooms, *TESTS_BESIDE) if database == "sqlite" else rooms
    tests = [f"tests/{room}" for room in beside if (place / "tests" / room).is_dir()]
    own = place / "tests" / "test_mutations.py"
    if database == "sqlite":
        tests += sorted(str(file.relative_to(place)) for file in (place / "tests").glob("test_*.py") if file != own)
    folders = [f"src/meguri/{room}" for room in rooms]
    kept = cache() / f"{fingerprint(place, [database, *folders, *tests])}.json"
    if not kept.exists():
        say(f"running the tests once on {database} to see which lines each of them runs")
        kept.parent.mkdir(parents=True, exist_ok=True)
        target = place.parent / "reached.json"
        done = subprocess.run(
            [sys.executable, "-P", str(WORKER), database, "reach", str(target), *folders, "--", *tests],
            cwd=place,
            env=surroundings(place, root),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode or not target.exists():
            raise CannotRun(f"the tests could not be run under coverage:\n{done.stdout[-2000:]}")
        for old in sorted(kept.parent.glob("*.json"), key=lambda file: file.stat().st_mtime)[:-9]:
            old.unlink()
        shutil.move(target, kept)
    found = Reached(**json.loads(kept.read_text()))
    if not set(found.seconds) - set(found.failed):
        raise CannotRun("no test passes")
    return found


def sources(place: Path, rooms: Sequence[str]) -> dict[str, str]:
    """The sources in which faults are planted, by their path in the tree."""
    found = {}
    for room in rooms:
        folder = place / "src" / "meguri" / room
        for file in sorted(folder.rglob("*.py")):
            parts = file.relative_to(folder).with_suffix("").parts
            if not LEFT_OUT.intersection(parts) and not parts[-1].startswith("bench"):
                found[str(file.relative_to(place))] = file.read_text()
    return found


def draw(texts: dict[str, str], reached: Reached, count: int, seed: int, within: float) -> list[Fault]:
    """So many faults, one a line until every line had one."""
    signatures = operators.Signatures()
    for text in texts.values():
        signatures.read(ast.parse(text))
    dice = random.Random(seed)
    lines: dict[tuple[str, int], list[operators.Change]] = {}
    for file, text in texts.items():
        for change in operators.find(text, signatures):
            lines.setdefault((file, change.line), []).append(change)
    for changes in lines.values():
        dice.shuffle(changes)
    order = sorted(lines)
    faults: list[Fault] = []
    while lines and len(faults) < count:
        dice.shuffle(order)
        for key in order:
            new = None
            while new is None and lines.get(key):
                change = lines[key].pop()
                new = operators.changed(texts[key[0]], change)
            if new is not None:
                shown = tuple(operators.diff(texts[key[0]], new))
                faults.append(Fault(key[0], change, new, shown, tuple(reached.tests(key[0], change, within))))
            if len(faults) == count:
                break
        lines = {key: changes for key, changes in lines.items() if changes}
        order = sorted(lines)
    return faults


def task(fault: Fault, reached: Reached) -> dict[str, Any]:
    """What a worker is told of a fault. A busy machine is slower than the run under coverage was."""
    return {
        "module": fault.module,
        "file": fault.file,
        "source": fault.source,
        "tests": fault.tests,
        "limit": 30 + 5 * sum(reached.seconds[test] for test in fault.tests),
    }


def attempt(
    place: Path,
    root: Path,
    faults: Sequence[Fault],
    reached: Reached,
    jobs: int,
    told: Callable[[int, Any], None],
    database: str = "sqlite",
) -> list[dict[str, Any]]:
    """What became of each fault, by so many processes side by side; `told` hears of each as it ends."""
    waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
    for index in range(len(faults)):
        waiting.put(index)
    answers: list[dict[str, Any]] = [{"outcome": "nothing"} for _ in faults]

    def work() -> None:
        with subprocess.Popen(
            [sys.executable, "-P", str(WORKER), database, "serve", *reached.heavy],
            cwd=place,
            env=surroundings(place, root),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as worker:
            assert worker.stdin
            assert worker.stdout
            while True:
                try:
                    index = waiting.get_nowait()
                except queue.Empty:
                    break
                began = time.monotonic()
                answer = {"outcome": "survived"}
                if faults[index].tests:
                    print(json.dumps(task(faults[index], reached)), file=worker.stdin, flush=True)
                    answer = json.loads(worker.stdout.readline() or '{"outcome": "nothing"}')
                answers[index] = {**answer, "seconds": time.monotonic() - began}
                told(index, answers[index])

    threads = [threading.Thread(target=work) for _ in range(max(1, min(jobs, len(faults))))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers
