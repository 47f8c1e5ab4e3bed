"""The lists of all rooms as operations of the API: one page of what the caller may see, or one line of it."""

# No postponed annotations here: the API reads them from the functions that are made here.
from types import GenericAlias
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from pydantic import Field, create_model

from meguri.journal import listing
from meguri.journal.listing import Listed
from meguri.kit.people.identity import ANYONE, Reader
from meguri.kit.web.requests.arguments import require_known
from meguri.kit.web.requests.covering import caller_party
from meguri.kit.web.requests.describing import answers
from meguri.kit.web.requests.limits import limit

MOST, USUAL = 200, 50


class AskedPage(Schema):
    """Where a page begins, and how long it may be."""

    after: str = Field("", max_length=200, description="the cursor “next” of the page before; nothing to begin")
    limit: int = Field(USUAL, ge=1, le=MOST, description=f"lines at most, up to {MOST}")


def sent(value: Any, status: int = 200) -> HttpResponse:
    """A value as JSON."""
    return HttpResponse(msgspec.json.encode(value), content_type="application/json", status=status)


def reader_of(request: HttpRequest, listed: Listed) -> Reader:
    """Who asks; for what is not open to anybody it is somebody who acts for an organisation."""
    return getattr(request, "reader", ANYONE) if listed.open else caller_party(request)


def page_type(name: str, line: type[msgspec.Struct]) -> type[msgspec.Struct]:
    """The type of a page of such lines."""
    return msgspec.defstruct(
        f"{name.capitalize()}Page",
        [("items", GenericAlias(list, (line,))), ("next", str | None)],
        namespace={"__doc__": "Lines, and the cursor of the next page; null where nothing is left."},
        module=__name__,
    )


def add(router: Router, listed: Listed) -> None:
    """Add a room's list to the API."""
    fields: Any = {name: (str, Field("", max_length=200, description=one.text)) for name, one in listed.filters.items()}
    asked_type = create_model(f"Asked{listed.name.capitalize()}", __base__=AskedPage, **fields)

    @limit(f"list-{listed.name}", "600/m")
    def page(request: HttpRequest, asked: Any) -> HttpResponse:
        reader = reader_of(request, listed)
        require_known(request, asked_type.model_fields)
        narrowed = {name: value for name in listed.filters if (value := getattr(asked, name))}
        return sent(listing.page(listed, reader.organisation, narrowed, asked.after, asked.limit))

    @limit(f"record-{listed.name}", "600/m")
    def record(request: HttpRequest, id: str) -> HttpResponse:
        return sent(listing.find(listed, reader_of(request, listed).organisation, id))

    page.__name__, page.__annotations__["asked"] = f"list_{listed.name}", Query[asked_type]  # type: ignore[misc,valid-type]
    page.__wrapped__.__annotations__["asked"] = page.__annotations__["asked"]  # type: ignore[attr-defined]
    who = "open to anybody" if listed.open else "what the caller's organisation sees, newest first"
    page.__doc__ = f"{listed.text} A page of them: {who}."
    router.get(
        f"/{listed.name}",
        summary=f"The list of {listed.name}",
        operation_id=f"list_{listed.name}",
        openapi_extra=answers(page_type(listed.name, listed.line)),
    )(page)
    if listed.record:
        record.__doc__ = f"{listed.text} One of them by its id."
        record.__name__ = listed.prefix
        router.get(
            f"/{listed.name}/{{id}}",
            summary=f"One of the {listed.name}",
            operation_id=listed.prefix,
            openapi_extra=answers(listed.line),
        )(record)
