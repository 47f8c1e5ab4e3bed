"""No mode opens another's record, and the demonstration begins only its own anew."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime

import pytest
from django.test import Client, override_settings

import processes
from meguri.demonstration import performance, stage
from meguri.demonstration.models import Stage
from meguri.journal import services as journal
from meguri.journal.models import ActRow
from meguri.kit import clock
from meguri.kit.problems import NotAllowed, Refused
from meguri.kit.running.starting import EnvironmentProblem
from meguri.portal import environment, preparing
from tests_support import use_clock


def run(home, mode, *words):
    env = {"MEGURI_HOME": str(home), "MEGURI_MODE": mode, "PATH": "/usr/bin:/bin"}
    return processes.run(["-m", "meguri", *words], env)


def test_each_mode_has_a_folder_of_its_own():
    homes = {
        mode: environment.read({"MEGURI_MODE": mode, "HOME": "/nowhere"}).home for mode in ("demonstration", "local")
    }
    assert homes["demonstration"] != homes["local"]


def test_a_folder_of_one_mode_is_not_opened_in_another(tmp_path):
    environment.read({"MEGURI_MODE": "local", "MEGURI_HOME": str(tmp_path)})
    with pytest.raises(EnvironmentProblem, match="belongs to local"):
        environment.read({"MEGURI_MODE": "demonstration", "MEGURI_HOME": str(tmp_path)})


@pytest.mark.parametrize(("mode", "node"), [("local", "meguri.demonstration"), ("demonstration", "meguri.mys")])
def test_only_the_demonstration_is_called_so(tmp_path, mode, node):
    with pytest.raises(EnvironmentProblem, match="MEGURI_NODE"):
        environment.read({"MEGURI_MODE": mode, "MEGURI_HOME": str(tmp_path), "MEGURI_NODE": node})


def test_a_copied_record_is_refused_whatever_folder_it_lies_in(tmp_path):
    real, played = tmp_path / "real", tmp_path / "played"
    assert run(real, "local", "setup").returncode == 0
    played.mkdir()
    for name in ("meguri.sqlite3", "secret.key", "keyring.key"):
        shutil.copy(real / name, played / name)
    for words in (("balance",), ("setup",), ("demo",), ("queue", "x")):
        done = run(played, "demonstration", *words)
        assert done.returncode == 2, (words, done.stdout, done.stderr)
    done = run(played, "demonstration", "balance")
    assert "founded by meguri.local" in done.stderr
    assert run(real, "local", "journal", "verify").returncode == 0


@pytest.mark.django_db
def test_the_record_says_whose_it_is():
    journal.ensure_node()
    preparing.require_own_record()
    with override_settings(DEMONSTRATION=False, MODE="local"), pytest.raises(Refused, match="founded by"):
        preparing.require_own_record()


@pytest.mark.django_db
def test_start_over_asks_and_refuses_what_is_not_its_own():
    performance.prepare()
    client, acts = Client(), ActRow.objects.count()
    asked = client.get("/demonstration/restart").content.decode()
    assert f"{acts} acts" in asked
    client.post("/demonstration/restart")
    assert ActRow.objects.count() == acts
    assert Stage.objects.get().run == 1
    client.post("/demonstration/restart", {"sure": "yes"})
    assert Stage.objects.get().run == 2
    # A record in which no stage was ever set is somebody's own.
    Stage.objects.all().delete()
    with pytest.raises(NotAllowed, match="not the demonstration's own"):
        performance.start_over()
    assert ActRow.objects.count() == acts


@pytest.mark.django_db
def test_a_request_asks_once_what_day_it_is_and_ends_with_the_machines_clock():
    performance.prepare()
    use_clock(lambda: datetime(2030, 1, 1, tzinfo=UTC))
    try:
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as asked:
            html = Client().get("/may-it-move").content.decode()
        assert sum("demonstration_stage" in query["sql"] for query in asked) == 1
        assert 'value="2025-08-31"' in html
        assert clock.now().year == 2030
    finally:
        use_clock(None)
    assert stage.source() is not None
