"""What the home page tells of what is followed: the next known change of each."""

from __future__ import annotations

from collections.abc import Iterator

from meguri.following import services, wording
from meguri.kit.people import duties
from meguri.kit.people.identity import Reader
from meguri.kit.web.inbox import Followed
from meguri.kit.words import Words

MOST = 10


def followed(reader: Reader) -> Iterator[Followed]:
    """What the reader follows of the law and that will change, the soonest first."""
    if reader.organisation is None or not reader.may(duties.READ):
        return
    hidden = services.hidden_cases(reader)
    lines = [wording.follow(row) for row in services.mine(reader) if row.watched_id not in hidden]
    for one in sorted((one for one in lines if one.on), key=lambda one: str(one.on))[:MOST]:
        assert one.first is not None
        state = Words("changes on {on}: {after}").format(on=one.on, after=one.first.after)
        yield Followed(one.title, state, "/following/")
