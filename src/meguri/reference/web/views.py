"""Pages of the facts: a list of the tables, each table with its marks and sources, and each as CSV."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from meguri.reference import TABLES, table_rows, trust
from meguri.reference.web import showing


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """All tables, with how many rows of each are sourced, derived, or from memory."""
    tables = [
        {
            "name": table.name,
            "title": table.title,
            "about": table.about,
            "rows": len(table_rows(table.name)),
            "trust": [{"level": level.word, "rows": count} for level, count in trust(table.name).items()],
        }
        for table in TABLES.values()
    ]
    return render(request, "reference/index.html", {"tables": tables})


@require_safe
def table(request: HttpRequest, name: str) -> HttpResponse:
    """One table. Raises NotFound for a name that is not a table."""
    rows = table_rows(name)
    shown = TABLES[name]
    context = {
        "table": shown,
        "heads": showing.heads(shown),
        "lines": showing.lines(shown, rows, get_language() or "en"),
        "count": len(rows),
        "trust": [{"level": level.word, "rows": count} for level, count in trust(name).items()],
    }
    return render(request, "reference/table.html", context)


@require_safe
def download(request: HttpRequest, name: str) -> HttpResponse:
    """One table as the CSV file that it is, in UTF-8 with the mark that spreadsheets need to read Japanese."""
    table_rows(name)
    content = TABLES[name].path.read_text(encoding="utf-8").encode("utf-8-sig")
    response = HttpResponse(content, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="meguri-{name}.csv"'
    return response
