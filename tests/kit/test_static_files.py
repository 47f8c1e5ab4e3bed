"""Static files: named by what is in them, kept for a year, compressed for those who read that."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.template import engines
from django.templatetags.static import static
from django.test import Client, RequestFactory

from meguri.kit import messages
from meguri.kit.web import static_files

ROOMS = messages.ROOMS
OURS = sorted(
    path.relative_to(folder).as_posix()
    for folder in ROOMS.glob("*/web/static")
    for path in folder.rglob("*")
    if path.is_file()
)
TEMPLATES = sorted(path for path in ROOMS.rglob("*.html") if "templates" in path.parts)
NAMED = re.compile(r"""\{%\s*static\s+['"]([^'"]+)['"]\s*%\}""")
HASHED = re.compile(r"^/static/.+\.[0-9a-f]{12}(\.\w+)?$")


def ask(path: str, **headers: str):
    """What the service answers to a request for a path, its own middleware alone."""
    passed = []
    middleware = static_files.StaticFiles(lambda request: passed.append(request))
    answer = middleware(RequestFactory().get(path, headers={name.replace("_", "-"): v for name, v in headers.items()}))
    return None if passed else answer


def test_there_are_static_files_in_several_rooms():
    assert {"css/meguri.css", "css/law.css", "js/page.js", "img/favicon.svg"} <= set(OURS)


@pytest.mark.parametrize("name", OURS)
def test_each_file_is_served_by_its_content_for_a_year(name):
    address = static(name)
    assert HASHED.match(address), address
    answer = ask(address)
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "Content-Encoding" not in answer
    path = Path(finders.find(name))
    if path.suffix not in (".css", ".js"):
        assert answer.content == path.read_bytes()


def test_text_is_compressed_for_those_who_read_it_and_for_nobody_else():
    address = static("css/meguri.css")
    packed, plain, refused = (
        ask(address, accept_encoding="br, gzip"),
        ask(address),
        ask(address, accept_encoding="gzip;q=0"),
    )
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content == refused.content
    assert int(packed["Content-Length"]) == len(packed.content) < len(plain.content) / 3
    assert all(answer["Vary"] == "Accept-Encoding" for answer in (packed, plain, refused))
    assert packed["ETag"] != plain["ETag"]


def test_what_is_packed_already_is_not_packed_again():
    font = next(name for name in OURS if name.endswith(".woff2"))
    answer = ask(static(font), accept_encoding="gzip")
    assert answer["Content-Type"] == "font/woff2"
    assert "Content-Encoding" not in answer
    assert answer.content == Path(finders.find(font)).read_bytes()


def references(name: str) -> list[str]:
    """Relative references of a file as it is served."""
    text = static_files.find(name).plain().decode()
    if name.endswith(".css"):
        return [to for to in re.findall(r"url\(([^)]+)\)", text) if not to.strip("\"'").startswith("data:")]
    return re.findall(r"""(?:from|import\(?|URL\()\s*["'](\.{1,2}/[^"']+)["']""", text)


def test_references_among_files_are_by_content_too():
    found = {name: references(name) for name in OURS if name.endswith((".css", ".js"))}
    assert len(found["js/page.js"]) == 6
    assert found["js/map.js"]
    assert len(found["vendor/biz-udpgothic/faces.css"]) > 20
    for name, listed in found.items():
        for to in listed:
            target = static_files.normpath(static_files.join(static_files.dirname(name), to.strip("\"'")))
            assert HASHED.match(f"/static/{target}"), (name, to)
            assert ask(f"/static/{target}")["Cache-Control"].endswith("immutable"), (name, to)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_what_a_template_names_is_there(path):
    text = path.read_text(encoding="utf-8")
    named = NAMED.findall(text)
    assert len(named) == len(re.findall(r"\{%\s*static\b", text)), "named by something else than a word"
    assert "/static/" not in text
    for name in named:
        assert HASHED.match(static(name))


@pytest.mark.parametrize("path", [path for path in TEMPLATES if "hx-" in path.read_text()], ids=lambda path: path.name)
def test_a_template_that_needs_htmx_says_so(path):
    assert "{% uses_htmx %}" in path.read_text(encoding="utf-8")


def test_a_page_loads_htmx_where_it_needs_it_alone():
    def page(content: str) -> str:
        request = RequestFactory().get("/")
        text = '{% extends "kit/base.html" %}{% block content %}' + content + "{% endblock %}"
        return engines["django"].from_string(text).render({"doors": [], "foot_links": [], "who": None}, request)

    assert "htmx-2.min." in page("{% uses_htmx %}")
    assert "htmx-2.min." not in page("")


def test_a_plain_or_an_old_name_is_answered_and_asked_for_again():
    for path in ("/static/css/meguri.css", "/static/css/meguri.0123456789ab.css"):
        answer = ask(path)
        assert answer.status_code == 200
        assert answer["Cache-Control"] == "no-cache"
        assert ask(path, if_none_match=answer["ETag"]).status_code == 304


@pytest.mark.parametrize("name", ["", "css", "css/none.css", "../settings.py", "%2e%2e/x", "css/%00", "/etc/passwd"])
def test_what_is_no_file_is_passed_on(name):
    assert ask(f"/static/{name}") is None


def test_an_unknown_file_has_the_portals_own_page(db):
    answer = Client().get("/static/css/none.css")
    assert answer.status_code == 404
    assert "<html" in answer.content.decode()


def test_a_file_that_names_what_is_not_there_is_a_fault(tmp_path, settings):
    (tmp_path / "one.css").write_text("a { background: url(none.png) }")
    (tmp_path / "a.js").write_text('import "./b.js";')
    (tmp_path / "b.js").write_text('import "./a.js";')
    settings.STATICFILES_DIRS = [str(tmp_path)]
    finders.get_finder.cache_clear()
    try:
        with pytest.raises(static_files.NoSuchFile, match=r"none\.png, which one\.css names"):
            static_files.find("one.css")
        with pytest.raises(static_files.NoSuchFile, match=r"circle: a\.js > b\.js > a\.js"):
            static_files.find("a.js")
    finally:
        finders.get_finder.cache_clear()


def test_the_faces_cover_every_letter_of_the_font():
    """A letter is in a slice of each weight; none is left to another font."""
    from fontTools.ttLib import TTFont

    style = static_files.find("vendor/biz-udpgothic/faces.css").plain().decode()
    for weight, file in ((400, "BIZUDPGothic_400Regular.ttf"), (700, "BIZUDPGothic_700Bold.ttf")):
        told: set[int] = set()
        for ranges in re.findall(rf"font-weight:{weight};.*?unicode-range:([^}}]+)", style):
            for span in ranges.split(","):
                first, _, last = span.removeprefix("U+").partition("-")
                told.update(range(int(first, 16), int(last or first, 16) + 1))
        has = {letter for letter in TTFont(ROOMS / "exchange" / "fonts" / file).getBestCmap() if letter >= 0x20}
        assert not has - told
