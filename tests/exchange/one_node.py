"""A whole Meguri in a process of its own, told what to do line by line: JSON in, JSON out. For tests of two nodes."""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
from datetime import UTC, date, datetime
from pathlib import Path

sys.path += [str(Path(__file__).resolve().parent.parent / room) for room in ("consent", "")]
os.environ["DJANGO_SETTINGS_MODULE"] = "meguri.portal.settings"

from meguri.kit.running.starting import start

start()

import consent_room  # noqa: E402
import msgspec  # noqa: E402

from meguri.consent import services as consent  # noqa: E402
from meguri.consent.case import record, standing  # noqa: E402
from meguri.custody import services as custody  # noqa: E402
from meguri.custody.balance import totals  # noqa: E402
from meguri.custody.trace import walk  # noqa: E402
from meguri.kit import clock  # noqa: E402
from meguri.kit.problems import MeguriError  # noqa: E402
from meguri.movement import services as movements  # noqa: E402
from meguri.movement import tasks as movement_waiting  # noqa: E402
from meguri.movement.states import Bag, LotMass, Made  # noqa: E402
from meguri.portal import cli, preparing  # noqa: E402
from meguri.registry import services as registry  # noqa: E402

KG = 1000


def cast():
    """Both nodes know those whom a shared case names under the same names."""
    preparing.bring_up_to_date()
    consent_room.admit()
    since = datetime(2024, 1, 1, tzinfo=UTC)
    registry.grant("organisation:buyer", "jpn-art14-importer", "14-1", since, licence="L14", issued_by="jpn-moej")
    registry.grant("facility:works", "jpn-art15-recycler", "15-1", since, licence="L15", issued_by="jpn-moej")


def collect(facility, kg, contents=()):
    return custody.collect("organisation:seller", facility, "circuit-boards", kg * KG, label="From the yard")


def notify():
    verdict = consent_room.ask()
    return consent.notify(
        "seller", verdict, importer="buyer", facility="works", total_g=5000 * KG, shipments=2,
        period_from=date(2025, 10, 1), period_to=date(2026, 9, 30), description="Circuit boards",
    )  # fmt: skip


def step(actor, case, track, transition, **more):
    return consent.step(actor, case, track, transition, **more).id


def plan(case, lots, day):
    whole = [LotMass(lot, state.mass_g) for lot, state in custody.lots(lots).items()]
    return movements.plan(
        "seller", whole, case=case, carrier="ship", port_from="MYPKG", port_to="JPTAK",
        planned_on=date.fromisoformat(day),
    )  # fmt: skip


def depart(movement):
    return movements.depart("ship", movement).id


def receive(movement, bags):
    got = [Bag(lot=lot, received_g=grams, accepted=not reason, reason=reason) for lot, (grams, reason) in bags.items()]
    movements.receive("smelter", movement, got)
    return list(movements.arrival(movement).taken_lots)


def smelt(lots):
    made = custody.smelt("organisation:smelter", lots)
    return {"event": made.event, "metals": made.metals}


def certify(movement, event, metals, day):
    states = custody.lots(list(metals.values()))
    made = [Made(lot, element, states[lot].mass_g) for element, lot in metals.items()]
    movements.certify("smelter", movement, made, event=event, recovered_on=date.fromisoformat(day))


def take_back(lot, grams):
    """What was refused over there is weighed at the yard again."""
    custody.receive("organisation:seller", "yard", [Bag(lot=lot, received_g=grams, accepted=True)])


def hold(actor, case, reason):
    return consent.hold(actor, case, reason)


def release(actor, case, hold):
    return consent.release(actor, case, hold).id


def complete(case, actor="seller"):
    return consent.complete(actor, case).id


def send(case, to, out):
    return main("exchange", "send", case, "--to", to, "--out", out, "--json")


def take(file):
    return main("exchange", "receive", file, "--json")


def main(*argv):
    """A command as from a terminal: its exit status and the JSON that it printed."""
    said, wrong = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(wrong):
        status = cli.main(list(argv))
    return [status, json.loads(said.getvalue()) if said.getvalue() else None, wrong.getvalue()]


def case(case):
    """A case as pages have it, and how it stands."""
    found = record.case(case)
    return {
        "home": found.home,
        "word": standing.of(found, clock.now()).word,
        "tracks": {track.key: [track.state, track.visible] for track in found.tracks},
        "account": msgspec.to_builtins(found.account),
        "completed": found.completed_at is not None,
    }


def movement(movement):
    state, arrival = movements.movement(movement), movements.arrival(movement)
    return {"status": state.status, "arrival": arrival.course.state if arrival else None}


def waiting(who):
    tracks = [offer.row.transition for task in consent.waiting_for(who) for offer in task.offers]
    return tracks + [
        f"movement.{name}" for task in movement_waiting.waiting_for(who) for name in task.transitions or [task.what]
    ]


def lot(lot):
    return msgspec.to_builtins(custody.lot(lot))


def balance():
    found = totals.balance()
    assert totals.standing() == found
    return {
        "closed": found.closed, "closure": found.closure_g, "collected": found.collected_g, "came": found.came_g,
        "went": found.went_g, "difference": found.difference_g, "loss": found.loss_g, "stock": found.stock_g,
        "transit": found.transit_g,
    }  # fmt: skip


def trace(lot, down=False):
    return [[share.kind, share.lot, share.grams] for share in walk.trace(lot, down).shares]


def whole():
    """Verified and rebuilt, as by the commands."""
    verified, rebuilt = main("journal", "verify", "--json"), main("journal", "rebuild", "--check", "--json")
    return [verified[0], rebuilt[0], verified[1]["intact"], rebuilt[1]["identical"], verified[1]["acts"]]


def page(who, path):
    """A page as somebody of an organisation sees it."""
    from django.test import Client

    from meguri.kit.models import Membership, User

    user, _ = User.objects.get_or_create(username=who.partition(":")[2])
    Membership.objects.get_or_create(user=user, organisation=who)
    client = Client(SERVER_NAME="localhost")
    client.force_login(user)
    answer = client.get(path)
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return [answer.status_code, content.decode(errors="replace")]


def serve():
    for line in sys.stdin:
        asked = json.loads(line)
        at = datetime.fromisoformat(asked.pop("at"))
        clock.give(lambda at=at: at)
        try:
            answer = {"ok": globals()[asked.pop("do")](**asked)}
        except MeguriError as error:
            answer = {"problems": [[problem.code, problem.pointer, problem.say()] for problem in error.problems]}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    serve()
