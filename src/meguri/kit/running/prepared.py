"""Statements that a connection to PostgreSQL says again and again: planned once, and several sent in one message.

Plans are made for whatever values come (`plan_cache_mode` of `portal.environment`), and made anew before long: a plan
that reads a table from end to end is right only as long as the table is small.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

Statement = tuple[str, Sequence[Any]]
"""SQL with ``%s`` in the places of its values, and the values. Few different texts: lists go as one value."""

MOST = 200
"""So many statements of a connection are kept."""
USES = 64
SECONDS = 10.0
_serial = itertools.count(1)


@dataclass
class _Plan:
    name: str
    left: int
    until: float


_PLANS: WeakKeyDictionary[Any, dict[str, _Plan]] = WeakKeyDictionary()


def execute(cursor: Any, statements: Iterable[Statement]) -> None:
    """Execute statements in the order given, in one message; each sees what was committed when it began. The results
    are had from the cursor, `nextset` going from one to the next. Raises as the cursor does.
    """
    given = list(statements)
    names = _names(cursor, [sql for sql, _ in given])
    cursor.execute(
        "; ".join(
            f"EXECUTE {name}({', '.join(['%s'] * len(values))})" if values else f"EXECUTE {name}"
            for name, (_, values) in zip(names, given, strict=True)
        ),
        [_array(value) if type(value) is list else value for _, values in given for value in values],
    )


def _array(values: list[Any]) -> str:
    """A list as PostgreSQL reads it; of one type, which the statement knows."""
    if not values:
        return "{}"
    kind = type(values[0])
    if kind is str:
        return "{" + ",".join([f'"{value}"' if value.isalnum() else _quoted(value) for value in values]) + "}"
    if kind is bool:
        return "{" + ",".join(["t" if value else "f" for value in values]) + "}"
    if kind is int:
        return "{" + ",".join(map(str, values)) + "}"
    raise TypeError(f"lists of {kind.__name__} are not sent")


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", r"\\").replace('"', r"\"") + '"'


def _names(cursor: Any, texts: Sequence[str]) -> list[str]:
    """Under which names the connection knows these statements; those that it does not, or not any more, it is told."""
    plans = _PLANS.setdefault(cursor.connection, {})
    now = time.monotonic()
    gone = [sql for sql, plan in plans.items() if plan.left < 1 or plan.until < now]
    if len(plans) - len(gone) + len(set(texts)) > MOST:
        gone = list(plans)
    # A name is never used twice: what became of a message that failed half way need not be known.
    come = {
        sql: _Plan(f"meguri_{next(_serial)}", USES, now + SECONDS)
        for sql in dict.fromkeys(texts)
        if sql not in plans or sql in gone
    }
    if gone or come:
        dropped = [f"DEALLOCATE {plans.pop(sql).name}" for sql in gone]
        cursor.execute(
            "; ".join([*dropped, *(f"PREPARE {plan.name} AS {_numbered(sql)}" for sql, plan in come.items())])
        )
        plans.update(come)
    for sql in texts:
        plans[sql].left -= 1
    return [plans[sql].name for sql in texts]


def _numbered(sql: str) -> str:
    first, *rest = sql.split("%s")
    return (first + "".join(f"${place}{part}" for place, part in enumerate(rest, 1))).replace("%%", "%")
