"""The gate: a request takes a thread once its body is there whole, and when it is its caller's turn.

The server reads headers within a time of its own. Bodies are read here, in an event loop, where waiting costs no
thread: one that comes too slowly is ended, and of one caller only so many come at the same time. What is answered is
the WSGI application's. An answer that is longer than a page is written to a file first, which the server then sends as
slowly as its reader reads: nobody holds a thread by reading slowly.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import io
import logging
import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.utils import translation

from meguri.kit.problems import N_, Busy, MeguriError, Problem
from meguri.kit.running import logs, metrics
from meguri.kit.web.requests.limits import SIGNED_IN, caller_of
from meguri.kit.web.requests.problem_pages import document
from meguri.portal.door.turns import Crowd, Turns

log = logging.getLogger(__name__)

Headers = list[tuple[str, str]]
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
PAGE = 1024 * 1024
"""Bytes of an answer that are kept in memory; what is longer goes through a file."""
KEPT = 20.0
"""Seconds after which such a file loses its name: the server has opened it long before."""


REFUSED_S = 1.0
"""Seconds for which a refusal of too many requests is repeated without asking the pages."""
REFUSED_MOST = 10_000
MEMBERS_S = 300.0
"""Seconds for which a session or a token is known after a page has found out whose it is."""
MEMBERS_MOST = 10_000


class TooSlow(MeguriError):
    """The body did not come in time."""

    status = 408
    title = N_("The request came too slowly")


class TooManyAtOnce(MeguriError):
    """One caller has too many requests under way."""

    status = 429
    title = N_("Too many requests at once")
    retry_after = 5


class CutShort(MeguriError):
    """The caller said how long the body is, and sent less."""

    status = 400
    title = N_("The request was cut short")


@dataclass(frozen=True)
class Limits:
    """What one worker gives: requests at once, and how bodies may come."""

    crowd: Crowd = field(default_factory=Crowd)
    turn_s: float = 30.0
    patience_s: float = 10.0
    rate: float = 20_000.0
    """A body has come in time while it is at most so many seconds behind so many bytes a second."""
    bodies: int = 8
    """Bodies of one caller that are under way at the same time."""
    held: int = 128 * 1024 * 1024
    """Bytes of all bodies together, as announced."""


class Asked(Protocol):
    """A request as the server hands it over (RSGI's scope)."""

    http_version: str
    client: str
    server: str
    scheme: str
    method: str
    path: str
    query_string: str
    headers: Any


class Gate:
    """An RSGI application around a WSGI one. `largest` is the longest body that the latter reads; `larger` says
    where it is another; `session` is the name of the cookie by which people are known.
    """

    def __init__(
        self,
        application: Application,
        largest: int,
        proxies: int = 0,
        limits: Limits | None = None,
        *,
        larger: Mapping[str, int] | None = None,
        session: str = "sessionid",
    ) -> None:
        self.application, self.largest, self.proxies = application, largest, proxies
        self.larger = dict(larger or {})
        self.session = f"{session}="
        self.members: dict[str, float] = {}
        """Who has signed in is counted by the session or token, from wherever it comes: until when each is known."""
        self.limits = limits or Limits()
        self.turns = Turns(self.limits.crowd, now=time.monotonic)
        self.threads = ThreadPoolExecutor(self.limits.crowd.most, thread_name_prefix="page")
        self.bodies: Counter[str] = Counter()
        self.held = 0
        self.waiting = 0
        self.warned = False
        self.refused: dict[tuple[str, ...], tuple[float, Answer]] = {}
        """Whoever was told to come later, and comes at once, is told the same without a thread."""

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Nothing to prepare in the loop."""

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Let what is being answered end."""
        self.threads.shutdown(wait=True, cancel_futures=True)

    async def __rsgi__(self, scope: Asked, protocol: Any) -> None:
        """Answer one request."""
        environ = environ_of(scope)
        began = time.perf_counter()
        identifier = logs.given_id(environ.get("HTTP_X_REQUEST_ID", ""), self.proxies)
        environ[logs.ENVIRON] = identifier
        with logs.bearing(identifier):
            refused = await self._serve(environ, protocol)
            if refused is not None:
                metrics.count("meguri_gate_refused_total", why=refused[1])
                logs.request_line(
                    "gate", environ["REQUEST_METHOD"][:10], refused[0], 1000 * (time.perf_counter() - began)
                )

    async def _serve(self, environ: dict[str, Any], protocol: Any) -> tuple[int, str] | None:
        """Answer it; status and code of the problem where no page was asked."""
        if not (self.proxies or self.warned) and "HTTP_X_FORWARDED_FOR" in environ:
            self.warned = True
            log.warning("a proxy stands in front and MEGURI_PROXIES is 0: all its callers count as one")
        caller = caller_of(environ["REMOTE_ADDR"], environ.get("HTTP_X_FORWARDED_FOR", ""), self.proxies)
        refused = _asked_alike(environ, caller)
        again = self.refused.get(refused)
        if again is not None and again[0] > time.monotonic():
            again[1].send(protocol, environ["REQUEST_METHOD"])
            return again[1].status, "again"
        try:
            body = await self._body(environ, protocol, caller)
        except MeguriError as error:
            return refuse(protocol, environ, error)
        except asyncio.CancelledError:
            raise
        except Exception as error:  # whatever the server calls it, the caller is gone
            log.debug("a body broke off: %s", type(error).__name__)
            return None
        environ["wsgi.input"] = io.BytesIO(body)
        self.waiting += 1
        self._levels()
        try:
            async with asyncio.timeout(self.limits.turn_s):
                bearing = self._bearing(environ)
                member = bearing if self.members.get(bearing, 0.0) > time.monotonic() else ""
                turn = await self.turns.take(member or caller, known=bool(member))
        except TimeoutError:
            return refuse(
                protocol, environ, Busy(Problem(N_("Very many ask at once. Try again in a moment."), "", "busy"))
            )
        finally:
            self.waiting -= 1
            self._levels()
        if turn is None:
            return refuse(
                protocol,
                environ,
                TooManyAtOnce(
                    Problem(N_("{count} of your requests wait already. Send them one after another."), "", "at-once",
                            {"count": self.limits.crowd.queue})
                ),
            )  # fmt: skip
        took = 0.0
        try:
            answer, took = await asyncio.get_running_loop().run_in_executor(self.threads, self._answer, environ)
        finally:
            self.turns.give(turn, took)
            self._levels()
        if answer.status == TooManyAtOnce.status:
            if len(self.refused) > REFUSED_MOST:
                self.refused.clear()
            self.refused[refused] = (time.monotonic() + REFUSED_S, answer)
        if bearing and environ.get(SIGNED_IN):
            if len(self.members) > MEMBERS_MOST:
                self.members.clear()
            self.members[bearing] = time.monotonic() + MEMBERS_S
        answer.send(protocol, environ["REQUEST_METHOD"])
        return None

    def _bearing(self, environ: dict[str, Any]) -> str:
        """The digest of the token or else of the session that comes with a request; empty where none does."""
        said = environ.get("HTTP_AUTHORIZATION", "")
        if not said:
            parts = (part.strip() for part in environ.get("HTTP_COOKIE", "").split(";"))
            said = next((part for part in parts if part.startswith(self.session)), "")
        return hashlib.sha256(said.encode("utf-8", "surrogateescape")).hexdigest() if said else ""

    def _levels(self) -> None:
        metrics.level("meguri_gate_waiting", self.waiting)
        metrics.level("meguri_gate_running", self.turns.running)

    async def _body(self, environ: dict[str, Any], protocol: Any, caller: str) -> bytes:
        """The whole body. What says no length, or one that no page reads, is left unread, for the pages to refuse."""
        said = environ.get("CONTENT_LENGTH", "")
        largest = self.larger.get(environ.get("PATH_INFO", ""), self.largest)
        if not said.isascii() or not said.isdigit() or len(said) > 12 or not 0 < (length := int(said)) <= largest:
            return b""
        if self.bodies[caller] >= self.limits.bodies or self.held + length > self.limits.held:
            raise TooManyAtOnce(
                Problem(
                    N_("{count} requests of yours are on their way already. Send them one after another."),
                    "",
                    "at-once",
                    {"count": self.bodies[caller]},
                )
            )
        self.bodies[caller] += 1
        self.held += length
        found = bytearray()
        try:
            async with asyncio.timeout(self.limits.patience_s) as patience:
                began = asyncio.get_running_loop().time()
                async for part in protocol:
                    found += part
                    patience.reschedule(began + self.limits.patience_s + len(found) / self.limits.rate)
        except TimeoutError:
            raise TooSlow(
                Problem(
                    N_("Of {length} bytes {found} came in time. Send them without a pause, or fewer at once."),
                    "",
                    "slow",
                    {"length": length, "found": len(found)},
                )
            ) from None
        finally:
            self.held -= length
            self.bodies[caller] -= 1
            if not self.bodies[caller]:
                del self.bodies[caller]
        if len(found) != length:
            raise CutShort(
                Problem(
                    N_("Of {length} bytes {found} came. Send it again."),
                    "",
                    "short",
                    {"length": length, "found": len(found)},
                )
            )
        return bytes(found)

    def _answer(self, environ: dict[str, Any]) -> tuple[Answer, float]:
        """The application's answer, and the seconds of the machine that it took. Runs in a thread."""
        began = time.thread_time()
        told: list[tuple[int, Headers]] = []

        def start(status: str, headers: Headers, _: Any = None) -> Callable[[bytes], object]:
            told.append((int(status.split(" ", 1)[0]), [(name.lower(), value.strip()) for name, value in headers]))
            return lambda data: None

        parts = self.application(environ, start)
        try:
            body, path = _whole(parts)
        finally:
            getattr(parts, "close", lambda: None)()
        return Answer(*told[-1], body, path), time.thread_time() - began


@dataclass(frozen=True)
class Answer:
    """What the pages answered: its bytes, or the file in which they lie."""

    status: int
    headers: Headers
    body: bytes
    path: str = ""

    def send(self, protocol: Any, method: str) -> None:
        """Hand it to the server."""
        if self.path:
            protocol.response_file(self.status, self.headers, self.path)
            asyncio.get_running_loop().call_later(KEPT, _forget, self.path)
        elif method == "HEAD" or self.status in (204, 304):
            protocol.response_empty(self.status, self.headers)
        else:
            protocol.response_bytes(self.status, self.headers, self.body)


def _asked_alike(environ: dict[str, Any], caller: str) -> tuple[str, ...]:
    """What two requests have in common that would be refused alike; a device that is known has a cookie of its own."""
    said = ("COOKIE", "ACCEPT", "ACCEPT_LANGUAGE", "ACCEPT_ENCODING")
    names = ("REQUEST_METHOD", "PATH_INFO", *(f"HTTP_{name}" for name in said))
    return (caller, *(str(environ.get(name, ""))[:4000] for name in names))


def _whole(parts: Iterable[bytes]) -> tuple[bytes, str]:
    """The bytes of an answer, or the file into which they were written because they are many."""
    found = bytearray()
    rest = iter(parts)
    for part in rest:
        found += part
        if len(found) > PAGE:
            break
    else:
        return bytes(found), ""
    number, path = tempfile.mkstemp(prefix="meguri-answer-")
    try:
        with os.fdopen(number, "wb") as file:
            file.write(found)
            for part in rest:
                file.write(part)
    except BaseException:
        _forget(path)
        raise
    return b"", path


def _forget(path: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(path)


def environ_of(scope: Asked) -> dict[str, Any]:
    """A request as WSGI has it (PEP 3333); texts are bytes in Latin-1 there. Of the surroundings nothing is in it."""
    host, _, port = scope.server.rpartition(":")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": scope.path.encode("utf-8", "surrogateescape").decode("latin-1"),
        "QUERY_STRING": scope.query_string.encode("utf-8", "surrogateescape").decode("latin-1"),
        "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"),
        "SERVER_NAME": host.strip("[]"),
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.errors": _Errors(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope.headers.items():
        # A header with an underscore would be taken for the one with a dash, and a proxy lets it through.
        if "_" in name:
            continue
        key = name.upper().replace("-", "_")
        key = key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else "HTTP_" + key
        joint = "; " if key == "HTTP_COOKIE" else ","
        environ[key] = f"{environ[key]}{joint}{value}" if key in environ else value
    return environ


class _Errors(io.TextIOBase):
    """Where an application would complain: into the log."""

    def write(self, text: str) -> int:
        log.error("a page complained, %s characters", len(text))
        return len(text)


def refuse(protocol: Any, environ: dict[str, Any], error: MeguriError) -> tuple[int, str]:
    """Answer what no page was asked for; the connection ends, because the rest of the body may still come. Returns the
    status, and the code of the problem.
    """
    said = environ.get("HTTP_ACCEPT_LANGUAGE", "")[:40].split(",")[0].split(";")[0].strip().lower()
    try:
        language = translation.get_supported_language_variant(said or "en")
    except LookupError:
        language = "en"
    with translation.override(language):
        found = document(error)
    headers = [(name.lower(), value) for name, value in found.headers.items()]
    ended = ("connection", "close"), (logs.HEADER.lower(), logs.request_id())
    protocol.response_bytes(found.status_code, [*headers, *ended], found.content)
    return found.status_code, error.problems[0].code
