"""Downloads, for those who may see what they are made from."""

from __future__ import annotations

import re

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from meguri.exchange import movement_document as documents
from meguri.kit.people.identity import need_party
from meguri.kit.problems import N_, NotFound, Problem
from meguri.movement import services


@require_safe
def movement_document(request: HttpRequest, movement: str, case: str = "") -> HttpResponse:
    """The movement document as one PDF in English and Japanese; under a case where the address names one."""
    reader = need_party(request)
    if case and services.movement(movement, reader).case != case:
        raise NotFound(
            Problem(
                N_("There is no movement {movement} under this case."),
                "/movement",
                "no-movement",
                {"movement": movement},
            )
        )
    document = services.document(movement, reader)
    response = HttpResponse(documents.pdf(document), content_type="application/pdf")
    # The number of a document without a case is written by people; a header takes plain letters.
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", documents.file_name(document))
    response["Content-Disposition"] = f'inline; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response
