"""Whom a case asks, by which table, and who takes in what from whom: reckoned from the verdict, on the day of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from msgspec.structs import replace

from meguri.consent.states import AskedAuthority, Listener, node_of
from meguri.journal import peers
from meguri.kit.problems import N_, Conflict, Problem
from meguri.law.asking.decisions import Consent
from meguri.procedure import engine, offices, tables
from meguri.procedure.model import ProcedureTable

ORDER = ("export", "transit", "import", "approval", "guarantee", "clearance", "informed")


def asked(consents: Iterable[Consent], on: date) -> tuple[AskedAuthority, ...]:
    """One for each authority and capacity, with the table that serves it on that day.

    A table that names the procedure goes before a general one. Where no authority has to send the notification on, all
    are told at once.
    """
    chosen: dict[str, tuple[Consent, ProcedureTable]] = {}
    for given in consents:
        # Silence that the route would take for consent is none at an office that answers in writing only.
        need = replace(given, form=offices.form(given.authority, given.economy, given.form))
        key = f"{need.authority}.{need.capacity}"
        table = tables.find(need.procedure, need.capacity, need.form, on)
        held = chosen.get(key)
        if held is None or (tables.general(held[1], held[0].procedure) and not tables.general(table, need.procedure)):
            chosen[key] = (need, table)
    pairs = [*chosen.values()]
    for need, _ in chosen.values():
        pairs += [(need, table) for table in tables.for_movements(need.procedure, on)]
    openings = tables.openings([table for _, table in pairs])
    found = [
        AskedAuthority(
            key=f"{need.authority}.{table.capacity}",
            authority=need.authority,
            economy=need.economy,
            capacity=table.capacity,
            procedure=need.procedure,
            form=need.form,
            table=table.id,
            digest=tables.digest(table.id.partition("/")[0]),
            opens_on=openings[table.id],
            needed=table.needed,
            per_movement=table.per_movement,
            days=need.days,
            day_kind=need.day_kind or "none",
            rule=need.rule,
            node=peers.keeper(need.economy),
        )
        for need, table in pairs
    ]
    return tuple(sorted(found, key=lambda one: ORDER.index(one.capacity) if one.capacity in ORDER else len(ORDER)))


def listeners(
    everybody: Iterable[AskedAuthority], own: AskedAuthority, home: str = "", here: str = ""
) -> tuple[Listener, ...]:
    """Which other tracks of the case take which transitions of this one in; `here` keeps this one."""
    found = []
    for other in everybody:
        if other.key == own.key or other.per_movement:
            continue
        heard = {*engine.listens(tables.tables()[other.table]), other.opens_on}
        for on in sorted(heard):
            capacity, _, transition = on.partition(".")
            if transition and capacity == own.capacity:
                found.append(Listener(transition, other.key, node_of(other, home, here)))
    return tuple(found)


def table_of(asked: AskedAuthority) -> ProcedureTable:
    """The table that rules a track. Conflict where this Meguri does not have it."""
    found = tables.tables().get(asked.table)
    if found is None:
        raise Conflict(
            Problem(N_("The procedure table {table} is not on file."), "/track", "table", {"table": asked.table})
        )
    return found
