"""The movement document as PDF/A-2b in English and Japanese, the same bytes for the same document on any machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import typst

from meguri.kit.words import Words
from meguri.movement.document import MovementDocument

FOLDER = Path(__file__).parent
TEMPLATE = FOLDER / "templates" / "movement_document.typ"
FONTS = FOLDER / "fonts"

HEADINGS = {
    "short": Words("Movement document"),
    "title": Words("Movement document for transboundary movements of waste"),
    "demonstration": Words("Demonstration"),
    "cast": Words("Demonstration: the organisations named here are a cast; nothing was shipped."),
    "lots": Words("Lots of this consignment"),
    "lot": Words("Lot"),
    "sent": Words("Sent (kg)"),
    "received": Words("Received (kg)"),
    "result": Words("Result"),
}

# The fonts have no narrow no-break space; the plain one keeps thousands together as well.
SPACES = str.maketrans({"\u2009": "\u00a0", "\u202f": "\u00a0"})


def _said(value: Any) -> Any:
    """The document as JSON will carry it, with words in every language that the form is printed in."""
    if isinstance(value, Words):
        return value.everywhere()
    if isinstance(value, msgspec.Struct):
        return {field.name: _said(getattr(value, field.name)) for field in msgspec.structs.fields(value)}
    if isinstance(value, list | tuple):
        return [_said(item) for item in value]
    return msgspec.to_builtins(value)


def _spaced(value: Any) -> Any:
    """The value with the spaces that the fonts have."""
    if isinstance(value, str):
        return value.translate(SPACES)
    if isinstance(value, list):
        return [_spaced(item) for item in value]
    if isinstance(value, dict):
        return {key: _spaced(item) for key, item in value.items()}
    return value


def pdf(document: MovementDocument) -> bytes:
    """The document as PDF/A-2b.

    System fonts play no part, and the date in it is the document's own, so that equal documents give equal bytes.
    """
    headings = {name: words.everywhere() for name, words in HEADINGS.items()}
    data = msgspec.json.encode(_spaced({**_said(document), "headings": headings})).decode()
    made = typst.compile(
        TEMPLATE,
        root=TEMPLATE.parent,
        format="pdf",
        sys_inputs={"document": data},
        pdf_standards="a-2b",
        ignore_system_fonts=True,
        font_paths=[FONTS],
    )
    assert isinstance(made, bytes)
    return made


def file_name(document: MovementDocument) -> str:
    """What the file is called when it is saved."""
    return f"movement-{document.number}-{document.serial}.pdf"
