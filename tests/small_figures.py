"""A small calculation of three economies, in place of the built-in ones, so that pages can be tried in seconds."""

from __future__ import annotations

import atexit
import json
import os
import shutil
import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path
from unittest import mock

import msgspec
from django.utils import timezone

from meguri.arisings.runs import run as running
from meguri.arisings.runs.run import Run
from meguri.arisings.scenarios import scenario_file
from meguri.arisings.scenarios.scenario import ArisingsScenario
from meguri.kit.words import given

ECONOMIES = ("JPN", "MYS", "THA")


@cache
def folder() -> Path:
    """Where the small calculations are kept while the tests run."""
    made = tempfile.mkdtemp(prefix="meguri-small-figures-")
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return Path(made)


@cache
def small(name: str) -> Run:
    """The built-in scenario of a name, with three economies and few draws."""
    with mock.patch.dict(os.environ, {"MEGURI_HOME": str(folder())}):
        return running.run(scenario(name))


def scenario(name: str) -> ArisingsScenario:
    """The same assumptions for three economies."""
    return replace(scenario_file.read(name), economies=ECONOMIES, vehicle_economies=("JPN",), draws=24)


def use(monkeypatch, home: Path, only: tuple[str, ...] = ("baseline", "higher-collection")) -> list[str]:
    """Let pages find the small calculations, and no process be started; returns the ids of what would have been.

    What is worked out beside a calculation is kept with it, for all tests.
    """
    from meguri.arisings.web import runs
    from meguri.kit.work import jobs

    started: list[str] = []
    monkeypatch.setenv("MEGURI_HOME", str(home))
    monkeypatch.setattr(jobs, "spawn", started.append)
    (home / "arisings").mkdir(parents=True)
    for name in only:
        kept = folder() / "arisings" / small(name).digest
        (home / "arisings" / kept.name).symlink_to(kept)
    monkeypatch.setattr(runs, "kept", lambda name: small(name) if runs.known(name) in only else None)
    return started


def validated(home: Path) -> None:
    """A finished comparison with three rows, as a job keeps it."""
    from meguri.arisings.runs import store
    from meguri.arisings.web.findings import checks
    from meguri.kit.models import Job
    from meguri.kit.work import jobs

    names = ("row", "published", "ours", "difference", "reason")
    found = (
        ("JPN 2022, kt", 2638.0, 2600.0, -0.0144, given({"en": "Near.", "ja": "近い。"})),
        ("VNM 2022, kt", 290.0, 516.0, 0.779, given({"en": "Doubtful.", "ja": "疑わしい。"})),
        ("KHM, no figure", None, 12.0, None, given({"en": "None.", "ja": "なし。"})),
    )
    rows = [dict(zip(names, msgspec.to_builtins(row), strict=True)) for row in found]
    digest = jobs.digest(checks.KIND, {"of": store.code_digest()})
    folder = home / "jobs" / "VALIDATION"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "validation.json").write_text(json.dumps(rows), encoding="utf-8")
    Job.objects.create(
        id="VALIDATION", kind=checks.KIND, digest=digest, shared=True,
        state="done", progress=1, made=timezone.now(), finished=timezone.now(),
        result="jobs/VALIDATION/validation.json",
    )  # fmt: skip
