"""What the home page asks of the rooms: what waits for a reader, what they follow, what the law changes next."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from meguri.kit.people.identity import Reader
from meguri.kit.words import Words

Text = Words | str


@dataclass(frozen=True)
class Waiting:
    """One thing that waits: by when, what happens if nothing is done, on which ground, and where to act."""

    title: Text
    due: datetime | None
    consequence: Text
    ground: Text
    url: str


@dataclass(frozen=True)
class Followed:
    """One thing that the reader follows, with how it stands."""

    title: Text
    state: Text
    url: str


@dataclass(frozen=True)
class ComingLaw:
    """A change of law that is coming: the day it starts to apply, what changes, and how sure that is."""

    on: date
    title: Text
    source: str
    confidence: str
    url: str = ""


WaitingProvider = Callable[[Reader], Iterable[Waiting]]
FollowedProvider = Callable[[Reader], Iterable[Followed]]
ChangeProvider = Callable[[date], Iterable[ComingLaw]]

_waiting: list[WaitingProvider] = []
_followed: list[FollowedProvider] = []
_changes: list[ChangeProvider] = []


def provide(provider: WaitingProvider) -> WaitingProvider:
    """Register what waits for a reader; usable as a decorator."""
    if provider not in _waiting:
        _waiting.append(provider)
    return provider


def provide_followed(provider: FollowedProvider) -> FollowedProvider:
    """Register what a reader follows."""
    if provider not in _followed:
        _followed.append(provider)
    return provider


def provide_changes(provider: ChangeProvider) -> ChangeProvider:
    """Register the changes of law after a date."""
    if provider not in _changes:
        _changes.append(provider)
    return provider


def waiting(reader: Reader) -> list[Waiting]:
    """What waits for the reader, the soonest due first and what has no date last."""
    never = datetime.max.replace(tzinfo=UTC)
    found = [item for provider in _waiting for item in provider(reader)]
    return sorted(found, key=lambda item: item.due or never)


def followed(reader: Reader) -> list[Followed]:
    """What the reader follows, in the rooms' own order."""
    return [item for provider in _followed for item in provider(reader)]


def changes(after: date) -> list[ComingLaw]:
    """Changes of law after a date, the nearest first."""
    return sorted((item for provider in _changes for item in provider(after)), key=lambda item: item.on)
