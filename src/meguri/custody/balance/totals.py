"""The balance of the record: read from the sums that are kept, or added up anew."""

from __future__ import annotations

from typing import cast

from meguri.custody import contents, record
from meguri.custody.balance import accounts, ledger
from meguri.custody.balance.ledger import Balance
from meguri.custody.balance.published import PublicBalance, published
from meguri.custody.models import Event, Lot
from meguri.custody.states import EventState, LotState
from meguri.custody.vocabulary import element_of
from meguri.journal.projections import sums


def standing() -> Balance:
    """The balance as the record keeps it: read from sums, whatever has been recorded. Two queries at most."""
    kept = sums.totals(accounts.ACCOUNTS)
    names = accounts.apart(kept)
    named = names[: accounts.MOST_WRONG]
    known = record.lots(named)
    return accounts.balance_of(kept, {name: known.get(name) for name in named}, len(names) - len(named))


def public(found: Balance) -> PublicBalance:
    """What of a balance anyone may see. One query."""
    return published(found, sums.parts(accounts.PARTY))


def balance() -> Balance:
    """Add up the whole record anew: what `standing` must come to."""
    lots = {row.id: cast(LotState, row.value) for row in Lot.objects.all().iterator()}
    events = {row.id: cast(EventState, row.value) for row in Event.objects.order_by("number").iterator()}
    told = list(events.values())
    smelted = {
        part.lot
        for event in told
        if any(element_of(lots[out.lot].stream) for out in event.outputs if out.lot in lots)
        for part in event.inputs
    }
    fractions = {
        name: {element: (estimate.value, estimate.sd) for element, estimate in contents.of(lots[name]).items()}
        for name in smelted
        if name in lots
    }
    return ledger.balance(told, lots, fractions, ledger.found_of(events, lots))
