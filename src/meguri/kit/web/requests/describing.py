"""The description of the API: what is answered, with schemas made from the very types that are sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation

from meguri.kit.web.requests.covering import Covers

TOKEN, SIGNED = "token", "signedActs"
JSON, PROBLEM = "application/json", "application/problem+json"
_types: dict[str, Any] = {}
_examples: dict[str, Any] = {}


class ProblemPart(msgspec.Struct, frozen=True):
    """One thing that is wrong: where (a JSON Pointer into what was sent), a stable code, and a sentence."""

    pointer: str
    code: str
    detail: str


class ProblemDocument(msgspec.Struct, frozen=True):
    """What went wrong (RFC 9457), in the caller's language. `request` is the number that the operator finds it by."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[ProblemPart] = []
    request: str = ""


PROBLEM_EXAMPLE = {
    "type": "about:blank",
    "title": "The token does not cover this",
    "status": 403,
    "detail": "This needs a token with the scope “sign”; this one has: read. Make one that covers it.",
    "errors": [{"pointer": "/scope", "code": "scope", "detail": "This needs a token with the scope “sign”; …"}],
    "request": "7f3c0e52",
}
MEANINGS = {
    400: "The request cannot be read",
    401: "No token, or one that is not good (any more)",
    403: "The token does not cover this, or the act belongs to somebody else",
    404: "Not there, or not for this reader",
    405: "The address is not used with this method",
    409: "The record has moved on, or it is not sealed yet",
    413: "What was sent is too large",
    415: "This kind of body is not read here",
    422: "Something needs to be put right",
    429: "Too many requests; Retry-After says when to try again",
}


def answers(
    kind: Any,
    *,
    status: int = 200,
    text: str = "",
    example: Any = None,
    plain: str = "",
    media: str = JSON,
    also: tuple[str, str] | None = None,
) -> dict[str, Any]:
    """What an operation answers, for its `openapi_extra`: a struct, or several of which it is one; or (`plain`) the
    same as text, or (`also`) as another kind, in words, where it is asked for.
    """
    kinds = kind if isinstance(kind, tuple) else (kind,)
    refs = []
    for one in kinds:
        listed = getattr(one, "__origin__", None) is list
        of = one.__args__[0] if listed else one
        _types[of.__name__] = of
        ref = {"$ref": f"#/components/schemas/{of.__name__}"}
        refs.append({"type": "array", "items": ref} if listed else ref)
    content: dict[str, Any] = {"schema": refs[0] if len(refs) == 1 else {"anyOf": refs}}
    if example is not None:
        content["example"] = example
    told = {media: content}
    if plain:
        told["text/plain"] = {"schema": {"type": "string", "description": plain}}
    if also:
        told[also[0]] = {"schema": {"type": "string", "description": also[1]}}
    return {"responses": {status: {"description": text or "As asked", "content": told}}}


def takes(kind: Any, *, example: Any = None, plain: tuple[str, str] | None = None) -> dict[str, Any]:
    """What an operation takes as its body, for its `openapi_extra`; `plain` is another kind that it takes, in words."""
    _types[kind.__name__] = kind
    content: dict[str, Any] = {"schema": {"$ref": f"#/components/schemas/{kind.__name__}"}}
    if example is not None:
        content["example"] = example
    told = {JSON: content}
    if plain:
        told[plain[0]] = {"schema": {"type": "string", "description": plain[1]}}
    return {"requestBody": {"required": True, "content": told}}


class Description(OpenAPISchema):
    """The document, with security, problems and the schemas of all that is answered."""

    def operation_security(self, operation: Operation) -> list[dict[str, Any]] | None:
        """A token with its scope; nothing where a browser or anybody may ask too."""
        found: list[dict[str, Any]] = []
        for auth in operation.auth_callbacks:
            if isinstance(auth, Covers):
                found += [{TOKEN: [auth.scope]}, *([{}] if auth.sessions else [])]
        return found or None

    def operation_details(self, operation: Operation) -> dict[str, Any]:
        """All of it, without answers that it says it never gives, and with statuses as texts."""
        found: dict[str, Any] = super().operation_details(operation)
        told = {str(status): said for status, said in found["responses"].items() if said is not None}
        if any(status[0] == "2" and status != "200" for status in told) and "content" not in told.get("200", {}):
            told.pop("200", None)
        found["responses"] = dict(sorted(told.items()))
        return found

    def responses(self, operation: Operation) -> dict[int, dict[str, Any]]:
        """Its own answers, and a problem for everything else."""
        found: dict[Any, Any] = super().responses(operation)
        found["default"] = {"$ref": "#/components/responses/Problem"}
        for status in (401, 403) if operation.auth_callbacks else ():
            found[status] = {"$ref": f"#/components/responses/Problem{status}"}
        return found

    def get_components(self) -> dict[str, Any]:
        """Schemas, problems, and how one says who one is."""
        types = [*_types.values(), ProblemDocument]
        _, schemas = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
        self.schemas.update(schemas)
        content = {
            PROBLEM: {"schema": {"$ref": "#/components/schemas/ProblemDocument"}, "example": PROBLEM_EXAMPLE},
        }
        return {
            "schemas": self.schemas,
            "responses": {
                "Problem": {"description": "A problem, in words", "content": content},
                **{f"Problem{n}": {"description": MEANINGS[n], "content": content} for n in (401, 403)},
            },
            "securitySchemes": {
                TOKEN: {"type": "http", "scheme": "bearer", "description": Covers.openapi_description},
                SIGNED: {
                    "type": "http",
                    "scheme": "JWS",
                    "description": "No header: each act in the body carries the signature of its organisation's own "
                    "key, an Ed25519 JWS over the act's id. docs/act.md says how it is made.",
                },
            },
        }


def both(*given: Mapping[str, Any]) -> dict[str, Any]:
    """Several parts of an operation's description together."""
    found: dict[str, Any] = {}
    for one in given:
        for name, value in one.items():
            found[name] = {**found[name], **value} if name in found and isinstance(value, dict) else value
    return found
