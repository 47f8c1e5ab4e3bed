"""Long work: queued, claimed once, followed, cancelled, found dead, and kept to whose it is."""

from __future__ import annotations

import os
import subprocess
import sys
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
        jobs.start("test.count", {"to": n + 2}, ANYONE)
    with pytest.raises(Refused, match="wait already"):
        jobs.start("test.count", {"to": 99}, ANYONE)


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
    job = jobs.start("test.count", {"to": 7}, ANYONE)
    client = Client()
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


def test_a_process_does_it_and_is_stopped(tmp_path):
    """The real thing, on a database of its own: a process that is cancelled without listening ends all the same."""
    environment = {
        **os.environ,
        "MEGURI_HOME": str(tmp_path),
        "MEGURI_MODE": "local",
        "PYTHONPATH": str(tmp_path),
    }
    environment.pop("MEGURI_DATABASE_URL", None)
    (tmp_path / "deaf_work.py").write_text(DEAF)
    started = subprocess.run(
        [sys.executable, str(tmp_path / "deaf_work.py")], env=environment, capture_output=True, text=True, timeout=60
    )
    assert started.stdout.split() == ["cancelled", "True"], started.stdout + started.stderr


DEAF = """
import os, sys, threading, time
os.environ["DJANGO_SETTINGS_MODULE"] = "meguri.portal.settings"
import django
django.setup()
from datetime import timedelta
from importlib import import_module
from django.core.management import call_command
from meguri.kit.work import worker as working
from meguri.kit.work import jobs
from meguri.kit.models import Job
from meguri.kit.people.identity import ANYONE
from meguri.kit.words import Words

call_command("migrate", "kit", verbosity=0)
jobs.spawn = lambda identifier: None
working.BEAT, working.GRACE = 0.1, timedelta(seconds=0.3)
jobs.offer("test.deaf", Words("Deaf"), lambda task: time.sleep(30), public=True)
job = jobs.start("test.deaf", {}, ANYONE)
if os.fork() == 0:
    from django.db import connections
    connections.close_all()
    working.run(job.id)
    os._exit(0)
began = time.monotonic()
while Job.objects.get(id=job.id).state != "running":
    time.sleep(0.05)
jobs.cancel(job.id, ANYONE)
os.wait()
print(Job.objects.get(id=job.id).state, time.monotonic() - began < 15)
"""
