"""If instead: the same question with one thing changed, evaluated anew.

Some changes are remedies that somebody can truthfully bring about (a certificate, a tested facility, another
destination). A changed assay is never offered as a remedy; it is shown only for what would follow from it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from meguri.kit.words import Words
from meguri.law import tables
from meguri.law.asking.model import Alternative, FactValue, Question
from meguri.law.asking.verdict import verdict
from meguri.law.body.packs import Law


def _with(question: Question, **facts: FactValue) -> Question:
    merged: dict[str, Any] = {**question.facts, **facts}
    return replace(question, facts=MappingProxyType(merged))


def _of_hazard(code: str) -> bool:
    """Whether a declared code may say how hazardous the material is."""
    return any(entry.confirmed for entry in tables.waste_codes().get(code, ()))


def _name(economy: str) -> Words:
    return tables.parties()[economy].name


def _changes(question: Question) -> Iterator[tuple[Words, Question, bool]]:
    facts: Mapping[str, FactValue] = question.facts
    certified = facts.get("importer_certified") is True and facts.get("recycler_certified") is True
    yield (
        Words("importer and recycler not certified") if certified else Words("importer and recycler certified (Japan)"),
        _with(question, importer_certified=not certified, recycler_certified=not certified),
        not certified,
    )
    preconsented = facts.get("facility_preconsented") is True
    if not preconsented:
        yield (
            Words("to a pre-consented facility"),
            _with(question, facility_preconsented=True),
            True,
        )
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
