"""Sending webhooks: in the order of the feed, each message until it is taken; later and later, then no more.

A process beside the server does it. Several may run: a webhook is held by one for as long as a message may take. A
message is taken where the receiver answers 2xx within `ANSWER_S`. No redirect is followed, no proxy asked, and of an
answer only its status counts.
"""

from __future__ import annotations

import contextlib
import http.client
import logging
import socket
import ssl
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
from django.db import OperationalError, close_old_connections, connection
from django.db.models import Q
from django.utils import timezone

from meguri.journal.listing import acts
from meguri.journal.listing.acts import ActLine
from meguri.journal.signatures import keyring
from meguri.kit.people import identity
from meguri.kit.problems import MeguriError
from meguri.kit.running import readiness
from meguri.systems import addresses, hooks
from meguri.systems.addresses import HookTarget
from meguri.systems.models import Webhook

log = logging.getLogger(__name__)

NAME = "webhooks"
EVERY_S = 1.0
BEATS_S = 20.0
WITHIN_S = 120.0
"""A process that gave no sign of life for so long is not well; one message may take half a minute."""
CONNECT_S, ANSWER_S = 5.0, 15.0
HELD = timedelta(seconds=60)
"""For so long one process has a webhook to itself; longer than a message takes."""
AT_ONCE = 50
"""Messages of one webhook, before it is the next one's turn."""
DELAYS = tuple(timedelta(seconds=s) for s in (5, 60, 300, 1800, 7200, 18000, 36000, 50400, 86400))
"""After which failure the next attempt is made how much later; after the last it is switched off: some three days."""


class NotTaken(Exception):
    """A message was not taken; `gone` where the receiver wants none any more, `inner` where it would lead inside."""

    def __init__(self, said: str, *, gone: bool = False, inner: bool = False) -> None:
        super().__init__(said)
        self.said, self.gone, self.inner = said[:200], gone, inner


def post(target: HookTarget, headers: dict[str, str], body: bytes) -> int:
    """Send a message and return the answer's status. Raises NotTaken. All of it takes no longer than `ANSWER_S`."""
    opened: list[socket.socket] = []
    late = threading.Event()

    def cut() -> None:
        late.set()
        for one in opened:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    watch = threading.Timer(ANSWER_S, cut)
    watch.daemon = True
    watch.start()
    try:
        plain = socket.create_connection((target.peer, target.port), CONNECT_S)
        opened.append(plain)
        talk = http.client.HTTPConnection(target.host, target.port, timeout=ANSWER_S)
        talk.sock = plain
        if target.secure:
            talk.sock = ssl.create_default_context().wrap_socket(
                plain, server_hostname=target.host, do_handshake_on_connect=False
            )
            opened.append(talk.sock)
            talk.sock.settimeout(ANSWER_S)
            talk.sock.do_handshake()
        talk.request("POST", target.path, body, {"Host": target.shown, "Connection": "close", **headers})
        status = talk.getresponse().status
        if late.is_set():
            raise TimeoutError(f"no whole answer within {ANSWER_S:g} s")
        return status
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise NotTaken(f"{type(error).__name__}: {error}") from None
    finally:
        watch.cancel()
        for one in opened:
            one.close()


def send(row: Webhook, item: ActLine) -> None:
    """Send one act to a webhook. Raises NotTaken."""
    try:
        target = addresses.resolve(row.url)
    except MeguriError as error:
        raise NotTaken(str(error), inner=error.problems[0].code == "inner") from None
    message = hooks.HookMessage(item.kind, item.recorded, row.organisation, str(item.number), item)
    body = msgspec.json.encode(message)
    id, at = f"msg_{row.id}_{item.number}", int(time.time())
    secret = keyring.unbox(bytes(row.secret), row.id)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Meguri-Webhooks/1",
        "webhook-id": id,
        "webhook-timestamp": str(at),
        "webhook-signature": hooks.signature(secret, id, at, body),
    }
    status = post(target, headers, body)
    if not 200 <= status < 300:
        raise NotTaken(f"HTTP {status}", gone=status == 410)


def _take(row: Webhook) -> bool:
    """Hold a webhook, unless somebody else does."""
    now = timezone.now()
    free = Q(until=None) | Q(until__lt=now)
    due = Q(again=None) | Q(again__lte=now)
    return bool(Webhook.objects.filter(free, due, pk=row.pk, off=None).update(until=now + HELD))


def _came(row: Webhook, before: int, cursor: int, delivered: bool) -> bool:
    """Note how far it came; False where somebody had it replayed or switched it off meanwhile."""
    change: dict[str, Any] = {"cursor": cursor, "failures": 0, "again": None, "until": timezone.now() + HELD}
    if delivered:
        change |= {"delivered": timezone.now(), "said": ""}
    return bool(Webhook.objects.filter(pk=row.pk, cursor=before, off=None).update(**change))


def _failed(row: Webhook, before: int, failed: NotTaken) -> None:
    now = timezone.now()
    failures = row.failures + 1
    change: dict[str, Any] = {"failures": failures, "said": failed.said, "again": None}
    if failed.gone or failed.inner or failures > len(DELAYS):
        change |= {"off": now, "why": hooks.GONE if failed.gone else hooks.INNER if failed.inner else hooks.FAILED}
        log.warning("webhook %s is switched off: %s", row.id, failed.said)
    else:
        change["again"] = now + DELAYS[failures - 1]
    Webhook.objects.filter(pk=row.pk, cursor=before, off=None).update(**change)


def _one(row: Webhook) -> int:
    """Send what is due to one webhook; returns how many messages were taken."""
    sent = 0
    row.refresh_from_db()
    known = identity.known(row.organisation)
    if known is None or known.closed:
        Webhook.objects.filter(pk=row.pk, off=None).update(off=timezone.now(), why=hooks.CLOSED)
        return sent
    while sent < AT_ONCE:
        page = acts.feed(row.organisation, str(row.cursor), AT_ONCE)
        for item in page.items:
            wanted = not row.kinds or item.kind in row.kinds
            if wanted:
                try:
                    send(row, item)
                except NotTaken as failed:
                    _failed(row, row.cursor, failed)
                    return sent
                sent += 1
            if not _came(row, row.cursor, item.number, wanted):
                return sent
            row.cursor, row.failures = item.number, 0
            if sent >= AT_ONCE:
                return sent
        end = int(page.next)
        if end != row.cursor and not _came(row, row.cursor, end, False):
            return sent
        row.cursor = end
        if not page.more:
            return sent
    return sent


def deliver() -> int:
    """Send what is due to every webhook; returns how many messages were taken."""
    if not Webhook.objects.filter(off=None).exists():
        return 0
    now = timezone.now()
    sent = 0
    newest = acts.last_number()
    due = Q(again=None) | Q(again__lte=now)
    free = Q(until=None) | Q(until__lt=now)
    for row in Webhook.objects.filter(due, free, off=None, cursor__lt=newest).order_by("again", "id"):
        if not _take(row):
            continue
        try:
            sent += _one(row)
        except Webhook.DoesNotExist:
            continue
        finally:
            Webhook.objects.filter(pk=row.pk).update(until=None)
    return sent


def check() -> readiness.Check | None:
    """Whether messages go out: the process that delivers them lives. None where no webhook is switched on."""
    return readiness.beating(NAME, WITHIN_S) if Webhook.objects.filter(off=None).exists() else None


def run_forever(stop: Callable[[], bool] = lambda: False) -> None:
    """Deliver again and again until `stop` says so; and say that one is alive."""
    said = float("-inf")
    while not stop():
        close_old_connections()
        try:
            deliver()
            if time.monotonic() - said >= BEATS_S:
                readiness.beat(NAME)
                said = time.monotonic()
        except OperationalError:
            connection.close()
        except MeguriError as error:
            log.warning("webhooks: %s", ", ".join(problem.code for problem in error.problems))
        time.sleep(EVERY_S)
