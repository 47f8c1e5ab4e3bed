"""From what somebody pastes into the box to the page that shows it. Shapes only: the page decides who may see it."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

from meguri.kit.ids import ALPHABET
from meguri.kit.problems import N_, refuse

ACT = re.compile(r"[0-9a-f]{64}", re.IGNORECASE)
NAME = re.compile(f"[{ALPHABET}]{{8,16}}", re.IGNORECASE)
TOKEN = re.compile(r"[A-Za-z0-9_-]{24,64}")
PAGES = {"lot": "/lots/", "case": "/cases/", "act": "/journal/acts/", "organisation": "/organisations/"}
OWN_PATHS = ("/lots/", "/cases/", "/journal/", "/organisations/", "/share/", "/may-it-move")


def address(pasted: str) -> str:
    """The path for a pasted act id, lot id, subject such as ``case:7Q2…``, share token, or link to one of our pages.

    Raises Refused where it has none of these shapes.
    """
    text = pasted.strip()
    if "://" in text:
        try:
            link = urlsplit(text)
        except ValueError:
            # Such as an address with half a pair of brackets.
            link = urlsplit("")
        if link.path.startswith(OWN_PATHS) and "//" not in link.path and ".." not in link.path:
            return link.path + (f"?{link.query}" if link.query else "")
    prefix, colon, rest = text.partition(":")
    if colon and prefix in PAGES and rest and "/" not in rest:
        return PAGES[prefix] + quote(rest.lower() if prefix == "act" else rest)
    if ACT.fullmatch(text):
        return PAGES["act"] + text.lower()
    if NAME.fullmatch(text):
        return PAGES["lot"] + text.upper()
    if TOKEN.fullmatch(text):
        return "/share/" + text
    raise refuse(
        N_(
            "“{text}” is no act, lot or link of Meguri. "
            "An act's id has 64 hexadecimal digits, a lot's 10 letters and digits."
        ),
        "/what",
        "shape",
        text=text[:80],
    )
