"""Long work: queued, claimed once, followed, cancelled, found dead, and kept to whose it is."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from datetime import timedelta
from importlib import import_module

import pytest
from django.test import Client
from django.utils import timezone

from meguri.kit.models import Job, User
from meguri.kit.people.identity import ANYONE, Reader, SignInNeeded
from meguri.kit.problems import NotAllowed, NotFound, Refused, refuse
from meguri.kit.words import Words, given
from meguri.kit.work import jobs
from meguri.kit.work import worker as working

pytestmark = pytest.mark.django_db

ONE, OTHER = Reader(organisation="organisation:one"), Reader(organisation="organisation:other")


def stranger(number: int = 1, place: str = "") -> Reader:
    """Somebody without an account: a session of their own, and an address."""
    return Reader(secret=f"secret {number}", place=place or f"place {number}")


TITLE = given({"en": "Counting", "ja": "計数"})


@pytest.fixture
def spawned(monkeypatch, settings, tmp_path, django_capture_on_commit_callbacks):
    """Work is claimed but no process starts; its folder is the test's."""
    settings.DATA = tmp_path
    import_module(settings.ROOT_URLCONF)  # what rooms offer is theirs before this test adds to a copy
    begun: list[str] = []
    monkeypatch.setattr(jobs, "spawn", begun.append)
    monkeypatch.setattr(jobs, "_kinds", dict(jobs._kinds))
    return begun


def count(task: jobs.Task) -> object:
    """Counts to what the payload says, and writes the last number."""
    for n in range(task.payload["to"]):
        task.say(n / task.payload["to"], Words("at {n}").format(n=n))
    path = task.folder / "last.txt"
    path.write_text(str(task.payload["to"]))
    return path


@pytest.fixture
def counting(spawned):
    jobs.offer("test.count", TITLE, count)
    return spawned


def test_it_is_done_and_its_result_found(counting):
    job = jobs.start("test.count", {"to": 3}, ONE)
    assert job.party == "organisation:one"
    done = working.run(job.id, beating=False)
    assert (done.state, done.progress) == ("done", 1.0)
    assert jobs.result(done).read_text() == "3"


def test_the_same_work_is_not_done_twice_unless_its_result_is_gone(counting):
    job = jobs.start("test.count", {"to": 3}, ONE)
    assert jobs.start("test.count", {"to": 3}, ONE).id == job.id
    assert jobs.start("test.count", {"to": 4}, ONE).id != job.id
    assert jobs.start("test.count", {"to": 3}, OTHER).id != job.id
    done = working.run(job.id, beating=False)
    assert jobs.start("test.count", {"to": 3}, ONE).id == job.id
    assert jobs.start("test.count", {"to": 3}, ONE, again=True).id != job.id
    Job.objects.exclude(id=job.id).delete()
    jobs.result(done).unlink()
    assert jobs.start("test.count", {"to": 3}, ONE).id != job.id


def test_only_so_many_at_once_and_in_their_order(counting):
    made = [jobs.start("test.count", {"to": n}, ONE).id for n in range(jobs.AT_ONCE + 2)]
    states = [Job.objects.get(id=one).state for one in made]
    assert states == ["starting"] * jobs.AT_ONCE + ["queued"] * 2
    working.run(made[0], beating=False)
    assert Job.objects.get(id=made[jobs.AT_ONCE]).state == "starting"
    assert Job.objects.get(id=made[-1]).state == "queued"


def test_one_process_only_claims_it(counting):
    job = jobs.start("test.count", {"to": 1}, ONE)
    working.run(job.id, beating=False)
    with pytest.raises(NotFound):
        working.run(job.id, beating=False)


def test_nobody_sees_or_cancels_anothers(counting):
    job = jobs.start("test.count", {"to": 1}, ONE)
    for reader in (OTHER, ANYONE):
        with pytest.raises(NotFound):
            jobs.find(job.id, reader)
        with pytest.raises(NotFound):
            jobs.cancel(job.id, reader)
    assert jobs.find(job.id, ONE).id == job.id
    assert jobs.find(job.id, Reader(administrator=True)).id == job.id


def test_without_signing_in_only_what_is_public_or_built_in(counting):
    with pytest.raises(SignInNeeded):
        jobs.start("test.count", {"to": 1}, ANYONE)
    built_in = jobs.start("test.count", {"to": 1}, ANYONE, shared=True)
    assert jobs.find(built_in.id, OTHER).id == built_in.id
    with pytest.raises(NotAllowed):
        jobs.cancel(built_in.id, ANYONE)
    jobs.offer("test.count", TITLE, count, public=True)
    for n in range(jobs.WAITING_MOST[""]):
        jobs.start("test.count", {"to": n + 2}, stranger(n, "one place"))
    with pytest.raises(Refused, match="wait already"):
        jobs.start("test.count", {"to": 99}, stranger(9, "one place"))
    with pytest.raises(SignInNeeded):
        jobs.start("test.count", {"to": 99}, ANYONE)
    assert jobs.start("test.count", {"to": 99}, stranger(9, "another place")).state == "queued"


def test_strangers_together_and_what_is_built_in_are_bounded(counting, monkeypatch):
    monkeypatch.setattr(jobs, "STRANGERS_MOST", 3)
    monkeypatch.setattr(jobs, "SHARED_MOST", 2)
    jobs.offer("test.count", TITLE, count, public=True)
    for n in range(3):
        jobs.start("test.count", {"to": n}, stranger(n))
    with pytest.raises(Refused, match="3 pieces of work wait already"):
        jobs.start("test.count", {"to": 9}, stranger(9))
    for n in range(2):
        jobs.start("test.count", {"to": n}, ANYONE, shared=True)
    with pytest.raises(Refused, match="2 pieces of work wait already"):
        jobs.start("test.count", {"to": 9}, ANYONE, shared=True)
    assert jobs.start("test.count", {"to": 9}, ONE).party == "organisation:one"


def test_strangers_shut_out_neither_each_other_nor_organisations(counting, monkeypatch):
    """Four pieces of one stranger wait; another's, and an organisation's, begin before them."""
    jobs.offer("test.count", TITLE, count, public=True)
    greedy = [jobs.start("test.count", {"to": n}, stranger(1)).id for n in range(4)]
    modest = jobs.start("test.count", {"to": 10}, stranger(2)).id
    theirs = jobs.start("test.count", {"to": 11}, ONE).id

    def state(*ids):
        return [Job.objects.get(id=one).state for one in ids]

    assert state(*greedy) == ["starting", "queued", "queued", "queued"]
    assert state(modest, theirs) == ["queued", "starting"]
    working.run(greedy[0], beating=False)
    assert state(modest, *greedy[1:]) == ["starting", "queued", "queued", "queued"]
    working.run(modest, beating=False)
    assert state(*greedy[1:]) == ["starting", "queued", "queued"]


def test_a_strangers_work_is_seen_and_cancelled_with_their_secret_alone(counting):
    jobs.offer("test.count", TITLE, count, public=True)
    job = jobs.start("test.count", {"to": 1}, stranger(1))
    person = Reader(user=User.objects.create_user("mina"))
    for reader in (stranger(2, "place 1"), ANYONE, ONE, person):
        assert jobs.latest("test.count", {"to": 1}, reader) is None
        with pytest.raises(NotFound):
            jobs.find(job.id, reader)
        with pytest.raises(NotFound):
            jobs.cancel(job.id, reader)
    assert jobs.find(job.id, stranger(1, "elsewhere")).id == job.id
    assert jobs.cancel(job.id, stranger(1, "elsewhere")).cancel_asked is not None
    theirs = jobs.start("test.count", {"to": 5}, person)
    assert jobs.find(theirs.id, person).id == theirs.id
    with pytest.raises(NotFound):
        jobs.find(theirs.id, stranger(1))


def test_what_several_strangers_ask_for_is_done_once_and_goes_on_until_the_last_has_cancelled(counting):
    jobs.offer("test.count", TITLE, count, public=True)
    first, second = stranger(1), stranger(2)
    job = jobs.start("test.count", {"to": 1}, first)
    assert jobs.start("test.count", {"to": 1}, second).id == job.id
    assert jobs.cancel(job.id, first).cancel_asked is None
    with pytest.raises(NotFound):
        jobs.find(job.id, first)
    assert jobs.cancel(job.id, second).cancel_asked is not None
    # What is being cancelled is nobody's to join.
    again = jobs.start("test.count", {"to": 1}, first)
    assert again.id != job.id
    Job.objects.filter(id=again.id).update(state="starting")
    working.run(again.id, beating=False)
    assert jobs.latest("test.count", {"to": 1}, ANYONE).id == again.id
    assert jobs.latest("test.count", {"to": 2}, ANYONE) is None


def test_cancelled_while_waiting_and_while_working(counting, monkeypatch):
    monkeypatch.setattr(working, "SAYING", 0)
    first, *_, last = [jobs.start("test.count", {"to": n + 5}, ONE) for n in range(jobs.AT_ONCE + 1)]
    assert jobs.cancel(last.id, ONE).state == "cancelled"

    def interrupted(task):
        task.say(0.5, Words("half"))
        jobs.cancel(task.id, ONE)
        task.say(0.6, Words("more"))
        raise AssertionError("it went on")

    jobs.offer("test.count", TITLE, interrupted)
    assert working.run(first.id, beating=False).state == "cancelled"
    assert Job.objects.get(id=first.id).progress == 0.6


def test_why_it_failed_is_said_in_both_languages(counting):
    from django.utils import translation

    def wrong(task):
        raise refuse("{count} pieces of work wait already. Let one finish, or cancel one.", "/x", "x", count=3)

    def broken(task):
        return 1 / 0

    jobs.offer("test.count", TITLE, wrong)
    failed = working.run(jobs.start("test.count", {"to": 1}, ONE).id, beating=False)
    assert failed.state == "failed"
    with translation.override("ja"):
        assert "3" in jobs.problems(failed)[0].say()
        assert "wait already" not in jobs.problems(failed)[0].say()
    jobs.offer("test.count", TITLE, broken)
    crashed = working.run(jobs.start("test.count", {"to": 2}, ONE).id, beating=False)
    assert "ZeroDivisionError" in jobs.problems(crashed)[0].say()


def test_what_gives_no_sign_of_life_is_marked_and_makes_room(counting):
    made = [jobs.start("test.count", {"to": n}, ONE) for n in range(jobs.AT_ONCE + 1)]
    Job.objects.filter(id=made[0].id).update(beat=timezone.now() - jobs.STALE - timedelta(seconds=1))
    assert jobs.find(made[0].id, ONE).state == "failed"
    assert "interrupted" in jobs.problems(jobs.find(made[0].id, ONE))[0].say()
    assert jobs.find(made[-1].id, ONE).state == "starting"


def test_its_page_follows_it_and_cancels_it(counting):
    jobs.offer("test.count", TITLE, count, public=True)
    job = jobs.start("test.count", {"to": 7}, stranger())
    client = Client()
    assert client.get(f"/jobs/{job.id}").status_code == 404
    assert client.post(f"/jobs/{job.id}/cancel").status_code == 404
    session = client.session
    session["secret"] = "secret 1"
    session.save()
    html = client.get(f"/jobs/{job.id}", headers={"accept-language": "ja"}).content.decode()
    assert "計数" in html
    assert f'hx-get="/jobs/{job.id}/part"' in html
    assert "<progress" in html
    assert "HX-Refresh" not in client.get(f"/jobs/{job.id}/part").headers
    answer = client.post(f"/jobs/{job.id}/cancel", {"back": "https://evil.example/"})
    assert answer.headers["Location"] == f"/jobs/{job.id}"
    Job.objects.filter(id=job.id).update(state="cancelled", finished=timezone.now())
    part = client.get(f"/jobs/{job.id}/part")
    assert part.headers["HX-Refresh"] == "true"
    assert "hx-get" not in part.content.decode()
    assert client.get("/jobs/0000000000").status_code == 404


def test_a_person_of_another_organisation_does_not_find_the_page(counting):
    job = jobs.start("test.count", {"to": 7}, ONE)
    client = Client()
    client.force_login(User.objects.create_user("mina"))
    assert client.get(f"/jobs/{job.id}").status_code == 404
    assert client.post(f"/jobs/{job.id}/cancel").status_code == 404


def test_finished_work_is_forgotten_in_time(counting):
    job = working.run(jobs.start("test.count", {"to": 1}, ONE).id, beating=False)
    path = jobs.result(job)
    assert jobs.tidy(timezone.now() - timedelta(days=1)) == 0
    assert jobs.tidy(timezone.now() + timedelta(days=1)) == 1
    assert not path.exists()


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_work_is_counted_under_a_lock(counting):
    """Sixteen requests of one stranger at the same moment queue no more than may wait, and begin no more than one."""
    from django.db import connections

    jobs.offer("test.count", TITLE, count, public=True)
    together = threading.Barrier(16)
    answers: list[str] = []

    def ask(n):
        try:
            together.wait(30)
            jobs.start("test.count", {"to": n}, stranger(n, "one place"))
            answers.append("taken")
        except Refused:
            answers.append("refused")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(16)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    most = jobs.WAITING_MOST[""]
    assert sorted(answers) == ["refused"] * (16 - most) + ["taken"] * most
    assert Job.objects.filter(state="starting").count() == len(counting) == jobs.STRANGERS_AT_ONCE


@pytest.mark.parametrize(
    ("what", "state", "code"),
    [("deaf", "cancelled", None), ("endless", "failed", "time"), ("greedy", "failed", "memory")],
)
def test_a_process_does_it_and_is_stopped(tmp_path, what, state, code):
    """The real thing, on a database of its own: a process that is cancelled without listening ends all the same, and so
    does one whose time is over or that takes more memory than its kind may.
    """
    environment = {
        **os.environ,
        "MEGURI_HOME": str(tmp_path),
        "MEGURI_MODE": "local",
        "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path]),
    }
    environment.pop("MEGURI_DATABASE_URL", None)
    (tmp_path / "bounded_work.py").write_text(BOUNDED)
    command = [sys.executable, str(tmp_path / "bounded_work.py"), what]
    started = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert started.stdout.split() == [state, str(code)], started.stdout + started.stderr


BOUNDED = """
import os, sys, time
os.environ["DJANGO_SETTINGS_MODULE"] = "meguri.portal.settings"
import django
django.setup()
from datetime import timedelta
from django.core.management import call_command
from meguri.kit.work import worker as working
from meguri.kit.work import jobs
from meguri.kit.models import Job
from meguri.kit.people.identity import Reader
from meguri.kit.words import Words

def deaf(task):
    time.sleep(600)

def endless(task):
    while True:
        time.sleep(0.01)

def greedy(task):
    held = []
    while True:
        held.append(bytearray(16 * 2**20))

call_command("migrate", "kit", verbosity=0)
jobs.spawn = lambda identifier: None
what, me = sys.argv[1], Reader(secret="mine", place="here")
working.BEAT, working.GRACE = 0.1, timedelta(seconds=0.3)
bounds = {"deaf": (600, 4000), "endless": (1, 4000), "greedy": (600, 2000)}[what]
jobs.offer("test.bounded", Words("Bounded"), globals()[what], public=True, seconds=bounds[0], memory_mb=bounds[1])
job = jobs.start("test.bounded", {}, me)
if os.fork() == 0:
    from django.db import connections
    connections.close_all()
    working.alone(job.id)
    os._exit(0)
if what == "deaf":
    while Job.objects.get(id=job.id).state != "running":
        time.sleep(0.05)
    jobs.cancel(job.id, me)
os.wait()
job.refresh_from_db()
print(job.state, job.problems[0]["code"] if job.problems else None)
"""
