"""What is counted for those who watch the service: in Prometheus' text form, over all processes of a machine.

Each process writes its numbers into a file of its own in the data folder, through memory that they share; whoever is
asked adds all of them up. A process holds a lock on its file while it lives: what it counted stays counted when it has
ended, and its levels (how many wait now) go with it.
"""

from __future__ import annotations

import fcntl
import json
import logging
import mmap
import os
import struct
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

log = logging.getLogger(__name__)

FOLDER = "metrics"
SIZE = 512 * 1024
"""Bytes of a process's file; what finds no place any more is counted under no route."""
BUCKETS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
"""Seconds within which a request was answered."""
NAMES = {
    "meguri_requests_total": ("counter", "Requests that a page or the API answered."),
    "meguri_request_seconds": ("histogram", "Seconds from the first middleware to the answer."),
    "meguri_gate_refused_total": ("counter", "Requests that were refused before a page was asked."),
    "meguri_gate_waiting": ("gauge", "Requests that wait for a thread."),
    "meguri_gate_running": ("gauge", "Requests that have a thread."),
    "meguri_database_refusals_total": ("counter", "Questions to the database that were given up, and why."),
    "meguri_acts_recorded_total": ("counter", "Acts on record."),
    "meguri_acts_unsealed": ("gauge", "Acts that wait for the sealer."),
    "meguri_acts_unsealed_oldest_seconds": ("gauge", "For how long the oldest of them has waited."),
    "meguri_jobs": ("gauge", "Pieces of long work, by state."),
    "meguri_ready": ("gauge", "The checks of /readyz: 1 well, 0 not."),
    "meguri_ready_lag_seconds": ("gauge", "How far behind a check is."),
    "meguri_disk_free_bytes": ("gauge", "Bytes free where the data folder lies."),
    "meguri_process_memory_bytes": ("gauge", "Resident memory of each process of the service."),
    "meguri_process_cpu_seconds_total": ("counter", "Seconds of the processor that each has taken."),
}
"""Every metric: its type, and what it says."""
_LEVELS = frozenset(name for name, (kind, _) in NAMES.items() if kind == "gauge")
_HEAD = struct.Struct("<Q")
_LENGTH = struct.Struct("<H")
_VALUE = struct.Struct("<d")


@dataclass(frozen=True)
class Sample:
    """A number with its name and labels."""

    name: str
    labels: tuple[tuple[str, str], ...]
    value: float

    @property
    def key(self) -> str:
        """Name and labels as the exposition writes them."""
        return key_of(self.name, **dict(self.labels))


Read = Callable[[], Iterable[Sample]]
_read: dict[str, Read] = {}


def provide(name: str, read: Read) -> None:
    """Have a room tell numbers that it knows when it is asked."""
    _read[name] = read


def sample(name: str, value: float, **labels: str) -> Sample:
    """A number."""
    return Sample(name, tuple(labels.items()), float(value))


def key_of(name: str, **labels: str) -> str:
    """Name and labels as the exposition writes them."""
    said = ",".join(f'{label}="{_escaped(value)}"' for label, value in labels.items())
    return f"{name}{{{said}}}" if said else name


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


class SharedNumbers:
    """The numbers of one process, in memory that its file shares; in memory alone where no file can be had."""

    def __init__(self, path: Path | None) -> None:
        self.lock = threading.Lock()
        self.at: dict[str, int] = {}
        self.used = _HEAD.size
        self.memory: mmap.mmap | bytearray = bytearray(SIZE)
        self.file = -1
        if path is not None:
            try:
                self.memory = self._shared(path)
            except OSError as error:
                log.warning("what this process counts is not shared: %s", error.strerror)
        _HEAD.pack_into(self.memory, 0, self.used)

    def _shared(self, path: Path) -> mmap.mmap:
        """A file's memory. It has its name once it is locked and has its room: memory of a file that a full disk has
        no room for would end the process that writes to it.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_suffix(".new")
        self.file = os.open(new, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX)
            os.posix_fallocate(self.file, 0, SIZE)
            memory = mmap.mmap(self.file, SIZE)
            _HEAD.pack_into(memory, 0, self.used)
            new.rename(path)
        except OSError:
            new.unlink(missing_ok=True)
            raise
        return memory

    def add(self, key: str, number: float = 1.0) -> None:
        """Add to a number."""
        with self.lock:
            place = self._place(key)
            if place is not None:
                _VALUE.pack_into(self.memory, place, _VALUE.unpack_from(self.memory, place)[0] + number)

    def set(self, key: str, number: float) -> None:
        """Set a number."""
        with self.lock:
            place = self._place(key)
            if place is not None:
                _VALUE.pack_into(self.memory, place, number)

    def _place(self, key: str) -> int | None:
        found = self.at.get(key)
        if found is not None:
            return found
        written = key.encode()
        place = -(-(self.used + _LENGTH.size + len(written)) // 8) * 8
        if place + _VALUE.size > SIZE:
            return None
        _LENGTH.pack_into(self.memory, self.used, len(written))
        self.memory[self.used + _LENGTH.size : self.used + _LENGTH.size + len(written)] = written
        _VALUE.pack_into(self.memory, place, 0.0)
        self.used = place + _VALUE.size
        # Last, so that whoever reads meanwhile meets whole entries alone.
        _HEAD.pack_into(self.memory, 0, self.used)
        self.at[key] = place
        return place


def numbers(memory: bytes) -> Iterator[tuple[str, float]]:
    """What stands in a process's file."""
    if len(memory) < _HEAD.size:
        return
    at, used = _HEAD.size, min(_HEAD.unpack_from(memory)[0], len(memory))
    while at + _LENGTH.size <= used:
        (length,) = _LENGTH.unpack_from(memory, at)
        key = memory[at + _LENGTH.size : at + _LENGTH.size + length].decode()
        place = -(-(at + _LENGTH.size + length) // 8) * 8
        yield key, _VALUE.unpack_from(memory, place)[0]
        at = place + _VALUE.size


_own: dict[int, SharedNumbers] = {}
_own_lock = threading.Lock()


def folder() -> Path:
    """Where the processes' files lie."""
    return Path(settings.DATA) / FOLDER


def own() -> SharedNumbers:
    """The numbers of this process."""
    found = _own.get(os.getpid())
    if found is None:
        with _own_lock:
            found = _own.get(os.getpid())
            if found is None:
                found = _own[os.getpid()] = SharedNumbers(folder() / f"{os.getpid()}-{os.urandom(4).hex()}.cells")
    return found


def count(name: str, **labels: str) -> None:
    """One more."""
    own().add(key_of(name, **labels))


def level(name: str, number: float) -> None:
    """How many there are now in this process; over all processes they are added up."""
    own().set(key_of(name), number)


def answered(route: str, status: int, seconds: float) -> None:
    """A request was answered."""
    cells = own()
    cells.add(key_of("meguri_requests_total", route=route, status=f"{status // 100}xx"))
    for most in BUCKETS:
        if seconds <= most:
            cells.add(key_of("meguri_request_seconds_bucket", route=route, le=f"{most:g}"))
    cells.add(key_of("meguri_request_seconds_bucket", route=route, le="+Inf"))
    cells.add(key_of("meguri_request_seconds_sum", route=route), seconds)
    cells.add(key_of("meguri_request_seconds_count", route=route))


def gathered() -> dict[str, float]:
    """The numbers of all processes of this machine that share the data folder."""
    found: dict[str, float] = {}
    mine = own()
    if isinstance(mine.memory, bytearray):
        _add(found, dict(numbers(bytes(mine.memory))))
    with _ended() as ended:
        for path in sorted(folder().glob("*.cells")):
            try:
                lives, memory = _look(path)
            except OSError:
                continue
            told = dict(numbers(memory))
            if not lives:
                told = {key: value for key, value in told.items() if key.partition("{")[0] not in _LEVELS}
                ended[path] = told
            _add(found, told)
        _add(found, ended.kept)
    return found


def _add(to: dict[str, float], told: Mapping[str, float]) -> None:
    for key, value in told.items():
        to[key] = to.get(key, 0.0) + value


def _look(path: Path) -> tuple[bool, bytes]:
    """Whether a file's process lives, and what stands in it."""
    file = os.open(path, os.O_RDONLY)
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            lives = False
        except BlockingIOError:
            lives = True
        with os.fdopen(os.dup(file), "rb") as reading:
            return lives, reading.read(SIZE)
    finally:
        os.close(file)


class _Ended(dict[Path, dict[str, float]]):
    """What processes that have ended had counted: put together before, and found just now."""

    kept: dict[str, float]


@contextmanager
def _ended() -> Iterator[_Ended]:
    """Put the numbers of ended processes into one file, under a lock, so that files do not become many."""
    place = folder() / "ended.json"
    found = _Ended()
    found.kept = {}
    lock = -1
    try:
        folder().mkdir(parents=True, exist_ok=True)
        lock = os.open(folder() / "ended.lock", os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
        if place.exists():
            found.kept = json.loads(place.read_bytes())
    except (OSError, ValueError) as error:
        log.warning("what ended processes counted cannot be read: %s", type(error).__name__)
    try:
        yield found
        if found and lock >= 0:
            whole = dict(found.kept)
            for told in found.values():
                _add(whole, told)
            part = place.with_suffix(".part")
            part.write_text(json.dumps(whole))
            part.replace(place)
            for path in found:
                path.unlink(missing_ok=True)
    except OSError as error:
        log.warning("what ended processes counted cannot be put together: %s", error.strerror)
    finally:
        if lock >= 0:
            os.close(lock)


def exposition() -> str:
    """All numbers in Prometheus' text form (0.0.4)."""
    lines: dict[str, list[str]] = {name: [] for name in NAMES}
    told = gathered()
    for name, read in _read.items():
        try:
            told.update({one.key: one.value for one in read()})
        except Exception:  # a database that is away takes its own numbers along, and no others
            log.warning("%s cannot be counted", name, exc_info=True)
    for key, value in told.items():
        name = key.partition("{")[0]
        for family in (name, name.removesuffix("_bucket"), name.removesuffix("_sum"), name.removesuffix("_count")):
            if family in lines:
                lines[family].append(f"{key} {value:.15g}")
                break
    said: list[str] = []
    for name, (kind, text) in NAMES.items():
        said += [f"# HELP {name} {text}", f"# TYPE {name} {kind}", *lines[name]]
    return "\n".join(said) + "\n"
