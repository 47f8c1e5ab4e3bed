"""What an author does after writing files (docs/law.md, docs/procedures.md), run on the tree that holds them.

The Japanese of what is new is made up too: the English behind a mark.
"""

from __future__ import annotations

from meguri.kit.language import extraction
from meguri.kit.messages import compile_catalogues
from meguri.procedure import diagram, released, tables

ROOMS = ("law", "procedure", "reference")


def translate() -> None:
    """Say in Japanese what `meguri words draw-out ja` has left empty."""
    extraction.draw_out("ja")
    for room in ROOMS:
        path = extraction.ROOMS / room / "locale" / "ja" / "LC_MESSAGES" / "tables.po"
        found = extraction.catalogue(extraction.ROOMS / room, "ja", "tables")
        for message in found:
            if message.id and not message.string:
                message.string = f"ja: {message.id}"
        extraction._write(found, path)


translate()
compile_catalogues()
(tables.FOLDER / tables.RELEASED).write_text(released.text(), encoding="utf-8")
diagram.DOCUMENT.write_text(diagram.written(diagram.DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
