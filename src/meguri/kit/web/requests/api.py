"""The API's frame: errors as RFC 9457 problems with JSON Pointers, in the caller's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.parser import Parser

from meguri.kit.files.shape import require_json
from meguri.kit.people import access
from meguri.kit.people.identity import SignInNeeded
from meguri.kit.people.rights import HeldForm
from meguri.kit.problems import N_, MeguriError, NotAllowed, NotFound, Problem, Refused
from meguri.kit.running.database import busy
from meguri.kit.web.requests import problem_pages
from meguri.kit.web.requests.covering import READS
from meguri.kit.web.requests.describing import Description
from meguri.kit.web.requests.problem_pages import Unreadable

# What pydantic calls an error, said so that it names what would be right.
TEXTS: dict[str, str] = {
    "missing": N_("This is missing. Send it."),
    "extra_forbidden": N_("This is not known here. Leave it out, or check its spelling."),
    "string_type": N_("This is a text; “{input}” is not."),
    "string_too_short": N_("This is too short: at least {min_length} characters."),
    "string_too_long": N_("This is too long: at most {max_length} characters."),
    "string_pattern_mismatch": N_("“{input}” is not written as expected ({pattern})."),
    "int_parsing": N_("“{input}” is no whole number."),
    "int_type": N_("“{input}” is no whole number."),
    "int_from_float": N_("{input} is no whole number."),
    "float_parsing": N_("“{input}” is no number."),
    "decimal_parsing": N_("“{input}” is no number."),
    "bool_parsing": N_("“{input}” is neither true nor false."),
    "date_from_datetime_parsing": N_("“{input}” is no date. Write it as 2025-10-01."),
    "date_parsing": N_("“{input}” is no date. Write it as 2025-10-01."),
    "datetime_parsing": N_("“{input}” is no instant. Write it as 2025-10-01T09:00:00Z."),
    "datetime_from_date_parsing": N_("“{input}” is no instant. Write it as 2025-10-01T09:00:00Z."),
    "greater_than_equal": N_("{input} is too small: at least {ge}."),
    "greater_than": N_("{input} is too small: more than {gt}."),
    "less_than_equal": N_("{input} is too large: at most {le}."),
    "less_than": N_("{input} is too large: less than {lt}."),
    "literal_error": N_("“{input}” is not one of {expected}."),
    "enum": N_("“{input}” is not one of {expected}."),
    "list_type": N_("This is a list; “{input}” is not."),
    "dict_type": N_("This is an object; “{input}” is not."),
    "model_attributes_type": N_("This is an object; “{input}” is not."),
    "too_long": N_("There are too many: at most {max_length}."),
    "too_short": N_("There are too few: at least {min_length}."),
}
OTHER = N_("“{input}” does not fit: {reason}.")


class NotSignedIn(SignInNeeded):
    """The API's answer to a caller without an account or key."""


class BoundedParser(Parser):
    """Reads JSON that is bounded in depth and number, strictly: without NaN, and no number of a thousand digits."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The body. Raises Misshapen, and Unreadable where it is no JSON."""
        return read_json(request.body)


def read_json(given: bytes) -> Any:
    """What some JSON says. Raises Misshapen, and Unreadable where it is none."""
    require_json(given)
    try:
        return msgspec.json.decode(given)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable(
            Problem(N_("The body is not JSON as expected: {reason}."), "", "json", {"reason": str(error)[:200]})
        ) from None


class MeguriAPI(NinjaAPI):
    """The API, described with security, problems and the schemas of all that it answers."""

    def get_openapi_schema(self, *, path_prefix: str | None = None, path_params: Any = None) -> Description:
        """The description."""
        return Description(self, self.get_root_path(path_params or {}) if path_prefix is None else path_prefix)


def make() -> NinjaAPI:
    """The API, without pages of its own; its description is at ``openapi.json``. Where an operation does not say
    otherwise, a token needs the scope “read”, and a browser's session reads too.
    """
    api = MeguriAPI(
        title="Meguri",
        version="1",
        description="May it move? Does it add up? Where should it go next? A decision aid, not legal advice.",
        docs_url=None,
        parser=BoundedParser(),
        openapi_url="openapi.json",
        urls_namespace="api",
        auth=READS,
    )
    api.add_exception_handler(MeguriError, _meguri)
    api.add_exception_handler(HeldForm, _held)
    api.add_exception_handler(OperationalError, _database)
    api.add_exception_handler(ValidationError, _validation)
    api.add_exception_handler(HttpError, _http)
    api.add_exception_handler(Http404, _absent)
    api.add_exception_handler(AuthenticationError, _unknown_caller)
    return api


def problems(errors: Sequence[Mapping[str, Any]]) -> list[Problem]:
    """Pydantic's errors as problems whose pointers lead into what was sent."""
    found: list[Problem] = []
    for error in errors:
        given = error.get("input")
        written = "" if isinstance(given, dict | list) else str(given)[:80]
        params: dict[str, Any] = {**error.get("ctx", {}), "input": written, "reason": str(error.get("msg", ""))}
        text = TEXTS.get(str(error.get("type")), OTHER)
        try:
            text.format(**params)
        except KeyError:
            text = OTHER
        found.append(Problem(text, pointer(error.get("loc", ())), str(error.get("type", "invalid")), params))
    return found


def pointer(location: Sequence[str | int]) -> str:
    """A JSON Pointer from ninja's location: ``("body", "payload", "lots", 0)`` is ``/lots/0``."""
    parts = list(location)
    if parts and parts[0] in {"body", "query", "path", "form", "header", "cookie", "file"}:
        source = parts.pop(0)
        if source == "body" and parts:
            parts.pop(0)
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


KEYS = frozenset({"key-unknown", "signature"})
"""Codes of problems that mean: nobody known has signed this."""


def _held(request: HttpRequest, held: Any) -> HttpResponse:
    return problem_pages.document(
        NotAllowed(Problem(N_("This needs the signature of a person. Let somebody who signs say it."), "", "held"))
    )


def _meguri(request: HttpRequest, error: Any) -> HttpResponse:
    if any(problem.code in KEYS for problem in error.problems):
        access.note(access.KEY)
    return problem_pages.document(error)


def _database(request: HttpRequest, error: Any) -> HttpResponse:
    later = busy(error)
    if later is None:
        raise error
    return problem_pages.document(later)


def _validation(request: HttpRequest, error: Any) -> HttpResponse:
    return problem_pages.document(Refused(*problems(error.errors)))


def _http(request: HttpRequest, error: Any) -> HttpResponse:
    found = Unreadable(Problem(N_("The body is not JSON as expected: {reason}."), "", "json", {"reason": str(error)}))
    found.status = error.status_code
    return problem_pages.document(found)


def _absent(request: HttpRequest, error: Any) -> HttpResponse:
    return problem_pages.document(
        NotFound(Problem(N_("There is no such thing, or it is not open to you."), "", "absent"))
    )


def _unknown_caller(request: HttpRequest, error: Any) -> HttpResponse:
    return problem_pages.document(NotSignedIn(Problem(N_("Sign in, or send a key that is enrolled."), "", "sign-in")))
