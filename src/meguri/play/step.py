"""A step of a story: what all verbs share, what a step makes, and why one cannot be played yet."""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

import msgspec

from meguri.journal.act import Late
from meguri.kit import clock
from meguri.kit.problems import N_, MeguriError, Problem, refuse
from meguri.kit.words import Words
from meguri.play.written import Day

if TYPE_CHECKING:
    from meguri.play.stage import StoryStage

Door = Literal["service", "page", "api"]


class NotYet(MeguriError):
    """A verb that stands in the schema and whose room cannot do it yet."""

    status = 501
    title = N_("This cannot be done yet")


def not_yet(verb: str) -> NotYet:
    """The refusal of a verb that no room can do yet."""
    return NotYet(Problem(N_("“{verb}” cannot be done yet."), "/do", "not_yet", {"verb": verb}))


class Local(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An instant by the day and the clock of a place: 2025-10-01, 09:00, Asia/Kuala_Lumpur."""

    day: Day
    time: str = "09:00"
    zone: str = "UTC"

    def instant(self) -> datetime:
        """The same with its zone. Raises ValueError or KeyError where any part is none."""
        day = datetime.fromisoformat(self.day).date()
        return datetime.combine(day, time.fromisoformat(self.time), ZoneInfo(self.zone))


class PageForm(msgspec.Struct, frozen=True):
    """A form of a page: where it is shown, where it is sent, what is written into its fields, and what else is sent.

    What is written must be a field that the page offers; `also` is what a button of the page sends.
    """

    url: str
    fields: dict[str, str | list[str]]
    action: str = ""
    also: dict[str, str] = {}


class StepResult(msgspec.Struct, frozen=True):
    """What a step made: ids by kind (``lots`` by what they are called, ``case``, ``movement``, ``event``), and where it
    can be seen. `told` is what came out, in words.
    """

    ids: dict[str, Any] = {}
    url: str = ""
    told: Words = Words("")


class StoryStep(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="do"):
    """What every step says.

    `by` is an organisation of the story, or ``operator``; `through` another that says it for that one, by a delegation;
    `at` an instant with its zone (the one before where none is
    given); `as` a name for what the step makes; `door` how it is said: through the services, by fetching and posting a
    page's form, or signed with a key of the organisation's own and posted to the API. `only_if` leaves the step out
    where it is false. `late` says why it is told long after `at`: `how` (``offline``, ``paper``) and `why`. `expect`
    says what should come of it: ``done``, ``refused`` or ``refused:CODE``. `scene` and `title` are for those who watch:
    a scene is one or several steps together.
    """

    by: str = ""
    through: str = ""
    at: str | Local | None = None
    as_: str = msgspec.field(default="", name="as")
    door: Door = "service"
    id: str = ""
    title: str = ""
    scene: str = ""
    expect: str = ""
    only_if: bool = True
    late: Late | None = None

    @property
    def do(self) -> str:
        """The verb."""
        return str(type(self).__struct_config__.tag)

    def perform(self, stage: StoryStage) -> StepResult | None:
        """Do it through the services; what it made is read from the acts where it does not say so itself."""
        raise not_yet(self.do)

    def form(self, stage: StoryStage) -> PageForm:
        """The form of the page by which a person would do it."""
        raise not_yet(self.do)


class Unable(StoryStep, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A verb whose room cannot do it yet: it is read, and refused when it is played."""


def moment(step: StoryStep, before: datetime) -> datetime:
    """When a step happens: as it says, else when the one before did. Refused where it has no zone."""
    given = step.at
    if given is None:
        return before
    try:
        written = given.instant().isoformat() if isinstance(given, Local) else given
        found = datetime.fromisoformat(written.replace("Z", "+00:00"))
        if found.tzinfo is None:
            raise ValueError("no zone")
        return clock.parse(clock.stamp(found))
    except (ValueError, KeyError, OverflowError):
        said = f"{given.day} {given.time} {given.zone}" if isinstance(given, Local) else given
        raise refuse(
            N_("“{at}” is no instant with a zone. Write 2025-10-01T09:00:00+08:00, or day, time and zone."),
            "/at",
            "instant",
            at=said[:80],
        ) from None
