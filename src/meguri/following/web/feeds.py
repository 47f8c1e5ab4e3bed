"""What was told as a feed that other programs read (Atom), under a secret address that can be taken back."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from meguri.following import looking, services, wording
from meguri.following.models import LawFeedAddress
from meguri.following.web import pages
from meguri.kit import words
from meguri.kit.people import duties
from meguri.kit.problems import N_, NotFound, Problem
from meguri.kit.web.requests.limits import limit
from meguri.kit.web.signing_in import secret_address

MOST = 50


@require_POST
@limit("following", "60/m")
def address(request: HttpRequest) -> HttpResponse:
    """Make an address, in the place of the one before; it is shown this once."""
    reader = secret_address.person(request)
    secret = secret_address.make(LawFeedAddress, reader)
    where = request.build_absolute_uri(reverse("following:feed", args=[secret]))
    return pages.shown(request, reader, address=where)


@require_POST
@limit("following", "60/m")
def withdraw(request: HttpRequest) -> HttpResponse:
    """Take the address back, from now on."""
    secret_address.withdraw(LawFeedAddress, request)
    return HttpResponseRedirect(reverse("following:page"))


@require_safe
@limit("following-feed", "600/h")
def feed(request: HttpRequest, secret: str) -> HttpResponse:
    """The newest alerts, for whoever holds the address: as its person sees them now, nothing once they may not."""
    reader = secret_address.reader(LawFeedAddress, secret)
    if reader is None:
        raise NotFound(Problem(N_("No feed lies here; its address may have been taken back."), "", "feed"))
    rows = list(services.alerts_of(reader)[:MOST]) if reader.may(duties.READ) else []
    home = request.build_absolute_uri(reverse("following:page"))
    written = Atom1Feed(
        title=gettext("Changes of law on what I follow"),
        link=home,
        description="",
        language=words.active(),
        feed_guid=f"tag:{settings.NODE},2026:following",
    )
    for row in rows:
        where = request.build_absolute_uri(reverse("following:alert", args=[row.pk]))
        written.add_item(
            title=f"{wording.title(row.watched)} · {looking.WORDS_OF[row.kind]}",
            link=where,
            description=wording.line(row).say(),
            unique_id=f"tag:{settings.NODE},2026:alert-{row.pk}",
            pubdate=row.made,
            updateddate=row.made,
        )
    answer = HttpResponse(written.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
