"""Every act of the registry with one thing changed at a time is answered as ``one_thing_changed.json`` keeps it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

import altered
from meguri.registry import acts, course, folds, guards  # noqa: F401
from meguri.registry.rights import NODE
from meguri.registry.states import (
    Address,
    Capacity,
    CheckAnswer,
    Contact,
    Identifier,
    OrganisationState,
    RoleSpan,
    Scope,
    Wanted,
)
from memory_record import Record, Told
from tests_support import use_clock

KEPT = Path(__file__).with_name("one_thing_changed.json")
NOW = datetime(2025, 10, 1, 3, tzinfo=UTC)
SINCE = NOW - timedelta(days=400)
YARD, OPERATOR, SMELTER, NEXT, MOEJ, METI, DOE = (
    f"organisation:{name}" for name in ("yard", "operator", "smelter", "next", "jpn-moej", "jpn-meti", "mys-doe")
)


@pytest.fixture(autouse=True)
def present():
    use_clock(lambda: NOW)
    yield
    use_clock(None)


def cast():
    record = Record(NOW)
    for who, economy, role, authority in (
        (YARD, "MYS", "dismantler", ""),
        (OPERATOR, "MYS", "operator", ""),
        (SMELTER, "JPN", "smelter", ""),
        (NEXT, "JPN", "smelter", ""),
        (DOE, "MYS", "authority", "mys-doe"),
        (MOEJ, "JPN", "authority", "jpn-moej"),
        (METI, "JPN", "authority", "jpn-meti"),
    ):
        record.states[who] = OrganisationState(
            names={"en": who}, economy=economy, admitted_on=SINCE, roles=(RoleSpan(role, SINCE),), authority=authority
        )
    return record


def say(record, who, what, body):
    return record.say(who, f"registry.{what}", body)


def site(organisation=SMELTER, economy="JPN"):
    return acts.Site(
        facility="works", organisation=organisation, names={"en": "Works"}, economy=economy, lat=90, lon=-180,
        port="JPTAK", operations=("R4",),
    )  # fmt: skip


def grant(holder=SMELTER, **more):
    fields = {
        "licence": "L1", "holder": holder, "kind": "jpn-art15-recycler", "number": "1", "since": NOW,
        "issued_by": "jpn-moej", "until": NOW + timedelta(seconds=1),
        "scope": Scope(operations=("R4",), streams=("circuit-boards",), codes=("basel:A1181",), grams=5, per="year"),
    }  # fmt: skip
    return acts.Grant(**{"begins": course.begins("grant", "JPN", NOW), **fields, **more})


def apply(holder=SMELTER):
    return acts.Apply(
        licence="L1", holder=holder, kind="jpn-art15-recycler", issued_by="jpn-moej",
        begins=course.begins("apply", "JPN", NOW), scope=Scope(operations=("R4",)), until=NOW + timedelta(seconds=1),
    )  # fmt: skip


def step(record, transition, holder=SMELTER, **more):
    state = record.states["licence:L1"]
    change = course.change(state, transition, "JPN", NOW)
    fields = {"licence": "L1", "holder": holder, "transition": transition, "change": change, "text": "Inspection"}
    return acts.StepOfLicence(**{**fields, **more})


def told(*steps_before):
    """Acts that bring a licence so far, and the last of them."""
    record, found = cast(), [LICENCE]
    say(record, *LICENCE)
    for who, transition, more in steps_before:
        if transition == "close":
            found.append((SMELTER, "close", acts.Close(organisation=SMELTER)))
        else:
            found.append((who, "step", step(record, transition, **more)))
        say(record, *found[-1])
    return found[:-1], found[-1]


NUMBERED = acts.Admit(
    organisation="organisation:new", names={"en": "New"}, economy="MYS", roles=("exporter", "collector"),
    identifiers=(Identifier("gln", "4012345000009"), Identifier("own", "HRB 1")),
    addresses=(Address(street="1 Road", place="Penang", postcode="10000", economy="MYS"),),
    contacts=(Contact("mail", "office@example.org"),),
)  # fmt: skip
WANTED = Wanted(
    names={"en": "New"}, economy="MYS", roles=("exporter",), identifiers=(Identifier("gln", "4012345000009"),),
    message="Please",
)  # fmt: skip
FULL = acts.Site(
    facility="works", organisation=SMELTER, names={"en": "Works"}, economy="JPN", lat=1, lon=2, operations=("R4",),
    capacity=(Capacity(5, "R4"),), address=Address(street="1 Road"),
)  # fmt: skip
ADMIT = acts.Admit(organisation="organisation:new", names={"en": "New"}, economy="MYS", roles=("exporter", "collector"))
ANSWERS = (CheckAnswer("iso-59014.1", "yes", "Chain of June"), CheckAnswer("iso-59014.2", "no"))
BASEL = (CheckAnswer("basel-esm.1", "yes", "Licence"), CheckAnswer("basel-esm.6", "not_applicable"))
UNTIL = date(2026, 6, 1)
FACILITY = (SMELTER, "site", site())
LICENCE = (MOEJ, "grant", grant())
SAID = {
    "admit": ([], (NODE, "admit", ADMIT)),
    "admit by an operator": ([], (OPERATOR, "admit", ADMIT)),
    "admit by an authority, with numbers": ([], (DOE, "admit", NUMBERED)),
    "describe oneself": (
        [(NODE, "admit", NUMBERED)],
        (
            NUMBERED.organisation,
            "describe",
            acts.Describe(
                organisation=NUMBERED.organisation,
                names={"en": "Newer"},
                identifiers=(Identifier("duns", "150483782"),),
                dropped=NUMBERED.identifiers,
            ),
        ),
    ),
    "give a role for a time": (
        [],
        (NODE, "assign", acts.Assign(organisation=YARD, role="exporter", since=NOW, until=NOW + timedelta(seconds=1))),
    ),
    "give a role by an authority": ([], (DOE, "assign", acts.Assign(organisation=YARD, role="exporter", since=NOW))),
    "end a role": ([], (OPERATOR, "assign", acts.Assign(organisation=YARD, role="dismantler", until=NOW))),
    "site of one's own": ([], FACILITY),
    "check": (
        [FACILITY],
        (SMELTER, "check", acts.CheckFacility(facility="works", scheme="iso-59014", answers=ANSWERS, until=UNTIL)),
    ),
    "check by an authority": (
        [FACILITY],
        (MOEJ, "check", acts.CheckFacility(facility="works", scheme="basel-esm", answers=BASEL, until=UNTIL)),
    ),
    "site by the operator": ([], (OPERATOR, "site", site(YARD, "MYS"))),
    "site with its capacity": ([], (SMELTER, "site", FULL)),
    "alter": (
        [FACILITY],
        (
            SMELTER,
            "alter",
            acts.Alter(
                facility="works",
                organisation=SMELTER,
                names={"en": "Works"},
                operations=("R4", "R12"),
                capacity=(Capacity(7),),
                address=Address(street="2 Road"),
            ),
        ),
    ),
    "close a facility": (
        [FACILITY],
        (
            OPERATOR,
            "alter",
            acts.Alter(facility="works", organisation=SMELTER, names={"en": "Works"}, closed=True, reason="Sold"),
        ),
    ),
    "apply": ([], (SMELTER, "apply", apply())),
    "apply for a facility": ([FACILITY], (SMELTER, "apply", apply("facility:works"))),
    "grant": ([], LICENCE),
    "grant by the operator": ([], (OPERATOR, "grant", grant())),
    "grant to a facility": ([FACILITY], (NODE, "grant", grant("facility:works"))),
    "grant what was applied for": (
        [(SMELTER, "apply", apply())],
        (MOEJ, "grant", grant(begins=None, change=course.begins("grant", "JPN", NOW).change)),
    ),
    "vary": told((MOEJ, "vary", {"scope": Scope(operations=("R12",), conditions=("By day",))})),
    "suspend": told((MOEJ, "suspend", {})),
    "suspend by the operator": told((OPERATOR, "suspend", {})),
    "free again": told((MOEJ, "suspend", {}), (NODE, "resume", {})),
    "ask for renewal": told((SMELTER, "ask_renewal", {"until": NOW + timedelta(days=9)})),
    "renew": told((SMELTER, "ask_renewal", {}), (MOEJ, "renew", {"until": NOW + timedelta(days=9)})),
    "refuse the renewal": told((SMELTER, "ask_renewal", {}), (MOEJ, "refuse_renewal", {})),
    "give up": told((SMELTER, "give_up", {})),
    "revoke": told((MOEJ, "revoke", {})),
    "transfer": told((SMELTER, "close", {}), (MOEJ, "transfer", {"to": NEXT, "closed": SMELTER})),
    "close oneself": ([], (YARD, "close", acts.Close(organisation=YARD, reason="Sold"))),
    "close by the operator": ([], (OPERATOR, "close", acts.Close(organisation=YARD))),
    "refuse an application": (
        [],
        (
            DOE,
            "decide",
            acts.Decide(application="A1", wanted=WANTED, applied_on=SINCE, granted=False, reason="No licence"),
        ),
    ),
    "grant an application": (
        [(NODE, "admit", NUMBERED)],
        (
            OPERATOR,
            "decide",
            acts.Decide(
                application="A1", wanted=WANTED, applied_on=SINCE, granted=True, organisation=NUMBERED.organisation
            ),
        ),
    ),
}


def made(name):
    before, act = SAID[name]
    return Told(cast(), lambda record: [say(record, *one) for one in before], lambda record: say(record, *act))


TOLD = {name: partial(made, name) for name in SAID}


@pytest.mark.parametrize("name", TOLD)
def test_each_change_is_answered_as_it_was(name):
    assert altered.differing(KEPT, name, TOLD[name]()) == {}
