"""A client in Python made from the API's description: one file, which needs nothing but Python."""

from __future__ import annotations

import keyword
import re
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

HEAD = '''"""A client of Meguri's API, made from its description by `meguri api client`. It needs nothing but Python."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any


class MeguriProblem(Exception):
    """What the service refuses: `status`, and the whole problem document (RFC 9457)."""

    def __init__(self, status: int, document: dict[str, Any]) -> None:
        super().__init__(f"{status}: {document.get('detail') or document.get('title')}")
        self.status, self.document = status, document


class Meguri:
    """The operations of the API, each under its own name. Send a token, or none for what is open to anybody."""

    def __init__(self, address: str, token: str = "", language: str = "en", seconds: float = 60.0) -> None:
        self._address, self._token, self._language, self._seconds = address.rstrip("/"), token, language, seconds

    def ask(self, method: str, path: str, query: dict[str, Any] | None = None, body: Any = None) -> Any:
        """Ask an operation. Raises MeguriProblem; where it may be asked again later, it waits and does so once."""
        given = {name: value for name, value in (query or {}).items() if value is not None}
        url = self._address + path + ("?" + urllib.parse.urlencode(given, doseq=True) if given else "")
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data, method=method)
        request.add_header("Accept", "application/json")
        request.add_header("Accept-Language", self._language)
        if data is not None:
            request.add_header("Content-Type", "application/json")
        if self._token:
            request.add_header("Authorization", f"Bearer {self._token}")
        for again in (True, False):
            try:
                with urllib.request.urlopen(request, timeout=self._seconds) as answer:
                    text = answer.read()
                if answer.headers.get_content_type() == "application/x-ndjson":
                    return [json.loads(line) for line in text.splitlines()]
                return json.loads(text) if text else None
            except urllib.error.HTTPError as error:
                wait = error.headers.get("Retry-After", "")
                if again and error.code in (429, 409, 503) and wait.isdigit() and int(wait) <= 60:
                    time.sleep(int(wait))
                    continue
                try:
                    document = json.loads(error.read())
                except ValueError:
                    document = {"title": error.reason}
                raise MeguriProblem(error.code, document) from None
        raise AssertionError

    def ready(self, seconds: float = 60.0) -> None:
        """Wait until the service answers."""
        until = time.monotonic() + seconds
        while True:
            try:
                self.ask("GET", "/api/kinds")
                return
            except OSError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.3)

    def every(self, operation: Callable[..., Any], **arguments: Any) -> Iterator[Any]:
        """Every line of a list, page by page: ``every(meguri.list_lots, status="held")``."""
        after = arguments.pop("after", None)
        while True:
            page = operation(after=after, **arguments)
            yield from page["items"]
            after = page["next"]
            if after is None or page.get("more") is False:
                return
'''
OWN = {"self", "body", "ask", "ready", "every"}
"""Names that the client uses itself."""
TYPES = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "array": "list[Any]"}


def name_of(text: str) -> str:
    """The name of a parameter or an operation in Python: ``from`` is ``from_``."""
    name = re.sub(r"\W", "_", text)
    return f"{name}_" if keyword.iskeyword(name) or name in OWN else name


def _type(schema: Mapping[str, Any]) -> str:
    kinds = [schema, *schema.get("anyOf", ())]
    return next((TYPES[one["type"]] for one in kinds if one.get("type") in TYPES), "Any")


def _operation(method: str, path: str, one: Mapping[str, Any]) -> Iterator[str]:
    places = [p for p in one.get("parameters", ()) if p["in"] == "path"]
    asked = [p for p in one.get("parameters", ()) if p["in"] == "query"]
    given = ["self", *(f"{name_of(p['name'])}: str" for p in places)]
    if "requestBody" in one:
        given.append("body: Any")
    if asked:
        given.append("*")
    given += [
        f"{name_of(p['name'])}: {_type(p['schema'])}" + ("" if p.get("required") else " | None = None") for p in asked
    ]
    yield f"    def {name_of(one['operationId'])}({', '.join(given)}) -> Any:"
    scopes = [scope for way in one.get("security", ()) for scope in way.get("token", ())]
    text = f"{one['summary']}. {' '.join(one.get('description', '').split())}"
    text += f" A token needs the scope “{scopes[0]}”." if scopes else ""
    text = text.replace("\\", "\\\\").replace('"""', "'''")
    yield from textwrap.wrap('"""' + text, 112, initial_indent=" " * 8, subsequent_indent=" " * 8)
    said = [p for p in (*places, *asked) if p.get("description")]
    if said:
        yield ""
        yield from (f"        {name_of(p['name'])}: {p['description']}" for p in said)
    yield '        """'
    at = re.sub(r"{(\w+)}", lambda found: "{urllib.parse.quote(" + name_of(found[1]) + ", safe='')}", path)
    query = "{" + ", ".join(f'"{p["name"]}": {name_of(p["name"])}' for p in asked) + "}" if asked else "None"
    body = "body" if "requestBody" in one else "None"
    prefix = "f" if places else ""
    yield f'        return self.ask("{method.upper()}", {prefix}"{at}", {query}, {body})'
    yield ""


def source(description: Mapping[str, Any]) -> str:
    """The client's text."""
    lines = [HEAD]
    for path, does in description["paths"].items():
        for method, one in does.items():
            lines += _operation(method, path, one)
    return "\n".join(lines).rstrip() + "\n"
