"""Clients of a load test over plain sockets: users who think. Each has its own address.

On Linux every address of 127.0.0.0/8 is this machine's, so that a limit by address meets each client by itself.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from dataclasses import dataclass, field

PAGES = (
    "/",
    "/may-it-move?from=MYS&to=JPN&stream=circuit-boards&on=2026-01-01",
    "/api/verdict?from=MYS&to=JPN&stream=circuit-boards&on=2026-01-01",
    "/balance",
    "/journal/",
    "/livez",
)
MEMBERS = ("/", "/", "/cases/", "/cases/", "/movements/", "/lots/", "/balance")
"""What somebody reads who acts for an organisation."""
PATIENCE = 30.0


@dataclass
class Met:
    """What honest users met: seconds by request, and how often something else than an answer came."""

    seconds: list[float] = field(default_factory=list)
    wrong: Counter[str] = field(default_factory=Counter)

    def quantile(self, share: float) -> float:
        """Seconds within which that share of the requests was answered."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


@dataclass(frozen=True)
class LoadedServer:
    """A server, and when the load ends (by the loop's clock)."""

    host: str
    port: int
    ends: float

    def over(self) -> bool:
        """Whether it has ended."""
        return asyncio.get_running_loop().time() >= self.ends

    async def connect(self, address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection from an address of this machine."""
        return await asyncio.open_connection(self.host, self.port, local_addr=(address, 0))

    async def ask(
        self, address: str, method: str, path: str, body: bytes = b"", kind: str = "application/json", more: str = ""
    ) -> bytes:
        """One request on a connection of its own, and the whole answer."""
        reader, writer = await self.connect(address)
        try:
            writer.write(head(self, method, path, len(body), kind, more) + body)
            await writer.drain()
            return await reader.read()
        finally:
            writer.close()


def head(
    target: LoadedServer, method: str, path: str, length: int, kind: str = "application/json", more: str = ""
) -> bytes:
    """The head of a request."""
    sent = f"Content-Type: {kind}\r\nContent-Length: {length}\r\n" if method == "POST" else ""
    return (
        f"{method} {path} HTTP/1.1\r\nHost: {target.host}:{target.port}\r\nConnection: close\r\n{sent}{more}\r\n"
    ).encode()


async def once(target: LoadedServer, address: str, page: str, seen: Met, more: str = "") -> None:
    """One request for a page, and what was met."""
    began = time.perf_counter()
    try:
        async with asyncio.timeout(PATIENCE):
            answer = await target.ask(address, "GET", page, more=more)
        status = answer[9:12].decode(errors="replace")
        if status != "200":
            seen.wrong[f"{page} {status}"] += 1
    except (OSError, TimeoutError) as error:
        seen.wrong[f"{page} {type(error).__name__}"] += 1
    seen.seconds.append(time.perf_counter() - began)


async def steady(host: str, port: int, rate: float, seconds: float) -> Met:
    """So many requests a second for so long, whether earlier ones are answered or not, from a thousand addresses."""
    target = LoadedServer(host, port, asyncio.get_running_loop().time() + seconds)
    seen, choice = Met(), random.Random(0)
    began, asked = asyncio.get_running_loop().time(), 0
    async with asyncio.TaskGroup() as group:
        while not target.over():
            due = int((asyncio.get_running_loop().time() - began) * rate)
            for number in range(asked, due):
                address = f"127.3.{number % 1000 // 200}.{number % 200 + 1}"
                group.create_task(once(target, address, choice.choice(PAGES), seen))
            asked = max(asked, due)
            await asyncio.sleep(0.01)
    return seen


async def honest(target: LoadedServer, number: int, seen: Met, think_s: float, cookie: str = "") -> None:
    """A user who reads a page, thinks, and reads the next; with the cookie of a session, one who is signed in."""
    pages, more = (MEMBERS, f"Cookie: {cookie}\r\n") if cookie else (PAGES, "")
    address = f"127.1.{number // 200}.{number % 200 + 1}"
    choice = random.Random(number)
    await asyncio.sleep(choice.uniform(0, think_s))
    while not target.over():
        await once(target, address, choice.choice(pages), seen, more)
        await asyncio.sleep(choice.expovariate(1 / think_s))


async def load(host: str, port: int, users: int, seconds: float, think_s: float, cookie: str = "") -> Met:
    """Honest users for so long, and what they met."""
    target = LoadedServer(host, port, asyncio.get_running_loop().time() + seconds)
    seen = Met()
    await asyncio.gather(*(honest(target, n, seen, think_s, cookie) for n in range(users)))
    return seen
