"""The page on stock models runs as it stands, and so do the examples in the modules."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "arisings.md"


def test_every_code_block_of_the_page_runs():
    # The closing fence of a block is no output.
    text = PAGE.read_text(encoding="utf-8").replace("\n```", "\n")
    parser, runner = doctest.DocTestParser(), doctest.DocTestRunner(optionflags=doctest.REPORT_NDIFF)
    failed: list[str] = []
    test = parser.get_doctest(text, {}, PAGE.name, str(PAGE), 0)
    assert len(test.examples) > 40
    runner.run(test, out=failed.append)
    assert not failed, "".join(failed)


@pytest.mark.parametrize("module", ["conventions", "lifetimes", "stocks"])
def test_the_examples_of_the_modules_run(module: str):
    result = doctest.testmod(importlib.import_module(f"meguri.arisings.stock.{module}"))
    assert result.attempted > 0
    assert result.failed == 0
