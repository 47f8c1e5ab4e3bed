"""``meguri trace LOT`` and ``meguri balance``."""

from __future__ import annotations

import argparse
import json
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from typing import Any

from meguri.custody.balance.ledger import AnswerLine, Balance
from meguri.custody.balance.published import FEWEST, PublicBalance
from meguri.custody.balance.wording import SAID, SEEN, YES_NO, sentence
from meguri.custody.reconciliation import commands as reconciliation
from meguri.custody.vocabulary import findings
from meguri.kit import benches
from meguri.kit.grams import to_kg
from meguri.kit.language.speaking import add_language
from meguri.kit.problems import N_, refuse
from meguri.kit.running.starting import start
from meguri.kit.words import Words
from meguri.law import Question, laboratory

# What a part of a trace is, by its code.
KINDS = {
    "source": Words("source", context="balance"),
    "stock": Words("stock", context="balance"),
    "loss": Words("loss", context="balance"),
    "difference": Words("difference", context="balance"),
}


def register(subparsers: Any) -> None:
    """Add the commands of this room, and what it holds to the law laboratory."""
    laboratory.offer("custody", _held)
    trace = subparsers.add_parser(
        "trace",
        help="where a lot comes from, or what became of it",
        description="Follow a lot back to the lots that were collected, or (--down) forward to metal, stock and loss.",
    )
    trace.add_argument("lot", metavar="LOT", help="the lot's id")
    trace.add_argument("--down", action="store_true", help="forward, to what became of it")
    trace.add_argument("--json", action="store_true", help="print one JSON object; masses in grams")
    add_language(trace)
    trace.set_defaults(run=run_trace)
    balance = subparsers.add_parser(
        "balance",
        help="does it add up, to the gram",
        description="Add up all events and compare with the lots. Exit status 1 where anything does not close.",
    )
    balance.add_argument("--json", action="store_true", help="print one JSON object; masses in grams")
    add_language(balance)
    balance.add_argument("--fast", action="store_true", help="read the sums that are kept, instead of adding up anew")
    balance.set_defaults(run=run_balance)
    reconciliation.register(subparsers, opened_record)
    benches.add(
        "custody", "a lot drawn from many times; the public balance beside adding up the record", _bench, _configure
    )


def _configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--draws", type=int, default=100_000, help="how often the lot is drawn from (default 100,000)")
    parser.add_argument("--adversary", action="store_true", help="tell hostile histories and plant frauds instead")
    parser.add_argument("--histories", type=int, default=1_000_000, help="how many (default 1,000,000)")
    parser.add_argument("--seed", type=int, default=0, help="the first history's seed, and that of the frauds")
    parser.add_argument("--times", type=int, default=10, help="how often each kind of fraud is planted (default 10)")


def _bench(arguments: argparse.Namespace) -> int:
    if arguments.adversary:
        from meguri.custody.adversary import running

        for name in ("histories", "times"):
            if getattr(arguments, name) < 1:
                raise refuse(N_("Tell at least one."), f"/{name}", name)
        return running.run(arguments.histories, arguments.seed, arguments.times, arguments.json)
    from meguri.custody import bench

    return bench.run(arguments.draws, arguments.json)


@contextmanager
def opened_record() -> Iterator[None]:
    """Start Django, and say in a sentence where there is no record to read."""
    from django.db.utils import OperationalError, ProgrammingError

    start()
    try:
        yield
    except (OperationalError, ProgrammingError) as error:
        raise refuse(
            N_("The record cannot be read ({why}). Run meguri setup first, or check MEGURI_DATABASE_URL."),
            "",
            "database",
            why=str(error).splitlines()[0],
        ) from None


def _held(on: date) -> Sequence[Question]:
    with opened_record():
        from meguri.custody.answers import draft_laws

        return draft_laws.held(on)


def run_trace(arguments: argparse.Namespace) -> int:
    """Print a trace."""
    with opened_record():
        from meguri.custody.trace import walk

        found = walk.find(arguments.lot.removeprefix("lot:"), arguments.down)
        told = as_json(found)
    if arguments.json:
        print(json.dumps(told, ensure_ascii=False))
        return 0
    _tell_trace(found, told)
    return 0


def _tell_trace(found: Any, told: dict[str, Any]) -> None:
    asked = found.lots[found.trace.lot]
    print(f"{found.trace.lot}  {asked.stream}  {to_kg(found.trace.grams)} kg")
    for node in found.trace.nodes:
        print(f"{'  ' * node.level}{node.lot}  {node.stream}  {to_kg(node.grams)} kg  {100 * node.share:.4f} %")
    print(Words("What became of it:") if found.trace.down else Words("Where it comes from:"))
    for share in told["shares"]:
        what = share["lot"] or share["event"]
        who = share.get("organisation", "")
        kind = _left(KINDS[share["kind"]], 10)
        print(f"  {kind} {what}  {to_kg(share['grams'])} kg  {100 * share['share']:.4f} %  {who}")


def _wide(text: str) -> int:
    """How many columns of a terminal a text takes: East Asian letters take two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def _left(said: Words, width: int) -> str:
    return said.say() + " " * (width - _wide(said.say()))


def _right(said: Words, width: int) -> str:
    return " " * (width - _wide(said.say())) + said.say()


def as_json(found: Any, names_hidden: bool = False) -> dict[str, Any]:
    """A trace as one object: nodes, edges, shares (source lots with who took them in), legs. Masses in grams.

    With `names_hidden`, organisations and facilities are left out: only economies and roles are shown.
    """
    from meguri.custody import record
    from meguri.custody.trace import journeys

    known = record.events({node.made_by for node in found.trace.nodes})
    nodes = []
    for node in found.trace.nodes:
        event = known[node.made_by]
        row = {
            "lot": node.lot,
            "stream": node.stream,
            "grams": node.grams,
            "share": node.share,
            "share_g": node.share_g,
            "level": node.level,
            "economy": node.origin,
            "step": event.step,
            "at": event.at.isoformat(),
        }
        nodes.append(row if names_hidden else row | {"organisation": event.actor, "facility": event.facility})
    shares = []
    for share in found.trace.shares:
        row = {"kind": share.kind, "lot": share.lot, "event": share.event, "share": share.share, "grams": share.grams}
        if share.lot:
            row["stream"] = found.lots[share.lot].stream
            row["economy"] = found.lots[share.lot].origin
            if not names_hidden:
                row["organisation"] = known[found.lots[share.lot].made_by].actor
        shares.append(row)
    told = {
        "lot": found.trace.lot,
        "stream": found.lots[found.trace.lot].stream,
        "down": found.trace.down,
        "grams": found.trace.grams,
        "nodes": nodes,
        "edges": [
            {"source": e.source, "target": e.target, "grams": e.grams, "event": e.event} for e in found.trace.edges
        ],
        "shares": shares,
    }
    if not names_hidden:
        told["legs"] = [
            {"lots": list(leg.lots), "from": leg.from_facility, "to": leg.to_facility, "movement": leg.movement}
            for leg in journeys.legs(found)
        ]
    return told


def run_balance(arguments: argparse.Namespace) -> int:
    """Print the balance and its answers; 1 unless all that are asked of the record are yes."""
    with opened_record():
        from meguri.custody.balance import totals

        found = totals.standing() if arguments.fast else totals.balance()
    if arguments.json:
        print(json.dumps(balance_json(found), ensure_ascii=False))
    else:
        _tell_balance(found)
    return 0 if found.adds_up else 1


def _tell_answers(found: Balance) -> None:
    kinds = findings()
    for line in found.answers:
        print(f"{_left(SAID[line.answer], 30)}{_left(YES_NO[line.ok], 18)}")
        for one in line.failing:
            concerned = " ".join(filter(None, (one.lot, one.event, one.element)))
            print(f"  {kinds[one.why].words}: {concerned}" if concerned else f"  {kinds[one.why].words}")
            print(f"    {kinds[one.why].remedy}")
        if line.more:
            print(f"  {Words('… and {count} more').format(count=line.more)}")
    share = "-" if found.seen_share is None else f"{100 * found.seen_share:.1f} %"
    print(f"{_left(SEEN, 30)}{share}")


def _tell_balance(found: Balance) -> None:
    _tell_answers(found)
    print()
    for word, grams in (
        (Words("collected", context="balance"), found.collected_g),
        *([(Words("came from another node", context="balance"), found.came_g)] if found.came_g else []),
        (Words("weighing differences", context="balance"), found.difference_g),
        (Words("declared loss", context="balance"), found.loss_g),
        *([(Words("went to another node", context="balance"), found.went_g)] if found.went_g else []),
        (Words("in stock", context="balance"), found.stock_g),
        (Words("unaccounted", context="balance"), found.closure_g),
    ):
        print(f"{_left(word, 22)}{to_kg(grams):>18} kg")
    heads = (
        (Words("in", context="balance"), 16),
        (Words("out", context="balance"), 16),
        (Words("difference", context="balance"), 14),
        (Words("loss", context="balance"), 14),
        (Words("stock", context="balance"), 16),
        (Words("unaccounted", context="balance"), 14),
    )
    for title, lines in (
        (Words("Site", context="balance"), found.sites),
        (Words("Stream", context="balance"), found.streams),
    ):
        print(f"\n{_left(title, 28)}" + "".join(_right(head, width) for head, width in heads))
        for line in lines:
            cells = (line.in_g, line.out_g, line.difference_g, line.loss_g, line.stock_g, line.closure_g)
            print(f"{line.name:<28}" + "".join(f"{to_kg(c):>{w}}" for c, (_, w) in zip(cells, heads, strict=True)))
    if found.elements:
        element_heads = (
            (Words("contained (estimate)", context="balance"), 24),
            (Words("recovered", context="balance"), 18),
        )
        print(
            f"\n{_left(Words('Element', context='balance'), 10)}"
            + "".join(_right(head, width) for head, width in element_heads)
            + "  g"
        )
        for element in found.elements:
            print(f"{element.element:<10}{element.contained_g:>16.1f} ± {element.sd_g:<7.1f}{element.recovered_g:>16}")
    for wrong in found.wrong:
        print(
            Words("does not close: lot {lot}: events {events} kg at {place}, state {state} kg at {state_place}").format(
                lot=wrong.lot,
                events=to_kg(wrong.events_g),
                place=wrong.place or "-",
                state=to_kg(wrong.state_g),
                state_place=wrong.state_place or "-",
            )
        )
    if found.more_wrong:
        print(Words("… and {count} lots more").format(count=found.more_wrong))
    print(f"\n{sentence(found)}")


def answers_json(lines: Iterable[AnswerLine], share: float | None) -> dict[str, Any]:
    """The answers of a balance: `ok` is null where nothing is on record, `share` where nothing is in stock."""
    told: dict[str, Any] = {
        line.answer: {
            "ok": line.ok,
            "failing": [
                {"lot": one.lot, "event": one.event, "element": one.element, "why": one.why} for one in line.failing
            ],
            "more": line.more,
        }
        for line in lines
    }
    return told | {"seen": {"share": share}}


def balance_json(found: Balance) -> dict[str, Any]:
    """A balance as one object; masses in grams."""

    def line(row: Any) -> dict[str, Any]:
        return {
            "name": row.name,
            "in_g": row.in_g,
            "out_g": row.out_g,
            "difference_g": row.difference_g,
            "loss_g": row.loss_g,
            "stock_g": row.stock_g,
            "closure_g": row.closure_g,
        }

    return {
        "adds_up": found.adds_up,
        "empty": found.empty,
        "answers": answers_json(found.answers, found.seen_share),
        "closed": found.closed,
        "closure_g": found.closure_g,
        "collected_g": found.collected_g,
        "difference_g": found.difference_g,
        "loss_g": found.loss_g,
        "came_g": found.came_g,
        "went_g": found.went_g,
        "stock_g": found.stock_g,
        "sites": [line(row) for row in found.sites],
        "streams": [line(row) for row in found.streams],
        "elements": [
            {
                "element": row.element,
                "contained_g": row.contained_g,
                "sd_g": row.sd_g,
                "recovered_g": row.recovered_g,
                "stock_g": row.stock_g,
            }
            for row in found.elements
        ],
        "wrong": [
            {"lot": row.lot, "events_g": row.events_g, "state_g": row.state_g, "place": row.place}
            for row in found.wrong
        ],
        "more_wrong": found.more_wrong,
    }


def published_json(found: PublicBalance) -> dict[str, Any]:
    """What of a balance anyone may see, as one object; masses in grams, null where one is withheld."""
    return {
        "adds_up": found.adds_up,
        "empty": found.empty,
        "answers": answers_json(found.answers, found.seen_share),
        "closed": found.closed,
        "closure_g": found.closure_g,
        **{f"{what}_g": grams for what, grams in found.whole.items()},
        "streams": [asdict(line) for line in found.streams],
        "elements": [asdict(line) for line in found.elements],
        "more_wrong": found.wrong,
        "withheld": found.withheld,
        "shown_from": FEWEST,
    }
