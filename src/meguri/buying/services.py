"""Buying's door for pages and commands: gives numbers, buys, says which demands are met and which steps are lost."""

from __future__ import annotations

from typing import Any, cast

import msgspec
from django.core import signing
from django.db.models import Count, Sum

from meguri.buying import acts, numbers, people, vocabulary
from meguri.buying.board import PricePaid
from meguri.buying.models import Collector, Purchase
from meguri.buying.states import CollectorState, PurchaseState
from meguri.custody import acts as custody_acts
from meguri.custody.vocabulary import steps as custody_steps
from meguri.journal import services as journal
from meguri.journal.models import Private
from meguri.kit import ids
from meguri.kit.people.identity import Reader
from meguri.kit.problems import N_, NotFound, Problem, refuse
from meguri.registry import services as registry

TRIES = 40
SLIP = "buying.slip"


def named(organisation: str, number: str) -> str:
    """The collector of a short number, as an organisation's people write it."""
    return f"{organisation.partition(':')[2]}.{''.join(number.split())}"


def register(actor: str, details: people.Details | None = None, *, number: str = "", person: str = "") -> str:
    """Give somebody a number, drawn where none is named; what reaches the person is kept outside. Returns the id."""
    collector = named(actor, number) if number else _free(actor)
    journal.say(actor, "buying.register", acts.Register(collector=collector), person=person)
    if details is not None:
        people.keep(collector, details)
    return collector


def _free(actor: str) -> str:
    for attempt in range(TRIES):
        found = named(actor, numbers.drawn(5 if attempt < TRIES // 2 else numbers.LONGEST))
        if not Collector.objects.filter(id=found).exists():
            return found
    raise refuse(N_("There are hardly any numbers left."), "/number", "full")


def buy(
    actor: str,
    collector: str,
    facility: str,
    stream: str,
    grams: int,
    price: PricePaid,
    *,
    lot: str = "",
    event: str = "",
    nonce: str | None = None,
    person: str = "",
) -> str:
    """Take a lot in and say from whom it was bought: two acts, one signature, both or none. Returns the lot's id."""
    lot, event = lot or ids.new(), event or ids.new()
    site = registry.facility(facility)
    taken = custody_acts.Collect(
        event=event, lot=lot, stream=stream, grams=grams, facility=facility, economy=site.economy
    )
    bought = acts.Buy(collector=collector, lot=lot, event=event, stream=stream, grams=grams, facility=facility)
    private = {"price": msgspec.json.encode(price).decode()}
    journal.attest(
        actor,
        [
            journal.Utterance("custody.collect", taken, nonce=nonce),
            journal.Utterance("buying.buy", bought, nonce=nonce and f"{nonce}.buy", private=private),
        ],
        person=person,
    )
    return lot


def meet(actor: str, collector: str, demand: str, *, person: str = "") -> None:
    """Say that a demand of the next step is met."""
    journal.say(actor, "buying.meet", acts.Meet(collector=collector, demand=demand), person=person)


def lose(actor: str, collector: str, step: int, forbidden: str, text: str = "", *, person: str = "") -> None:
    """Say that a collector did what no step allows, and loses a step with those above it."""
    state = find(collector)
    body = acts.Lose(
        collector=collector,
        step=step,
        forbidden=forbidden,
        demands=vocabulary.lost_with(state, step),
        text=text,
    )
    journal.say(actor, "buying.lose", body, person=person)


def find(collector: str, reader: Reader | None = None) -> CollectorState:
    """A collector; with a reader, only where its organisation gave the number or is an authority there."""
    row = Collector.objects.filter(id=collector[:120]).first()
    if row is None or (reader is not None and not _sees(reader, row.value)):
        number = collector.rpartition(".")[2][:20]
        raise NotFound(
            Problem(
                N_("You have no collector with the number {number}."), "/number", "unknown-collector",
                {"number": number},
            )
        )  # fmt: skip
    return cast(CollectorState, row.value)


def _sees(reader: Reader, state: CollectorState) -> bool:
    if reader.organisation == state.buyer:
        return True
    if "authority" not in reader.roles or reader.organisation is None:
        return False
    return registry.organisation(reader.organisation).economy == registry.organisation(state.buyer).economy


def may_buy(reader: Reader) -> bool:
    """Whether the reader's organisation has a role in which something may be collected."""
    return reader.organisation is not None and bool(set(reader.roles) & set(custody_steps()["collecting"].roles))


def points(reader: Reader) -> dict[str, Any]:
    """The facilities at which the reader's organisation may buy."""
    return registry.facilities(reader.organisation) if may_buy(reader) else {}


def point(reader: Reader, facility: str) -> Any:
    """One of these. NotFound for every other."""
    name = f"facility:{facility}"
    state = registry.states([name]).get(name) if may_buy(reader) else None
    if state is None or state.organisation != reader.organisation or state.closed_on is not None:
        raise NotFound(
            Problem(
                N_("You have no facility {facility}."), "/facility", "unknown-facility", {"facility": facility[:40]}
            )
        )
    return state


def collectors(reader: Reader, most: int = 200) -> list[dict[str, Any]]:
    """Numbers that the reader's organisation gave, or that were given in an authority's economy: newest first."""
    rows = Collector.objects.filter(buyer=reader.organisation)
    if "authority" in reader.roles and reader.organisation:
        economy = registry.organisation(reader.organisation).economy
        rows = Collector.objects.filter(
            buyer__in=[
                who for who, state in registry.organisations(open_only=False).items() if state.economy == economy
            ]
        )
    found = list(rows.order_by("-since", "id")[:most])
    sums = {
        row["collector"]: (row["times"], row["grams"])
        for row in Purchase.objects.filter(collector__in=[one.id for one in found])
        .values("collector")
        .annotate(times=Count("id"), grams=Sum("grams"))
        .order_by()
    }
    return [
        {
            "id": one.id,
            "number": one.id.rpartition(".")[2],
            "step": vocabulary.steps()[vocabulary.reached(one.value)],
            "times": sums.get(one.id, (0, 0))[0],
            "grams": sums.get(one.id, (0, 0))[1],
        }
        for one in found
    ]


def purchases(*, most: int = 20, **which: str) -> list[dict[str, Any]]:
    """The newest purchases of a buyer (`buyer`) or from a collector (`collector`), newest first."""
    rows = Purchase.objects.filter(**which).order_by("-at", "id")[:most]
    return [receipt(row.id, row.value) for row in rows]


def receipt(lot: str, state: PurchaseState) -> dict[str, Any]:
    """What a receipt says; no price where it was erased."""
    kept = Private.objects.filter(act_id=state.act, name="price").values_list("value", flat=True).first()
    price = msgspec.json.decode(kept, type=PricePaid) if kept else None
    return {"lot": lot, "state": state, "number": state.collector.rpartition(".")[2], "price": price}


def purchase(lot: str, buyer: str | None = None) -> dict[str, Any]:
    """The receipt of one purchase; with a buyer, of its own alone."""
    row = Purchase.objects.filter(id=lot[:120]).first()
    if row is None or (buyer is not None and row.buyer != buyer):
        raise NotFound(Problem(N_("There is no receipt {lot} for you."), "/lot", "unknown-receipt", {"lot": lot[:40]}))
    return receipt(row.id, row.value)


def token(lot: str) -> str:
    """What a receipt's QR code bears: opens that receipt alone, for whoever holds the paper."""
    return signing.Signer(salt=SLIP).sign(lot)


def of_token(given: str) -> dict[str, Any]:
    """The receipt that a token opens."""
    try:
        return purchase(signing.Signer(salt=SLIP).unsign(given[:200]))
    except signing.BadSignature:
        raise NotFound(Problem(N_("This receipt cannot be opened."), "", "unknown-receipt")) from None
