"""Answers in text are compressed for clients that read gzip, and for no others."""

from __future__ import annotations

import gzip
import re

import pytest
from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.test import Client, RequestFactory

from meguri.kit.web.requests.compressing import Compressed, accepts_gzip, is_text

LONG = "a word and another, " * 100


def through(answer, accepted="gzip, deflate, br"):
    request = RequestFactory().get("/", headers={"accept-encoding": accepted} if accepted else {})
    return Compressed(lambda request: answer)(request)


@pytest.mark.parametrize(
    ("kind", "shrinks"),
    [
        ("text/html; charset=utf-8", True),
        ("text/csv", True),
        ("application/json", True),
        ("application/problem+json", True),
        ("image/svg+xml", True),
        ("application/pdf", False),
        ("application/zip", False),
        ("application/gzip", False),
        ("application/octet-stream", False),
        ("font/woff2", False),
        ("image/png", False),
        ("", False),
    ],
)
def test_text_is_compressed_and_nothing_else(kind, shrinks):
    assert is_text(kind) is shrinks
    answer = through(HttpResponse(LONG, content_type=kind))
    assert answer.has_header("Content-Encoding") is shrinks
    assert (gzip.decompress(answer.content) if shrinks else answer.content) == LONG.encode()


READ = ("gzip", "br, gzip", "gzip;q=0.5", "gzip; q=1", "x-gzip")
UNREAD = ("", "br", "identity", "gzip;q=0", "gzip;q=0.000", "gzipped")


@pytest.mark.parametrize("said", [*READ, *UNREAD])
def test_who_reads_gzip(said):
    reads = said in READ
    request = RequestFactory().get("/", headers={"accept-encoding": said})
    assert accepts_gzip(request) is reads
    answer = through(HttpResponse(LONG), said)
    assert answer.has_header("Content-Encoding") is reads
    assert answer["Vary"] == "Accept-Encoding"


def test_the_length_of_a_compressed_page_tells_nothing_exact():
    assert len({len(through(HttpResponse(LONG)).content) for _ in range(40)}) > 1


def test_a_streamed_answer_is_compressed_as_it_comes():
    drawn = []

    def lines():
        for number in range(3):
            drawn.append(number)
            yield f"{number},{LONG}\r\n"

    answer = through(StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8"))
    assert not drawn
    assert answer["Content-Encoding"] == "gzip"
    told = gzip.decompress(b"".join(answer.streaming_content)).decode()
    assert told == "".join(f"{number},{LONG}\r\n" for number in range(3))


def test_a_file_to_keep_is_whole_either_way(tmp_path):
    path = tmp_path / "plan.json.gz"
    path.write_bytes(gzip.compress(LONG.encode()))
    answer = through(FileResponse(path.open("rb"), as_attachment=True, content_type="application/gzip"))
    assert "Content-Encoding" not in answer
    assert answer["Content-Length"] == str(path.stat().st_size)
    assert b"".join(answer.streaming_content) == path.read_bytes()
    path = tmp_path / "plan.csv"
    path.write_text(LONG)
    answer = through(FileResponse(path.open("rb"), as_attachment=True, content_type="text/csv"))
    assert "Content-Length" not in answer
    assert gzip.decompress(b"".join(answer.streaming_content)).decode() == LONG


def unnumbered(page: bytes) -> bytes:
    """A page without figures and numbers of requests: ids of elements are counted on from page to page."""
    return re.sub(rb"\d+", b"", re.sub(rb"<code>[0-9a-f]{16}</code>", b"", page))


QUESTION = "/may-it-move?from=MYS&to=JPN&stream=circuit-boards&operation=R4&on=2025-10-01"


@pytest.mark.parametrize("path", ["/", QUESTION, QUESTION.replace("/may-it-move", "/api/verdict"), "/no/such/page"])
def test_pages_and_answers_of_the_api_are_the_same_either_way(db, path):
    plain = Client().get(path)
    packed = Client().get(path, headers={"accept-encoding": "gzip"})
    assert packed.status_code == plain.status_code
    assert "Content-Encoding" not in plain
    assert "Accept-Encoding" in plain["Vary"]
    assert packed["Content-Encoding"] == "gzip"
    assert unnumbered(gzip.decompress(packed.content)) == unnumbered(plain.content)
    assert len(packed.content) < len(plain.content)
