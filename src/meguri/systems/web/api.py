"""Endpoints for systems: the lists of all rooms, the feed, drafts of acts, and webhooks."""

# No postponed annotations here: the API reads them through the rate limit's wrapper, which knows other names.
from typing import TypeVar

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from pydantic import Field

from meguri.journal import listing
from meguri.journal.listing import acts
from meguri.kit.files.shape import require_json
from meguri.kit.problems import N_, NotFound, Problem, refuse
from meguri.kit.web.requests.arguments import require_known
from meguri.kit.web.requests.covering import Covers, caller_party
from meguri.kit.web.requests.describing import answers, both, takes
from meguri.kit.web.requests.limits import limit
from meguri.systems import drafts, hooks, tokens
from meguri.systems.models import AccessToken
from meguri.systems.web import lists
from meguri.systems.web.lists import AskedPage, sent

T = TypeVar("T")
router = Router()
for _listed in listing.every():
    lists.add(router, _listed)


def given(request: HttpRequest, kind: type[T]) -> T:
    """The body as what an operation takes. Refused, with where, for anything else."""
    require_json(request.body)
    try:
        return msgspec.json.decode(request.body, type=kind)
    except msgspec.ValidationError as error:
        text, _, where = str(error).partition(" - at `$")
        pointer = where.rstrip("`").replace(".", "/").replace("[", "/").replace("]", "")
        raise refuse(N_("The body is not as described: {why}."), pointer, "schema", why=text) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise refuse(N_("The body is not JSON as expected: {reason}."), "", "json", reason=str(error)[:200]) from None


NEW = {
    "items": [
        {
            "number": 1204,
            "id": "bfd6c0c4a260eda2af74b5aefde7b72a979362901099f362c6c3d73d07f8e791",
            "kind": "custody.collect",
            "version": 1,
            "actor": "organisation:klang-yard",
            "by": None,
            "subjects": ["event:7Q2M0V1XKD3F8ZB6", "lot:3F8ZB6TN0A7Q2M0V"],
            "claimed": "2025-10-01T09:00:00Z",
            "recorded": "2025-10-01T09:00:01Z",
            "legal": None,
            "href": "/api/acts/bfd6c0c4a260eda2af74b5aefde7b72a979362901099f362c6c3d73d07f8e791",
            "links": {"lot:3F8ZB6TN0A7Q2M0V": "/api/lots/3F8ZB6TN0A7Q2M0V"},
        }
    ],
    "next": "1204",
    "more": False,
}


@router.get(
    "/feed",
    summary="What is new, in order",
    operation_id="feed",
    openapi_extra=answers(acts.FeedPage, example=NEW),
)
@limit("feed", "600/m")
def feed(request: HttpRequest, asked: Query[AskedPage]) -> HttpResponse:
    """The acts after a cursor that concern the caller's organisation: its own, on it, and on what it sees. Ask again
    with `next`, also where nothing new was there; nothing is left out, and nothing comes twice.
    """
    reader = caller_party(request)
    require_known(request, AskedPage.model_fields)
    return sent(acts.feed(str(reader.organisation), asked.after, asked.limit))


class TokenLine(msgspec.Struct, frozen=True):
    """What the token that was sent is: for whom, what for, what it covers, until when."""

    prefix: str
    organisation: str
    purpose: str
    scopes: list[str]
    state: str
    made: str
    expires: str
    revoked: str | None
    used: str | None


@router.get("/token", summary="The token that was sent", operation_id="token", openapi_extra=answers(TokenLine))
@limit("token", "600/m")
def token(request: HttpRequest) -> HttpResponse:
    """For whom it speaks, what it covers, and until when. NotFound for a browser, which has none."""
    row = AccessToken.objects.filter(prefix=caller_party(request).token).first()
    if row is None:
        raise NotFound(Problem(N_("You sent no token."), "", "absent"))
    return sent(tokens.told(row))


DRAFTS, SIGNS, HOOKS = Covers("draft"), Covers("sign"), Covers("hooks")
DRAFT = {
    "purpose": "the morning's collection",
    "acts": [
        {
            "kind": "custody.collect",
            "body": {
                "event": "7Q2M0V1XKD3F8ZB6", "lot": "3F8ZB6TN0A7Q2M0V", "stream": "printers", "grams": 250000,
                "facility": "klang-yard", "economy": "MYS",
            },
        }
    ],
}  # fmt: skip
HOOK = {"url": "https://systems.example/meguri", "purpose": "the warehouse", "kinds": ["custody.collect"]}


class DraftsPage(msgspec.Struct, frozen=True):
    """Drafts, newest first, and the cursor of the next page; null where nothing is left."""

    items: list[drafts.DraftLine]
    next: str | None


class HooksPage(msgspec.Struct, frozen=True):
    """All webhooks of the organisation, newest first; `next` is always null."""

    items: list[hooks.HookLine]
    next: str | None = None


@router.get(
    "/drafts", summary="The list of drafts", operation_id="list_drafts", openapi_extra=answers(DraftsPage), auth=DRAFTS
)
@limit("drafts", "600/m")
def list_drafts(request: HttpRequest, asked: Query[AskedPage]) -> HttpResponse:
    """The drafts of the caller's organisation, newest first."""
    require_known(request, AskedPage.model_fields)
    found, further = drafts.page(caller_party(request), asked.after, asked.limit)
    return sent(DraftsPage([drafts.line(row) for row in found], further))


@router.post(
    "/drafts",
    summary="Write a draft of acts",
    operation_id="make_draft",
    openapi_extra=both(takes(drafts.DraftGiven, example=DRAFT), answers(drafts.DraftLine, status=201)),
    auth=DRAFTS,
)
@limit("drafts-write", "600/m")
def make_draft(request: HttpRequest) -> HttpResponse:
    """Kept, and not on record. Kinds and bodies are looked at now, all else when it is signed."""
    return sent(drafts.line(drafts.make(caller_party(request), given(request, drafts.DraftGiven))), 201)


@router.get(
    "/drafts/{id}", summary="One draft", operation_id="draft", openapi_extra=answers(drafts.DraftLine), auth=DRAFTS
)
@limit("drafts", "600/m")
def draft(request: HttpRequest, id: str) -> HttpResponse:
    """A draft, and the ids of its acts once they are on record."""
    return sent(drafts.line(drafts.find(caller_party(request), id)))


@router.put(
    "/drafts/{id}",
    summary="Put other acts into a draft",
    operation_id="change_draft",
    openapi_extra=both(takes(drafts.DraftGiven, example=DRAFT), answers(drafts.DraftLine)),
    auth=DRAFTS,
)
@limit("drafts-write", "600/m")
def change_draft(request: HttpRequest, id: str) -> HttpResponse:
    """The whole draft anew. 409 where its acts are on record."""
    return sent(drafts.line(drafts.change(caller_party(request), id, given(request, drafts.DraftGiven))))


@router.delete(
    "/drafts/{id}",
    summary="Drop a draft",
    operation_id="drop_draft",
    openapi_extra={"responses": {204: {"description": "Forgotten"}}},
    auth=DRAFTS,
)
@limit("drafts-write", "600/m")
def drop_draft(request: HttpRequest, id: str) -> HttpResponse:
    """Forget a draft. 409 where its acts are on record."""
    drafts.drop(caller_party(request), id)
    return HttpResponse(status=204)


@router.post(
    "/drafts/{id}/sign",
    summary="Have the service sign a draft and record it",
    operation_id="sign_draft",
    openapi_extra=answers(drafts.DraftSigned),
    auth=SIGNS,
)
@limit("drafts-sign", "600/m")
def sign_draft(request: HttpRequest, id: str) -> HttpResponse:
    """All acts or none, attested for the organisation. Asked again it gives the same receipts."""
    return sent(drafts.sign(caller_party(request), id))


class AskedKey(Schema):
    """With which key a draft is to be signed."""

    key: str = Field(max_length=64, description="the id of a key that the organisation holds itself")


@router.get(
    "/drafts/{id}/to-sign",
    summary="The bytes of a draft for a key of one's own",
    operation_id="draft_to_sign",
    openapi_extra=answers(drafts.DraftToSign),
    auth=DRAFTS,
)
@limit("drafts", "600/m")
def draft_to_sign(request: HttpRequest, id: str, asked: Query[AskedKey]) -> HttpResponse:
    """Sign `input` with the key, append a dot and the signature, and send the acts to ``POST /api/acts``."""
    require_known(request, AskedKey.model_fields)
    return sent(drafts.to_sign(caller_party(request), id, asked.key))


@router.get(
    "/webhooks", summary="The list of webhooks", operation_id="list_webhooks", openapi_extra=answers(HooksPage),
    auth=HOOKS,
)  # fmt: skip
@limit("hooks", "600/m")
def list_webhooks(request: HttpRequest) -> HttpResponse:
    """The webhooks of the caller's organisation, with how each stands."""
    require_known(request, ())
    return sent(HooksPage([hooks.told(row) for row in hooks.listed(str(caller_party(request).organisation))]))


@router.post(
    "/webhooks",
    summary="Set a webhook up",
    operation_id="make_webhook",
    openapi_extra=both(takes(hooks.HookGiven, example=HOOK), answers(hooks.HookMade, status=201)),
    auth=HOOKS,
)
@limit("hooks-write", "60/m")
def make_webhook(request: HttpRequest) -> HttpResponse:
    """The secret with which its messages are signed is shown this once."""
    row, secret = hooks.make(str(caller_party(request).organisation), given(request, hooks.HookGiven))
    return sent(hooks.HookMade(hooks.told(row), secret), 201)


@router.get(
    "/webhooks/{id}", summary="One webhook", operation_id="webhook", openapi_extra=answers(hooks.HookLine), auth=HOOKS
)
@limit("hooks", "600/m")
def webhook(request: HttpRequest, id: str) -> HttpResponse:
    """How far it is, and what its last attempt met."""
    return sent(hooks.told(hooks.find(str(caller_party(request).organisation), id)))


@router.delete(
    "/webhooks/{id}",
    summary="Remove a webhook",
    operation_id="remove_webhook",
    openapi_extra={"responses": {204: {"description": "Forgotten"}}},
    auth=HOOKS,
)
@limit("hooks-write", "60/m")
def remove_webhook(request: HttpRequest, id: str) -> HttpResponse:
    """Nothing is sent any more."""
    hooks.remove(str(caller_party(request).organisation), id)
    return HttpResponse(status=204)


@router.post(
    "/webhooks/{id}/on",
    summary="Switch a webhook on",
    operation_id="switch_webhook_on",
    openapi_extra=answers(hooks.HookLine),
    auth=HOOKS,
)
@limit("hooks-write", "60/m")
def switch_on(request: HttpRequest, id: str) -> HttpResponse:
    """It goes on where it stopped."""
    return sent(hooks.told(hooks.switch(str(caller_party(request).organisation), id, True)))


@router.post(
    "/webhooks/{id}/off",
    summary="Switch a webhook off",
    operation_id="switch_webhook_off",
    openapi_extra=answers(hooks.HookLine),
    auth=HOOKS,
)
@limit("hooks-write", "60/m")
def switch_off(request: HttpRequest, id: str) -> HttpResponse:
    """Nothing is sent until it is switched on."""
    return sent(hooks.told(hooks.switch(str(caller_party(request).organisation), id, False)))


@router.post(
    "/webhooks/{id}/replay",
    summary="Send again from a cursor on",
    operation_id="replay_webhook",
    openapi_extra=both(takes(hooks.ReplayGiven, example={"after": "1200"}), answers(hooks.HookLine)),
    auth=HOOKS,
)
@limit("hooks-write", "60/m")
def replay(request: HttpRequest, id: str) -> HttpResponse:
    """All that concerns the organisation after the cursor is sent again, and what follows. Switches it on."""
    asked = given(request, hooks.ReplayGiven)
    return sent(hooks.told(hooks.replay(str(caller_party(request).organisation), id, asked.after)))
