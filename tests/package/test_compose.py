"""What compose starts is what the settings ask for: each name is one that they read, and none needed is missing."""

from __future__ import annotations

import http.server
import os
import re
import shlex
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import yaml

from meguri.portal import cli, environment

REPOSITORY = Path(__file__).resolve().parents[2]
COMPOSE = yaml.safe_load((REPOSITORY / "compose.yaml").read_text(encoding="utf-8"))
MEGURI = COMPOSE["services"]["meguri"]
READ = set(re.findall(r'"(MEGURI_[A-Z_]+)"', Path(environment.__file__).read_text(encoding="utf-8")))
PLACE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")
GIVEN = {
    "MEGURI_SECRET_KEY": "s" * 40,
    "MEGURI_KEYRING_SECRET": "k" * 40,
    "MEGURI_DATABASE_PASSWORD": "p",
    "MEGURI_SERVICE_PASSWORD": "q",
    "MEGURI_HOSTS": "meguri.example,other.example",
}


def started(given: dict[str, str], service: str = "meguri") -> dict[str, str]:
    """The environment that compose would make for a service; KeyError where it would stop."""

    def filled(place: re.Match[str]) -> str:
        name, how, other = place.groups()
        return given[name] if how == "?" else given.get(name) or other or ""

    return {name: PLACE.sub(filled, str(text)) for name, text in COMPOSE["services"][service]["environment"].items()}


def test_every_name_is_one_that_the_settings_read():
    assert len(READ) >= 10
    assert set(MEGURI["environment"]) == set(COMPOSE["services"]["setup"]["environment"])
    assert set(MEGURI["environment"]) <= READ


def test_with_what_it_asks_for_production_starts(tmp_path):
    read = environment.read({**started(GIVEN), "MEGURI_HOME": str(tmp_path)})
    assert read.mode == "production"
    assert read.database_url == "postgresql://meguri_service:q@database:5432/meguri"
    assert read.hosts == ("meguri.example", "other.example")
    assert read.proxies == 1


def test_the_owner_of_the_tables_sets_up_and_ends_before_the_service_begins(tmp_path):
    read = environment.read({**started(GIVEN, "setup"), "MEGURI_HOME": str(tmp_path)})
    assert read.database_url == "postgresql://meguri:p@database:5432/meguri"
    assert COMPOSE["services"]["database"]["environment"]["POSTGRES_USER"] == "meguri"
    assert MEGURI["depends_on"]["setup"]["condition"] == "service_completed_successfully"
    assert "restart" not in COMPOSE["services"]["setup"]
    (mounted,) = (volume for volume in COMPOSE["services"]["database"]["volumes"] if volume.startswith("./"))
    assert os.access(REPOSITORY / mounted.split(":")[0], os.X_OK)
    # What the database does not know is not in the service, and the other way round.
    assert "DATABASE_PASSWORD" not in str(MEGURI)


def test_their_commands_are_some_that_there_are():
    words = COMPOSE["services"]["setup"]["command"]
    assert words[:2] == ["sh", "-c"]
    for line in (MEGURI["command"], *(shlex.split(one) for one in words[2].split("&&"))):
        assert line[0] == "meguri"
        cli.parser().parse_args(line[1:])


@pytest.mark.parametrize("name", sorted(GIVEN))
def test_without_any_of_it_nothing_is_started(name):
    given = {key: value for key, value in GIVEN.items() if key != name}
    with pytest.raises(KeyError, match=name):
        [started(given, service) for service in ("setup", "meguri")]


def test_no_secret_stands_in_the_file():
    for service in COMPOSE["services"].values():
        for name, text in service["environment"].items():
            if re.search("SECRET|PASSWORD|KEY", name):
                assert PLACE.fullmatch(str(text)), name


@pytest.mark.parametrize("status", [200, 503])
def test_the_health_check_asks_whether_it_is_ready(status):
    """Run as it stands, against a server that answers one path, for one name, over TLS."""
    asked: list[tuple[str, str | None, str | None]] = []

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append((self.path, self.headers["Host"], self.headers["X-Forwarded-Proto"]))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Nothing to say."""

    server = http.server.HTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    words = MEGURI["healthcheck"]["test"]
    assert words[:3] == ["CMD", "python", "-c"]
    text = words[3].replace(":8000", f":{server.server_port}")
    done = subprocess.run([sys.executable, "-c", text], env=started(GIVEN), capture_output=True, check=False)
    server.shutdown()
    server.server_close()
    assert (done.returncode == 0) == (status == 200), done.stderr
    assert asked == [("/readyz", "meguri.example", "https")]


def test_the_image_is_made_of_files_that_are_there():
    """What the Dockerfile copies is in the checkout, and let in by .dockerignore."""
    let_in = {line[1:] for line in (REPOSITORY / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    lines = (REPOSITORY / "Dockerfile").read_text().splitlines()
    copied = {
        word for line in lines if line.startswith("COPY ") and "--from" not in line for word in line.split()[1:-1]
    }
    assert copied == let_in
    assert all((REPOSITORY / name).exists() for name in copied)
