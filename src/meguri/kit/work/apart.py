"""Short work on what strangers wrote, in a process of its own: bounded in memory, time and number, and nicer to others.

`run` gives bytes to a function of a module that needs neither settings nor database, and answers with its bytes. How
many such processes there are is counted by locks on files in the data folder, so that all workers of the machine count
together and a lock ends with the process that holds it.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import importlib
import json
import logging
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from meguri.kit.problems import N_, Busy, MeguriError, Problem, Refused, refuse

log = logging.getLogger(__name__)

TOO_MUCH_MEMORY = 3
CALLERS = 256
"""Callers are told apart by so many locks; two that share one wait for each other."""
LOOK_AGAIN_S = 0.05
OWN = ("MEGURI_", "DJANGO_")
"""Settings and secrets, which such a process does not need."""


@dataclass(frozen=True)
class Bounds:
    """What such work may take: seconds of the processor and of the clock, megabytes of addresses, how many at once over
    all callers, and how long one waits for that.
    """

    cpu_s: int = 15
    wall_s: float = 40.0
    memory_mb: int = 1500
    at_once: int = 2
    wait_s: float = 5.0
    answer_mb: int = 20


def run(place: str, given: bytes, caller: str, bounds: Bounds | None = None) -> bytes:
    """What ``module:function`` makes of some bytes. Raises Refused as it does, or where it takes too much; Busy where
    too many are at it, or the same caller is.
    """
    bounds = bounds or Bounds()
    until = time.monotonic() + bounds.wait_s
    mine = int.from_bytes(hashlib.sha256(caller.encode()).digest()[:4], "big") % CALLERS
    own = N_("Of you a draft is being tried already. Try again when it is done.")
    others = N_("Others have drafts tried at the moment. Try again in a few seconds.")
    with _slot([f"of-{mine}"], until, own), _slot([str(n) for n in range(bounds.at_once)], until, others):
        return _apart(place, given, bounds)


def _apart(place: str, given: bytes, bounds: Bounds) -> bytes:
    command = [sys.executable, "-P", "-m", "meguri.kit.work.apart", place, json.dumps(vars(bounds))]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(OWN)}
    with subprocess.Popen(  # noqa: S603
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        try:
            answer, said = process.communicate(given, timeout=bounds.wall_s)
        except subprocess.TimeoutExpired:
            process.kill()
            raise _too_much() from None
        except BaseException:
            process.kill()
            raise
    if process.returncode < 0 or process.returncode == TOO_MUCH_MEMORY:
        log.warning("%s was ended: %s", place, process.returncode)
        raise _too_much()
    if process.returncode:
        raise RuntimeError(f"{place} broke: {said.decode(errors='replace')[-2000:]}")
    kind, rest = answer[:1], answer[1:]
    if kind == b"!":
        raise Refused(*(Problem(**one) for one in json.loads(rest)))
    return rest


def _too_much() -> Refused:
    return refuse(N_("This took more time or memory than one request may. Ask for less at once."), "", "too-much")


@contextlib.contextmanager
def _slot(names: list[str], until: float, busy: str) -> Iterator[None]:
    """Hold one of some locks. Raises Busy where none is free in time."""
    folder = Path(settings.DATA) / "slots"
    folder.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as held:
        files = [held.enter_context((folder / name).open("ab")) for name in names]
        while not any(_locked(file.fileno()) for file in files):
            if time.monotonic() > until:
                raise Busy(Problem(busy, "", "busy"))
            time.sleep(LOOK_AGAIN_S)
        yield


def _locked(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def give_way(process: int = 0) -> None:
    """Let pages go first: this process (or one that it started), and on Linux the session that it leads, where sessions
    have equal shares.
    """
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, process, 10)
        if os.getsid(process) == (process or os.getpid()):
            Path(f"/proc/{process or 'self'}/autogroup").write_text("15", encoding="ascii")


def bound(seconds: int, memory_mb: int) -> None:
    """Bound this process for good: seconds of the processor, megabytes of addresses, and no dump where it breaks."""
    size = memory_mb * 2**20
    for kind, most in ((resource.RLIMIT_CPU, seconds), (resource.RLIMIT_AS, size), (resource.RLIMIT_CORE, 0)):
        hard = resource.getrlimit(kind)[1]
        soft = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (soft, hard))


def main(place: str, bounds: Bounds) -> int:
    """Do the work in this process. Exit status 0 with an answer, 3 where the memory did not suffice."""
    give_way()
    bound(bounds.cpu_s, bounds.memory_mb)
    module, _, name = place.partition(":")
    try:
        work = getattr(importlib.import_module(module), name)
        answer = b"=" + work(sys.stdin.buffer.read())
    except MeguriError as error:
        answer = b"!" + json.dumps([_plain(one) for one in error.problems]).encode()
    except (MemoryError, RecursionError, SystemError):
        # The last is what the interpreter says where memory ended in the midst of an error.
        return TOO_MUCH_MEMORY
    if len(answer) > bounds.answer_mb * 2**20:
        return TOO_MUCH_MEMORY
    sys.stdout.buffer.write(answer)
    return 0


def _plain(one: Problem) -> dict[str, Any]:
    params = {name: value if isinstance(value, int | float | str) else str(value) for name, value in one.params.items()}
    return {"text": one.text, "pointer": one.pointer, "code": one.code, "params": params}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Bounds(**json.loads(sys.argv[2]))))
