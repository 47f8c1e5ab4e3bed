"""The log: a line of JSON for each request, with an id that the user can quote, and nothing that is personal."""

from __future__ import annotations

import io
import json
import logging
import logging.config
import re

import pytest
from django.db import IntegrityError, OperationalError
from django.test import Client

from meguri.kit.models import User
from meguri.kit.running import logs

SECRETS = (
    "katarina",
    "katarina@example.org",
    "not-her-password-1",
    "198.51.100.77",
    "Blvd-of-Secrets",
    "organisation:ann",
)
PLACE = {"REMOTE_ADDR": SECRETS[3]}


@pytest.fixture
def lines(monkeypatch):
    """The lines of a log as in production, read as JSON."""
    written = io.StringIO()
    configuration = logs.configuration("json")
    configuration["handlers"]["console"]["stream"] = written
    names = ("", "django", "django.request", "django.server", logs.REQUESTS)
    before = {name: (logging.getLogger(name).handlers[:], logging.getLogger(name).level) for name in names}
    logging.config.dictConfig(configuration)
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    for name, (handlers, level) in before.items():
        logging.getLogger(name).handlers[:] = handlers
        logging.getLogger(name).setLevel(level)


def bare(lines):
    """No line has anything of what was said."""
    text = json.dumps(lines(), ensure_ascii=False)
    assert [secret for secret in SECRETS if secret.lower() in text.lower()] == []
    return lines()


@pytest.mark.django_db
def test_a_request_has_one_line(lines):
    answer = Client(**PLACE).get("/jobs/Blvd-of-Secrets?q=katarina")
    (line,) = bare(lines)
    assert set(line) == {"time", "level", "logger", "text", "request", "route", "method", "status", "ms"}
    assert (line["route"], line["method"], line["status"], line["level"]) == ("kit:job", "GET", 404, "info")
    assert line["request"] == answer.headers["X-Request-ID"]
    assert line["ms"] > 0
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+\+00:00", line["time"])


@pytest.mark.django_db
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_the_id_is_told_where_something_went_wrong(accept):
    answer = Client().get("/no/such/page", headers={"Accept": accept})
    assert answer.headers["X-Request-ID"] in answer.content.decode()
    if "json" in accept:
        assert answer.json()["request"] == answer.headers["X-Request-ID"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("proxies", "said", "taken"),
    [
        (1, "0123456789abcdef-x.Y_z", True),
        (0, "0123456789abcdef", False),
        (1, "short", False),
        (1, "x" * 65, False),
        (1, "0123456789 abcdef", False),
        (1, "0123456789\nabcdef", False),
        (1, "<script>alert(1)</script>", False),
        (1, "", False),
    ],
)
def test_whose_id_is_taken(settings, proxies, said, taken):
    settings.PROXIES = proxies
    found = Client().get("/livez", headers={"X-Request-ID": said}).headers["X-Request-ID"]
    assert (found == said) == taken
    assert logs.WELL_FORMED.fullmatch(found)
    assert Client().get("/livez").headers["X-Request-ID"] != found


@pytest.mark.django_db
def test_failing_requests_tell_no_secrets(lines, monkeypatch):
    from meguri.kit.running import readiness

    User.objects.create_user(SECRETS[0], SECRETS[1], "her-own-password-1")
    calm = Client(**PLACE, raise_request_exception=False)
    strict = Client(**PLACE, raise_request_exception=False, enforce_csrf_checks=True)
    sign_in = {"login": SECRETS[1], "password": SECRETS[2]}
    calm.post("/accounts/login/", sign_in)
    strict.post("/accounts/login/", sign_in)
    calm.get("/find?what=Blvd-of-Secrets")
    calm.post("/api/acts", json.dumps({"act": {"actor": SECRETS[5]}}), content_type="application/json")
    calm.post("/api/acts", "Blvd-of-Secrets", content_type="application/json")
    for method in (calm.get, calm.post):
        assert method("/", headers={"Host": "Blvd-of-Secrets", "Referer": "http://Blvd-of-Secrets/"}).status_code == 400
    calm.get("/people/accounts/katarina/active")

    for error in (
        IntegrityError(f"Key (username)=({SECRETS[0]}) exists"),
        OperationalError(f"no such thing as {SECRETS[4]}"),
        ValueError(SECRETS[5]),
    ):

        def broken(raised=error):
            raise raised

        monkeypatch.setattr("meguri.kit.web.views.readiness.checks", broken)
        answer = calm.get("/readyz?katarina")
        assert answer.status_code == 500
        assert answer.headers["X-Request-ID"] in answer.content.decode()
        monkeypatch.undo()
    assert readiness.checks
    found = bare(lines)
    wrong = [line for line in found if "exception" in line and line["exception"]["class"] != "DisallowedHost"]
    assert [line["exception"]["class"] for line in wrong] == ["IntegrityError", "OperationalError", "ValueError"]
    assert all("broken" in line["exception"]["at"][-1] for line in wrong)
    asked = {line["request"] for line in found if line["logger"] == logs.REQUESTS}
    assert {line["request"] for line in wrong} < asked


def test_what_others_say_is_told_without_what_they_fill_in(lines):
    other = logging.getLogger("allauth.somewhere")
    other.warning("%s came from %s", "katarina", "198.51.100.77")
    other.error("katarina came")
    other.error("100 % katarina")
    assert next(line["text"] for line in bare(lines)) == "%s came from %s"
    assert all(line["text"].startswith("test_logs:") for line in lines()[1:])


def test_the_server_says_what_its_processes_do_and_shows_no_traceback(lines):
    server = logging.getLogger(logs.SERVER)
    server.error("Unexpected exit from worker-1")
    server.error("Application callable raised an exception\nTraceback …\nValueError: katarina")
    assert [line["text"] for line in bare(lines)] == [
        "Unexpected exit from worker-1",
        "Application callable raised an exception",
    ]


def test_a_line_cannot_be_forged(lines):
    logging.getLogger("meguri.x").warning("%s", 'a\n{"level": "info"}')
    assert len(lines()) == 1


def test_our_own_lines_are_given_no_whole_errors():
    """An error's text may hold what somebody wrote; its class or the codes of its problems may be told."""
    from conftest import REPOSITORY

    call = re.compile(r"\blog(?:ger)?\.(?:debug|info|warning|error|exception)\((.*?)\)\n", re.S)
    told = [
        (file.name, found)
        for file in (REPOSITORY / "src").rglob("*.py")
        for found in call.findall(file.read_text(encoding="utf-8"))
    ]
    assert len(told) > 15
    assert [one for one in told if re.search(r", error[,)]?$|, error,|\{error", one[1])] == []
