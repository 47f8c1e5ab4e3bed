"""Static files under names that say what is in them: compressed, kept for a year, served from the packages themselves.

``css/meguri.css`` is asked for as ``css/meguri.1f0c2a9d3b7e.css``: another content, another name. References among the
files (``url()`` in styles, imports and ``new URL()`` in modules) carry such names too. Nothing is collected and nothing
is written. A process reads a file when it is first named and keeps it in memory, compressed, where it is text; the rest
stays where it lies.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import re
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from posixpath import dirname, join, normpath

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage
from django.core.exceptions import SuspiciousFileOperation
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response, patch_vary_headers

from meguri.kit.web.requests.compressing import accepts_gzip, is_text

YEAR = "public, max-age=31536000, immutable"
ASK = "no-cache"
"""For a file under its plain name or an older one: kept, and asked for again each time."""
KINDS = {".js": "text/javascript", ".md": "text/markdown", ".woff2": "font/woff2", "": "text/plain"}
DIGITS = 12
_NAMED = re.compile(r"^(?P<stem>.+)\.(?P<digest>[0-9a-f]{12})(?P<suffix>(\.[^./]*)?)$")
_REFERENCES = {
    ".css": (re.compile(r"""url\(\s*["']?(?P<to>(?![a-z]+:|//|\#)[^"')\s]+)["']?\s*\)"""),),
    ".js": (
        re.compile(r"""(?:\bfrom|\bimport)\s*\(?\s*["'](?P<to>\.{1,2}/[^"']+\.\w+)["']"""),
        re.compile(r"""\bnew\s+URL\(\s*["'](?P<to>\.{1,2}/[^"']+\.\w+)["']\s*,\s*import\.meta\.url"""),
    ),
}


class NoSuchFile(ValueError):
    """A page or a file names a static file that no room has."""


@dataclass(frozen=True)
class StaticFile:
    """A file as it is served: its name with the digest of its content, its media type, and the content, compressed
    where it is text; where not, `packed` is None and the content is read from `path`.
    """

    name: str
    digest: str
    kind: str
    path: Path
    packed: bytes | None

    def plain(self) -> bytes:
        """The content, not compressed."""
        return self.path.read_bytes() if self.packed is None else gzip.decompress(self.packed)


def find(name: str) -> StaticFile:
    """The file of a name such as ``css/meguri.css``. Raises NoSuchFile."""
    return _made(normpath(name))


_above: ContextVar[tuple[str, ...]] = ContextVar("meguri_static_above", default=())
"""The files whose references led to the one that is being read."""


@lru_cache(maxsize=4096)
def _made(name: str) -> StaticFile:
    above = _above.get()
    try:
        found = finders.find(name)
    except SuspiciousFileOperation:
        found = None
    if not found or not Path(found).is_file():
        raise NoSuchFile(f"there is no static file {name}" + (f", which {above[-1]} names" if above else ""))
    if name in above:
        raise NoSuchFile(f"static files name each other in a circle: {' > '.join((*above, name))}")
    path = Path(found)
    suffix = path.suffix.lower()
    content = path.read_bytes()
    if suffix in _REFERENCES:
        content = _referring(content.decode(), name, suffix).encode()
    digest = hashlib.sha256(content).hexdigest()[:DIGITS]
    kind = KINDS.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    stem = name.removesuffix(path.suffix)
    packed = gzip.compress(content, 9, mtime=0) if is_text(kind) else None
    if is_text(kind):
        kind += "; charset=utf-8"
    return StaticFile(f"{stem}.{digest}{path.suffix}", digest, kind, path, packed)


def _referring(text: str, name: str, suffix: str) -> str:
    """The text with each reference to another file by that one's name with its digest."""

    def named(match: re.Match[str]) -> str:
        told, to = match[0], match["to"]
        file = _made(normpath(join(dirname(name), to))).name.rpartition("/")[2]
        at = match.start("to") - match.start()
        return told[:at] + join(dirname(to), file) + told[at + len(to) :]

    token = _above.set((*_above.get(), name))
    try:
        for pattern in _REFERENCES[suffix]:
            text = pattern.sub(named, text)
    finally:
        _above.reset(token)
    return text


class HashedNames(StaticFilesStorage):
    """What ``{% static %}`` asks: the address of a file, by its content. Raises NoSuchFile."""

    def url(self, name: str | None) -> str:
        """The address of ``css/meguri.css``."""
        return super().url(find(name or "").name)


class StaticFiles:
    """Answers what lies under `settings.STATIC_URL`; every other address is passed on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The file; where there is none, the portal's own page for an unknown address."""
        if request.method in ("GET", "HEAD") and request.path.startswith(str(settings.STATIC_URL)):
            try:
                return served(request, request.path.removeprefix(str(settings.STATIC_URL)))
            except NoSuchFile:
                pass
        return self.get_response(request)


def served(request: HttpRequest, name: str) -> HttpResponseBase:
    """A file by its name with a digest or its plain one. Raises NoSuchFile.

    A digest of another version is answered with the file of this one: pages and workers of both are met while a new
    version is put in place.
    """
    match = _NAMED.match(name)
    file = find(match["stem"] + match["suffix"] if match else name)
    packed = file.packed if file.packed is not None and accepts_gzip(request) else None
    tag = f'"{file.digest}{"-gzip" if packed is not None else ""}"'
    response = HttpResponse(file.plain() if packed is None else packed, content_type=file.kind)
    response.headers["Content-Length"] = str(len(response.content))
    response.headers["Cache-Control"] = YEAR if name == file.name else ASK
    response.headers["ETag"] = tag
    if file.packed is not None:
        patch_vary_headers(response, ("Accept-Encoding",))
        if packed is not None:
            response.headers["Content-Encoding"] = "gzip"
    return get_conditional_response(request, etag=tag, response=response) or response
