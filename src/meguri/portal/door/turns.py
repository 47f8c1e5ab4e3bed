"""Whose request is answered next: each caller in turn, and who has just taken much of the machine goes slowly.

A worker answers so many requests side by side. A caller who asks for more than that waits behind nobody but itself:
whoever has taken the least of the last seconds comes first. Everything here runs in one event loop.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

HALF_LIFE = 5.0
"""Seconds in which what a caller has taken counts half."""
MUCH = 2.0
"""Seconds of the machine, so counted, from which on a caller has taken much: about a quarter of one core."""
CALLERS_MOST = 10_000
"""Callers that are remembered; the least remembered go first."""


@dataclass
class _Caller:
    running: int = 0
    spent: float = 0.0
    at: float = 0.0
    waiting: deque[asyncio.Future[None]] = field(default_factory=deque)


class Turns:
    """`most` requests side by side; `each` of one caller, and `heavy` of one that has taken much."""

    def __init__(self, most: int, each: int, heavy: int, queue: int, now: Callable[[], float]) -> None:
        self.most, self.each, self.heavy, self.queue, self.now = most, each, heavy, queue, now
        self.running = 0
        self.callers: dict[str, _Caller] = {}
        self.queued: set[str] = set()
        """Callers with something waiting."""

    def spent(self, caller: str) -> float:
        """Seconds of the machine that a caller has taken, what lies back counted less."""
        one = self.callers.get(caller)
        return 0.0 if one is None else one.spent * math.exp2((one.at - self.now()) / HALF_LIFE)

    def _may(self, caller: str) -> bool:
        most = self.heavy if self.spent(caller) > MUCH else self.each
        return self.running < self.most and self.callers[caller].running < most

    async def take(self, caller: str) -> bool:
        """Wait for a turn; False where the caller has too many waiting already. Each True is followed by `give`."""
        one = self.callers.setdefault(caller, _Caller(at=self.now()))
        if not one.waiting and self._may(caller):
            self._begin(one)
            return True
        if len(one.waiting) >= self.queue:
            return False
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        one.waiting.append(turn)
        self.queued.add(caller)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.give(caller, 0.0)
            elif turn in one.waiting:
                one.waiting.remove(turn)
                if not one.waiting:
                    self.queued.discard(caller)
            raise
        return True

    def give(self, caller: str, seconds: float) -> None:
        """The turn is over and took so many seconds of the machine; the next ones begin."""
        one = self.callers[caller]
        one.spent, one.at = self.spent(caller) + seconds, self.now()
        one.running -= 1
        self.running -= 1
        while self.running < self.most:
            next_one = min(filter(self._may, self.queued), key=self.spent, default=None)
            if next_one is None:
                break
            chosen = self.callers[next_one]
            turn = chosen.waiting.popleft()
            if not chosen.waiting:
                self.queued.discard(next_one)
            if not turn.done():
                self._begin(chosen)
                turn.set_result(None)
        if len(self.callers) > CALLERS_MOST:
            self._forget()

    def _begin(self, one: _Caller) -> None:
        one.running += 1
        self.running += 1

    def _forget(self) -> None:
        idle = [name for name, one in self.callers.items() if not one.running and not one.waiting]
        for name in sorted(idle, key=self.spent)[: len(idle) // 2]:
            del self.callers[name]
