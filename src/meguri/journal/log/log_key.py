"""Which key signs checkpoints: the founding's, then that of each `journal.rotate_log`, in the order of the log.

A checkpoint is signed with the key that counts after the last act which it covers, whenever it was made. So it can be
told from acts alone which key an old checkpoint has to be signed with.
"""

from __future__ import annotations

import msgspec

from meguri.journal.act import Act
from meguri.journal.models import ActRow, Leaf, Subject
from meguri.journal.states import FOUNDING, LOG_KEYS


def public_after(number: int) -> str:
    """The public key (base64url) that counts after the act of that number. ValueError where there was none yet."""
    naming = Subject.objects.filter(subject=FOUNDING, number__lte=number).values("number")
    for row in ActRow.objects.filter(number__in=naming, kind__in=LOG_KEYS).order_by("-number"):
        return str(msgspec.json.decode(bytes(row.canonical), type=Act).body[LOG_KEYS[row.kind]])
    raise ValueError("no node is founded yet")


def public_at(size: int) -> str:
    """The public key with which a checkpoint of that size is signed; of one beyond the log, the newest."""
    last = Leaf.objects.filter(index=size - 1).values_list("number", flat=True).first()
    return public_after(2**62 if last is None else last)
