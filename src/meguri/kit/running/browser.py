"""The browser of this machine, for pictures and for what a browser measures: never one of its own download."""

from __future__ import annotations

import shutil
from typing import Any

from meguri.kit.problems import N_, refuse

NAMES = ("chromium", "chromium-browser", "google-chrome")


def find_browser() -> tuple[str, Any]:
    """The browser's path, and playwright, by which it is driven. Refused where either is not there."""
    chromium = next(filter(None, map(shutil.which, NAMES)), None)
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        sync_playwright = None  # type: ignore[assignment]
    if not chromium or sync_playwright is None:
        raise refuse(
            N_(
                "This needs a browser and the extra “screenshots”: apt-get install chromium, and "
                "pip install 'meguri[screenshots]'."
            ),
            "",
            "browser",
        )
    return chromium, sync_playwright
