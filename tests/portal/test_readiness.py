"""Whether the service is fit to be asked, and what ends with it."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from urllib.request import urlopen

import pytest
from django.test import Client

from meguri.journal import services as journal
from meguri.journal.log import sealing
from meguri.kit.models import Beat, Job
from meguri.kit.running import readiness
from meguri.portal import serving


@pytest.fixture
def ready(db, settings):
    """A service in which everything is as it should be; called, it asks `/readyz`."""
    settings.DEMONSTRATION = False
    for name in ("sealer", "clock"):
        readiness.beat(name)

    def ask():
        answer = Client().get("/readyz")
        said = answer.json()
        assert answer.status_code == (200 if said["ready"] else 503)
        assert said["ready"] == all(check["ok"] for check in said["checks"].values())
        assert all(set(check) == {"ok", "lag_s"} for check in said["checks"].values())
        return {name for name, check in said["checks"].items() if not check["ok"]}, said["checks"]

    return ask


def test_all_is_well(ready):
    late, checks = ready()
    assert late == set()
    assert set(checks) == {"database", "jobs", "disk", "sealer", "clock"}


@pytest.mark.parametrize("name", ["sealer", "clock"])
def test_a_process_that_is_silent_shows(ready, name):
    Beat.objects.filter(name=name).update(at=readiness.now() - timedelta(seconds=200))
    late, checks = ready()
    assert late == {name}
    assert 200 <= checks[name]["lag_s"] < 230
    Beat.objects.filter(name=name).delete()
    late, checks = ready()
    assert (late, checks[name]["lag_s"]) == ({name}, None)
    assert Client().get("/livez").json() == Client().get("/healthz").json() == {"status": "ok"}


def test_the_process_of_webhooks_counts_once_there_is_one(ready):
    from django.utils import timezone

    from meguri.systems.models import Webhook

    row = Webhook.objects.create(
        id="W1", organisation="organisation:yard", url="https://x", secret=b"", made=timezone.now()
    )
    late, checks = ready()
    assert (late, checks["webhooks"]) == ({"webhooks"}, {"ok": False, "lag_s": None})
    readiness.beat("webhooks")
    late, checks = ready()
    assert (late, checks["webhooks"]["lag_s"] < 20) == (set(), True)
    Beat.objects.filter(name="webhooks").update(at=readiness.now() - timedelta(seconds=200))
    assert ready()[0] == {"webhooks"}
    Webhook.objects.filter(pk=row.pk).update(off=timezone.now())
    assert "webhooks" not in ready()[1]


def test_a_sealer_that_is_held_up_shows(ready, monkeypatch):
    journal.ensure_node()
    assert ready()[0] == set()
    later = readiness.now() + timedelta(seconds=30)
    monkeypatch.setattr(readiness, "now", lambda: later)
    for name in ("sealer", "clock"):
        readiness.beat(name)
    late, checks = ready()
    assert late == {"sealer"}
    assert checks["sealer"]["lag_s"] > 20
    sealing.seal()
    assert ready()[0] == set()


def test_stuck_work_and_a_full_disk_show(ready, monkeypatch):
    now = readiness.now()
    Job.objects.create(id="J", kind="x", digest="d", state=Job.State.RUNNING, made=now, beat=now - timedelta(minutes=5))
    monkeypatch.setattr(readiness, "FREE_BYTES", 2**70)
    assert ready()[0] == {"jobs", "disk"}


def test_what_cannot_be_looked_at_is_not_well(ready, monkeypatch):
    def broken():
        raise RuntimeError("no such thing")

    monkeypatch.setitem(readiness._asked, "clock", broken)
    assert ready()[0] == {"clock"}


def test_the_demonstration_has_no_clock_beside_it(ready, settings):
    settings.DEMONSTRATION = True
    assert "clock" not in ready()[1]


def until(what, seconds=20.0):
    ends = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < ends
        time.sleep(0.05)


def test_a_process_beside_the_server_is_started_again_and_ended(monkeypatch):
    monkeypatch.setattr(serving, "AGAIN", 0.05)
    monkeypatch.setattr(serving.Beside, "COMMAND", [sys.executable, "-c", "import time; time.sleep(60)"])
    beside = serving.Beside(["x"])
    until(lambda: beside.process is not None)
    first = beside.process.pid
    os.kill(first, signal.SIGKILL)
    until(lambda: beside.process.pid != first)
    beside.end()
    assert beside.process.poll() is not None
    assert not beside.thread.is_alive()


def test_a_process_ends_with_the_one_that_started_it(tmp_path):
    """Also where the server was killed and could end nothing."""
    child = (
        "import argparse, time\n"
        "from meguri.kit.running import parents\n"
        "parser = argparse.ArgumentParser()\n"
        "parents.add(parser)\n"
        "parents.follow(parser.parse_args())\n"
        "time.sleep(60)\n"
    )
    parent = (
        "import os, subprocess, sys, time\n"
        f"child = subprocess.Popen([sys.executable, '-c', {child!r}, '--with-parent', str(os.getpid())])\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE, text=True) as server:
        pid = int(server.stdout.readline())
        time.sleep(1.0)
        os.kill(pid, 0)
        server.kill()

    def gone():
        try:
            return "Z" in open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return True

    until(gone)


def answers(port):
    try:
        with urlopen(f"http://127.0.0.1:{port}/livez", timeout=2) as answer:
            return answer.status == 200
    except OSError:
        return False


def of_session(session):
    """The processes of a session that have not ended."""
    found = set()
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError):
                state, _, _, theirs = (folder / "stat").read_text().rpartition(")")[2].split()[:4]
                if int(theirs) == session and state != "Z":
                    found.add(int(folder.name))
    return found


@contextlib.contextmanager
def served(folder):
    """A server on a record of its own, with the port at which it answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    surroundings = {**os.environ, "MEGURI_MODE": "local", "MEGURI_HOME": str(folder), "MEGURI_DATABASE_URL": ""}
    command = [sys.executable, "-m", "meguri"]
    subprocess.run([*command, "setup"], env=surroundings, check=True, capture_output=True)
    server = subprocess.Popen(
        [*command, "serve", "--port", str(port)], env=surroundings, stdout=subprocess.DEVNULL, start_new_session=True
    )
    try:
        until(lambda: answers(port), 60)
        yield server, port
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def test_a_worker_that_dies_is_started_again_and_all_end_with_a_server_that_is_killed(tmp_path):
    with served(tmp_path) as (server, port):
        beside = {
            pid for pid in of_session(server.pid) if b"--with-parent" in Path(f"/proc/{pid}/cmdline").read_bytes()
        }
        assert len(beside) == 4
        (worker,) = of_session(server.pid) - beside - {server.pid}
        os.kill(worker, signal.SIGKILL)
        until(lambda: answers(port) and worker not in of_session(server.pid), 60)
        server.kill()
        until(lambda: of_session(server.pid) == set(), 60)


@pytest.mark.django_db
def test_workers_inherit_no_connection_to_the_database(monkeypatch):
    """They are forked: locks and sockets of the parent would be taken for their own."""
    import granian
    from django.db import connections

    done = []

    class Open:
        def close(self):
            done.append("closed")

        def close_pool(self):
            done.append("pool closed")

    class Helper:
        def end(self):
            done.append("helper ended")

    class Server:
        def __init__(self, *_, **__):
            pass

        def serve(self):
            done.append("serves")

    monkeypatch.setattr(granian, "Granian", Server)
    monkeypatch.setattr(connections, "all", lambda initialized_only=False: [Open()])
    monkeypatch.setattr(serving, "Beside", lambda words: Helper())
    assert serving.serve("127.0.0.1", 0, 1) == 0
    assert done == ["closed", "pool closed", "serves", *["helper ended"] * 3]
    monkeypatch.undo()


def test_a_server_holds_no_file_of_the_database(tmp_path):
    """What it held, each worker that it forks would hold as well."""
    with served(tmp_path) as (server, _):
        held = {os.readlink(one) for one in Path(f"/proc/{server.pid}/fd").iterdir()}
        assert [one for one in held if "sqlite3" in one] == []
