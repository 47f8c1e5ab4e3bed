"""Webhooks: where an organisation's system hears what concerns it. Set up, switched, replayed here; `delivery` sends.

Messages follow Standard Webhooks: ``webhook-id``, ``webhook-timestamp``, and ``webhook-signature`` (``v1,`` and the
HMAC-SHA256 over id, timestamp and body, with the secret ``whsec_…`` that is shown once).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import datetime
from typing import Annotated

import msgspec
from django.db.models import QuerySet
from django.utils import timezone

from meguri.journal import kinds
from meguri.journal.listing import acts
from meguri.journal.listing.pages import number
from meguri.journal.signatures import keyring
from meguri.kit import ids
from meguri.kit.problems import N_, NotFound, Problem, Refused, refuse
from meguri.systems import addresses
from meguri.systems.models import Webhook

MOST = 10
"""Webhooks of an organisation."""
FAILED, GONE, BY_HAND, INNER, CLOSED = "failed", "gone", "by hand", "inner", "closed"
WHY = {
    FAILED: N_("too many failures one after the other"),
    GONE: N_("the receiver said that it is gone (410)"),
    BY_HAND: N_("switched off by somebody"),
    INNER: N_("its address leads into a network"),
    CLOSED: N_("the organisation is closed"),
}


class HookGiven(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is sent to set up a webhook. `kinds` narrows it to these kinds of act; none means all that concern one.
    `after` is a cursor of the feed from which it begins; from now on where none is sent.
    """

    url: Annotated[str, msgspec.Meta(max_length=addresses.LONGEST)]
    purpose: Annotated[str, msgspec.Meta(max_length=200)] = ""
    kinds: Annotated[list[str], msgspec.Meta(max_length=100)] = []
    after: Annotated[str, msgspec.Meta(max_length=20)] = ""


class ReplayGiven(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From where a webhook is sent again: a cursor of the feed, empty for the beginning."""

    after: Annotated[str, msgspec.Meta(max_length=20)]


class HookLine(msgspec.Struct, frozen=True):
    """A webhook: ``on``, ``failing`` or ``off``; `cursor` is how far it has come, `said` what the last attempt met."""

    id: str
    href: str
    organisation: str
    url: str
    purpose: str
    kinds: list[str]
    state: str
    why: str
    cursor: str
    failures: int
    said: str
    made: datetime
    delivered: datetime | None
    again: datetime | None
    off: datetime | None


class HookMade(msgspec.Struct, frozen=True):
    """A webhook that was just made, with the secret that is shown once."""

    webhook: HookLine
    secret: str


class HookMessage(msgspec.Struct, frozen=True):
    """What is sent: an act as the feed tells it. `cursor` is its place in the feed."""

    type: str
    timestamp: datetime
    organisation: str
    cursor: str
    data: acts.ActLine


def make(organisation: str, given: HookGiven) -> tuple[Webhook, str]:
    """Set a webhook up; returns it with its secret. Refused for an inner address, an unknown kind, one too many."""
    addresses.resolve(given.url)
    for place, kind in enumerate(given.kinds):
        try:
            kinds.find(kind)
        except Refused as error:
            raise Refused(
                *(Problem(one.text, f"/kinds/{place}", one.code, one.params) for one in error.problems)
            ) from None
    if given.purpose and not given.purpose.isprintable():
        raise refuse(N_("Say in 1 to 200 characters what the webhook is for."), "/purpose", "purpose")
    if Webhook.objects.filter(organisation=organisation).count() >= MOST:
        raise refuse(N_("{most} webhooks are set up already. Remove one first."), "", "many", most=MOST)
    begin = number(given.after)
    id, secret = ids.new(), "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    row = Webhook.objects.create(
        id=id,
        organisation=organisation,
        purpose=given.purpose,
        url=given.url,
        kinds=list(dict.fromkeys(given.kinds)),
        secret=keyring.box(secret, id),
        made=timezone.now(),
        cursor=acts.last_number() if begin is None else begin,
    )
    return row, secret


def listed(organisation: str) -> QuerySet[Webhook]:
    """The webhooks of an organisation, newest first."""
    return Webhook.objects.filter(organisation=organisation)[: MOST + 1]


def find(organisation: str, id: str) -> Webhook:
    """A webhook of an organisation. NotFound for every other."""
    row = Webhook.objects.filter(id=id, organisation=organisation).first()
    if row is None:
        raise NotFound(Problem(N_("There is no webhook {id} for you."), "/id", "absent", {"id": id[:40]}))
    return row


def remove(organisation: str, id: str) -> None:
    """Forget a webhook; nothing is sent any more."""
    find(organisation, id).delete()


def switch(organisation: str, id: str, on: bool) -> Webhook:
    """Switch a webhook on, going on where it stopped, or off."""
    row = find(organisation, id)
    if on:
        addresses.resolve(row.url)
        Webhook.objects.filter(pk=row.pk).update(off=None, why="", failures=0, again=None)
    elif row.off is None:
        Webhook.objects.filter(pk=row.pk).update(off=timezone.now(), why=BY_HAND)
    return find(organisation, id)


def replay(organisation: str, id: str, after: str) -> Webhook:
    """Send again all that concerns the organisation from a cursor on, and what follows; switches it on."""
    switch(organisation, id, True)
    Webhook.objects.filter(pk=id).update(cursor=number(after) or 0)
    return find(organisation, id)


def told(row: Webhook) -> HookLine:
    """A webhook as it is told; never its secret."""
    state = "off" if row.off else ("failing" if row.failures else "on")
    return HookLine(
        row.id, f"/api/webhooks/{row.id}", row.organisation, row.url, row.purpose, list(row.kinds), state, row.why,
        str(row.cursor), row.failures, row.said, row.made, row.delivered, row.again, row.off,
    )  # fmt: skip


def signature(secret: str, id: str, at: int, body: bytes) -> str:
    """The signature of a message, as Standard Webhooks has it."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    made = hmac.digest(key, f"{id}.{at}.".encode() + body, hashlib.sha256)
    return "v1," + base64.b64encode(made).decode()


def keep_under(old: str, new: str) -> None:
    """Encrypt every secret under another one of the keyring."""
    for row in Webhook.objects.select_for_update().order_by("id"):
        row.secret = keyring.box(keyring.unbox(bytes(row.secret), row.id, old), row.id, new)
        row.save(update_fields=["secret"])
