"""What happens to lots: taken in, taken apart, sorted, blended, packed, sent, melted, put right."""

from __future__ import annotations

from datetime import date

from msgspec.structs import replace

from meguri import materials
from meguri.custody import contents
from meguri.custody import services as custody
from meguri.custody.acts import FoundStock
from meguri.custody.contents import WHOLE
from meguri.custody.services import corrections, instruments
from meguri.custody.states import WrongWhy
from meguri.kit.grams import apportion, to_kg, typed_kg
from meguri.kit.problems import N_, refuse
from meguri.kit.words import Words, plain
from meguri.movement.states import Content
from meguri.play.stage import StoryStage, day, grams
from meguri.play.step import PageForm, StepResult, StoryStep
from meguri.play.written import Day, Kg


class CollectStep(StoryStep, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="collect"):
    """A lot arises at a facility: `stream` by its slug, `mix` the kind of mixture, `place` where things come from,
    `assay` what a laboratory found in it (mass fractions by element).
    """

    stream: str
    kg: Kg
    facility: str = ""
    mix: str = ""
    place: str = ""
    label: str = ""
    scale: str = ""
    pieces: int = 0
    assay: dict[str, float] = {}

    def perform(self, stage: StoryStage) -> StepResult:
        """Take it in."""
        who = stage.who(self.by)
        mass = grams(self.kg, "/kg")
        lot = custody.collect(
            who,
            stage.facility(self.facility, who),
            self.stream,
            mass,
            mix=self.mix,
            place=self.place,
            label=self.label,
            basis=replace(stage.basis(self.scale), pieces=self.pieces),
            contents=[
                Content(
                    element=element,
                    ppb=round(share * WHOLE),
                    sd_ppb=0,
                    basis="assay",
                    source="laboratory",
                    confidence="sourced",
                )
                for element, share in sorted(self.assay.items())
            ],
            claimed=stage.at,
        )
        return StepResult(
            {"lots": {self.stream: lot}, "event": custody.lot(lot).made_by},
            f"/lots/{lot}",
            Words("{kg} kg").format(kg=to_kg(mass)),
        )

    def form(self, stage: StoryStage) -> PageForm:
        """The page on which a yard takes a lot in."""
        who = stage.who(self.by)
        return PageForm(
            "/lots/take-in",
            {
                "facility": stage.facility(self.facility, who),
                "stream": self.stream,
                "mass_kg": typed_kg(grams(self.kg, "/kg")),
                "mix": self.mix,
                "place": self.place,
                "label": self.label,
            },
        )


class DismantleStep(StoryStep, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="dismantle"):
    """A lot is taken apart: `into` kilograms by stream, or `shares` of its mass, or the expected bill of its mix."""

    lot: str
    kg: Kg | None = None
    into: dict[str, Kg] = {}
    shares: dict[str, float] | None = None
    loss_kg: Kg | None = None
    loss_reason: str = ""
    scale: str = ""

    def perform(self, stage: StoryStage) -> StepResult:
        """Take it apart."""
        lot = stage.lot(self.lot)
        made = custody.dismantle(
            stage.who(self.by),
            lot,
            {stream: grams(kg, f"/into/{stream}") for stream, kg in self.into.items()} or None,
            grams=grams(self.kg, "/kg") if self.kg is not None else None,
            composition=self.shares,
            loss_g=grams(self.loss_kg, "/loss_kg") if self.loss_kg is not None else None,
            loss_reason=self.loss_reason,
            basis=stage.basis(self.scale),
            claimed=stage.at,
        )
        told = Words("{count} lots, loss {loss} kg").format(count=len(made.lots), loss=to_kg(made.loss_g))
        return StepResult({"event": made.event, "lots": dict(made.by_stream)}, f"/lots/{lot}", told)

    def form(self, stage: StoryStage) -> PageForm:
        """The page of the lot on which it is taken apart; what the page proposes and `into` leaves out is nothing."""
        lot = stage.lot(self.lot)
        fields: dict[str, str | list[str]] = {}
        if self.into:
            fields = {f"out-{stream}": typed_kg(grams(kg, f"/into/{stream}")) for stream, kg in self.into.items()}
            fields["out-*"] = "0"
        if self.kg is not None:
            fields["taken_kg"] = typed_kg(grams(self.kg, "/kg"))
        if self.loss_kg is not None:
            fields["loss_kg"] = typed_kg(grams(self.loss_kg, "/loss_kg"))
        if self.loss_reason:
            fields["loss_reason"] = self.loss_reason
        return PageForm(f"/lots/{lot}/dismantle", fields)


class SortStep(StoryStep, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="sort"):
    """Lots are sorted into others: `into` kilograms by stream."""

    lots: tuple[str, ...]
    into: dict[str, Kg]
    loss_kg: Kg = 0
    loss_reason: str = ""
    scale: str = ""

    def perform(self, stage: StoryStage) -> StepResult:
        """Sort them."""
        made = custody.transform(
            stage.who(self.by),
            "sorting",
            stage.lots(self.lots),
            [
                custody.Weighed(stream, grams(kg, f"/into/{stream}"), basis=stage.basis(self.scale))
                for stream, kg in self.into.items()
            ],
            loss_g=grams(self.loss_kg, "/loss_kg"),
            loss_reason=self.loss_reason,
            claimed=stage.at,
        )
        return StepResult({"event": made.event, "lots": dict(made.by_stream)}, f"/lots/{made.lots[0]}")


class BlendStep(StoryStep, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="blend"):
    """Lots of one stream become one; `kg` where it was weighed."""

    lots: tuple[str, ...]
    kg: Kg | None = None
    label: str = ""
    scale: str = ""

    def perform(self, stage: StoryStage) -> StepResult:
        """Blend them."""
        lot = custody.blend(
            stage.who(self.by),
            stage.lots(self.lots),
            grams=grams(self.kg, "/kg") if self.kg is not None else None,
            label=self.label,
            basis=stage.basis(self.scale),
            claimed=stage.at,
        )
        state = custody.lot(lot)
        told = Words("{kg} kg").format(kg=to_kg(state.mass_g))
        return StepResult({"lots": {state.stream: lot}}, f"/lots/{lot}", told)

    def form(self, stage: StoryStage) -> PageForm:
        """The page on which lots are blended."""
        return PageForm(
            "/lots/blend",
            {
                "lot": stage.lots(self.lots),
                "mass_kg": typed_kg(grams(self.kg, "/kg")) if self.kg is not None else "",
                "label": self.label,
            },
        )


class PackStep(StoryStep, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="pack"):
    """A lot is packed: in so many `bags`, as equal as grams allow, or in bags of the `masses` given.

    The bags are called 1, 2, 3 under the name of the step.
    """

    lot: str
    bags: int = 0
    masses: tuple[Kg, ...] = ()
    scale: str = ""

    def _masses(self, stage: StoryStage, lot: str) -> list[int]:
        if self.masses:
            return [grams(kg, f"/masses/{place}") for place, kg in enumerate(self.masses)]
        if not 1 <= self.bags <= 500:
            raise refuse(N_("Write 1 to 500 bags, or the masses."), "/bags", "range")
        return apportion(custody.lot(lot).mass_g, [1] * self.bags)

    def perform(self, stage: StoryStage) -> StepResult:
        """Pack it."""
        lot = stage.lot(self.lot)
        masses = self._masses(stage, lot)
        labels = [f"{n} / {len(masses)}" for n in range(1, len(masses) + 1)]
        made = custody.pack(
            stage.who(self.by), lot, masses, labels=labels, basis=stage.basis(self.scale), claimed=stage.at
        )
        bags = {str(n): bag for n, bag in enumerate(made, start=1)}
        return StepResult({"lots": bags}, f"/lots/{lot}", Words("{count} bags").format(count=len(made)))

    def form(self, stage: StoryStage) -> PageForm:
        """The page of the lot on which it is packed."""
        lot = stage.lot(self.lot)
        return PageForm(f"/lots/{lot}/pack", {"masses": "\n".join(map(typed_kg, self._masses(stage, lot)))})


class DispatchStep(StoryStep, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="dispatch"):
    """Whole lots are sent to another organisation."""

    lots: tuple[str, ...]
    to: str

    def perform(self, stage: StoryStage) -> StepResult:
        """Send them."""
        lots = stage.lots(self.lots)
        event = custody.dispatch(stage.who(self.by), lots, stage.who(self.to, "/to"), claimed=stage.at)
        return StepResult({"event": event}, f"/lots/{lots[0]}")

    def form(self, stage: StoryStage) -> PageForm:
        """The page on which lots are sent."""
        return PageForm("/lots/dispatch", {"lot": stage.lots(self.lots), "to": stage.who(self.to, "/to")})


class AgreeStep(StoryStep, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="agree"):
    """The counterparty accepts how lots were weighed beyond tolerance; `instead_of` one that has closed."""

    lots: dict[str, Kg]
    reason: str = ""
    instead_of: str = ""

    def perform(self, stage: StoryStage) -> StepResult:
        """Agree."""
        masses = {stage.lot(name, f"/lots/{name}"): grams(kg, f"/lots/{name}") for name, kg in self.lots.items()}
        absent = stage.who(self.instead_of, "/instead_of") if self.instead_of else ""
        custody.agree(stage.who(self.by), masses, self.reason, instead_of=absent, claimed=stage.at)
        return StepResult(url=f"/lots/{next(iter(masses), '')}")

    def form(self, stage: StoryStage) -> PageForm:
        """The page of a lot on which its weighing is accepted; one lot at a time."""
        if len(self.lots) != 1:
            raise refuse(N_("The page takes one lot at a time."), "/lots", "which")
        ((name, kg),) = self.lots.items()
        fields: dict[str, str | list[str]] = {"mass_kg": typed_kg(grams(kg, f"/lots/{name}")), "reason": self.reason}
        return PageForm(f"/lots/{stage.lot(name)}/agree", fields)


class SmeltStep(StoryStep, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="smelt"):
    """Lots are melted: by the yields on file, by an `assay` (mass fractions by element), or as weighed (`into`).

    `fineness` is the assay of the metals that come out, each as a mass fraction of itself.
    """

    lots: tuple[str, ...]
    assay: dict[str, float] = {}
    fineness: dict[str, float] = {}
    into: dict[str, Kg] = {}
    loss_kg: Kg = 0
    loss_reason: str = ""
    scale: str = ""

    def perform(self, stage: StoryStage) -> StepResult:
        """Melt them."""
        lots = stage.lots(self.lots)
        made = custody.smelt(
            stage.who(self.by),
            lots,
            assay=self.assay or None,
            fineness=self.fineness or None,
            outputs={stream: grams(kg, f"/into/{stream}") for stream, kg in self.into.items()} or None,
            loss_g=grams(self.loss_kg, "/loss_kg"),
            loss_reason=self.loss_reason,
            basis=stage.basis(self.scale),
            claimed=stage.at,
        )
        metals = {element: custody.lot(lot).mass_g for element, lot in made.metals.items()}
        told = ", ".join(f"{element} {to_kg(mass)} kg" for element, mass in metals.items())
        ids = {"event": made.event, "lots": {**made.by_stream, **made.metals}}
        first = made.metals.get("Au") or made.lots[0]
        return StepResult(ids, f"/lots/{first}", plain(told))

    def form(self, stage: StoryStage) -> PageForm:
        """The page on which lots are melted: an assay in per cent of copper and grams a tonne of the others."""
        fields: dict[str, str | list[str]] = {"lot": stage.lots(self.lots)}
        fields |= {f"fine-{e}": f"{share * 1000:.10g}" for e, share in self.fineness.items()}
        if self.into:
            fields |= {f"w-{s.replace(':', '-')}": typed_kg(grams(kg, f"/into/{s}")) for s, kg in self.into.items()}
            fields |= {"basis": "weighed", "loss_kg": typed_kg(grams(self.loss_kg, "/loss_kg"))}
            fields["loss_reason"] = self.loss_reason
        elif self.assay:
            shown = {"Cu": 100.0}
            fields |= {f"assay-{e}": f"{share * shown.get(e, 1e6):.10g}" for e, share in self.assay.items()}
            fields["basis"] = "assay"
        else:
            fields["basis"] = "file"
        return PageForm("/lots/smelt", fields)


class StockTakeStep(StoryStep, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="stock-take"):
    """An auditor or an authority takes stock at somebody else's `facility`, from `since` until a day that is over.

    `found` are kilograms by lot, `contents` the mass fractions found in each by element; `settles` are steps whose
    missing metal or unknown loss it explains.
    """

    facility: str
    since: Day
    until: Day
    found: dict[str, Kg] = {}
    contents: dict[str, dict[str, float]] = {}
    settles: tuple[str, ...] = ()
    reason: str = ""

    def perform(self, stage: StoryStage) -> StepResult:
        """Take it."""
        told = []
        for name, kg in self.found.items():
            lot = stage.lot(name, f"/found/{name}")
            shares = materials.stated(self.contents.get(name, {}), "assay", pointer=f"/contents/{name}")
            told.append(
                FoundStock(
                    lot=lot,
                    was_g=custody.lot(lot).mass_g,
                    grams=grams(kg, f"/found/{name}"),
                    contents=contents.recorded(shares),
                    reason=self.reason,
                )
            )
        event = custody.stock_take(
            stage.who(self.by),
            stage.facility(self.facility, ""),
            told,
            day(self.since, "/since"),
            day(self.until, "/until"),
            settles=[stage.thing(name, "event", "/settles") for name in self.settles],
            reason=self.reason,
            claimed=stage.at,
        )
        return StepResult({"event": event}, f"/lots/{told[0].lot}" if told else "/balance")


class CorrectStep(StoryStep, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="correct"):
    """The holder puts the last weighing of a lot right."""

    lot: str
    kg: Kg
    reason: str
    scale: str = ""

    def perform(self, stage: StoryStage) -> StepResult:
        """Correct it."""
        lot = stage.lot(self.lot)
        event = custody.correct(
            stage.who(self.by), lot, grams(self.kg, "/kg"), self.reason, basis=stage.basis(self.scale), claimed=stage.at
        )
        return StepResult({"event": event}, f"/lots/{lot}")

    def form(self, stage: StoryStage) -> PageForm:
        """The page of the lot on which it is put right."""
        fields: dict[str, str | list[str]] = {"mass_kg": typed_kg(grams(self.kg, "/kg")), "reason": self.reason}
        return PageForm(f"/lots/{stage.lot(self.lot)}/correct", fields)


class DeclareWrongStep(StoryStep, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="declare-wrong"):
    """The event of an earlier step is taken back by who said it, with all that was built on it; `corrective` names the
    steps whose events say what is right.
    """

    event: str
    reason: str
    why: WrongWhy = "incorrect_data"
    corrective: tuple[str, ...] = ()

    def perform(self, stage: StoryStage) -> StepResult:
        """Take it back."""
        event = stage.thing(self.event, "event", "/event")
        right = [stage.thing(name, "event", "/corrective") for name in self.corrective]
        wrong = corrections.declare_wrong(
            stage.who(self.by), event, self.reason, why=self.why, corrective=right, claimed=stage.at
        )
        return StepResult(
            {"events": list(wrong)}, "/lots/", Words("{count} events taken back").format(count=len(wrong))
        )


class InstrumentStep(StoryStep, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="instrument"):
    """An instrument of a facility is entered, or (`of`: the step that entered it) was verified anew.

    `interval_g` is the verification interval in grams, `most_kg` the heaviest load.
    """

    name: str
    interval_g: Kg
    most_kg: Kg
    verified_until: date
    grade: str = "III"
    kind: str = "scale"
    number: str = ""
    facility: str = ""
    of: str = ""

    def perform(self, stage: StoryStage) -> StepResult:
        """Enter it."""
        who = stage.who(self.by)
        id = instruments.enter(
            who,
            stage.facility(self.facility, who),
            self.name,
            kind=self.kind,
            grade=self.grade,
            # What is read as kilograms gives thousandths of what is written.
            interval_mg=grams(self.interval_g, "/interval_g"),
            most_g=grams(self.most_kg, "/most_kg"),
            verified_until=self.verified_until,
            number=self.number,
            instrument=stage.thing(self.of, "instrument", "/of") if self.of else "",
            claimed=stage.at,
        )
        return StepResult({"instrument": id}, "/lots/instruments", plain(self.name))


VERBS = (
    CollectStep,
    DismantleStep,
    SortStep,
    BlendStep,
    PackStep,
    DispatchStep,
    AgreeStep,
    SmeltStep,
    StockTakeStep,
    CorrectStep,
    InstrumentStep,
    DeclareWrongStep,
)
