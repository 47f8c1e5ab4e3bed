"""Limits that all workers share."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time

import pytest
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse

from meguri.kit.models import Count
from meguri.kit.web.requests import counting, limits
from meguri.kit.web.requests.counting import Lots

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["cache", "database"])
def place(request, settings, tmp_path):
    """Each place in which counts are kept."""
    settings.LIMITS, settings.DATA = request.param, tmp_path
    cache.clear()
    limits._lots.forget()
    return request.param


def test_what_is_added_is_answered(place):
    assert [counting.add("a", 1, 60), counting.add("a", 4, 60), counting.add("a", -2, 60)] == [1, 5, 3]
    assert counting.add("b", 1, 60) == 1


def test_a_count_is_forgotten_in_time(place, monkeypatch):
    if place == "cache":
        assert counting.add("a", 1, -1) == counting.add("a", 1, -1) == 1
        return
    present = time.time()
    assert counting.add("a", 3, 60) == 3
    monkeypatch.setattr(counting.time, "time", lambda: present + 61)
    assert counting.add("a", 1, 60) == 1
    monkeypatch.setattr(counting.time, "time", lambda: (present // counting.TIDY + 2) * counting.TIDY)
    counting.add("b", 1, 60)
    monkeypatch.setattr(counting.time, "time", lambda: present)
    assert counting.add("a", 1, 60) == 1


@pytest.mark.parametrize(("most", "rate"), [(3, "3/h"), (100, "100/h")])
def test_a_door_takes_so_many_and_no_more(place, most, rate):
    opened: list[int] = []
    door = limits.limit("test", rate)(lambda request: opened.append(1) or HttpResponse())
    request = HttpRequest()
    request.META["REMOTE_ADDR"] = "192.0.2.1"
    refused = 0
    for _ in range(most + 20):
        try:
            door(request)
        except limits.TooMany:
            refused += 1
    assert (len(opened), refused) == (most, 20)


def test_workers_tell_each_other_in_lots(place):
    """Two workers at one door with a limit of a hundred: not twice as many, and not a telling at each."""
    told: list[int] = []
    add = counting.add

    def counted(name, number, seconds):
        told.append(number)
        return add(name, number, seconds)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(counting, "add", counted)
        one, other = Lots(), Lots()
        taken = sum(worker.count("door", 100, 60) <= 100 for _ in range(150) for worker in (one, other))
    assert 100 - 100 // counting.LOTS <= taken <= 100 + 2 * (100 // counting.LOTS)
    assert len(told) < 50
    assert add("door", 0, 60) == sum(told)


def test_what_cannot_be_counted_together_is_counted_alone(settings, tmp_path):
    settings.LIMITS, settings.DATA = "database", tmp_path / "there is no such folder"
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(counting.connection, "vendor", "sqlite")
        lots = Lots()
        assert [lots.count("door", 2, 60) for _ in range(4)] == [1, 2, 3, 3]


def test_processes_count_together_and_none_is_lost(settings, tmp_path):
    """The file that workers share where the database is SQLite: four processes, each adding from four threads."""
    script = (
        "import sys, threading\n"
        "from pathlib import Path\n"
        "from meguri.kit.web.requests.counting import _File\n"
        "import time\n"
        "file, now = _File(Path(sys.argv[1])), int(time.time())\n"
        "def add():\n"
        "    for _ in range(50): file.add(('a', 1, now + 600, now, now), now)\n"
        "threads = [threading.Thread(target=add) for _ in range(4)]\n"
        "[one.start() for one in threads]; [one.join() for one in threads]\n"
    )
    path = tmp_path / counting.FILE
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "meguri.portal.settings",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    running = [subprocess.Popen([sys.executable, "-c", script, str(path)], env=environment) for _ in range(4)]
    assert [one.wait(120) for one in running] == [0] * 4
    present = int(time.time())
    assert counting._File(path).add(("a", 0, present + 600, present, present), present) == 800


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_threads_count_together_in_the_database(settings):
    from django.db import connections

    settings.LIMITS = "database"

    def add():
        try:
            for _ in range(25):
                counting.add("a", 1, 600)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=add) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert Count.objects.get(name="a").number == 200


@pytest.mark.postgresql
def test_counting_waits_for_no_disk():
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT relpersistence FROM pg_class WHERE relname = 'kit_count'")
        assert cursor.fetchone() == ("u",)
