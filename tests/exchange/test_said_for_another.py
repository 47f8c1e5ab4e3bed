"""What another said for a party travels with both names; what was planned under a licence is copied with movements."""

from __future__ import annotations

from datetime import UTC, date, datetime

import consent_room
import pytest

from meguri.consent import services as consent
from meguri.custody import services as custody
from meguri.journal import services as journal
from meguri.journal import wording
from meguri.journal.log import verification
from meguri.journal.models import ActRow
from meguri.movement import services as movements
from meguri.movement.states import Bag, LotMass
from meguri.registry import services as registry
from meguri.registry.models import LicenceUse
from meguri.registry.states import Scope
from told_by_two import DOE, JPN, MOEJ, MYS, SELLER, TwoNodes

AGENT = "organisation:stranger"


@pytest.mark.django_db
@pytest.mark.sqlite
def test_an_act_for_another_travels_with_both_names_and_what_it_counts_on():
    nodes, since = TwoNodes(), datetime(2024, 1, 1, tzinfo=UTC)
    for node in (MYS, JPN):
        with nodes.on(node):
            consent_room.admit()
            year = Scope(grams=3_000_000, per="year")
            for holder, kind, id, scope in (
                ("organisation:buyer", "jpn-art14-importer", "L14", Scope()),
                ("facility:works", "jpn-art15-recycler", "L15", year),
            ):
                registry.grant(holder, kind, id, since, licence=id, issued_by="jpn-moej", scope=scope)
    nodes.day("2025-09-01")
    with nodes.on(MYS):
        lot = custody.collect(SELLER, "yard", "circuit-boards", 2_000_000)
        given = journal.delegate(SELLER, AGENT, wording.delegable(), datetime(2026, 9, 1, tzinfo=UTC))
    nodes.day("2025-10-01")
    with nodes.on(MYS), journal.spoken_by(AGENT):
        case = consent_room.notify(consent_room.ask(), total_g=5_000_000, shipments=2)
    nodes.day("2025-10-20")
    with nodes.on(MYS):
        for transition in ("check", "transmit", "consent"):
            consent.step(DOE, case, "mys-doe.export", transition)
    nodes.carry(case, MYS, JPN)
    nodes.day("2025-11-10")
    with nodes.on(JPN):
        consent.step(MOEJ, case, "jpn-moej.import", "consent")
    nodes.carry(case, JPN, MYS)
    nodes.day("2025-11-19")
    with nodes.on(MYS):
        with journal.spoken_by(AGENT):
            movement = movements.plan(
                "seller", [LotMass(lot, 2_000_000)], case=case, carrier="ship", port_from="MYPKG", port_to="JPTAK",
                planned_on=date(2025, 11, 19),
            )  # fmt: skip
        movements.depart("ship", movement)
        assert registry.use_of("L15") == {"2025": 2_000_000}
    nodes.carry(case, MYS, JPN)
    with nodes.on(JPN):
        said = {one.act.kind: one.act for one in journal.said_on(f"movement:{movement}@{MYS}")}
        assert (said["movement.plan"].actor, said["movement.plan"].by.delegation) == (SELLER, given)
        assert said["movement.plan"].speaker == AGENT
        assert said["movement.depart"].speaker == "organisation:ship"
        copy = LicenceUse.objects.get(id=f"L15@{MYS}")
        assert (copy.value.grams, registry.use_of("L15")) == ({"2025": 2_000_000}, {})
        movements.receive("smelter", movement, [Bag(lot=lot, received_g=1_990_000, accepted=True)])
        assert not ActRow.objects.filter(kind="journal.delegate").exists()
        journal.seal()
        assert not verification.verify().findings
        assert journal.rebuild(check=True).identical
