"""The commands of this room: ``meguri verdict`` and ``meguri law score``. Imports no Django."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from meguri.kit import benches
from meguri.kit.files import reading
from meguri.kit.files.reading import TableError
from meguri.kit.language.speaking import add_language
from meguri.kit.problems import N_, MeguriError, Problem, Refused, refuse
from meguri.kit.words import Words, plain
from meguri.law import tables
from meguri.law.asking import records
from meguri.law.asking.batch import NEEDED, require_columns, unanswered
from meguri.law.asking.clocks import length_of
from meguri.law.asking.model import STATUS_WORDS, VERDICT_WORDS, ConsentNeed, Ground, Question, Verdict
from meguri.law.asking.verdict import verdict
from meguri.law.body.packs import Law
from meguri.law.citing import citation, cited_law
from meguri.law.laboratory import AnswerDifference, diff, drafted, first_day, sources
from meguri.law.making import commands as making
from meguri.law.measure.score import question_of, score
from meguri.law.otherwise.remedies import Remedy, remedies
from meguri.law.upkeep import commands as upkeep
from meguri.law.upkeep import reading_age

MARKS = {
    "primary_text": "●",
    "official_page_excerpt": "◐",
    "reg_text_mirror_excerpt": "◐",
    "secondary": "◐",
    "memory": "○",
}
"""Read in the text; from an official page, a copy or a secondary source; recalled."""
LONGEST_FILE = 50_000_000


def register(subparsers: Any) -> None:
    """Add ``verdict`` and ``law`` to the command line."""
    ask = subparsers.add_parser(
        "verdict",
        help=N_("may it move? the verdict on a movement, with grounds"),
        description=N_("The verdict on one movement, or on each row of a CSV file (--batch)."),
        epilog=N_("Example: meguri verdict --from MYS --to JPN --stream circuit-boards --operation R4 --on 2025-10-01"),
    )
    ask.add_argument("--from", dest="origin", default="", metavar="ECONOMY", help=N_("ISO 3166 alpha-3, such as MYS"))
    ask.add_argument("--to", dest="destination", default="", metavar="ECONOMY", help=N_("ISO 3166 alpha-3"))
    ask.add_argument("--via", action="append", default=[], metavar="ECONOMY", help=N_("economy of transit, repeatable"))
    ask.add_argument("--stream", default="", help=N_("material, such as circuit-boards"))
    ask.add_argument("--operation", default=None, help=N_("R1 to R13, D1 to D15"))
    ask.add_argument("--on", default="", metavar="DATE", help=N_("day of the movement, such as 2025-10-01"))
    ask.add_argument("--code", action="append", default=[], help=N_("declared code, such as basel:Y49, repeatable"))
    ask.add_argument("--fact", action="append", default=[], metavar="NAME=VALUE", help=N_("such as hazardous=false"))
    ask.add_argument("--batch", type=Path, metavar="FILE.csv", help=N_("one JSON object a line for each row"))
    ask.add_argument("--json", action="store_true", help=N_("one JSON object"))
    ask.add_argument("--remedies", action="store_true", help=N_("also what would make it lawful"))
    add_language(ask)
    ask.set_defaults(run=_verdict)

    law = subparsers.add_parser("law", help=N_("the law packs: score a test set, try a draft"))
    inner = law.add_subparsers(dest="law_command", required=True)
    # Rooms above add commands of the law that need the record.
    law.set_defaults(further=inner)
    upkeep.register(inner)
    scored = inner.add_parser("score", help=N_("score a CSV test set: verdict, procedures, grounds"))
    scored.add_argument("file", type=Path)
    scored.add_argument("--json", action="store_true")
    add_language(scored)
    scored.set_defaults(run=_score)
    differ = inner.add_parser(
        "diff",
        help=N_("lay a draft over the law and list which verdicts change"),
        description=N_("Lay a draft pack over the law on file and list the movements whose answer changes."),
        epilog=N_("Example: meguri law diff --with draft.toml --over movements.csv"),
    )
    differ.add_argument("--with", dest="draft", type=Path, required=True, metavar="DRAFT.toml")
    differ.add_argument(
        "--over",
        default="builtin",
        metavar="builtin|custody|world|FILE.csv",
        help=N_("movements: built-in lanes, what custody holds, all economies and streams on the day, a CSV"),
    )
    differ.add_argument(
        "--on", default="", metavar="DATE", help=N_("day of the built-in movements (default: draft in force)")
    )
    differ.add_argument("--json", action="store_true", help=N_("one JSON object"))
    add_language(differ)
    differ.set_defaults(run=_diff)
    making.register(inner)
    benches.add(
        "law",
        "verdicts a second, one by one and vectorised; the world matrix; cost as rules double",
        _bench,
        _configure_bench,
    )


def _problem(error: MeguriError, as_json: bool) -> int:
    if as_json:
        print(json.dumps(error.to_json(), ensure_ascii=False, default=str))
    else:
        for problem in error.problems:
            print(f"{problem.pointer or '/'}: {problem.say()}", file=sys.stderr)
    return 2


def _verdict(args: argparse.Namespace) -> int:
    try:
        if args.batch:
            return _batch(args.batch, args.remedies)
        question = Question.parse(
            on=args.on,
            stream=args.stream,
            origin=args.origin,
            destination=args.destination,
            operation=args.operation,
            via=args.via,
            codes=args.code,
            facts=args.fact,
        )
        answer = verdict(records.check(question))
    except MeguriError as error:
        return _problem(error, args.json)
    found = remedies(question) if args.remedies else None
    if args.json:
        print(json.dumps(_with_remedies(answer.to_json(), found), ensure_ascii=False))
    else:
        print("\n".join(lines(answer, found)))
    return 0


def read_rows(path: Path, needed: tuple[str, ...] = NEEDED) -> tuple[reading.Line, ...]:
    """Rows of a CSV file with the needed columns. Raises Refused where it is no such file."""
    if not path.is_file():
        raise refuse(N_("There is no file “{path}”."), "/batch", "missing", path=str(path))
    if path.stat().st_size > LONGEST_FILE:
        raise refuse(N_("“{path}” is larger than 50 MB. Split it."), "/batch", "too_large", path=str(path))
    try:
        return reading.lines_of(reading.text(path), path.name, held=needed, uneven=True)
    except TableError as error:
        raise refuse(
            N_("“{path}” cannot be read as CSV: {error}."), "/batch", "not_csv", path=str(path), error=str(error)
        ) from error


def _with_remedies(out: dict[str, Any], found: tuple[Remedy, ...] | None) -> dict[str, Any]:
    return out if found is None else {**out, "remedies": [remedy.to_json() for remedy in found]}


def _batch(path: Path, ask_remedies: bool) -> int:
    """One JSON object a line for each row; a bad row answers with its problems and the rest go on."""
    bad, rows = 0, read_rows(path)
    require_columns(rows[0].cells if rows else ())
    for row in rows:
        try:
            if not row.even:
                raise refuse(N_("The row has not as many cells as the head has columns."), "", "row")
            question = records.check(question_of(row.cells))
            out = _with_remedies(verdict(question).to_json(), remedies(question) if ask_remedies else None)
        except MeguriError as error:
            bad += 1
            out = unanswered(row.cells.get("case_id") or "", error)
        print(json.dumps(out, ensure_ascii=False, default=str))
    return 1 if bad else 0


def _score(args: argparse.Namespace) -> int:
    try:
        rows = score(row.cells for row in read_rows(args.file, (*NEEDED, "expected_verdict")))
    except MeguriError as error:
        return _problem(error, args.json)
    count = len(rows) or 1
    totals = {
        "rows": len(rows),
        "verdict": sum(row.verdict_ok for row in rows),
        "procedures": sum(row.procedures_ok for row in rows),
        "grounds_recall": round(sum(row.recall for row in rows) / count, 3),
        "grounds_precision": round(sum(row.precision for row in rows) / count, 3),
    }
    if args.json:
        print(json.dumps({**totals, "cases": [row.__dict__ for row in rows]}, ensure_ascii=False))
        return 0
    for row in rows:
        mark = "ok " if row.verdict_ok and row.procedures_ok else "BAD"
        print(f"{mark} {row.case_id:6} recall {row.recall:4.2f} precision {row.precision:4.2f}  {row.got}")
        if mark == "BAD":
            print(f"           expected {row.expected} {row.problem}")
    counted = Words(
        "{verdict}/{rows} verdicts, {procedures}/{rows} procedures, grounds recall {recall}, precision {sure}"
    )
    recall, sure = totals.pop("grounds_recall"), totals.pop("grounds_precision")
    print(counted.format(**totals, recall=recall, sure=sure))
    return 0


def _diff(args: argparse.Namespace) -> int:
    """Exit code 0, also where verdicts change; 2 where the draft or the movements cannot be read."""
    try:
        if not args.draft.is_file():
            raise refuse(N_("There is no file “{path}”."), "/with", "missing", path=str(args.draft))
        law = drafted(args.draft)
        if args.over == "world":
            return _diff_world(law, args)
        if args.over in sources():
            day = Question.parse(on=args.on, stream="slag", origin="PHL", destination="JPN").on if args.on else None
            questions = list(sources()[args.over](day or first_day(law)))
        else:
            questions = [question_of(row.cells) for row in read_rows(Path(args.over))]
    except TableError as error:
        found = Problem("{text}", "/with", "draft", {"text": str(error)})
        return _problem(Refused(found), args.json)
    except MeguriError as error:
        return _problem(error, args.json)
    changes = diff(law, questions)
    if args.json:
        out = {"asked": len(questions), "changed": [change.to_json() for change in changes], "law": law.digest}
        print(json.dumps(out, ensure_ascii=False))
    else:
        print("\n".join(diff_lines(changes, len(questions))))
    return 0


def _diff_world(law: Law, args: argparse.Namespace) -> int:
    """All economies and streams on the day; raises Refused for a day that is none, or is not covered."""
    from meguri.law.across.comparing import compare

    day = Question.parse(on=args.on, stream="slag", origin="PHL", destination="JPN").on if args.on else first_day(law)
    found = compare(Law.load(), law, (day,))
    if args.json:
        print(json.dumps({**found.to_json(), "law": law.digest}, ensure_ascii=False))
        return 0
    for (before, after), count in found.turns.items():
        print(f"{count:10,}  {VERDICT_WORDS[before]} → {VERDICT_WORDS[after]}")
    counted = Words("{asked} movements between all economies, {changed} answered otherwise")
    print(counted.format(asked=found.asked, changed=found.changed).say())
    return 0


def diff_lines(changes: tuple[AnswerDifference, ...], asked: int) -> Iterator[str]:
    """What a draft changes, as text; movements where only grounds differ are counted, not listed."""
    listed = [change for change in changes if change.what != ("grounds",)]
    for change in listed:
        q = change.question
        facts = ";".join(f"{name}={str(value).lower()}" for name, value in q.facts.items())
        route = "-".join((q.origin, *q.via, q.destination))
        yield f"{q.case_id or '-'}  {route}  {q.stream}  {q.operation or '-'}  {q.on}  {facts}"
        for answer, sign in ((change.before, "-"), (change.after, "+")):
            consents = ", ".join(_short(need) for need in answer.consents)
            said = _sure(answer).say()
            yield f"  {sign} {said}  {' '.join(answer.procedures)}  {consents}".rstrip()
    counted = Words("{asked} movements, {otherwise} answered otherwise, {grounds} on other grounds only")
    yield counted.format(asked=asked, otherwise=len(listed), grounds=len(changes) - len(listed)).say()


def _sure(answer: Verdict) -> Words:
    words = Words("{verdict} ({status})")
    return words.format(verdict=VERDICT_WORDS[answer.verdict], status=STATUS_WORDS[answer.status])


def _short(need: ConsentNeed) -> str:
    clock = f" {length_of(need.days, need.day_kind or 'calendar')}" if need.days else ""
    return f"{need.authority}:{need.form}{clock}"


def _configure_bench(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--repeat", type=int, default=5, help=N_("runs of each measurement (default 5)"))
    parser.add_argument("--dates", type=int, default=24, help=N_("dates of the world matrix (default 24)"))


def _bench(args: argparse.Namespace) -> int:
    from meguri.law.measure.bench import run

    return run(args.repeat, args.dates, args.json)


_HEADS = {
    "codes": Words("Codes"),
    "who": Words("Notifier"),
    "consents": Words("Consents"),
    "offices": Words("Offices for the places named"),
    "papers": Words("Papers"),
    "clocks": Words("Deadlines"),
    "grounds": Words("Grounds"),
    "assumptions": Words("Assumptions"),
    "problems": Words("To be noted"),
    "rulings": Words("For the authority to say"),
    "unsure": Words("Unsure of"),
    "reading": Words("Last looked up"),
    "procedures": Words("Procedures"),
    "remedies": Words("What would make it lawful"),
    "no_remedy": Words("no change of one or two things was found"),
    "aid": Words("This is a decision aid, not legal advice."),
}


def lines(answer: Verdict, found: tuple[Remedy, ...] | None = None) -> Iterator[str]:
    """The verdict as readable text, with what would make it lawful where that was asked."""
    question = answer.question

    def say(words: Words) -> str:
        return words.say()

    def pair(name: Words, said: Words) -> str:
        return say(Words("{name}: {said}").format(name=name, said=said))

    names = [say(tables.parties()[economy].name) for economy in (question.origin, *question.via, question.destination)]
    stream = say(tables.streams()[question.stream].name)
    yield f"{stream} · {' → '.join(names)} · {question.operation or '-'} · {question.on}"
    yield ""
    yield f"{say(answer.headline).upper()}   ({say(STATUS_WORDS[answer.status])})"
    sections: list[tuple[str, list[str]]] = [
        ("procedures", list(answer.procedures)),
        ("who", [say(answer.notifier)] if answer.notifier else []),
        ("codes", [f"{c.scheme}:{c.code}  {say(c.why)}" for c in answer.codes]),
        (
            "consents",
            [f"{MARKS[c.evidence]} {pair(c.name, c.words)}  [{say(citation(c.citation))}]" for c in answer.consents],
        ),
        ("offices", [pair(one.name, one.about) if one.about else say(one.name) for one in answer.offices]),
        ("papers", [say(paper.words) for paper in answer.documents]),
        (
            "clocks",
            [
                f"{MARKS[d.evidence]} {pair(length_of(d.value, d.day_kind), d.words)}  [{say(cited_law(d.citation))}]"
                for d in answer.deadlines
            ],
        ),
        (
            "grounds",
            [f"{MARKS[g.evidence]} {pair(citation(g.citation), g.words)}{say(_span(g))}" for g in answer.grounds],
        ),
        (
            "assumptions",
            [
                pair(plain(f"{a.switch}={a.setting}"), a.why)
                + (f" {pair(plain(a.other), VERDICT_WORDS[a.otherwise])}" if a.otherwise else "")
                for a in answer.assumptions
            ],
        ),
        ("problems", [problem.say() for problem in answer.problems]),
        ("rulings", [say(words) for words in answer.rulings]),
        ("unsure", [say(words) for words in answer.unsure]),
        ("reading", [say(words) for words in reading_age.lines(answer)]),
    ]
    for name, items in sections:
        if items:
            yield ""
            yield say(_HEADS[name])
            yield from (f"  {item}" for item in items)
    if found is not None and not answer.verdict.startswith("allowed"):
        yield ""
        yield say(_HEADS["remedies"])
        yield from (f"  {' + '.join(say(words) for words in one.changes)} → {say(_sure(one.answer))}" for one in found)
        if not found:
            yield f"  {say(_HEADS['no_remedy'])}"
    yield ""
    yield say(_HEADS["aid"])


def _span(ground: Ground) -> Words:
    """The days on which a ground is in force, where the first is on file."""
    if ground.effective_from is None:
        return plain("")
    return Words(" ({first} to {last})").format(first=ground.effective_from, last=ground.effective_to or "...")
