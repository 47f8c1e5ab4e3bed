"""Under way: from planned to recovered or back, and what is claimed of it afterwards."""

from __future__ import annotations

from fractions import Fraction

from msgspec.structs import replace

from meguri import law
from meguri.consent import services as consent
from meguri.custody import record
from meguri.custody import services as custody
from meguri.custody.weighing import limits
from meguri.kit.grams import apportion, to_kg, typed_kg
from meguri.kit.problems import N_, refuse
from meguri.kit.words import Words
from meguri.movement import services as movements
from meguri.movement.states import Bag, LotMass
from meguri.play.stage import StoryStage, day, grams, whole_masses
from meguri.play.step import PageForm, StepResult, StoryStep, not_yet
from meguri.play.verbs.law import query
from meguri.play.written import Day, Kg
from meguri.registry import services as registry


def _page(movement: str) -> str:
    return f"/movements/{movement}"


class PlanStep(StoryStep, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="plan"):
    """The exporter plans a movement with its document. `under` is the case, or the asking whose verdict lets it move.

    Whole lots go; `planned_on` is the day of the step where none is given; ports by UN/LOCODE. Without a case,
    `facility` says where it goes (the only one of `to`, or the only one there), `kind` what allows it where the
    verdict leaves a choice, and `number` is that of its information document or declaration.
    """

    under: str
    lots: tuple[str, ...]
    carrier: str
    port_from: str
    port_to: str
    via: tuple[str, ...] = ()
    planned_on: Day = ""
    conveyance: str = ""
    packaging: str = ""
    packages: int = 0
    to: str = ""
    facility: str = ""
    kind: str = ""
    number: str = ""

    def _day(self, stage: StoryStage) -> str:
        return (day(self.planned_on, "/planned_on") if self.planned_on else stage.at.date()).isoformat()

    def _question(self, stage: StoryStage) -> law.Question | None:
        given = stage.things.get(self.under, {})
        if "question" not in given or "case" in given:
            return None
        return law.Question.parse(**{**given["question"], "operation": given["question"]["operation"] or None})

    def _facility(self, stage: StoryStage) -> str:
        if self.to or self.facility:
            return stage.facility(self.facility, stage.who(self.to, "/to") if self.to else "")
        question = self._question(stage)
        there = [
            facility
            for facility in stage.facilities.values()
            if question and registry.facility(facility).economy == question.destination
        ]
        if len(there) != 1:
            raise refuse(N_("Say to which organisation or facility it goes."), "/to", "required")
        return there[0]

    def perform(self, stage: StoryStage) -> StepResult:
        """Plan it."""
        question = self._question(stage)
        case = "" if question else stage.thing(self.under, "case", "/under")
        lots = whole_masses(stage.lots(self.lots))
        movement = movements.plan(
            stage.who(self.by),
            [LotMass(lot, mass) for lot, mass in lots.items()],
            case=case,
            verdict=law.verdict(question) if question else None,
            facility=self._facility(stage) if question else "",
            kind=self.kind,
            number=self.number,
            carrier=stage.who(self.carrier, "/carrier"),
            port_from=self.port_from,
            port_to=self.port_to,
            ports_via=self.via,
            planned_on=day(self._day(stage), "/planned_on"),
            conveyance=self.conveyance,
            packages=self.packages or len(lots),
            packaging=self.packaging,
            claimed=stage.at,
        )
        km = movements.movement(movement).km
        told = Words("{km} km by sea").format(km=f"{km:,.0f}")
        return StepResult({"movement": movement, **({"case": case} if case else {})}, _page(movement), told)

    def form(self, stage: StoryStage) -> PageForm:
        """The page of a new movement."""
        question = self._question(stage)
        fields: dict[str, str | list[str]] = {
            "lot": stage.lots(self.lots),
            "carrier": stage.who(self.carrier, "/carrier"),
            "port_from": self.port_from,
            "port_to": self.port_to,
            "via": [*self.via, "", ""][:2],
            "planned_on": self._day(stage),
            "conveyance": self.conveyance,
            "packaging": self.packaging,
            "packages": str(self.packages or len(self.lots)),
        }
        if question is None:
            return PageForm(f"/movements/new?case={stage.thing(self.under, 'case', '/under')}", fields)
        fields |= {"facility": self._facility(stage), "kind": self.kind, "number": self.number}
        return PageForm(f"/movements/new?{query(question)}", {name: value for name, value in fields.items() if value})


class ChangeStep(StoryStep, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="change"):
    """A planned movement gets another day, ship, carrier or other lots; what is not given stays."""

    movement: str
    planned_on: Day = ""
    conveyance: str = ""
    carrier: str = ""
    lots: tuple[str, ...] = ()
    reason: str = ""

    def perform(self, stage: StoryStage) -> StepResult:
        """Change it."""
        movement = stage.thing(self.movement, "movement", "/movement")
        lots = [LotMass(lot, mass) for lot, mass in whole_masses(stage.lots(self.lots)).items()]
        movements.change(
            stage.who(self.by),
            movement,
            lots=lots or None,
            planned_on=day(self.planned_on, "/planned_on") if self.planned_on else None,
            conveyance=self.conveyance or None,
            carrier=stage.who(self.carrier, "/carrier") if self.carrier else "",
            reason=self.reason,
            claimed=stage.at,
        )
        return StepResult(url=_page(movement))

    def form(self, stage: StoryStage) -> PageForm:
        """The form of a change on the movement's page."""
        page = _page(stage.thing(self.movement, "movement", "/movement"))
        fields: dict[str, str | list[str]] = {
            "planned_on": self.planned_on,
            "conveyance": self.conveyance,
            "carrier": stage.who(self.carrier, "/carrier") if self.carrier else "",
            "lot": stage.lots(self.lots) if self.lots else [],
            "reason": self.reason,
        }
        return PageForm(page, {name: value for name, value in fields.items() if value}, f"{page}/change")


class CancelStep(StoryStep, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="cancel"):
    """A movement is called off before it leaves; its tonnes and its lots are free again."""

    movement: str
    reason: str

    def perform(self, stage: StoryStage) -> StepResult:
        """Call it off."""
        movement = stage.thing(self.movement, "movement", "/movement")
        movements.cancel(stage.who(self.by), movement, self.reason, claimed=stage.at)
        return StepResult(url=_page(movement))

    def form(self, stage: StoryStage) -> PageForm:
        """The form of a cancellation on the movement's page."""
        page = _page(stage.thing(self.movement, "movement", "/movement"))
        return PageForm(page, {"reason": self.reason}, f"{page}/cancel")


class DepartStep(StoryStep, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="depart"):
    """The consignment leaves, said by exporter or carrier."""

    movement: str
    place: str = ""

    def perform(self, stage: StoryStage) -> StepResult:
        """Let it leave."""
        movement = stage.thing(self.movement, "movement", "/movement")
        movements.depart(stage.who(self.by), movement, place=self.place, claimed=stage.at)
        return StepResult(url=_page(movement))

    def form(self, stage: StoryStage) -> PageForm:
        """The form of a departure on the movement's page."""
        page = _page(stage.thing(self.movement, "movement", "/movement"))
        return PageForm(page, {}, f"{page}/depart")


class HandOverStep(StoryStep, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="hand-over"):
    """One carrier hands a consignment to the next, at a place."""

    movement: str
    to: str
    place: str = ""
    seals: tuple[str, ...] = ()

    def perform(self, stage: StoryStage) -> StepResult:
        """Hand it over."""
        if self.seals:
            raise not_yet("hand-over")
        movement = stage.thing(self.movement, "movement", "/movement")
        who, to = stage.who(self.by), stage.who(self.to, "/to")
        movements.step(who, movement, "hand_over", to=to, place=self.place, claimed=stage.at)
        return StepResult(url=_page(movement))

    def form(self, stage: StoryStage) -> PageForm:
        """The form of a handing over on the movement's page."""
        page = _page(stage.thing(self.movement, "movement", "/movement"))
        return PageForm(page, {"to": stage.who(self.to, "/to"), "place": self.place}, f"{page}/hand_over")


class _Weighing(StoryStep, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a receiver's scale says of a movement's lots, or of lots sent to it.

    `kg` is the total, `ratio` the total over what was sent (1 where neither is given), spread by the lots' masses;
    `bags` gives lots their own masses. `refuse` names lots that are not taken, with a `reason`.
    Of lots in `refuse_part` so many kilograms are refused, those in `missing` did not come; `pieces` were counted.
    `scale` is the instrument, as its step names it. `agreed_by` accepts afterwards what is beyond both instruments.
    """

    movement: str = ""
    lots: tuple[str, ...] = ()
    facility: str = ""
    kg: Kg | None = None
    ratio: float | None = None
    bags: dict[str, Kg] = {}
    reason: str = ""
    refuse_part: dict[str, Kg] = {}
    missing: tuple[str, ...] = ()
    pieces: dict[str, int] = {}
    scale: str = ""
    agreed_by: str = ""

    def sent(self, stage: StoryStage) -> dict[str, int]:
        """The lots that came, with their masses as sent."""
        if self.movement:
            state = movements.movement(stage.thing(self.movement, "movement", "/movement"))
            return {part.lot: part.grams for part in state.lots}
        return whole_masses(stage.lots(self.lots))

    def weighed(self, stage: StoryStage, refused: set[str]) -> list[Bag]:
        """Each lot as the scale has it."""
        sent = self.sent(stage)
        total = sum(sent.values())
        if self.kg is not None:
            total = grams(self.kg, "/kg")
        elif self.ratio is not None:
            total = int(Fraction(str(self.ratio)) * total + Fraction(1, 2))
        masses = dict(zip(sent, apportion(total, list(sent.values())), strict=True))
        masses |= {stage.lot(name, "/bags"): grams(kg, f"/bags/{name}") for name, kg in self.bags.items()}
        parts = {stage.lot(name, "/refuse_part"): grams(kg, "/refuse_part") for name, kg in self.refuse_part.items()}
        gone = {stage.lot(name, "/missing") for name in self.missing}
        counted = {stage.lot(name, "/pieces"): count for name, count in self.pieces.items()}
        basis = stage.basis(self.scale)
        return [
            Bag(lot=lot, received_g=0, accepted=False, missing=True, reason=self.reason)
            if lot in gone
            else Bag(
                lot=lot,
                received_g=masses[lot],
                accepted=lot not in refused,
                refused_g=parts.get(lot, 0),
                reason=self.reason if lot in refused or lot in parts else "",
                basis=limits.filled(masses[lot], replace(basis, pieces=counted.get(lot, 0))),
            )
            for lot in sent
        ]

    def say(self, stage: StoryStage, bags: list[Bag]) -> StepResult:
        """Receive them, under a movement or without one."""
        who = stage.who(self.by)
        came = sum(bag.received_g for bag in bags)
        taken = {bag.lot: bag.received_g for bag in bags if bag.accepted}
        difference = came - sum(self.sent(stage).values())
        told = Words("{weighed} kg weighed ({difference} kg), {taken} kg taken").format(
            weighed=to_kg(came), difference=to_kg(difference), taken=to_kg(sum(taken.values()))
        )
        ids = {
            "lots": {str(n): lot for n, lot in enumerate(taken, start=1)},
            "refused": [bag.lot for bag in bags if not (bag.accepted or bag.missing)],
        }
        if self.movement:
            movement = stage.thing(self.movement, "movement", "/movement")
            movements.receive(who, movement, bags, claimed=stage.at)
            arrived = movements.arrival(movement)
            ids["lots"] = {str(n): lot for n, lot in enumerate(arrived.taken_lots if arrived else (), start=1)}
            self._agreed(stage, [*(arrived.taken_lots if arrived else ()), *ids["refused"]])
            return StepResult(ids, _page(movement), told)
        event = custody.receive(who, stage.facility(self.facility, who), bags, claimed=stage.at)
        self._agreed(stage, [bag.lot for bag in bags if not bag.missing])
        return StepResult({**ids, "event": event}, "/lots/", told)

    def _agreed(self, stage: StoryStage, lots: list[str]) -> None:
        """The counterparty accepts what stands open of these lots."""
        if self.agreed_by and (left := custody.still_open(lots)):
            custody.agree(stage.who(self.agreed_by, "/agreed_by"), left, claimed=stage.at)

    def sheet(self, stage: StoryStage, bags: list[Bag]) -> PageForm:
        """The form on which they are received."""
        if self.movement:
            page = _page(stage.thing(self.movement, "movement", "/movement"))
            fields: dict[str, str | list[str]] = {}
            for n, bag in enumerate(bags):
                fields[f"kg-{n}"] = typed_kg(bag.received_g)
                fields[f"outcome-{n}"] = "accept" if bag.accepted else "refuse"
                if not bag.accepted:
                    fields[f"reason-{n}"] = bag.reason
            return PageForm(page, fields, f"{page}/receive")
        fields = {"facility": stage.facility(self.facility, stage.who(self.by)), "lot": [bag.lot for bag in bags]}
        for bag in bags:
            fields[f"mass-{bag.lot}"] = typed_kg(bag.received_g)
            if not bag.accepted:
                fields |= {f"take-{bag.lot}": "refuse", f"reason-{bag.lot}": bag.reason}
        return PageForm("/lots/receive", fields)


class ReceiveStep(_Weighing, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="receive"):
    """The receiver weighs what came and takes it, all but what it refuses."""

    refuse: tuple[str, ...] = ()

    def _bags(self, stage: StoryStage) -> list[Bag]:
        return self.weighed(stage, set(stage.lots(self.refuse, "/refuse")))

    def perform(self, stage: StoryStage) -> StepResult:
        """Receive it."""
        return self.say(stage, self._bags(stage))

    def form(self, stage: StoryStage) -> PageForm:
        """The form of a receipt."""
        return self.sheet(stage, self._bags(stage))


class RefuseStep(_Weighing, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="refuse"):
    """The receiver takes nothing of what came."""

    def _bags(self, stage: StoryStage) -> list[Bag]:
        return self.weighed(stage, set(self.sent(stage)))

    def perform(self, stage: StoryStage) -> StepResult:
        """Refuse all of it."""
        return self.say(stage, self._bags(stage))

    def form(self, stage: StoryStage) -> PageForm:
        """The form of a receipt, with everything refused."""
        return self.sheet(stage, self._bags(stage))


class ReturnStep(_Weighing, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="return"):
    """Who sent it takes back what was refused: `lots`, the refused ones of the receipt that `of` names, or a whole
    `movement`, which is then carried back by `carrier` first.
    """

    of: str = ""
    carrier: str = ""

    def sent(self, stage: StoryStage) -> dict[str, int]:
        """The lots that come back."""
        if self.movement:
            state = movements.movement(stage.thing(self.movement, "movement", "/movement"))
            return whole_masses([part.lot for part in state.lots])
        if self.of:
            found = stage.things.get(self.of, {}).get("refused")
            if not found:
                raise refuse(N_("Nothing was refused in “{name}”."), "/of", "unknown-name", name=self.of)
            return whole_masses(found)
        return whole_masses(stage.lots(self.lots))

    def perform(self, stage: StoryStage) -> StepResult:
        """Take it back."""
        if not self.movement:
            return self.say(stage, self.weighed(stage, set()))
        movement, who = stage.thing(self.movement, "movement", "/movement"), stage.who(self.by)
        if movements.movement(movement).status != "returning":
            carrier = stage.who(self.carrier, "/carrier") if self.carrier else ""
            reason = self.reason or "refused"
            movements.send_back(who, movement, reason, carrier=carrier, claimed=stage.at)
        bags = self.weighed(stage, set())
        movements.take_back(who, movement, stage.facility(self.facility, who), bags, claimed=stage.at)
        return StepResult({"lots": {str(n): bag.lot for n, bag in enumerate(bags, start=1)}}, _page(movement))

    def form(self, stage: StoryStage) -> PageForm:
        """The form of a receipt."""
        return self.sheet(stage, self.weighed(stage, set()))


class CertifyStep(StoryStep, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="certify"):
    """The facility certifies recovery: `smelting` is the step that made the metals. It certifies what of them is the
    movement's and not certified yet; `residues` are lots from which nothing will be recovered, `replaces` the step of a
    certificate that was revoked, `contamination_kg` what of it was something else.
    """

    movement: str
    smelting: str
    recovered_on: Day = ""
    certificate: str = ""
    residues: tuple[str, ...] = ()
    contamination_kg: Kg = 0
    replaces: str = ""

    def perform(self, stage: StoryStage) -> StepResult:
        """Certify it."""
        movement = stage.thing(self.movement, "movement", "/movement")
        event = stage.thing(self.smelting, "event", "/smelting")
        happened = record.events([event])[event]
        movements.certify(
            stage.who(self.by),
            movement,
            event=event,
            recovered_on=day(self.recovered_on, "/recovered_on") if self.recovered_on else happened.at.date(),
            certificate=self.certificate,
            residues=stage.lots(self.residues, "/residues"),
            contamination_g=grams(self.contamination_kg, "/contamination_kg"),
            replaces=stage.thing(self.replaces, "paper", "/replaces") if self.replaces else "",
            claimed=stage.at,
        )
        arrived = movements.arrival(movement)
        newest = arrived.certificates[-1] if arrived else None
        made = {"certificate": newest.number, "paper": newest.paper, "movement": movement} if newest else {}
        return StepResult(made, _page(movement))

    def form(self, stage: StoryStage) -> PageForm:
        """The form of a certificate on the movement's page."""
        page = _page(stage.thing(self.movement, "movement", "/movement"))
        fields: dict[str, str | list[str]] = {"event": stage.thing(self.smelting, "event", "/smelting")}
        if self.recovered_on:
            fields["recovered_on"] = self.recovered_on
        return PageForm(page, fields, f"{page}/certify")


class RevokeStep(StoryStep, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="revoke"):
    """The facility revokes a certificate: by the step that made it, for `reasons` of the list."""

    certificate: str
    reasons: tuple[str, ...]
    text: str = ""

    def perform(self, stage: StoryStage) -> StepResult:
        """Revoke it."""
        movement = stage.thing(self.certificate, "movement", "/certificate")
        paper = stage.thing(self.certificate, "paper", "/certificate")
        movements.revoke(stage.who(self.by), movement, paper, self.reasons, self.text, claimed=stage.at)
        return StepResult(url=_page(movement))


class CompleteStep(StoryStep, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="complete"):
    """Exporter or facility closes a case."""

    case: str

    def perform(self, stage: StoryStage) -> StepResult:
        """Close it."""
        case = stage.thing(self.case, "case", "/case")
        consent.complete(stage.who(self.by), case, claimed=stage.at)
        return StepResult(url=f"/cases/{case}")

    def form(self, stage: StoryStage) -> PageForm:
        """The form on the case's page."""
        case = stage.thing(self.case, "case", "/case")
        return PageForm(f"/cases/{case}", {}, f"/cases/{case}/complete")


VERBS = (
    PlanStep,
    ChangeStep,
    CancelStep,
    DepartStep,
    HandOverStep,
    ReceiveStep,
    RefuseStep,
    ReturnStep,
    CertifyStep,
    CompleteStep,
    RevokeStep,
)
