"""The documentation as a site: nothing is fetched from elsewhere, and what leads nowhere ends the build."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
ELSEWHERE = re.compile(r'<(?:script|link|img|iframe|source)\b[^>]*?\b(?:src|href)="(?:https?:)?//[^"]*"')


def build(folder: Path, *, docs: Path, nav: str = "") -> subprocess.CompletedProcess[str]:
    """The site of some docs, by the configuration of the house."""
    config = folder / "mkdocs.yml"
    config.write_text(f"INHERIT: {REPOSITORY / 'mkdocs.yml'}\ndocs_dir: {docs}\n{nav}")
    return subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--config-file", str(config), "-d", str(folder / "site")],
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_docs_are_a_site_that_asks_nobody(tmp_path):
    done = build(tmp_path, docs=REPOSITORY / "docs")
    assert done.returncode == 0, done.stderr
    pages = list((tmp_path / "site").rglob("*.html"))
    assert len(pages) > len(list((REPOSITORY / "docs").glob("*.md")))
    for page in pages:
        assert not ELSEWHERE.findall(page.read_text(encoding="utf-8")), page.name
    assert ELSEWHERE.search('<link rel="stylesheet" href="https://fonts.example/css">')


@pytest.mark.parametrize(
    ("pages", "said"),
    [
        ({"index.md": "[there](nowhere.md)"}, "nowhere.md"),
        ({"index.md": "[there](#nowhere)"}, "#nowhere"),
        ({"index.md": "Nothing.", "unlisted.md": "Nobody is led here."}, "unlisted.md"),
    ],
)
def test_a_dead_link_and_an_unlisted_page_are_refused(tmp_path, pages, said):
    (tmp_path / "docs").mkdir()
    for name, text in pages.items():
        (tmp_path / "docs" / name).write_text(text)
    done = build(tmp_path, docs=tmp_path / "docs", nav="nav: [index.md]\n")
    assert done.returncode != 0
    assert said in done.stderr
