"""The four answers of a plan as sentences with numbers, and the rows of the tables that they open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from meguri.kit.language import formats
from meguri.kit.words import Words, listed, plain
from meguri.law import COVERS
from meguri.law.citing import citation
from meguri.network.web import figures, names
from meguri.network.web.account.records import Closed, Hurt, PlanAccount, Worth

THOUSAND = 1000.0
LARGE = 20_000.0
"""Tonnes a year from which a thousand tonnes more is a step that one can speak of."""


@dataclass(frozen=True)
class Sentence:
    """One answer: the question, what the plan says, and where the table stands."""

    question: str
    said: str
    anchor: str


@dataclass(frozen=True)
class WorthRow:
    """More capacity at a plant, USD a year for a tonne a year."""

    worth: Worth
    economy: Words
    dual: float
    gain: float
    build: float | None

    @property
    def pays(self) -> bool | None:
        """Whether it is worth more a year than building costs a year; None where nothing can be built."""
        return None if self.build is None else self.gain > self.build


def worth_rows(told: PlanAccount) -> list[WorthRow]:
    """The plants where more capacity is worth most; building is spread evenly over the plan."""
    return [
        WorthRow(
            one, names.economy(one.economy), one.dual / told.yearly,
            one.gain / one.step / told.yearly if one.step else 0.0,
            None if one.build is None else one.build / told.yearly,
        )
        for one in told.worth
    ]  # fmt: skip


@dataclass(frozen=True)
class ClosedRow:
    """A closed lane with what opening it is worth a year, why it is closed, and the law's page that says so."""

    closed: Closed
    stream: Words
    sender: Words
    receiver: Words
    why: Words
    yearly: float
    ask: str

    @property
    def grounds(self) -> Words:
        """What the law cites for it."""
        return listed((citation(ground) for ground in self.closed.grounds), Words("; ", context="citation"))


def closed_rows(told: PlanAccount) -> list[ClosedRow]:
    """Closed lanes, the dearest first."""
    return [
        ClosedRow(
            one, names.stream(one.stream), names.economy(one.sender), names.economy(one.receiver),
            listed(names.why(word) for word in one.why), one.gain / told.yearly, _ask(one),
        )
        for one in told.closed
    ]  # fmt: skip


def _ask(one: Closed) -> str:
    slug, operation = names.law_of(one.stream)
    day = min(date(one.year, 7, 1), COVERS[1])
    asked = {"from": one.sender, "to": one.receiver, "stream": slug, "operation": operation, "on": day.isoformat()}
    return "/may-it-move?" + urlencode(asked)


@dataclass(frozen=True)
class HurtRow:
    """What is gone, what that costs a year, and the metals that are lost most."""

    hurt: Hurt
    name: Words
    kind: Words
    yearly: float
    metals: Words


def hurt_rows(told: PlanAccount) -> list[HurtRow]:
    """What hurts, the worst first."""
    return [
        HurtRow(one, names.hurt(one), names.KINDS[one.kind], one.loss / told.yearly, _metals(one)) for one in told.hurts
    ]


def _metals(one: Hurt) -> Words:
    lost = sorted((tonnes, symbol) for symbol, tonnes in one.metal.items() if tonnes < -1e-9)[:4]
    return listed(plain(f"{symbol}{formats.NO_BREAK}{figures.tonnes(tonnes)}") for tonnes, symbol in lost)


def sentences(told: PlanAccount) -> list[Sentence]:
    """The first three answers; the fourth needs several plans."""
    return [_worth(told), _closed(told), _hurt(told)]


def _worth(told: PlanAccount) -> Sentence:
    question = _("Where is the next tonne of capacity worth most?")
    rows = worth_rows(told)
    if not rows:
        return Sentence(question, _("Nowhere: no plant of the plan is full."), "worth")
    best = max(rows, key=lambda row: row.gain)
    large = best.worth.capacity >= LARGE
    text = (
        _("One more thousand tonnes a year of %(technology)s at %(site)s is worth %(value)s a year.")
        if large
        else _("One more tonne a year of %(technology)s at %(site)s is worth %(value)s a year.")
    )
    params = {
        "technology": names.said(best.worth.technology).lower(),
        "site": _place(names.said(best.worth.name), names.said(best.economy)),
        "value": figures.money(best.gain * (THOUSAND if large else 1.0)),
    }
    return Sentence(question, text % params, "worth")


def _place(site: str, economy: str) -> str:
    return site if economy in site else _("%(site)s (%(economy)s)") % {"site": site, "economy": economy}


def _closed(told: PlanAccount) -> Sentence:
    question = _("What would each closed lane be worth if it were lawful?")
    rows = closed_rows(told)
    if not rows:
        return Sentence(question, _("Nothing: no lane that the law closes would be used by this plan."), "closed")
    best = rows[0]
    said = _(
        "If %(stream)s could lawfully go from %(sender)s to %(receiver)s, that would be worth %(value)s a year."
    ) % {
        "stream": names.said(best.stream).lower(),
        "sender": names.said(best.sender),
        "receiver": names.said(best.receiver),
        "value": figures.money(best.yearly),
    }
    return Sentence(question, said, "closed")


def _hurt(told: PlanAccount) -> Sentence:
    question = _("What hurts most?")
    rows = [row for row in hurt_rows(told) if row.hurt.thing != names.HOME]
    if not rows:
        return Sentence(question, _("Nothing was found that could be lost."), "hurts")
    worst = rows[0]
    text = (
        _("Losing %(thing)s: the targets can then not all be kept, and it costs %(value)s a year.")
        if worst.hurt.eased
        else _("Losing %(thing)s would cost %(value)s a year.")
    )
    said = text % {"thing": _thing(worst), "value": figures.money(worst.yearly)}
    sea = [row for row in rows if row.hurt.kind in ("port", "passage") and row.yearly > 0]
    if sea and sea[0] is not worst:
        more = _("Of ports and straits, %(thing)s hurts most: %(value)s a year.")
        said = names.both(said, more % {"thing": _thing(sea[0]), "value": figures.money(sea[0].yearly)})
    return Sentence(question, said, "hurts")


def _thing(row: HurtRow) -> str:
    return Words("{thing} ({kind})").format(thing=row.name, kind=row.kind).say()
