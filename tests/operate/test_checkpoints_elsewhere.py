"""Checkpoints leave the node: into a folder after each sealing, and at an address that does not change."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from django.test import Client

from journal.settled import sealed
from meguri.journal import services
from meguri.journal.log import checkpoints, publishing, sealing
from meguri.journal.models import Checkpoint
from meguri.kit.running import readiness

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(settings, tmp_path):
    settings.CHECKPOINTS = str(tmp_path / "elsewhere" / "checkpoints")
    settings.DEMONSTRATION = False
    services.ensure_node()
    return tmp_path / "elsewhere" / "checkpoints"


def test_each_is_written_whole_under_its_size_and_the_newest_as_latest(folder):
    notes = {}
    for name in "abc":
        services.enrol(f"organisation:{name}")
        made = sealed()
        notes[publishing.name(made.size)] = made.note
    there = {path.name: path.read_text() for path in folder.iterdir()}
    assert {name: there[name] for name in notes} == notes
    assert there["latest"] == made.note
    assert all(checkpoints.read(text).size == int(name) for name, text in there.items() if name != "latest")
    assert services.verify(there["latest"]).intact
    assert not [name for name in there if "part" in name]
    assert publishing.readiness_of_checkpoints() == readiness.Check(True, 0.0)


def test_a_sealer_that_starts_again_brings_the_folder_up_to_date(folder, settings):
    settings.CHECKPOINTS, place = "", settings.CHECKPOINTS
    made = sealed()
    assert not folder.exists()
    settings.CHECKPOINTS = place
    sealing.seal()
    assert (folder / "latest").read_text() == made.note


def test_what_was_published_is_never_written_over(folder, caplog, monkeypatch):
    made = sealed()
    (folder / publishing.name(made.size + 1)).write_text("another log")
    with caplog.at_level(logging.WARNING):
        services.enrol("organisation:a")
        later = sealed()
    assert later.size == made.size + 1
    assert "another log" in caplog.text
    assert (folder / publishing.name(later.size)).read_text() == "another log"
    assert (folder / "latest").read_text() == made.note
    # Then it is missed after seconds, and the rest of the service goes on.
    assert publishing.readiness_of_checkpoints().ok
    moment = readiness.now() + timedelta(seconds=30)
    monkeypatch.setattr(readiness, "now", lambda: moment)
    assert not publishing.readiness_of_checkpoints().ok


def test_a_record_that_is_behind_what_it_published_shows(folder, caplog):
    made = sealed()
    ahead = made.note.replace(f"\n{made.size}\n", f"\n{made.size + 7}\n")
    (folder / "latest").write_text(ahead)
    services.enrol("organisation:a")
    with caplog.at_level(logging.WARNING):
        sealed()
    assert "more acts than are on record" in caplog.text
    assert (folder / "latest").read_text() == ahead
    assert not publishing.readiness_of_checkpoints().ok
    answer = Client().get("/readyz")
    assert answer.json()["checks"]["checkpoints"]["ok"] is False


def test_a_folder_that_cannot_be_written_to_stops_no_sealing(folder, caplog):
    folder.parent.mkdir()
    folder.write_text("a file where the folder should be")
    with caplog.at_level(logging.WARNING):
        made = sealed()
    assert Checkpoint.objects.get(size=made.size)
    assert "cannot be written" in caplog.text
    services.enrol("organisation:a")
    assert sealed().size == made.size + 1


def test_nothing_is_looked_at_where_none_are_written(settings):
    settings.CHECKPOINTS = ""
    assert publishing.readiness_of_checkpoints() is None


def test_the_newest_is_at_a_stable_address():
    services.ensure_node()
    assert Client().get("/log/checkpoint").status_code == 404
    made = sealed()
    answer = Client().get("/log/checkpoint")
    assert (answer.status_code, answer.content.decode()) == (200, made.note)
    assert answer["Content-Type"].startswith("text/plain")
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert not answer.cookies
    assert Client().head("/log/checkpoint").status_code == 200
    assert Client().post("/log/checkpoint").status_code == 405
    assert services.verify(answer.content.decode()).intact
