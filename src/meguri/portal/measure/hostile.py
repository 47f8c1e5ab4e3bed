"""Clients of a load test who mean harm, in a process of their own.

``python -m meguri.portal.measure.hostile HOST PORT SECONDS [KIND …]`` prints what they tried: all kinds, or these. What
they send is made beforehand, so that they cost this machine little themselves.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import contextmanager
from functools import cache
from urllib.parse import quote

from meguri.portal.measure.clients import PATIENCE, LoadedServer, head

DEAREST = "/api/law/matrix?from=JPN&stream=circuit-boards"
FORM = "application/x-www-form-urlencoded"
NICE = 10
"""Who measures goes before these, where both have one core."""

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
    await target.ask(address, "POST", "/api/law/diff", _dotted_keys())


@cache
def _dotted_keys() -> bytes:
    draft = ".".join(["a"] * 50_000) + " = 1"
    return json.dumps({"draft": draft}).encode()


async def heavy_draft(target: LoadedServer, address: str) -> None:
    """Sends a draft with very many tables."""
    await target.ask(address, "POST", "/api/law/diff", _heavy_draft())


@cache
def _heavy_draft() -> bytes:
    draft = "".join(f"[{'.'.join(f'k{n}' for _ in range(38))}.t{n}]\n" for n in range(2_000))
    return json.dumps({"draft": draft}).encode()


async def unknown_key(target: LoadedServer, address: str) -> None:
    """Tells hundreds of acts under a key that nobody enrolled."""
    await target.ask(address, "POST", "/api/acts", _unknown_key())


@cache
def _unknown_key() -> bytes:
    act = {
        "kind": "registry.admit", "version": 1, "node": "x", "subjects": ["organisation:x"], "actor": "organisation:x",
        "key": "A" * 43, "nonce": "n", "claimed": "2026-01-01T00:00:00.000Z", "body": {},
    }  # fmt: skip
    return json.dumps([{"act": act, "signature": {"jws": "a.b.c"}}] * 500).encode()


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


async def together(host: str, port: int, seconds: float, chosen: Collection[str] = ()) -> Counter[str]:
    """Do all of it (or the chosen) for so long; what was tried how often."""
    target, tried = LoadedServer(host, port, asyncio.get_running_loop().time() + seconds), Counter[str]()
    kinds = [does for does, count in HOSTILE.items() if not chosen or does.__name__ in chosen for _ in range(count)]
    strangers = [
        asyncio.ensure_future(again(target, does, f"127.2.{n // 200}.{n % 200 + 1}", tried))
        for n, does in enumerate(kinds)
    ]
    await asyncio.sleep(seconds)
    for one in strangers:
        one.cancel()
    await asyncio.gather(*strangers, return_exceptions=True)
    return tried


@contextmanager
def beside(host: str, port: int, seconds: float) -> Iterator[Counter[str]]:
    """Hostile clients meanwhile; what they tried is there afterwards."""
    tried = Counter[str]()
    command = [sys.executable, "-m", __name__, host, str(port), str(seconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        try:
            yield tried
        finally:
            said, _ = process.communicate(timeout=seconds + 2 * PATIENCE)
    tried.update(json.loads(said))


if __name__ == "__main__":
    os.nice(NICE)
    print(json.dumps(asyncio.run(together(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), sys.argv[4:]))))
