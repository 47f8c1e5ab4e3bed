"""`meguri bench reconcile`: a year of one smelter, made up, reconciled in memory; the clock of the processor."""

from __future__ import annotations

import json
import random
import time
from datetime import UTC, date, datetime, timedelta

from meguri.custody.reconciliation import sites
from meguri.custody.reconciliation.sites import SiteReconciliation
from meguri.custody.states import EventState, LotState
from meguri.kit import benches
from meguri.kit.benches import Measurement
from meguri.movement.states import Content, LotMass

AIM_S = 5.0
SITE, SUPPLIER, SMELTER = "works", "organisation:supplier", "organisation:smelter"
ELEMENTS = ("Cu", "Au", "Ag", "Pd", "Pt", "Ni", "Sn", "Pb", "Zn", "Sb", "In", "Bi")
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
LOT_G = 20_000_000


class Year:
    """A smelter's year: of five events two receipts, their blend, its melt into matte and slag, and its refining."""

    def __init__(self, events: int, seed: int = 16) -> None:
        self.random = random.Random(seed)
        self.events: dict[str, EventState] = {}
        self.lots: dict[str, LotState] = {}
        for turn in range(events // 5):
            self._turn(turn, timedelta(days=364 * turn / max(events // 5, 1)))

    def _lot(self, name: str, stream: str, grams: int, share: float, made_by: str) -> str:
        contents = tuple(
            Content(
                element=element,
                ppb=round(share * 1_000_000 * (place + 1)),
                sd_ppb=round(share * 50_000 * (place + 1)),
                basis="exchanged",
                source=f"sample:{name}",
                confidence="sourced",
            )
            for place, element in enumerate(ELEMENTS)
        )
        self.lots[name] = LotState(
            stream=stream, mass_g=0, made_g=grams, holder=SMELTER, origin="JPN", economy="JPN", made_by=made_by,
            made_at=BEGIN, previous=SUPPLIER, contents=contents,
        )  # fmt: skip
        return name

    def _event(
        self, name: str, at: timedelta, step: str, inputs: list[LotMass], outputs: list[LotMass], loss: int = 0
    ) -> None:
        self.events[name] = EventState(
            type="object" if step == "receiving" else "transformation", step=step, actor=SMELTER, at=BEGIN + at,
            act="a", number=len(self.events) + 1, inputs=tuple(inputs), outputs=tuple(outputs), loss_g=loss,
            loss_reason="gas" if loss else "", facility=SITE, economy="JPN",
            difference_g=sum(one.grams for one in outputs) + loss - sum(one.grams for one in inputs),
        )  # fmt: skip

    def _scale(self, grams: float) -> int:
        return round(grams * (1 + self.random.gauss(0, 0.001)))

    def _turn(self, turn: int, at: timedelta) -> None:
        taken = []
        for each in (1, 2):
            lot = self._lot(f"L{turn}-{each}", "circuit-boards", LOT_G, 1.0, f"R{turn}-{each}")
            weighed = self._scale(LOT_G)
            self._event(f"R{turn}-{each}", at, "receiving", [LotMass(lot, LOT_G)], [LotMass(lot, weighed)])
            taken.append(LotMass(lot, weighed))
        whole = sum(part.grams for part in taken)
        blend = LotMass(self._lot(f"B{turn}", "circuit-boards", whole, 1.0, f"E{turn}-b"), self._scale(whole))
        self._event(f"E{turn}-b", at, "blending", taken, [blend])
        matte = LotMass(self._lot(f"M{turn}", "mixed-metal-scrap", whole // 2, 1.98, f"E{turn}-m"), whole // 2)
        slag = LotMass(self._lot(f"S{turn}", "slag", whole // 4, 0.04, f"E{turn}-m"), whole // 4)
        self._event(f"E{turn}-m", at, "smelting", [blend], [matte, slag], blend.grams - matte.grams - slag.grams)
        fine = LotMass(self._lot(f"F{turn}", "mixed-metal-scrap", whole // 3, 2.9, f"E{turn}-f"), whole // 3)
        rest = LotMass(self._lot(f"T{turn}", "slag", whole // 6, 0.14, f"E{turn}-f"), whole // 2 - whole // 3)
        self._event(f"E{turn}-f", at, "smelting", [matte], [fine, rest])

    def reconciled(self) -> SiteReconciliation:
        """The year, reconciled."""
        first, last = date(2026, 1, 1), date(2026, 12, 31)
        return sites.of_events(SITE, first, last, self.events, self.lots, ELEMENTS)


def measure(events: int) -> list[Measurement]:
    """Reconcile a year of so many events once."""
    year = Year(events)
    started = time.process_time()
    found = year.reconciled()
    took = time.process_time() - started
    degrees = sum(part.result.degrees for part in (found.masses, *found.elements) if part.result)
    return [
        Measurement(
            job=f"{len(year.events):,} events, {len(found.elements)} elements, {degrees:,} balances reconciled (CPU)",
            ours=took,
            unit="s",
            aim=AIM_S,
            met=took < AIM_S,
        )
    ]


def run(events: int, as_json: bool) -> int:
    """Measure and print. Returns 1 where the aim is missed."""
    rows = measure(events)
    if as_json:
        print(json.dumps({"rows": benches.rows_json(rows)}, indent=2))
    else:
        for row in rows:
            print(f"{row.job}: {row.ours:.2f} {row.unit}")
    return 1 if any(row.met is False for row in rows) else 0
