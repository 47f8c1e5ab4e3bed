"""Acts as they were once recorded still fold to the states that they made then, whatever tables and law say now.

``python tests/consent/test_kept.py NAME`` writes a further file for a new version of a kind. Written ones never change.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import msgspec
import pytest

FOLDER = Path(__file__).with_name("kept")
FILES = sorted(FOLDER.glob("*.json"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_kept_acts_fold_to_their_kept_states(path, monkeypatch):
    from meguri.consent import tables
    from meguri.journal import kinds
    from meguri.journal.act import Act, Entry
    from meguri.journal.world import World
    from meguri.kit import clock

    monkeypatch.setattr(tables, "tables", dict)
    kept = json.loads(path.read_text(encoding="utf-8"))
    states = {}
    for line in kept["entries"]:
        act = msgspec.convert(line["act"], Act)
        assert act.id == line["id"]
        kind = kinds.find(act.kind)
        body = kind.read(act)
        world = World({name: states.get(name) for name in act.subjects})
        entry = Entry(act=act, id=act.id, number=line["number"], recorded=clock.parse(line["recorded"]))
        for fold in (f.fold for f in kind.folds if f.fold.__module__.startswith("meguri.consent")):
            fold(world, entry, body)
        states.update(world.changes())
    found = {name: json.loads(msgspec.json.encode(state)) for name, state in states.items()}
    assert found == kept["states"]


def test_every_kind_of_the_room_is_kept_in_its_newest_version():
    from meguri.journal import kinds

    kept = {
        (line["act"]["kind"], line["act"]["version"])
        for path in FILES
        for line in json.loads(path.read_text(encoding="utf-8"))["entries"]
    }
    ours = {(kind.name, kind.version) for kind in kinds.every() if kind.name.startswith("consent.")}
    assert ours <= kept


def _story():
    """A case with every kind of act of the room, told to a record in memory."""
    import consent_cast as told

    from meguri.consent import acts, notification, procedure, tables
    from meguri.consent.row_guards import months_later
    from meguri.journal import kinds
    from tests_support import use_clock

    use_clock(lambda: told.on("2026-03-01"))
    notification.check_verdict = lambda given: None
    record = told.cast(told.on("2026-03-01"))
    silent = told.need("sgp-nea", "SGP", "transit", "tacit", "BASEL/PIC", 60, "calendar")
    told.notify(record, *told.CERTIFIED, silent, via=("SGP",))
    told.step(record, told.DOE, "mys-doe/export", "ask", told.on("2025-10-03"))
    told.step(record, told.EXPORTER, "mys-doe/export", "answer", told.on("2025-10-04"))
    told.step(record, told.DOE, "mys-doe/export", "check", told.on("2025-10-06"))
    told.step(record, told.DOE, "mys-doe/export", "transmit", told.on("2025-10-08"))
    told.step(record, told.DOE, "mys-doe/export", "consent", told.on("2025-10-20"))
    told.step(
        record, told.MOEJ, "jpn-moej/import", "consent_with_conditions", told.on("2025-11-10"), conditions=("Sample",)
    )
    ((track, due),) = procedure.lapses(told.case(record), told.on("2025-12-20"))
    day = due.due_on
    body = acts.Step(
        case="C123456789", track=track.key, transition="lapse", changes=(), outcome="tacit", valid_from=day,
        valid_until=months_later(day, tables.tables()[track.table].validity_months),
    )  # fmt: skip
    row = procedure.choose(told.case(record), track, body, procedure.CLOCK, due.due_at)
    body = msgspec.structs.replace(body, changes=procedure.changes(told.case(record), track, row, due.due_at))
    record.say(procedure.CLOCK, "consent.lapse", body, claimed=due.due_at, legal=due.due_at, rooms=("meguri.consent",))
    rooms = ("meguri.consent",)
    hold = acts.PutHold(case="C123456789", hold="H1", reason="Papers checked")
    record.say(told.DOE, "consent.hold", hold, told.on("2025-12-10"), rooms)
    release = acts.ReleaseHold(case="C123456789", hold="H1")
    record.say(told.DOE, "consent.release", release, told.on("2025-12-11"), rooms)
    told.open_movement(record, ("B1", 5_000_000), ports_via=("SGSIN",), at=told.on("2025-12-12"), planned_on=day)
    told.depart(record, ("B1", 5_000_000), at=told.on("2025-12-15"))
    told.receive(record, {"lot": "B1", "received_g": 4_980_000, "accepted": True}, at=told.on("2026-01-05"))
    certificate = acts.Certify(
        case="C123456789", movement="M1", certificate="R1", event="E3",
        made=(msgspec.convert({"lot": "AU", "element": "Au", "grams": 900}, acts.Made),),
        recovered_on=told.on("2026-01-10").date(),
    )  # fmt: skip
    record.say(told.SMELTER, "consent.certify", certificate, told.on("2026-01-12"), rooms)
    record.say(told.EXPORTER, "consent.complete", acts.Complete(case="C123456789"), told.on("2026-01-13"), rooms)
    assert kinds.every()
    return record


if __name__ == "__main__":
    sys.path.insert(0, str(FOLDER.parent.parent))
    story = _story()
    names = ("case:", "movement:")
    FOLDER.mkdir(exist_ok=True)
    target = FOLDER / f"{sys.argv[1]}.json"
    assert not target.exists(), "a kept file never changes"
    from meguri.kit import clock as times

    target.write_text(
        json.dumps(
            {
                "entries": [
                    {
                        "act": json.loads(msgspec.json.encode(entry.act)),
                        "id": entry.id,
                        "number": entry.number,
                        "recorded": times.stamp(entry.recorded),
                    }
                    for entry in story.entries
                ],
                "states": {
                    name: json.loads(msgspec.json.encode(state))
                    for name, state in story.states.items()
                    if name.startswith(names)
                },
            },
            ensure_ascii=False,
            indent=1,
        )
        + "\n",
        encoding="utf-8",
    )
