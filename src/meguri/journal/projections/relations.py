"""Relations between subjects, kept in indexed tables: what lies in which scope, who reads a scope, what went where.

A state holds what guards need. Who may see a subject and what else it touches is declared by its book
(`Projection.relations`), follows from the one state alone, and is asked here. Everybody reads the scope that is their
own name; every other scope is read by whom some state lets read it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

import msgspec
from django.db import connection
from django.db.models.expressions import RawSQL

Place: TypeAlias = int | tuple[int, str]
"""Where a page goes on: below a number, or after one row of it (number, id)."""

FEW = 16
"""Up to so many scopes are looked at one by one; with more, the newest of all subjects are walked first."""
LAST = 2**63 - 1
"""The largest number there can be."""
TEXT = {"postgresql": "::varchar", "sqlite": ""}
WALKED = 2000
"""How many of the newest rows are walked before the scopes are looked at one by one after all."""


class Lies(msgspec.Struct, frozen=True):
    """A subject lies in a scope: ``lot:X`` in ``case:C``."""

    subject: str
    scope: str


class Reads(msgspec.Struct, frozen=True):
    """An organisation sees all that lies in a scope."""

    scope: str
    organisation: str


class Edge(msgspec.Struct, frozen=True):
    """A link of a kind between two subjects, with a mass where it has one: ``used`` from ``lot:X`` to ``event:E``.

    Masses of edges that one state names twice add up.
    """

    kind: str
    source: str
    target: str
    grams: int = 0


Relation: TypeAlias = Lies | Reads | Edge


class Link(msgspec.Struct, frozen=True):
    """An edge on record: with the subject that declares it, and the number of the act by which it came."""

    kind: str
    source: str
    target: str
    grams: int
    by: str
    number: int


def among(column: str, values: Iterable[str]) -> tuple[str, Any]:
    """A condition on a column, and its one value, however many there are."""
    wanted = sorted(set(values))
    if connection.vendor == "postgresql":
        return f"{column} = ANY(%s::text[])", wanted
    return f"{column} IN (SELECT value FROM json_each(%s))", msgspec.json.encode(wanted).decode()  # noqa: S608


def listed(values: Iterable[str]) -> RawSQL:
    """These values for ``filter(id__in=...)``: one value of the query, however many they are."""
    wanted = sorted(set(values))
    if connection.vendor == "postgresql":
        return RawSQL("SELECT unnest(%s::text[])", [wanted])
    return RawSQL("SELECT value FROM json_each(%s)", [msgspec.json.encode(wanted).decode()])


def _rows(sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def _first_rows(sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Rows of a question that needs the first few in an index's order. PostgreSQL, which does not know how large a
    scope is, would at times gather and sort all of it; so it is not to gather.
    """
    if connection.vendor != "postgresql":
        return _rows(sql, values)
    with connection.cursor() as cursor:
        # In one message, and so in one transaction, whether or not one is open.
        cursor.execute(f"SET LOCAL enable_bitmapscan = off; {sql}; SET LOCAL enable_bitmapscan = on", values)
        cursor.nextset()
        return cursor.fetchall()


SCOPES = "SELECT scope FROM journal_reads WHERE organisation = %s UNION SELECT %s"
_OPEN = (
    "({row}.scope = %s OR EXISTS (SELECT 1 FROM journal_reads r WHERE r.organisation = %s AND r.scope = {row}.scope))"
)
# The same, asked row by row: where few rows are looked at, a list of thousands of scopes is not worth making. The
# offset keeps PostgreSQL from making it.
_OPEN_EACH = _OPEN.removesuffix("))") + " LIMIT 1 OFFSET 0))"


def readable(organisation: str | None, subjects: Iterable[str]) -> set[str]:
    """Which of these subjects lie in a scope that the organisation reads. One query."""
    wanted = sorted(set(subjects))
    if not organisation or not wanted:
        return set()
    # Of a subject that lies in its scopes by thousands of others, the first row that opens it is enough.
    each, values = (
        ("unnest(%s::text[]) AS s(subject)", wanted)
        if connection.vendor == "postgresql"
        else ("(SELECT value AS subject FROM json_each(%s)) s", msgspec.json.encode(wanted).decode())
    )
    opens = f"SELECT 1 FROM journal_lies l WHERE l.subject = s.subject AND {_OPEN_EACH.format(row='l')}"  # noqa: S608
    sql = f"SELECT s.subject FROM {each} WHERE EXISTS ({opens} LIMIT 1 OFFSET 0)"  # noqa: S608
    return {subject for (subject,) in _rows(sql, [values, organisation, organisation])}


def visible(organisation: str | None, prefix: str) -> RawSQL:
    """Ids of all subjects with this prefix that an organisation sees, for ``Model.objects.filter(id__in=...)``.

    For filters that leave few rows anyhow. A page of the newest is `newest`; whether it sees these is `readable`.
    """
    who = organisation or ""
    names = f"SELECT DISTINCT substr(subject, {len(prefix) + 2}) FROM journal_lies "  # noqa: S608
    names += f"WHERE prefix = %s AND scope IN ({SCOPES})"
    if connection.vendor == "postgresql":
        # Put together once, whatever the planner guesses: without statistics it would look through them for each row.
        names = f"SELECT unnest(ARRAY({names}))"
    return RawSQL(names, [prefix, who, who])  # noqa: S611 - the prefix comes from the code, the rest are values


def sources(kind: str, target: str, prefix: str) -> RawSQL:
    """Ids of all subjects with this prefix from which an edge leads to the target, for ``filter(id__in=...)``."""
    return RawSQL(  # noqa: S611
        f"SELECT substr(source, {len(prefix) + 2}) FROM journal_edge "  # noqa: S608
        f"WHERE kind = %s AND target = %s AND substr(source, 1, {len(prefix) + 1}) = %s",
        [kind, target, f"{prefix}:"],
    )


def edges(kind: str, *, source: str | Iterable[str] = (), target: str | Iterable[str] = ()) -> list[Link]:
    """Edges of a kind from these sources, to these targets, or from these to those; in order of number. One query."""
    conditions, values = ["kind = %s"], [kind]
    for column, given in (("source", source), ("target", target)):
        names = [given] if isinstance(given, str) else list(given)
        if names:
            chosen, wanted = among(column, names)
            conditions.append(chosen)
            values.append(wanted)
    if len(values) == 1:
        return []
    sql = (
        "SELECT kind, source, target, grams, by, number FROM journal_edge "  # noqa: S608
        f"WHERE {' AND '.join(conditions)} ORDER BY number, source, target"
    )
    return [Link(*row) for row in _rows(sql, values)]


def reached(first: str, kinds: Sequence[str], *, down: bool, most: int = 0) -> list[str]:
    """All subjects to which edges of these kinds lead from a subject (or, not `down`, from which they lead to it),
    however far, itself included; the nearest first. With `most`, no more than so many. One query.
    """
    here, there = ("source", "target") if down else ("target", "source")
    among_kinds = ", ".join(["%s"] * len(kinds))
    limit = "LIMIT %s" if most else ""
    sql = f"""WITH RECURSIVE reached(node) AS (SELECT %s{TEXT[connection.vendor]} UNION
        SELECT e.{there} FROM reached r JOIN journal_edge e ON e.{here} = r.node AND e.kind IN ({among_kinds}))
        SELECT node FROM reached {limit}"""  # noqa: S608
    return [node for (node,) in _rows(sql, [first, *kinds, *([most] if most else [])])]


def counted(organisation: str | None, prefix: str, most: int) -> tuple[int, bool]:
    """How many subjects with this prefix an organisation sees, up to `most`, and whether there are more than that.

    What lies in several of its scopes is counted once. So that a large record costs no more, no more than a few times
    `most` rows are looked at; where these hold fewer subjects, that many are told, and that there are more.
    """
    if not organisation:
        return 0, False
    looked_at = 6 * (most + 1)
    sql = f"""SELECT count(DISTINCT subject), count(*) FROM (SELECT l.subject FROM ({SCOPES}) s
        JOIN journal_lies l ON l.scope = s.scope AND l.prefix = %s LIMIT %s) found"""  # noqa: S608
    found, rows = _rows(sql, [organisation, organisation, prefix, looked_at])[0]
    return min(int(found), most), found > most or rows == looked_at


def lying(scopes: Iterable[str], prefix: str) -> list[tuple[str, str]]:
    """What of this prefix lies in these scopes: scope and subject, each once, in order. One query."""
    chosen, wanted = among("scope", scopes)
    if not wanted:
        return []
    sql = f"SELECT DISTINCT scope, subject FROM journal_lies WHERE prefix = %s AND {chosen} ORDER BY scope, subject"  # noqa: S608
    return [(scope, name) for scope, name in _rows(sql, [prefix, wanted])]


def unanswered(asking: str, answering: str, *, sources: Iterable[str] | None = None, most: int = 500) -> list[Link]:
    """Edges of a kind for which there is none of the other between the same two, oldest first."""
    condition, values = "", []
    if sources is not None:
        chosen, wanted = among("a.source", sources)
        condition, values = f"AND {chosen} ", [wanted]
    sql = (
        "SELECT a.kind, a.source, a.target, a.grams, a.by, a.number FROM journal_edge a "  # noqa: S608
        "WHERE a.kind = %s "
        f"{condition}AND NOT EXISTS (SELECT 1 FROM journal_edge b WHERE b.kind = %s AND b.source = a.source "
        "AND b.target = a.target) ORDER BY a.number, a.source, a.target LIMIT %s"
    )
    return [Link(*row) for row in _rows(sql, [asking, *values, answering, most])]


def newest(organisation: str | None, prefix: str, most: int, before: Place | None = None) -> list[tuple[str, int]]:
    """The newest subjects with this prefix that an organisation sees: ids, with the number of the act by which each
    came into its sight; newest first, each once.

    The next page begins `before` the last (number, id) of this one; a bare number leaves out all that came by it.
    Who reads few scopes has the newest of each merged. Who reads many sees most of what is new, so the newest rows are
    walked; only where that fills no page are the scopes with the newest rows merged. Always three statements, of which
    those whose turn it is not find nothing at once: as one, PostgreSQL plans them badly before it has statistics.
    """
    if not organisation or most < 1:
        return []
    page = _Page(organisation, prefix, most, before)
    few = _rows("SELECT scope FROM journal_reads WHERE organisation = %s LIMIT %s", [organisation, FEW])
    many = len(few) == FEW
    found, whole = page.walked(needed=many)
    merged = page.merged(needed=not (many and whole))
    return found if many and whole else merged


class _Page:
    """One page of the newest, in the statements of either database."""

    def __init__(self, organisation: str, prefix: str, most: int, before: Place | None) -> None:
        self.most, self.start = most, len(prefix) + 1
        self.who = [organisation, organisation]
        self.range = "l.prefix = %s"
        self.within: list[Any] = [prefix]
        if isinstance(before, int):
            self.range += " AND l.number < %s"
            self.within.append(before)
        elif before is not None:
            number, id = before
            self.range += " AND l.number <= %s AND (l.number < %s OR l.subject > %s)"
            self.within += [number, number, f"{prefix}:{id}"]

    def _once(self, open_: str) -> str:
        """A subject that lies in several of its scopes comes once, with the highest number. The offset keeps the
        planner from joining whole tables to find that out.
        """
        return f"""NOT EXISTS (SELECT 1 FROM journal_lies o WHERE o.subject = l.subject
            AND (o.number, o.scope, o.by) > (l.number, l.scope, l.by)
            AND {open_.format(row="o")} LIMIT 1 OFFSET 0)"""  # noqa: S608

    def _ids(self, rows: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
        return [(subject[self.start :], number) for subject, number in rows]

    def walked(self, *, needed: bool) -> tuple[list[tuple[str, int]], bool]:
        """What is found among the newest rows of all, and whether that is the whole page (or all there is)."""
        order = "ORDER BY l.number DESC, l.subject"
        turn = "TRUE" if needed else "FALSE"
        sql = f"""WITH floor AS MATERIALIZED (
                SELECT l.number FROM journal_lies l WHERE {turn} AND {self.range} {order} LIMIT 1 OFFSET {WALKED})
            SELECT * FROM (SELECT l.subject, l.number FROM journal_lies l
                WHERE {turn} AND {self.range} AND l.number >= COALESCE((SELECT number FROM floor), 0)
                AND {_OPEN_EACH.format(row="l")} AND {self._once(_OPEN_EACH)} {order} LIMIT %s) found
            UNION ALL SELECT '', number FROM floor"""  # noqa: S608
        rows = _first_rows(sql, [*self.within, *self.within, *self.who, *self.who, self.most])
        found = sorted(((s, n) for s, n in rows if s), key=lambda row: (-row[1], row[0]))
        return self._ids(found), len(found) == self.most or len(found) == len(rows)

    def merged(self, *, needed: bool) -> list[tuple[str, int]]:
        """The newest of each scope, merged; nothing where that is not needed. No more scopes can take part than the
        page has rows: those with the newest rows of all.
        """
        order = "ORDER BY l.number DESC, l.subject LIMIT"
        mine = f"FROM journal_lies l WHERE l.scope = s.scope AND {self.range} AND {self._once(_OPEN)}"
        rows = f"SELECT l.subject, l.number {mine} {order} %s"
        turn = "TRUE" if needed else "FALSE"
        inner = [*self.within, *self.who, self.most]
        if connection.vendor == "postgresql":
            first = f"CROSS JOIN LATERAL (SELECT l.subject, l.number {mine} {order} 1) l"
            scopes = f"SELECT s.scope FROM ({SCOPES}) s {first} WHERE {turn} {order} %s"  # noqa: S608
            sql = f"SELECT l.subject, l.number FROM ({scopes}) s CROSS JOIN LATERAL ({rows}) l {order} %s"  # noqa: S608
            return self._ids(
                (s, n) for s, n in _first_rows(sql, [*self.who, *self.within, *self.who, self.most, *inner, self.most])
            )
        # SQLite has no LATERAL: a scope's newest row comes as one text that sorts likewise, its rows as one JSON list.
        first = f"SELECT printf('%%019d', {LAST} - l.number) || l.subject {mine} {order} 1"
        scopes = f"""SELECT scope FROM (SELECT s.scope, ({first}) AS newest FROM ({SCOPES}) s WHERE {turn})
            WHERE newest IS NOT NULL ORDER BY newest LIMIT %s"""  # noqa: S608
        sql = f"SELECT (SELECT json_group_array(json_array(subject, number)) FROM ({rows})) FROM ({scopes}) s"  # noqa: S608
        found = [
            row
            for (text,) in _rows(sql, [*inner, *self.within, *self.who, *self.who, self.most])
            for row in msgspec.json.decode(text)
        ]
        found.sort(key=lambda row: (-row[1], row[0]))
        return self._ids(found[: self.most])
