"""Who is there: admitting and closing organisations, their facilities and licences."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from meguri.journal import services as journal
from meguri.journal import wording
from meguri.kit.problems import N_, refuse
from meguri.play.stage import NODE, OPERATOR, StoryStage, day, grams, names
from meguri.play.step import PageForm, StepResult, StoryStep
from meguri.play.written import Day, Kg, Name
from meguri.registry import services as registry
from meguri.registry.states import Per, Scope

LICENCE_LIFE = timedelta(days=5 * 365)
"""How long a licence of a story holds where it does not say: Japan's certificates hold for five years."""


class AdmitStep(StoryStep, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="admit"):
    """The operator admits an organisation under the name it has in the story; an authority by the law's own slug."""

    organisation: str
    name: Name = ""
    economy: str = ""
    roles: tuple[str, ...] = ()
    authority: str = ""

    def perform(self, stage: StoryStage) -> StepResult:
        """Admit it, unless it is on record already."""
        if self.authority:
            stage.organisations[self.organisation] = registry.admit_authorities([self.authority], claimed=stage.at)[0]
        else:
            actor = NODE if not self.by else stage.who(self.by)
            stage.organisations[self.organisation] = registry.admit(
                self.organisation,
                names(self.name, self.organisation),
                self.economy,
                self.roles,
                actor=actor,
                claimed=stage.at,
            )
        who = stage.organisations[self.organisation]
        return StepResult({"organisation": who.partition(":")[2]}, f"/organisations/{who.partition(':')[2]}")

    def form(self, stage: StoryStage) -> PageForm:
        """The administrator's page."""
        slug = self.authority or self.organisation
        stage.organisations[self.organisation] = f"organisation:{slug}"
        if self.authority:
            return PageForm("/people", {"authority": self.authority}, "/people/authorities")
        fields: dict[str, str | list[str]] = {
            "body-organisation": self.organisation,
            "body-economy": self.economy,
            "roles": list(self.roles),
            **{f"body-names-{code}": name for code, name in names(self.name, self.organisation).items()},
        }
        return PageForm("/people", fields, "/people/organisations")


class CloseStep(StoryStep, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="close"):
    """An organisation ends its part; said by itself, or by the operator."""

    organisation: str = ""
    reason: str = ""

    def perform(self, stage: StoryStage) -> StepResult:
        """Close it."""
        actor = stage.who(self.by)
        who = stage.who(self.organisation, "/organisation") if self.organisation else actor
        registry.close(who, self.reason, actor=actor, claimed=stage.at)
        return StepResult(url=f"/organisations/{who.partition(':')[2]}")


class FacilityStep(StoryStep, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="facility"):
    """A facility is put on record, by its organisation or the operator; degrees WGS 84, port by UN/LOCODE."""

    facility: str
    organisation: str = ""
    name: Name = ""
    economy: str
    lat: float
    lon: float
    port: str = ""
    operations: tuple[str, ...] = ()

    def perform(self, stage: StoryStage) -> StepResult:
        """Put it on record under the name that it has in the story."""
        actor = stage.who(self.by or OPERATOR)
        owner = stage.who(self.organisation, "/organisation") if self.organisation else actor
        stage.facilities[self.facility] = registry.site(
            owner,
            names(self.name, self.facility),
            self.economy,
            self.lat,
            self.lon,
            facility=self.facility,
            port=self.port,
            operations=self.operations,
            actor=actor,
            claimed=stage.at,
        )
        return StepResult({"facility": stage.facilities[self.facility]}, f"/organisations/{owner.partition(':')[2]}")


class LicenceStep(StoryStep, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="licence"):
    """A licence of an organisation or facility is granted, or taken down; `issued_by` is an authority's slug.

    It holds from the instant of the step for five years where no days are given. With `kg` its quantity is limited, in
    each `per` (``day``, ``month``, ``year`` or ``term``).
    """

    licence: str
    holder: str
    kind: str
    number: str = ""
    since: Day = ""
    until: Day = ""
    issued_by: str = ""
    kg: Kg = ""
    per: Per = "year"

    def perform(self, stage: StoryStage) -> StepResult:
        """Grant it."""
        facility = stage.facilities.get(self.holder)
        holder = f"facility:{facility}" if facility else stage.who(self.holder, "/holder")
        since = _start(self.since, "/since") if self.since else stage.at
        stage.licences[self.licence] = registry.grant(
            holder,
            self.kind,
            self.number or self.licence,
            since,
            _start(self.until, "/until") + timedelta(days=1) if self.until else since + LICENCE_LIFE,
            licence=self.licence,
            issued_by=self.issued_by,
            scope=Scope(grams=grams(self.kg, "/kg"), per=self.per) if self.kg else None,
            actor=stage.who(self.by or OPERATOR),
            claimed=stage.at,
        )
        return StepResult({"licence": stage.licences[self.licence]})


class SuspendStep(StoryStep, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="suspend"):
    """A licence is suspended, by the authority that issued it or the operator."""

    licence: str
    reason: str

    def perform(self, stage: StoryStage) -> StepResult:
        """Suspend it."""
        return _suspend(self, stage, True)


class ResumeStep(StoryStep, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="resume"):
    """A suspended licence is free again."""

    licence: str
    reason: str

    def perform(self, stage: StoryStage) -> StepResult:
        """Lift the suspension."""
        return _suspend(self, stage, False)


def _suspend(step: SuspendStep | ResumeStep, stage: StoryStage, suspended: bool) -> StepResult:
    licence = stage.licence(step.licence)
    actor = stage.who(step.by or OPERATOR)
    registry.suspend(licence, step.reason, suspended=suspended, actor=actor, claimed=stage.at)
    return StepResult({"licence": licence})


class DelegateStep(StoryStep, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="delegate"):
    """An organisation lets another act for it in these kinds of act (all that can be, where none are named), until the
    end of a day.
    """

    to: str
    until: Day
    kinds: tuple[str, ...] = ()
    since: Day = ""
    text: str = ""

    def perform(self, stage: StoryStage) -> StepResult:
        """Let it."""
        made = journal.delegate(
            stage.who(self.by),
            stage.who(self.to, "/to"),
            self.kinds or wording.delegable(),
            _start(self.until, "/until") + timedelta(days=1),
            since=_start(self.since, "/since") if self.since else None,
            text=self.text,
            claimed=stage.at,
        )
        return StepResult({"delegation": made}, f"/registry/delegations/{made}")

    def form(self, stage: StoryStage) -> PageForm:
        """The organisation's own page."""
        fields: dict[str, str | list[str]] = {
            "to": stage.who(self.to, "/to"),
            "kinds": list(self.kinds or wording.delegable()),
            "until": str(self.until),
            "since": str(self.since),
            "text": self.text,
        }
        return PageForm("/registry/delegations/new", fields)


class EndDelegationStep(StoryStep, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="end-delegation"):
    """Who gave a delegation withdraws it, or who has it gives it back."""

    delegation: str
    reason: str = ""

    def perform(self, stage: StoryStage) -> StepResult:
        """End it."""
        named = stage.thing(self.delegation, "delegation", "/delegation")
        journal.end_delegation(stage.who(self.by), named, self.reason, claimed=stage.at)
        return StepResult({"delegation": named}, f"/registry/delegations/{named}")

    def form(self, stage: StoryStage) -> PageForm:
        """Its page."""
        url = f"/registry/delegations/{stage.thing(self.delegation, 'delegation', '/delegation')}"
        return PageForm(url, {"reason": self.reason}, f"{url}/end")


def _start(written: Day, pointer: str) -> datetime:
    found = day(written, pointer)
    if not 1900 <= found.year <= 2200:
        raise refuse(N_("Write a year from 1900 to 2200."), pointer, "date")
    return datetime(found.year, found.month, found.day, tzinfo=UTC)


VERBS = (AdmitStep, CloseStep, FacilityStep, LicenceStep, SuspendStep, ResumeStep, DelegateStep, EndDelegationStep)
