"""Endpoints of the journal: tell signed acts, read acts, get proofs and checkpoints."""

# No postponed annotations here: the API reads them through the rate limit's wrapper, which knows other names.
from typing import Any

import msgspec
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from pydantic import Field

from meguri.journal import kinds, services
from meguri.journal.act import Act, Entry
from meguri.journal.entry import recording
from meguri.journal.listing import acts as reading
from meguri.journal.log import bundles, checkpoints, proofs, receipts
from meguri.journal.models import ActRow
from meguri.journal.projections import readers
from meguri.journal.signatures import keyring, signing
from meguri.kit import clock
from meguri.kit.files.shape import require_json
from meguri.kit.people.identity import ANYONE
from meguri.kit.problems import N_, NotFound, Problem, refuse
from meguri.kit.web.requests.arguments import require_known
from meguri.kit.web.requests.describing import SIGNED, answers, both
from meguri.kit.web.requests.limits import limit

router = Router()
MOST_AT_ONCE = 1000


class Sizes(Schema):
    """Two sizes of the log."""

    first: int = Field(alias="from", description="the smaller size")
    second: int | None = Field(None, alias="to", description="the larger size; the newest where none is given")


_ACT = {
    "type": "object",
    "required": ["kind", "version", "node", "subjects", "actor", "key", "nonce", "claimed", "body"],
    "additionalProperties": False,
    "properties": {
        "kind": {"type": "string", "example": "journal.found"},
        "version": {"type": "integer"},
        "node": {"type": "string"},
        "subjects": {"type": "array", "items": {"type": "string"}},
        "actor": {"type": "string", "example": "organisation:mys-yard"},
        "key": {"type": "string", "description": "RFC 7638 thumbprint"},
        "nonce": {"type": "string", "maxLength": 64},
        "claimed": {"type": "string", "format": "date-time"},
        "legal": {"type": "string", "format": "date-time", "nullable": True},
        "body": {"type": "object"},
        "private": {"type": "object", "additionalProperties": {"type": "string"}},
        "late": {
            "type": "object",
            "description": "why it is told long after it happened; left out otherwise",
            "required": ["how", "why"],
            "additionalProperties": False,
            "properties": {
                "how": {"type": "string", "enum": ["offline", "paper"]},
                "why": {"type": "string", "maxLength": 500},
            },
        },
    },
}
_SIGNED = {
    "type": "object",
    "required": ["act", "signature"],
    "additionalProperties": False,
    "properties": {
        "act": _ACT,
        "signature": {
            "type": "object",
            "required": ["jws"],
            "additionalProperties": False,
            "properties": {
                "jws": {"type": "string"},
                "index": {"type": "integer"},
                "size": {"type": "integer"},
                "path": {"type": "array", "items": {"type": "string"}},
            },
        },
        "private": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "required": ["salt", "value"],
                "properties": {"salt": {"type": "string"}, "value": {"type": "string"}},
            },
        },
    },
}
_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"oneOf": [_SIGNED, {"type": "array", "items": _SIGNED}]}}},
    }
}


def _json(value: Any, status: int = 200) -> HttpResponse:
    return HttpResponse(msgspec.json.encode(value), content_type="application/json", status=status)


class ActTold(msgspec.Struct, frozen=True):
    """An act with its signature, its number, when it was taken down, and how its key is kept."""

    id: str
    number: int
    recorded: str
    act: Act
    signature: signing.Signature
    mode: str | None


class CheckpointTold(msgspec.Struct, frozen=True):
    """A checkpoint taken apart: the log's name, size and root, and the signed note itself."""

    origin: str
    size: int
    root: str
    note: str


_RECEIPTS = (receipts.SignedReceipt, list[receipts.SignedReceipt])


@router.post(
    "/acts",
    summary="Tell acts that were signed elsewhere",
    operation_id="tell_acts",
    openapi_extra=both(
        _BODY,
        answers(_RECEIPTS, text="All were told before"),
        answers(_RECEIPTS, status=201, text="Taken down"),
        {"security": [{SIGNED: []}]},
    ),
    auth=None,
)
@limit("api-acts", "600/m")
def tell(request: HttpRequest) -> HttpResponse:
    """One signed act, or a list taken whole or not at all. 201 where any is new, 200 where all were told before."""
    signed, several = _signed(request.body)
    told = recording.record(signed)
    own = keyring.private(services.attested_key(services.NODE_ORGANISATION))
    answers = receipts.sign(told, settings.NODE, own)
    status = 201 if any(answer.fresh for answer in answers) else 200
    return _json(answers if several else answers[0], status)


def _signed(data: bytes) -> tuple[list[signing.Signed], bool]:
    require_json(data)
    try:
        given = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise refuse(N_("The body is no JSON. Send a signed act, or a list of them."), "", "json") from None
    several = isinstance(given, list)
    listed = given if several else [given]
    if not 0 < len(listed) <= MOST_AT_ONCE:
        raise refuse(N_("Send from 1 to {most} acts at once."), "", "many", most=MOST_AT_ONCE)
    signed = []
    for place, one in enumerate(listed):
        try:
            signed.append(msgspec.convert(one, signing.Signed))
        except msgspec.ValidationError as error:
            text, _, where = str(error).partition(" - at `$")
            pointer = where.rstrip("`").replace(".", "/").replace("[", "/").replace("]", "")
            raise refuse(
                N_("This is no signed act: {why}."), (f"/{place}" if several else "") + pointer, "schema", why=text
            ) from None
    return signed, several


@router.get(
    "/acts/{id}",
    summary="One act, to those who may read its kind",
    operation_id="act",
    openapi_extra=answers(ActTold),
)
@limit("api-read", "600/m")
def read(request: HttpRequest, id: str) -> HttpResponse:
    """The act with its signature; the same answer whether it is absent or not for this reader."""
    entry = readable(request, id)
    row = ActRow.objects.get(act_id=entry.id)
    return _json(
        {
            "id": entry.id,
            "number": entry.number,
            "recorded": clock.stamp(entry.recorded),
            "act": msgspec.to_builtins(entry.act),
            "signature": msgspec.Raw(bytes(row.signature)),
            "mode": services.modes([entry]).get(entry.id),
        }
    )


def readable(request: HttpRequest, id: str) -> Entry:
    """The act, for a reader who may read it. NotFound otherwise."""
    entry = services.entry(id)
    if not readers.may_read(entry, getattr(request, "reader", ANYONE).organisation):
        raise NotFound(Problem(N_("There is no act {id} on record."), "", "act", {"id": id}))
    return entry


@router.get(
    "/acts/{id}/proof",
    summary="The proof that an act is in the log",
    operation_id="act_proof",
    auth=None,
    openapi_extra=answers(bundles.Inclusion),
)
@limit("api-proof", "600/m")
def proof(request: HttpRequest, id: str) -> HttpResponse:
    """Leaf, path and signed checkpoint. 409 while the act is taken down but not sealed."""
    return _json(proofs.inclusion(id))


@router.get(
    "/acts/{id}/bundle",
    summary="One file that proves an act without a server",
    operation_id="act_bundle",
    openapi_extra=answers(bundles.Bundle),
)
@limit("api-proof", "600/m")
def bundle(request: HttpRequest, id: str) -> HttpResponse:
    """Act, signature, keys, leaf, path and checkpoint, to those who may read the act; `meguri act check` reads it."""
    entry = readable(request, id)
    row = ActRow.objects.get(act_id=entry.id)
    return _json(proofs.bundle(entry, msgspec.json.decode(bytes(row.signature), type=signing.Signature)))


@router.get(
    "/checkpoint",
    summary="The newest signed checkpoint",
    operation_id="checkpoint",
    auth=None,
    openapi_extra=answers(CheckpointTold, plain="A C2SP signed note"),
)
@limit("api-checkpoint", "600/m")
def checkpoint(request: HttpRequest) -> HttpResponse:
    """A C2SP signed note as plain text; with ``Accept: application/json`` the same taken apart."""
    found = proofs.newest()
    if request.accepts("text/plain"):
        answer = HttpResponse(found.note, content_type="text/plain; charset=utf-8")
    else:
        note = checkpoints.read(found.note)
        answer = _json({"origin": note.origin, "size": note.size, "root": note.root.hex(), "note": found.note})
    answer["Vary"] = "Accept"
    return answer


@router.get(
    "/checkpoint/consistency",
    summary="The proof that the log only grew",
    operation_id="consistency",
    auth=None,
    openapi_extra=answers(proofs.Consistency),
)
@limit("api-consistency", "600/m")
def consistency(request: HttpRequest, sizes: Query[Sizes]) -> HttpResponse:
    """The hashes that lead from the root at one size to the root at a larger one (RFC 9162)."""
    return _json(proofs.consistency(sizes.first, sizes.second))


class KindLine(msgspec.Struct, frozen=True):
    """A kind of act: its name, its newest version, who reads it, and the JSON Schema of its body."""

    kind: str
    version: int
    readers: str
    body: dict[str, Any]


class KindsPage(msgspec.Struct, frozen=True):
    """All kinds of act; `next` is always null."""

    items: list[KindLine]
    next: str | None = None


@router.get(
    "/kinds",
    summary="The kinds of act that this node takes",
    operation_id="list_kinds",
    auth=None,
    openapi_extra=answers(KindsPage),
)
@limit("api-kinds", "600/m")
def known(request: HttpRequest) -> HttpResponse:
    """Names, versions, readers, and the JSON Schema of each body."""
    lines = [KindLine(kind.name, kind.version, kind.readers, msgspec.json.schema(kind.body)) for kind in kinds.every()]
    return _json(KindsPage(lines))


class AskedActs(Schema):
    """By what the list of acts is narrowed, and where its page begins."""

    kind: str = Field("", max_length=80, description="a kind, such as custody.collect")
    actor: str = Field("", max_length=120, description="who said it: organisation:…")
    subject: str = Field("", max_length=160, description="on what: lot:…, case:…")
    after: str = Field("", max_length=200, description="the cursor “next” of the page before; nothing to begin")
    limit: int = Field(50, ge=1, le=200, description="lines at most, up to 200")


class ActsPage(msgspec.Struct, frozen=True):
    """Acts, newest first, and the cursor of the next page; null where nothing is left."""

    items: list[reading.ActLine]
    next: str | None


@router.get("/acts", summary="The list of acts", operation_id="list_acts", openapi_extra=answers(ActsPage))
@limit("list-acts", "600/m")
def listed(request: HttpRequest, asked: Query[AskedActs]) -> HttpResponse:
    """The acts that the caller may read, newest first; without a token those that anybody reads."""
    require_known(request, AskedActs.model_fields)
    who = getattr(request, "reader", ANYONE).organisation
    return _json(reading.newest(who, asked.kind, asked.actor, asked.subject, asked.after, asked.limit))
