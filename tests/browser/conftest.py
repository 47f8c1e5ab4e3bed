"""Debian's Chromium, driven by playwright; never a browser of its own download."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    return {
        **browser_type_launch_args,
        "executable_path": "/usr/bin/chromium",
        "args": [
            "--no-sandbox",
            "--disable-quic",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-gpu",
        ],
    }


@pytest.fixture(scope="session")
def live_server():
    """The service, which serves its static files itself, as outside tests: a browser keeps them for a minute."""
    from django.contrib.staticfiles import handlers
    from pytest_django.live_server_helper import LiveServer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(handlers, "StaticFilesHandler", lambda application: application)
        server = LiveServer("localhost")
    yield server
    server.stop()


@pytest.fixture
def figures(monkeypatch, settings, tmp_path, transactional_db):
    """Small calculations of arisings in place of the built-in ones, and a finished comparison."""
    import small_figures
    from meguri.demonstration import screenshots

    settings.DATA = tmp_path
    small_figures.use(monkeypatch, tmp_path)
    small_figures.validated(tmp_path)
    screenshots.work_out(["/what-will-come/economies/JPN/uncertainty"])


@pytest.fixture
def plans(monkeypatch, settings, tmp_path, transactional_db):
    """Two small plans worked out, the others not."""
    from meguri.kit.work import jobs
    from small_plan import keep

    settings.DATA = tmp_path
    monkeypatch.setattr(jobs, "spawn", lambda identifier: None)
    keep(tmp_path, "reference")
    keep(tmp_path, "security", 9e7)


@pytest.fixture
def console(page):
    """Errors that the browser's console shows while the test runs; the test fails on any."""
    errors: list[str] = []
    page.on(
        "console",
        lambda message: errors.append(f"{message.text} {message.location}") if message.type == "error" else None,
    )
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield errors
    assert not errors
