"""Score a law test set: verdict, procedures and grounds apart, grounds by recall and by precision."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from meguri.kit.files.reading import TableError
from meguri.kit.problems import MeguriError
from meguri.law import tables
from meguri.law.asking.model import Question, Verdict
from meguri.law.asking.verdict import verdict


@lru_cache(maxsize=1)
def _names() -> tuple[tuple[re.Pattern[str], str], ...]:
    """What an instrument is told by, so that "Basel Art 6(1)-(3)" counts as "basel 6"."""
    found = []
    for place, row in tables.rows("cited_names.csv"):
        try:
            found.append((re.compile(row["pattern"]), row["name"]))
        except re.error as error:
            raise TableError(f"{place}: {error}") from error
    return tuple(found)


def instruments(text: str) -> frozenset[str]:
    """The instruments that a citation names, as comparable tokens; Basel articles are told apart."""
    found: set[str] = set()
    for part in re.split(r";|\||\+|:", text):
        low = part.casefold().strip()
        named = [name for pattern, name in _names() if pattern.search(low)]
        found.update(named)
        if "basel art" in low:
            numbers = re.findall(r"(?:art |, )(\d+a?)(?![\d/])", low)
            found.update(f"basel {number}" for number in numbers)
    return frozenset(found)


@dataclass(frozen=True)
class Scored:
    """One row: what was expected, what came, and how the grounds compare (recall and precision, 0 to 1)."""

    case_id: str
    verdict_ok: bool
    procedures_ok: bool
    recall: float
    precision: float
    got: str
    expected: str
    problem: str = ""


def question_of(row: Mapping[str, str]) -> Question:
    """A question from a CSV row with the columns of the test set. Raises Refused."""
    return Question.parse(
        on=row.get("on") or "",
        stream=row.get("stream") or "",
        origin=row.get("origin") or "",
        destination=row.get("destination") or "",
        operation=row.get("operation") or None,
        via=row.get("via") or "",
        codes=row.get("codes") or "",
        facts=row.get("facts") or "",
        case_id=row.get("case_id") or "",
    )


def _grounds(answer: Verdict, expected: str) -> tuple[float, float]:
    wanted = instruments(expected)
    each = [instruments(ground.citation) for ground in answer.grounds]
    got = frozenset().union(*each) if each else frozenset()
    recall = len(wanted & got) / len(wanted) if wanted else 1.0
    precision = sum(bool(tokens & wanted) for tokens in each) / len(each) if each else float(not wanted)
    return recall, precision


def score(rows: Iterable[Mapping[str, str]]) -> tuple[Scored, ...]:
    """Score every row of a test set that carries ``expected_`` columns."""
    found: list[Scored] = []
    for row in rows:
        expected = row.get("expected_verdict", "")
        try:
            answer = verdict(question_of(row))
        except MeguriError as error:
            found.append(Scored(row.get("case_id", ""), False, False, 0.0, 0.0, "refused", expected, str(error)))
            continue
        procedures = {name.strip() for name in (row.get("expected_procedures") or "").split(";") if name.strip()}
        recall, precision = _grounds(answer, row.get("expected_ground") or "")
        found.append(
            Scored(
                row.get("case_id", ""),
                answer.verdict == expected,
                set(answer.procedures) == procedures,
                recall,
                precision,
                f"{answer.verdict} {';'.join(answer.procedures)}".strip(),
                f"{expected} {';'.join(sorted(procedures))}".strip(),
            )
        )
    return tuple(found)
