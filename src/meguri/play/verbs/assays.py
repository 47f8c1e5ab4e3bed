"""What lots contain, by those who sold and bought them: sampled, assayed, exchanged, judged, settled."""

from __future__ import annotations

from collections.abc import Mapping

from meguri.custody.assays.states import AssayedElement, Party, SamplingWitness
from meguri.custody.services import samples
from meguri.kit.words import Words, plain
from meguri.play.stage import StoryStage
from meguri.play.step import PageForm, StepResult, StoryStep

WHOLE = 1_000_000_000
FIRE = ("Au", "Ag", "Pt", "Pd", "Rh")
USUAL_RSD = 0.02


def _ppb(share: float) -> int:
    return round(share * WHOLE)


def _found(
    found: Mapping[str, float], sd: Mapping[str, float], methods: Mapping[str, str]
) -> tuple[AssayedElement, ...]:
    """What was found, from mass fractions; with 2 % of a value where no uncertainty is said."""
    return tuple(
        AssayedElement(
            element,
            _ppb(share),
            _ppb(sd.get(element, USUAL_RSD * share)),
            methods.get(element, "fire-assay" if element in FIRE else "icp"),
        )
        for element, share in found.items()
    )


def _lines(found: tuple[AssayedElement, ...]) -> str:
    """The same as people write it into the form."""
    return "\n".join(f"{one.element} {one.ppb} ppb {one.sd_ppb} {one.method}" for one in found)


class SampleStep(StoryStep, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="sample"):
    """A sample is drawn from whole lots and sealed in parts: for `seller` and `buyer` (one of them `by`), their
    `umpire` and the reserve; without the other side for itself. `moisture` and `ignition` are mass fractions, `terms`
    what is paid of an element.
    """

    lots: tuple[str, ...]
    seller: str = ""
    buyer: str = ""
    umpire: str = ""
    moisture: float = 0.0
    moisture_sd: float = 0.001
    ignition: float | None = None
    increments: int = 30
    top_size_um: int = 10_000
    part_g: int = 200
    seal: str = ""
    method: str = ""
    witness: str = ""
    terms: dict[str, float] = {}

    def _sides(self, stage: StoryStage) -> tuple[str, str, Party]:
        who = stage.who(self.by)
        seller = stage.who(self.seller, "/seller") if self.seller else ""
        buyer = stage.who(self.buyer, "/buyer") if self.buyer else ""
        if who not in (seller, buyer):
            seller, buyer = (seller, who) if not buyer else (who, buyer)
        return seller, buyer, "seller" if who == seller else "buyer"

    def perform(self, stage: StoryStage) -> StepResult:
        """Draw it."""
        lots = stage.lots(self.lots)
        seller, buyer, own = self._sides(stage)
        witness = stage.who(self.witness, "/witness") if self.witness else ""
        sample = samples.draw(
            stage.who(self.by),
            lots,
            seller=seller,
            buyer=buyer,
            umpire=stage.who(self.umpire, "/umpire") if self.umpire else "",
            parts=samples.sealed_parts(self.part_g, both=bool(seller and buyer), own=own, prefix=self.seal),
            method=self.method,
            increments=self.increments,
            top_size_um=self.top_size_um,
            moisture_ppb=_ppb(self.moisture),
            moisture_sd_ppb=_ppb(self.moisture_sd),
            ignition_ppb=_ppb(self.ignition) if self.ignition is not None else None,
            witnesses=(SamplingWitness(witness),) if witness else (),
            terms={element: _ppb(share) for element, share in self.terms.items()},
            claimed=stage.at,
        )
        return StepResult({"sample": sample}, f"/samples/{sample}")

    def form(self, stage: StoryStage) -> PageForm:
        """The page on which lots are sampled."""
        seller, buyer, own = self._sides(stage)
        fields: dict[str, str | list[str]] = {
            "lot": stage.lots(self.lots),
            "side": own,
            "other": buyer if own == "seller" else seller,
            "umpire": stage.who(self.umpire, "/umpire") if self.umpire else "",
            "witness": stage.who(self.witness, "/witness") if self.witness else "",
            "moisture": f"{self.moisture * 100:.7g}",
            "moisture_sd": f"{self.moisture_sd * 100:.7g}",
            "ignition": f"{self.ignition * 100:.7g}" if self.ignition is not None else "",
            "increments": str(self.increments),
            "top_size": f"{self.top_size_um / 1000:.6g}",
            "part_g": str(self.part_g),
            "seal": self.seal,
            "method": self.method,
            "terms": "\n".join(f"{element} {share * 100:.7g}" for element, share in self.terms.items()),
        }
        return PageForm("/lots/sample", fields)


class AssayStep(StoryStep, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="assay"):
    """A side lays what its `laboratory` (or itself) `found` in its part of a sample: mass fractions by element of the
    dry mass, with standard uncertainties `sd` and `methods`. It stays closed until both are exchanged.
    """

    sample: str
    found: dict[str, float]
    sd: dict[str, float] = {}
    methods: dict[str, str] = {}
    laboratory: str = ""
    seal: str = ""

    def perform(self, stage: StoryStage) -> StepResult:
        """Lay it."""
        sample = stage.thing(self.sample, "sample", "/sample")
        samples.lay(
            stage.who(self.by),
            sample,
            _found(self.found, self.sd, self.methods),
            laboratory=stage.who(self.laboratory, "/laboratory") if self.laboratory else "",
            seal=self.seal,
            claimed=stage.at,
        )
        return StepResult(url=f"/samples/{sample}")

    def form(self, stage: StoryStage) -> PageForm:
        """The page of the sample on which a result is laid."""
        sample = stage.thing(self.sample, "sample", "/sample")
        fields: dict[str, str | list[str]] = {
            "found": _lines(_found(self.found, self.sd, self.methods)),
            "laboratory": stage.who(self.laboratory, "/laboratory") if self.laboratory else stage.who(self.by),
        }
        if self.seal:
            fields["seal"] = self.seal
        return PageForm(f"/samples/{sample}", fields, f"/samples/{sample}/assay")


class ExchangeStep(StoryStep, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="exchange"):
    """All that was laid of a sample is opened at one instant; one side alone, once the date has passed."""

    sample: str

    def perform(self, stage: StoryStage) -> StepResult:
        """Open them."""
        sample = stage.thing(self.sample, "sample", "/sample")
        samples.exchange(stage.who(self.by), sample, claimed=stage.at)
        disputed = samples.sample(sample).disputed
        told = Words("in dispute: {elements}").format(elements=", ".join(disputed)) if disputed else Words("agreed")
        return StepResult(url=f"/samples/{sample}", told=told)

    def form(self, stage: StoryStage) -> PageForm:
        """The page of the sample on which results are opened."""
        sample = stage.thing(self.sample, "sample", "/sample")
        return PageForm(f"/samples/{sample}", {}, f"/samples/{sample}/exchange")


class UmpireStep(StoryStep, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="umpire"):
    """The umpire says what it `found` of all that is in dispute: mass fractions, with `sd` and `methods`."""

    sample: str
    found: dict[str, float]
    sd: dict[str, float] = {}
    methods: dict[str, str] = {}

    def perform(self, stage: StoryStage) -> StepResult:
        """Say it."""
        sample = stage.thing(self.sample, "sample", "/sample")
        samples.judge(stage.who(self.by), sample, _found(self.found, self.sd, self.methods), claimed=stage.at)
        return StepResult(url=f"/samples/{sample}")

    def form(self, stage: StoryStage) -> PageForm:
        """The page of the sample on which the umpire speaks."""
        sample = stage.thing(self.sample, "sample", "/sample")
        fields: dict[str, str | list[str]] = {"found": _lines(_found(self.found, self.sd, self.methods))}
        return PageForm(f"/samples/{sample}", fields, f"/samples/{sample}/umpire")


class SettleStep(StoryStep, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="settle"):
    """A sample is settled, and its lots contain what was settled; with `provisional` figures for the time being."""

    sample: str
    provisional: dict[str, float] = {}
    sd: dict[str, float] = {}
    methods: dict[str, str] = {}

    def perform(self, stage: StoryStage) -> StepResult:
        """Settle it."""
        sample = stage.thing(self.sample, "sample", "/sample")
        own = _found(self.provisional, self.sd, self.methods)
        samples.settle(stage.who(self.by), sample, provisional=own, claimed=stage.at)
        state = samples.sample(sample)
        settled = state.provisional if own else state.settled
        assert settled is not None
        told = ", ".join(f"{one.element} {one.contained_mg / 1_000_000:,.3f} kg" for one in settled.elements)
        return StepResult(url=f"/samples/{sample}", told=plain(told))

    def form(self, stage: StoryStage) -> PageForm:
        """The page of the sample on which it is settled."""
        sample = stage.thing(self.sample, "sample", "/sample")
        own = _found(self.provisional, self.sd, self.methods)
        fields: dict[str, str | list[str]] = {"found": _lines(own)} if own else {}
        what = "provisional" if own else "settle"
        return PageForm(f"/samples/{sample}", fields, f"/samples/{sample}/{what}")


VERBS = (SampleStep, AssayStep, ExchangeStep, UmpireStep, SettleStep)
