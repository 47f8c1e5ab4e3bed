"""Whose request is answered next: each caller in turn, and who has just taken much of the machine goes slowly.

A worker answers so many requests side by side, but its threads share one core. A caller who asks for more waits behind
nobody but itself: whoever has taken the least of the last seconds comes first. Those that have taken much begin, few at
a time, when nobody else asks, or after they have waited long, and then together they have a fifth of the time. What is
much depends on how many share the machine: several times what each of them has taken. Everything here runs in one event
loop.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

HALF_LIFE = 5.0
"""Seconds in which what a caller has taken counts half."""
MUCH = 0.7
"""Seconds of the machine, so counted, from which on a caller has taken much in any case: about a tenth of one core. A
person who reads pages takes a hundredth.
"""
LITTLE = 0.15
"""Seconds up to which nobody has taken much: what a person takes who reads pages twice as fast as others."""
SHARES = 3.0
"""Much is so many times what all callers of the last seconds have taken on average."""
PRESENT = 0.005
"""Seconds that a caller has taken who is one of these."""
LOOK_S = 0.25
"""Seconds after which it is reckoned anew."""
AGED = 3.0
"""Seconds after which one who has taken much has waited long enough for others."""
QUIET = 0.1
"""Seconds after which nobody else asks."""
REST = 4.0
"""While others ask, those who have taken much rest for so many times what the last of them took."""
LOOK_AGAIN = 0.05
"""Seconds after which it is looked again whether somebody who waits may begin."""
CALLERS_MOST = 10_000
"""Callers that are remembered; the least remembered go first."""


@dataclass(frozen=True)
class Crowd:
    """How many requests have a turn at a time: of all, of one caller, of one that has taken much, and of all such; and
    how many of one caller may wait.
    """

    most: int = 16
    each: int = 6
    heavy: int = 1
    heavies: int = 1
    queue: int = 64


@dataclass(eq=False)
class Turn:
    """A request's turn: whose, since when, and whether that caller had taken much."""

    caller: str
    since: float
    heavy: bool


@dataclass
class _Caller:
    spent: float = 0.0
    at: float = 0.0
    known: bool = False
    turns: list[Turn] = field(default_factory=list)
    waiting: deque[tuple[asyncio.Future[Turn], float]] = field(default_factory=deque)


class Turns:
    """Gives turns, and takes them back with what each cost."""

    def __init__(self, crowd: Crowd, now: Callable[[], float]) -> None:
        self.crowd, self.now = crowd, now
        self.running = 0
        self.heavies = 0
        self.callers: dict[str, _Caller] = {}
        self.queued: set[str] = set()
        """Callers with something waiting."""
        self._share, self._looked = MUCH, -math.inf
        self._asked, self._rested = -math.inf, -math.inf
        """When somebody was answered last who has not taken much, and until when the others rest."""
        self._later: asyncio.TimerHandle | None = None

    def spent(self, caller: str) -> float:
        """Seconds of the machine that a caller has taken, what lies back counted less, and its share of the present."""
        one = self.callers.get(caller)
        if one is None:
            return 0.0
        present = self.now()
        under_way = sum(present - turn.since for turn in one.turns) / max(1, self.running)
        return one.spent * math.exp2((one.at - present) / HALF_LIFE) + under_way

    def much(self) -> float:
        """Seconds from which on a caller has taken much at present."""
        present = self.now()
        if present - self._looked >= LOOK_S:
            taken = [one.spent * math.exp2((one.at - present) / HALF_LIFE) for one in self.callers.values()]
            among = [seconds for seconds in taken if seconds > PRESENT]
            average = sum(among) / len(among) if among else MUCH
            self._share, self._looked = min(MUCH, max(LITTLE, SHARES * average)), present
        return self._share

    def _has_taken_much(self, caller: str) -> bool:
        spent = self.spent(caller)
        return spent > MUCH or (spent > self.much() and not self.callers[caller].known)

    def _may(self, caller: str) -> bool:
        going = len(self.callers[caller].turns)
        if self.running >= self.crowd.most:
            return False
        if self._has_taken_much(caller):
            waiting = self.callers[caller].waiting
            present = self.now()
            aged = bool(waiting) and not self.heavies and present - waiting[0][1] > AGED and present >= self._rested
            alone = self.running == self.heavies < self.crowd.heavies and present - self._asked > QUIET
            return going < self.crowd.heavy and (alone or aged)
        return going < self.crowd.each

    async def take(self, caller: str, *, known: bool = False) -> Turn | None:
        """Wait for a turn; None where the caller has too many waiting already. Each turn is given back. Who is `known`
        has a tenth of a core, however many share the machine.
        """
        one = self.callers.setdefault(caller, _Caller(at=self.now()))
        one.known = known
        if not one.waiting and self._may(caller):
            return self._begin(caller)
        if len(one.waiting) >= self.crowd.queue:
            return None
        waiting: asyncio.Future[Turn] = asyncio.get_running_loop().create_future()
        place = (waiting, self.now())
        one.waiting.append(place)
        self.queued.add(caller)
        self._look_again()
        try:
            return await waiting
        except asyncio.CancelledError:
            if waiting.done() and not waiting.cancelled():
                self.give(waiting.result(), 0.0)
            elif place in one.waiting:
                one.waiting.remove(place)
                if not one.waiting:
                    self.queued.discard(caller)
            raise

    def give(self, turn: Turn, seconds: float) -> None:
        """The turn is over and took so many seconds of the machine; the next ones begin."""
        one = self.callers[turn.caller]
        one.turns.remove(turn)
        self.running -= 1
        self.heavies -= turn.heavy
        present = self.now()
        one.spent, one.at = one.spent * math.exp2((one.at - present) / HALF_LIFE) + seconds, present
        if turn.heavy:
            self._rested = present + REST * seconds
        else:
            self._asked = present
        self._next()

    def _next(self) -> None:
        while (caller := min(filter(self._may, self.queued), key=self.spent, default=None)) is not None:
            chosen = self.callers[caller]
            waiting, _ = chosen.waiting.popleft()
            if not chosen.waiting:
                self.queued.discard(caller)
            if not waiting.done():
                waiting.set_result(self._begin(caller))
        if len(self.callers) > CALLERS_MOST:
            self._forget()
        self._look_again()

    def _look_again(self) -> None:
        """Time alone lets begin who has taken much; so look, as long as anybody waits."""
        if self.queued and self._later is None:
            self._later = asyncio.get_running_loop().call_later(LOOK_AGAIN, self._look)

    def _look(self) -> None:
        self._later = None
        self._next()

    def _begin(self, caller: str) -> Turn:
        turn = Turn(caller, self.now(), self._has_taken_much(caller))
        if not turn.heavy:
            self._asked = turn.since
        self.callers[caller].turns.append(turn)
        self.running += 1
        self.heavies += turn.heavy
        return turn

    def _forget(self) -> None:
        idle = [name for name, one in self.callers.items() if not one.turns and not one.waiting]
        for name in sorted(idle, key=self.spent)[: len(idle) // 2]:
            del self.callers[name]
