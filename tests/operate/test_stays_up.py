"""A service whose processes are stopped or killed, and one whose disk is full: it stays up, and says what is wrong."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

import kills

pytestmark = pytest.mark.sqlite  # processes of their own, on a file of their own


@pytest.fixture
def service(request, tmp_path):
    """A service of its own, on the kind of database of this run."""
    with kills.database_of(request.config.getoption("--database"), tmp_path) as url:
        one = kills.Service(tmp_path, url, workers=1)
        one.call("-m", "meguri", "setup")
        one.start()
        try:
            yield one
        finally:
            one.end()


def ready(service):
    """Status of `/readyz`, and which checks are not well."""
    status, said = service.get("/readyz")
    return status, {name for name, check in json.loads(said)["checks"].items() if not check["ok"]}


def test_a_sealer_that_is_stopped_shows_within_ten_seconds_while_the_service_lives(service):
    service.await_that(lambda: ready(service)[0] == 200, 60)
    (sealer,) = (pid for pid in service.processes()["clock"] + service.processes()["sealer"] if _does(pid, b"seal"))
    os.kill(sealer, signal.SIGSTOP)
    stopped = time.monotonic()
    try:
        service.await_that(lambda: ready(service) == (503, {"sealer"}), 30)
        # The machine may be busy; what is judged is what the service said, not how quickly it was asked.
        lag = json.loads(service.get("/readyz")[1])["checks"]["sealer"]["lag_s"]
        assert lag - (time.monotonic() - stopped) < 4
        assert service.get("/livez")[0] == 200
    finally:
        os.kill(sealer, signal.SIGCONT)
    service.await_that(lambda: ready(service) == (200, set()), 30)


def _does(pid, word):
    return word in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")


def test_each_process_is_killed_and_nothing_is_lost(request):
    found = kills.run(request.config.getoption("--database"), len(kills.ROLES), seed=3)
    assert found.good, found.to_json()
    assert set(found.kills) == set(kills.ROLES)


@contextlib.contextmanager
def small_disk():
    """A disk of 24 MB; skipped where none can be mounted."""
    with tempfile.TemporaryDirectory(prefix="meguri-disk-") as name:
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", name], capture_output=True)
        if mounted.returncode:
            pytest.skip("a disk cannot be mounted here")
        try:
            yield Path(name)
        finally:
            subprocess.run(["umount", "-l", name], check=False)


def test_a_full_disk_is_answered_and_nothing_is_half_written(request):
    """The database's own file cannot grow: on PostgreSQL that is its server's disk, so this is SQLite's."""
    if request.config.getoption("--database") != "sqlite":
        pytest.skip("the disk of a file")
    with small_disk() as disk:
        service = kills.Service(disk, f"sqlite:///{disk / 'meguri.sqlite3'}", workers=1)
        tellers = kills.Tellers(service)
        service.call("-m", "meguri", "setup")
        service.call("-c", kills.PREPARE, kills.OWNER, tellers.secret())
        service.start()
        try:
            ids, body = tellers._acts(20)
            assert service.ask("POST", "/api/acts", body)[0] == 201
            filling = disk / "filling"
            with contextlib.suppress(OSError), filling.open("wb") as file:
                while True:
                    file.write(bytes(64 * 1024))
                    file.flush()
            refused = []
            for _ in range(60):
                more, body = tellers._acts(50)
                status, answer = service.ask("POST", "/api/acts", body)
                if status == 201:
                    ids += more
                else:
                    refused.append((status, answer, more))
                    if len(refused) > 2:
                        break
            assert [status for status, *_ in refused] == [503] * 3, refused[0][:2]
            told = json.loads(refused[0][1])
            assert told["errors"][0]["code"] == "disk"
            assert "disk" in ready(service)[1]
            assert ready(service)[0] == 503
            assert service.get("/livez")[0] == 200
            filling.unlink()
            kept = {row[0] for row in service.query("SELECT act_id FROM journal_act")}
            assert set(ids) <= kept
            assert not kept & {id for *_, more in refused for id in more}
            _, body = tellers._acts(5)
            service.await_that(lambda: service.ask("POST", "/api/acts", body)[0] in (200, 201), 30)
        finally:
            service.end()
        assert json.loads(service.call("-m", "meguri", "journal", "verify", "--json"))["intact"]
        assert json.loads(service.call("-m", "meguri", "journal", "rebuild", "--check", "--json"))["identical"]
