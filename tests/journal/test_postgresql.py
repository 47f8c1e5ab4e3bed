"""What only PostgreSQL shows: racing writers, unrelated writers, and the sealer's horizon."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import DatabaseError, connection, transaction

from journal.settled import sealed
from meguri.journal import services
from meguri.journal.entry import rows, triggers
from meguri.journal.models import ActRow, Leaf
from meguri.journal.services import Utterance
from meguri.kit.problems import Conflict

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True), pytest.mark.writes_outside]
ACTORS = [f"organisation:{name}" for name in ("ann", "bob", "cy", "dee", "eve", "fay", "gil", "hal")]


@pytest.fixture
def ready(transactional_db):
    from journal import toy

    services.ensure_node()
    for actor in ACTORS:
        services.enrol(actor)
    return toy


def apart(function):
    """Run in a thread with a connection of its own."""

    def run(*args):
        try:
            return function(*args)
        finally:
            connection.close()

    return run


class Held:
    """One writer stopped between its locks and its commit."""

    def __init__(self, monkeypatch, actor):
        self.reached, self.let_go = threading.Event(), threading.Event()
        append = rows.append

        def slow(acts, *rest):
            if acts[0][rows.ACT.split(", ").index("actor")] == actor:
                self.reached.set()
                assert self.let_go.wait(20)
            return append(acts, *rest)

        monkeypatch.setattr(rows, "append", slow)


def test_two_racing_acts_on_one_subject_are_serialised(ready):
    services.say(ACTORS[0], "toy.open", ready.Open("a", 10))
    services.say(ACTORS[0], "toy.open", ready.Open("b", 0))
    barrier = threading.Barrier(8)

    @apart
    def take(actor):
        barrier.wait()
        try:
            return services.say(actor, "toy.move", ready.Move("a", "b", 4)).number
        except Conflict:
            return None

    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(take, ACTORS))
    assert sum(number is not None for number in numbers) == 2
    assert ready.Pot.objects.get(id="a").beans == 2
    assert services.rebuild(check=True).identical


def test_racing_replays_give_one_act(ready):
    barrier = threading.Barrier(4)

    @apart
    def tell(_):
        barrier.wait()
        return services.say(ACTORS[0], "toy.open", ready.Open("a", 1), claimed=at, nonce="once")

    at = services.clock.now()
    with ThreadPoolExecutor(4) as pool:
        receipts = list(pool.map(tell, range(4)))
    assert len({receipt.id for receipt in receipts}) == 1
    assert sum(receipt.fresh for receipt in receipts) == 1


def test_unrelated_writers_do_not_wait_for_each_other(ready, monkeypatch):
    held = Held(monkeypatch, ACTORS[0])
    with ThreadPoolExecutor(8) as pool:
        slow = pool.submit(apart(lambda: services.say(ACTORS[0], "toy.open", ready.Open("slow", 1))))
        assert held.reached.wait(10)
        quick = [
            pool.submit(apart(lambda a=actor, i=i: services.say(a, "toy.open", ready.Open(f"q{i}", 1))))
            for i, actor in enumerate(ACTORS[1:])
        ]
        numbers = [future.result(timeout=10).number for future in quick]
        assert not slow.done()
        held.let_go.set()
        assert slow.result(timeout=10).number < min(numbers)


def test_batches_that_share_nonces_are_told_apart_however_they_are_written(ready, monkeypatch):
    """The one that comes second waits in the midst of its rows, and is then refused as it is where it comes later."""
    held = Held(monkeypatch, ACTORS[0])

    def batch(name):
        return [Utterance("toy.open", ready.Open(f"{name}{i}", 1), nonce=f"nonce-{i}") for i in range(3)]

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(apart(lambda: services.attest(ACTORS[0], batch("a"))))
        assert held.reached.wait(10)
        second = pool.submit(apart(lambda: services.attest(ACTORS[0], batch("b"))))
        waits = (
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'transactionid' AND datname = current_database()"
        )
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            with connection.cursor() as cursor:
                cursor.execute(waits)
                if cursor.fetchone()[0]:
                    break
            time.sleep(0.01)
        else:
            raise AssertionError("the second batch did not meet the first")
        held.let_go.set()
        numbers = [receipt.number for receipt in first.result(timeout=10)]
        with pytest.raises(Conflict) as caught:
            second.result(timeout=10)
    assert caught.value.problems[0].code == "nonce"
    assert list(ActRow.objects.filter(nonce__startswith="nonce-").values_list("number", flat=True)) == numbers


@pytest.mark.parametrize("count", [2, 40])
def test_a_batch_refused_in_its_midst_leaves_nothing_and_says_why(ready, count):
    good = [Utterance("toy.open", ready.Open(f"p{i}", 1)) for i in range(count)]
    before = ActRow.objects.count()
    with pytest.raises(Conflict) as caught:
        services.attest(ACTORS[0], [*good, good[0]])
    assert caught.value.problems[0].pointer.startswith(f"/{count}/")
    assert ActRow.objects.count() == before
    assert [one.fresh for one in services.attest(ACTORS[0], good)] == [True] * count
    assert services.rebuild(check=True).identical


def test_the_sealer_keeps_number_order_with_a_lower_number_on_its_way(ready, monkeypatch):
    sealed()
    held = Held(monkeypatch, ACTORS[0])
    with ThreadPoolExecutor(2) as pool:
        slow = pool.submit(apart(lambda: services.say(ACTORS[0], "toy.open", ready.Open("slow", 1))))
        assert held.reached.wait(10)
        later = services.say(ACTORS[1], "toy.open", ready.Open("quick", 1))
        before = Leaf.objects.count()
        for _ in range(3):
            services.seal()
        assert Leaf.objects.count() == before
        assert not Leaf.objects.filter(number=later.number).exists()
        held.let_go.set()
        earlier = slow.result(timeout=10)
    sealed()
    numbers = list(Leaf.objects.order_by("index").values_list("number", flat=True))
    assert numbers == sorted(numbers)
    assert numbers[-2:] == [earlier.number, later.number]
    assert services.verify().intact


def test_sealing_goes_on_under_steady_overlapping_work(ready):
    """There is always some transaction running; each one ends, and so the remembered horizon is reached."""
    stop = threading.Event()

    @apart
    def work(actor):
        count = 0
        while not stop.is_set():
            with transaction.atomic():
                services.say(actor, "toy.open", ready.Open(f"{actor[13:]}{count}", 1))
                time.sleep(0.02)
            count += 1
        return count

    sealed()
    with ThreadPoolExecutor(4) as pool:
        running = [pool.submit(work, actor) for actor in ACTORS[:4]]
        deadline, sizes = time.monotonic() + 10, set()
        try:
            while time.monotonic() < deadline and len(sizes) < 5:
                sizes.add(services.seal().size)
                time.sleep(0.02)
        finally:
            stop.set()
        assert all(future.result(timeout=10) for future in running)
    assert len(sizes) == 5
    assert sealed().size == ActRow.objects.count()
    assert services.verify().intact


def test_transactions_that_write_no_acts_hold_nothing_up(ready):
    """One that has an id and a snapshot of its own stays open, as one in another database of the cluster may."""
    sealed()
    other = connection.copy()
    other.settings_dict["OPTIONS"].pop("pool", None)
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN; SELECT pg_current_xact_id()")
            said = services.say(ACTORS[0], "toy.open", ready.Open("beside", 1))
            services.seal()
            assert Leaf.objects.filter(number=said.number).exists()
    finally:
        other.close()


def test_several_sealers_are_safe(ready):
    services.attest(ACTORS[0], [Utterance("toy.open", ready.Open(f"p{i}", 1)) for i in range(50)])
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(apart(lambda _: services.seal()), range(4)))
    assert all(checkpoint is None or checkpoint.size <= ActRow.objects.count() for checkpoint in made)
    assert sealed().size == ActRow.objects.count()
    assert services.verify().intact


def test_a_batch_with_very_many_subjects_is_taken(ready):
    receipts = services.attest(ACTORS[0], [Utterance("toy.open", ready.Open(f"p{i}", 1)) for i in range(1500)])
    assert len(receipts) == 1500


def test_writers_in_each_others_way_are_told_so(ready):
    """Two transactions that each say two acts, in opposite orders: one goes through, the other is told to try again."""
    services.attest(ACTORS[0], [Utterance("toy.open", ready.Open(pot, 10)) for pot in "abcd"])
    barrier = threading.Barrier(2)

    @apart
    def both(actor, first, second):
        try:
            with transaction.atomic():
                services.say(actor, "toy.move", ready.Move(*first, 1))
                barrier.wait(10)
                services.say(actor, "toy.move", ready.Move(*second, 1))
            return "done"
        except Conflict as error:
            return error.problems[0].code

    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(both, ACTORS[0], "ab", "cd")
        other = pool.submit(both, ACTORS[1], "cd", "ab")
        assert sorted([one.result(timeout=20), other.result(timeout=20)]) == ["busy", "done"]
    assert services.rebuild(check=True).identical


def test_truncate_is_refused(ready):
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            for table in triggers.TABLES:
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER {table}_whole")
        for table in triggers.TABLES:
            with pytest.raises(DatabaseError, match="append-only"), connection.cursor() as cursor:
                cursor.execute(f"TRUNCATE {table} CASCADE")
    finally:
        triggers.allow_truncate(connection)
    assert ActRow.objects.exists()
