"""The cast of the notification on the database: what tests of services and of pages share."""

from __future__ import annotations

from datetime import UTC, date, datetime

from consent_cast import KG, on

from meguri import law
from meguri.consent import services
from meguri.journal import services as journal
from meguri.registry import services as registry

START = datetime(2025, 1, 1, tzinfo=UTC)
SELLER, SMELTER = "organisation:seller", "organisation:smelter"
DOE, MOEJ, METI, EPA = (f"organisation:{slug}" for slug in ("mys-doe", "jpn-moej", "jpn-meti", "usa-epa"))


def certify_japan():
    since = datetime(2024, 1, 1, tzinfo=UTC)
    registry.grant("organisation:buyer", "jpn-art14-importer", "14-1", since, issued_by="jpn-moej")
    registry.grant("facility:works", "jpn-art15-recycler", "15-1", since, issued_by="jpn-moej")


def ask(origin="MYS", facts="hazardous=unknown;importer_certified=true;recycler_certified=true", **more):
    fields = {
        "on": "2025-10-01", "stream": "circuit-boards", "origin": origin, "destination": "JPN", "operation": "R4",
        "facts": facts,
    } | more  # fmt: skip
    return law.verdict(law.Question.parse(**fields))


def notify(verdict, exporter="seller", day="2025-10-01", **more):
    fields = {
        "importer": "buyer", "facility": "works", "total_g": 5000 * KG, "period_from": date(2025, 10, 1),
        "period_to": date(2026, 9, 30), "description": "Circuit boards",
    } | more  # fmt: skip
    return services.notify(exporter, verdict, claimed=on(day), **fields)


def admit():
    """Everybody is on record."""
    journal.ensure_node()
    registry.admit_authorities(["mys-doe", "jpn-moej", "jpn-meti", "usa-epa"])
    for name, economy, roles in (
        ("seller", "MYS", ("exporter", "dismantler")),
        ("us-seller", "USA", ("exporter",)),
        ("buyer", "JPN", ("importer",)),
        ("smelter", "JPN", ("smelter",)),
        ("ship", "JPN", ("carrier",)),
        ("stranger", "MYS", ("exporter",)),
    ):
        registry.admit(name, {"en": name}, economy, roles)
    registry.site("smelter", {"en": "Works"}, "JPN", 34.5, 134.0, facility="works", operations=["R4"])
    registry.site("seller", {"en": "Yard"}, "MYS", 5.3, 100.4, facility="yard")


def steps(cast, case, *rows):
    """Steps (day, actor, track, transition), each said on its own day."""
    for day, actor, track, transition, *more in rows:
        cast(day)
        services.step(actor, case, track, transition, claimed=on(day), **(more[0] if more else {}))


TO_CONSENT = (
    ("2025-10-06", DOE, "mys-doe.export", "check"),
    ("2025-10-08", DOE, "mys-doe.export", "transmit"),
    ("2025-10-20", DOE, "mys-doe.export", "consent"),
    ("2025-11-10", MOEJ, "jpn-moej.import", "consent"),
)
