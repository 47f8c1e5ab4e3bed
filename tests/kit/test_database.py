"""Too long a wait for the database is said in words, with when to try again; nothing was recorded then."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import OperationalError, connection, transaction
from django.test import Client

from meguri.journal import services
from meguri.journal.entry import rows
from meguri.journal.models import ActRow
from meguri.kit.problems import Busy, Refused
from meguri.kit.running import database
from meguri.kit.running.starting import EnvironmentProblem
from meguri.kit.web.requests import middleware
from meguri.portal import environment
from meguri.registry import services as registry


def limits():
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('lock_timeout'), current_setting('statement_timeout')")
        return cursor.fetchone()


def limit(**given):
    with connection.cursor() as cursor:
        for name, value in given.items():
            cursor.execute(f"SET {name} = '{value}'")


def slow(*args, **kwargs):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(5)")


def test_the_limits_come_from_the_surroundings(tmp_path):
    env = {"MEGURI_MODE": "local", "MEGURI_HOME": str(tmp_path)}
    read = environment.read(env)
    assert (read.lock_timeout, read.statement_timeout) == (10, 30)
    read = environment.read({**env, "MEGURI_LOCK_TIMEOUT": "3", "MEGURI_STATEMENT_TIMEOUT": "0"})
    assert (read.lock_timeout, read.statement_timeout) == (3, 0)
    options = environment.database("postgresql://u@h/n", 3, 0)["OPTIONS"]
    assert options["options"].split("-c ")[1:] == [
        "lock_timeout=3s ",
        "statement_timeout=0s ",
        "jit=off ",
        "plan_cache_mode=force_generic_plan",
    ]
    assert environment.database("sqlite:///x", 3, 0)["OPTIONS"]["timeout"] == 3
    with pytest.raises(EnvironmentProblem, match="MEGURI_LOCK_TIMEOUT"):
        environment.read({**env, "MEGURI_LOCK_TIMEOUT": "soon"})


def test_other_errors_of_the_database_stay_what_they_are():
    assert database.busy(OperationalError("no such table: x")) is None
    assert isinstance(database.busy(OperationalError("database is locked")), Busy)


@pytest.mark.django_db
def test_a_database_that_is_busy_before_any_page_is_found(client, monkeypatch):
    def locked(request):
        raise OperationalError("database is locked")

    monkeypatch.setattr(middleware.WhoReads, "of", staticmethod(locked))
    client = Client(raise_request_exception=False)
    for address, kind in (("/journal/", "text/html"), ("/api/acts", "application/problem+json")):
        answer = client.get(address)
        assert (answer.status_code, answer["Retry-After"]) == (409, "2")
        assert answer["Content-Type"].startswith(kind)


@pytest.mark.postgresql
@pytest.mark.django_db
def test_a_question_that_takes_too_long(client, monkeypatch):
    from meguri.custody.balance import totals

    monkeypatch.setattr(registry, "page", slow)
    monkeypatch.setattr(totals, "standing", slow)
    for address, word in (("/organisations/?lang=en", "longer than it may"), ("/api/balance", '"busy"')):
        limit(statement_timeout="50ms")
        with pytest.raises(OperationalError), transaction.atomic():
            slow()
        with transaction.atomic():
            answer = client.get(address)
            transaction.set_rollback(True)
        assert (answer.status_code, answer["Retry-After"]) == (409, "2")
        assert word in answer.content.decode()


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_lock_that_is_not_had_in_time(transactional_db):
    registry.admit("ann", {"en": "Ann"}, "MYS", ("collector",))
    registry.admit("bob", {"en": "Bob"}, "MYS", ("collector",))
    held, let_go = threading.Event(), threading.Event()

    def hold():
        try:
            with transaction.atomic():
                rows.hold({"organisation:ann"}, set(), 0)
                held.set()
                let_go.wait(20)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        holding = pool.submit(hold)
        assert held.wait(10)
        limit(lock_timeout="100ms")
        before = ActRow.objects.count()
        with pytest.raises(Busy) as caught:
            registry.assign("ann", "dismantler")
        assert caught.value.problems[0].code == "busy"
        assert registry.assign("bob", "dismantler").fresh
        let_go.set()
        holding.result(20)
    assert registry.assign("ann", "dismantler").fresh
    assert ActRow.objects.count() == before + 2


@pytest.mark.postgresql
@pytest.mark.django_db
def test_work_that_is_nobodys_page_waits_as_long_as_it_takes():
    limit(lock_timeout="3s", statement_timeout="4s")
    with database.patient():
        assert limits() == ("0", "0")
    assert limits() == ("3s", "4s")
    services.rebuild(check=True)
    assert limits() == ("3s", "4s")


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_transactions_that_read_otherwise_are_refused(transactional_db):
    database.require_isolation()
    before = connection.connection.isolation_level
    try:
        connection.connection.isolation_level = 4
        with pytest.raises(Refused, match="READ COMMITTED"):
            database.require_isolation()
    finally:
        connection.connection.isolation_level = before
    database.require_isolation()


LOCKED = """
import sqlite3, sys
import django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from django.db import connection
from django.test import Client
from meguri.journal import services
from meguri.kit.problems import Busy
from meguri.registry import services as registry
from meguri.portal import cli
registry.admit("ann", {"en": "Ann"}, "MYS", ("collector",))
registry.site("ann", {"en": "Yard"}, "MYS", 5.4, 100.3, facility="yard")
other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
other.execute("BEGIN IMMEDIATE")
try:
    registry.assign("ann", "dismantler")
    print("taken")
except Busy as error:
    print(error.problems[0].code, error.status, error.retry_after)
answer = Client(raise_request_exception=False, headers={"host": "localhost"}).post(
    "/language", {"language": "en", "next": "/"})
print(cli.main(["journal", "rebuild", "--json"]))
other.execute("ROLLBACK")
print(registry.assign("ann", "dismantler").fresh)
"""


def test_sqlite_that_is_locked_is_busy(tmp_path):
    """A database in a file: a process of its own, with another connection that holds the one write lock."""
    here = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", LOCKED],
        env={
            **os.environ,
            "PYTHONPATH": str(here / "src"),
            "MEGURI_DATABASE_URL": f"sqlite:///{tmp_path / 'locked.sqlite3'}",
            "MEGURI_HOME": str(tmp_path),
            "MEGURI_MODE": "local",
            "MEGURI_LOCK_TIMEOUT": "1",
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said = done.stdout.split("\n")
    assert said[0] == "busy 409 2"
    assert '"status": 409' in said[1]
    assert said[2:4] == ["2", "True"]
