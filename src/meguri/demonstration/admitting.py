"""Admitting the cast: the authorities of the law's own table, the invented organisations, their places and licences."""

from __future__ import annotations

from datetime import timedelta

from meguri.demonstration import cast
from meguri.demonstration.scenario import Scenario
from meguri.kit import clock
from meguri.registry import services as registry

# Japan's certificates hold for five years (Basel Act, Articles 14 and 15).
LIFE = timedelta(days=5 * 365)


def admit_cast(numbers: Scenario) -> None:
    """Admit everybody who plays, with sites and the certificates that the scenario gives."""
    authorities = [member.authority for member in cast.members() if member.authority]
    registry.admit_authorities(authorities)
    for member in cast.members():
        if member.authority:
            continue
        registry.admit(member.organisation, member.name.everywhere(), member.economy, member.roles)
        if member.facility:
            assert member.lat is not None
            assert member.lon is not None
            registry.site(
                member.organisation,
                member.name.everywhere(),
                member.economy,
                member.lat,
                member.lon,
                facility=member.facility,
                port=member.port,
                operations=member.operations,
            )
    if numbers.certificates.importer:
        _certificate(cast.member("importer").subject, "jpn-art14-importer", "DEMO-14-001")
    if numbers.certificates.recycler:
        _certificate(f"facility:{cast.member('smelter').facility}", "jpn-art15-recycler", "DEMO-15-001")


def _certificate(holder: str, kind: str, number: str) -> None:
    registry.grant(holder, kind, number, clock.now(), clock.now() + LIFE, issued_by="jpn-moej")
