"""Which cases are held by what they rest on: asked of edges, licence by licence, never written to a case."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

from django.db import connection

from meguri.consent import models
from meguri.consent.case import record
from meguri.consent.states import WholeCase
from meguri.journal.subject import bare
from meguri.procedure import tables


@cache
def _holding() -> list[str]:
    """The states of the procedure of licences in which one can hold."""
    return [name for name, state in tables.states("licence").items() if state.standing == "granted"]


def page(organisation: str, at: datetime, most: int) -> list[WholeCase]:
    """Cases that the organisation sees and that rest on something that does not stand at an instant: the first by id.

    One query finds them, whatever the record holds of cases that stand.
    """
    now: Any = connection.ops.adapt_datetimefield_value(at)
    states = ", ".join(["%s"] * len(_holding()))
    sql = f"""SELECT DISTINCT e.source FROM journal_edge e WHERE e.kind = %s AND e.target IN (
        SELECT 'licence:' || id FROM registry_licence WHERE step NOT IN ({states}) OR until <= %s
        UNION ALL SELECT 'organisation:' || id FROM registry_organisation WHERE closed_on <= %s
        UNION ALL SELECT 'facility:' || id FROM registry_facility WHERE closed_on <= %s)
        AND EXISTS (SELECT 1 FROM journal_lies l JOIN journal_reads r ON r.scope = l.scope
            WHERE l.subject = e.source AND r.organisation = %s)
        ORDER BY e.source LIMIT %s"""  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, [models.RESTS, *_holding(), now, now, now, organisation, most])
        found = [source.partition(":")[2] for (source,) in cursor.fetchall()]
    return record.cases(bare(id) for id in found)
