"""Pictures of every page: two languages, phone and desktop, of a story played through.

Needs a browser (Debian's Chromium) and the playwright package (the extra “screenshots”); where they are missing the
command says what to install.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

from meguri.kit.problems import N_, refuse
from meguri.kit.running.browser import find_browser

WIDTHS = (390, 1280)
LANGUAGES = ("en", "ja")
FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-gpu",
    "--disable-component-update",
]


class _QuietHandler(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the pictures are the output."""


@contextmanager
def _served() -> Iterator[str]:
    from meguri.portal.wsgi import application

    server = make_server("127.0.0.1", 0, application, handler_class=_QuietHandler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(timeout=5)


def work_out(paths: Iterable[str], say: Callable[[str], None] | None = None) -> None:
    """Do the long work that pages start when they are opened, here and now instead of in processes of its own."""
    from django.test import Client

    from meguri.kit.models import Job
    from meguri.kit.work import jobs
    from meguri.kit.work import worker as working

    def nothing(identifier: str) -> None:
        """No process of its own: the work is done below."""

    spawn, jobs.spawn = jobs.spawn, nothing
    try:
        for path in paths:
            Client(SERVER_NAME="localhost").get(path)
            for job in Job.objects.filter(state__in=jobs.UNFINISHED).order_by("made"):
                if say:
                    say(f"{job.kind} {job.payload.get('scenario', '')}".strip())
                working.run(job.id)
    finally:
        jobs.spawn = spawn


def take(folder: Path, only: str | None = None, say: Callable[[str], None] | None = None) -> list[str]:
    """Write the pictures; returns their file names. Raises Refused without a browser or a folder to write to."""
    chromium, sync_playwright = find_browser()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise refuse(
            N_("{folder} is no folder to write to: {why}."), "/folder", "folder", folder=str(folder), why=str(error)
        ) from None

    from meguri.demonstration import performance, pictures, scenario
    from meguri.portal import preparing

    preparing.prepare(lambda text: None)
    performance.play_all(scenario.load(), lambda text: None)
    wanted = [entry for entry in pictures.every() if not only or only in entry[0]]
    work_out((path for _, _, path in wanted if path.startswith("/what-will-come")), say)
    taken: list[str] = []
    with _served() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        for language in LANGUAGES:
            for width in WIDTHS:
                context = browser.new_context(viewport={"width": width, "height": 900}, locale=language)
                page = context.new_page()
                for name, role, path in wanted:
                    page.goto(f"{address}/demonstration/as/{role}?lang={language}")
                    joint = "&" if "?" in path else "?"
                    page.goto(f"{address}{path}{joint}lang={language}")
                    page.wait_for_load_state("networkidle")
                    page.evaluate("document.fonts.ready")
                    file = f"{name}.{language}.{width}.png"
                    page.screenshot(path=str(folder / file), full_page=True)
                    taken.append(file)
                    if say:
                        say(file)
                context.close()
        browser.close()
    return taken
