"""The question on which a case or a movement begins, as the page “May it move?” hands it on in an address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from meguri import law
from meguri.kit import clock


def of_address(given: Mapping[str, Sequence[str]]) -> law.Question:
    """The question of an address, from all that was given under each name. Raises Refused."""

    def one(name: str) -> str:
        return given[name][-1] if given.get(name) else ""

    def several(name: str) -> list[str]:
        return [value for value in given.get(name, ()) if value]

    return law.Question.parse(
        on=one("on") or clock.today(),
        stream=one("stream"),
        origin=one("from"),
        destination=one("to"),
        operation=one("operation") or None,
        via=several("via"),
        codes=list(given.get("code", ())),
        facts=several("fact"),
    )
