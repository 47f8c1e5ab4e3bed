"""`meguri bench visit`: what a browser that was never here transfers for a page, as the browser itself counts it."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from meguri.kit import benches
from meguri.kit.benches import Measurement
from meguri.kit.running.browser import find_browser
from meguri.portal.measure import bench_serve

AIM = 120_000
"""Bytes of a first visit of a verdict: page, styles, scripts, fonts and pictures, with their headers."""
FLAGS = (
    "--no-sandbox",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-gpu",
    "--disable-component-update",
)
SETTLED_MS = 300


@dataclass(frozen=True)
class Transfer:
    """One answer: its path, its media type as the browser sorts it (Document, Stylesheet, Font …), and the bytes that
    came over the wire, headers included.
    """

    path: str
    kind: str
    bytes: int


def transfers(browser: Any, address: str, width: int = 1280) -> list[Transfer]:
    """What one page transfers in a new context of a playwright browser, which has nothing in its cache."""
    context = browser.new_context(viewport={"width": width, "height": 900})
    try:
        page = context.new_page()
        wire = context.new_cdp_session(page)
        asked: dict[str, tuple[str, str]] = {}
        counted: dict[str, int] = {}

        def sent(event: dict[str, Any]) -> None:
            asked[event["requestId"]] = (event["request"]["url"], event["type"])

        def finished(event: dict[str, Any]) -> None:
            counted[event["requestId"]] = int(event["encodedDataLength"])

        wire.on("Network.requestWillBeSent", sent)
        wire.on("Network.loadingFinished", finished)
        wire.send("Network.enable")
        wire.send("Network.setCacheDisabled", {"cacheDisabled": False})
        page.goto(address, wait_until="networkidle")
        page.evaluate("document.fonts.ready")
        page.wait_for_timeout(SETTLED_MS)
        wire.detach()
    finally:
        context.close()
    found = [Transfer(*asked[number], size) for number, size in counted.items() if asked[number][0].startswith("http")]
    return sorted(found, key=lambda one: -one.bytes)


def total(found: Iterable[Transfer]) -> int:
    """Bytes of all together."""
    return sum(one.bytes for one in found)


def run(path: str, as_json: bool) -> int:
    """Measure and print; 1 where a language is above the aim."""
    from django.conf import settings

    from meguri.kit.running.starting import start

    start()
    chromium, sync_playwright = find_browser()
    asked = path or _example()
    rows, parts = [], {}
    with (
        tempfile.TemporaryDirectory(prefix="meguri-bench-") as home,
        bench_serve.served(bench_serve.around(home), 1) as port,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        address = f"http://127.0.0.1:{port}"
        joint = "&" if "?" in asked else "?"
        for language, _ in settings.LANGUAGES:
            found = transfers(browser, f"{address}{asked}{joint}lang={language}")
            size = total(found)
            parts[language] = [
                asdict(one) | {"path": one.path.removeprefix(address).partition("?")[0]} for one in found
            ]
            rows.append(
                Measurement(
                    job=f"first visit, {language}", ours=size / 1000, unit="kB", aim=AIM / 1000, met=size <= AIM
                )
            )
        browser.close()
    if as_json:
        print(json.dumps({"rows": benches.rows_json(rows), "parts": parts, "load": os.getloadavg()[0]}, indent=2))
    else:
        for row, listed in zip(rows, parts.values(), strict=True):
            print(f"{row.job}: {row.ours:.1f} {row.unit} of {row.aim:.0f}")
            for part in listed:
                print(f"  {part['bytes']:8,} {part['kind']:<10} {part['path']}")
    return 0 if all(row.met for row in rows) else 1


def _example() -> str:
    from meguri.law.web.form_and_answer import EXAMPLES

    return f"/may-it-move?{EXAMPLES[0][1]}"
