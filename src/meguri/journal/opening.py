"""Opening a room that keeps a part of the record: its kinds, books and what follows become known to the journal."""

from __future__ import annotations

from meguri.journal import listing, wording
from meguri.journal.entry import afterwards
from meguri.journal.projections import books
from meguri.kit.rooms import Room
from meguri.kit.running import metrics, readiness
from meguri.kit.web import inbox


def open_room(room: Room) -> None:
    """Make known what a room declares; once all models are loaded (`AppConfig.ready`)."""
    for name in room.acts:
        room.module(name)
    if room.kinds:
        wording.say(room.name, room.file(room.kinds))
    for prefix, model in room.books.items():
        books.keep(prefix, room.get(model))
    for name, kinds in room.after.items():
        afterwards.after(kinds, room.get(name))
    for name, asked in room.ready.items():
        readiness.provide(name, room.get(asked))
    for name, read in room.numbers.items():
        metrics.provide(name, room.get(read))
    for one in room.get(room.lists) if room.lists else ():
        listing.keep(one)
    if room.waiting:
        inbox.provide(room.get(room.waiting))
    if room.followed:
        inbox.provide_followed(room.get(room.followed))
