"""What the home page learns from this room: what waits for an organisation, and which cases it follows."""

from __future__ import annotations

from collections.abc import Iterable

from meguri.consent import grounds, models, procedure, services
from meguri.consent.web import wording
from meguri.kit import clock
from meguri.kit.web.identity import Reader
from meguri.kit.web.inbox import Followed, Waiting
from meguri.kit.words import Words, plain

MOST_FOLLOWED = 20


def title(item: services.Task) -> Words:
    """What a line of the queue is: the steps, and on which case."""
    steps = wording.task(item)
    return Words("{what} · {number}").format(what=steps, number=item.number)


def url(item: services.Task) -> str:
    """Where to act on it."""
    if item.movement:
        return f"/cases/{item.case}/movements/{item.movement}"
    if item.what == "open_movement":
        return f"/cases/{item.case}/movements/new"
    return f"/cases/{item.case}#now"


def waiting(reader: Reader) -> Iterable[Waiting]:
    """Tracks whose turn it is, and movements that wait."""
    if reader.organisation is None:
        return []
    return [
        Waiting(
            title=title(item),
            due=item.due.due_at if item.due else None,
            consequence=wording.nothing(item.due),
            ground=grounds.of_due(item.due).citation if item.due else "",
            url=url(item),
        )
        for item in services.waiting_for(reader.organisation)
    ]


def followed(reader: Reader) -> Iterable[Followed]:
    """The newest cases that the reader sees, with how they stand."""
    now = clock.now()
    rows = models.Case.objects.visible_to(reader).order_by("-notified_at", "id")[:MOST_FOLLOWED]
    return [
        Followed(
            title=plain(f"{row.number} · {row.origin} → {row.destination}"),
            state=wording.standing(procedure.standing(row.value, now))[1],
            url=f"/cases/{row.id}",
        )
        for row in rows
    ]
