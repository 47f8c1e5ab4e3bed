"""Downloads, for those who may see what they are made from."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from meguri.consent import services
from meguri.exchange import movement_document as documents
from meguri.kit.problems import N_, NotFound, Problem
from meguri.kit.web.identity import need_party


@require_safe
def movement_document(request: HttpRequest, case: str, movement: str) -> HttpResponse:
    """The movement document as one PDF in English and Japanese."""
    reader = need_party(request)
    if services.movement(movement, reader).case != case:
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
    response["Content-Disposition"] = f'inline; filename="{documents.file_name(document)}"'
    response["Cache-Control"] = "private, no-store"
    return response
