"""What the home page learns from this room: what waits for an organisation, and which cases it follows."""

from __future__ import annotations

from collections.abc import Iterable

from meguri.consent.case import held as held_cases
from meguri.consent.case import record, tasks
from meguri.consent.case import standing as standings
from meguri.consent.tracks import grounds
from meguri.consent.web import wording
from meguri.journal.projections import relations
from meguri.kit import clock
from meguri.kit.people.identity import Reader
from meguri.kit.web import paging
from meguri.kit.web.inbox import Followed, Waiting
from meguri.kit.words import Words, plain

MOST_FOLLOWED = 20
MOST_WAITING = 20


def title(item: tasks.CaseTask) -> Words:
    """What a line of the queue is: the steps, and on which case."""
    return Words("{what} · {number}").format(what=wording.task(item), number=item.number)


def url(item: tasks.CaseTask) -> str:
    """Where to act on it."""
    return f"/cases/{item.case}#now"


def waiting(reader: Reader) -> Iterable[Waiting]:
    """Tracks whose turn it is for the reader's organisation: the soonest due, and where the others stand."""
    if reader.organisation is None:
        return
    yield from held(reader.organisation)
    lines = tasks.page(reader.organisation, MOST_WAITING + 1)
    for item in tasks.tasks(reader.organisation, [id for _, id in lines[:MOST_WAITING]]):
        yield Waiting(
            title=title(item),
            due=item.due.due_at if item.due else None,
            consequence=wording.nothing(item.due),
            ground=grounds.of_due(item.due).citation if item.due else "",
            url=url(item),
        )
    if len(lines) > MOST_WAITING:
        count = paging.count(*tasks.counted(reader.organisation, paging.COUNTED))
        yield Waiting(
            title=Words("All {count} steps on cases that wait").format(count=count),
            due=None,
            consequence=Words("The soonest due stand here."),
            ground="",
            url="/cases/",
        )


def held(organisation: str) -> Iterable[Waiting]:
    """Cases that what they rest on holds: a line for each, for everybody concerned, until it holds again."""
    now = clock.now()
    found = held_cases.page(organisation, now, MOST_WAITING + 1)
    for case in found[:MOST_WAITING]:
        for problem in standings.of(case, now).stopped[:1]:
            yield Waiting(
                title=Words("Held · {number}").format(number=case.number),
                due=None,
                consequence=Words(problem.text).format(**problem.params),
                ground="",
                url=f"/cases/{case.id}#held",
            )
    if len(found) > MOST_WAITING:
        yield Waiting(
            title=Words("More cases are held"),
            due=None,
            consequence=Words("The first {count} stand here.").format(count=MOST_WAITING),
            ground="",
            url="/cases/",
        )


def followed(reader: Reader) -> Iterable[Followed]:
    """The newest cases that the reader sees, with how they stand."""
    now = clock.now()
    found = relations.newest(reader.organisation, "case", MOST_FOLLOWED)
    return [
        Followed(
            title=plain(f"{case.number} · {case.origin} → {case.destination}"),
            state=wording.standing(standings.of(case, now))[1],
            url=f"/cases/{case.id}",
        )
        for case in record.cases(id for id, _ in found)
    ]
