"""A released table never changes: every file is listed with the digest of its bytes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from meguri.procedure import released, tables

ATLANTIS = Path(__file__).with_name("atlantis")


def test_every_file_is_listed():
    assert set(tables.OWN.digests) == set(tables.OWN.released)


@pytest.mark.parametrize("name", tables.OWN.released)
def test_a_listed_file_is_as_it_was(name):
    said = f"{name}.toml is released; write what changes as a further version"
    assert tables.digest(name) == tables.OWN.released[name], said


def test_listing_keeps_what_is_listed(tmp_path):
    shutil.copytree(ATLANTIS, tmp_path, dirs_exist_ok=True)
    text = released.text(tmp_path)
    assert text.splitlines()[1] == f"atl-wsr@1,{tables.folder(tmp_path).digests['atl-wsr@1']}"
    (tmp_path / tables.RELEASED).write_text(text)
    (tmp_path / "atl-wsr@1.toml").write_text((ATLANTIS / "atl-wsr@1.toml").read_text() + "# more")
    assert released.text(tmp_path) == text
    assert tables.folder(tmp_path).digests["atl-wsr@1"] not in text
