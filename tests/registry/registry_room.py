"""A record with an authority and a holder of every kind of licence, without storage."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from meguri import law
from meguri.registry import acts, course, folds, guards, rights  # noqa: F401
from meguri.registry.states import FacilityState, OrganisationState, RoleSpan, Scope
from meguri.registry.vocabulary import licence_kinds
from memory_record import Record

NOW = datetime(2025, 10, 1, 3, tzinfo=UTC)
DAY = timedelta(days=1)
SINCE = NOW - 900 * DAY
OPERATOR = "organisation:operator"


def organisation(economy, *roles, authority=""):
    spans = tuple(RoleSpan(role, SINCE) for role in roles)
    return OrganisationState(
        names={"en": authority or f"Of {economy}"}, economy=economy, admitted_on=SINCE, roles=spans, authority=authority
    )


class Room:
    """A kind of licence with its issuer, its holder, another company, another authority and a stranger's authority."""

    def __init__(self, slug):
        self.kind = licence_kinds()[slug]
        self.economy = self.kind.economy or "JPN"
        self.record = Record(NOW)
        own = [one.slug for one in law.authorities().values() if one.economy == self.economy]
        self.authority = self.kind.issuers[0] if self.kind.issuers else own[0]
        self.issuer = f"organisation:{self.authority}"
        self.other = "organisation:gbr-ea" if self.economy != "GBR" else "organisation:mys-doe"
        self.owner, self.next = "organisation:owner", "organisation:next"
        states = self.record.states
        states[self.issuer] = organisation(self.economy, "authority", authority=self.authority)
        states[self.other] = organisation("GBR", "authority", authority=self.other.partition(":")[2])
        states[OPERATOR] = organisation("MYS", "operator")
        for who in (self.owner, self.next):
            states[who] = organisation(self.economy, "smelter")
            states[f"facility:{who.partition(':')[2]}"] = FacilityState(
                organisation=who, names={"en": "Works"}, economy=self.economy, lat=1, lon=2
            )
        self.holder = "facility:owner" if self.kind.holder == "facility" else self.owner
        self.following = "facility:next" if self.kind.holder == "facility" else self.next
        self.until = NOW + 200 * DAY

    @property
    def licence(self):
        return self.record.states.get("licence:L1")

    def apply(self, actor="", **more):
        fields = {
            "licence": "L1", "holder": self.holder, "kind": self.kind.kind, "issued_by": self.authority,
            "begins": course.begins("apply", self.economy, self.record.now),
        }  # fmt: skip
        return self.record.say(actor or self.owner, "registry.apply", acts.Apply(**{**fields, **more}))

    def grant(self, actor="", **more):
        applied = self.licence is not None and self.licence.course.state == "applied"
        fields = {
            "licence": "L1", "holder": self.holder, "kind": self.kind.kind, "number": "No. 1", "since": NOW - DAY,
            "until": self.until, "issued_by": self.authority, "stands": self.kind.stands,
            "begins": None if applied else course.begins("grant", self.economy, self.record.now),
            "change": course.change(self.licence, "grant", self.economy, self.record.now) if applied else None,
        }  # fmt: skip
        return self.record.say(actor or self.issuer, "registry.grant", acts.Grant(**{**fields, **more}))

    def step(self, transition, actor="", **more):
        fields = {
            "licence": "L1", "holder": self.licence.holder, "transition": transition, "text": "why",
            "change": course.change(self.licence, transition, self.economy, self.record.now),
        }  # fmt: skip
        if transition == "vary":
            fields["scope"] = Scope(conditions=("Only by day",))
        if transition == "renew":
            fields["until"] = (self.licence.until or self.until) + 100 * DAY
        if transition == "transfer":
            fields |= {"to": self.following, "closed": self.owner}
        return self.record.say(actor or self.issuer, "registry.step", acts.StepOfLicence(**{**fields, **more}))

    def close(self):
        self.record.say(self.owner, "registry.close", acts.Close(organisation=self.owner))
