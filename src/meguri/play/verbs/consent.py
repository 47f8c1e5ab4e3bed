"""Permission to move: notifying, the authorities' steps, holds."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

from meguri import law, reference
from meguri.consent import services as consent
from meguri.consent.states import Scan
from meguri.consent.tracks import open_steps
from meguri.journal import services as journal
from meguri.kit.grams import plain_kg
from meguri.kit.problems import N_, Conflict, Problem, refuse
from meguri.kit.words import Words, plain
from meguri.play.stage import StoryStage, day, grams, whole_masses
from meguri.play.step import PageForm, StepResult, StoryStep, Unable
from meguri.play.verbs.law import Asking, query
from meguri.play.written import Day, Kg
from meguri.registry import services as registry

# What anybody does whose turn it is and whom the story does not name, in this order of preference.
GRANTING = ("check", "transmit", "apply", "acknowledge", "note", "consent", "approve", "acknowledge_consent")
USUAL_PERIOD = timedelta(days=300)


class NotifyStep(Asking, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="notify"):
    """The exporter notifies: opens a case on the verdict of its question.

    `asked` takes the question of an earlier step. Facts that licences on record prove are taken from there unless they
    are given; `via_ports` adds the economies of ports of call. The quantity is `kg`, or what is left of `lots`. The
    period begins on the day of the step. `on_paper` names, by authority that nobody has admitted, who enters its
    answers.
    """

    importer: str
    kg: Kg | None = None
    lots: tuple[str, ...] = ()
    asked: str = ""
    facility: str = ""
    operator: str = ""
    shipments: int = 1
    period_from: Day = ""
    period_to: Day = ""
    description: str = ""
    via_ports: tuple[str, ...] = ()
    admit_authorities: bool = False
    on_paper: dict[str, str] = {}

    def _total(self, stage: StoryStage) -> int:
        if self.kg is not None:
            return grams(self.kg, "/kg")
        return sum(whole_masses(stage.lots(self.lots)).values())

    def _verdict(self, stage: StoryStage) -> law.Verdict:
        if self.asked:
            given = stage.things.get(self.asked, {}).get("question")
            if given is None:
                raise refuse(N_("No step has made “{name}” before."), "/asked", "unknown-name", name=self.asked)
            question = law.Question.parse(**{**given, "operation": given["operation"] or None})
        else:
            proved = registry.certified_facts(self._importer(stage), self._facility(stage), stage.at)
            proved = {name: value for name, value in proved.items() if name not in self.facts}
            question = self.question(stage.today, **proved)
        if self.via_ports:
            ports = reference.ports()
            unknown = [code for code in self.via_ports if code not in ports]
            if unknown:
                raise refuse(N_("There is no port {port} on file."), "/via_ports", "port", port=unknown[0])
            through = dict.fromkeys(
                (*question.via, *(ports[code].iso3 for code in self.via_ports)),
            )
            ends = (question.origin, question.destination)
            question = dataclasses.replace(question, via=tuple(one for one in through if one not in ends))
        return law.verdict(question)

    def _importer(self, stage: StoryStage) -> str:
        return stage.who(self.importer, "/importer")

    def _facility(self, stage: StoryStage) -> str:
        return stage.facility(self.facility, stage.who(self.operator or self.importer, "/operator"))

    def perform(self, stage: StoryStage) -> StepResult:
        """Notify; with `admit_authorities` the operator first admits those whom the verdict names."""
        verdict = self._verdict(stage)
        if self.admit_authorities:
            with journal.through(None):
                for need in verdict.consents:
                    stage.organisations[need.authority] = registry.admit_authorities([need.authority])[0]
        since = day(self.period_from, "/period_from") if self.period_from else stage.at.date()
        case = consent.notify(
            stage.who(self.by),
            verdict,
            importer=self._importer(stage),
            facility=self._facility(stage),
            operator=stage.who(self.operator, "/operator") if self.operator else "",
            total_g=self._total(stage),
            shipments=self.shipments,
            period_from=since,
            period_to=day(self.period_to, "/period_to") if self.period_to else since + USUAL_PERIOD,
            description=self.description,
            on_paper={authority: stage.who(clerk, "/on_paper") for authority, clerk in self.on_paper.items()},
            claimed=stage.at,
        )
        told = ", ".join(need.authority for need in verdict.consents)
        return StepResult({"case": case}, f"/cases/{case}", Words("asked: {authorities}").format(authorities=told))

    def form(self, stage: StoryStage) -> PageForm:
        """The page of a notification, sent from its check."""
        since = day(self.period_from, "/period_from") if self.period_from else stage.at.date()
        until = day(self.period_to, "/period_to") if self.period_to else since + USUAL_PERIOD
        return PageForm(
            f"/cases/new?{query(self._verdict(stage).question)}",
            {
                "importer": self._importer(stage),
                "facility": self._facility(stage),
                "total_kg": plain_kg(self._total(stage)),
                "shipments": str(self.shipments),
                "period_from": since.isoformat(),
                "period_to": until.isoformat(),
                "description": self.description,
                **{f"paper-{authority}": stage.who(clerk, "/on_paper") for authority, clerk in self.on_paper.items()},
            },
            also={"send": "yes"},
        )


@dataclasses.dataclass(frozen=True)
class ScannedLetter:
    """The letter from which a clerk enters an authority's answer: reference, day, name and SHA-256 of the scan."""

    reference: str
    dated: Day
    name: str
    sha256: str

    def scan(self) -> Scan:
        """As the act has it. Raises Refused where the day is none."""
        dated = day(self.dated, "/scan/dated")
        return Scan(reference=self.reference, dated=dated, name=self.name, sha256=self.sha256)


class TakeStep(StoryStep, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="step"):
    """A transition of a track: `track` is ``authority.capacity``, or the authority's slug where it has one track.

    A consent on conditions may be written as a consent with `conditions`; without any it is an unconditional one.
    `scan` is the letter from which a clerk enters what an authority said on paper.
    """

    case: str
    transition: str
    track: str = ""
    text: str = ""
    conditions: tuple[str, ...] = ()
    valid_from: Day = ""
    valid_until: Day = ""
    reference: str = ""
    scan: ScannedLetter | None = None

    def _track(self, stage: StoryStage, case: str) -> str:
        if "/" in self.track or "." in self.track:
            return self.track.replace("/", ".")
        authority = self.track or stage.who(self.by).partition(":")[2]
        found = [track.key for track in consent.case(case).tracks if track.authority == authority]
        if len(found) != 1:
            raise Conflict(
                Problem(
                    N_("The case has {count} tracks of {authority}: {tracks}."),
                    "/track",
                    "no-track" if not found else "which",
                    {"count": len(found), "authority": authority, "tracks": ", ".join(found) or "-"},
                )
            )
        return found[0]

    @property
    def _word(self) -> str:
        conditional = self.conditions and self.transition in ("consent", "approve")
        return f"{self.transition}_with_conditions" if conditional else self.transition

    def perform(self, stage: StoryStage) -> StepResult:
        """Take the step."""
        case = stage.thing(self.case, "case", "/case")
        consent.step(
            stage.who(self.by),
            case,
            self._track(stage, case),
            self._word,
            text=self.text,
            conditions=self.conditions,
            valid_from=day(self.valid_from, "/valid_from") if self.valid_from else None,
            valid_until=day(self.valid_until, "/valid_until") if self.valid_until else None,
            reference=self.reference,
            scan=self.scan.scan() if self.scan else None,
            claimed=stage.at,
        )
        return StepResult(url=f"/cases/{case}", told=plain("; ".join(self.conditions)))

    def form(self, stage: StoryStage) -> PageForm:
        """The form of the step on the case's page."""
        case = stage.thing(self.case, "case", "/case")
        fields: dict[str, str | list[str]] = {"track": self._track(stage, case), "transition": self._word}
        written = {
            "text": self.text,
            "conditions": "\n".join(self.conditions),
            "valid_from": self.valid_from,
            "valid_until": self.valid_until,
            "reference": self.reference,
        }
        fields |= {name: value for name, value in written.items() if value}
        if self.scan is not None:
            fields |= {f"scan_{name}": value for name, value in dataclasses.asdict(self.scan).items()}
        return PageForm(f"/cases/{case}", fields, f"/cases/{case}/step")


class OthersStep(StoryStep, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="others"):
    """Every authority of a case that is not named in `besides` takes the steps that its table allows now."""

    case: str
    besides: tuple[str, ...] = ()

    def perform(self, stage: StoryStage) -> StepResult:
        """Play their tracks as far as they let themselves be played."""
        case = stage.thing(self.case, "case", "/case")
        told: list[str] = []
        while True:
            state = consent.case(case)
            turns = [
                (GRANTING.index(offer.row.transition), offer.track, actor, offer.row.transition)
                for actor in state.organisations
                for offer in open_steps.offers(state, actor, stage.at)
                if offer.track.authority not in self.besides
                and offer.row.transition in GRANTING
                and offer.closed is None
            ]
            if not turns:
                break
            _, track, actor, transition = min(turns, key=lambda turn: turn[0])
            consent.step(actor, case, track.key, transition, claimed=stage.at)
            told.append(f"{track.authority}: {transition}")
        return StepResult(url=f"/cases/{case}", told=plain("; ".join(told)))


class HoldStep(StoryStep, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="hold"):
    """An authority stops everything under a case."""

    case: str
    reason: str

    def perform(self, stage: StoryStage) -> StepResult:
        """Hold it."""
        case = stage.thing(self.case, "case", "/case")
        hold = consent.hold(stage.who(self.by), case, self.reason, claimed=stage.at)
        return StepResult({"hold": hold, "case": case}, f"/cases/{case}")

    def form(self, stage: StoryStage) -> PageForm:
        """The form of a hold on the case's page."""
        case = stage.thing(self.case, "case", "/case")
        return PageForm(f"/cases/{case}", {"reason": self.reason}, f"/cases/{case}/hold")


class ReleaseStep(StoryStep, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="release"):
    """The authority that put a hold releases it; `hold` is the name of the step that put it."""

    hold: str
    reason: str = ""

    def perform(self, stage: StoryStage) -> StepResult:
        """Release it."""
        case, hold = stage.thing(self.hold, "case", "/hold"), stage.thing(self.hold, "hold", "/hold")
        consent.release(stage.who(self.by), case, hold, self.reason, claimed=stage.at)
        return StepResult(url=f"/cases/{case}")

    def form(self, stage: StoryStage) -> PageForm:
        """The form of its release on the case's page."""
        case, hold = stage.thing(self.hold, "case", "/hold"), stage.thing(self.hold, "hold", "/hold")
        return PageForm(f"/cases/{case}", {"hold": hold}, f"/cases/{case}/release")


class Attach(Unable, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="attach"):
    """A paper is put with a case: what it is, its file, who may read it."""

    case: str
    paper: str
    file: str = ""
    sha256: str = ""
    readers: tuple[str, ...] = ()


class Vary(Unable, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="vary"):
    """The exporter asks for a consented case to be changed: quantity, shipments, period, carriers, ports, facility."""

    case: str
    kg: Kg | None = None
    shipments: int | None = None
    period_to: Day = ""
    carriers: tuple[str, ...] = ()
    via: tuple[str, ...] = ()
    facility: str = ""
    reason: str = ""


class Renew(Unable, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="renew"):
    """The exporter notifies anew what a case ends: the same with another period and quantity."""

    case: str
    period_from: Day = ""
    period_to: Day = ""
    kg: Kg | None = None


VERBS = (NotifyStep, TakeStep, OthersStep, HoldStep, ReleaseStep, Attach, Vary, Renew)
