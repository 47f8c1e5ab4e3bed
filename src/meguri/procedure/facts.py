"""What the guards of a table may look at: a closed list of facts, gathered by whoever asks. Pure values."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from meguri.kit.words import Words, plain
from meguri.procedure.states import Course, Form, Office, Standing


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """Another track, movement or arrival as it is known here: `said` are its transitions with when each was last said.

    `capacity` is that of a track, or ``movement``, or ``arrival``. `granted` holds at the instant of the facts.
    """

    key: str
    capacity: str
    economy: str = ""
    authority: str = ""
    name: Words = plain("")
    needed: bool = False
    granted: bool = False
    standing: Standing = "waiting"
    said: Mapping[str, datetime] = {}
    state: str = ""

    @property
    def words(self) -> Words:
        """What it is called in a refusal: the authority's name, its slug or the key where none is given."""
        return self.name or plain(self.authority or self.key)


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """All that the guards of a step may look at, at the instant `at`, on the calendar of `office`.

    `tracks` are the others. `given` is what the form says: text, conditions, reference, valid_from, valid_until.
    `in_force` is by licences and guarantee, `paid` by fee, `covered` by period. `under_way` counts the movements that
    have left, `under_way_serial` is the serial number of one of them, `left_g` the grams that have left where they are
    counted. `validity_months` goes before the table's own number.
    """

    at: datetime
    office: Office
    course: Course | None = None
    form: Form = "written"
    tracks: tuple[Seen, ...] = ()
    given: Mapping[str, Any] = {}
    in_force: Mapping[str, bool] = {}
    paid: Mapping[str, bool] = {}
    covered: Mapping[str, bool] = {}
    left_g: int | None = None
    under_way: int = 0
    under_way_serial: int = 0
    held: bool = False
    authority_name: Words = plain("")
    validity_months: int = 0


def seen(key: str, capacity: str, course: Course, granted: bool, **more: Any) -> Seen:
    """A track, movement or arrival as its course shows it."""
    said = {point.transition: point.at for point in sorted(course.points, key=lambda point: point.at)}
    return Seen(
        key=key, capacity=capacity, granted=granted, standing=course.standing, state=course.state, said=said, **more
    )
