"""Model clauses in our own words, the laws on file that each rests on, and the draft pack that a clause becomes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

import msgspec

from meguri.kit.files.reading import TableError
from meguri.kit.problems import N_, NotFound, Problem, nearest, refuse
from meguri.kit.words import Words, given
from meguri.law import duties, tables
from meguri.law.asking import naming
from meguri.law.asking.facts import day_of
from meguri.law.body.packfile import Draft, Pack
from meguri.law.body.packs import COVERS, Law
from meguri.law.body.rulebook import ListEntry, Rule
from meguri.law.citing import citation
from meguri.law.laboratory import DRAFTS

DUTY_KINDS = {
    "collection": Words("Collection"),
    "treatment": Words("Treatment"),
    "producer": Words("Producer responsibility"),
    "registration": Words("Registration"),
    "permits": Words("Permits"),
    "informal": Words("Informal work"),
}
_KEYS = {"id", "economy", "duty", "from", "citation", "words"}


@dataclass(frozen=True)
class ClauseGround:
    """A law on file that a clause rests on: whose, what it asks, by which citation, since when, how sure."""

    economy: str
    name: Words
    words: Words
    citation: Words
    since: str
    source: str
    evidence: str


@dataclass(frozen=True)
class ModelClause:
    """A clause: the duty it lays down, its title and text, and whether it is a proposal among States."""

    id: str
    duty: str
    title: Words
    text: Words
    topics: frozenset[str]
    international: bool
    source: str


class DraftDuty(msgspec.Struct, frozen=True):
    """A duty at home that a draft lays down: whose (empty: every State's), of which kind, from when."""

    id: str
    economy: str
    duty: str
    since: date
    citation: str
    words: Words


@lru_cache(maxsize=1)
def clauses() -> dict[str, ModelClause]:
    """All clauses by id. Raises TableError for a duty that is not known, or a clause without a draft."""
    found = {}
    for place, row in tables.rows("clauses.csv"):
        if row["duty"] not in DUTY_KINDS:
            raise TableError(f"{place}: duty is one of {', '.join(DUTY_KINDS)}")
        if not _template(row["clause"]).is_file():
            raise TableError(f"{place}: there is no draft {row['clause']}.toml")
        found[row["clause"]] = ModelClause(
            row["clause"],
            row["duty"],
            tables.words("clauses", row, "title", row["clause"]),
            tables.words("clauses", row, "text", row["clause"]),
            frozenset(part for part in row["topics"].split(";") if part),
            row["international"] == "Y",
            row["source"],
        )
    return found


def clause(name: str) -> ModelClause:
    """A clause by its id. Raises NotFound naming the nearest."""
    if found := clauses().get(name):
        return found
    close = nearest(name[:64], clauses())
    text = (
        N_("“{word}” is no model clause. Did you mean “{close}”?")
        if close
        else N_("“{word}” is no model clause. It is one of: {known}.")
    )
    raise NotFound(
        Problem(text, "/clause", "clause", {"word": name[:64], "close": close, "known": ", ".join(clauses())})
    )


def _template(name: str) -> Path:
    return DRAFTS / "clauses" / f"{name}.toml"


def side_by_side(one: ModelClause) -> tuple[ClauseGround, ...]:
    """The laws on file beside a clause: what was read for it, then the duties at home with its topic."""
    return (*_read_for(one), *_of_duties(one))


def _read_for(one: ModelClause) -> Iterator[ClauseGround]:
    for place, row in tables.rows("clause_grounds.csv"):
        if row["clause"] not in clauses():
            raise TableError(f"{place}: “{row['clause']}” is no clause")
        if row["clause"] == one.id:
            words = tables.words("clause_grounds", row, "words", row["ground"])
            yield ClauseGround(
                row["economy"], _name(row["economy"]), words, citation(row["citation"]), row["since"], row["source"],
                row["evidence"],
            )  # fmt: skip


def _of_duties(one: ModelClause) -> Iterator[ClauseGround]:
    for duty in duties.duties():
        if one.topics & duty.topics and "packaging" not in duty.topics:
            words = Words("{product} – {scheme}").format(product=duty.product, scheme=duty.scheme)
            yield ClauseGround(
                duty.economy, _name(duty.economy), words, duty.instrument, duty.since, duty.source, duty.evidence
            )


def _name(economy: str) -> Words:
    return tables.parties()[economy].name if economy else Words("All States")


def usual_start(today: date) -> date:
    """The first day in force that a draft begins with where none is named: the first of January after next year's."""
    return min(date(today.year + 2, 1, 1), COVERS[1])


def drafted_text(one: ModelClause, economy: str, since: str | date) -> str:
    """The draft pack of a clause for an economy from a day. Raises Refused for an economy or a day that is none."""
    problems: list[Problem] = []
    day = day_of(since, "/from", problems)
    if problems or day is None:
        raise refuse(problems[0].text, "/from", "date", **problems[0].params)
    if not COVERS[0] <= day <= COVERS[1]:
        raise refuse(
            N_("The law on file covers {first} to {last}; {day} lies outside."), "/from", "not_covered",
            first=COVERS[0], last=COVERS[1], day=day,
        )  # fmt: skip
    code = naming.code_of("economy", economy)
    if not one.international and not code:
        close = nearest(naming.narrow(economy)[:64], naming.known("economy"), naming.economies_first())
        raise refuse(
            N_("“{word}” is not a known economy. Did you mean “{close}”?")
            if close
            else N_("“{word}” is not a known economy. Use its ISO 3166 code of three letters, such as MYS."),
            "/economy", "economy", word=economy[:64], close=close,
        )  # fmt: skip
    text = _template(one.id).read_text(encoding="utf-8")
    return text.replace("%ECONOMY%", code).replace("%economy%", code.lower()).replace("%FROM%", day.isoformat())


def duties_in(draft: Draft) -> tuple[DraftDuty, ...]:
    """The duties at home that a draft lays down. Raises TableError with the line of what is wrong."""
    pack = Pack(draft, draft=True)
    found = []
    for raw in pack.items("duty"):
        for key in raw:
            if key not in _KEYS:
                raise pack.fail(raw, f"“{key}” is not a key of a duty", key)
        for key in sorted(_KEYS):
            if key not in raw:
                raise pack.fail(raw, f"“{key}” is missing")
        if type(raw["from"]) is not date:
            raise pack.fail(raw, "“from” is a date such as 2025-01-01", "from")
        if raw["duty"] not in DUTY_KINDS:
            raise pack.fail(raw, f"duty is one of {', '.join(DUTY_KINDS)}", "duty")
        if raw["economy"] != "" and raw["economy"] not in tables.parties():
            raise pack.fail(raw, f"“{raw['economy']}” is not an economy", "economy")
        if type(raw["citation"]) is not str:
            raise pack.fail(raw, "“citation” is a text", "citation")
        words = pack.words(raw, row=raw["id"])
        found.append(DraftDuty(raw["id"], raw["economy"], raw["duty"], raw["from"], raw["citation"], words))
    return tuple(found)


def meant_by(draft: Draft) -> tuple[ModelClause, ...]:
    """The model clauses that a draft was made from, by the ids of its items."""
    ids = [str(raw["id"]) for kind in ("duty", "rule", "entry") for raw in Pack(draft, draft=True).items(kind)]
    return tuple(one for one in clauses().values() if any(name.endswith(f"draft.{one.id}") for name in ids))


def _on_file() -> dict[str, Rule | ListEntry]:
    law = Law.load()
    found: dict[str, Rule | ListEntry] = {rule.id: rule for rule in law.rules}
    return found | {entry.id: entry for entry in law.entries}


def says(draft: Draft) -> tuple[tuple[Words, str], ...]:
    """What a draft says, item by item, with its citation."""
    pack = Pack(draft, draft=True)
    found: dict[str, tuple[Words, str]] = {}
    for kind in ("duty", "rule", "entry"):
        for raw in pack.items(kind):
            words = raw.get("words", "")
            said = given(words) if isinstance(words, dict) else Words(str(words))
            found.setdefault(f"{kind} {raw['id']}", (said, str(raw.get("citation", ""))))
    for raw in pack.items("end"):
        if ended := _on_file().get(raw["id"]):
            found[f"end {raw['id']}"] = (Words("It ends: {said}").format(said=ended.words), ended.citation)
    return tuple(found.values())
