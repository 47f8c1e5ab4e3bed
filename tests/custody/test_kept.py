"""Every released version of every kind, kept with the states that it made: newer code must read it and agree.

A file is written once, when a version is released, and never again: acts in order, and the states they add up to.
"""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from meguri.custody import acts, folds, movement, states  # noqa: F401
from meguri.journal import kinds
from meguri.journal.act import Act, Entry
from meguri.journal.world import World
from meguri.kit import clock
from meguri.registry import acts as registry_acts  # noqa: F401
from meguri.registry import folds as registry_folds  # noqa: F401

KEPT = sorted(Path(__file__).parent.glob("kept/*.json"))
ROOMS = ("custody", "registry")


def fold(entries, given):
    known = {name: msgspec.convert(raw, type_of(name)) for name, raw in given.items()}
    for raw in entries:
        act = msgspec.convert(raw["act"], Act)
        entry = Entry(act=act, id=raw["id"], number=raw["number"], recorded=clock.parse(raw["recorded"]))
        kind = kinds.find(act.kind)
        body = kind.read(act)
        wanted = act.subjects
        world = World({name: known.get(name) for name in wanted})
        for one in (folding.fold for folding in kind.folds):
            if one.__module__.startswith(("meguri.custody", "meguri.registry")):
                one(world, entry, body)
        known.update(world.changes())
    return known


def type_of(subject):
    from meguri.consent.states import CaseState, MovementState
    from meguri.registry.states import FacilityState, LicenceState, OrganisationState

    return {
        "lot": states.LotState,
        "event": states.EventState,
        "organisation": OrganisationState,
        "facility": FacilityState,
        "licence": LicenceState,
        "case": CaseState,
        "movement": MovementState,
    }[subject.partition(":")[0]]


@pytest.mark.parametrize("file", KEPT, ids=lambda file: file.stem)
def test_kept_acts_still_make_the_kept_states(file):
    kept = json.loads(file.read_text())
    found = fold(kept["acts"], kept["given"])
    for raw in kept["acts"]:
        assert msgspec.convert(raw["act"], Act).id == raw["id"], raw["act"]["kind"]
    for subject, state in kept["states"].items():
        # A field that a later version adds has its default; what was kept stays as it was.
        now = json.loads(msgspec.json.encode(found[subject]))
        assert {key: now[key] for key in state} == state, subject


def test_every_version_of_every_kind_is_kept():
    kept = {
        (raw["act"]["kind"], raw["act"]["version"]) for file in KEPT for raw in json.loads(file.read_text())["acts"]
    }
    for kind in kinds.every():
        if kind.name.startswith(ROOMS):
            assert {(kind.name, version) for version in range(1, kind.version + 1)} <= kept
