"""Sums over the whole record, kept as what each act adds to them; a page reads them and adds up no states.

A room says what acts that are taken together add to which account, from the states before and after them alone. That
is written with the acts as one row of its own, so that no two writers meet in one row: nobody waits, nothing
deadlocks. Now and then these additions are gathered into one row an account; a reader adds both tables, in one
statement and so as of one instant. SQLite has one writer anyhow: there acts add to the account's row at once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TypeAlias

from django.db import DatabaseError, connection, transaction

from meguri.journal.projections.relations import among
from meguri.journal.subject import split
from meguri.journal.world import State

log = logging.getLogger(__name__)

Account: TypeAlias = tuple[str, str, str]
"""What is added up, and of what: ``("custody.site", "penang", "stock")``."""
States: TypeAlias = Mapping[str, State | None]
Reckoner: TypeAlias = Callable[[Collection[str], States, States], Iterable[tuple[Account, int]]]
"""From the subjects that acts changed, their states before the first and all states after the last: what they add."""

EVERY = 1024
"""Additions are gathered each time that so many numbers have been given out."""
# The signed 64-bit number of PostgreSQL's lock on gathering ("sums").
GATHERING = 0x7375_6D73
TABLES = ("journal_sum", "journal_addition")
COLUMNS = "account, name, part, amount"
_MORE = "ON CONFLICT (account, name, part) DO UPDATE SET amount = journal_sum.amount + EXCLUDED.amount"
ADD = f"INSERT INTO journal_sum ({COLUMNS}) VALUES (%s, %s, %s, %s) {_MORE}"  # noqa: S608
TIDY = "DELETE FROM journal_sum WHERE amount = 0"
INSERT = "INSERT INTO journal_addition (amounts) VALUES (%s)"
_EACH = "e->>0 AS account, e->>1 AS name, e->>2 AS part, (e->>3)::bigint AS amount"
_ADDED = f"SELECT {_EACH} FROM journal_addition, jsonb_array_elements(amounts::jsonb) AS e"  # noqa: S608
_GATHER = (
    f"WITH gone AS (DELETE FROM journal_addition RETURNING amounts), "  # noqa: S608
    f"every AS (SELECT {_EACH} FROM gone, jsonb_array_elements(amounts::jsonb) AS e) "
    f"INSERT INTO journal_sum ({COLUMNS}) SELECT account, name, part, SUM(amount)::bigint FROM every "
    f"GROUP BY account, name, part {_MORE}"
)
_RECKONERS: dict[Reckoner, frozenset[str]] = {}
_ALWAYS: set[str] = set()


def reckon(prefixes: Iterable[str], reckoner: Reckoner, always: Iterable[str] = ()) -> None:
    """Have `reckoner` say what acts add that change a subject with one of these prefixes. Where anything was ever
    added, something stands in the accounts `always`.
    """
    _RECKONERS[reckoner] = frozenset(prefixes)
    _ALWAYS.update(always)


def complete() -> bool:
    """Whether something was ever added, and to each account to which that is always so. One query an account."""
    found = "strpos" if connection.vendor == "postgresql" else "instr"
    with connection.cursor() as cursor:
        for account in sorted(_ALWAYS):
            # An account's name stands in what is not gathered yet as JSON has it.
            cursor.execute(
                "SELECT EXISTS (SELECT 1 FROM journal_sum WHERE account = %s) "  # noqa: S608
                f"OR EXISTS (SELECT 1 FROM journal_addition WHERE {found}(amounts, %s) > 0)",
                [account, f'["{account}"'],
            )
            if not cursor.fetchone()[0]:
                return False
    return True


def watched(subjects: Iterable[str]) -> set[str]:
    """Those of these subjects that reckoners look at."""
    prefixes = kept_prefixes()
    return {subject for subject in subjects if split(subject)[0] in prefixes}


class Additions:
    """What acts add to accounts."""

    def __init__(self) -> None:
        self.amounts: dict[Account, int] = {}

    def note(self, changed: Collection[str], before: States, after: States) -> None:
        """Acts taken together have changed these subjects."""
        touched = {split(subject)[0] for subject in changed}
        for reckoner, prefixes in _RECKONERS.items():
            if not prefixes.isdisjoint(touched):
                for account, amount in reckoner(changed, before, after):
                    self.put(account, amount)

    def put(self, account: Account, amount: int) -> None:
        """Add to an account; one that comes to nothing is none."""
        total = self.amounts.get(account, 0) + amount
        if total:
            self.amounts[account] = total
        else:
            self.amounts.pop(account, None)

    def copy(self) -> Additions:
        """The same, to go back to."""
        copied = Additions()
        copied.amounts = dict(self.amounts)
        return copied

    def rows(self) -> list[tuple[str, str, str, int]]:
        """What is to be written."""
        return [(*account, amount) for account, amount in self.amounts.items()]


def totals(accounts: Iterable[str]) -> dict[Account, int]:
    """All that was ever added to these accounts, as of one instant; what adds up to 0 is left out. One query."""
    condition, wanted = among("account", accounts)
    if connection.vendor == "postgresql":
        sql = (
            f"SELECT account, name, part, SUM(amount) FROM (SELECT {COLUMNS} FROM journal_sum WHERE {condition} "  # noqa: S608
            f"UNION ALL SELECT * FROM ({_ADDED}) added WHERE {condition}) every GROUP BY account, name, part"
        )
    else:
        sql = f"SELECT {COLUMNS} FROM journal_sum WHERE {condition}"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, [wanted, wanted] if connection.vendor == "postgresql" else [wanted])
        return {(account, name, part): int(amount) for account, name, part, amount in cursor.fetchall() if amount}


def parts(account: str) -> dict[str, tuple[int, frozenset[str]]]:
    """By name, how many parts of an account do not come to nothing, and two of them (the one, where there is one; none
    are left out where there are two). One query, and no more rows than there are names.
    """
    if connection.vendor == "postgresql":
        source = (
            f"SELECT name, part FROM (SELECT {COLUMNS} FROM journal_sum WHERE account = %s "  # noqa: S608
            f"UNION ALL SELECT * FROM ({_ADDED}) added WHERE account = %s) every "
            "GROUP BY name, part HAVING SUM(amount) <> 0"
        )
    else:
        source = "SELECT name, part FROM journal_sum WHERE account = %s AND amount <> 0"
    sql = f"SELECT name, count(*), min(part), max(part) FROM ({source}) kept GROUP BY name"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, [account, account] if connection.vendor == "postgresql" else [account])
        return {name: (int(count), frozenset((first, last))) for name, count, first, last in cursor.fetchall()}


def due(numbers: Sequence[int]) -> bool:
    """Whether so many numbers have been given out that it is time to gather."""
    return bool(numbers) and (min(numbers) - 1) // EVERY != max(numbers) // EVERY


def gather() -> None:
    """Gather what was added into one row an account, and none for what comes to nothing; where somebody else is at it,
    leave it to them.

    Exactly the rows that are gathered go; an act that is still on its way leaves its own for the next time.
    """
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute(TIDY)
                return
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [GATHERING])
            if cursor.fetchone()[0]:
                # What a crash undoes here is undone whole, so nobody needs to wait for the disk.
                cursor.execute(f"SET LOCAL synchronous_commit = off; {_GATHER}; {TIDY}")
    except DatabaseError:
        log.exception("additions were not gathered; the next act that is due tries again")


def compare(right: Additions, *, mend: bool) -> list[tuple[str, str]]:
    """What differs from sums reckoned anew: account, and ``missing``, ``extra`` or ``different``.

    With `mend`, they are written anew. For whoever holds the whole record.
    """
    more = ""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            more = f" UNION ALL {_ADDED}"
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [GATHERING])
        cursor.execute(f"SELECT {COLUMNS} FROM journal_sum{more}")  # noqa: S608
        kept = Additions()
        for account, name, part, amount in cursor.fetchall():
            kept.put((account, name, part), amount)
        there, wanted = kept.amounts, right.amounts
        found = [
            (" ".join(filter(None, key)), "extra" if key not in wanted else "different" if key in there else "missing")
            for key in sorted(there.keys() | wanted.keys())
            if there.get(key) != wanted.get(key)
        ]
        if found and mend:
            cursor.execute("DELETE FROM journal_addition")
            cursor.execute("DELETE FROM journal_sum")
            cursor.executemany(ADD, right.rows())
    return found


def kept_prefixes() -> frozenset[str]:
    """The prefixes of all subjects that sums are kept of."""
    return frozenset[str]().union(*_RECKONERS.values())
