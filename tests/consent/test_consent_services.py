"""The door of the room, on the database: the law's own verdicts, the journal, and who may look."""

from __future__ import annotations

import dataclasses
from datetime import date, timedelta

import pytest
from consent_cast import KG, on
from consent_room import DOE, EPA, METI, MOEJ, SELLER, SMELTER, TO_CONSENT, ask, certify_japan, notify, steps

from meguri import law
from meguri.consent import intake, models, services
from meguri.consent.case import notification, standing
from meguri.custody import services as custody
from meguri.custody.balance import totals
from meguri.journal import services as journal
from meguri.journal.act import CLOCK
from meguri.journal.projections import relations
from meguri.journal.rebuild.rebuilding import rebuild
from meguri.kit import clock
from meguri.kit.problems import Conflict, MeguriError, NotAllowed, NotFound, Refused
from meguri.movement import services as movements
from meguri.movement import tasks as journeys
from meguri.movement import travelling_lots
from meguri.movement.states import Bag, LotMass, Made
from meguri.registry import services as registry

pytestmark = pytest.mark.django_db


def keys(case):
    return [track.key for track in services.case(case).tracks]


def test_malaysia_to_japan_with_certificates(cast):
    certify_japan()
    cast("2025-10-01")
    verdict = ask()
    case = notify(verdict)
    state = services.case(case)
    assert keys(case) == ["mys-doe.export", "jpn-moej.import", "jpn-meti.informed"]
    assert state.verdict.law == law.Law.load().digest
    assert state.verdict == law.decision(verdict)
    for reader, sees in ((DOE, True), (MOEJ, False), (METI, False), ("organisation:stranger", False), (None, False)):
        assert models.Case.objects.visible_to(reader).exists() is sees
    with pytest.raises(NotFound):
        services.case(case, MOEJ)
    (task,) = services.waiting_for(DOE)
    assert [o.row.transition for o in task.offers] == ["check", "ask", "object"]
    assert services.waiting_for(MOEJ) == ()

    for day, actor, track, transition, more in (
        ("2025-10-06", DOE, "mys-doe.export", "check", {}),
        ("2025-10-08", DOE, "mys-doe.export", "transmit", {}),
        ("2025-10-14", MOEJ, "jpn-moej.import", "acknowledge", {}),
        ("2025-10-20", DOE, "mys-doe.export", "consent", {}),
        ("2025-11-10", MOEJ, "jpn-moej.import", "consent_with_conditions", {"conditions": ["Sample each bag"]}),
    ):
        cast(day)
        services.step(actor, case, track, transition, claimed=on(day), **more)
    assert {t.state for t in services.case(case).tracks} == {"consented", "consented_with_conditions", "informed"}
    assert services.waiting_for(METI)[0].offers[0].row.transition == "note"
    assert standing.of(services.case(case), clock.now()).word == "clear"
    assert [(task.what, task.closed) for task in journeys.waiting_for("organisation:seller")] == [
        ("open_movement", None)
    ]


def test_without_certificates_on_record_they_cannot_be_claimed(cast):
    cast("2025-10-01")
    with pytest.raises(Refused, match="Certified importer"):
        notify(ask())
    assert not models.Case.objects.exists()
    case = notify(ask(facts="hazardous=unknown;importer_certified=false;recycler_certified=false"))
    assert "jpn-meti.approval" in keys(case)


def test_the_united_states_by_its_own_table(cast):
    cast("2025-02-15")
    facts = "hazardous=true;rcra_hazardous=true;facility_authorised=true;facility_preconsented=false"
    verdict = ask("USA", facts, on="2025-02-15", codes="basel:A1181;basel:Y31")
    case = notify(verdict, "us-seller", "2025-02-15", period_from=date(2025, 5, 1), period_to=date(2026, 4, 30))
    assert {"usa-epa.export", "jpn-moej.import", "jpn-meti.approval"} == set(keys(case))
    state = services.case(case)
    assert state.track("usa-epa.export").asked.table == "usa-rcra-export@1/export"
    assert state.track("jpn-moej.import").asked.table == "oecd-amber@1/import-case1"
    assert state.track("jpn-moej.import").form == "written", "Japan's silence is never consent"
    with pytest.raises(MeguriError):
        services.step(EPA, case, "usa-epa.export", "acknowledge_consent", claimed=on("2025-02-20"))


def test_a_verdict_that_the_law_does_not_give_is_refused(cast):
    certify_japan()
    cast("2025-10-01")
    verdict = ask()
    fewer = dataclasses.replace(verdict, consents=verdict.consents[:1])
    with pytest.raises(Conflict, match="otherwise"):
        notify(fewer)
    prohibited = law.verdict(
        law.Question.parse(
            on="2025-09-01", stream="mixed-household-e-waste", origin="JPN", destination="THA", operation="R4",
            facts="hazardous=true",
        )
    )  # fmt: skip
    with pytest.raises(MeguriError, match="prohibited"):
        notify(prohibited)


def test_steps_by_the_wrong_people(cast):
    certify_japan()
    cast("2025-10-01")
    case = notify(ask())
    with pytest.raises(NotFound):
        services.step("stranger", case, "mys-doe.export", "check")
    with pytest.raises(NotFound):
        services.step(MOEJ, case, "jpn-moej.import", "acknowledge")
    with pytest.raises(NotAllowed, match="mys-doe"):
        services.step("seller", case, "mys-doe.export", "check")
    with pytest.raises(Refused, match="One of"):
        services.step(DOE, case, "mys-doe.export", "bless")
    with pytest.raises(NotFound):
        services.step(DOE, case, "mys-doe.import", "check")
    with pytest.raises(NotFound):
        services.case("0000000000", "organisation:seller")


def planned(case, lot, grams=2000 * KG):
    return movements.plan(
        "seller", [LotMass(lot, grams)], case=case, carrier="ship", port_from="MYPKG", port_to="JPTAK",
        planned_on=date(2025, 11, 19),
    )  # fmt: skip


def test_a_movement_from_yard_to_certificate(cast):
    certify_japan()
    cast("2025-10-01")
    lot = custody.collect(SELLER, "yard", "circuit-boards", 2000 * KG)
    case = notify(ask())
    (task,) = journeys.waiting_for(SELLER)
    assert (task.what, task.closed.code) == ("open_movement", "consent-missing")
    with pytest.raises(Conflict, match="MOEJ"):
        planned(case, lot)
    steps(cast, case, *TO_CONSENT)
    cast("2025-11-19")
    movement = planned(case, lot)
    with pytest.raises(Conflict, match="promised"):
        custody.dispatch(SELLER, [lot], "stranger")
    assert movements.movement(movement).km > 4000
    assert movements.movement(movement, "organisation:ship").serial == 1
    assert movements.movement(movement, DOE).serial == 1
    with pytest.raises(NotFound):
        movements.movement(movement, "organisation:stranger")
    movements.depart("ship", movement)
    assert movements.movement(movement).status == "under_way"
    cast("2025-12-03")
    movements.receive("smelter", movement, [Bag(lot=lot, received_g=1992 * KG, accepted=True)])
    (taken,) = movements.arrival(movement).taken_lots
    assert (custody.lot(taken).mass_g, custody.lot(taken).came_from) == (1992 * KG, lot)
    assert (custody.lot(lot).mass_g, custody.lot(lot).status) == (0, "delivered")
    cast("2025-12-15")
    made = custody.smelt(SMELTER, [taken])
    cast("2025-12-22")
    metals = {stream: id for stream, id in made.by_stream.items() if stream.startswith("element:")}
    # The exporter follows its lots to what the certificate names, no further.
    assert not relations.readable(SELLER, [f"lot:{id}" for id in made.lots])
    certified = [Made(id, stream.partition(":")[2], custody.lot(id).made_g) for stream, id in metals.items()]
    movements.certify("smelter", movement, certified, event=made.event, recovered_on=date(2025, 12, 15))
    assert relations.readable(SELLER, [f"lot:{id}" for id in made.lots]) == {f"lot:{id}" for id in metals.values()}
    assert [task.what for task in journeys.waiting_for(SELLER)] == ["complete"]
    services.complete("seller", case)
    state = services.case(case)
    assert (state.completed_at, movements.movement(movement).status) == (on("2025-12-22"), "recovered")
    assert services.waiting_for(SELLER) == journeys.waiting_for(SELLER) == ()
    assert rebuild(check=True).identical
    assert totals.balance().closed


def test_a_consignment_melted_in_two_charges_is_recovered_in_part_until_both_are_certified(cast):
    certify_japan()
    cast("2025-10-01")
    lots = [custody.collect(SELLER, "yard", "circuit-boards", 1000 * KG) for _ in range(2)]
    case = notify(ask())
    steps(cast, case, *TO_CONSENT)
    cast("2025-11-19")
    movement = movements.plan(
        "seller", [LotMass(lot, 1000 * KG) for lot in lots], case=case, carrier="ship", port_from="MYPKG",
        port_to="JPTAK", planned_on=date(2025, 11, 19),
    )  # fmt: skip
    movements.depart("ship", movement)
    cast("2025-12-03")
    movements.receive("smelter", movement, [Bag(lot=lot, received_g=999 * KG, accepted=True) for lot in lots])
    first, second = movements.arrival(movement).taken_lots
    cast("2025-12-15")
    # A bag and a half, then the rest with boards of nobody's movement, sorted and blended before.
    one = custody.smelt(SMELTER, [first, (second, 500 * KG)])
    assert travelling_lots.recoveries("organisation:stranger", movement, [first, second]) == ()
    (found,) = travelling_lots.recoveries(SMELTER, movement, [first, second])
    assert (found.event, found.treated_g, found.lots) == (one.event, 1499 * KG, (first, second))
    assert {made.element: made.lot for made in found.made} == one.metals
    movements.certify("smelter", movement, event=one.event, recovered_on=date(2025, 12, 15))
    assert movements.movement(movement).status == "partly_recovered"
    with pytest.raises(Conflict, match="not over"):
        services.complete("seller", case)
    registry.assign("smelter", "collector")
    other = custody.collect(SMELTER, "works", "circuit-boards", 501 * KG)
    mixed = custody.blend(SMELTER, [second, other])
    two = custody.smelt(SMELTER, [mixed])
    (found, _) = travelling_lots.recoveries(SMELTER, movement, [first, second])
    assert (found.event, found.treated_g, found.lots) == (two.event, 499 * KG, ())
    copper = custody.lot(two.metals["Cu"])
    (share,) = [made.grams for made in found.made if made.element == "Cu"]
    assert share == round(copper.made_g * 499 / 1000)
    whole = [Made(two.metals["Cu"], "Cu", copper.made_g)]
    with pytest.raises(Conflict, match="is this movement"):
        movements.certify("smelter", movement, whole, event=two.event, recovered_on=date(2025, 12, 15))
    cast("2025-12-22")
    movements.certify("smelter", movement, event=two.event, recovered_on=date(2025, 12, 16))
    paper = movements.arrival(movement).certificates[0].paper
    assert movements.movement(movement).status == "recovered"
    movements.revoke("smelter", movement, paper, ["wrong_amount"])
    assert movements.movement(movement).status == "partly_recovered"
    movements.certify("smelter", movement, event=one.event, recovered_on=date(2025, 12, 16), replaces=paper)
    services.complete("seller", case)
    assert movements.movement(movement).status == "recovered"
    assert rebuild(check=True).identical
    assert totals.balance().closed


def test_what_could_not_be_taken_in_is_taken_in_later(cast, monkeypatch):
    certify_japan()
    cast("2025-10-01")
    monkeypatch.setattr(intake, "draft", lambda act, subject: 1 / 0)
    case = notify(ask())
    assert services.case(case).track("mys-doe.export").visible_since is None
    assert len(intake.waiting()) == 1
    monkeypatch.undo()
    cast("2025-10-03")
    assert intake.take_in_all() == 1
    assert services.case(case).track("mys-doe.export").visible_since == on("2025-10-03")
    assert intake.take_in_all() == 0


def test_silence_is_said_by_the_clock_at_its_legal_instant(cast, monkeypatch):
    """The law of no country is asked here: one authority is made to consent by silence."""
    monkeypatch.setattr(notification, "check_verdict", lambda *given: None)
    registry.admit_authorities(["kor-me"])
    registry.admit("kr-smelter", {"en": "KR"}, "KOR", ("smelter", "importer"))
    registry.site("kr-smelter", {"en": "KR works"}, "KOR", 35.1, 129.0, facility="kr-works", operations=["R4"])
    cast("2025-09-01")
    facts = "hazardous=true;rcra_hazardous=true;facility_authorised=true;facility_preconsented=false"
    verdict = ask("USA", facts, on="2025-09-15", codes="basel:A1181", destination="KOR")
    silent = [dataclasses.replace(n, form="tacit") if n.authority == "kor-me" else n for n in verdict.consents]
    verdict = dataclasses.replace(verdict, consents=tuple(silent))
    case = notify(verdict, "us-seller", "2025-09-01", importer="kr-smelter", facility="kr-works")
    korea = "kor-me.import"
    steps(
        cast,
        case,
        ("2025-09-05", EPA, "usa-epa.export", "transmit"),
        ("2025-09-08", "kor-me", korea, "acknowledge"),
    )
    cast("2025-12-01")
    (due,) = services.case(case).track(korea).dues
    assert (due.due_on, due.then) == (date(2025, 10, 8), "lapse")
    assert services.lapse(due.due_at - timedelta(seconds=1)) == 0
    assert services.lapse() == 1
    assert services.lapse() == 0
    track = services.case(case).track(korea)
    assert (track.state, track.decision.outcome, track.decision.at) == ("consented_by_silence", "tacit", due.due_at)
    last = journal.history(f"track:{case}/{korea}")[-1]
    assert (last.act.actor, last.at, last.recorded) == (CLOCK, due.due_at, clock.now())
    services.step(EPA, case, "usa-epa.export", "acknowledge_consent", claimed=on("2025-12-01"))
    assert rebuild(check=True).identical
