"""Playing a story on a record: each step through its door, at its instant; a refusal is told and the story goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from django.db import transaction

from meguri.custody import services as custody
from meguri.journal import services as journal
from meguri.journal.act import Entry
from meguri.journal.models import ActRow
from meguri.kit import catalogues, clock
from meguri.kit.problems import MeguriError, Problem
from meguri.play.doors import OwnKey, Pages
from meguri.play.stage import NODE, StoryStage
from meguri.play.step import NotYet, StepResult, StoryStep, moment
from meguri.play.story import Story
from meguri.play.verbs import movement as movement_verbs

BEGINNING = datetime.min.replace(tzinfo=UTC)
BEFORE = timedelta(days=1)
"""Who is there is admitted so long before the first step."""


class Played(msgspec.Struct, frozen=True, kw_only=True):
    """How one step went. `must_agree` are those of the story who have to agree to a weighing that stands open;
    `expected` whether it came as the story says, None where it says nothing.
    """

    n: int
    do: str
    as_: str
    done: bool
    at: datetime
    refused: Problem | None = None
    made: StepResult = StepResult()
    must_agree: tuple[str, ...] = ()
    expected: bool | None = None

    def to_json(self) -> dict[str, Any]:
        """One entry of ``steps``."""
        refused = self.refused
        return {
            "n": self.n,
            "do": self.do,
            "as": self.as_,
            "done": self.done,
            "refused": refused
            and {"code": refused.code, "pointer": refused.pointer, "detail": refused.say(catalogues.SOURCE)},
            "ids": self.made.ids,
            "must_agree": list(self.must_agree),
            "expected": self.expected,
        }


@dataclass
class Player:
    """Plays steps one after another. With `keeps_time` the record's clock follows the story, else the machine's."""

    stage: StoryStage
    keeps_time: bool = True
    pages: Pages = field(default_factory=Pages)
    held: OwnKey = field(default_factory=OwnKey)
    recorded: datetime = BEGINNING

    def admit(self, story: Story) -> None:
        """Put on record who is there, unless they are already. Raises what the record refuses."""
        for step in story.cast:
            if step.only_if:
                with self._clock(self.stage.at):
                    _known_or(step, self.stage)

    def play(self, n: int, step: StoryStep) -> Played:
        """One step, whole or not at all."""
        try:
            # What is told late is claimed when it happened, and recorded when the story has come to.
            at = self.stage.at = moment(step, self.stage.at)
            self.recorded = max(self.recorded, at)
            with self._clock(self.recorded), journal.told_late(step.late):
                made = self._say(step)
        except MeguriError as error:
            found = error.problems[0] if error.problems else Problem(error.title, "", type(error).__name__.lower())
            return Played(
                n=n,
                do=step.do,
                as_=step.as_,
                done=False,
                at=self.stage.at,
                refused=found,
                expected=step.expect in ("refused", f"refused:{found.code}") if step.expect else None,
            )
        if step.as_:
            self.stage.things[step.as_] = made.ids
        met = step.expect == "done" if step.expect else None
        return Played(
            n=n, do=step.do, as_=step.as_, done=True, at=at, made=made, must_agree=self._agree(step, made), expected=met
        )

    def _clock(self, at: datetime) -> Any:
        return clock.running((lambda: at) if self.keeps_time else None)

    def _say(self, step: StoryStep) -> StepResult:
        before = ActRow.objects.order_by("-number").values_list("number", flat=True).first() or 0
        speaker = self.stage.who(step.through, "/through") if step.through else ""
        if step.door == "page":
            form = step.form(self.stage)
            url = self.pages.fill(self.stage.who(step.by) if step.by else NODE, form, speaker)
            return _with(self._made_since(before), url)
        held = self.held if step.door == "api" else None
        with transaction.atomic(), journal.through(held), journal.spoken_by(speaker):
            made = step.perform(self.stage) or StepResult()
        found = self._made_since(before)
        return msgspec.structs.replace(made, ids={**found.ids, **made.ids})

    def _made_since(self, before: int) -> StepResult:
        ids: dict[str, Any] = {}
        rows = ActRow.objects.filter(number__gt=before).order_by("number")
        for entry in journal.entries(rows):
            for name, value in made_by(entry).items():
                ids[name] = {**ids[name], **value} if isinstance(value, dict) and name in ids else value
            ids.setdefault("acts", []).append(entry.id)
        return StepResult(ids)

    def _agree(self, step: StoryStep, made: StepResult) -> tuple[str, ...]:
        """Who else weighed what stands open after a receipt."""
        if not isinstance(step, movement_verbs.ReceiveStep | movement_verbs.RefuseStep):
            return ()
        lots = [*made.ids.get("lots", {}).values(), *made.ids.get("refused", ())]
        left = custody.lots(list(custody.still_open(lots)))
        return tuple(dict.fromkeys(self.stage.named(state.counterparty) for state in left.values()))


def _with(made: StepResult, url: str) -> StepResult:
    return msgspec.structs.replace(made, url=url)


def _known_or(step: StoryStep, stage: StoryStage) -> None:
    """Perform a step of the cast, unless what it admits is on record already: then only its name is learned."""
    from meguri.play.verbs import registry as verbs
    from meguri.registry import models

    if isinstance(step, verbs.AdmitStep):
        slug = step.authority or step.organisation
        if models.Organisation.objects.filter(id=slug).exists():
            stage.organisations[step.organisation] = f"organisation:{slug}"
            return
    elif isinstance(step, verbs.FacilityStep) and models.Facility.objects.filter(id=step.facility).exists():
        stage.facilities[step.facility] = step.facility
        return
    elif isinstance(step, verbs.LicenceStep) and models.Licence.objects.filter(id=step.licence).exists():
        stage.licences[step.licence] = step.licence
        return
    step.perform(stage)


def made_by(entry: Entry) -> dict[str, Any]:
    """What an act has made, by its kind: read from its body, the same whatever door it came by."""
    body, kind = entry.act.body, entry.act.kind
    if kind == "custody.collect":
        return {"event": body["event"], "lots": {body["stream"]: body["lot"]}}
    if kind == "custody.transform":
        return {"event": body["event"], "lots": _outputs(body)}
    if kind == "custody.sample":
        return {"sample": body["sample"]}
    if kind == "consent.notify":
        return {"case": body["case"]}
    if kind == "movement.plan":
        case = body["permission"]["case"]
        return {"movement": body["movement"], **({"case": case} if case else {})}
    if kind in ("movement.receive", "custody.receive", "movement.take_back"):
        taken = [bag.get("becomes") or bag["lot"] for bag in body["bags"] if bag["accepted"]]
        refused = [bag["lot"] for bag in body["bags"] if not bag["accepted"]]
        lots = {str(n): lot for n, lot in enumerate(taken, start=1)}
        return {"event": body["event"], "lots": lots, "refused": refused}
    if kind == "consent.hold":
        return {"hold": body["hold"], "case": body["case"]}
    names = ("event", "certificate", "organisation", "facility", "licence", "delegation")
    return {name: body[name] for name in names if isinstance(body.get(name), str) and body[name]}


def _outputs(body: dict[str, Any]) -> dict[str, str]:
    """The lots of a transformation: bags by their number, others by stream, metals by element too."""
    if body["step"] == "packing":
        return {str(n): part["lot"] for n, part in enumerate(body["outputs"], start=1)}
    found = {part["stream"]: part["lot"] for part in body["outputs"]}
    metals = {stream.partition(":")[2]: lot for stream, lot in found.items() if stream.startswith("element:")}
    return {**found, **metals}


def play(
    story: Story, say: Callable[[Played, StoryStep], None], *, keeps_time: bool = True
) -> tuple[StoryStage, list[Played]]:
    """The whole story on this record. Steps that are refused are told; the story goes on.

    Raises what the record refuses of its cast.
    """
    first = moment(story.steps[0], clock.now())
    player = Player(StoryStage((first - BEFORE) if keeps_time else clock.now()), keeps_time)
    with player._clock(player.stage.at):
        journal.ensure_node()
    player.admit(story)
    told: list[Played] = []
    for n, step in enumerate(story.steps, start=1):
        if not step.only_if:
            continue
        played = player.play(n, step)
        told.append(played)
        say(played, step)
        with player._clock(player.recorded):
            journal.seal()
    return player.stage, told


__all__ = ["NotYet", "Played", "Player", "made_by", "moment", "play"]
