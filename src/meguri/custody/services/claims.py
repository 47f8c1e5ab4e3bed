"""The door of accounts and claims for pages, commands and stories. Masses are grams, factors parts per million."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import cast

from meguri.custody import record
from meguri.custody.claims import acts, measuring
from meguri.custody.claims.states import AccountKey, ClaimAccountState, ContentClaimState, MeasuredFactor
from meguri.custody.models import ClaimAccount, ContentClaim
from meguri.custody.services import store
from meguri.custody.states import EventState, LotState
from meguri.custody.vocabulary import element_of
from meguri.journal import services as journal
from meguri.journal.projections.relations import readable
from meguri.kit import clock, ids
from meguri.kit.problems import N_, NotFound, Problem
from meguri.registry import services as registry


def _unknown(kind: str, id: str) -> NotFound:
    text = N_("You have no account {id}.") if kind == "content" else N_("You have no claim {id}.")
    return NotFound(Problem(text, f"/{kind}", "unknown", {"id": id}))


def account(id: str, reader: object | None = None) -> ClaimAccountState:
    """The state of an account; with a reader, only where it may see it. Raises NotFound."""
    row = ClaimAccount.objects.filter(id=id).first()
    if row is None or not _seen(reader, f"content:{id}"):
        raise _unknown("content", id)
    return cast(ClaimAccountState, row.value)


def claim_of(id: str, reader: object | None = None) -> ContentClaimState:
    """The state of a claim; with a reader, only where it may see it. Raises NotFound."""
    row = ContentClaim.objects.filter(id=id).first()
    if row is None or not _seen(reader, f"claim:{id}"):
        raise _unknown("claim", id)
    return cast(ContentClaimState, row.value)


def _seen(reader: object | None, subject: str) -> bool:
    return reader is None or bool(readable(getattr(reader, "organisation", None), [subject]))


def charges(events: Iterable[str], element: str) -> tuple[tuple[acts.MeasuredCharge, ...], MeasuredFactor]:
    """Charges as acts name them, with what they gave of an element. Events that gave none of it are named as they are,
    and refused by who looks.
    """
    wanted = list(events)
    known = record.events(wanted)
    lots = record.lots(part.lot for event in known.values() for part in (*event.inputs, *event.outputs))
    named, rows = [], []
    for id in wanted:
        event = known.get(id)
        output = _output(event, lots, element) if event else ""
        inputs = tuple(part.lot for part in event.inputs) if event else ()
        named.append(acts.MeasuredCharge(id, inputs, output))
        if event and output:
            rows.append((event, {lot: lots[lot] for lot in inputs}, output))
    return tuple(named), measuring.factor(rows, element) or measuring.NOTHING


def _output(event: EventState, lots: Mapping[str, LotState], element: str) -> str:
    return next((part.lot for part in event.outputs if element_of(lots[part.lot].stream) == element), "")


def open_account(
    actor: str,
    facility: str,
    key: AccountKey,
    begins: date,
    ends: date,
    *,
    factor_ppm: int | None = None,
    measured_by: Sequence[str] = (),
    follows: str = "",
    carried_g: int = 0,
    account: str = "",
    person: str = "",
    claimed: datetime | None = None,
) -> str:
    """Open an account for a period; returns its id. The factor is by default the whole of what was measured last."""
    named, measured = charges(measured_by, key.element)
    best = measured
    if follows:
        row = ClaimAccount.objects.filter(id=follows).first()
        best = (row.value.found if row else None) or measuring.NOTHING
    body = acts.OpenAccount(
        account=account or ids.new(),
        facility=facility,
        key=key,
        begins=begins,
        ends=ends,
        factor_ppm=best.ppm if factor_ppm is None else factor_ppm,
        follows=follows,
        carried_g=carried_g,
        charges=named,
        measured=measured,
    )
    journal.say(actor, "custody.open_account", body, claimed=claimed, person=person)
    return body.account


def book(
    actor: str,
    account: str,
    lots: Sequence[store.Part],
    source: str,
    *,
    person: str = "",
    claimed: datetime | None = None,
) -> journal.Receipt:
    """Book lots that arrived, or parts of them, by what their assays say."""
    taken = store.parts(lots)
    states = store.lots([part.lot for part in taken])
    row = ClaimAccount.objects.filter(id=account).first()
    element = row.element if row else ""
    told = tuple(
        acts.BookedLot(part.lot, part.grams, measuring.contained_g(states[part.lot], element, part.grams) or 0, source)
        for part in taken
    )
    body = acts.BookArrivals(account=account, lots=told)
    return journal.say(actor, "custody.book", body, claimed=claimed, person=person)


def close_account(
    actor: str,
    account: str,
    measured_by: Sequence[str] = (),
    *,
    digest: str = "",
    person: str = "",
    claimed: datetime | None = None,
) -> journal.Receipt:
    """Close an account after its period, with the charges by which its factor is measured."""
    row = ClaimAccount.objects.filter(id=account).first()
    named, measured = charges(measured_by, row.element if row else "")
    body = acts.CloseAccount(account=account, charges=named, measured=measured, digest=digest)
    return journal.say(actor, "custody.close_account", body, claimed=claimed, person=person)


def claim(
    actor: str,
    account: str,
    lots: Sequence[store.Part] = (),
    *,
    number: str = "",
    grams: int = 0,
    charge: str = "",
    said_on: date | None = None,
    claim: str = "",
    person: str = "",
    claimed: datetime | None = None,
) -> str:
    """Claim recycled content of lots of metal; returns the claim's id. By default its number is that of its account
    and how many there are.
    """
    row = ClaimAccount.objects.filter(id=account).first()
    event = record.events([charge]).get(charge) if charge else None
    at = claimed or clock.now()
    body = acts.ClaimContent(
        claim=claim or ids.new(),
        account=account,
        number=number or f"{account}-{row.value.claims + 1 if row else 1}",
        lots=store.parts(lots),
        grams=grams,
        said_on=said_on or at.date(),
        charge=charge,
        inputs=tuple(part.lot for part in event.inputs) if event else (),
    )
    journal.say(actor, "custody.claim", body, claimed=claimed, person=person)
    return body.claim


def transfer(
    actor: str,
    claim: str,
    to: str,
    *,
    number: str = "",
    becomes: str = "",
    person: str = "",
    claimed: datetime | None = None,
) -> str:
    """Give a claim to another organisation; returns the id of what it has."""
    row = ContentClaim.objects.filter(id=claim).first()
    body = acts.TransferClaim(
        claim=claim,
        becomes=becomes or ids.new(),
        number=number or (f"{row.number}/T" if row else ""),
        to=registry.subject(to),
    )
    journal.say(actor, "custody.transfer", body, claimed=claimed, person=person)
    return body.becomes


def retire(
    actor: str,
    claim: str,
    beneficiary: str,
    reason: str = "",
    *,
    person: str = "",
    claimed: datetime | None = None,
) -> journal.Receipt:
    """Use a claim for somebody, for good."""
    body = acts.RetireClaim(claim=claim, beneficiary=beneficiary.strip(), reason=reason.strip())
    return journal.say(actor, "custody.retire", body, claimed=claimed, person=person)
