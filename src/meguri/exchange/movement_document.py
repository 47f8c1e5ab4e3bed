"""The movement document as PDF/A-2b in English and Japanese, the same bytes for the same document on any machine."""

from __future__ import annotations

from meguri.exchange import printing
from meguri.kit.words import Words
from meguri.movement.document import MovementDocument

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


def pdf(document: MovementDocument) -> bytes:
    """The document as PDF/A-2b: equal documents give equal bytes."""
    return printing.pdf("movement_document.typ", {**printing.said(document), "headings": HEADINGS})


def file_name(document: MovementDocument) -> str:
    """What the file is called when it is saved."""
    return f"movement-{document.number}-{document.serial}.pdf"
