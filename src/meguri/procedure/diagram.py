"""The procedure tables as text for ``docs/procedures.md``: ``python -m meguri.procedure.diagram`` writes them there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from meguri.procedure import tables
from meguri.procedure.model import Clock, Condition, Procedure, ProcedureTable, TransitionRow

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "procedures.md"
BEGIN, END = "<!-- procedures: begin -->", "<!-- procedures: end -->"


def text() -> str:
    """All tables: who serves what, a state diagram, the rows with their citations, the clocks."""
    return "\n".join(line for procedure in tables.procedures() for line in _procedure(procedure))


def _procedure(procedure: Procedure) -> Iterator[str]:
    yield f"### {procedure.title}"
    yield ""
    since = f"from {procedure.effective_from} " if procedure.effective_from else ""
    until = f"to {procedure.effective_to}" if procedure.effective_to else "until a further version begins"
    yield f"`{procedure.name}.toml` · {procedure.source} ({procedure.confidence}) · for what begins {since}{until}"
    yield ""
    if procedure.general:
        yield "○ Where these tables serve *any other* procedure they are general: they stand in for the table of a"
        yield "State that has none here, and are no law of that State."
        yield ""
    for table in procedure.tracks:
        yield from _table(table)


def _table(table: ProcedureTable) -> Iterator[str]:
    yield f"**{table.id}**{_served(table)}"
    yield ""
    yield "```mermaid"
    yield "stateDiagram-v2"
    if table.opens_on:
        yield f"  [*] --> {table.opens_at}: {table.opens_on} (taken in)"
    for row in (row for row in table.transitions if row.on != "retract"):
        for state in row.from_ or ("[*]",):
            yield f"  {state} --> {row.to}: {_said(row)}"
    yield "```"
    yield ""
    yield "| from | transition | to | role | moves when taken in | guards | effects | awaited | citation | sure |"
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for row in table.transitions:
        effects = (*row.effects, *(f"starts {clock}" for clock in row.starts))
        cells = (
            ", ".join(row.from_) or "–",
            row.transition,
            row.to,
            row.role,
            row.on,
            "; ".join(map(condition, row.guard)),
            ", ".join(effects),
            "yes" if row.waits else "no",
            row.citation,
            row.confidence,
        )
        yield "| " + " | ".join(cells) + " |"
    yield ""
    for clock in table.clocks:
        yield from _clock(table, clock)
    if table.clocks:
        yield ""


def _said(row: TransitionRow) -> str:
    return f"{row.on} (taken in)" if row.role == "node" else f"{row.transition} ({row.role})"


def _served(table: ProcedureTable) -> str:
    if table.subject != "track":
        return f" ({table.subject})."
    served = ", ".join("any other ○" if name == "*" else name for name in table.procedures)
    forms = ", ".join("any form" if form == "*" else form for form in table.forms)
    opens = "opens with each movement" if table.per_movement else f"opens on `{table.opens_on}`"
    waits = "Nothing moves without it." if table.needed else "Nothing waits for it."
    valid = f" A consent holds {table.validity_months} months at most." if table.needed else ""
    return f" ({table.capacity}; {served}; {forms}); {opens}. {waits}{valid}"


def _clock(table: ProcedureTable, clock: Clock) -> Iterator[str]:
    started = [clock.starts_on] if clock.starts_on else []
    started += [row.event for row in table.transitions if clock.id in row.starts]
    law = "by law" if clock.legal else "service target, no effect in law"
    silent = clock.then and any(
        part.is_ == "silence" for row in table.transitions if row.transition == clock.then for part in row.guard
    )
    then = f"; then `{clock.then}`" + (" where silence consents" if silent else "") if clock.then else ""
    bars = "; nothing departs before its end" if clock.bars else ""
    own = "; the verdict's own days go first" if clock.from_verdict else ""
    kind = clock.day_kind.replace("_", " ")
    events = " or ".join(f"`{event}`" for event in dict.fromkeys(started))
    yield f"- clock `{clock.id}`: {clock.days} {kind} days from {events}, {law}{then}{bars}{own}."
    yield f"  {_printed(table, clock)} {clock.citation} ({clock.confidence})"


def _printed(table: ProcedureTable, clock: Clock) -> str:
    """Who reckons a clock and prints it, and for whom it waits."""
    awaited = [
        row.role
        for row in table.transitions
        if row.waits
        and not clock.bars
        and row.role not in ("clock", "node")
        and (not clock.ends_on or {row.transition, row.on} & {*clock.ends_on})
    ]
    where = "the authority's own node, on its calendar" if table.subject == "track" else "the node of the subject"
    roles = " and the ".join(dict.fromkeys(awaited))
    return f"Reckoned and printed by {where}{f'; it waits for the {roles}' if roles else ''}."


def condition(one: Condition) -> str:
    """A condition in a few words."""
    if one.not_ is not None:
        return f"not {condition(one.not_)}"
    if one.any:
        ways = (" and ".join(map(condition, way)) if isinstance(way, tuple) else condition(way) for way in one.any)
        return f"({' or '.join(ways)})"
    told = [one.of, " and ".join(one.capacity)]
    told += [f"{one.n}" if one.n is not None else "", f"{one.months} months" if one.months else ""]
    told += [f"{one.days} {one.day_kind} days since {one.since}" if one.since else ""]
    return " ".join([one.is_.replace("_", " "), *filter(None, told)])


def written(document: str) -> str:
    """The document with its part between the marks made anew. ValueError where the marks are missing."""
    before, mark, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not mark or not end:
        raise ValueError("docs/procedures.md has lost the marks between which the tables stand")
    return f"{before}{BEGIN}\n{text()}\n{END}{after}"


if __name__ == "__main__":
    DOCUMENT.write_text(written(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
