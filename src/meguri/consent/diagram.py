"""The procedure tables as text for ``docs/procedures.md``: ``python -m meguri.consent.diagram`` writes them there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from meguri.consent import tables
from meguri.consent.tables import Procedure, Table

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "procedures.md"
BEGIN, END = "<!-- tables: begin -->", "<!-- tables: end -->"


def text() -> str:
    """All tables: who serves what, a state diagram, the rows with their citations, the clocks."""
    return "\n".join(line for procedure in tables.procedures() for line in _procedure(procedure))


def _procedure(procedure: Procedure) -> Iterator[str]:
    yield f"### {procedure.title}"
    yield ""
    yield f"`{procedure.id}.toml` · {procedure.source} ({procedure.confidence})"
    yield ""
    for table in procedure.tracks:
        yield from _table(table)


def _table(table: Table) -> Iterator[str]:
    served = ", ".join("any other" if name == "*" else name for name in table.procedures)
    forms = ", ".join("any form" if form == "*" else form for form in table.forms)
    sees = "from the notification on" if table.enters == "notification" else "once the notification is sent on"
    yield f"**{table.id}** ({table.capacity}; {served}; {forms}). The authority sees the case {sees}."
    yield "Nothing moves without it." if table.needed else "Nothing waits for it."
    yield ""
    yield "```mermaid"
    yield "stateDiagram-v2"
    yield f"  [*] --> {table.initial}"
    if table.initial != table.seen:
        yield f"  {table.initial} --> {table.seen}: sent on"
    for row in table.transitions:
        for state in row.from_:
            yield f"  {state} --> {row.to}: {row.transition} ({row.role})"
    yield "```"
    yield ""
    yield "| from | transition | to | role | guards | effects | citation | sure |"
    yield "|---|---|---|---|---|---|---|---|"
    for row in table.transitions:
        cells = (", ".join(row.from_), row.transition, row.to, row.role, ", ".join(row.guard), ", ".join(row.effects))
        yield "| " + " | ".join((*cells, row.citation, row.confidence)) + " |"
    yield ""
    for clock in table.clocks:
        law = "by law" if clock.legal else "service target, no effect in law"
        silence = f"; then `{clock.then}` where silence consents" if clock.then else ""
        bars = "; nothing departs before its end" if clock.bars else ""
        own = "; the verdict's own days go first" if clock.from_verdict else ""
        kind = clock.day_kind.replace("_", " ")
        yield f"- clock `{clock.id}`: {clock.days} {kind} days from `{clock.starts_on}`, {law}{silence}{bars}{own}."
        yield f"  {clock.citation} ({clock.confidence})"
    if table.clocks:
        yield ""


def written(document: str) -> str:
    """The document with its part between the marks made anew. ValueError where the marks are missing."""
    before, mark, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not mark or not end:
        raise ValueError("docs/procedures.md has lost the marks between which the tables stand")
    return f"{before}{BEGIN}\n{text()}\n{END}{after}"


if __name__ == "__main__":
    DOCUMENT.write_text(written(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
