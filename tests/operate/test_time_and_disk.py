"""A clock that was set back, and a disk that is full: nothing wrong is recorded, nothing that was is lost."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection
from django.test import Client

from meguri.journal import services
from meguri.journal.entry import recording
from meguri.journal.models import ActRow
from meguri.kit import clock
from meguri.kit.problems import Busy
from meguri.kit.running import readiness

ANN = "organisation:ann"
DAYS = timedelta(days=2)
LATER = f"""
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "meguri.portal.settings"
from meguri.kit.running.starting import start
start()
from datetime import timedelta
from meguri.journal import services
from meguri.kit import clock
with clock.running(lambda: clock.machine() + timedelta(days={DAYS.days})):
    services.enrol("organisation:later")
"""


@pytest.fixture
def real(db, settings, monkeypatch):
    """A service as in production, in which acts are told; called with a span, the machine's clock is set back by it."""
    settings.DEMONSTRATION = False
    with clock.running(lambda: clock.machine() - 2 * DAYS):
        services.ensure_node()
        services.enrol(ANN)
    monkeypatch.setattr(clock, "_ahead", float("-inf"))
    clock.set_back()
    wall, machine = clock._wall, clock.machine

    def set_back(by):
        monkeypatch.setattr(clock, "_wall", lambda: wall() - by.total_seconds())
        monkeypatch.setattr(clock, "machine", lambda: machine() - by)

    return set_back


def readyz():
    for name in ("sealer", "clock"):
        readiness.beat(name)
    return Client().get("/readyz")


def test_nothing_is_recorded_while_the_clock_is_set_back(real):
    assert readyz().json()["checks"]["clock"]["ok"]
    services.enrol("organisation:cy")
    before = ActRow.objects.count()
    real(DAYS)
    with pytest.raises(Busy) as refused:
        services.enrol("organisation:bob")
    assert refused.value.problems[0].code == "clock"
    assert "2880 minutes" in refused.value.problems[0].say("en")
    assert ActRow.objects.count() == before
    answer = readyz()
    assert answer.status_code == 503
    check = answer.json()["checks"]["clock"]
    assert check["ok"] is False
    assert abs(check["lag_s"] - DAYS.total_seconds()) < 60
    assert Client().get("/livez").status_code == 200
    # Right again, it goes on; every act has its place and its time in one order.
    real(timedelta())
    services.enrol("organisation:bob")
    assert readyz().json()["checks"]["clock"]["ok"]
    told = list(ActRow.objects.order_by("number").values_list("recorded", flat=True))
    assert told == sorted(told)


def test_a_clock_that_is_put_right_by_moments_or_forward_is_no_fault(real):
    for by in (timedelta(seconds=200), timedelta(), -DAYS):
        real(by)
        services.enrol(f"organisation:x{abs(by.days)}{by.seconds}")
        assert recording.time_lost() == timedelta()


def test_the_demonstration_keeps_a_date_of_its_own(real, settings):
    settings.DEMONSTRATION = True
    real(DAYS)
    services.enrol("organisation:bob")


def test_a_sign_of_life_from_before_the_clock_was_set_back_is_none(real, monkeypatch):
    readyz()
    present = readiness.now()
    monkeypatch.setattr(readiness, "now", lambda: present - DAYS)
    assert not readiness.beating("sealer", 10).ok


@pytest.mark.either
def test_a_service_that_starts_with_a_wrong_clock_knows_it_by_its_record(folders):
    """Its newest act was told by a clock that was right, two days from here."""
    record = folders(
        "wrong_clock",
        mode="production",
        more={
            "MEGURI_SECRET_KEY": "s" * 40,
            "MEGURI_KEYRING_SECRET": "k" * 40,
            "MEGURI_HOSTS": "localhost",
            "MEGURI_NODE": "meguri.test",
        },
    )
    if not record.database:
        record.database = f"sqlite:///{record.home}/meguri.sqlite3"
    record.run("setup")
    record.tell("before")
    record.python(LATER)
    acts = record.run("journal", "verify")["acts"]
    done = record.call("journal", "rotate-key", "organisation:before", "--json")
    assert done.returncode == 2
    assert '"clock"' in done.stdout
    assert record.run("journal", "verify")["acts"] == acts


@pytest.mark.skipif(not hasattr(os, "statvfs"), reason="no such disk")
def test_on_a_full_disk_what_cannot_be_written_is_refused_and_what_was_stays(folders):
    """SQLite's file may grow no further: the limit of a page count is what a full disk is to it."""
    record = folders("full", "sqlite")
    record.run("setup")
    record.tell("a", "b")
    before = record.run("journal", "verify")
    text = FULL.format(most=record.ask("PRAGMA page_count")[0][0] + 4)
    said = record.python(text)
    told = int(said.split()[-1])
    after = record.run("journal", "verify")
    assert "full" in said
    assert after["intact"]
    assert after["acts"] == before["acts"] + told
    record.tell("there is room again".replace(" ", "-"))
    assert record.run("journal", "verify")["intact"]
    assert record.run("journal", "rebuild", "--check")["identical"]


FULL = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "meguri.portal.settings"
from meguri.kit.running.starting import start
start()
from django.db import connection
from meguri.journal import services
from meguri.kit.running.database import NoRoom
with connection.cursor() as cursor:
    cursor.execute("PRAGMA max_page_count = {most}")
told = 0
try:
    for number in range(1000):
        services.enrol(f"organisation:n{{number}}")
        told += 1
except NoRoom as error:
    print(error)
print(told)
"""


def test_a_full_disk_shows(real, monkeypatch):
    monkeypatch.setattr(readiness, "FREE_BYTES", 2**70)
    answer = readyz()
    assert answer.status_code == 503
    assert answer.json()["checks"]["disk"]["ok"] is False


def test_postgresql_that_cannot_write_takes_nothing_down(real, monkeypatch):
    """Whatever the disk says while acts are appended, the transaction is whole or not at all."""
    from meguri.journal.entry import rows

    before = ActRow.objects.count()

    def full(*_, **__):
        raise DatabaseError("could not extend file: No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(rows, "bring", full)
        with pytest.raises(DatabaseError):
            services.enrol("organisation:bob")
    assert connection.vendor in ("sqlite", "postgresql")
    assert ActRow.objects.count() == before
    services.enrol("organisation:bob")
    assert services.rebuild(check=True).identical
