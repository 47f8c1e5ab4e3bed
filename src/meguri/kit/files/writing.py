"""CSV as a text, for files and archives; what a browser is answered is written by `meguri.kit.web.csvs`."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any


def csv_of(head: Iterable[str], rows: Iterable[Iterable[Any]], end: str = "\n") -> str:
    """A head and its rows, each line closed by `end`; None is an empty cell."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator=end)
    writer.writerow(head)
    writer.writerows(rows)
    return out.getvalue()
