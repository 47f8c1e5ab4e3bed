"""Frauds planted on a record that is thrown away, each by itself: refused, flagged, or seen by nobody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import msgspec
from django.db import transaction

from meguri.custody.adversary.frauds import FraudCount
from meguri.custody.balance import totals
from meguri.custody.balance.ledger import Failing
from meguri.journal import services as journal
from meguri.kit.files import reading
from meguri.kit.problems import N_, refuse
from meguri.play.performance import BEFORE, BEGINNING, Player
from meguri.play.stage import StoryStage
from meguri.play.step import moment
from meguri.play.story import parse

HERE = Path(__file__).parent
MASSES = frozenset({"kg", "loss_kg", "into", "masses", "bags", "found"})
"""Fields of steps that are masses, as far as they are written in kilograms."""
LARGEST = 9


class FraudKind(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A kind of fraud: what is done honestly before, and what is crooked; the rule it breaks, and where that is told.

    `refused_as` are the codes with which it may be refused: refused otherwise, the story is at fault.
    """

    kind: str
    words: str
    rule: str
    source: str
    confidence: str
    refused_as: tuple[str, ...] = ()
    honest: tuple[dict[str, Any], ...] = ()
    crooked: tuple[dict[str, Any], ...]


def kinds() -> dict[str, FraudKind]:
    """All kinds by their word, in the order of the files. TableError where one stands twice."""
    found: dict[str, FraudKind] = {}
    for path in sorted(HERE.glob("*.toml")):
        for row in reading.toml(path).get("fraud", ()):
            kind = msgspec.convert(row, FraudKind)
            if kind.kind in found:
                raise reading.TableError(f"{path.name}: {kind.kind} stands twice")
            found[kind.kind] = kind
    return found


def planted(seed: int, times: int) -> Iterator[FraudCount]:
    """Each kind so many times, in sizes that follow from the seed; what came of it. The record is as it was before."""
    chance = Random(seed)
    cast = reading.toml(HERE / "cast.toml")
    for kind in kinds().values():
        came = [once(kind, cast, chance.randint(1, LARGEST)) for _ in range(times)]
        yield FraudCount(kind.kind, kind.words, came.count("refused"), came.count("flagged"), came.count("unseen"))


def once(kind: FraudKind, cast: Mapping[str, Any], times: int) -> str:
    """One fraud, all its masses so many times what is written: ``refused``, ``flagged`` or ``unseen``.

    Refused where an honest step is not taken: then the story is at fault, not the fraud.
    """
    story = parse({**cast, "step": _scaled([*kind.honest, *kind.crooked], times)})
    with transaction.atomic():
        try:
            player = Player(StoryStage(moment(story.steps[0], BEGINNING) - BEFORE))
            with player._clock(player.stage.at):
                journal.ensure_node()
            player.admit(story)
            before: set[Failing] = set()
            for n, step in enumerate(story.steps):
                if n == len(kind.honest):
                    before = _against()
                played = player.play(n, step)
                if played.refused is None:
                    continue
                if n < len(kind.honest) or played.refused.code not in kind.refused_as:
                    what = f"{played.do} {played.refused.code}: {played.refused.say()}"
                    raise refuse(
                        N_("{kind} is refused for another cause: {what}"), "", "story", kind=kind.kind, what=what
                    )
                return "refused"
            return "flagged" if _against() - before else "unseen"
        finally:
            transaction.set_rollback(True)


def _against() -> set[Failing]:
    return {one for line in totals.balance().answers for one in line.failing}


def _scaled(steps: list[dict[str, Any]], times: int) -> list[dict[str, Any]]:
    return [{name: _times(value, times) if name in MASSES else value for name, value in step.items()} for step in steps]


def _times(value: Any, times: int) -> Any:
    if isinstance(value, str):
        return str(Decimal(value) * times)
    if isinstance(value, dict):
        return {name: _times(one, times) for name, one in value.items()}
    if isinstance(value, list):
        return [_times(one, times) for one in value]
    return value
