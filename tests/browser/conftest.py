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
