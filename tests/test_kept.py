"""Every version of every kind of act, kept with the states before and after it: newer code must read it and agree.

A file a version, ``kept/<kind>.<version>.json``: ``acts`` in the shapes that the kind takes, each with its signature,
number, time of taking down, and its subjects ``before`` and ``after``. docs/kinds.md says which versions are released:
the file of a released one never changes, that of another is made anew when the version is laid anew.

``python tests/test_kept.py`` plays ``kept/every_kind.toml`` and writes the files that are missing.
"""

from __future__ import annotations

import json
import os
import re
import sys
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
FOLDER = Path(__file__).with_name("kept")
FILES = sorted(FOLDER.glob("*.json"))
LIST = REPOSITORY / "docs" / "kinds.md"
ROW = re.compile(r"^\| `([a-z_.]+)` \| (\d+) \| (\S+) \| ([0-9a-f]{64}|-) \|$", re.MULTILINE)
SHAPES = 6
"""So many acts of one kind are kept at most, each of a shape of its own."""


def plain(state):
    return None if state is None else json.loads(msgspec.json.encode(state))


def state_of(subject, state):
    from meguri.journal.projections import books
    from meguri.journal.subject import split

    return None if state is None else msgspec.convert(state, books.book(split(subject)[0]).model.STATE, str_keys=True)


def read(line):
    """A kept act, read as the journal reads it."""
    from meguri.journal.act import Act
    from meguri.journal.entry import history
    from meguri.journal.signatures.signing import Signature

    act = msgspec.convert(line["act"], Act)
    return history.read(act.canonical(), msgspec.convert(line["signature"], Signature))


def after(line, told):
    from meguri.journal.entry import history

    states = {subject: state_of(subject, state) for subject, state in line["before"].items()}
    history.apply(told, line["number"], datetime.fromisoformat(line["recorded"]), states)
    return {subject: plain(states[subject]) for subject in sorted(states)}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_kept_acts_are_read_and_fold_as_they_always_did(path, monkeypatch):
    from meguri.procedure import tables

    # What an act means is in the act: no table of today is asked.
    monkeypatch.setattr(tables, "tables", dict)
    for line in json.loads(path.read_text(encoding="utf-8"))["acts"]:
        told = read(line)
        assert told.id == line["id"], "the canonical bytes of an act never change"
        assert told.act.subjects == told.named, "nor do its subjects"
        assert after(line, told) == line["after"]


def versions():
    from meguri.journal import kinds

    return [
        (kind.name, version.number)
        for kind in kinds.every()
        if kind.body.__module__.startswith("meguri.")
        for version in kind.versions
    ]


def test_every_version_of_every_kind_is_kept():
    assert {f"{name}.{number}" for name, number in versions()} == {path.stem for path in FILES}


def test_released_versions_are_listed_with_their_digest_and_never_change():
    listed = {
        (name, int(number)): (released, digest) for name, number, released, digest in ROW.findall(LIST.read_text())
    }
    assert sorted(listed) == sorted(versions())
    for (name, number), (released, digest) in listed.items():
        kept = sha256((FOLDER / f"{name}.{number}.json").read_bytes()).hexdigest()
        assert digest == ("-" if released == "no" else kept), f"{name} {number}"


def shape(body):
    """What an act says, without the values that differ from one to the next: its filled fields and its words."""
    found = set()
    for name, value in body.items():
        if value not in ("", None, [], {}, False):
            word = value if name in ("transition", "step", "outcome", "capacity", "accepted") else ""
            found.add((name, str(word)))
    return frozenset(found)


def _tell_of_cases(stage):
    """What a case rests on, said anew, and a guarantee: no story has verbs for them yet."""
    from meguri.consent import services as consent

    case, exporter = stage.things["silent"]["case"], stage.who("swan")
    consent.rest(exporter, case, [], claimed=stage.at)
    consent.guarantee(
        exporter,
        case,
        issuer="A bank",
        amount="AUD 100,000",
        valid_from=date(2026, 4, 1),
        valid_until=date(2027, 3, 31),
        reference="G-1",
        claimed=stage.at,
    )


def tell_of_papers(stage):
    """A paper of a party, and one of an authority, which names its track."""
    from meguri.consent.models import Track
    from meguri.papers import services as papers

    case = stage.things["silent"]["case"]
    seen = (row.value.organisation for row in Track.objects.filter(case=case).order_by("pk") if row.value.visible)
    for who in (stage.who("swan"), next(seen)):
        papers.attach(who, f"case:{case}", "contract", b"A contract.\n", "contract.txt", claimed=stage.at)


def _from_another_node(stage):
    """An act that takes in what the story's node said on a case, as a second node would say it; and one unread."""
    from meguri.exchange import acts
    from meguri.journal import kinds, services
    from meguri.journal.entry import history
    from meguri.journal.models import ActRow, Key, Subject
    from meguri.journal.projections import relations
    from meguri.journal.signatures import signing
    from meguri.journal.signatures.signing import Signature
    from meguri.kit import clock
    from meguri.play.commands import NODE

    case = stage.things["silent"]["case"]
    own = [name for prefix in acts.COPIED for _, name in relations.lying([f"case:{case}"], prefix)]
    numbers = Subject.objects.filter(subject__in=own).values("number")
    rows = list(ActRow.objects.filter(number__in=numbers).order_by("number"))
    told = [
        acts.Foreign(
            canonical=bytes(row.canonical).decode(),
            signature=msgspec.json.decode(bytes(row.signature), type=Signature),
            number=row.number,
            recorded=row.recorded,
        )
        for row in rows
    ]
    keys = {key.id: key.value.public for key in Key.objects.filter(id__in={row.key for row in rows})}
    strange = msgspec.structs.replace(services.entry(told[-1].id).act, kind="consent.bless", subjects=("blessing:1",))
    key = signing.new_key()
    strange = msgspec.structs.replace(strange, key=signing.key_id(signing.public_text(key)))
    unread = acts.Foreign(
        canonical=strange.canonical().decode(),
        signature=signing.sign_acts(key, [strange.id])[0],
        number=told[-1].number + 1,
        recorded=told[-1].recorded,
        unread=True,
    )
    keys[strange.key] = signing.public_text(key)
    states, number = {}, 1
    for part in (tuple(told[:-1]), (told[-1], unread)):
        named = {json.loads(one.canonical)["key"] for one in part}
        body = acts.Received(from_=NODE, case=case, home=NODE, acts=part, keys={id: keys[id] for id in sorted(named)})
        kind = kinds.find("exchange.received")
        one = msgspec.structs.replace(strange, kind=kind.name, node="meguri.second", actor="organisation:node",
                                      subjects=kind.newest.names(body), nonce=acts.nonce(part), legal=None,
                                      claimed=clock.stamp(stage.at), private={},
                                      body=json.loads(msgspec.json.encode(body)))  # fmt: skip
        signature = signing.sign_acts(key, [one.id])[0]
        before = {subject: plain(states.get(subject)) for subject in one.subjects}
        read_back = history.read(one.canonical(), signature)
        history.apply(read_back, number, stage.at, states)
        yield {
            "id": one.id,
            "number": number,
            "recorded": clock.stamp(stage.at),
            "act": msgspec.to_builtins(one),
            "signature": msgspec.to_builtins(signature),
            "before": before,
            "after": {subject: plain(states.get(subject)) for subject in one.subjects},
        }
        number += 1


def tell_of_registry(yard):
    """Acts of the registry that no verb of a story tells."""
    from meguri.registry import services
    from meguri.registry.admission import applications
    from meguri.registry.states import Address, Capacity, CheckAnswer, Contact, Identifier, Scope, Wanted

    state = services.organisation(yard)
    numbers = [Identifier("gln", "4012345000009"), Identifier("own", "HRB 1")]
    office = [Contact("mail", "office@example.org"), Contact("telephone", "+60 3 0000 0000")]
    services.describe(yard, state.names, identifiers=numbers, addresses=[Address(street="1 Road")], contacts=office)
    services.describe(yard, state.names, identifiers=numbers[1:])
    site = services.site(yard, {"en": "Hall"}, state.economy, 1, 2, facility="kept-hall", capacity=[Capacity(5)])
    services.alter(site, operations=["R12"], capacity=[Capacity(7, "R12")], address=Address(street="2 Road"))
    given = (CheckAnswer("iso-59014.1", "yes", "Chain of June"), CheckAnswer("iso-59014.2", "no"))
    services.check(yard, site, "iso-59014", given, date(2026, 12, 1))
    services.alter(site, closed=True, reason="Sold")
    services.admit_authorities(["mys-doe"])
    issuer = "organisation:mys-doe"
    scope = Scope(operations=("R4",), streams=("circuit-boards",), codes=("basel:A1181",), grams=5, per="year")
    kind, until = "mys-scheduled-waste-recovery", services.as_long_as
    licence = services.apply_for(yard, kind, "mys-doe", scope=scope, text="New plant")
    services.step(licence, "ask", "Which plant?", actor=issuer)
    services.step(licence, "answer", "The one in Penang", actor=yard)
    from meguri.kit import clock

    services.grant(yard, kind, "SW-1", clock.now(), licence=licence, issued_by="mys-doe", actor=issuer)
    services.step(licence, "vary", "Less", scope=Scope(grams=3, per="month"), actor=issuer)
    services.step(licence, "ask_renewal", actor=yard)
    end = services.licence(licence).until
    services.step(licence, "renew", until=until(end, 12, "MYS"), actor=issuer)
    services.step(licence, "suspend", "Inspection", actor=issuer)
    services.step(licence, "resume", "All is well", actor=issuer)
    services.admit("kept-heir", {"en": "Heir"}, state.economy, ["dismantler"])
    services.admit("kept-closed", {"en": "Closed"}, state.economy, ["dismantler"])
    other = services.grant("organisation:kept-closed", kind, "SW-2", clock.now(), issued_by="mys-doe")
    services.close("kept-closed")
    services.step(other, "transfer", "Sold", to="organisation:kept-heir", actor=issuer)
    wanted = Wanted(names={"en": "Stranger"}, economy=state.economy, roles=("carrier",), message="Please")
    applications.decide(applications.apply(wanted), False, reason="No vehicle", actor=issuer)
    applications.decide(applications.apply(wanted), True, organisation="kept-carrier")


def tell_of_buying(yard):
    """A collector with a number, what is bought, and the steps: no story has verbs for them yet."""
    from meguri.buying import board, services
    from meguri.registry import services as registry

    id = services.register(yard, number="12340")
    site = next(iter(registry.facilities(yard)))
    services.buy(yard, id, site, "cables", 2500, board.PricePaid("4", "MYR", "10"))
    for demand in ("whole", "fair-price"):
        services.meet(yard, id, demand)
    services.lose(yard, id, 1, "burning-cables", "Seen by the scale")


def write():
    """Play the story, tell the acts of keys beside it, and write what is missing."""
    from meguri.play.commands import temporary

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "meguri.portal.settings")
    with temporary():
        from meguri.kit.running.starting import start

        start()
        from django.conf import settings

        from meguri.journal import services
        from meguri.journal.entry import history
        from meguri.journal.models import ActRow
        from meguri.journal.signatures import signing
        from meguri.journal.signatures.signing import Signature
        from meguri.kit import clock
        from meguri.play import performance, story
        from meguri.portal import preparing
        from meguri.registry import services as registry

        preparing.bring_up_to_date()
        stage, steps = performance.play(story.load(FOLDER / "every_kind.toml"), lambda played, step: None)
        wrong = [one for one in steps if one.expected is False or (one.refused and one.expected is None)]
        assert not wrong, wrong
        yard = stage.who("yard")
        with clock.running(lambda: stage.at):
            registry.assign(yard, "collector", claimed=stage.at)
            tell_of_registry(yard)
            tell_of_buying(yard)
            _tell_of_cases(stage)
            tell_of_papers(stage)
            key = services.enrol(yard)
            services.revoke(services.rotate(yard, key), reason="Lost")
            own = signing.new_key()
            code, offer = services.offer_of("letter")
            proof = signing.prove_key(own, settings.NODE, yard)
            services.enrol(yard, "held", public=signing.public_text(own), proof=proof, offer=offer)
            services.record([services.acceptance(own, yard, code, settings.NODE)])
            services.rotate_log()
        states, found = {}, {}
        for row in ActRow.objects.order_by("number"):
            signature = msgspec.json.decode(bytes(row.signature), type=Signature)
            told = history.read(bytes(row.canonical), signature)
            before = {subject: plain(states.get(subject)) for subject in told.act.subjects}
            history.apply(told, row.number, row.recorded, states)
            shapes = found.setdefault((told.act.kind, told.act.version), {})
            if len(shapes) < SHAPES and shape(told.act.body) not in shapes:
                shapes[shape(told.act.body)] = {
                    "id": told.id,
                    "number": row.number,
                    "recorded": clock.stamp(row.recorded),
                    "act": msgspec.to_builtins(told.act),
                    "signature": msgspec.to_builtins(signature),
                    "before": before,
                    "after": {subject: plain(states.get(subject)) for subject in told.act.subjects},
                }
        found["exchange.received", 1] = dict(enumerate(_from_another_node(stage)))
        for (name, number), shapes in found.items():
            target = FOLDER / f"{name}.{number}.json"
            if not target.exists():
                text = json.dumps({"acts": list(shapes.values())}, ensure_ascii=False, indent=1, sort_keys=True)
                target.write_text(text + "\n", encoding="utf-8")
                print(f"{target.name}: {len(shapes)}")
        missing = {f"{name}.{number}" for name, number in versions()} - {path.stem for path in FOLDER.glob("*.json")}
        print(f"missing still: {', '.join(sorted(missing)) or 'none'}")


if __name__ == "__main__":
    sys.exit(write())
