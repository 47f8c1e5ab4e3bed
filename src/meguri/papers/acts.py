"""The act by which a paper is attached. It carries a salted commitment to the paper's name and hash, and neither."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from meguri.journal.act import Act
from meguri.journal.kinds import Kind, define

FILE = "file"
"""The private value of the act: `PaperCommitment` as JSON."""


class AttachPaper(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A paper belongs to a subject: `case:…` or `licence:…`.

    `kind` is one of the table of kinds, `type` a media type and `size` bytes, both as found. `via` is that by which the
    actor has to do with the subject, where it is not named there: an authority's track of the case, or the facility
    that holds the licence.
    """

    paper: str
    about: str
    kind: str
    type: str
    size: int
    via: str = ""


class PaperCommitment(msgspec.Struct, frozen=True):
    """What the act commits to: the name as given, and SHA-256 of the content."""

    name: str
    sha256: str


def _paper(body: AttachPaper) -> list[str]:
    return [f"paper:{body.paper}"]


def _about(act: Act, body: AttachPaper) -> Iterable[str]:
    return [body.about, *([body.via] if body.via else [])]


define(Kind(name="papers.attach", version=1, body=AttachPaper, subjects=_paper, reads=_about))
