"""Who a collector is: outside the record, encrypted, and gone when it is erased."""

from __future__ import annotations

import msgspec

from meguri.buying.models import CollectorDetails
from meguri.journal.signatures import keyring


class Details(msgspec.Struct, frozen=True):
    """What a buying point may write down to reach a collector; all of it may stay empty."""

    name: str = ""
    telephone: str = ""
    language: str = ""


def keep(collector: str, details: Details) -> None:
    """Write it down in the place of what was there; nothing is kept where there is nothing."""
    if details == Details():
        erase(collector)
        return
    box = keyring.box(msgspec.json.encode(details).decode(), _name(collector))
    CollectorDetails.objects.update_or_create(collector=collector, defaults={"box": box})


def find(collector: str) -> Details | None:
    """What is written down; None where nothing is, or it was erased."""
    row = CollectorDetails.objects.filter(collector=collector).first()
    return _open(bytes(row.box), collector) if row else None


def erase(collector: str) -> bool:
    """Erase it; whether there was anything. The number stays on record."""
    return bool(CollectorDetails.objects.filter(collector=collector).delete()[0])


def keep_under(old: str, new: str) -> None:
    """Encrypt everything under another secret of the keyring."""
    for row in CollectorDetails.objects.select_for_update().order_by("collector"):
        name = _name(row.collector)
        row.box = keyring.box(keyring.unbox(bytes(row.box), name, old), name, new)
        row.save(update_fields=["box"])


def _name(collector: str) -> str:
    return f"collector {collector}"


def _open(box: bytes, collector: str) -> Details:
    return msgspec.json.decode(keyring.unbox(box, _name(collector)), type=Details)
