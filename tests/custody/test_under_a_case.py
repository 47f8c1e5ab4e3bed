"""Lots that travel under a case: who may see what becomes of them, and what may be sent again."""

from __future__ import annotations

import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest

from meguri.custody import services
from meguri.custody.balance import totals
from meguri.custody.trace import walk
from meguri.journal.rebuild import rebuilding
from meguri.kit.problems import NotFound
from meguri.play import performance, story

pytestmark = pytest.mark.django_db
STORIES = Path(__file__).resolve().parents[2] / "docs" / "stories"

CAST = """
[organisation.importer]
economy = "JPN"
roles = ["importer"]
[organisation.smelter]
economy = "JPN"
roles = ["smelter"]
[organisation.carrier]
economy = "SGP"
roles = ["carrier"]
[organisation.onlooker]
economy = "MYS"
roles = ["exporter"]
[organisation.doe]
authority = "mys-doe"
[organisation.moej]
authority = "jpn-moej"
[organisation.meti]
authority = "jpn-meti"
[facility.works]
organisation = "smelter"
economy = "JPN"
lat = 34.4
lon = 133.9
port = "JPTAK"
operations = ["R4"]
[licence.importers]
holder = "importer"
kind = "jpn-art14-importer"
number = "1"
issued_by = "jpn-moej"
[licence.recyclers]
holder = "works"
kind = "jpn-art15-recycler"
number = "2"
issued_by = "jpn-moej"
"""
SELLER = """
[organisation.{name}]
economy = "MYS"
roles = ["exporter", "dismantler"]
[facility.{name}-yard]
organisation = "{name}"
economy = "MYS"
lat = 3
lon = 101
port = "MYPKG"
"""
SHIPMENT = (
    ("2025-09-01", "{name}", "collect", "as='{name}-boards', stream='circuit-boards', kg={kg}"),
    ("2025-10-01", "{name}", "notify", "as='{name}-case', from='MYS', to='JPN', stream='circuit-boards', "
     "operation='R4', on=2025-11-19, facts={{hazardous='unknown'}}, importer='importer', operator='smelter', kg={kg}, "
     "shipments=1, period_to=2026-07-31, description='Boards'"),
    ("2025-10-06", "doe", "step", "case='{name}-case', transition='check'"),
    ("2025-10-08", "doe", "step", "case='{name}-case', transition='transmit'"),
    ("2025-10-14", "moej", "step", "case='{name}-case', transition='acknowledge'"),
    ("2025-10-20", "doe", "step", "case='{name}-case', transition='consent'"),
    ("2025-11-10", "moej", "step", "case='{name}-case', transition='consent'"),
    ("2025-11-11", "", "others", "case='{name}-case', besides=['mys-doe', 'jpn-moej']"),
    ("2025-11-18", "{name}", "plan", "as='{name}-shipment', under='{name}-case', lots=['{name}-boards'], "
     "carrier='carrier', port_from='MYPKG', port_to='JPTAK', planned_on=2025-11-19"),
    ("2025-11-19", "carrier", "depart", "movement='{name}-shipment'"),
    ("2025-12-03", "smelter", "receive", "movement='{name}-shipment'"),
)  # fmt: skip
SHARED = ("importer", "smelter", "mys-doe", "jpn-moej")


def reader(name):
    return SimpleNamespace(organisation=f"organisation:{name}")


def sees(name, lot):
    try:
        services.lot(lot, reader(name))
    except NotFound:
        return False
    return True


@pytest.fixture
def received():
    """Boards of two exporters, each under a case of its own, in the smelter's hands; by the names of the story."""
    text = CAST + SELLER.format(name="north") + SELLER.format(name="south")
    for day, by, verb, fields in SHIPMENT:
        for name, kg in (("north", 700), ("south", 500)):
            said = [f"do='{verb}'", f"at={day}T12:00:00+09:00", fields.format(name=name, kg=kg)]
            said += [f"by='{by.format(name=name)}'"] if by else []
            # The fields of a step stand on one line here; none of them has a comma of its own outside brackets.
            text += "\n[[step]]\n" + "\n".join(split(", ".join(said)))
    stage, told = performance.play(story.parse(tomllib.loads(text)), lambda played, step: None)
    assert [step.refused.say() for step in told if step.refused] == []
    return {name: stage.lot(f"{name}-boards") for name in ("north", "south")}


def split(line):
    """The parts of a line between its outermost commas."""
    parts, depth = [""], 0
    for character in line:
        depth += (character in "[{") - (character in "]}")
        if character == "," and not depth:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts]


def test_a_case_follows_its_lots_to_the_metals_that_its_certificates_name_and_no_further(received, monkeypatch):
    """What the smelter blends and melts is its own, until a certificate names it."""
    assert [sees("south", received["north"]), sees("north", received["south"])] == [False, False]
    blend = services.blend("organisation:smelter", list(received.values()))
    melted = services.smelt("organisation:smelter", [blend], assay={"Au": 0.0005})
    everybody = ("north", "south", *SHARED, "carrier", "onlooker")
    for lot in (blend, *melted.lots):
        assert {name for name in everybody if sees(name, lot)} == {"smelter"}
    found = walk.trace(melted.metals["Au"])
    assert {services.lot(lot).origin for lot in found.sources()} == {"MYS"}
    # Sent, received over the border, taken in, blended, melted: the sums that were kept are what all of it comes to.
    assert totals.standing() == totals.balance()
    assert totals.standing().closed
    # Folded act by act, what a receipt reads of the sender's lots is not among what it writes.
    monkeypatch.setattr(rebuilding, "CHUNK", 1)
    assert rebuilding.rebuild(check=True).differences == []


def test_what_is_under_way_is_taken_from_the_tonnes_of_the_case():
    tables = tomllib.loads((STORIES / "whole-refusal.toml").read_text())
    tables["step"] = [step for step in tables["step"] if step["do"] not in ("refuse", "return")]
    tables["step"][-2]["lots"] = ["bags"]
    _, told = performance.play(story.parse(tables), lambda played, step: None)
    first, again = [step for step in told if step.do == "plan"]
    assert (first.done, again.refused.code) == (True, "quantity")


def test_what_was_refused_whole_gives_its_tonnes_back():
    _, told = performance.play(story.load(STORIES / "whole-refusal.toml"), lambda played, step: None)
    assert [step.refused.say() for step in told if step.refused] == []
    assert [step.do for step in told][-5:] == ["depart", "refuse", "return", "plan", "depart"]
