"""Endpoints of papers: bring one, list them, fetch one."""

# No postponed annotations here: the API reads them through the rate limit's wrapper, which knows other names.
from datetime import datetime

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from pydantic import Field

from meguri.journal import listing
from meguri.journal.listing import Listed
from meguri.kit.web.requests.arguments import require_known
from meguri.kit.web.requests.covering import Covers, caller_party
from meguri.kit.web.requests.describing import answers
from meguri.kit.web.requests.limits import limit
from meguri.papers import looking, services
from meguri.papers.models import FiledPaper
from meguri.papers.vocabulary import MOST_BYTES
from meguri.papers.web import given

router = Router()
LIST = Listed("papers", "paper", FiledPaper, "A paper.")


class PaperLine(msgspec.Struct, frozen=True):
    """A paper; `name` and `sha256` are empty where it was erased."""

    id: str
    about: str
    kind: str
    type: str
    size: int
    by: str
    at: datetime
    act: str
    name: str
    sha256: str
    scanned: bool
    erased: datetime | None
    href: str


class PapersPage(msgspec.Struct, frozen=True):
    """Lines, and the cursor of the next page; null where nothing is left."""

    items: list[PaperLine]
    next: str | None


class AskedPapers(Schema):
    """Where a page begins, and how long it may be."""

    after: str = Field("", max_length=200, description="the cursor “next” of the page before; nothing to begin")
    limit: int = Field(50, ge=1, le=200, description="lines at most, up to 200")


class BroughtPaper(Schema):
    """What is said of a paper that is brought; its content is the body."""

    about: str = Field(max_length=160, description="to what it belongs: case:… or licence:…")
    kind: str = Field(max_length=40, description="its kind, such as contract")
    name: str = Field(max_length=200, description="the file's name")


def line(one: services.Attached) -> PaperLine:
    """A paper as a line."""
    state = one.state
    return PaperLine(
        one.id,
        state.about,
        state.kind,
        state.type,
        state.size,
        state.by,
        state.at,
        state.act,
        one.name,
        one.sha256,
        one.scanned,
        one.erased,
        f"/api/papers/{one.id}/content",
    )


def _sent(value: msgspec.Struct, status: int = 200) -> HttpResponse:
    return HttpResponse(msgspec.json.encode(value), content_type="application/json", status=status)


@router.get("/papers", summary="The list of papers", operation_id="list_papers", openapi_extra=answers(PapersPage))
@limit("papers-list", "600/m")
def list_papers(request: HttpRequest, asked: Query[AskedPapers]) -> HttpResponse:
    """The papers that the caller's organisation brought, and those of the cases that it sees; newest first."""
    organisation = caller_party(request).organisation
    require_known(request, AskedPapers.model_fields)
    found = listing.page(LIST, organisation, {}, asked.after, asked.limit)
    papers = services.papers([one.id for one in found.items])
    return _sent(PapersPage([line(one) for one in papers], found.next))


@router.post(
    "/papers",
    summary="Bring a paper",
    operation_id="bring_paper",
    auth=Covers("sign"),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        },
        **answers(PaperLine, status=201),
    },
)
@limit("papers", "120/h")
def bring_paper(request: HttpRequest, asked: Query[BroughtPaper]) -> HttpResponse:
    """Attach a paper, whose bytes are the body, to a subject. The service signs the act."""
    reader = caller_party(request)
    require_known(request, BroughtPaper.model_fields)
    content = request.read(MOST_BYTES + 1)
    id = services.attach(reader.organisation or "", asked.about, asked.kind, content, asked.name, person=reader.person)
    return _sent(line(services.paper(id, reader.organisation)), 201)


@router.get("/papers/{paper}", summary="A paper", operation_id="paper", openapi_extra=answers(PaperLine))
@limit("papers-one", "600/m")
def paper(request: HttpRequest, paper: str) -> HttpResponse:
    """What is known of a paper."""
    return _sent(line(services.paper(paper, caller_party(request).organisation)))


@router.get(
    "/papers/{paper}/content",
    summary="The content of a paper",
    operation_id="paper_content",
    openapi_extra={
        "responses": {
            200: {
                "description": "The bytes, with the media type as found",
                "content": {one: {"schema": {"type": "string", "format": "binary"}} for one in looking.TYPES},
            }
        }
    },
)
@limit("papers-content", "120/m")
def paper_content(request: HttpRequest, paper: str) -> HttpResponse:
    """The bytes of a paper. 410 where it was erased."""
    return given.out(services.paper(paper, caller_party(request).organisation))
