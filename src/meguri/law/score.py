"""Score a law test set: verdict, procedures and grounds apart, grounds by recall and by precision."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from meguri.kit.problems import MeguriError
from meguri.law.model import Question, Verdict
from meguri.law.verdict import verdict

# An instrument is told by a name and, where it has one, the article: "Basel Art 6(1)-(3)" counts as "basel 6".
_TOKENS: tuple[tuple[str, str], ...] = (
    (r"basel act", "basel act"),
    (r"waste management act", "waste management act"),
    (r"e-waste guidelines", "basel guidelines"),
    (r"266", "oecd decision"),
    (r"no\.?\s*12", "ordinance 12"),
    (r"40 cfr (26\d\.\d+)", "cfr"),
    (r"2024/1157|wsr", "wsr"),
    (r"1013/2006", "1013/2006"),
    (r"2024/3229", "2024/3229"),
    (r"2024/3230", "2024/3230"),
    (r"weee dir", "weee"),
    (r"si 2024/1281", "si 2024/1281"),
    (r"eqa|34b", "eqa"),
    (r"absolute prohibition", "malaysia prohibition"),
    (r"us-malaysia", "us-malaysia"),
    (r"canada-us|canada–us", "canada-us"),
    (r"moc notif", "moc notification"),
    (r"lep (?:72/)?2020", "lep"),
    (r"law 32/2009", "law 32/2009"),
    (r"korea", "korea act"),
    (r"decree (\d+/\d+)", "decree"),
    (r"howm", "howm"),
    (r"dao 2013-22", "dao 2013-22"),
    (r"ra 6969", "ra 6969"),
    (r"\bb1110\b", "b1110"),
    (r"hazardous waste \(control", "sgp act"),
    (r"pp 22/2021", "pp 22/2021"),
    (r"hazardous substance act", "thai hsa"),
    (r"solid waste law", "china swl"),
    (r"waste disposal act", "taiwan wda"),
    (r"private-body", "japan-taiwan"),
    (r"sor/20(?:21-25|16-273)", "sor 2021-25"),
    (r"lep 2014", "lep 2014"),
    (r"regulation of exports and imports", "australia act"),
    (r"us-philippines", "us-philippines"),
    (r"us-costa rica", "us-costa rica"),
    (r"mexico-us", "mexico-us"),
    (r"2020/2174", "2020/2174"),
    (r"2025/934", "2025/934"),
    (r"2026/1738", "2026/1738"),
    (r"second-hand criteria", "moej criteria"),
)
_BASEL = re.compile(r"(?:basel )?art\.? (\d+a?)", re.I)


def instruments(text: str) -> frozenset[str]:
    """The instruments that a citation names, as comparable tokens; Basel articles are told apart."""
    found: set[str] = set()
    for part in re.split(r";|\||\+|:", text):
        low = part.casefold().strip()
        named = [token for pattern, token in _TOKENS if re.search(pattern, low)]
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
