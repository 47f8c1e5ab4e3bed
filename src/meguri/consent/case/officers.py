"""Which of an organisation's people looks after a case: a note of the office, no act; nobody's rights change by it."""

from __future__ import annotations

from meguri.consent.models import CaseOfficer
from meguri.kit.models import User
from meguri.kit.people import memberships
from meguri.kit.problems import N_, refuse


def of(case: str, organisation: str) -> str:
    """The user name of whoever looks after a case for an organisation; empty where nobody does."""
    found = CaseOfficer.objects.filter(case=case, organisation=organisation).select_related("user").first()
    return found.user.get_username() if found else ""


def assign(case: str, organisation: str, username: str) -> None:
    """Let one of an organisation's people look after a case; an empty name is nobody. The caller has made sure that
    the organisation sees the case. Refused for who is none of its people.
    """
    if not username:
        CaseOfficer.objects.filter(case=case, organisation=organisation).delete()
        return
    user = next((one.user for one in memberships.members(organisation) if one.user.get_username() == username), None)
    if user is None:
        raise refuse(N_("“{name}” is none of your people."), "/officer", "officer", name=username[:80])
    CaseOfficer.objects.update_or_create(case=case, organisation=organisation, defaults={"user": user})


def mine(organisation: str, user: User) -> frozenset[str]:
    """The cases that a person looks after for an organisation."""
    return frozenset(CaseOfficer.objects.filter(organisation=organisation, user=user).values_list("case", flat=True))
