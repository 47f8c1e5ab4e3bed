"""Tables as CSV: UTF-8 with the mark that spreadsheets need to read Japanese; whole, or streamed where long."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse

MARK = "\ufeff"


def answer(name: str, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> HttpResponse:
    """A download called ``meguri-<name>.csv``; None is an empty cell."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(["" if cell is None else _safe(cell) for cell in row] for row in rows)
    response = HttpResponse(out.getvalue().encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="meguri-{name}.csv"'
    return response


class Lines:
    """What a CSV writer writes to where its lines are sent on one by one: gives each line back."""

    def write(self, line: str) -> str:
        """The line itself."""
        return line


def streamed(
    name: str, head: Sequence[str], rows: Iterable[Sequence[Any]], *, mark: bool = True
) -> StreamingHttpResponse:
    """The same download, sent row by row: however long it is, neither cut nor held in memory.

    What programs fetch rather than spreadsheets begins with its head and not with the `mark`.
    """
    writer: Any = csv.writer(Lines(), lineterminator="\n")

    def lines() -> Iterator[str]:
        if mark:
            yield MARK
        yield writer.writerow(head)
        for row in rows:
            yield writer.writerow(["" if cell is None else _safe(cell) for cell in row])

    response = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="meguri-{name}.csv"'
    return response


def _safe(cell: Any) -> Any:
    """Figures with seven digits; a text that a spreadsheet would take for a formula gets a mark before it."""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float):
        return f"{cell:.7g}"
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(tuple("=+-@\t")) else cell
