"""The verbs of stories as docs/scenario.md lists them; ``python -m meguri.play.verb_list`` writes them anew."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from meguri.play.step import StoryStep, Unable

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "scenario.md"
BEGIN, END = "<!-- verbs: made by meguri.play.verb_list -->", "<!-- end of verbs -->"
ROOMS = {
    "registry": "Who is there",
    "custody": "Lots",
    "assays": "Assays",
    "law": "Questions",
    "consent": "Permission",
    "movement": "Movements",
    "claims": "Recycled content",
    "record": "The record",
}


def text() -> str:
    """All verbs by room: fields (those in bold are needed), doors, meaning."""
    from meguri.play.story import VERBS

    lines: list[str] = []
    for room, title in ROOMS.items():
        lines += [f"### {title}", "", "| verb | fields | doors | what it does |", "|---|---|---|---|"]
        lines += [_row(verb) for verb in VERBS if verb.__module__.endswith(f".{room}")]
        lines.append("")
    return "\n".join(lines).rstrip()


def _row(verb: type[StoryStep]) -> str:
    meaning = " ".join((verb.__doc__ or "").split())
    return f"| `{verb.__struct_config__.tag}` | {', '.join(_fields(verb)) or '–'} | {_doors(verb)} | {meaning} |"


def _fields(verb: type[StoryStep]) -> Iterator[str]:
    shared = {field.name for field in msgspec.structs.fields(StoryStep)}
    for field in msgspec.structs.fields(verb):
        if field.name not in shared:
            yield f"**`{field.encode_name}`**" if field.required else f"`{field.encode_name}`"


def _doors(verb: type[StoryStep]) -> str:
    if issubclass(verb, Unable):
        return "none yet: `not_yet`"
    return "service, api, page" if verb.form is not StoryStep.form else "service, api"


def written(document: str) -> str:
    """The document with its part between the marks made anew. ValueError where the marks are missing."""
    before, mark, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not mark or not end:
        raise ValueError("docs/scenario.md has lost the marks between which the verbs stand")
    return f"{before}{BEGIN}\n{text()}\n{END}{after}"


if __name__ == "__main__":
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "meguri.portal.settings")
    django.setup()
    DOCUMENT.write_text(written(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
