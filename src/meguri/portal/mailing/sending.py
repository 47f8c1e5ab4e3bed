"""Sending what people wish to hear: a process beside the server does it, and several may. Each line goes once, unless
the process ends between sending it and putting it down.

A wish is locked while it is told, and put down as told in the same transaction. Where the server of mail refuses,
nothing is put down, and it is tried again later. A mail names the step or the kind of act, the organisation and the
number of a case, and leads to the page; masses, prices and persons stand on that page alone.
"""

from __future__ import annotations

import hashlib
import logging
import smtplib
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.mail import EmailMessage
from django.db import OperationalError, close_old_connections, connection, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext

from meguri.following import looking
from meguri.following import services as following
from meguri.following import wording as law_wording
from meguri.journal import wording
from meguri.journal.listing import acts
from meguri.kit import clock, words
from meguri.kit.people import duties, identity
from meguri.kit.people.identity import Reader
from meguri.kit.problems import MeguriError
from meguri.kit.running import readiness
from meguri.kit.web import inbox
from meguri.kit.web.requests import guarding
from meguri.portal.mailing import wishes
from meguri.portal.models import MailWish

log = logging.getLogger(__name__)
NAME = "mail"
EVERY_S = 10.0
WITHIN_S = 120.0
DAY = timedelta(hours=24)
LATER = timedelta(minutes=5)
MOST = 100
"""Lines of one mail."""
Told = tuple[list[str], dict[str, Any]]
"""The lines of a mail, and what is put down of the wish once it is sent."""


def _digest(one: inbox.Waiting) -> str:
    return hashlib.sha256(f"{one.url} {one.title} {one.due}".encode()).hexdigest()[:24]


def _waiting(row: MailWish, reader: Reader) -> Told:
    """What waits: at once what was not told before, once a day all of it."""
    found = inbox.waiting(reader)
    if not reader.may(duties.READ):
        found = [one for one in found if guarding.opens(one.url, reader)]
    now = {_digest(one): one for one in found}
    fresh = [one for name, one in now.items() if row.how == wishes.DAILY or name not in row.told]
    lines = []
    for one in fresh[:MOST]:
        due = f" ({one.due.astimezone(UTC):%Y-%m-%d %H:%M} UTC)" if one.due else ""
        lines.append(f"{one.title}{due}\n{row.base}{one.url}")
    return lines, {"told": list(now)}


def _new(row: MailWish, reader: Reader) -> Told:
    """What others said since, of the feed."""
    page = acts.feed(row.organisation, str(row.cursor), MOST)
    others = [one for one in page.items if one.actor != row.organisation] if reader.may(duties.READ) else []
    names = identity.names(name for one in others for name in (one.actor, one.by) if name)
    lines = [
        f"{wording.of(one.kind)} · {wording.said_by(one.actor, one.by or one.actor, names)}"
        f" ({one.recorded.astimezone(UTC):%Y-%m-%d %H:%M} UTC)\n{row.base}/journal/acts/{one.id}"
        for one in others
    ]
    return lines, {"cursor": int(page.next)}


def _law(row: MailWish, reader: Reader) -> Told:
    """What the law changed since of what the person follows; what was, what is, from when, because of what."""
    found = following.alerts_of(reader) if reader.may(duties.READ) else following.alerts_of(reader).none()
    rows = list(found.filter(pk__gt=row.cursor).order_by("pk")[:MOST])
    lines = [f"{law_wording.mailed(one)}\n{row.base}{reverse('following:alert', args=[one.pk])}" for one in rows]
    return lines, {"cursor": rows[-1].pk if rows else row.cursor}


_LINES: dict[str, Callable[[MailWish, Reader], Told]] = {wishes.WAITING: _waiting, wishes.NEW: _new, wishes.LAW: _law}


def _tell(row: MailWish) -> bool:
    """Tell one wish what is due; whether a mail was sent."""
    held = identity.standing(row.user) if row.user.is_active and row.user.email else {}
    if row.organisation not in held:
        return False
    known = identity.known(row.organisation)
    if known is None or known.closed:
        return False
    with words.speaking(row.language), translation.override(row.language):
        reader = identity.acting(row.user, row.organisation, held[row.organisation])
        lines, after = _LINES[row.subject](row, reader)
        if lines:
            message(row, known.name.say(), lines).send()
            after |= {"sent": datetime.now(UTC)}
        after |= {"failures": 0, "again": None}
        MailWish.objects.filter(pk=row.pk).update(**after)
    return bool(lines)


def message(row: MailWish, organisation: str, lines: list[str]) -> EmailMessage:
    """The mail, in the person's language, with the link that ends it."""
    end = row.base + reverse("portal:mail_end", args=[wishes.key(row)])
    subject = wishes.SUBJECTS[row.subject].say()
    foot = gettext("You asked to be told this. To end it:")
    return EmailMessage(
        f"{subject} · {organisation}",
        "\n\n".join([organisation, *lines, f"-- \n{foot}\n{end}"]) + "\n",
        to=[row.user.email],
        headers={"List-Unsubscribe": f"<{end}>", "Auto-Submitted": "auto-generated"},
    )


def _due() -> list[int]:
    now = datetime.now(UTC)
    daily = Q(how=wishes.DAILY) & (Q(sent=None) | Q(sent__lte=now - DAY))
    rows = MailWish.objects.filter(Q(again=None) | Q(again__lte=now), Q(how=wishes.IMMEDIATE) | daily)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def _told_today(row: MailWish) -> bool:
    return row.how == wishes.DAILY and row.sent is not None and row.sent > datetime.now(UTC) - DAY


def send() -> tuple[int, int]:
    """Tell all that is due; how many mails were sent, and how many could not be."""
    sent = failed = 0
    if looking.due(clock.today()):
        looking.look(clock.today())
    for pk in _due():
        try:
            with transaction.atomic():
                skip = connection.features.has_select_for_update_skip_locked
                rows = MailWish.objects.select_for_update(skip_locked=skip, of=("self",) if skip else ())
                row = rows.select_related("user").filter(pk=pk).exclude(how=wishes.NONE).first()
                if row is not None and not _told_today(row):
                    sent += _tell(row)
        except (OSError, smtplib.SMTPException) as error:
            failed += 1
            log.warning("mail was not sent: %s", type(error).__name__)
            row = MailWish.objects.get(pk=pk)
            MailWish.objects.filter(pk=pk).update(
                failures=row.failures + 1, again=datetime.now(UTC) + LATER * min(row.failures + 1, 12)
            )
    return sent, failed


def check() -> readiness.Check | None:
    """Whether mail goes out: the process lives, and none waits for another attempt. None where nobody wants any."""
    wanted = MailWish.objects.exclude(how=wishes.NONE)
    if not wanted.exists():
        return None
    alive = readiness.beating(NAME, WITHIN_S)
    return readiness.Check(alive.ok and not wanted.filter(failures__gt=0).exists(), alive.lag_s)


def run_forever(stop: Callable[[], bool] = lambda: False) -> None:
    """Send again and again until `stop` says so, and say that one is alive."""
    while not stop():
        close_old_connections()
        try:
            send()
            readiness.beat(NAME)
        except OperationalError:
            connection.close()
        except MeguriError as error:
            log.warning("mail: %s", ", ".join(problem.code for problem in error.problems))
        time.sleep(EVERY_S)
