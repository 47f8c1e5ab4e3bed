"""The rows of `meguri arisings validate`, worked out once and kept; the page shows what is kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

from meguri.arisings.runs import store
from meguri.arisings.web.runs import NotReady
from meguri.kit.people.identity import Reader
from meguri.kit.words import Words
from meguri.kit.work import jobs

KIND = "arisings.validation"


def rows(reader: Reader) -> list[dict[str, Any]]:
    """Every row with its reason as words. Raises NotReady, and sees to it that they are being worked out."""
    payload = {"of": store.code_digest()}
    job = jobs.latest(KIND, payload, reader, shared=True)
    if job is None or job.state != jobs.State.DONE or not jobs.there(job):
        raise NotReady(jobs.follow(KIND, payload, reader, shared=True))
    found: list[dict[str, Any]] = json.loads(jobs.result(job).read_text(encoding="utf-8"))
    return [{**row, "reason": msgspec.convert(row["reason"], Words)} for row in found]


def work(task: jobs.Task) -> Path:
    """Compare with what was published."""
    from meguri.arisings.checks import validation

    task.say(0.05, Words("Comparing with published figures"))
    found = [row.to_json() | {"reason": msgspec.to_builtins(row.reason)} for row in validation.rows()]
    path = task.folder / "validation.json"
    path.write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")
    return path


jobs.offer(KIND, Words("Comparing with what was published"), work)
