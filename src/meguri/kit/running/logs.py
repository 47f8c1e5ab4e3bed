"""What the service says in its log: one line of JSON for each thing, with the request's id, and nothing personal.

Our own lines are written so that no name, address, query, body or content of an act is in them. What other libraries
say may hold anything, and so may the text of any exception: of these only the template, the exception's class and the
places in the code are told.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

HEADER = "X-Request-ID"
ENVIRON = "meguri.request_id"
"""In a WSGI environment: the id that the gate has given already. No header can write it."""
FORMS = ("json", "text")
OURS = "meguri"
SERVER = "_granian"
REQUESTS = "meguri.requests"
"""The logger that has a line for every request."""
WELL_FORMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
PLACES = 12
"""Places of the code that are told of an exception, the innermost last."""

_request: ContextVar[str] = ContextVar("meguri_request_id", default="")
requests = logging.getLogger(REQUESTS)


def request_id() -> str:
    """The id of the request that is being answered; empty where none is."""
    return _request.get()


def given_id(said: str, proxies: int) -> str:
    """The id of a request: what a trusted proxy says in `X-Request-ID`, if it is well-formed, else a new one."""
    return said if proxies and WELL_FORMED.fullmatch(said) else secrets.token_hex(8)


@contextmanager
def bearing(identifier: str) -> Iterator[None]:
    """Let what is said meanwhile bear the id of a request."""
    token = _request.set(identifier)
    try:
        yield
    finally:
        _request.reset(token)


def request_line(route: str, method: str, status: int, milliseconds: float) -> None:
    """A line for a request that was answered."""
    told = {"route": route, "method": method, "status": status, "ms": round(milliseconds, 1)}
    requests.info("answered", extra={"told": told})


class JsonLines(logging.Formatter):
    """A line of JSON: time, level, logger, text, request, and what else is told of it."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        ours = record.name == OURS or record.name.startswith(OURS + ".")
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "text": record.getMessage() if ours else _template(record),
        }
        if request_id():
            line["request"] = request_id()
        line.update(getattr(record, "told", {}))
        if record.exc_info and record.exc_info[0] is not None:
            line["exception"] = _exception(record.exc_info[1], record.exc_info[0])
        return json.dumps(line, ensure_ascii=False, default=str)


def _template(record: logging.LogRecord) -> str:
    """What another library says, without what it filled in; where it filled that in itself, the place in its code."""
    if record.name == SERVER:
        # It says in one line what its processes do; what follows that may be a whole traceback.
        return record.getMessage().partition("\n")[0]
    text = str(record.msg)
    return text if record.args and "%" in text else f"{record.module}:{record.lineno}"


def _exception(error: BaseException | None, kind: type[BaseException]) -> dict[str, Any]:
    frames = traceback.extract_tb(error.__traceback__) if error is not None else []
    return {
        "class": kind.__name__,
        "at": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-PLACES:]],
    }


def configuration(form: str) -> dict[str, Any]:
    """Django's `LOGGING`, as ``json`` or as ``text`` for a person at a terminal. Both on standard error."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": f"{__name__}.{JsonLines.__name__}"}, "text": {"format": "%(message)s"}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": form}},
        "root": {"handlers": ["console"], "level": "WARNING"},
        "loggers": {
            # That somebody asked for a page that is not theirs is no event of the service.
            "django.request": {"level": "ERROR"},
            # Django's own handlers: one prints in debugging, one mails to administrators.
            "django": {"handlers": [], "level": "WARNING", "propagate": True},
            REQUESTS: {"level": "INFO" if form == "json" else "WARNING"},
        },
    }


def of_server() -> dict[str, Any]:
    """The server's own lines go where all others go."""
    loggers = {name: {"handlers": [], "propagate": True} for name in (SERVER, "granian.access")}
    return {"version": 1, "disable_existing_loggers": False, "loggers": loggers}
