"""``meguri law clauses``, ``clause``, ``effects`` and ``paper``: from a model clause to a paper for a minister."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import msgspec

from meguri.kit.files.reading import TableError
from meguri.kit.language.speaking import add_language
from meguri.kit.problems import N_, MeguriError, Problem, Refused, refuse
from meguri.kit.words import Words, active
from meguri.law import tables
from meguri.law.body.packfile import LARGEST, Draft
from meguri.law.making import clauses as model


def register(inner: Any) -> None:
    """Add the commands under ``meguri law``."""
    listed = inner.add_parser("clauses", help=N_("the model clauses, beside the laws on file"))
    listed.add_argument("--json", action="store_true")
    add_language(listed)
    listed.set_defaults(run=_clauses)
    one = inner.add_parser("clause", help=N_("a model clause as a draft pack, on standard output"))
    one.add_argument("name", metavar="CLAUSE")
    one.add_argument("--economy", default="", metavar="ECONOMY", help=N_("whose law; not for a proposal among States"))
    one.add_argument("--from", dest="since", required=True, metavar="DATE", help=N_("first day in force"))
    add_language(one)
    one.set_defaults(run=_clause)
    for name, words in (
        ("effects", "flows, tonnes, sites and duties that a draft reaches, over all lanes"),
        ("paper", "a paper of four pages on a draft, as PDF"),
    ):
        made = inner.add_parser(name, help=words)
        made.add_argument("--with", dest="draft", type=Path, required=True, metavar="DRAFT.toml")
        add_language(made)
        if name == "effects":
            made.add_argument("--json", action="store_true")
            made.set_defaults(run=_effects)
        else:
            made.add_argument("--out", type=Path, required=True, metavar="FILE.pdf")
            made.set_defaults(run=_paper)


def _wrong(error: MeguriError, as_json: bool = False) -> int:
    if as_json:
        print(json.dumps(error.to_json(), ensure_ascii=False, default=str))
    else:
        for problem in error.problems:
            print(f"{problem.pointer or '/'}: {problem.say()}", file=sys.stderr)
    return 2


def _clauses(args: argparse.Namespace) -> int:
    rows = []
    for one in model.clauses().values():
        grounds = [
            {"economy": ground.economy, "words": str(ground.words), "citation": str(ground.citation)}
            for ground in model.side_by_side(one)
        ]
        row: dict[str, Any] = {"clause": one.id, "duty": one.duty, "title": str(one.title), "text": str(one.text)}
        row |= {"international": one.international, "grounds": grounds}
        rows.append(row)
    if args.json:
        print(json.dumps({"clauses": rows}, ensure_ascii=False))
        return 0
    for one, row in zip(model.clauses().values(), rows, strict=True):
        print(f"{row['clause']}  {row['title']}\n  {row['text']}")
        for ground in model.side_by_side(one):
            print(f"    {ground.name}: {ground.words} [{ground.citation}]")
    return 0


def _clause(args: argparse.Namespace) -> int:
    try:
        print(model.drafted_text(model.clause(args.name), args.economy, args.since), end="")
    except MeguriError as error:
        return _wrong(error)
    return 0


def _read(path: Path) -> Draft:
    if not path.is_file():
        raise refuse(N_("There is no file “{path}”."), "/with", "missing", path=str(path))
    if path.stat().st_size > 4 * LARGEST:
        raise refuse(N_("The draft is longer than {most} characters."), "/with", "too-large", most=LARGEST)
    try:
        return Draft(path.name, path.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise refuse(N_("“{path}” is no text in UTF-8."), "/with", "encoding", path=str(path)) from None


def _effects(args: argparse.Namespace) -> int:
    from meguri.law.making.effects import effects
    from meguri.law.making.paper import sentences

    try:
        told = effects(_read(args.draft))
    except TableError as error:
        return _wrong(Refused(Problem("{text}", "/with", "draft", {"text": str(error)})), args.json)
    except MeguriError as error:
        return _wrong(error, args.json)
    if args.json:
        out = msgspec.to_builtins(told)
        out["duties"] = [{**row, "words": duty.words.en} for row, duty in zip(out["duties"], told.duties, strict=True)]
        print(json.dumps(out, ensure_ascii=False))
        return 0
    for words in sentences(told):
        print(words)
    for flow in told.flows:
        counted = Words("{stream}: closed {closed}, opened {opened}, answered otherwise {otherwise}")
        print(
            counted.format(
                stream=tables.streams()[flow.stream].name,
                closed=flow.closed,
                opened=flow.opened,
                otherwise=flow.otherwise,
            )
        )
    return 0


def _paper(args: argparse.Namespace) -> int:
    from meguri.law.making.paper import pdf

    try:
        args.out.write_bytes(pdf(_read(args.draft), args.lang or active()))
    except TableError as error:
        return _wrong(Refused(Problem("{text}", "/with", "draft", {"text": str(error)})))
    except OSError as error:
        return _wrong(
            refuse(N_("“{path}” cannot be written: {error}."), "/out", "file", path=str(args.out), error=error)
        )
    except MeguriError as error:
        return _wrong(error)
    print(args.out)
    return 0
