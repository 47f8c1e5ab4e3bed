"""What is counted for those who watch: by whom it may be read, what it says, and that it is of all processes."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest
from django.test import Client

from meguri.journal import services as journal
from meguri.journal.log import sealing
from meguri.kit.models import Job
from meguri.kit.running import metrics, readiness

TOKEN = "a token of sixteen and more"
LINE = re.compile(r'([a-z_]+)(\{(?:[a-z]+="(?:[^"\\\n]|\\.)*",?)*\})? (\S+)')


@pytest.fixture
def scrape(db, settings):
    """Asks `/metrics` as Prometheus does; returns the numbers by what is written before them."""
    settings.METRICS_TOKEN = TOKEN
    settings.DEMONSTRATION = False

    def ask():
        answer = Client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        found, families = {}, set()
        for line in answer.content.decode().splitlines():
            if line.startswith("# TYPE "):
                families.add(line.split()[2])
            elif not line.startswith("#"):
                name, labels, value = LINE.fullmatch(line).groups()
                assert name in families or re.sub("_(bucket|sum|count)$", "", name) in families, "told before its type"
                assert (name + (labels or "")) not in found
                found[name + (labels or "")] = float(value)
        assert families == set(metrics.NAMES)
        return found

    return ask


@pytest.mark.django_db
def test_whoever_has_no_token_reads_nothing(settings):
    assert Client().get("/metrics").status_code == 404
    settings.METRICS_TOKEN = TOKEN
    for given in ("", TOKEN, "Bearer", f"Bearer {TOKEN[:-1]}", f"Bearer {TOKEN}x", "Bearer é"):
        answer = Client().get("/metrics", headers={"Authorization": given} if given else {})
        assert answer.status_code == (200 if given == TOKEN else 403)
        assert (b"meguri_" in answer.content) == (given == TOKEN)


def test_requests_are_counted_by_route_and_class_and_never_by_address(scrape):
    before = scrape()

    def more(key):
        return scrape().get(key, 0) - before.get(key, 0)

    for number in range(3):
        Client().get(f"/jobs/secret{number}")
    Client().get("/there/is/none/secret")
    assert more('meguri_requests_total{route="kit:job",status="4xx"}') == 3
    assert more('meguri_requests_total{route="none",status="4xx"}') == 1
    assert more('meguri_request_seconds_count{route="kit:job"}') == 3
    assert more('meguri_request_seconds_bucket{route="kit:job",le="+Inf"}') == 3
    assert more('meguri_request_seconds_sum{route="kit:job"}') >= 0
    assert not any("secret" in key for key in scrape())


def test_buckets_hold_what_is_quicker(scrape, monkeypatch):
    cells = metrics.SharedNumbers(None)
    monkeypatch.setattr(metrics, "own", lambda: cells)
    for seconds in (0.005, 0.02, 0.02, 2.0, 60.0):
        metrics.answered("x", 200, seconds)
    told = dict(metrics.numbers(bytes(cells.memory)))
    assert [
        told.get(f'meguri_request_seconds_bucket{{route="x",le="{le}"}}', 0)
        for le in ("0.01", "0.03", "0.1", "0.3", "1", "3", "10", "+Inf")
    ] == [1, 3, 3, 3, 3, 4, 4, 5]


def test_acts_and_how_long_they_wait(scrape, monkeypatch):
    journal.ensure_node()
    sealing.seal()
    sealed = scrape()
    assert sealed["meguri_acts_unsealed"] == 0
    journal.enrol("organisation:ann")
    later = readiness.now() + readiness.timedelta(seconds=30)
    monkeypatch.setattr(readiness, "now", lambda: later)
    found = scrape()
    assert found["meguri_acts_recorded_total"] == sealed["meguri_acts_recorded_total"] + found["meguri_acts_unsealed"]
    assert found["meguri_acts_unsealed"] >= 1
    assert 25 < found["meguri_acts_unsealed_oldest_seconds"] < 40
    assert found['meguri_ready{check="sealer"}'] == 0
    assert found['meguri_ready{check="database"}'] == 1


def test_work_disk_and_processes(scrape):
    Job.objects.create(id="J", kind="x", digest="d", state=Job.State.FAILED, made=readiness.now())
    found = scrape()
    assert found['meguri_jobs{state="failed"}'] == 1
    assert found['meguri_jobs{state="queued"}'] == 0
    assert found["meguri_disk_free_bytes"] > 0
    if sys.platform == "linux":
        own = f'{{role="server",pid="{os.getpid()}"}}'
        assert found[f"meguri_process_memory_bytes{own}"] > 10**7
        assert found[f"meguri_process_cpu_seconds_total{own}"] >= 0


def test_a_database_that_is_away_takes_only_its_own_numbers_along(scrape, monkeypatch):
    def broken():
        raise RuntimeError("away")
        yield

    monkeypatch.setitem(metrics._read, "jobs", broken)
    found = scrape()
    assert not any(key.startswith("meguri_jobs") for key in found)
    assert "meguri_disk_free_bytes" in found


OTHER = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "meguri.portal.settings"
import django
django.setup()
from meguri.kit.running import metrics
metrics.count("meguri_gate_refused_total", why="slow")
metrics.level("meguri_gate_waiting", 7)
print("counted", flush=True)
sys.stdin.readline()
os._exit(0)
"""


def test_all_processes_are_added_up_and_what_ended_ones_counted_stays(scrape):
    key = 'meguri_gate_refused_total{why="slow"}'
    before = scrape().get(key, 0)
    others = [
        subprocess.Popen([sys.executable, "-c", OTHER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for one in others:
        assert one.stdout.readline() == "counted\n"
    found = scrape()
    assert (found[key] - before, found["meguri_gate_waiting"]) == (2, 14)
    others[0].communicate("\n")
    found = scrape()
    assert (found[key] - before, found["meguri_gate_waiting"]) == (2, 7)
    others[1].kill()
    others[1].communicate()
    for _ in range(2):
        found = scrape()
        assert (found[key] - before, found.get("meguri_gate_waiting", 0)) == (2, 0)
    assert len(list(metrics.folder().glob("*.cells"))) == 1


def test_a_disk_without_room_is_counted_in_memory_alone(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(metrics.os, "posix_fallocate", full)
    cells = metrics.SharedNumbers(tmp_path / "x.cells")
    cells.add("meguri_jobs", 2)
    assert dict(metrics.numbers(bytes(cells.memory))) == {"meguri_jobs": 2}
    assert list(tmp_path.iterdir()) == []


def test_what_finds_no_place_is_dropped_and_the_rest_stays(monkeypatch):
    monkeypatch.setattr(metrics, "SIZE", 64)
    cells = metrics.SharedNumbers(None)
    cells.add("a" * 20)
    cells.add("b" * 60)
    cells.add("a" * 20)
    assert dict(metrics.numbers(bytes(cells.memory))) == {"a" * 20: 2}
