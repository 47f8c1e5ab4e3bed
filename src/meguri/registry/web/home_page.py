"""Licences on the home page of who holds them and who issued them: before they end, and once they have.

A licence that has run out counts for nothing from that instant on, whether or not anybody says so; what is said here is
mailed, and stands in people's calendars, like all that waits.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import cast

from django.db.models import Q

from meguri.kit import clock
from meguri.kit.people import duties
from meguri.kit.people.identity import Reader
from meguri.kit.web.inbox import Waiting
from meguri.kit.words import Words
from meguri.registry import course, models, services
from meguri.registry.states import LicenceState
from meguri.registry.vocabulary import LicenceKind, licence_kinds

AHEAD = timedelta(days=90)
"""How long before the day by which a renewal is asked for people are told. Assumed."""
AFTER = timedelta(days=30)
"""How long a licence that has run out is told of."""
STANDING = ("granted", "renewal_asked", "suspended")
MOST = 50
"""Licences that are looked at for one page, those that end first."""
LONGEST = timedelta(days=366)
"""No kind has its renewal asked for longer before its end."""


def waiting(reader: Reader) -> Iterator[Waiting]:
    """Licences that end soon, or have, for their holder and for the authority that issued them."""
    if reader.organisation is None or not reader.may(duties.READ):
        return
    own, now = reader.organisation, clock.now()
    sites = models.Facility.objects.filter(organisation=own).values_list("id", flat=True)
    mine = Q(holder__in=[own, *(f"facility:{site}" for site in sites)])
    issues = services.organisation(own).authority if "authority" in reader.roles else ""
    asked = mine | Q(issued_by=issues) if issues else mine
    rows = models.Licence.objects.filter(
        asked, step__in=STANDING, until__gt=now - AFTER, until__lte=now + AHEAD + LONGEST
    )
    for row in rows.order_by("until", "id")[:MOST]:
        state = cast(LicenceState, row.value)
        kind = licence_kinds().get(state.kind)
        line = _line(row.pk, state, kind, issuer=bool(issues) and state.issued_by == issues)
        if line is not None:
            yield line


def _line(id: str, state: LicenceState, kind: LicenceKind | None, *, issuer: bool) -> Waiting | None:
    now, until = clock.now(), state.until
    assert until is not None
    last = course.last_day(until, services.economy_of(state.holder)).isoformat()
    number, name = {"number": state.number}, kind.names if kind is not None else Words(state.kind)
    address, ground = f"/registry/licences/{id}", kind.citation if kind is not None else ""
    if state.ran_out(now):
        return Waiting(
            Words("The licence {number} has lapsed: its last day was {day}").format(**number, day=last),
            None,
            Words("Nothing rests on it any more. What did is held until another licence takes its place."),
            ground,
            address,
        )
    if until <= now:
        return None
    if state.course.state == "renewal_asked":
        title = Words("Decide on the renewal of the licence {number}") if issuer else None
        by = until
    elif issuer:
        title, by = Words("The licence {number} that you issued ends, and nobody has asked for its renewal"), until
    else:
        title = Words("Ask for the renewal of the licence {number}")
        in_time = until - timedelta(days=kind.renew_days if kind is not None and kind.renew_days else 0)
        by = in_time if in_time > now else until
    if title is None or by - AHEAD > now:
        return None
    return Waiting(
        title.format(**number),
        by,
        Words("After {day} it counts for nothing: {kind}").format(day=last, kind=name),
        ground,
        address,
    )
