"""What waits for a person as a calendar that other programs read, under a secret address that can be taken back."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from meguri.kit import clock
from meguri.kit.models import CalendarAddress
from meguri.kit.people import duties
from meguri.kit.problems import N_, NotFound, Problem
from meguri.kit.web import inbox
from meguri.kit.web.requests import guarding
from meguri.kit.web.requests.limits import limit
from meguri.kit.web.signing_in import secret_address

WIDTH = 75
"""Octets of a line of RFC 5545."""


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """Whether there is an address; making one, in the place of the one before, shows it this once."""
    reader = secret_address.person(request)
    mine = CalendarAddress.objects.filter(user=reader.user, organisation=reader.organisation)
    address = ""
    if request.method == "POST":
        secret = secret_address.make(CalendarAddress, reader)
        address = request.build_absolute_uri(reverse("portal:calendar_feed", args=[secret]))
    answer = render(request, "portal/calendar.html", {"address": address, "own": mine.first()})
    answer.headers["Cache-Control"] = "no-store"
    return answer


@require_POST
def withdraw(request: HttpRequest) -> HttpResponse:
    """Take the address back, from now on."""
    secret_address.withdraw(CalendarAddress, request)
    return HttpResponseRedirect(reverse("portal:calendar"))


@require_safe
@limit("calendar", "600/h")
def feed(request: HttpRequest, secret: str) -> HttpResponse:
    """What has a day, for whoever holds the address: as its person sees it now, and nothing once they may not."""
    reader = secret_address.reader(CalendarAddress, secret)
    if reader is None:
        raise NotFound(Problem(N_("No calendar lies here; its address may have been taken back."), "", "calendar"))
    lines = [one for one in inbox.waiting(reader) if one.due is not None]
    if not reader.may(duties.READ):
        lines = [one for one in lines if guarding.opens(one.url, reader)]
    text = "".join(f"{folded(line)}\r\n" for line in written(lines, request.build_absolute_uri("/")))
    answer = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def written(lines: Iterable[inbox.Waiting], base: str) -> Iterable[str]:
    """The calendar of RFC 5545, line by line, not folded yet."""
    yield from ("BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:-//Meguri//{settings.NODE}//EN")
    now = clock.now()
    for one in lines:
        assert one.due is not None
        where = base.rstrip("/") + one.url
        name = hashlib.sha256(where.encode()).hexdigest()[:32]
        yield from ("BEGIN:VEVENT", f"UID:{name}@{settings.NODE}", f"DTSTAMP:{_instant(now)}")
        yield from (f"DTSTART:{_instant(one.due)}", f"SUMMARY:{_escaped(str(one.title))}")
        if said := "\n".join(filter(None, (str(one.consequence), str(one.ground)))):
            yield f"DESCRIPTION:{_escaped(said)}"
        yield from (f"URL:{where}", "END:VEVENT")
    yield "END:VCALENDAR"


def _instant(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _escaped(text: str) -> str:
    for letter, instead in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\r", ""), ("\n", "\\n")):
        text = text.replace(letter, instead)
    return text


def folded(line: str) -> str:
    """A line in pieces of at most 75 octets, no letter cut."""
    pieces, piece, width = [], "", WIDTH
    for letter in line:
        if len((piece + letter).encode()) > width:
            pieces.append(piece)
            piece, width = "", WIDTH - 1
        piece += letter
    return "\r\n ".join([*pieces, piece])
