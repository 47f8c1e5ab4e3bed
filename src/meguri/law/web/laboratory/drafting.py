"""What a draft would change: read, laid over the law, and asked. It runs in a process of its own (`try_out`).

A draft is what a stranger wrote; what it costs is bounded there, and the process needs neither settings nor database.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

import msgspec

from meguri.kit.files.reading import TableError, lines_of
from meguri.kit.problems import N_, MeguriError, Problem, refuse
from meguri.kit.words import Words, listed
from meguri.law import tables
from meguri.law.asking.model import STATUS_WORDS, VERDICT_WORDS, ConsentNeed, Question, Verdict
from meguri.law.body.packfile import LARGEST as LONGEST
from meguri.law.body.packfile import Draft
from meguri.law.body.packs import Law
from meguri.law.citing import citation
from meguri.law.laboratory import DRAFTS, AnswerDifference, diff, drafted, first_day, lanes
from meguri.law.making.clauses import duties_in
from meguri.law.making.effects import effects
from meguri.law.making.paper import pdf
from meguri.law.measure.score import question_of
from meguri.law.web import asking, form_and_answer

NAME = "draft.toml"
LARGEST = 1_000_000
MOST_ROWS = 500
PLACE = re.compile(rf"^{re.escape(NAME)}, line (\d+): (.*)$", re.DOTALL)
EXAMPLE = DRAFTS / "phl-preconsent.toml"
PART_WORDS = {
    "verdict": Words("verdict"),
    "status": Words("how sure"),
    "procedures": Words("procedures"),
    "consents": Words("consents"),
    "documents": Words("papers"),
    "grounds": Words("grounds"),
}


class SentFile(msgspec.Struct, frozen=True):
    """A file that was sent: its name, its size, and as much of it as is read."""

    name: str
    size: int
    data: bytes


class AskedMovement(msgspec.Struct, frozen=True):
    """A movement as the endpoint is asked for it."""

    origin: str
    destination: str
    stream: str
    operation: str
    on: str
    via: list[str]
    facts: list[str]
    case_id: str


class AskedDraft(msgspec.Struct, frozen=True):
    """A draft, the day, and the movements to ask: of a file, or as a list; the built-in lanes where there is neither.

    `plain` asks for the answers as the endpoint gives them.
    """

    draft: str
    on: str = ""
    file: SentFile | None = None
    listed: tuple[AskedMovement, ...] = ()
    plain: bool = False
    language: str = "en"


class TriedDraft(msgspec.Struct, frozen=True):
    """How many movements were asked, on which day, which rows could not be, and whose answer the draft changes."""

    count: int
    on: date
    wrong: tuple[Problem, ...]
    shown: tuple[ChangedMovement, ...] = ()
    plain: msgspec.Raw = msgspec.Raw(b"[]")


@dataclass(frozen=True)
class Side:
    """One of the two answers: verdict, status, who is asked, grounds that only this answer has."""

    words: Words
    tone: str
    status: Words
    needs: tuple[Words, ...]
    grounds: tuple[Words, ...]


@dataclass(frozen=True)
class ChangedMovement:
    """A movement whose answer the draft changes."""

    name: str
    route: tuple[Words, ...]
    material: Words
    operation: str
    facts: tuple[Words, ...]
    query: str
    what: Words
    before: Side
    after: Side


def read(text: str) -> Law:
    """The law with a draft laid over it. Raises Refused naming the line of what is wrong."""
    if not text.strip():
        raise refuse(N_("There is no draft. Paste a rule pack, or begin from the example."), "/draft", "missing")
    if len(text) > LONGEST:
        raise refuse(N_("The draft is longer than {most} characters."), "/draft", "too-large", most=LONGEST)
    try:
        return drafted(Draft(NAME, text))
    except TableError as error:
        place = PLACE.match(str(error))
        if place is None:
            raise refuse(N_("The draft is not as it must be: {reason}"), "/draft", "draft", reason=error) from error
        number = int(place.group(1))
        lines = text.splitlines()
        raise refuse(
            N_("Line {line} (“{text}”): {reason}"),
            "/draft",
            "draft",
            line=number,
            text=lines[number - 1].strip()[:80] if 0 < number <= len(lines) else "",
            reason=place.group(2),
        ) from error


def movements(file: SentFile | None, on: date) -> tuple[tuple[Question, ...], tuple[Problem, ...]]:
    """The built-in lanes, or the rows of an uploaded CSV with what is wrong in single rows. Raises Refused."""
    if file is None:
        return lanes(on), ()
    if file.size > LARGEST:
        raise refuse(N_("The file is larger than 1 MB. Send fewer rows."), "/movements", "too-large")
    try:
        rows = lines_of(file.data.decode("utf-8-sig"), file.name, held=("stream", "origin", "destination"), uneven=True)
    except (UnicodeDecodeError, TableError) as error:
        raise refuse(N_("The file is not a CSV file in UTF-8: {reason}"), "/movements", "csv", reason=error) from error
    if len(rows) > MOST_ROWS:
        raise refuse(
            N_("The file has {count} rows; the page takes at most {most}. The command line takes more."),
            "/movements",
            "too-many",
            count=len(rows),
            most=MOST_ROWS,
        )
    found, wrong = [], []
    for number, row in enumerate(rows, 2):
        try:
            found.append(question_of({**row.cells, "on": row.cells.get("on") or on.isoformat()}))
        except MeguriError as error:
            wrong += [Problem(p.text, f"/movements/{number}{p.pointer}", p.code, p.params) for p in error.problems]
    return tuple(found), tuple(wrong)


def shown(difference: AnswerDifference) -> ChangedMovement:
    """A difference in words."""
    question = difference.question
    return ChangedMovement(
        question.case_id,
        form_and_answer.route_of(question),
        tables.streams()[question.stream].name,
        question.operation or "",
        form_and_answer.given_facts(question),
        asking.query_of(question),
        listed(PART_WORDS[name] for name in difference.what),
        _side(difference.before, difference.after),
        _side(difference.after, difference.before),
    )


def _side(answer: Verdict, other: Verdict) -> Side:
    asked = {_asked(need) for need in other.consents}
    theirs = {(ground.rule, ground.citation) for ground in other.grounds}
    return Side(
        VERDICT_WORDS[answer.verdict],
        form_and_answer.TONES[answer.verdict],
        STATUS_WORDS[answer.status],
        tuple(_need(need) for need in answer.consents if _asked(need) not in asked),
        tuple(citation(ground.citation) for ground in answer.grounds if (ground.rule, ground.citation) not in theirs),
    )


def reach(given: bytes) -> bytes:
    """What a draft reaches, over all lanes; in a process of its own. Raises Refused."""
    asked = msgspec.json.decode(given, type=AskedDraft)
    draft, day = _whole(asked)
    return msgspec.json.encode(effects(draft, day))


def paper(given: bytes) -> bytes:
    """The paper for a minister on a draft, as PDF; in a process of its own. Raises Refused."""
    asked = msgspec.json.decode(given, type=AskedDraft)
    draft, day = _whole(asked)
    return pdf(draft, asked.language, effects(draft, day))


def _whole(asked: AskedDraft) -> tuple[Draft, date | None]:
    law = read(asked.draft)
    draft = Draft(NAME, asked.draft)
    try:
        duties_in(draft)
    except TableError as error:
        raise refuse(N_("The draft is not as it must be: {reason}"), "/draft", "draft", reason=error) from error
    return draft, day_of(asked.on, law) if asked.on.strip() else None


def _asked(need: ConsentNeed) -> tuple[object, ...]:
    return need.authority, need.capacity, need.form, need.days, need.day_kind


def _need(need: ConsentNeed) -> Words:
    return Words("{name}: {said}").format(name=need.name, said=form_and_answer.FORMS[need.form])


def day_of(text: str, law: Law) -> date:
    """The day on which movements are asked: as given, or the first of the draft. Raises Refused."""
    if not text.strip():
        return first_day(law)
    try:
        found = date.fromisoformat(text.strip())
    except ValueError as error:
        raise refuse(
            N_("“{word}” is not a date. Write year, month and day, such as 2025-10-01."),
            "/on",
            "date",
            word=text[:40],
        ) from error
    first, last = law.covers
    if not first <= found <= last:
        raise refuse(
            N_("The law on file covers {first} to {last}; {day} lies outside."),
            "/on",
            "not_covered",
            first=first,
            last=last,
            day=found,
        )
    return found


def try_out(given: bytes) -> bytes:
    """A `TriedDraft` as JSON for an `AskedDraft`. Raises Refused."""
    asked = msgspec.json.decode(given, type=AskedDraft)
    law = read(asked.draft)
    on = day_of(asked.on, law)
    wrong: tuple[Problem, ...] = ()
    if asked.listed:
        questions = tuple(_question(one, on) for one in asked.listed)
    else:
        questions, wrong = movements(asked.file, on)
    found = diff(law, questions)
    if asked.plain:
        told = TriedDraft(
            len(questions), on, wrong, plain=msgspec.Raw(msgspec.json.encode([one.to_json() for one in found]))
        )
    else:
        told = TriedDraft(len(questions), on, wrong, shown=tuple(shown(one) for one in found))
    return msgspec.json.encode(told, enc_hook=str)


def _question(one: AskedMovement, on: date) -> Question:
    return Question.parse(
        on=one.on or on,
        stream=one.stream,
        origin=one.origin,
        destination=one.destination,
        operation=one.operation or None,
        via=one.via,
        facts=[part for part in one.facts if part.strip()],
        case_id=one.case_id,
    )
