"""Who signed in, who could not, and who was refused what is not theirs: kept for so many days, bounded in number.

None of this is on the record. What is alike within an hour is one row with a number; of what has no account behind it,
and of each account, only so many different rows are kept an hour, and the rest is counted in one: a stranger cannot
fill the disk. An address is kept as a keyed hash, which tells alike from unlike and nothing else.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.db import Error, transaction
from django.db.models import F, Q

from meguri.kit.models import AccessNote, Membership, User
from meguri.kit.problems import N_
from meguri.kit.running import logs
from meguri.kit.words import filled

log = logging.getLogger(__name__)

SIGNED_IN, SIGNED_OUT, NOT_SIGNED_IN, REFUSED, FORM, KEY = "in", "out", "failed", "refused", "form", "key"
TOKEN = "token"  # noqa: S105 - a word of the access log
FACTOR_USED, FACTOR_WRONG, FACTOR_ADDED, FACTOR_REMOVED = "factor", "factor-wrong", "factor-added", "factor-gone"
PASSWORD, OUTSIDE, ENDED, MEMBERS = "password", "outside", "ended", "members"
PAPER = "paper"
KINDS = {
    SIGNED_IN: N_("signed in"),
    SIGNED_OUT: N_("signed out"),
    NOT_SIGNED_IN: N_("sign-in failed"),
    REFUSED: N_("refused: not allowed"),
    FORM: N_("refused: form without its token"),
    KEY: N_("refused: key or signature not known"),
    TOKEN: N_("refused: token of a system not good"),
    FACTOR_USED: N_("second factor or passkey given"),
    FACTOR_WRONG: N_("second factor wrong"),
    FACTOR_ADDED: N_("second factor or passkey set up"),
    FACTOR_REMOVED: N_("second factor or passkey removed"),
    PASSWORD: N_("password changed"),
    OUTSIDE: N_("sign-in of another service connected or removed"),
    ENDED: N_("another session ended"),
    MEMBERS: N_("membership given, changed or ended"),
    PAPER: N_("content of a paper fetched"),
}
"""What is noted, in words."""
EACH_HOUR = 100
"""Different rows an hour of one account."""
STRANGERS_HOUR = 300
"""Different rows an hour of all that has no account behind it."""
STRANGERS_MOST = 100_000
"""Rows without an account in all; the oldest go first. They never push out what has an account."""
TIDY_S = 600.0
NOBODY = 0


@dataclass(frozen=True)
class Noted:
    """Something that happened while a request was answered; `account` where it is another than the reader's."""

    kind: str
    account: int | None = None


_noted: ContextVar[list[Noted] | None] = ContextVar("meguri_access", default=None)
_tidied = [0.0]
_lock = threading.Lock()


@contextmanager
def noting() -> Iterator[list[Noted]]:
    """Collect what is noted meanwhile."""
    found: list[Noted] = []
    token = _noted.set(found)
    try:
        yield found
    finally:
        _noted.reset(token)


def note(kind: str, account: int | None = None) -> None:
    """Note something of the request that is being answered; without one nothing is noted."""
    found = _noted.get()
    if found is not None and len(found) < 4:
        found.append(Noted(kind, account))


def not_signed_in(login: str) -> None:
    """Note that a password was wrong: of the account that was tried, where there is one."""
    text = login.strip().lower()[:320].replace("\0", "")
    tried = (
        User.objects.filter(Q(username__iexact=text) | (Q(email__iexact=text) & ~Q(email=""))).order_by("pk").first()
    )
    note(NOT_SIGNED_IN, tried.pk if tried else NOBODY)


def place_of(address: str) -> str:
    """A keyed hash of an address; with another session secret it is another one."""
    key = hmac.digest(str(settings.SECRET_KEY).encode(), b"meguri.access", "sha256")
    return hmac.new(key, address.encode(), hashlib.sha256).hexdigest()[:16]


def write(noted: Sequence[Noted], account: int, address: str, route: str) -> None:
    """Write what was noted. What cannot be written is logged, and the request is answered all the same."""
    if not noted:
        return
    try:
        for one in dict.fromkeys(noted):
            _write(one.kind, account if one.account is None else one.account, place_of(address), route[:120])
        _tidy()
    except Error as error:
        log.warning("an entry of the access log was not written: %s", type(error).__name__)


def _write(kind: str, account: int, place: str, route: str) -> None:
    present = datetime.now(UTC)
    hour = present.replace(minute=0, second=0, microsecond=0)
    alike = {"hour": hour, "kind": kind, "account": account, "place": place, "route": route}
    if _again(alike, present):
        return
    if AccessNote.objects.filter(hour=hour, account=account).count() >= (EACH_HOUR if account else STRANGERS_HOUR):
        alike = {**alike, "place": "", "route": ""}
        if _again(alike, present):
            return
    with transaction.atomic():
        _, made = AccessNote.objects.get_or_create(
            **alike, defaults={"first": present, "last": present, "number": 1, "request": logs.request_id()}
        )
    if not made:
        _again(alike, present)


def _again(alike: dict[str, object], present: datetime) -> bool:
    return bool(
        AccessNote.objects.filter(**alike).update(number=F("number") + 1, last=present, request=logs.request_id())
    )


def _tidy() -> None:
    """Forget what is older than `settings.ACCESS_DAYS`, and strangers' rows that are too many."""
    present = time.monotonic()
    with _lock:
        if _tidied[0] and present - _tidied[0] < TIDY_S:
            return
        _tidied[0] = present
    forget()


def forget() -> None:
    """The same, at once."""
    AccessNote.objects.filter(last__lt=datetime.now(UTC) - timedelta(days=days())).delete()
    strangers = AccessNote.objects.filter(account=NOBODY).order_by("-id")
    beyond = strangers.values_list("id", flat=True)[STRANGERS_MOST : STRANGERS_MOST + 1].first()
    if beyond is not None:
        AccessNote.objects.filter(account=NOBODY, id__lte=beyond).delete()


@dataclass(frozen=True)
class AccessLine:
    """A row for people and machines; `name` is the account's user name, empty where it is gone or there was none."""

    id: int
    kind: str
    account: int
    name: str
    place: str
    route: str
    number: int
    first: datetime
    last: datetime
    request: str

    @property
    def words(self) -> str:
        """What happened, in the reader's language."""
        return filled(KINDS[self.kind], {})


def days() -> int:
    """For how many days rows are kept."""
    return int(settings.ACCESS_DAYS)


def listed(organisation: str = "", before: int | None = None, most: int | None = None) -> list[AccessLine]:
    """The newest rows first: all, or those of the accounts that act for an organisation."""
    rows = AccessNote.objects.order_by("-id")
    if organisation:
        rows = rows.filter(account__in=Membership.objects.filter(organisation=organisation).values("user"))
    if before is not None:
        rows = rows.filter(id__lt=before)
    found = list(rows[:most])
    names = dict(User.objects.filter(pk__in={row.account for row in found}).values_list("pk", "username"))
    return [
        AccessLine(
            row.pk, row.kind, row.account, names.get(row.account, ""), row.place, row.route, row.number,
            row.first, row.last, row.request,
        )
        for row in found
    ]  # fmt: skip


def connect() -> None:
    """Note whoever signs in and out, by whatever door."""
    user_logged_in.connect(_in, dispatch_uid="meguri.kit.people.access")
    user_logged_out.connect(_out, dispatch_uid="meguri.kit.people.access")


def _in(user: User, **_: object) -> None:
    note(SIGNED_IN, user.pk)


def _out(user: User | None, **_: object) -> None:
    if user is not None:
        note(SIGNED_OUT, user.pk)
