"""The parts into which `./test` divides the tests: what the quick one leaves out is there."""

from __future__ import annotations

from pathlib import Path

import pytest

import parts_plugin

TESTS = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize("path", sorted(parts_plugin.SLOW))
def test_a_file_that_is_left_out_exists(path):
    assert (TESTS / path).is_file()
    assert parts_plugin.SLOW[path]


@pytest.mark.django_db
def test_what_touches_a_database_is_known(request):
    assert parts_plugin.touches_a_database(request.node)


def test_what_touches_none_is_known_too(request):
    assert not parts_plugin.touches_a_database(request.node)
    assert parts_plugin.file_of(request.node.nodeid) == "package/test_parts.py"
