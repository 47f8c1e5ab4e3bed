"""Processes of a service are killed while acts are told: ``python -m tests.kills --count 50 --database postgresql``.

A service with its workers, sealer and clock runs as in `meguri serve`, on a record of its own (PostgreSQL: a cluster
of its own, with durability on). Clients tell acts that they signed. Each round kills one process with SIGKILL: the
server, a worker, the sealer, the clock, in an order that the seed says. Then it is asked: is every act that was
acknowledged on record, and sealed, and within how many seconds after the kill; and at the end whether the whole record
verifies, and its projections are what a rebuild makes of it. A request that got no answer is told again with the same
act, and has to be taken, once. Exit status 1 where anything was lost or not sealed in time.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import processes

ROLES = ("worker", "sealer", "server", "clock")
OWNER = "organisation:teller"
CLIENTS = 4
SEALED_S = 30.0
"""Seconds after a kill within which all that was acknowledged is sealed."""
STARTS_S = 90.0
PREPARE = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "meguri.portal.settings"
from meguri.kit.running.starting import start
start()
from meguri.journal import services
services.ensure_node()
from django.conf import settings
from meguri.journal.signatures import signing
own = signing.Ed25519PrivateKey.from_private_bytes(signing.unb64(sys.argv[2]))
code, offer = services.offer_of("in_person")
proof = signing.prove_key(own, settings.NODE, sys.argv[1])
services.enrol(sys.argv[1], "held", public=signing.public_text(own), proof=proof, offer=offer)
services.record([services.acceptance(own, sys.argv[1], code, settings.NODE)])
"""


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@dataclass
class Service:
    """A record in a folder, and the server over it."""

    home: Path
    database: str
    node: str = "meguri.kills"
    workers: int = 2
    port: int = field(default_factory=free_port)
    more: dict[str, str] = field(default_factory=dict)
    server: subprocess.Popen[bytes] | None = None

    @property
    def surroundings(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("MEGURI_", "DJANGO_"))}
        own = {"MEGURI_MODE": "local", "MEGURI_HOME": str(self.home), "MEGURI_NODE": self.node}
        return {**kept, **own, "MEGURI_DATABASE_URL": self.database, "LC_ALL": "C.UTF-8", **self.more}

    def call(self, *words: str, status: int | None = 0) -> str:
        done = processes.run(words, self.surroundings)
        assert status is None or done.returncode == status, (words[:3], done.stdout[-2000:], done.stderr[-2000:])
        return done.stdout

    def start(self) -> None:
        """Start the server, and wait until it is ready."""
        with (self.home / "log").open("ab") as log:
            self.server = subprocess.Popen(
                [sys.executable, "-m", "meguri", "serve", "--port", str(self.port), "--workers", str(self.workers)],
                env=self.surroundings,
                stdout=subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,
            )
        self.await_that(lambda: self.get("/livez")[0] == 200, STARTS_S)

    def end(self) -> None:
        if self.server is not None:
            self.server.terminate()
            try:
                self.server.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(self.server.pid, signal.SIGKILL)
                self.server.wait()

    def await_that(self, what, seconds: float) -> float:
        """Wait until something is so; returns after how many seconds it was."""
        began = time.monotonic()
        while not what():
            assert time.monotonic() - began < seconds, f"not so after {seconds} s"
            time.sleep(0.05)
        return time.monotonic() - began

    def ask(self, method: str, path: str, body: bytes = b"", address: str = "127.0.0.1") -> tuple[int, bytes]:
        """Status and body; 0 where there was no answer."""
        wire = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30, source_address=(address, 0))
        try:
            wire.request(method, path, body or None, {"Content-Type": "application/json"} if body else {})
            answer = wire.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            return 0, b""
        finally:
            wire.close()

    def get(self, path: str) -> tuple[int, bytes]:
        return self.ask("GET", path)

    def processes(self) -> dict[str, list[int]]:
        """The service's living processes by role."""
        assert self.server is not None
        found: dict[str, list[int]] = {role: [] for role in ROLES}
        for folder in Path("/proc").iterdir():
            if not folder.name.isdigit():
                continue
            with contextlib.suppress(OSError):
                state, _, _, session = (folder / "stat").read_text().rpartition(")")[2].split()[:4]
                if int(session) != self.server.pid or state == "Z":
                    continue
                words = (folder / "cmdline").read_bytes().split(b"\0")
                pid = int(folder.name)
                if pid == self.server.pid:
                    found["server"].append(pid)
                elif b"--with-parent" in words:
                    if b"deliver" not in words:
                        found["sealer" if b"seal" in words else "clock"].append(pid)
                else:
                    found["worker"].append(pid)
        return found

    def query(self, sql: str) -> list[tuple]:
        if self.database.startswith("postgresql"):
            import psycopg

            with psycopg.connect(self.database, autocommit=True) as database:
                return database.execute(sql).fetchall()
        import sqlite3

        with contextlib.closing(sqlite3.connect(self.home / "meguri.sqlite3", timeout=30)) as database:
            return database.execute(sql).fetchall()


class Tellers:
    """Clients that tell acts while they may."""

    def __init__(self, service: Service) -> None:
        from meguri.journal.signatures import signing

        self.service = service
        self.private = signing.new_key()
        self.public = signing.public_text(self.private)
        self.going, self.over = threading.Event(), threading.Event()
        self.lock = threading.Lock()
        self.acknowledged: dict[str, int] = {}
        """Act ids, and the numbers that receipts said."""
        self.met: Counter[str] = Counter()
        self.busy = 0
        self.threads = [threading.Thread(target=self._tell, args=(n,), daemon=True) for n in range(CLIENTS)]

    def secret(self) -> str:
        """Its private key, for whoever has it enrolled and accepted (`PREPARE`)."""
        from meguri.journal.signatures import signing

        return signing.b64(self.private.private_bytes_raw())

    def _acts(self, count: int) -> tuple[list[str], bytes]:
        import msgspec

        from meguri.journal.act import Act
        from meguri.journal.signatures import signing
        from meguri.kit import clock

        acts = []
        for _ in range(count):
            new = signing.new_key()
            public = signing.public_text(new)
            at = clock.stamp(clock.machine())
            body = {
                "owner": OWNER, "public": public, "mode": "held", "since": at,
                "proof": signing.prove_key(new, self.service.node, OWNER),
            }  # fmt: skip
            acts.append(
                Act(
                    kind="journal.enrol_key", version=1, node=self.service.node,
                    subjects=(f"key:{signing.key_id(public)}",), actor=OWNER, key=signing.key_id(self.public),
                    nonce=os.urandom(8).hex(), claimed=at, body=body,
                )
            )  # fmt: skip
        marks = signing.sign_acts(self.private, [act.id for act in acts])
        signed = [msgspec.to_builtins(signing.Signed(act, mark)) for act, mark in zip(acts, marks, strict=True)]
        return [act.id for act in acts], json.dumps(signed).encode()

    def _tell(self, number: int) -> None:
        choice = random.Random(number)
        while not self.over.is_set():
            if not self.going.wait(0.1):
                continue
            with self.lock:
                self.busy += 1
            try:
                ids, body = self._acts(choice.choice((1, 1, 1, 8)))
                self._until_taken(ids, body, choice)
            finally:
                with self.lock:
                    self.busy -= 1

    def _until_taken(self, ids: list[str], body: bytes, choice: random.Random) -> None:
        """Tell it until there is an answer: who hears nothing does not know whether it was taken."""
        until = time.monotonic() + STARTS_S
        while time.monotonic() < until and not self.over.is_set():
            address = f"127.{choice.randrange(1, 200)}.{choice.randrange(1, 200)}.{choice.randrange(1, 200)}"
            status, answer = self.service.ask("POST", "/api/acts", body, address)
            with self.lock:
                self.met[str(status or "none")] += 1
            if status in (200, 201):
                receipts = json.loads(answer)
                assert [receipt["id"] for receipt in receipts] == ids
                with self.lock:
                    self.acknowledged.update({receipt["id"]: int(receipt["number"]) for receipt in receipts})
                return
            if status not in (0, 409, 429, 503):
                with self.lock:
                    self.met[f"refused {answer[:200]!r}"] += 1
                return
            time.sleep(0.1)

    def pause(self) -> None:
        """Let what is under way be answered."""
        self.going.clear()
        self.service.await_that(lambda: not self.busy, STARTS_S + 40)


@dataclass
class Outcome:
    """What was found."""

    kills: Counter[str] = field(default_factory=Counter)
    sealed_s: dict[str, list[float]] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    acknowledged: int = 0
    on_record: int = 0
    met: dict[str, int] = field(default_factory=dict)

    @property
    def good(self) -> bool:
        return not self.lost and not self.wrong and self.acknowledged > 0

    def to_json(self) -> dict[str, object]:
        slowest = {role: round(max(took), 1) for role, took in self.sealed_s.items()}
        return {
            "kills": dict(self.kills), "acknowledged": self.acknowledged, "on_record": self.on_record,
            "lost": self.lost, "wrong": self.wrong, "slowest_sealed_s": slowest, "answers": self.met,
        }  # fmt: skip


@contextmanager
def database_of(kind: str, home: Path) -> Iterator[str]:
    """The address of an empty database, durable as in production."""
    if kind == "sqlite":
        yield f"sqlite:///{home / 'meguri.sqlite3'}"
        return
    from meguri.journal.measure.bench import cluster

    with cluster() as (url, create):
        yield f"{url}/{create('meguri_kills')}"


def run(kind: str, count: int, seed: int, say=lambda text: None) -> Outcome:
    """Kill so many processes."""
    with tempfile.TemporaryDirectory(prefix="meguri-kills-") as name, database_of(kind, Path(name)) as url:
        service = Service(Path(name), url)
        tellers = Tellers(service)
        service.call("-m", "meguri", "setup")
        service.call("-c", PREPARE, OWNER, tellers.secret())
        service.start()
        for thread in tellers.threads:
            thread.start()
        try:
            return _rounds(service, tellers, count, random.Random(seed), say)
        finally:
            tellers.over.set()
            service.end()


def _rounds(service: Service, tellers: Tellers, count: int, choice: random.Random, say) -> Outcome:
    found = Outcome()
    order = [role for _ in range(-(-count // len(ROLES))) for role in choice.sample(ROLES, len(ROLES))][:count]
    for place, role in enumerate(order):
        tellers.going.set()
        time.sleep(choice.uniform(0.3, 1.5))
        victim = choice.choice(service.processes()[role])
        killed = time.monotonic()
        with tellers.lock:
            before = dict(tellers.acknowledged)
        os.kill(victim, signal.SIGKILL)
        found.kills[role] += 1
        if role == "server":
            service.server.wait()
            service.await_that(lambda: not any(service.processes().values()), STARTS_S)
            service.start()
        time.sleep(0.5)
        tellers.pause()
        newest = max(tellers.acknowledged.values(), default=0)
        try:
            service.await_that(
                lambda newest=newest: (service.query("SELECT max(number) FROM journal_leaf")[0][0] or 0) >= newest,
                SEALED_S,
            )
        except AssertionError:
            found.wrong.append(f"round {place}: after {role} was killed, not all was sealed in {SEALED_S:g} s")
        took = time.monotonic() - killed
        found.sealed_s.setdefault(role, []).append(took)
        kept = {row[0] for row in service.query("SELECT act_id FROM journal_act")}
        gone = [id for id in tellers.acknowledged if id not in kept and id not in found.lost]
        if gone:
            found.lost += gone
            found.wrong.append(f"round {place}: {len(gone)} acts were lost when {role} was killed")
        service.await_that(
            lambda: all(service.processes().values()) and len(service.processes()["worker"]) == service.workers,
            STARTS_S,
        )
        say(f"{place + 1}/{count} {role}: {len(before)} acts before, {len(tellers.acknowledged)} after, {took:.1f} s")
    tellers.over.set()
    service.end()
    verified = json.loads(service.call("-m", "meguri", "journal", "verify", "--json", status=None))
    rebuilt = json.loads(service.call("-m", "meguri", "journal", "rebuild", "--check", "--json", status=None))
    if not verified.get("intact"):
        found.wrong.append(f"verify: {verified}")
    if not rebuilt.get("identical"):
        found.wrong.append(f"rebuild: {rebuilt}")
    unsealed = service.query(
        "SELECT count(*) FROM journal_act WHERE number > (SELECT coalesce(max(number), 0) FROM journal_leaf)"
    )[0][0]
    leaves = service.query("SELECT count(*) FROM journal_leaf")[0][0]
    found.on_record = service.query("SELECT count(*) FROM journal_act")[0][0]
    if leaves + unsealed != found.on_record:
        found.wrong.append(f"{found.on_record} acts, {leaves} leaves, {unsealed} not sealed yet")
    found.acknowledged = len(tellers.acknowledged)
    found.met = dict(tellers.met)
    found.wrong += [what for what in tellers.met if what.startswith("refused")]
    return found


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.kills", description=__doc__)
    parser.add_argument("--count", type=int, default=8, help="how many processes are killed (default 8)")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="one JSON object")
    given = parser.parse_args()
    found = run(given.database, given.count, given.seed, lambda text: print(text, file=sys.stderr, flush=True))
    print(json.dumps(found.to_json(), indent=None if given.json else 2, ensure_ascii=False))
    return 0 if found.good else 1


if __name__ == "__main__":
    sys.exit(main())
