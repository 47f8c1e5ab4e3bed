"""The sealer as a process: how often it seals and says that it is alive, and from when on it is late."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError

from meguri.journal.log import sealing
from meguri.kit.running import readiness
from meguri.kit.running.readiness import Check


class Machine:
    """A machine whose time passes by sleeping alone, and by what sealing takes."""

    def __init__(self, monkeypatch, takes=0.0):
        self.now, self.takes = 0.0, takes
        self.seals, self.beats, self.slept = [], [], []
        self.fails = set()
        monkeypatch.setattr(sealing.time, "monotonic", lambda: self.now)
        monkeypatch.setattr(sealing.time, "sleep", self.sleep)
        monkeypatch.setattr(sealing, "seal", self.seal)
        monkeypatch.setattr(sealing.readiness, "beat", lambda name: self.beats.append((name, self.now)))
        monkeypatch.setattr(sealing, "close_old_connections", lambda: None)

    def seal(self):
        self.seals.append(self.now)
        self.now += self.takes
        if len(self.seals) in self.fails:
            raise OperationalError("gone")

    def sleep(self, seconds):
        self.slept.append(round(seconds, 6))
        self.now += seconds

    def until(self, end):
        return lambda: self.now >= end


def test_it_seals_each_second_and_says_so_every_three(monkeypatch):
    machine = Machine(monkeypatch)
    sealing.run_forever(stop=machine.until(7))
    assert machine.seals == [0, 1, 2, 3, 4, 5, 6]
    assert machine.slept == [1.0] * 7
    assert machine.beats == [("sealer", 0.0), ("sealer", 3.0), ("sealer", 6.0)]


def test_what_sealing_takes_is_not_waited_for_again(monkeypatch):
    machine = Machine(monkeypatch, takes=0.4)
    sealing.run_forever(2.0, machine.until(5))
    assert machine.slept == [1.6, 1.6, 1.6]
    machine = Machine(monkeypatch, takes=3.0)
    sealing.run_forever(1.0, machine.until(5))
    assert machine.slept == [0.05, 0.05], "and whoever else needs the database gets a moment"


def test_a_database_that_is_away_ends_nothing_and_is_no_sign_of_life(monkeypatch, db):
    machine = Machine(monkeypatch)
    machine.fails = {1, 2}
    closed = []
    monkeypatch.setattr(sealing.connection, "close", lambda: closed.append(machine.now))
    sealing.run_forever(stop=machine.until(4))
    assert machine.seals == [0, 1, 2, 3]
    assert closed == [0.0, 1.0]
    assert machine.beats == [("sealer", 2.0)]


@pytest.mark.parametrize(
    ("silent", "waits", "demonstration", "said"),
    [
        (8.0, 0.0, False, Check(True, 8.0)),
        (8.5, 0.0, False, Check(False, 8.5)),
        (1.0, 10.0, False, Check(True, 10.0)),
        (1.0, 10.5, False, Check(False, 10.5)),
        (1.0, 99.0, True, Check(True, 1.0)),
        (None, 2.0, False, Check(False, None)),
    ],
)
def test_it_is_late_after_eight_seconds_of_silence_or_ten_of_waiting(
    monkeypatch, settings, silent, waits, demonstration, said
):
    settings.DEMONSTRATION = demonstration
    monkeypatch.setattr(readiness, "lag", lambda name: {"sealer": silent}[name])
    monkeypatch.setattr(sealing, "_oldest_waits", lambda: waits)
    assert sealing.readiness_of_sealer() == said


@pytest.mark.django_db
def test_the_first_act_that_is_not_sealed_is_the_one_that_waits(monkeypatch):
    from meguri.journal import services
    from tests_support import use_clock

    now = datetime(2025, 10, 1, 3, tzinfo=UTC)
    monkeypatch.setattr(readiness, "now", lambda: now + timedelta(seconds=90))
    assert sealing._oldest_waits() == 0.0
    try:
        use_clock(lambda: now)
        services.ensure_node()
        use_clock(lambda: now + timedelta(seconds=30))
        key = services.enrol("organisation:a")
        assert sealing._oldest_waits() == 90.0
        sealing.seal()
        assert sealing._oldest_waits() == 0.0
        use_clock(lambda: now + timedelta(seconds=60))
        services.revoke(key)
        assert sealing._oldest_waits() == 30.0
        monkeypatch.setattr(readiness, "now", lambda: now)
        assert sealing._oldest_waits() == 0.0, "a clock that is behind makes nobody wait"
    finally:
        use_clock(None)
