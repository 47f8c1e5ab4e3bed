"""The record itself: time passes, a checkpoint is kept, the journal is held against it, a link is shared."""

from __future__ import annotations

from django.http import HttpRequest

from meguri.consent import services as consent
from meguri.journal.log import verification
from meguri.journal.models import Checkpoint
from meguri.kit.problems import N_, Conflict, Problem
from meguri.kit.web.signing_in import share
from meguri.kit.words import Words
from meguri.play.stage import StoryStage
from meguri.play.step import StepResult, StoryStep


class ClockStep(StoryStep, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="clock"):
    """Time passes to the instant of the step, and what silence has brought by then is said."""

    def perform(self, stage: StoryStage) -> StepResult:
        """Let the clock say it."""
        said = consent.lapse(stage.at)
        return StepResult({"said": said})


class KeepStep(StoryStep, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="checkpoint"):
    """Somebody keeps a checkpoint of the journal, to hold it against the journal later."""

    def perform(self, stage: StoryStage) -> StepResult:
        """Keep the newest."""
        newest = Checkpoint.objects.order_by("-size").first()
        if newest is None:
            raise Conflict(Problem(N_("Nothing is sealed yet."), "", "unsealed"))
        return StepResult({"checkpoint": newest.note}, "/journal/")


class AuditStep(StoryStep, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="audit"):
    """The journal is verified against a checkpoint that was kept."""

    against: str

    def perform(self, stage: StoryStage) -> StepResult:
        """Verify it."""
        report = verification.verify(against=stage.thing(self.against, "checkpoint", "/against"))
        if not report.intact:
            raise Conflict(Problem(N_("The journal does not agree with the checkpoint that was kept."), "", "journal"))
        return StepResult({"acts": report.acts}, "/journal/", Words("{count} acts, intact").format(count=report.acts))


class ShareStep(StoryStep, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="share"):
    """A link is made with which anyone can follow a lot."""

    lot: str
    days: int = 366

    def perform(self, stage: StoryStage) -> StepResult:
        """Make it."""
        lot = stage.lot(self.lot)
        link = share.make("trace", f"lot:{lot}", HttpRequest(), self.days)
        return StepResult({"share": link.token, "lots": {"shared": lot}}, f"/share/{link.token}")


VERBS = (ClockStep, KeepStep, AuditStep, ShareStep)
