"""What follows once acts are on record: rooms ask to be told, after the transaction, in no transaction of theirs.

Nothing that fails here undoes an act: it is logged, and the room's own housekeeping tries again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable

log = logging.getLogger(__name__)
Follower = Callable[[Collection[str]], object]
_FOLLOWERS: dict[str, list[Follower]] = {}


def after(kinds: Iterable[str], follower: Follower) -> None:
    """Tell `follower` the ids of acts of these kinds that were taken down."""
    for kind in kinds:
        _FOLLOWERS.setdefault(kind, []).append(follower)


def wanted(kinds: Iterable[str]) -> bool:
    """Whether anybody asked to be told of any of these kinds."""
    return any(kind in _FOLLOWERS for kind in kinds)


def tell(said: Iterable[tuple[str, str]]) -> None:
    """Tell of acts (id, kind) that are on record now."""
    whom: dict[Follower, list[str]] = {}
    for id, kind in said:
        for follower in _FOLLOWERS.get(kind, ()):
            whom.setdefault(follower, []).append(id)
    for follower, ids in whom.items():
        try:
            follower(ids)
        except Exception:
            log.exception("what follows %s acts failed", len(ids))
