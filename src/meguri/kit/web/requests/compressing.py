"""Answers in text are compressed for those who read gzip; pictures, PDF and archives, which are already, are not."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.utils.cache import patch_vary_headers

TEXT = frozenset({"application/json", "application/javascript", "application/xml", "application/toml", "image/svg+xml"})


def is_text(kind: str) -> bool:
    """Whether a media type, with parameters or without, is one that shrinks."""
    bare = kind.partition(";")[0].strip().lower()
    return bare.startswith("text/") or bare in TEXT or bare.endswith(("+json", "+xml"))


def accepts_gzip(request: HttpRequest) -> bool:
    """Whether the client says that it reads gzip, and not with a weight of nothing (RFC 9110, 12.5.3)."""
    for part in request.META.get("HTTP_ACCEPT_ENCODING", "").split(","):
        name, *parameters = (word.strip() for word in part.split(";"))
        if name in ("gzip", "x-gzip"):
            weight = next((word[2:] for word in parameters if word.lower().startswith("q=")), "1")
            return bool(weight.strip("0."))
    return False


class Compressed(GZipMiddleware):
    """Django's, for text alone. Its random length keeps what a page repeats from being guessed by size (BREACH)."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Compress, streamed or whole."""
        if not is_text(response.get("Content-Type", "")):
            return response
        if not accepts_gzip(request):
            patch_vary_headers(response, ("Accept-Encoding",))
            return response
        return super().process_response(request, response)
