"""A story played on the record, and all that the record then holds and answers, written so that two playings are alike.

``python tests/told_story.py`` plays it and writes ``told_story.json`` anew, a line for each thing that is held or
answered; look at what has changed before keeping it.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

STORY = Path(__file__).with_name("kept") / "every_kind.toml"
KEPT = Path(__file__).with_suffix(".json")
NAMED = re.compile(r"\b[0-9a-f]{64}\b|\b[0-9a-f]{32}\b|\b[0-9a-f]{16}\b|(?<![\w-])[\w-]{43}(?![\w-])")
"""Ids of acts and other digests, salts, what a document shows of an act's, and ids of keys."""
LAW = ("verdict", "decision")
"""What the law answered is the law's to test."""
TABLES = ("journal_lies", "journal_reads", "journal_edge")
BEFORE_CASES = ("admit", "close", "suspend", "resume", "collect", "correct", "dismantle", "pack")
"""After these steps nobody waits for anything new."""


@contextlib.contextmanager
def counted_names() -> Iterator[None]:
    """New things are called by their number, not by lot: what is ordered by name is ordered alike each time."""
    from meguri.kit import ids

    before, count = ids.new, 0

    def new() -> str:
        nonlocal count
        count += 1
        return f"{count:016d}"

    ids.new = new
    try:
        yield
    finally:
        ids.new = before


class Alike:
    """Calls acts by their number, keys by their owner and other digests by the order in which they come."""

    def __init__(self) -> None:
        from meguri.journal.models import ActRow, Key

        self.names: dict[str, str] = {}
        first: dict[str, int] = {}
        for act, number, key in ActRow.objects.order_by("number").values_list("act_id", "number", "key"):
            self.names[act] = self.names[act[:16]] = f"act {number}"
            first.setdefault(key, number)
        owners: dict[str, int] = {}
        for key, owner in sorted(Key.objects.values_list("id", "owner"), key=lambda row: first.get(row[0], 0)):
            owners[owner] = owners.get(owner, 0) + 1
            self.names[key] = f"key {owners[owner]} of {owner}"
        self.digests: dict[str, str] = {}

    def text(self, text: str) -> str:
        """A text with other names for what differs from one playing to the next."""

        def named(found: re.Match[str]) -> str:
            word = found[0]
            if word in self.names or len(word) not in (64, 32):
                return self.names.get(word, word)
            return self.digests.setdefault(word, f"digest {len(self.digests) + 1}")

        return NAMED.sub(named, text)

    def line(self, name: str, value: Any) -> str:
        """One line of the file."""
        return self.text(json.dumps([name, plain(value)], ensure_ascii=False, sort_keys=True, default=written))


def written(value: Any) -> Any:
    """What JSON has no word for."""
    import msgspec

    if dataclasses.is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, msgspec.Struct):
        return plain(msgspec.to_builtins(value, str_keys=True, enc_hook=str))
    return sorted(value) if isinstance(value, set | frozenset) else str(value)


def plain(value: Any) -> Any:
    """A value without what the law answered, and without fields that say nothing."""
    if isinstance(value, dict):
        kept = {key: plain(part) for key, part in value.items() if key not in LAW or not isinstance(part, dict)}
        return {key: part for key, part in kept.items() if part not in ("", None, [], {})}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    return value


def acts(alike: Alike) -> Iterator[tuple[str, Any]]:
    """What was said."""
    from meguri.journal import services
    from meguri.journal.models import ActRow

    for entry in services.entries(ActRow.objects.order_by("number")):
        act = entry.act
        body = act.body if not act.kind.startswith("journal.") else sorted(act.body)
        subjects = sorted(alike.text(subject) for subject in act.subjects)
        said = [
            act.kind,
            act.version,
            act.actor,
            act.key,
            act.claimed,
            act.legal,
            str(entry.recorded),
            sorted(act.private),
        ]
        yield f"act {entry.number}", [*said, subjects, body]


def rows(alike: Alike) -> Iterator[tuple[str, Any]]:
    """What is kept of each subject: its columns and its state."""
    from meguri.journal.projections import books

    for book in books.books():
        if book.prefix not in ("key", "journal"):
            for row in sorted(book.model._default_manager.values(), key=lambda row: alike.text(str(row["id"]))):
                yield f"{book.prefix}:{row.pop('id')}", row


def relations(alike: Alike) -> Iterator[tuple[str, Any]]:
    """Who sees what, what leads where, and what adds up."""
    from django.db import connection

    from meguri.journal.projections import sums

    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT * FROM {table}")
            names = [column[0] for column in cursor.description]
            found: dict[str, list[Any]] = {}
            for row in cursor.fetchall():
                held = dict(zip(names, row, strict=True))
                by = alike.text(held.pop("by"))
                found.setdefault(by, []).append([alike.text(str(held[name])) for name in sorted(held)])
            for by in sorted(found):
                yield f"{table} by {by}", sorted(found[by])
    from meguri.custody.balance import accounts

    yield "sums", sorted((" ".join(account), amount) for account, amount in sums.totals(accounts.ACCOUNTS).items())


def waits(stage: Any, before: dict[str, Any], when: str) -> Iterator[tuple[str, Any]]:
    """What waits for everybody at a moment, where that is not what waited `before`."""
    from types import SimpleNamespace

    from meguri.consent.case import tasks as consent
    from meguri.custody.answers import home_page
    from meguri.movement import tasks as movement

    for name in sorted(stage.organisations):
        who = stage.who(name)
        found: list[Any] = [
            [
                task.case,
                task.track.key,
                str(task.due and task.due.due_at),
                [[o.row.transition, o.fields, o.next, o.closed and o.closed.code] for o in task.offers],
            ]
            for task in consent.waiting_for(who, stage.at)
        ]
        found += [
            [task.what, task.number, task.case, task.movement, task.transitions, task.closed and task.closed.code]
            for task in movement.waiting_for(who, stage.at)
        ]
        found += [
            [w.title.en, w.consequence.en, getattr(w.ground, "en", w.ground), w.url]
            for w in home_page.waiting(SimpleNamespace(organisation=who))
        ]
        if found != before.get(name, []):
            before[name] = found
            yield f"after {when} waits for {name}", found


def traces() -> Iterator[tuple[str, Any]]:
    """Where each lot came from and what became of it."""
    from meguri.custody import models
    from meguri.custody.trace import journeys, walk

    for lot in sorted(models.Lot.objects.values_list("id", flat=True)):
        for down in (False, True):
            found = walk.find(lot, down)
            yield f"{lot} {'down' if down else 'up'}", [found.trace, sorted(found.events), journeys.legs(found)]
        yield f"{lot} comes from", walk.origin_shares(lot)


def answers(stage: Any) -> Iterator[tuple[str, Any]]:
    """What the rooms say when they are asked."""
    from types import SimpleNamespace

    from meguri.consent import models as cases
    from meguri.consent.case import permission, record, standing
    from meguri.consent.tracks import open_steps
    from meguri.custody import models as custody
    from meguri.custody.answers import draft_laws
    from meguri.custody.answers.lots import LotAnswers
    from meguri.custody.balance import totals
    from meguri.journal import services as journal
    from meguri.journal.projections.relations import newest
    from meguri.movement import services as movement
    from meguri.movement.models import Movement

    yield "balance", totals.standing()
    yield from traces()
    lots = sorted(custody.Lot.objects.values_list("id", flat=True))
    yield "held, to ask of a draft of law", [question.case_id for question in draft_laws.held(stage.at.date())]
    lot_answers = LotAnswers()
    movements = sorted(Movement.objects.values_list("id", flat=True))
    for name in sorted(stage.organisations):
        who = stage.who(name)
        reader = SimpleNamespace(organisation=who)
        seen = {prefix: newest(who, prefix, 9) for prefix in ("lot", "case", "movement")}
        yield (
            f"{name} sees",
            [
                seen,
                sorted(custody.Lot.objects.visible_to(reader).values_list("id", flat=True)),
                sorted(cases.Case.objects.visible_to(reader).values_list("id", flat=True)),
                lot_answers.held(who, "circuit-boards", "MYS"),
                [lot_answers.recoveries(who, movement, lots) for movement in movements],
            ],
        )
        for case in record.cases(sorted(cases.Case.objects.values_list("id", flat=True))):
            offers = open_steps.offers(case, who, stage.at)
            if offers:
                yield f"{name} may on {case.id}", [[o.track.key, o.row.transition, o.fields, o.next] for o in offers]
    for case in record.cases(sorted(cases.Case.objects.values_list("id", flat=True))):
        stand = standing.of(case, stage.at)
        day = stage.at.date()
        found = [*permission.consents(case, case.tracks, stage.at), *permission.dates(case, case.tracks, day, "/on")]
        yield (
            f"{case.id} stands",
            [
                stand.word,
                [track.key for track in (*stand.missing, *stand.refused)],
                [[problem.code, problem.say("en")] for problem in found],
            ],
        )
    for id in sorted(Movement.objects.values_list("id", flat=True)):
        document = movement.document(id)
        yield f"document of {id}", [
            document.number, document.serial, document.on, document.status.en,
            [[lot.lot, lot.sent, lot.received, lot.outcome.en] for lot in document.bags],
        ]  # fmt: skip
        for block in document.blocks:
            yield f"block {block.id} of {id}", [[field.label.en, field.value.en] for field in block.fields]
        yield f"history of {id}", [[entry.number, entry.act.kind] for entry in journal.history(f"movement:{id}")]


def told() -> list[str]:
    """Play the story on this record; everything that follows, line by line."""
    from meguri.journal import services as journal
    from meguri.kit import clock
    from meguri.play import performance, story
    from meguri.play.stage import StoryStage

    moments: list[tuple[str, Any]] = []
    waiting: dict[str, Any] = {}
    whole = story.load(STORY)
    stage = StoryStage(performance.moment(whole.steps[0], clock.now()) - performance.BEFORE)
    player = performance.Player(stage)
    with counted_names():
        with clock.running(lambda: stage.at):
            journal.ensure_node()
        player.admit(whole)
        for n, step in enumerate(whole.steps, start=1):
            if step.expect == "refused":
                # PostgreSQL has given its number away for good, SQLite gives it again.
                continue
            player.play(n, step)
            if step.do not in BEFORE_CASES:
                moments.extend(waits(stage, waiting, f"{n} {step.do}"))
    with clock.running(lambda: stage.at):
        alike = Alike()
        found = [*acts(alike), *rows(alike), *relations(alike), *moments, *answers(stage)]
        return [alike.line(name, value) for name, value in found]


def write() -> None:
    """Play it and keep what follows."""
    from meguri.play.commands import temporary

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "meguri.portal.settings")
    with temporary():
        from meguri.kit.running.starting import start

        start()
        from meguri.portal import preparing

        preparing.bring_up_to_date()
        lines = told()
    KEPT.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(write())
