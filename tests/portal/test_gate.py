"""The gate: bodies whole and in time, turns shared among callers, long answers without a thread."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from meguri.kit.web.requests.limits import SIGNED_IN, caller_of
from meguri.portal.door import gate as gates
from meguri.portal.door.gate import Gate, Limits
from meguri.portal.door.turns import AGED, LITTLE, MUCH, QUIET, REST, Crowd, Turns

QUICK = Limits(Crowd(most=4, each=3, queue=2), turn_s=60, patience_s=0.2, rate=1e9, bodies=2, held=100)


class Wire:
    """A request on its way: its parts, then a pause that never ends where it was not sent whole."""

    def __init__(self, *parts: bytes, whole: bool = True) -> None:
        self.parts, self.whole = parts, whole
        self.answer: SimpleNamespace | None = None

    async def __aiter__(self):
        for part in self.parts:
            yield part
        if not self.whole:
            await asyncio.Event().wait()

    def response_bytes(self, status, headers, body):
        self.answer = SimpleNamespace(status=status, headers=dict(headers), body=body, path="")

    def response_empty(self, status, headers):
        self.response_bytes(status, headers, b"")

    def response_file(self, status, headers, path):
        self.answer = SimpleNamespace(status=status, headers=dict(headers), body=b"", path=path)


def asked(length=None, client="192.0.2.1:5000", method="POST", path="/x", **headers):
    given = [(name.replace("_", "-"), value) for name, value in headers.items()]
    if length is not None:
        given.append(("content-length", str(length)))
    return SimpleNamespace(
        http_version="1.1",
        client=client,
        server="[::1]:8000",
        scheme="http",
        method=method,
        path=path,
        query_string="q=1",
        headers=SimpleNamespace(items=lambda: given),
    )


def echo(environ, start):
    body = environ["wsgi.input"].read()
    start("200 OK", [("Content-Type", "text/plain")])
    return [environ["REQUEST_METHOD"].encode(), b" ", body]


def ran(coroutine):
    """Run to its end in a thread of its own: a browser of other tests may have left a loop running in this one."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(asyncio.run, coroutine).result()


def answers(gate, *requests):
    async def all_of_them():
        await asyncio.gather(*(gate.__rsgi__(scope, wire) for scope, wire in requests))

    ran(all_of_them())
    return [wire.answer for _, wire in requests]


def test_a_body_is_handed_on_whole():
    [answer] = answers(Gate(echo, 50, limits=QUICK), (asked(6), Wire(b"abc", b"def")))
    assert (answer.status, answer.body) == (200, b"POST abcdef")


def test_half_a_body_is_ended_and_takes_no_thread():
    gate = Gate(echo, 50, limits=QUICK)
    [answer] = answers(gate, (asked(6, accept_language="ja"), Wire(b"abc", whole=False)))
    assert (answer.status, answer.headers["connection"]) == (408, "close")
    assert "Of 6 bytes" not in answer.body.decode()
    assert (gate.held, dict(gate.bodies), gate.turns.running) == (0, {}, 0)


def test_a_body_that_was_cut_short_is_not_answered_as_if_it_were_whole():
    [answer] = answers(Gate(echo, 50, limits=QUICK), (asked(6), Wire(b"abc")))
    assert answer.status == 400
    assert b"Of 6 bytes 3 came" in answer.body


@pytest.mark.parametrize("length", [None, 51, 10**30, "six", "-1", "６"])
def test_what_no_page_reads_is_left_for_the_pages_to_refuse(length):
    """The body would never come, and yet there is an answer."""
    [answer] = answers(Gate(echo, 50, limits=QUICK), (asked(length), Wire(whole=False)))
    assert (answer.status, answer.body) == (200, b"POST ")


def test_one_caller_has_so_many_bodies_on_their_way_and_others_are_not_touched():
    halves = [(asked(6), Wire(b"a", whole=False)) for _ in range(6)]
    other = (asked(1, client="198.51.100.7:1"), Wire(b"b"))
    *mine, honest = answers(Gate(echo, 50, limits=QUICK), *halves, other)
    assert sorted(one.status for one in mine) == [408] * 2 + [429] * 4
    assert honest.body == b"POST b"


def test_all_bodies_together_are_bounded():
    halves = [(asked(40, client=f"192.0.2.{n}:1"), Wire(whole=False)) for n in range(4)]
    assert sorted(one.status for one in answers(Gate(echo, 50, limits=QUICK), *halves)) == [408, 408, 429, 429]


def test_a_long_answer_goes_through_a_file_that_is_gone_afterwards(monkeypatch):
    monkeypatch.setattr(gates, "KEPT", 0.0)
    closed: list[bool] = []

    class Many:
        def __iter__(self):
            return iter([b"x" * 100_000] * 30)

        def close(self):
            closed.append(True)

    def long(environ, start):
        start("200 OK", [("Content-Type", "text/csv")])
        return Many()

    gate, wire = Gate(long, 50), Wire()
    held: list[int] = []

    async def ask():
        await gate.__rsgi__(asked(method="GET"), wire)
        held.append(os.path.getsize(wire.answer.path))
        assert gate.turns.running == 0
        await asyncio.sleep(0.05)

    ran(ask())
    assert (held, closed) == ([3_000_000], [True])
    assert not os.path.exists(wire.answer.path)


def test_who_was_told_to_come_later_is_told_so_again_without_a_thread():
    asked_of_pages: list[str] = []

    def refuse(environ, start):
        asked_of_pages.append(environ["REMOTE_ADDR"])
        start("429 Too Many", [("Retry-After", "9")])
        return [b"later"]

    gate = Gate(refuse, 50, limits=QUICK)
    for _ in range(3):
        [answer] = answers(gate, (asked(), Wire()))
        assert (answer.status, answer.body, answer.headers["retry-after"]) == (429, b"later", "9")
    assert asked_of_pages == ["192.0.2.1"]
    answers(gate, (asked(cookie="meguri_device=x"), Wire()))
    answers(gate, (asked(client="198.51.100.1:1"), Wire()))
    answers(gate, (asked(path="/y"), Wire()))
    answers(gate, (asked(accept_encoding="gzip"), Wire()))
    assert len(asked_of_pages) == 5
    gate.refused = {key: (0.0, answer) for key, (_, answer) in gate.refused.items()}
    answers(gate, (asked(), Wire()))
    assert len(asked_of_pages) == 6


def test_nothing_of_the_surroundings_is_in_a_request(monkeypatch):
    monkeypatch.setenv("MEGURI_SECRET_KEY", "hidden")
    environ = gates.environ_of(asked(3, path="/あ", cookie="a=1", x_twice="1"))
    assert "MEGURI_SECRET_KEY" not in environ
    assert environ["PATH_INFO"].encode("latin-1").decode() == "/あ"
    assert (environ["SERVER_NAME"], environ["SERVER_PORT"], environ["REMOTE_ADDR"]) == ("::1", "8000", "192.0.2.1")
    assert (environ["CONTENT_LENGTH"], environ["HTTP_COOKIE"], environ["HTTP_X_TWICE"]) == ("3", "a=1", "1")


def test_a_header_cannot_pass_for_another():
    scope = asked()
    scope.headers = SimpleNamespace(
        items=lambda: [("x_forwarded_for", "198.51.100.1"), ("accept", "a"), ("accept", "b")]
    )
    environ = gates.environ_of(scope)
    assert "HTTP_X_FORWARDED_FOR" not in environ
    assert environ["HTTP_ACCEPT"] == "a,b"


def test_whose_a_request_is():
    assert caller_of("192.0.2.1", "198.51.100.1", 0) == "192.0.2.1"
    assert caller_of("192.0.2.1", "203.0.113.5, 198.51.100.1", 1) == "198.51.100.1"
    assert caller_of("192.0.2.1", "", 1) == "192.0.2.1"
    assert caller_of("2001:db8:1:2:3::4", "", 0) == caller_of("2001:db8:1:2:ffff::9", "", 0) == "2001:db8:1:2::"
    assert caller_of("::ffff:192.0.2.1", "", 0) == "192.0.2.1"


class Hour:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


def test_turns_go_to_who_has_taken_least():
    order: list[str] = []

    async def ask(turns, caller, seconds):
        turn = await turns.take(caller)
        order.append(caller)
        await asyncio.sleep(0)
        turns.give(turn, seconds)

    async def all_of_them():
        turns = Turns(Crowd(most=1, each=1, queue=9), Hour())
        await asyncio.gather(*(ask(turns, "greedy", 0.1) for _ in range(4)), ask(turns, "modest", 0.1))
        assert (turns.running, turns.heavies, turns.queued) == (0, 0, set())

    ran(all_of_them())
    assert order == ["greedy", "modest", "greedy", "greedy", "greedy"]


def test_who_has_taken_much_goes_one_at_a_time_until_it_is_forgotten():
    async def tried():
        hour = Hour()
        turns = Turns(Crowd(most=8, each=3, queue=0), hour)
        taken = [await turns.take("a") for _ in range(4)]
        assert [turn is not None for turn in taken] == [True, True, True, False]
        for turn in taken[:3]:
            turns.give(turn, 5.0)
        hour.at += QUIET + 0.1
        assert (await turns.take("a")).heavy
        assert await turns.take("a") is None
        assert not (await turns.take("b")).heavy
        hour.at += 120
        assert turns.spent("c") == 0

    ran(tried())


def test_all_who_have_taken_much_share_so_few_turns():
    """Many addresses that ask for what is dear are together no more than one of them."""

    async def tried():
        hour = Hour()
        turns = Turns(Crowd(most=8, each=3, heavy=1, heavies=2, queue=0), hour)
        for name in "abcd":
            turns.give(await turns.take(name), 9.0)
        hour.at += QUIET + 0.1
        going = [await turns.take(name) for name in "abcd"]
        assert [turn is not None for turn in going] == [True, True, False, False]
        modest = await turns.take("modest")
        turns.give(going[0], 0.1)
        # Nobody who has taken much begins beside one who has not.
        assert await turns.take("c") is None
        turns.give(modest, 0.1)
        # Nor before it is quiet.
        assert await turns.take("c") is None
        hour.at += QUIET + 0.1
        assert await turns.take("c") is not None
        assert turns.heavies == 2

    ran(tried())


def test_who_has_taken_much_does_not_wait_for_ever():
    async def tried():
        hour = Hour()
        turns = Turns(Crowd(most=8, each=3), hour)
        turns.give(await turns.take("a"), 200.0)
        first, second = await turns.take("modest"), await turns.take("modest")
        waits = asyncio.ensure_future(turns.take("a"))
        await asyncio.sleep(0)
        turns.give(first, 0.1)
        await asyncio.sleep(0)
        assert not waits.done()
        hour.at += AGED + 1
        third = await turns.take("other")
        turns.give(second, 0.1)
        assert (await waits).heavy
        turns.give(third, 0.1)

    ran(tried())


def test_those_who_have_taken_much_rest_while_others_ask():
    """However many they are and however long they have waited: one at a time, a fifth of the time."""

    async def tried():
        hour = Hour()
        turns = Turns(Crowd(most=8, each=3), hour)
        for name in "abcd":
            turns.give(await turns.take(name), 9.0)
        turns.give(await turns.take("modest"), 0.0)
        wait = [asyncio.ensure_future(turns.take(name)) for name in "abcd"]
        await asyncio.sleep(0)
        hour.at += AGED + 1
        began = []

        async def step(seconds):
            hour.at += seconds
            turns.give(await turns.take("modest"), 0.0)
            await asyncio.sleep(0)
            began[:] = [one for one in wait if one.done()]

        await step(0.01)
        assert len(began) == 1
        turns.give(began[0].result(), 0.5)
        await step(REST * 0.5 - 0.1)
        assert len(began) == 1
        await step(0.2)
        assert len(began) == 2
        for one in wait:
            one.cancel()

    ran(tried())


def test_who_waits_begins_once_it_is_quiet_though_nobody_ends():
    async def tried():
        turns = Turns(Crowd(), time.monotonic)
        turns.give(await turns.take("a"), 9.0)
        turns.give(await turns.take("b"), 0.0)
        async with asyncio.timeout(10):
            assert (await turns.take("a")).heavy

    ran(tried())


def test_much_is_told_by_what_all_take():
    """Many who share the machine have less each; who has signed in has a tenth of a core among however many."""

    async def tried():
        hour = Hour()
        turns = Turns(Crowd(), hour)
        assert turns.much() == MUCH
        for n in range(50):
            turns.give(await turns.take(f"person {n}"), 0.03)
        turns.give(await turns.take("stranger"), LITTLE + 0.1)
        turns.give(await turns.take("member", known=True), LITTLE + 0.1)
        hour.at += 0.3
        assert turns.much() == LITTLE
        assert not (await turns.take("person 1")).heavy
        assert not (await turns.take("member", known=True)).heavy
        hour.at += QUIET
        waits = asyncio.ensure_future(turns.take("stranger"))
        await asyncio.sleep(0)
        assert not waits.done()
        waits.cancel()

    ran(tried())


def test_who_has_signed_in_is_counted_by_the_session_and_not_with_the_neighbours():
    seen = []

    class Seen(Turns):
        async def take(self, caller, *, known=False):
            seen.append((caller, known))
            return await super().take(caller, known=known)

    def pages(environ, start):
        if "mine" in environ.get("HTTP_COOKIE", "") or "Bearer good" in environ.get("HTTP_AUTHORIZATION", ""):
            environ[SIGNED_IN] = True
        return echo(environ, start)

    gate = Gate(pages, 50, limits=QUICK, session="s")
    gate.turns = Seen(gate.limits.crowd, time.monotonic)
    sent = [{"cookie": "a=1; s=mine"}, {"cookie": "s=made-up"}, {"authorization": "Bearer good"}, {}]
    for _ in range(2):
        for headers in sent:
            answers(gate, (asked(client="192.0.2.1:9", **headers), Wire()))
    assert seen[:4] == [("192.0.2.1", False)] * 4
    first, second, third, fourth = seen[4:]
    assert second == fourth == ("192.0.2.1", False)
    assert (first[1], third[1]) == (True, True)
    assert len({first[0], third[0], "192.0.2.1"}) == 3
    answers(gate, (asked(client="198.51.100.7:9", cookie="s=mine; other=2"), Wire()))
    assert seen[-1] == first


def test_what_is_under_way_counts_already():
    """Nobody has to end first before it is seen that much is taken."""

    async def tried():
        hour = Hour()
        turns = Turns(Crowd(most=8, each=3, queue=0), hour)
        assert await turns.take("a")
        hour.at += 30
        assert turns.spent("a") == 30
        assert await turns.take("a") is None
        assert await turns.take("b")

    ran(tried())


def test_who_stops_waiting_leaves_no_gap():
    async def tried():
        turns = Turns(Crowd(most=1, each=1, queue=5), Hour())
        first = await turns.take("a")
        waits = asyncio.ensure_future(turns.take("b"))
        await asyncio.sleep(0)
        waits.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await waits
        turns.give(first, 0.0)
        assert (turns.running, turns.queued) == (0, set())
        # The turn came at the very moment at which its caller went away.
        first = await turns.take("a")
        waits = asyncio.ensure_future(turns.take("b"))
        await asyncio.sleep(0)
        turns.give(first, 0.0)
        waits.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await waits
        assert turns.running == 0

    ran(tried())


def test_many_callers_are_forgotten(monkeypatch):
    monkeypatch.setattr("meguri.portal.door.turns.CALLERS_MOST", 10)

    async def tried():
        turns = Turns(Crowd(most=1, each=1, queue=5), Hour())
        for n in range(100):
            turns.give(await turns.take(str(n)), n / 100)
        assert len(turns.callers) <= 11
        assert "99" in turns.callers

    ran(tried())


@pytest.fixture
def service(tmp_path):
    """The real thing, on a database of its own; its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MEGURI_")}
    environment |= {"MEGURI_HOME": str(tmp_path), "MEGURI_MODE": "local"}
    command = [sys.executable, "-m", "meguri"]
    subprocess.run([*command, "setup"], env=environment, check=True, capture_output=True)
    process = subprocess.Popen([*command, "serve", "--port", str(port)], env=environment, stdout=subprocess.PIPE)
    try:
        until = time.monotonic() + 60
        while True:
            try:
                assert get(port, "/livez").startswith(b"HTTP/1.1 200")
                break
            except OSError:
                assert time.monotonic() < until
                time.sleep(0.2)
        yield port
    finally:
        process.terminate()
        process.wait(30)


def get(port: int, path: str) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=60) as wire:
        wire.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
        return b"".join(iter(lambda: wire.recv(65536), b""))


def test_half_sent_requests_do_not_keep_others_out(service):
    """More of them than the server has threads, from one caller and from several, in headers and in bodies."""
    head = b"POST /api/acts HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 900\r\n\r\n{"
    held = []
    for n in range(80):
        wire = socket.socket()
        wire.bind((f"127.0.0.{n % 8 + 2}", 0))
        wire.connect(("127.0.0.1", service))
        wire.sendall(head if n % 4 else head[:30])
        held.append(wire)
    found: list[bytes] = []
    asking = [threading.Thread(target=lambda: found.append(get(service, "/api/acts"))) for _ in range(8)]
    for one in asking:
        one.start()
    for one in asking:
        one.join()
    assert [answer[:12] for answer in found] == [b"HTTP/1.1 200"] * 8
    for wire in held:
        # Each is ended by the server: in time where it was let in, at once where it was not.
        wire.settimeout(60)
        assert b"".join(iter(lambda wire=wire: wire.recv(65536), b""))[:12] in (b"", b"HTTP/1.1 408", b"HTTP/1.1 429")
        wire.close()
