"""The answers of the law as they are sent to other programs: the types of what `to_json` gives, for their description.

Words are given in every language that readers are offered, by its code.
"""

from __future__ import annotations

from typing import Any

import msgspec

Said = dict[str, str]


class ConsentTold(msgspec.Struct, frozen=True):
    """What one authority must say, in which form, and by which rule."""

    authority: str
    economy: str
    capacity: str
    form: str
    days: int | None
    day_kind: str | None
    from_event: str | None
    procedure: str
    rule: str
    citation: str
    confidence: str
    evidence: str
    words: Said


class DeadlineTold(msgspec.Struct, frozen=True):
    """A clock of a procedure."""

    procedure: str
    step: str
    actor: str
    from_event: str
    duty: str
    words: Said
    value: str
    day_kind: str
    tacit: str
    citation: str
    confidence: str
    evidence: str


class GroundTold(msgspec.Struct, frozen=True):
    """A rule that bites, or that was considered, with where it is written."""

    rule: str
    instrument: str
    citation: str
    effect: str
    effective_from: str | None
    effective_to: str | None
    confidence: str
    evidence: str
    side: str
    words: Said


class AssumptionTold(msgspec.Struct, frozen=True):
    """An assumption, and what the other setting would give."""

    switch: str
    setting: str
    why: Said
    other: str
    otherwise: str
    otherwise_procedures: list[str]


class LawProblemTold(msgspec.Struct, frozen=True):
    """Why there is no answer, or not this one."""

    pointer: str
    code: str
    detail: str


class CodeTold(msgspec.Struct, frozen=True):
    """An entry of a waste list under which the material falls."""

    code: str
    why: Said
    rule: str
    confidence: str
    declared: bool


class QuestionTold(msgspec.Struct, frozen=True):
    """The question as it was understood."""

    on: str
    stream: str
    codes: list[str]
    origin: str
    via: list[str]
    destination: str
    operation: str | None
    facts: dict[str, Any]


class UnreadTold(msgspec.Struct, frozen=True):
    """A law that the answer depends on and that is not on file: whose, on what (law or used), and whom to ask."""

    economy: str
    what: str
    words: Said
    ask: Said


class CheckedTold(msgspec.Struct, frozen=True):
    """How old the reading of the grounds is: the day of the oldest check, null where some were `never` looked up; rules
    whose check is `old`, and those of which the last look found that they `changed`.
    """

    oldest: str | None
    never: list[str]
    old: list[str]
    changed: list[str]


class OfficeTold(msgspec.Struct, frozen=True):
    """The competent office for a place that the question names, and what it is competent for (null: for all)."""

    economy: str
    side: str
    place: str
    authority: str
    words: Said
    about: Said | None
    evidence: str


class VerdictTold(msgspec.Struct, frozen=True):
    """The verdict on one movement. `law` is the digest of the law that was asked."""

    case_id: str
    status: str
    verdict: str
    headline: Said
    unread: list[UnreadTold]
    procedures: list[str]
    notifier: Said | None
    consents: list[ConsentTold]
    offices: list[OfficeTold]
    documents: list[Said]
    deadlines: list[DeadlineTold]
    grounds: list[GroundTold]
    considered: list[GroundTold]
    assumptions: list[AssumptionTold]
    problems: list[LawProblemTold]
    unsure: list[Said]
    rulings: list[Said]
    codes: list[CodeTold]
    route: str
    question: QuestionTold
    law: str
    checked: CheckedTold


class VerdictRowTold(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to one of many questions, by its row (from 1). What could not be asked has neither status nor verdict,
    and says in `problems` why.
    """

    row: int
    case_id: str
    status: str | None
    verdict: str | None
    procedures: list[str]
    notifier: Said | None
    consents: list[ConsentTold]
    documents: list[Said]
    deadlines: list[DeadlineTold]
    grounds: list[GroundTold]
    assumptions: list[AssumptionTold]
    problems: list[LawProblemTold]
    codes: list[CodeTold]
    headline: Said | msgspec.UnsetType = msgspec.UNSET
    unread: list[UnreadTold] | msgspec.UnsetType = msgspec.UNSET
    offices: list[OfficeTold] | msgspec.UnsetType = msgspec.UNSET
    considered: list[GroundTold] | msgspec.UnsetType = msgspec.UNSET
    unsure: list[Said] | msgspec.UnsetType = msgspec.UNSET
    rulings: list[Said] | msgspec.UnsetType = msgspec.UNSET
    route: str | msgspec.UnsetType = msgspec.UNSET
    question: QuestionTold | msgspec.UnsetType = msgspec.UNSET
    law: str | msgspec.UnsetType = msgspec.UNSET
    checked: CheckedTold | msgspec.UnsetType = msgspec.UNSET


class ShortVerdictTold(msgspec.Struct, frozen=True):
    """An answer in short, before or after a change."""

    verdict: str
    status: str
    procedures: list[str]
    grounds: list[str]


class ChangeTold(msgspec.Struct, frozen=True):
    """A change of law, with the answers before and after it where a lane was asked about."""

    on: str
    kind: str
    economy: str
    words: Said
    rules: list[str]
    instrument: str
    citation: str
    source: str
    confidence: str
    evidence: str
    before: ShortVerdictTold | None
    after: ShortVerdictTold | None


class TimelineTold(msgspec.Struct, frozen=True):
    """Changes of law, in order of their days."""

    changes: list[ChangeTold]
    law: str


class PlaceTold(msgspec.Struct, frozen=True):
    """An economy on the map; `number` is its ISO 3166 numeric code."""

    economy: str
    number: str
    lat: float | None
    lon: float | None


class CellTold(PlaceTold, frozen=True):
    """The verdict for one economy at the open end."""

    name: str
    verdict: str
    words: str
    letter: str
    status: str
    covered: bool
    procedures: list[str]


class MatrixTold(msgspec.Struct, frozen=True):
    """The verdicts for every economy; one end, `to` or `from`, is given."""

    on: str
    stream: str
    operation: str | None
    law: str
    centre: PlaceTold
    not_covered: int
    cells: list[CellTold]
    to: str | msgspec.UnsetType = msgspec.UNSET
    origin: str | msgspec.UnsetType = msgspec.field(default=msgspec.UNSET, name="from")


class DiffTold(msgspec.Struct, frozen=True):
    """What a draft changes: how many movements were asked, under which day, and those whose answer differs."""

    asked: int
    on: str
    differences: list[dict[str, Any]]
