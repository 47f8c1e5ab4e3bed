"""All published figures beside ours: the answer to `meguri arisings validate`."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from meguri.arisings.checks import british as british_checks
from meguri.arisings.checks import contents as content_checks
from meguri.arisings.checks import elv as elv_checks
from meguri.arisings.checks import european as european_checks
from meguri.arisings.checks import metals as metal_checks
from meguri.arisings.checks import published as published_checks
from meguri.arisings.checks import series as series_checks
from meguri.arisings.checks.row import CheckRow, compared

__all__ = ["CheckRow", "rows", "to_json"]


@cache
def rows() -> tuple[CheckRow, ...]:
    """Every comparison, in the order of the sections; takes about half a minute, once."""
    return tuple(_all())


def to_json(language: str | None = None) -> list[dict[str, object]]:
    """The rows as objects with exactly the keys row, published, ours, difference, reason."""
    return [row.to_json(language) for row in rows()]


def _all() -> Iterator[CheckRow]:
    yield from british_checks.series()
    yield from british_checks.against_flodym()
    yield from european_checks.totals()
    yield from european_checks.held_out()
    yield from european_checks.british_sales()
    yield from series_checks.followed()
    yield from series_checks.projected()
    yield from series_checks.of_the_world()
    yield from published_checks.take_back()
    yield from published_checks.region()
    for check in (*elv_checks.checks(), *content_checks.checks()):
        yield compared(f"{check.row}, {check.unit}", check.published, check.ours, check.reason)
    yield from metal_checks.values()
    yield from published_checks.split()
    yield from metal_checks.concentration()
    yield from published_checks.not_compared()
