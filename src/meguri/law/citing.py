"""Citations in the reader's language: the packs cite in English, the catalogues know what a citation is made of.

Names of instruments, and remarks that go with them, are rows of ``instruments.csv``; how an article, an annex or a sign
is written is a template of this module. What is neither stays as it is.
"""

from __future__ import annotations

import re
from functools import lru_cache
from string import ascii_letters

from meguri.kit.words import AS_IT_IS, Words, plain
from meguri.law import tables

# The number of an article: 6, 4A, a span such as 22-24, or one with branches such as 15-4-5; never a year or a day.
_NUMBER = r"\d{1,3}(?:-\d{1,3})*[A-Za-z]?(?![\w/-])"
_CFR = r"\d{3}(?:\.\d+)?(?:-\d+)?"
LONG_REMARK = 2
"""Spaces from which on a remark is taken for a sentence, wherever it stands."""
_ROMAN = r"[IVX]+[AB]?\b"
_ARTICLE = Words("{number}{letter}", context="article")
_SECTION = Words("{number}{letter}", context="section")
_SPAN = Words("{first}-{last}", context="article")
_BRANCH = Words("{number}-{branch}-{twig}", context="article")
_NUMBERED = {
    "Art": Words("Art {number}", context="citation"),
    "Arts": Words("Arts {number}", context="citation"),
    "Art.": Words("Art. {number}", context="citation"),
    "Article": Words("Article {number}", context="citation"),
    "section": Words("section {number}", context="citation"),
    "rule": Words("rule {number}", context="citation"),
    "cl": Words("cl {number}", context="citation"),
    "chapter": Words("chapter {number}", context="citation"),
    "Part": Words("Part {number}", context="citation"),
    "Table": Words("Table {number}", context="citation"),
    "note": Words("note {number}", context="citation"),
    "CFR": Words("40 CFR {number}", context="citation"),
    "CFR part": Words("40 CFR part {number}", context="citation"),
    "s": Words("s {number}", context="citation"),
    "ss": Words("ss {number}", context="citation"),
    "s.": Words("s.{number}", context="citation"),
    "r.": Words("r.{number}", context="citation"),
    "reg": Words("reg {number}", context="citation"),
    "ch.": Words("ch. {number}", context="citation"),
    "Annex": Words("Annex {number}", context="citation"),
    "Schedule": Words("Schedule {number}", context="citation"),
    "App.": Words("App. {number}", context="citation"),
    "Case": Words("Case {number}", context="citation"),
    "recital": Words("recital {number}", context="citation"),
    "decision": Words("decision {number}", context="citation"),
}
_PLAIN = {
    "Annex": Words("Annex", context="citation"),
    "proviso": Words("proviso", context="citation"),
    "chapeau": Words("chapeau", context="citation"),
    ", ": Words(", ", context="citation"),
    "; ": Words("; ", context="citation"),
    ": ": Words(": ", context="citation"),
    " as amended by ": Words(" as amended by ", context="citation"),
}
_PARTS = {
    "ch.": Words("ch. {number}.{part}", context="citation"),
    "chapter": Words("chapter {number}.{part}", context="citation"),
}
_REMARK = Words(" ({remark})", context="citation")
_BESIDE = Words("{before} {after}", context="citation")


@lru_cache(maxsize=1)
def _names() -> dict[str, Words]:
    return {
        row["name"]: tables.words("instruments", row, "name", row["instrument"])
        for _, row in tables.rows("instruments.csv")
    }


@lru_cache(maxsize=1)
def _pattern() -> re.Pattern[str]:
    """What another language may write otherwise: names before signs, the longest first."""

    def whole(name: str) -> str:
        first, last = (r"\b" if edge.isalnum() else "" for edge in (name[0], name[-1]))
        # A short remark stands alone between signs; in a sentence it is not meant. A long one is a sentence itself.
        if name[0].islower() and name.count(" ") < LONG_REMARK:
            first, last = r"(?:(?<![^(])|(?<=[;,] ))", r"(?=$|[;,)])"
        return first + re.escape(name) + last

    names = "|".join(whole(name) for name in sorted(_names(), key=len, reverse=True))
    return re.compile(
        rf"(?P<name>{names})"
        rf"|\b(?P<article>Article|Arts|Art\.?) (?P<of_article>{_NUMBER})"
        rf"|\b(?P<section>section |rule |cl |ss? |[sr]\.|reg )(?P<of_section>{_NUMBER})"
        rf"|\b(?P<ch>ch\.|chapter) (?P<chapter>{_ROMAN}|\d+\b)(?:\.(?P<part>[A-Z](?:-[A-Z])?)\b)?"
        rf"|\b40 (?P<cfr>CFR|CFR part) (?P<of_cfr>{_CFR})"
        rf"|\b(?P<numbered>Annex|Schedule|Part) (?P<roman>{_ROMAN}|\d+[A-Z]?\b)"
        r"|\b(?P<counted>App\.|Case|recital|decision|Table|note) (?P<count>(?:BC-)?\d+(?:/\d+)?)\b"
        r"|\b(?P<plain>Annex|proviso|chapeau)\b"
        r"| \((?P<remark>(?:[^()]|\([^()]*\))+)\)(?=$|[;,)]| \(| Arts? )"
        rf"|, (?P<further>{_NUMBER})"
        r"|(?P<sign>; |, |: | as amended by )"
    )


@lru_cache(maxsize=4096)
def citation(text: str) -> Words:
    """A citation such as ``Basel Art 6(1)-(3); Annex VIII`` as words."""
    said: list[Words] = []
    counted: Words | None = None
    at = 0
    for found in _pattern().finditer(text):
        before = text[at : found.start()]
        at = found.end()
        made, counted = _made(found, counted)
        beside = before.endswith(" ") and found["sign"] is None and bool(said or before.strip())
        if before := before.removesuffix(" ") if beside else before:
            said.append(plain(before))
        if beside:
            said = [_BESIDE.format(before=_joined(said), after=made)]
        else:
            said.append(made)
    if text[at:]:
        said.append(plain(text[at:]))
    return _joined(said)


def _joined(said: list[Words]) -> Words:
    return said[0] if len(said) == 1 else Words("", context=AS_IT_IS, parts=tuple(said))


def _made(found: re.Match[str], counted: Words | None) -> tuple[Words, Words | None]:
    """A piece of a citation, and what a further number after it counts: articles, sections or nothing known."""
    if name := found["name"]:
        return _names()[name], None
    if number := found["of_article"]:
        return _NUMBERED[found["article"]].format(number=_number(number, _ARTICLE)), _ARTICLE
    if number := found["of_section"]:
        return _NUMBERED[found["section"].strip()].format(number=_number(number, _SECTION)), _SECTION
    if chapter := found["chapter"]:
        part, kind = found["part"], found["ch"]
        return (
            _PARTS[kind].format(number=chapter, part=part) if part else _NUMBERED[kind].format(number=chapter)
        ), None
    if number := found["of_cfr"]:
        return _NUMBERED[found["cfr"]].format(number=number), None
    if kind := found["numbered"] or found["counted"]:
        return _NUMBERED[kind].format(number=found["roman"] or found["count"]), None
    if remark := found["remark"]:
        return _REMARK.format(remark=citation(remark)), counted
    if further := found["further"]:
        number_words = _number(further, counted) if counted else plain(further)
        return _joined([_PLAIN[", "], number_words]), counted
    sign = found["plain"] or found["sign"]
    return _PLAIN[sign], None if sign == "; " else counted


def _number(text: str, single: Words) -> Words:
    match text.split("-"):
        case [first, last]:
            return _SPAN.format(first=first, last=last)
        case [number, branch, twig]:
            return _BRANCH.format(number=number, branch=branch, twig=twig)
        case _:
            digits = text.rstrip(ascii_letters)
            return single.format(number=digits, letter=text[len(digits) :])


_ENGLISH = re.compile(r"[A-Za-z]{3,}")
_NOTE = re.compile(r" \([^()]*\)$|: .*$")


def _only_law(part: str) -> bool:
    return not _ENGLISH.search(_pattern().sub(lambda found: "" if found["remark"] is None else found["remark"], part))


@lru_cache(maxsize=1024)
def cited_law(source: str) -> Words:
    """The law that a source names, without the notes on where and how it was read; the first part always stands."""
    first, *others = source.split("; ")
    while not _only_law(first) and _NOTE.search(first):
        first = _NOTE.sub("", first)
    return citation("; ".join([first, *(part for part in others if _only_law(part))]))
