"""If instead: the same question with one thing changed, evaluated anew.

Some changes are remedies that somebody can truthfully bring about (a certificate, a tested facility, another
destination). A changed assay is never offered as a remedy; it is shown only for what would follow from it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from meguri.kit.files.reading import TableError
from meguri.kit.words import Words
from meguri.law import tables, wastes
from meguri.law.asking.model import Alternative, FactValue, Question
from meguri.law.asking.verdict import verdict
from meguri.law.body.packs import Law
from meguri.law.otherwise.sayable import stands


def _with(question: Question, **facts: FactValue) -> Question:
    merged: dict[str, Any] = {**question.facts, **facts}
    return replace(question, facts=MappingProxyType(merged))


def _of_hazard(code: str) -> bool:
    """Whether a declared code may say how hazardous the material is."""
    return any(entry.confirmed for entry in wastes.waste_codes().get(code, ()))


def _name(economy: str) -> Words:
    return tables.parties()[economy].name


@lru_cache(maxsize=1)
def _changed_facts() -> tuple[tuple[tuple[str, ...], Words, Words], ...]:
    """The facts of ``changed_facts.csv`` that are made true together, with words for that and for the contrary."""
    found = []
    for place, row in tables.rows("changed_facts.csv"):
        pairs = [part.partition("=") for part in row["facts"].split(";")]
        for name, _, value in pairs:
            known = tables.fact_vocabulary().get(name)
            if known is None or known.kind not in ("bool", "tri") or name == "hazardous" or value != "true":
                raise TableError(f"{place}: “{name}={value}” is not a fact that may be changed to true")
        words, undone = (tables.words("changed_facts", row, column, row["change"]) for column in ("words", "undone"))
        found.append((tuple(name for name, _, _ in pairs), words, undone))
    return tuple(found)


def _changes(question: Question) -> Iterator[tuple[Words, Question, bool]]:
    facts: Mapping[str, FactValue] = question.facts
    for names, words, undone in _changed_facts():
        if any(facts.get(name) is not True for name in names):
            yield words, _with(question, **dict.fromkeys(names, True)), True
        elif undone:
            yield undone, _with(question, **dict.fromkeys(names, False)), False
    hazardous = facts.get("hazardous")
    for value in (True, False):
        if hazardous is not value:
            # The codes of the old branch go with it, or they would contradict the new assay.
            other = replace(question, codes=tuple(code for code in question.codes if not _of_hazard(code)))
            yield (
                Words("hazardous by assay") if value else Words("not hazardous by assay"),
                _with(other, hazardous=value),
                False,
            )
    for economy in tables.usual("transit"):
        if economy not in (question.origin, question.destination, *question.via):
            yield (
                Words("via {economy}").format(economy=_name(economy)),
                replace(question, via=(*question.via, economy)),
                False,
            )
    if question.via:
        yield Words("without transit"), replace(question, via=()), True
    for economy in tables.usual("destination"):
        if economy not in (question.origin, question.destination, *question.via):
            words = Words("to {economy}", context="instead").format(economy=_name(economy))
            yield words, replace(question, destination=economy), True
    if question.operation and question.operation.startswith("D"):
        yield (
            Words("for recovery (R4)"),
            replace(_with(question, purpose="recovery"), operation="R4"),
            True,
        )


def if_instead(question: Question, law: Law | None = None, most: int = 6) -> tuple[Alternative, ...]:
    """A few one-thing changes that lead to another verdict, other procedures or other consents; at most `most`."""
    body = law or Law.load()
    now = verdict(question, body)
    mine = (now.verdict, now.procedures, tuple((c.authority, c.capacity, c.form) for c in now.consents))
    found: list[Alternative] = []
    for words, changed, remedy in _changes(question):
        if not stands(changed):
            continue
        then = verdict(changed, body)
        theirs = (then.verdict, then.procedures, tuple((c.authority, c.capacity, c.form) for c in then.consents))
        moot = now.verdict == "prohibited" and then.verdict == "prohibited"
        if (theirs != mine or then.codes != now.codes) and not moot:
            before = {(need.authority, need.capacity) for need in now.consents}
            after = {(need.authority, need.capacity) for need in then.consents}
            codes = tuple(f"{c.scheme}:{c.code}" for c in then.codes if c.scheme == "basel")
            found.append(
                Alternative(
                    words,
                    changed,
                    then.verdict,
                    then.status,
                    then.procedures,
                    remedy,
                    tuple(need for need in then.consents if (need.authority, need.capacity) not in before),
                    tuple(need for need in now.consents if (need.authority, need.capacity) not in after),
                    codes if codes != tuple(f"{c.scheme}:{c.code}" for c in now.codes if c.scheme == "basel") else (),
                )
            )
    found.sort(key=lambda a: a.verdict == now.verdict)
    return tuple(found[:most])
