"""Pages of the facts: a list of the tables, each table with its marks and sources, and each as CSV."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from meguri.kit import words
from meguri.reference import TABLES, table_rows, trust
from meguri.reference.web import fact_tables

# Rows on one page: a longer table is turned page by page, and whole in its CSV.
ROWS_ON_A_PAGE = 500


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
    """One table, or `?page=` of it when it is long. Raises NotFound for a name that is not a table."""
    rows = table_rows(name)
    shown = TABLES[name]
    page = Paginator(rows, ROWS_ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "table": shown,
        "heads": fact_tables.heads(shown),
        "lines": fact_tables.lines(shown, list(page), words.active()),
        "count": len(rows),
        "page": page,
        "trust": [{"level": level.word, "rows": count} for level, count in trust(name).items()],
    }
    return render(request, "reference/table.html", context)


@require_safe
def download(request: HttpRequest, name: str) -> HttpResponse:
    """One table as CSV, its words in every language, in UTF-8 with the mark that spreadsheets need."""
    rows = table_rows(name)
    content = fact_tables.sheet(TABLES[name], rows).encode("utf-8-sig")
    response = HttpResponse(content, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="meguri-{name}.csv"'
    return response
