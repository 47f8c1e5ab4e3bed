"""A transformation with what follows for its elements, as whoever tells it has to say it. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from meguri.custody.acts import Transform
from meguri.custody.states import LotState, ProcessState
from meguri.custody.substance import account


def said(body: Transform, lots: Mapping[str, LotState], site: ProcessState | None = None) -> Transform:
    """The act with its outputs' contents and all that follows; as it is where a lot that goes in is not known.

    `site` is what adds up there already, needed where some of the loss is nobody's.
    """
    if not body.inputs or any(part.lot not in lots for part in body.inputs):
        return body
    went = [(part.lot, lots[part.lot], part.grams) for part in body.inputs]
    held = account.derived(went, body.outputs, body.assayed)
    outputs = tuple(replace(one, contents=contents) for one, contents in zip(body.outputs, held, strict=True))
    elements = account.follows(body.step, went, outputs, body.assayed, body.losses, site)
    return replace(body, outputs=outputs, elements=elements)
