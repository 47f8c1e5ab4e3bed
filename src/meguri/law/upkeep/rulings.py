"""Rulings: questions with the answer that is right, each argued from its citation; the law on file is held to them.

A file of rulings is a CSV with the columns of a question and those of what is right: `expected_verdict`,
`expected_procedures`, `expected_ground`, `expected_status`; or `verdict`, `status`, `procedures`, `grounds` and
`not_grounds` (ids of rules and entries), `consents` (``authority capacity form days``); or `verdict` and one
`procedure`. One without a verdict says which rules bear on a question, and which do not: `grounds` and `not_grounds`,
or `told` and `not_told` for rules that reach it whether or not the verdict rests on them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from meguri.kit.files import reading
from meguri.kit.problems import MeguriError
from meguri.law.asking.model import Question, Verdict
from meguri.law.measure.score import instruments, question_of

RULINGS = Path(__file__).resolve().parents[1] / "rulings"
BESIDE = Path(__file__).resolve().parents[4] / "tests" / "law"
"""Where a checkout keeps further rulings."""
_BEARING = ("grounds", "not_grounds", "told", "not_told")
NEEDED = ("on", "stream", "origin", "destination")


@dataclass(frozen=True)
class Ruling:
    """A question and what is right; `procedures` None: not said; `one` is a procedure that must be among them."""

    place: str
    question: Question
    verdict: str
    procedures: frozenset[str] | None
    one: str | None
    ground: str
    status: str
    rules: frozenset[str] = frozenset()
    no_rules: frozenset[str] = frozenset()
    consents: frozenset[str] = frozenset()
    told: frozenset[str] = frozenset()
    not_told: frozenset[str] = frozenset()

    def met(self, answer: Verdict) -> bool:
        """Whether an answer is the one that is right."""
        told = not self.verdict or answer.verdict == self.verdict or self.verdict == answer.status == "needs_ruling"
        if not told:
            return False
        if self.status and answer.status != self.status:
            return False
        if self.procedures is not None and set(answer.procedures) != self.procedures:
            return False
        if self.one is not None and self.one not in (answer.procedures or ("",)):
            return False
        if self.ground and not _grounds_met(answer, self.ground):
            return False
        bore = bearing(answer)
        if not self.rules <= bore or not self.no_rules.isdisjoint(bore):
            return False
        if self.told or self.not_told:
            every = bore | considered(answer)
            if not self.told <= every or not self.not_told.isdisjoint(every):
                return False
        said = [
            " ".join(str(part) for part in (need.authority, need.capacity, need.form, need.days) if part)
            for need in answer.consents
        ]
        return all(any(f"{one} ".startswith(f"{wanted} ") for one in said) for wanted in self.consents)


def bearing(answer: Verdict) -> frozenset[str]:
    """The rules that an answer rests on, and the entries under which the material falls."""
    return frozenset((*(one.rule for one in answer.grounds), *(code.rule for code in answer.codes if code.rule)))


def considered(answer: Verdict) -> frozenset[str]:
    """The rules that reach a question, but on which the answer does not rest."""
    return frozenset(one.rule for one in answer.considered)


def _grounds_met(answer: Verdict, ground: str) -> bool:
    wanted = instruments(ground)
    each = [instruments(one.citation) for one in answer.grounds]
    return wanted <= frozenset().union(*each) and all(tokens & wanted for tokens in each)


def files() -> tuple[Path, ...]:
    """The files of rulings: those of the package and, in a checkout, those of its tests."""
    found = sorted(RULINGS.glob("*.csv"))
    for path in sorted(BESIDE.glob("*.csv")) if BESIDE.is_dir() else ():
        head = reading.text(path).partition("\n")[0].split(",")
        if not {"expected_verdict", "verdict", "not_grounds", "not_told"}.isdisjoint(head):
            found.append(path)
    return tuple(found)


def read(paths: Iterable[Path]) -> Sequence[Ruling]:
    """The rulings of files, in their order. Raises TableError where one cannot be read, naming file and line."""
    found = []
    for path in paths:
        for line in reading.lines(path, held=NEEDED):
            row = line.cells
            verdict = row.get("expected_verdict") or row.get("verdict") or ""
            if not verdict and not any(row.get(name) for name in _BEARING):
                continue
            try:
                question = question_of(row)
            except MeguriError as error:
                raise line.fail(str(error)) from error
            found.append(
                Ruling(
                    line.place,
                    question,
                    verdict,
                    _procedures(row, verdict),
                    row.get("procedure") if "procedure" in row else None,
                    row.get("expected_ground") or "",
                    row.get("expected_status") or row.get("status") or "",
                    _listed(row, "grounds") or frozenset(),
                    _listed(row, "not_grounds") or frozenset(),
                    _listed(row, "consents") or frozenset(),
                    _listed(row, "told") or frozenset(),
                    _listed(row, "not_told") or frozenset(),
                )
            )
    return found


def _listed(row: Mapping[str, str], column: str) -> frozenset[str] | None:
    if column not in row:
        return None
    return frozenset(name.strip() for name in row[column].split(";") if name.strip())


def _procedures(row: Mapping[str, str], verdict: str) -> frozenset[str] | None:
    found = _listed(row, "expected_procedures")
    if found is not None:
        return found
    # Of what does not move, a ruling need not say what else would be done.
    found = _listed(row, "procedures")
    return found if found or verdict.startswith("allowed") else None
