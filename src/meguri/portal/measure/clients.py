"""Clients of a load test over plain sockets: users who think, and strangers who mean harm. Each has its own address.

On Linux every address of 127.0.0.0/8 is this machine's, so that a limit by address meets each client by itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import re
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from urllib.parse import quote

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
DEAREST = "/api/law/matrix?from=JPN&stream=circuit-boards"
FORM = "application/x-www-form-urlencoded"


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


Hostile = Callable[[LoadedServer, str], Awaitable[None]]


async def half_a_body(target: LoadedServer, address: str) -> None:
    """Announces a body and sends its beginning."""
    await _hold(target, address, head(target, "POST", "/api/acts", 900) + b"{")


async def half_a_head(target: LoadedServer, address: str) -> None:
    """Sends the beginning of a request."""
    await _hold(target, address, b"GET / HTTP/1.1\r\nHost: x\r\nAccept: ")


async def drop_by_drop(target: LoadedServer, address: str) -> None:
    """Sends a body a byte at a time."""
    reader, writer = await target.connect(address)
    writer.write(head(target, "POST", "/api/law/diff", 5_000))
    answered = asyncio.ensure_future(reader.read())
    while not answered.done() and not target.over():
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.5)
    answered.cancel()
    writer.close()


async def slow_reader(target: LoadedServer, address: str) -> None:
    """Asks for a page and does not read it."""
    _, writer = await target.connect(address)
    writer.write(head(target, "GET", "/may-it-move", 0))
    await writer.drain()
    await asyncio.sleep(5)
    writer.close()


async def flood(target: LoadedServer, address: str) -> None:
    """Asks for what costs most, again and again."""
    await target.ask(address, "GET", DEAREST)


async def dotted_keys(target: LoadedServer, address: str) -> None:
    """Sends a draft that a parser would take a minute and gigabytes for."""
    draft = ".".join(["a"] * 50_000) + " = 1"
    await target.ask(address, "POST", "/api/law/diff", json.dumps({"draft": draft}).encode())


async def heavy_draft(target: LoadedServer, address: str) -> None:
    """Sends a draft with very many tables."""
    draft = "".join(f"[{'.'.join(f'k{n}' for _ in range(38))}.t{n}]\n" for n in range(2_000))
    await target.ask(address, "POST", "/api/law/diff", json.dumps({"draft": draft}).encode())


async def unknown_key(target: LoadedServer, address: str) -> None:
    """Tells hundreds of acts under a key that nobody enrolled."""
    act = {
        "kind": "registry.admit", "version": 1, "node": "x", "subjects": ["organisation:x"], "actor": "organisation:x",
        "key": "A" * 43, "nonce": "n", "claimed": "2026-01-01T00:00:00.000Z", "body": {},
    }  # fmt: skip
    await target.ask(
        address, "POST", "/api/acts", json.dumps([{"act": act, "signature": {"jws": "a.b.c"}}] * 500).encode()
    )


async def guessing(target: LoadedServer, address: str) -> None:
    """Guesses a password, with the token that the sign-in page gives."""
    token, cookie = await _token(target, address, "/accounts/login/")
    body = f"csrfmiddlewaretoken={token}&login=keeper&password=wrong".encode()
    await target.ask(address, "POST", "/accounts/login/", body, FORM, cookie)
    await asyncio.sleep(0.2)


async def plans(target: LoadedServer, address: str) -> None:
    """Starts plans of its own, one after another."""
    token, cookie = await _token(target, address, "/plan/new")
    body = f"csrfmiddlewaretoken={token}&base=reference&title={quote(str(time.time()))}&carbon_usd_t=50".encode()
    await target.ask(address, "POST", "/plan/new", body, FORM, cookie)
    await asyncio.sleep(1)


HOSTILE: dict[Hostile, int] = {
    half_a_body: 40, half_a_head: 40, drop_by_drop: 8, slow_reader: 8, flood: 8, dotted_keys: 2, heavy_draft: 2,
    unknown_key: 2, guessing: 2, plans: 1,
}  # fmt: skip
"""What hostile clients do, and how many of each there are."""


async def _hold(target: LoadedServer, address: str, data: bytes) -> None:
    reader, writer = await target.connect(address)
    writer.write(data)
    async with asyncio.timeout(max(0.1, target.ends - asyncio.get_running_loop().time())):
        answer = await reader.read()
    writer.close()
    if answer[9:12] == b"429":
        await asyncio.sleep(0.2)


async def _token(target: LoadedServer, address: str, path: str) -> tuple[str, str]:
    answer = (await target.ask(address, "GET", path)).decode(errors="replace")
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', answer)
    cookie = re.search(r"set-cookie:\s*csrftoken=(\w+)", answer, re.IGNORECASE)
    more = f"Cookie: csrftoken={cookie[1]}\r\n" if cookie else ""
    return (token[1] if token else ""), more


async def again(target: LoadedServer, does: Hostile, address: str, tried: Counter[str]) -> None:
    """Do it until the load ends."""
    while not target.over():
        tried[does.__name__] += 1
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(PATIENCE):
                await does(target, address)
        await asyncio.sleep(0.01)


async def load(
    host: str, port: int, users: int, seconds: float, think_s: float, hostile: bool, cookie: str = ""
) -> tuple[Met, Counter[str]]:
    """Honest users for so long, with hostile clients among them or not; what they met, and what was tried."""
    target = LoadedServer(host, port, asyncio.get_running_loop().time() + seconds)
    seen, tried = Met(), Counter[str]()
    kinds = [does for does, count in HOSTILE.items() for _ in range(count)] if hostile else []
    strangers = [
        asyncio.ensure_future(again(target, does, f"127.2.{n // 200}.{n % 200 + 1}", tried))
        for n, does in enumerate(kinds)
    ]
    await asyncio.gather(*(honest(target, n, seen, think_s, cookie) for n in range(users)))
    for one in strangers:
        one.cancel()
    await asyncio.gather(*strangers, return_exceptions=True)
    return seen, tried
