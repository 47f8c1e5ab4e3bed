"""Recycled content: accounts are opened, booked and closed; claims are made, transferred and retired."""

from __future__ import annotations

from datetime import date

from meguri.custody.claims.states import MILLION, AccountKey
from meguri.custody.services import claims
from meguri.kit.grams import to_kg
from meguri.kit.words import Words
from meguri.movement.states import LotMass
from meguri.play.stage import StoryStage, grams
from meguri.play.step import StepResult, StoryStep
from meguri.play.written import Day, Kg


def _day(text: str) -> date:
    return date.fromisoformat(text)


class OpenAccountStep(StoryStep, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="open-account"):
    """A site opens an account of recycled content from `begins` to `ends`: of an `element` in a product `group`, by a
    `definition` of recycled and a `model`. It `follows` the step of a closed one and carries over of its balance, or
    its factor is `measured_by` the steps that smelted; `factor` lowers it.
    """

    facility: str = ""
    group: str
    element: str
    definition: str = "iso-14021"
    model: str = "mass_balance_credit"
    scheme: str = ""
    begins: Day
    ends: Day
    measured_by: tuple[str, ...] = ()
    follows: str = ""
    carried_kg: Kg = 0
    factor: float | None = None

    def perform(self, stage: StoryStage) -> StepResult:
        """Open it."""
        who = stage.who(self.by)
        account = claims.open_account(
            who,
            stage.facility(self.facility, who),
            AccountKey(self.group, self.element, self.definition, self.model, self.scheme),
            _day(self.begins),
            _day(self.ends),
            factor_ppm=None if self.factor is None else round(self.factor * MILLION),
            measured_by=[stage.thing(one, "event", "/measured_by") for one in self.measured_by],
            follows=stage.thing(self.follows, "account", "/follows") if self.follows else "",
            carried_g=grams(self.carried_kg, "/carried_kg"),
            claimed=stage.at,
        )
        return StepResult({"account": account}, f"/claims/accounts/{account}")


class BookStep(StoryStep, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="book"):
    """Lots that arrived are booked to an account, by what their assays say; `source` says where they come from."""

    account: str
    lots: tuple[str, ...]
    source: str = "post_consumer"

    def perform(self, stage: StoryStage) -> StepResult:
        """Book them."""
        account = stage.thing(self.account, "account", "/account")
        claims.book(stage.who(self.by), account, stage.lots(self.lots), self.source, claimed=stage.at)
        told = Words("{kg} kg").format(kg=to_kg(claims.account(account).balance_g))
        return StepResult(url=f"/claims/accounts/{account}", told=told)


class CloseAccountStep(StoryStep, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="close-account"):
    """An account is closed after its last day; its factor is `measured_by` the steps that smelted in its period."""

    account: str
    measured_by: tuple[str, ...] = ()

    def perform(self, stage: StoryStage) -> StepResult:
        """Close it."""
        account = stage.thing(self.account, "account", "/account")
        events = [stage.thing(one, "event", "/measured_by") for one in self.measured_by]
        claims.close_account(stage.who(self.by), account, events, claimed=stage.at)
        return StepResult(url=f"/claims/accounts/{account}")


class ClaimStep(StoryStep, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="claim"):
    """Recycled content is claimed of a lot of metal, off an account; by a physical model, of the step that smelted it
    (`charge`).
    """

    account: str
    lot: str
    kg: Kg
    number: str = ""
    charge: str = ""

    def perform(self, stage: StoryStage) -> StepResult:
        """Claim it."""
        claim = claims.claim(
            stage.who(self.by),
            stage.thing(self.account, "account", "/account"),
            [LotMass(stage.lot(self.lot), grams(self.kg, "/kg"))],
            number=self.number,
            charge=stage.thing(self.charge, "event", "/charge") if self.charge else "",
            claimed=stage.at,
        )
        return StepResult({"claim": claim}, f"/claims/{claim}")


class TransferStep(StoryStep, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="transfer"):
    """A claim passes to another organisation: the old one ends, and this step makes the new one."""

    claim: str
    to: str
    number: str = ""

    def perform(self, stage: StoryStage) -> StepResult:
        """Transfer it."""
        claim = stage.thing(self.claim, "claim", "/claim")
        new = claims.transfer(
            stage.who(self.by), claim, stage.who(self.to, "/to"), number=self.number, claimed=stage.at
        )
        return StepResult({"claim": new}, f"/claims/{new}")


class RetireStep(StoryStep, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="retire"):
    """A claim is used up, for good: in which `product`, or for whom."""

    claim: str
    product: str

    def perform(self, stage: StoryStage) -> StepResult:
        """Retire it."""
        claim = stage.thing(self.claim, "claim", "/claim")
        claims.retire(stage.who(self.by), claim, self.product, claimed=stage.at)
        return StepResult(url=f"/claims/{claim}")


VERBS = (OpenAccountStep, BookStep, CloseAccountStep, ClaimStep, TransferStep, RetireStep)
