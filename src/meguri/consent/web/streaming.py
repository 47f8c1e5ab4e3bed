"""Whole lists as CSV, streamed row by row: however long they are, neither cut nor held in memory."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.http import StreamingHttpResponse

MARK = "\ufeff"
"""What spreadsheets need to read Japanese."""
FORMULA = "=+-@\t"


class _Line:
    """What a CSV writer writes to: gives each line back."""

    def write(self, text: str) -> str:
        return text


def answer(name: str, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> StreamingHttpResponse:
    """A download called ``meguri-<name>.csv``; None is an empty cell."""
    writer = csv.writer(_Line(), lineterminator="\n")

    def lines() -> Iterator[str]:
        yield MARK
        yield writer.writerow(head)
        for row in rows:
            yield writer.writerow([_safe(cell) for cell in row])

    response = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="meguri-{name}.csv"'
    return response


def kg(grams: int) -> str:
    """A mass in kilograms to the gram, as programs read it."""
    return f"{grams // 1000}.{grams % 1000:03d}"


def _safe(cell: Any) -> Any:
    """A text that a spreadsheet would take for a formula gets a mark before it."""
    if cell is None:
        return ""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in FORMULA and cell else cell
