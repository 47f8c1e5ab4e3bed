"""Papers set by Typst: what words and spaces become on the way there. The same bytes for the same data anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import typst

from meguri.kit.words import Words

FOLDER = Path(__file__).parent
TEMPLATES = FOLDER / "templates"
FONTS = FOLDER / "fonts"

# The fonts have no narrow no-break space; the plain one keeps thousands together as well.
SPACES = str.maketrans({"\u2009": "\u00a0", "\u202f": "\u00a0"})


def said(value: Any) -> Any:
    """The value as JSON will carry it, with words in every language that the form is printed in."""
    if isinstance(value, Words):
        return value.everywhere()
    if isinstance(value, msgspec.Struct):
        return {field.name: said(getattr(value, field.name)) for field in msgspec.structs.fields(value)}
    if isinstance(value, dict):
        return {key: said(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [said(item) for item in value]
    return msgspec.to_builtins(value)


def spaced(value: Any) -> Any:
    """The value with the spaces that the fonts have."""
    if isinstance(value, str):
        return value.translate(SPACES)
    if isinstance(value, list):
        return [spaced(item) for item in value]
    if isinstance(value, dict):
        return {key: spaced(item) for key, item in value.items()}
    return value


def pdf(template: str, data: Any, **inputs: str) -> bytes:
    """A PDF/A-2b from a template's name, its data (`document` in the template) and further inputs.

    System fonts play no part, and dates in it are the data's own, so that equal data give equal bytes.
    """
    made = typst.compile(
        TEMPLATES / template,
        root=TEMPLATES,
        format="pdf",
        sys_inputs={"document": msgspec.json.encode(spaced(said(data))).decode(), **inputs},
        pdf_standards="a-2b",
        ignore_system_fonts=True,
        font_paths=[FONTS],
    )
    assert isinstance(made, bytes)
    return made
