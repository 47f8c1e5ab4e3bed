"""Boards renamed to metal, and more metal than was in them: through the services, and as signed acts over the API."""

from __future__ import annotations

import json
from datetime import date, timedelta

import msgspec
import pytest
from django.conf import settings
from django.test import Client
from test_under_a_case import received  # noqa: F401  (the fixture: boards of two exporters in the smelter's hands)

from meguri.custody import acts, services
from meguri.custody.balance import totals
from meguri.custody.models import Lot
from meguri.custody.services import Weighed
from meguri.custody.states import Loss
from meguri.custody.substance import crossing
from meguri.custody.substance.saying import said
from meguri.journal import kinds
from meguri.journal import services as journal
from meguri.journal.act import Act
from meguri.journal.rebuild import rebuilding
from meguri.journal.signatures import signing
from meguri.kit import clock, ids
from meguri.kit.problems import Refused
from meguri.movement.states import LotMass
from meguri.registry import services as registry

pytestmark = pytest.mark.django_db
SMELTER, NORTH = "organisation:smelter", "organisation:north"
FINE = {"Cu": 0.9999, "Au": 0.9999, "Ag": 0.9999, "Pd": 0.9995}


def code(caught):
    return caught.value.problems[0].code


def the_sellers_boards(kg=100):
    return services.collect(NORTH, "north-yard", "circuit-boards", kg * 1000)


def test_boards_renamed_to_copper_are_refused_and_cross_nothing(received):  # noqa: F811
    lot = the_sellers_boards()
    with pytest.raises(Refused) as caught:
        services.transform(NORTH, "sorting", [lot], [Weighed("element:Cu", 100_000)])
    assert code(caught) == "turn"
    with pytest.raises(Refused) as caught:
        services.dispatch(NORTH, [lot], SMELTER)
    assert code(caught) == "border"
    assert not Lot.objects.filter(stream__startswith="element:").exists()


def test_steel_crosses_on_the_verdict_that_lets_it_and_is_received(received):  # noqa: F811
    from meguri.movement.states import Bag

    registry.assign("smelter", "collector")
    registry.site("carrier", {"en": "Depot"}, "SGP", 1.3, 103.8, facility="depot")
    lot = services.collect(SMELTER, "works", "steel-scrap", 500_000)
    services.dispatch(SMELTER, [lot], "organisation:carrier")
    services.receive("organisation:carrier", "depot", [Bag(lot=lot, received_g=499_500, accepted=True)])
    state = services.lot(lot)
    assert (state.holder, state.economy, state.crosses) == ("organisation:carrier", "SGP", "")
    assert totals.standing() == totals.balance()
    assert totals.standing().closed


def test_nine_hundred_kilograms_of_gold_are_refused_and_the_honest_melt_adds_up(received):  # noqa: F811
    lots = list(received.values())
    total = sum(services.lot(one).mass_g for one in lots)
    with pytest.raises(Refused) as caught:
        services.smelt(SMELTER, lots, outputs={"element:Au": 900_000, "slag": total - 900_000})
    assert code(caught) == "more-metal"
    made = services.smelt(SMELTER, lots, fineness=FINE)
    balance = totals.balance()
    assert totals.standing() == balance
    assert balance.adds_up
    gold = made.metals["Au"]
    with pytest.raises(Refused) as caught:
        services.correct(SMELTER, gold, 900_000, "the scale")
    assert code(caught) == "tolerance"
    services.agree("organisation:node", {gold: 900_000})
    with pytest.raises(Refused) as caught:
        services.correct(SMELTER, gold, 900_000, "the scale")
    assert code(caught) == "more-metal"
    flagged = services.lot(gold).limit.likely_g + 1
    services.agree("organisation:node", {gold: flagged})
    services.correct(SMELTER, gold, flagged, "the scale")
    balance = totals.balance()
    assert totals.standing() == balance
    assert [(one.why, one.lot, one.element) for one in balance.found] == [("more-metal", gold, "Au")]
    assert not balance.adds_up
    assert rebuilding.rebuild(check=True).differences == []


def test_somebody_else_takes_stock_and_the_balance_knows_that_it_was_seen(received):  # noqa: F811
    registry.admit("auditor", {"en": "Auditor"}, "JPN", ("auditor",))
    lots = list(received.values())
    total = sum(services.lot(one).mass_g for one in lots)
    rest = total - 100_000 - 20_000
    made = services.smelt(SMELTER, lots, outputs={"element:Cu": 100_000, "metal-in-process": 20_000, "slag": rest})
    slag, held = made.by_stream["slag"], made.by_stream["metal-in-process"]
    assert {one.element for one in services.lot(held).contents} >= {"Au", "Ag", "Pd"}
    stock = acts.FoundStock(lot=slag, was_g=rest, grams=rest - 500, reason="Weighed on the works' scale")
    day = clock.today()
    with pytest.raises(Refused) as caught:
        services.stock_take("organisation:auditor", "works", [stock], date(2025, 1, 1), day + timedelta(days=2))
    assert code(caught) == "period"
    services.stock_take("organisation:auditor", "works", [stock], date(2025, 1, 1), date(2025, 11, 30))
    assert services.lot(slag).seen_g == rest - 500
    assert totals.standing() == totals.balance()
    assert totals.standing().closed
    assert rebuilding.rebuild(check=True).differences == []


# Whoever comes with a key of their own is asked the same.


@pytest.fixture
def key():
    private = signing.new_key()
    offered, offer = journal.offer_of("telephone")
    journal.enrol(
        SMELTER, "held", public=signing.public_text(private), proof=signing.prove_key(private, settings.NODE, SMELTER),
        offer=offer,
    )  # fmt: skip
    journal.record([journal.acceptance(private, SMELTER, offered, settings.NODE)])
    return private


def post(private, kind, body):
    found = kinds.find(kind)
    act = Act(
        kind=kind, version=found.version, node=settings.NODE, subjects=found.newest.names(body), actor=SMELTER,
        key=signing.key_id(signing.public_text(private)), nonce=ids.new(), claimed=clock.stamp(clock.now()),
        body=msgspec.to_builtins(body),
    )  # fmt: skip
    (mark,) = signing.sign_acts(private, [act.id])
    sent = json.dumps([msgspec.to_builtins(signing.Signed(act, mark))])
    return Client().post("/api/acts", sent, content_type="application/json")


def codes(response):
    return {one["code"] for one in response.json()["errors"]}


def melt(lots, gold, **changes):
    taken = tuple(LotMass(lot, services.lot(lot).mass_g) for lot in lots)
    total = sum(part.grams for part in taken)
    lost = total // 10
    body = acts.Transform(
        event=ids.new(), step="smelting", facility="works", economy="JPN", inputs=taken,
        outputs=(
            acts.Output(lot=ids.new(), stream="element:Au", grams=gold),
            acts.Output(lot=ids.new(), stream="slag", grams=total - gold - lost),
        ),
        loss_g=lost, loss_reason="Burnt", losses=(Loss("ignition", lost),),
        licences=tuple(registry.licences("facility:works")),
    )  # fmt: skip
    return msgspec.structs.replace(said(body, services.lots(lots)), **changes)


def test_the_api_refuses_what_the_pages_would(received, key):  # noqa: F811
    lots = list(received.values())
    assert codes(post(key, "custody.transform", melt(lots, 900_000))) >= {"more-metal"}
    assert codes(post(key, "custody.transform", melt(lots, 200, elements=None))) == {"follows"}
    assert codes(post(key, "custody.transform", melt(lots, 200, licences=()))) >= {"site-licence"}
    honest = melt(lots, 200)
    assert post(key, "custody.transform", honest).status_code == 201
    gold = honest.outputs[0].lot
    correct = acts.Correct(event=ids.new(), lot=gold, was_g=200, grams=900_000, reason="scale", corrects=honest.event)
    assert codes(post(key, "custody.correct", correct)) >= {"tolerance"}
    services.agree("organisation:node", {gold: 900_000})
    assert codes(post(key, "custody.correct", correct)) >= {"more-metal"}
    away = acts.Dispatch(event=ids.new(), lots=(LotMass(gold, 200),), to=NORTH, economy="JPN", number="AP-1")
    away = msgspec.structs.replace(away, verdict=crossing.asked({gold: services.lot(gold)}, "MYS"))
    assert codes(post(key, "custody.dispatch", away)) == {"no-assay"}
