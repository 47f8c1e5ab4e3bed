"""What the home page learns from this room: the movements that wait for an organisation."""

from __future__ import annotations

from collections.abc import Iterable

from meguri.kit.people.identity import Reader
from meguri.kit.problems import Problem
from meguri.kit.web import paging
from meguri.kit.web.inbox import Waiting
from meguri.kit.words import Words
from meguri.movement import tasks
from meguri.movement.tasks import MovementTask
from meguri.movement.web import wording


def title(item: MovementTask) -> Words:
    """What a line of the queue is, and of which movement or case."""
    number = item.number
    if item.state is not None and item.state.case:
        number = f"{number} / {item.state.serial}"
    return Words("{what} · {number}").format(what=wording.task(item.what), number=number)


def url(item: MovementTask) -> str:
    """Where to act on it."""
    if item.movement:
        return f"/movements/{item.movement}"
    return f"/movements/new?case={item.case}" if item.what == "open_movement" else f"/cases/{item.case}#now"


def consequence(item: MovementTask) -> Words:
    """What happens if nothing is done; for what is closed, what forbids it now."""
    if item.closed:
        return _words(item.closed)
    return Words("No clock runs; the movement waits.") if item.movement else Words("No clock runs; the case waits.")


def _words(problem: Problem) -> Words:
    return Words(problem.text).format(**problem.params)


MOST_WAITING = 20


def waiting(reader: Reader) -> Iterable[Waiting]:
    """Movements that wait for the reader's organisation: the first, and where the others stand."""
    if reader.organisation is None:
        return
    lines = tasks.page(reader.organisation, MOST_WAITING + 1)
    for item in tasks.tasks(reader.organisation, lines[:MOST_WAITING]):
        yield Waiting(title=title(item), due=None, consequence=consequence(item), ground="", url=url(item))
    if len(lines) > MOST_WAITING:
        count = paging.count(*tasks.counted(reader.organisation, paging.COUNTED))
        yield Waiting(
            title=Words("All {count} steps on movements that wait").format(count=count),
            due=None,
            consequence=Words("What can be done now stands here first."),
            ground="",
            url="/movements/",
        )
