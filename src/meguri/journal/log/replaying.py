"""`meguri journal verify --guards`: would each act be taken today, on the record as it was before it?

Replays all acts in memory. An act that was right by the law or the tables of its day and is not by those of today shows
here too: what is found says where to look, not that anybody did wrong.
"""

from __future__ import annotations

import msgspec

from meguri.journal.act import Instants
from meguri.journal.entry.history import apply
from meguri.journal.entry.recording import on_terms
from meguri.journal.log.report import Report
from meguri.journal.log.stored import chunks, told
from meguri.journal.signatures.signing import Jws
from meguri.journal.world import State, World, ask
from meguri.kit.problems import N_, MeguriError


def verify_guards(report: Report) -> None:
    """Ask every act's guards again; findings go to the report."""
    states: dict[str, State | None] = {}
    parsed: dict[str, Jws] = {}
    for rows in chunks():
        for row in rows:
            try:
                item = told(row, parsed)
                reads = {*item.act.subjects, f"key:{item.act.key}", item.act.actor, *item.act.resting}
                reads.update(item.kind.of(item.act.version).reads(item.act, item.kind.decode(item.act)))
                world = World({name: states.get(name) for name in reads}, frozenset())
                at = Instants(item.claimed, row.recorded, item.legal)
                ask([on_terms, *item.kind.guards], world, item.act, item.body, at)
            except (MeguriError, msgspec.MsgspecError, ValueError) as error:
                report.add("guard", N_("It would not be taken today: {why}"), f"number {row.number}", why=str(error))
            try:
                apply(told(row, parsed), row.number, row.recorded, states)
            except (MeguriError, msgspec.MsgspecError, ValueError, KeyError) as error:
                report.add("act", N_("The act does not stand: {why}"), f"number {row.number}", why=str(error))
