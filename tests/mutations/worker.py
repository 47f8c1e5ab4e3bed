"""Runs tests in a copy of the tree: once under coverage, or over and over with another fault each time.

``worker.py DATABASE reach FILE ROOM... -- TEST...`` writes which test runs which line. ``worker.py DATABASE serve
MODULE...`` imports those modules, then takes tasks as lines of JSON and runs each in a fork of itself, into which
Meguri is imported with the fault in it. Started by `runs.py`, with the copy as working folder; imports nothing of
Meguri or of its siblings.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import importlib
import importlib.machinery
import importlib.util
import json
import os
import signal
import sys
import time
import types
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

# What takes long to import and needs no settings.
HEAVY = (
    "django.core.management",
    "django.db.models",
    "django.template",
    "django.test",
    "django.contrib.messages",
    "numpy",
    "scipy.sparse",
    "scipy.stats",
    "pandas",
    "xarray",
    "pydantic",
    "msgspec",
    "holidays",
    "babel.core",
    "rfc8785",
    "highspy",
    "hypothesis.stateful",
    "hypothesis.strategies",
    "cryptography.hazmat.primitives.asymmetric.ed25519",
)
ARGUMENTS = ("-q", "-p", "no:randomly", "-p", "no:cacheprovider", "--tb=no", "-m", "not browser")


def steady() -> None:
    """Let property tests draw the same examples each time, remember none and not look for the smallest."""
    if "hypothesis" not in sys.modules:
        return
    from hypothesis import Phase, settings

    phases = (Phase.explicit, Phase.generate)
    settings.register_profile(
        "mutations", settings(), derandomize=True, database=None, report_multiple_bugs=False, phases=phases
    )
    settings.load_profile("mutations")


class Reach:
    """Keeps which test is at work, by what coverage calls a context, and how long each took.

    What a fixture of a wider scope runs counts for every test of its file; what is run while importing, for none.
    What the packages keep in a function's cache is forgotten before each test, or only the first would run its lines.
    """

    def __init__(self, coverage: Any, packages: Sequence[str]) -> None:
        self.coverage = coverage
        self.packages = tuple(packages)
        self.seconds: dict[str, float] = {}
        self.failed: set[str] = set()
        self.now = ""

    def pytest_collection(self) -> None:
        steady()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[Any]:
        self.now = item.nodeid
        self.forget()
        self.coverage.switch_context(self.now)
        try:
            return (yield)
        finally:
            self.coverage.switch_context("")

    def forget(self) -> None:
        modules = [module for name, module in list(sys.modules.items()) if name.startswith(self.packages)]
        for kept in {id(one): one for module in modules for one in vars(module).values()}.values():
            if isinstance(kept, functools._lru_cache_wrapper) and kept.__module__.startswith(self.packages):
                kept.cache_clear()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_fixture_setup(self, fixturedef: Any) -> Iterator[Any]:
        if fixturedef.scope == "function":
            return (yield)
        self.coverage.switch_context("" if fixturedef.scope == "session" else self.now.partition("::")[0])
        try:
            return (yield)
        finally:
            self.coverage.switch_context(self.now)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seconds[report.nodeid] = self.seconds.get(report.nodeid, 0.0) + report.duration
        if report.failed:
            self.failed.add(report.nodeid)


def reach(database: str, target: str, folders: Sequence[str], tests: Sequence[str]) -> int:
    """Run the tests once and write their durations, those that fail, and the contexts of every line."""
    from coverage import Coverage

    sources = [str(Path(folder).resolve()) for folder in folders]
    coverage = Coverage(data_file=f"{target}.coverage", source=sources, config_file=False, messages=False)
    coverage.start()
    watch = Reach(coverage, [".".join(Path(folder).parts[1:]) for folder in folders])
    status = pytest.main([*ARGUMENTS, f"--database={database}", f"--rootdir={Path.cwd()}", *tests], plugins=[watch])
    coverage.stop()
    if status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        return 1
    data = coverage.get_data()
    contexts = sorted(data.measured_contexts())
    number = {context: index for index, context in enumerate(contexts)}
    lines = {
        os.path.relpath(file): {
            str(line): [number[context] for context in found if context]
            for line, found in data.contexts_by_lineno(file).items()
        }
        for file in data.measured_files()
    }
    heavy = [module for module in HEAVY if module in sys.modules]
    found = {
        "seconds": watch.seconds,
        "failed": sorted(watch.failed),
        "contexts": contexts,
        "lines": lines,
        "heavy": heavy,
    }
    Path(target).write_text(json.dumps(found))
    return 0


class Changed:
    """Finds one module's source changed, and everything else as it is."""

    def __init__(self, module: str, file: str, source: str) -> None:
        self.module, self.file, self.source = module, file, source

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        if name != self.module:
            return None
        outer = self

        class Loader(importlib.machinery.SourceFileLoader):
            def get_code(self, fullname: str) -> types.CodeType:
                return compile(outer.source, outer.file, "exec", dont_inherit=True)

        return importlib.util.spec_from_file_location(name, self.file, loader=Loader(name, self.file))


class Selected:
    """Runs those tests alone, in the order given, and keeps which ran and which failed."""

    def __init__(self, tests: Sequence[str]) -> None:
        self.order = {test: index for index, test in enumerate(tests)}
        self.ran = 0
        self.failed = ""

    def pytest_collection(self) -> None:
        steady()

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        kept = [item for item in items if item.nodeid in self.order]
        items[:] = sorted(kept, key=lambda item: self.order[item.nodeid])

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.ran += report.when == "call"
        if report.failed and not self.failed:
            self.failed = report.nodeid


def run(database: str, task: dict[str, Any]) -> dict[str, Any]:
    """Run a task's tests in this process, with the task's fault."""
    if task.get("module"):
        sys.meta_path.insert(0, Changed(task["module"], str(Path(task["file"]).resolve()), task["source"]))
    files = list(dict.fromkeys(test.partition("::")[0] for test in task["tests"]))
    chosen = Selected(task["tests"])
    status = pytest.main(
        ["-x", *ARGUMENTS, f"--database={database}", f"--rootdir={Path.cwd()}", *files], plugins=[chosen]
    )
    outcome = {0: "survived", 5: "nothing"}.get(int(status), "killed")
    return {"outcome": outcome, "ran": chosen.ran, "by": chosen.failed}


def forked(work: Callable[[], dict[str, Any]], limit: float) -> dict[str, Any]:
    """What `work` answers in a process of its own; a timeout where it takes longer than `limit` seconds."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.setsid()
        os.close(reader)
        silence = os.open(os.devnull, os.O_RDWR)
        for number in (0, 1, 2):
            os.dup2(silence, number)
        with contextlib.suppress(BaseException):
            answer = json.dumps(work())
            # The fault may have met what runs at the end, too.
            with contextlib.suppress(BaseException):
                atexit._run_exitfuncs()
            os.write(writer, answer.encode())
        os._exit(0)
    os.close(writer)
    until = time.monotonic() + limit
    ended = 0
    while not ended and time.monotonic() < until:
        ended, _ = os.waitpid(child, os.WNOHANG)
        time.sleep(0.02)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    if not ended:
        os.waitpid(child, 0)
    with os.fdopen(reader, "rb") as file:
        said = file.read()
    if not ended:
        return {"outcome": "timeout", "ran": 0, "by": ""}
    return json.loads(said) if said else {"outcome": "killed", "ran": 0, "by": "the process ended"}


def serve(database: str, modules: Sequence[str]) -> int:
    """Import, then answer tasks until there are no more."""
    for module in modules:
        with contextlib.suppress(Exception):
            importlib.import_module(module)
    for line in sys.stdin:
        task = json.loads(line)
        print(json.dumps(forked(partial(run, database, task), task["limit"])), flush=True)
    return 0


def main(arguments: Sequence[str]) -> int:
    """Do one or the other."""
    database, what, *rest = arguments
    if what == "serve":
        return serve(database, rest)
    middle = rest.index("--")
    return reach(database, rest[0], rest[1:middle], rest[middle + 1 :])


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
