"""Bring a spreadsheet: the template, the preview with errors by cell, the mapping of columns, and the import."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods

from meguri.kit import catalogues, clock, ids, words
from meguri.kit.problems import N_, MeguriError, NotFound, Problem, refuse
from meguri.kit.sheets import importing, template, workbook
from meguri.kit.web.requests.limits import limit
from meguri.kit.words import Words
from meguri.kit.work import jobs
from meguri.registry import models
from meguri.registry.sheets import described, taking
from meguri.registry.web import common

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KEPT = timedelta(days=1)
SHOWN = 200
AT_ONCE = 50_000
"""Bytes up to which a file is looked at in the page itself; a larger one is work beside it."""
KIND = "registry.import"


@require_GET
def blank(request: HttpRequest) -> HttpResponse:
    """The file to fill in."""
    common.need_operator(request)
    response = HttpResponse(template.written(described.every(), words.active()), content_type=XLSX)
    response["Content-Disposition"] = 'attachment; filename="meguri-registry.xlsx"'
    return response


@require_http_methods(["GET", "POST"])
def bring(request: HttpRequest) -> HttpResponse:
    """Choose a file; nothing is put on record before its preview."""
    reader = common.need_operator(request)
    error: MeguriError | None = None
    if request.method == "POST":
        try:
            return _uploaded(request, common.voice(reader))
        except MeguriError as refused:
            error = refused
    context = {"most": workbook.MOST_BYTES // 1_048_576, "sheets": described.every()}
    return common.page(request, "registry/bring.html", context, error)


@limit("registry-import", "60/h")
def _uploaded(request: HttpRequest, who: str) -> HttpResponse:
    file = request.FILES.get("file")
    if file is None:
        raise refuse(N_("Choose a file."), "/file", "required")
    if file.size is None or file.size > workbook.MOST_BYTES:
        raise refuse(
            N_("The file has {size} MB; at most {most} MB are read. Bring it in parts."),
            "/file",
            "size",
            size=round((file.size or 0) / 1_048_576, 1),
            most=workbook.MOST_BYTES // 1_048_576,
        )
    content, name = file.read(), str(file.name)[-200:]
    importing.heads(content, name, described.every())
    now = clock.now()
    models.Upload.objects.filter(uploaded_on__lt=now - KEPT).delete()
    models.Upload.objects.filter(organisation=who).delete()
    row = models.Upload.objects.create(id=ids.new(), organisation=who, name=name, content=content, uploaded_on=now)
    return HttpResponseRedirect(reverse("registry:preview", args=[row.id]))


def _columns(who: str) -> dict[str, dict[str, str]]:
    return {row.sheet: row.columns for row in models.KeptColumns.objects.filter(organisation=who)}


@require_http_methods(["GET", "POST"])
def preview(request: HttpRequest, id: str) -> HttpResponse:
    """What would become of the file, cell by cell; map its columns, or put it on record."""
    reader = common.need_operator(request)
    who = common.voice(reader)
    row = models.Upload.objects.filter(id=id, organisation=who).first()
    if row is None:
        raise NotFound(gone())
    content = bytes(row.content)
    if request.method == "POST" and request.POST.get("do") == "map":
        _keep(request, who, importing.heads(content, row.name, described.every(), _columns(who)))
        return HttpResponseRedirect(request.path)
    taken = request.method == "POST" and request.POST.get("do") == "take"
    columns = _columns(who)
    asked = {"upload": id, "take": taken, "actor": who, "columns": columns, "person": common.person(reader)}
    if len(content) > AT_ONCE:
        job = jobs.start(KIND, asked, reader, again=taken)
        return HttpResponseRedirect(reverse("registry:working", args=[id, job.id]))
    outcome = taking.take(
        content, row.name, dry_run=not taken, actor=who, columns=columns, person=common.person(reader)
    )
    if taken:
        row.delete()
    heads = [] if taken else importing.heads(content, row.name, described.every(), columns)
    return _shown(request, id, row.name, taken, told(outcome), heads)


@require_GET
def working(request: HttpRequest, id: str, job: str) -> HttpResponse:
    """How far a large file is; then what would become of it, or what became."""
    reader = common.need_operator(request)
    found = jobs.find(job, reader)
    if found.kind != KIND or found.payload.get("upload") != id:
        raise NotFound(Problem(N_("There is no such page for you."), "", "not-found"))
    if found.state != found.State.DONE:
        return render(request, "registry/working.html", {"job": found, "id": id}, status=202)
    outcome = json.loads(jobs.result(found).read_text(encoding="utf-8"))
    row, heads = models.Upload.objects.filter(id=id, organisation=common.voice(reader)).first(), []
    if row is not None and not found.payload["take"]:
        content = bytes(row.content)
        heads = importing.heads(content, row.name, described.every(), _columns(common.voice(reader)))
    return _shown(request, id, row.name if row else "", bool(found.payload["take"]), outcome, heads)


def work(task: jobs.Task) -> Path | None:
    """Look at a large file, or put it on record, beside the pages."""
    asked = task.payload
    row = models.Upload.objects.filter(id=asked["upload"], organisation=asked["actor"]).first()
    if row is None:
        raise NotFound(gone())
    outcome = taking.take(
        bytes(row.content),
        row.name,
        dry_run=not asked["take"],
        actor=asked["actor"],
        columns=asked["columns"],
        person=asked["person"],
        say=lambda rows: task.say(min(0.99, rows / 50_000), Words("Rows read: {rows}").format(rows=rows)),
    )
    if asked["take"]:
        row.delete()
    path = task.folder / "outcome.json"
    path.write_text(json.dumps(told(outcome), ensure_ascii=False), encoding="utf-8")
    return path


jobs.offer(KIND, Words("A spreadsheet for the registry"), work, seconds=1800, memory_mb=4000)


def told(outcome: taking.ImportOutcome) -> dict[str, Any]:
    """What became of a file, with its faults in every language that readers are offered."""
    return {
        "rows": outcome.rows,
        "taken": outcome.taken,
        "known": outcome.known,
        "count": len(outcome.faults) + outcome.more,
        "by_sheet": outcome.by_sheet,
        "faults": {
            code: [fault.to_json(code) for fault in outcome.faults[:SHOWN]] for code in catalogues.offered()
        },
    }  # fmt: skip


def gone() -> Problem:
    """The problem of a file that is no longer kept."""
    return Problem(N_("This file is gone: it was taken, or a day has passed. Bring it again."), "", "gone")


def _shown(
    request: HttpRequest, id: str, name: str, taken: bool, outcome: dict[str, Any], heads: list[importing.SheetHead]
) -> HttpResponse:
    if taken:
        said = gettext("{taken} rows are on record now, {known} were before.")
        messages.success(request, said.format(taken=outcome["taken"], known=outcome["known"]))
    context = {
        "id": id,
        "name": name,
        "outcome": outcome,
        "faults": outcome["faults"][words.active()],
        "shown": SHOWN,
        "count": outcome["count"],
        "taken": taken,
        "sheets": _counts(outcome["by_sheet"]),
        "heads": [_head(head) for head in heads],
    }
    return render(request, "registry/preview.html", context)


def _counts(by_sheet: dict[str, list[int]]) -> list[dict[str, Any]]:
    names = {sheet.name: sheet.words for sheet in described.every()}
    return [
        {"words": names[name], "rows": rows, "taken": taken, "known": known, "faulty": faulty}
        for name, (rows, taken, known, faulty) in by_sheet.items()
    ]


def _head(head: importing.SheetHead) -> dict[str, Any]:
    chosen = {name: head.theirs[place] for name, place in head.places.items()}
    return {
        "sheet": head.sheet,
        "theirs": [one for one in head.theirs if one],
        "missing": head.missing,
        "unknown": head.unknown,
        "columns": [{"column": one, "chosen": chosen.get(one.name, "")} for one in head.sheet.columns],
    }


def _keep(request: HttpRequest, who: str, heads: list[importing.SheetHead]) -> None:
    """Keep how an organisation's columns are called, for this and its next files."""
    for head in heads:
        mapped = {
            column.name: theirs
            for column in head.sheet.columns
            if (theirs := request.POST.get(f"{head.sheet.name}.{column.name}", "")) in head.theirs and theirs
        }
        models.KeptColumns.objects.update_or_create(
            organisation=who, sheet=head.sheet.name, defaults={"columns": mapped}
        )
