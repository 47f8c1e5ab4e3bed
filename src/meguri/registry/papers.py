"""Papers of licences: who reads them, and where they are shown. A licence is everybody's; papers of it are not."""

from __future__ import annotations

from meguri.journal.subject import split
from meguri.kit import clock
from meguri.papers.abouts import About
from meguri.registry import rights, services
from meguri.registry.models import Licence, Organisation
from meguri.registry.states import LicenceState, OrganisationState


def _licence(subject: str) -> LicenceState | None:
    row = Licence.objects.filter(pk=split(subject)[1]).first()
    return row.value if row else None


def sees(organisation: str, subject: str) -> bool:
    """Holder, issuer and who keeps the registry."""
    licence = _licence(subject)
    if licence is None:
        return False
    if services.owner(licence.holder) == organisation:
        return True
    row = Organisation.objects.filter(pk=split(organisation)[1]).first()
    if row is None:
        return False
    state: OrganisationState = row.value
    present = clock.now()
    issues = bool(licence.issued_by) and state.authority == licence.issued_by
    return rights.holds(state, "operator", present) or (issues and rights.holds(state, "authority", present))


def via(organisation: str, subject: str) -> str:
    """The facility that holds the licence, where one does."""
    licence = _licence(subject)
    return licence.holder if licence is not None and licence.holder.startswith("facility:") else ""


def address(subject: str) -> str:
    """The licence's page."""
    return f"/registry/licences/{split(subject)[1]}"


ABOUT = About("licence", sees, via, address)
