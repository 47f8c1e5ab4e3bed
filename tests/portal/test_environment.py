"""Production refuses what is unsafe, and says what to do."""

from __future__ import annotations

import os
import stat
import subprocess
import sys

import pytest

from meguri.portal import environment
from meguri.portal.environment import EnvironmentProblem

LONG = "k" * 50
PRODUCTION = {
    "MEGURI_MODE": "production",
    "MEGURI_SECRET_KEY": LONG,
    "MEGURI_KEYRING_SECRET": LONG[::-1] + "x",
    "MEGURI_DATABASE_URL": "postgresql://u:p@db/meguri",
    "MEGURI_HOSTS": "meguri.example",
}


def test_production_with_everything_starts(tmp_path):
    read = environment.read({**PRODUCTION, "MEGURI_HOME": str(tmp_path)})
    assert read.mode == "production"
    assert not read.demonstration


@pytest.mark.parametrize("name", ["MEGURI_SECRET_KEY", "MEGURI_KEYRING_SECRET", "MEGURI_DATABASE_URL", "MEGURI_HOSTS"])
def test_production_names_what_is_missing(tmp_path, name):
    given = {**PRODUCTION, "MEGURI_HOME": str(tmp_path)}
    del given[name]
    with pytest.raises(EnvironmentProblem, match=name):
        environment.read(given)


@pytest.mark.parametrize("secret", ["short", environment.DEVELOPMENT_KEY + "x" * 40])
@pytest.mark.parametrize("name", ["MEGURI_SECRET_KEY", "MEGURI_KEYRING_SECRET"])
def test_production_refuses_a_development_key(tmp_path, name, secret):
    with pytest.raises(EnvironmentProblem, match=name):
        environment.read({**PRODUCTION, "MEGURI_HOME": str(tmp_path), name: secret})


def test_demonstration_cannot_be_switched_on_in_production(tmp_path):
    with pytest.raises(EnvironmentProblem, match="Demonstration"):
        environment.read({**PRODUCTION, "MEGURI_HOME": str(tmp_path), "MEGURI_DEMONSTRATION": "1"})


def test_an_unknown_mode_is_named():
    with pytest.raises(EnvironmentProblem, match="prodution"):
        environment.read({"MEGURI_MODE": "prodution"})


def test_secrets_are_made_once_and_readable_by_their_owner_only(tmp_path):
    first = environment.read({"MEGURI_HOME": str(tmp_path)})
    assert environment.read({"MEGURI_HOME": str(tmp_path)}) == first
    assert first.secret_key != first.keyring_secret
    for name in ("secret.key", "keyring.key"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


def test_a_database_of_another_make_is_refused():
    with pytest.raises(EnvironmentProblem, match="mysql"):
        environment.database("mysql://x/y")


def test_relative_and_absolute_sqlite_paths():
    assert environment.database("sqlite:////var/meguri.sqlite3")["NAME"] == "/var/meguri.sqlite3"


def test_check_deploy_is_clean_with_production_settings(tmp_path):
    """Django's own deployment checks, with the settings of production, in a process of their own."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "django", "check", "--deploy", "--fail-level", "WARNING"],
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith(("MEGURI_", "DJANGO_"))},
            **PRODUCTION,
            "MEGURI_SECRET_KEY": "n3X!zq7-unlike-characters-QpLmVbTrEwYuIoAsDfGhJk-2",
            "MEGURI_HOME": str(tmp_path),
            "DJANGO_SETTINGS_MODULE": "meguri.portal.settings",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_production_does_not_boot_on_a_development_key(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "meguri", "setup"],
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith("MEGURI_")},
            **PRODUCTION,
            "MEGURI_SECRET_KEY": environment.DEVELOPMENT_KEY,
            "MEGURI_HOME": str(tmp_path),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "MEGURI_SECRET_KEY" in done.stderr
    assert "Traceback" not in done.stderr


def test_peers_are_economies_with_their_nodes(tmp_path):
    given = {"MEGURI_MODE": "local", "MEGURI_HOME": str(tmp_path)}
    assert environment.read(given).peers == ()
    both = environment.read({**given, "MEGURI_PEERS": "JPN=meguri.jpn, MYS = meguri.mys,"})
    assert both.peers == (("JPN", "meguri.jpn"), ("MYS", "meguri.mys"))
    for wrong in ("Japan=meguri.jpn", "JPN=", "JPN", "JPN=a@b", "JPN=a,JPN=b"):
        with pytest.raises(EnvironmentProblem, match="MEGURI_PEERS"):
            environment.read({**given, "MEGURI_PEERS": wrong})
