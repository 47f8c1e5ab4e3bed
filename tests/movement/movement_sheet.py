"""A movement document with something in every block, for tests of what it says and of how it is printed."""

from __future__ import annotations

from datetime import UTC, date, datetime

from meguri import law
from meguri.consent.states import AccountState, AskedAuthority, TrackDecision, TrackState, WholeCase
from meguri.kit.words import given
from meguri.law.asking.decisions import DecidedQuestion as Question
from meguri.movement import document as source
from meguri.movement.document import NamedParty, SignedAct
from meguri.movement.states import (
    ArrivalState,
    Bag,
    Certificate,
    LotMass,
    Made,
    MovementState,
    Permission,
)
from meguri.procedure.states import Course

AT = datetime(2025, 11, 19, 3, tzinfo=UTC)
EXPORTER, IMPORTER, SMELTER, CARRIER = (f"organisation:{name}" for name in ("e", "i", "s", "c"))
PARTIES = {
    EXPORTER: NamedParty(given({"en": "Straits Exports", "ja": "海峡輸出"}), "MYS"),
    IMPORTER: NamedParty(given({"en": "Inland Trading", "ja": "内海商事"}), "JPN"),
    SMELTER: NamedParty(given({"en": "Works", "ja": "製錬所"}), "JPN"),
    CARRIER: NamedParty(given({"en": "Lines # $ \\ [x]", "ja": "海運"}), "JPN"),
}


def track(authority, capacity, state, decision=None):
    return TrackState(
        case="C123456789",
        asked=AskedAuthority(
            key=f"{authority}.{capacity}", authority=authority, economy="MYS", capacity=capacity,
            procedure="BASEL/PIC", form="written", table=f"basel-pic@1/{capacity}", digest="", opens_on="notify",
            needed=True,
        ),
        parties=(EXPORTER, IMPORTER, SMELTER),
        course=course(f"basel-pic@1/{capacity}", state, "granted"),
        decision=decision,
    )  # fmt: skip


def course(table, state, standing):
    return Course(table=table, digest="", state=state, standing=standing)


VERDICT = law.Decision(
    question=Question(on="2025-10-01", stream="circuit-boards", origin="MYS", destination="JPN"),
    verdict="allowed_pic",
    status="decided",
    route="basel",
    hazardous=False,
    codes=("basel:Y49",),
    procedures=(),
    consents=(),
    papers=(),
    prohibitions=(),
    grounds=(),
    assumptions=(),
    law="digest",
)
CONDITION = "Each bag is sampled"
CASE = WholeCase(
    id="C123456789", account=AccountState(), asked=(), verdict_digest="d", notified_by="a",
    number="MY-2025-C1234-56789", exporter=EXPORTER, importer=IMPORTER, operator=SMELTER, facility="works",
    origin="MYS", destination="JPN", stream="circuit-boards", description="Boards, solder, connectors",
    operation="R4", codes=("basel:Y49",), total_g=10**7, shipments=2, period_from=date(2025, 10, 1),
    period_to=date(2026, 9, 30), verdict=VERDICT, notified_at=AT,
    tracks=(
        track("mys-doe", "export", "consented"),
        track(
            "jpn-moej", "import", "consented_with_conditions",
            TrackDecision(outcome="consent_with_conditions", at=AT, act="a", valid_from=date(2025, 11, 10),
                     valid_until=date(2026, 11, 9), conditions=(CONDITION,)),
        ),
    ),
)  # fmt: skip
BAGS = (
    Bag(lot="B1", received_g=1_229_629, accepted=True, sent_g=1_234_567, becomes="J1"),
    Bag(lot="B2", received_g=998, accepted=False, reason="Wet", sent_g=1000),
)
MOVEMENT = MovementState(
    permission=Permission(kind="consent", case="C123456789"), serial=1, exporter=EXPORTER, importer=IMPORTER,
    operator=SMELTER, facility="works", origin="MYS", destination="JPN",
    lots=(LotMass("B1", 1_234_567), LotMass("B2", 1000)), stream="circuit-boards", carrier=CARRIER,
    conveyance="Ship", port_from="MYPKG", port_to="JPTAK", ports_via=("SGSIN",), km=5432.1, km_source="searoute-1.6",
    planned_on=date(2025, 11, 19), planned_at=AT, planned_by="a", packages=2, packaging="bag",
    course=course("movement@1/movement", "recovered", "done"), departed_at=AT, departed_by=CARRIER, received_at=AT,
    bags=BAGS,
)  # fmt: skip
ARRIVAL = ArrivalState(
    movement="M", case="C123456789", operator=SMELTER, facility="works", event="E", bags=BAGS, received_at=AT,
    course=course("movement@1/arrival", "recovered", "done"),
    certificates=(
        Certificate(
            number="R-1", event="E", lots=("J1",), made=(Made("AU1", "Au", 300),), recovered_on=date(2025, 12, 1),
            at=AT, act="c",
        ),
    ),
)  # fmt: skip
SAID = {
    kind: SignedAct(f"{n:064x}", AT, "attested") for n, kind in enumerate(("movement.depart", "movement.receive"), 1)
}


def document(case=CASE, movement=MOVEMENT, arrival=ARRIVAL, said=SAID, **more):
    fields = {"number": "MY-2025-C1234-56789", "verdict": None, "demonstration": False} | more
    return source.build(movement, arrival, case, PARTIES, said, PARTIES[SMELTER], **fields)
