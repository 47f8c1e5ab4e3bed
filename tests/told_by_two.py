"""One case on two nodes, both played in one process: what each then holds and answers of what the other keeps.

``python tests/told_by_two.py`` plays it and writes ``told_by_two.json`` anew; look at what has changed before keeping
it. One database serves both nodes in turn, which only SQLite lets it: it counts acts anew.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import told_story

KEPT = Path(__file__).with_suffix(".json")
MYS, JPN = "meguri.mys", "meguri.jpn"
DOE, MOEJ, SMELTER, SELLER = (f"organisation:{name}" for name in ("mys-doe", "jpn-moej", "smelter", "seller"))
EVERYBODY = ("seller", "buyer", "smelter", "ship", "mys-doe", "jpn-moej", "jpn-meti", "stranger")


class TwoNodes:
    """Two nodes that have one database in turn: the rows of the other are put aside meanwhile."""

    def __init__(self) -> None:
        from django.db import transaction

        self.aside: dict[str, dict[str, list[tuple[Any, ...]]]] = {}
        self.here = ""
        self.empty = transaction.savepoint()
        self.at = datetime(2025, 1, 1, 3, tzinfo=UTC)
        self.names: dict[str, str] = {}

    @contextmanager
    def on(self, node: str) -> Iterator[None]:
        """Be that node."""
        from django.test import override_settings

        from meguri.kit import clock

        self._become(node)
        peers = {"MYS": MYS, "JPN": JPN}
        with override_settings(NODE=node, PEERS=peers, DEMONSTRATION=False), clock.running(lambda: self.at):
            yield

    def day(self, day: str, hour: int = 3) -> None:
        """Let it be that day on both nodes."""
        self.at = datetime.fromisoformat(day).replace(hour=hour, tzinfo=UTC)

    def carry(self, case: str, by: str, to: str) -> Any:
        """Carry what a node has said on a case to the other; what was taken in of it."""
        from meguri.exchange import services

        with self.on(by):
            file = services.bundle(case, to)
        with self.on(to):
            return services.take(file)

    def _become(self, node: str) -> None:
        from django.db import connection, transaction

        from meguri.journal import services

        if node == self.here:
            return
        with connection.cursor() as cursor, services.as_writer():
            tables = sorted(name for name in connection.introspection.table_names() if not name.startswith("django_"))
            if self.here:
                held = {}
                for table in tables:
                    cursor.execute(f"SELECT * FROM {table}")
                    held[table] = cursor.fetchall()
                self.aside[self.here] = held
                transaction.savepoint_rollback(self.empty)
            for table, rows in self.aside.get(node, {}).items():
                if rows:
                    marks = ", ".join(["%s"] * len(rows[0]))
                    cursor.execute(f"DELETE FROM {table}")
                    cursor.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
        self.here = node


def play(nodes: TwoNodes, look: Callable[[str], None]) -> dict[str, str]:
    """The story; `look` is called after each part of it. Returns what it made, by what it is called here."""
    import consent_room

    from meguri.consent import services as consent
    from meguri.custody import services as custody
    from meguri.movement import services as movements
    from meguri.movement.states import Bag, LotMass, Made
    from meguri.registry import services as registry

    since = datetime(2024, 1, 1, tzinfo=UTC)
    for node in (MYS, JPN):
        with nodes.on(node):
            consent_room.admit()
            registry.grant("organisation:buyer", "jpn-art14-importer", "14", since, licence="L14", issued_by="jpn-moej")
            registry.grant("facility:works", "jpn-art15-recycler", "15", since, licence="L15", issued_by="jpn-moej")
    nodes.day("2025-09-01")
    with nodes.on(MYS):
        lots = [
            custody.collect(SELLER, "yard", "circuit-boards", kg * 1000, label="From the yard") for kg in (1500, 500, 7)
        ]
    nodes.day("2025-10-01")
    with nodes.on(MYS):
        case = consent_room.notify(consent_room.ask(), total_g=5_000_000, shipments=2)
        consent.guarantee(
            SELLER, case, issuer="A bank", amount="MYR 1", valid_from=date(2025, 10, 1), valid_until=date(2026, 9, 30)
        )
    nodes.day("2025-10-08")
    with nodes.on(MYS):
        consent.step(DOE, case, "mys-doe.export", "check")
        consent.step(DOE, case, "mys-doe.export", "transmit")
    nodes.carry(case, MYS, JPN)
    look("the case was sent on")
    with nodes.on(JPN):
        consent.step(MOEJ, case, "jpn-moej.import", "ask", text="Which mill?")
    nodes.carry(case, JPN, MYS)
    with nodes.on(MYS):
        consent.step("seller", case, "jpn-moej.import", "answer", text="A shredder")
    nodes.day("2025-10-20")
    with nodes.on(MYS):
        consent.step(DOE, case, "mys-doe.export", "consent")
    nodes.carry(case, MYS, JPN)
    with nodes.on(JPN):
        hold = consent.hold(MOEJ, case, "Papers are looked at")
    nodes.carry(case, JPN, MYS)
    look("Japan's ministry holds the case")
    nodes.day("2025-11-10")
    with nodes.on(JPN):
        consent.release(MOEJ, case, hold)
        consent.step(MOEJ, case, "jpn-moej.import", "consent")
    nodes.carry(case, JPN, MYS)
    look("both have consented")
    nodes.day("2025-11-19")
    with nodes.on(MYS):
        whole = [LotMass(lot, state.mass_g) for lot, state in custody.lots(lots[:2]).items()]
        more = {"carrier": "ship", "port_from": "MYPKG", "port_to": "JPTAK", "planned_on": date(2025, 11, 19)}
        movement = movements.plan("seller", whole, case=case, **more)
        movements.depart("ship", movement)
        small = movements.plan("seller", [LotMass(lots[2], 7000)], case=case, **more)
        movements.depart("ship", small)
    nodes.carry(case, MYS, JPN)
    look("both consignments have left")
    nodes.day("2025-12-03")
    with nodes.on(JPN):
        movements.receive(
            "smelter", movement,
            [
                Bag(lot=lots[0], received_g=1_496_000, accepted=True),
                Bag(lot=lots[1], received_g=499_000, accepted=False, reason="Wet"),
            ],
        )  # fmt: skip
        movements.receive("smelter", small, [Bag(lot=lots[2], received_g=7000, accepted=False, reason="Not boards")])
    look("Japan has weighed them")
    nodes.carry(case, JPN, MYS)
    look("Malaysia knows of it")
    nodes.day("2025-12-20")
    with nodes.on(JPN):
        made = custody.smelt(SMELTER, movements.arrival(movement).taken_lots)
        states = custody.lots(list(made.metals.values()))
        metals = [Made(lot, element, states[lot].mass_g) for element, lot in made.metals.items()]
        movements.certify("smelter", movement, metals, event=made.event, recovered_on=date(2025, 12, 20))
    nodes.carry(case, JPN, MYS)
    nodes.day("2025-12-21")
    with nodes.on(MYS):
        custody.receive(SELLER, "yard", [Bag(lot=lots[1], received_g=498_000, accepted=True)])
        movements.send_back("seller", small, "Refused", carrier="ship")
        movements.take_back("seller", small, "yard", [Bag(lot=lots[2], received_g=7000, accepted=True, sent_g=7000)])
        consent.complete("seller", case)
    nodes.carry(case, MYS, JPN)
    return {"case": case, "movement": movement, "small": small}


class Stage:
    """Those who are asked what waits for them."""

    def __init__(self, at: datetime) -> None:
        self.at = at
        self.organisations = EVERYBODY

    def who(self, name: str) -> str:
        """By subject."""
        return f"organisation:{name}"


def shared(case: str) -> list[Any]:
    """A case as a node has it, its own or another's."""
    from meguri.consent.case import record, standing
    from meguri.kit import clock

    found = record.case(case)
    stand = standing.of(found, clock.now())
    return [
        found.home, stand.word, len(stand.missing), len(stand.barred), [hold.reason for hold in found.holds],
        found.account, sorted(record.guarantees(found)), record.keeper(case), record.account(case),
        [
            [track.key, track.state, track.visible, [str(due.due_at) + due.then for due in track.dues]]
            for track in found.tracks
        ],
    ]  # fmt: skip


def told() -> list[str]:
    """Play it; everything that follows, line by line."""
    from meguri.consent import models as cases
    from meguri.custody.balance import totals
    from meguri.movement import record as movements

    nodes = TwoNodes()
    found: list[tuple[str, Any]] = []
    before: dict[str, dict[str, Any]] = {MYS: {}, JPN: {}}
    with told_story.counted_names():

        def look(when: str) -> None:
            for node in (MYS, JPN):
                with nodes.on(node):
                    stage = Stage(nodes.at)
                    found.extend(
                        (f"{node}, {what}", value) for what, value in told_story.waits(stage, before[node], when)
                    )
                    for case in sorted(cases.Case.objects.values_list("id", flat=True)):
                        found.append((f"{node}, after {when}: case", shared(case)))

        made = play(nodes, look)
        look("all is over")
        lines: list[str] = []
        names: dict[str, str] = {}
        for node in (MYS, JPN):
            with nodes.on(node):
                names |= {act: f"{name} of {node}" for act, name in told_story.Alike().names.items()}
        alike = told_story.Alike()
        alike.names = names
        lines = [alike.line(name, value) for name, value in found]
        for node in (MYS, JPN):
            with nodes.on(node):
                held = [*told_story.rows(alike), *told_story.relations(alike)]
                lines += [alike.line(f"{node}, {name}", value) for name, value in held if of_case(name)]
                assert totals.standing() == totals.balance()
                lines.append(alike.line(f"{node}, balance", totals.standing()))
                lines += [alike.line(f"{node}, {name}", value) for name, value in told_story.traces()]
                for what in ("movement", "small"):
                    kept = movements.kept(made[what])
                    said = [kept[0], movements.arrival(made[what]), *blocks(made[what])]
                    lines.append(alike.line(f"{node}, {what}", said))
    return lines


def of_case(name: str) -> bool:
    """Whether a row is of the case, and not of those who were there before."""
    return not any(f"{prefix}:" in name for prefix in ("organisation", "facility", "licence", "verdict", "feed"))


def blocks(movement: str) -> list[Any]:
    """A movement's document, and what is shown of its way and its signatures."""
    from meguri.movement import services

    document = services.document(movement)
    return [
        document.number, document.status.en,
        [[lot.lot, lot.sent, lot.received, lot.outcome.en] for lot in document.bags],
        [[block.id, [field.value.en for field in block.fields]] for block in document.blocks],
    ]  # fmt: skip


def write() -> None:
    """Play it and keep what follows."""
    from meguri.play.commands import temporary

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "meguri.portal.settings")
    sys.path.append(str(Path(__file__).with_name("consent")))
    with temporary():
        from meguri.kit.running.starting import start

        start()
        from django.db import transaction

        from meguri.portal import preparing

        preparing.bring_up_to_date()
        with transaction.atomic():
            lines = told()
    KEPT.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")


if __name__ == "__main__":
    write()
