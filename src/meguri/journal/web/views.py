"""Pages of the journal: its checkpoint and newest acts; one act with who said what when, and its proof."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from meguri.journal import services, wording
from meguri.journal.act import Entry, Late, SaidFor
from meguri.journal.entry import terms
from meguri.journal.log import checkpoints, log_key, proofs, sealing, tiles
from meguri.journal.log.report import Report
from meguri.journal.log.verification import verify
from meguri.journal.models import ActRow, Checkpoint, Leaf, Private
from meguri.journal.projections import readers
from meguri.journal.web.api import readable
from meguri.kit.people.identity import ANYONE, names
from meguri.kit.problems import N_, Conflict, MeguriError, Problem
from meguri.kit.web import paging
from meguri.kit.web.requests.limits import limit

SHOWN = 50
LOOKED_THROUGH = 400
# Beyond this many acts the page compares roots; reading everything is for the command line.
MOST_READ_HERE = 20_000


@limit("journal", "120/m")
def overview(request: HttpRequest) -> HttpResponse:
    """The newest checkpoint, a comparison with one that somebody kept, and the newest acts the reader may see."""
    newest = Checkpoint.objects.order_by("-size").first()
    page = paging.of(request)
    told = newest_readable(getattr(request, "reader", ANYONE).organisation, page)
    kept = request.POST.get("checkpoint", "")
    report: Report | None = None
    problems: tuple[Problem, ...] = ()
    if request.method == "POST":
        try:
            report = compare(kept)
        except MeguriError as error:
            problems = error.problems
    return render(
        request,
        "journal/overview.html",
        {
            "newest": newest,
            "waiting": ActRow.objects.count() - (newest.size if newest else 0),
            "rows": _rows(told),
            "page": page,
            "kept": kept,
            "report": report,
            "problems": problems,
            "wrong": problems[0] if problems else None,
        },
        status=422 if problems else 200,
    )


@require_safe
@limit("log-checkpoint", "600/m")
def log_checkpoint(request: HttpRequest) -> HttpResponse:
    """The newest checkpoint as a C2SP tlog-checkpoint, for everybody. NotFound where nothing was sealed yet."""
    answer = HttpResponse(proofs.newest().note, content_type="text/plain; charset=utf-8")
    answer["Cache-Control"] = "no-cache"
    answer["Access-Control-Allow-Origin"] = "*"
    return answer


@require_safe
@limit("log-tile", "6000/m")
def log_tile(request: HttpRequest, path: str) -> HttpResponse:
    """Hashes of the log as a C2SP tlog tile, for everybody. NotFound where the log does not reach so far."""
    answer = HttpResponse(tiles.read(tiles.place(path)), content_type="application/octet-stream")
    # What is sealed never changes: a tile is the same for ever.
    answer["Cache-Control"] = "public, max-age=31536000, immutable"
    answer["Access-Control-Allow-Origin"] = "*"
    return answer


def compare(kept: str) -> Report:
    """Verify against a pasted checkpoint: everything where the journal is small, else the roots."""
    if ActRow.objects.count() <= MOST_READ_HERE:
        return verify(kept)
    note = checkpoints.read(kept)
    newest = proofs.newest()
    own = checkpoints.read(newest.note)
    report = Report(own.origin, acts=newest.size, sealed=newest.size, root=own.root.hex(), against=note.size)
    if not note.signed_by(log_key.public_at(note.size)):
        report.add("checkpoint-signature", N_("It is not signed by the key that this log had at that size."))
    if note.size > newest.size or (note.size and sealing.range_hash(0, note.size) != note.root):
        report.add("forked", N_("Its root is not the root of this log at that size: history was changed since."))
    return report


def newest_readable(organisation: str | None, page: paging.Page) -> list[Entry]:
    """A page of the newest acts that an organisation may read, looked for among so many. Three queries at most."""
    looked = services.recent(LOOKED_THROUGH + 1, page.number)
    more = len(looked) > LOOKED_THROUGH
    readable = readers.readable(looked[:LOOKED_THROUGH], organisation)
    found = [entry for entry in looked[:LOOKED_THROUGH] if entry.id in readable]
    if len(found) > SHOWN:
        page.go_on(found[SHOWN - 1].number)
    elif more:
        page.go_on(looked[LOOKED_THROUGH - 1].number)
    return found[:SHOWN]


def _rows(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    modes = services.modes(entries)
    named = names(wording.speakers(entry.act for entry in entries))
    numbers = [entry.number for entry in entries]
    leaves = dict(Leaf.objects.filter(number__in=numbers).values_list("number", "index"))
    return [
        {
            "entry": entry,
            "words": wording.of(entry.act.kind),
            "who": wording.who_says(entry.act, named),
            "mode": modes.get(entry.id, "attested"),
            "leaf": leaves.get(entry.number),
        }
        for entry in entries
    ]


def _late(entry: Entry) -> dict[str, Any] | None:
    late = entry.act.late
    return {"way": terms.WAYS[late.how], "why": late.why} if isinstance(late, Late) else None


@limit("journal-act", "300/m")
def act(request: HttpRequest, id: str) -> HttpResponse:
    """One act; not found for whoever may not read it."""
    entry = readable(request, id)
    row = ActRow.objects.get(act_id=entry.id)
    try:
        proof = proofs.inclusion(entry.id)
    except Conflict:
        proof = None
    return render(
        request,
        "journal/act.html",
        {
            "entry": entry,
            "words": wording.of(entry.act.kind),
            "who": wording.who_says(entry.act, names(wording.speakers([entry.act]))),
            "mode": services.modes([entry]).get(entry.id, "attested"),
            "body": json.dumps(entry.act.body, ensure_ascii=False, indent=2, sort_keys=True),
            "signature": json.dumps(msgspec.json.decode(bytes(row.signature)), indent=2),
            "proof": proof,
            "late": _late(entry),
            "by": entry.act.by if isinstance(entry.act.by, SaidFor) else None,
            "subjects": entry.act.subjects,
            "kept": Private.objects.filter(act_id=entry.id).values_list("name", flat=True).order_by("name"),
            "committed": sorted(entry.act.private),
        },
    )
