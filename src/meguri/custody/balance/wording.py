"""The answers of a balance, in the words of its readers."""

from __future__ import annotations

from meguri.custody.balance.ledger import Balance
from meguri.custody.balance.published import PublicBalance
from meguri.kit.words import Words

SAID = {
    "grams": Words("The grams add up"),
    "weighings": Words("The weighings agree"),
    "metal": Words("The metal fits"),
    "once": Words("Nothing is said twice"),
}
SEEN = Words("Somebody else saw it")
YES_NO = {True: Words("yes"), False: Words("no"), None: Words("nothing on record")}


def sentence(found: Balance | PublicBalance) -> Words:
    """What may be said of a balance in one sentence: that it adds up only where all four answers are yes."""
    if found.adds_up is None:
        return Words("Nothing is on record.")
    if found.adds_up:
        return Words("It adds up.")
    if found.closed:
        return Words("It does not add up. The record is consistent; that it is true is not shown.")
    return Words("It does not add up.")
