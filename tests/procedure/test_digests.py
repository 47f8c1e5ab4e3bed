"""A released table never changes: every file is listed with the digest of its bytes.

``python tests/procedure/test_digests.py`` lists the files that are new.
"""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from meguri.procedure import tables

LIST = Path(__file__).with_name("digests.csv")


def listed() -> dict[str, str]:
    if not LIST.exists():
        return {}
    with LIST.open(encoding="utf-8", newline="") as file:
        return {row["procedure"]: row["sha256"] for row in csv.DictReader(file)}


def test_every_file_is_listed():
    assert set(tables.OWN.digests) == set(listed())


@pytest.mark.parametrize("name", listed())
def test_a_listed_file_is_as_it_was(name):
    assert tables.digest(name) == listed()[name], f"{name}.toml is released; write what changes as a further version"


def write() -> None:
    """List the files that are new; what is listed stays."""
    kept = {**tables.OWN.digests, **listed()}
    rows = [f"{name},{kept[name]}\n" for name in sorted(kept)]
    LIST.write_text("".join(["procedure,sha256\n", *rows]), encoding="utf-8")


if __name__ == "__main__":
    write()
