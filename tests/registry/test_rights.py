"""Who may act: judged at the claimed instant and now; closing stops one's own acts only."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from meguri.journal.act import Act, Instants
from meguri.journal.world import World
from meguri.kit import clock
from meguri.kit.problems import Conflict, NotAllowed, Refused
from meguri.registry import acts, course, folds, guards, rights  # noqa: F401
from meguri.registry.states import LicenceState, OrganisationState
from memory_record import Record
from tests_support import use_clock

NOW = datetime(2025, 10, 1, 3, tzinfo=UTC)
YARD = "organisation:yard"


@pytest.fixture(autouse=True)
def present():
    use_clock(lambda: NOW)
    yield
    use_clock(None)


def admit(record, who=YARD, roles=("dismantler",), **more):
    body = acts.Admit(organisation=who, names={"en": "Yard", "ja": "ヤード"}, economy="MYS", roles=roles, **more)
    return record.say(rights.NODE, "registry.admit", body)


def test_only_the_operator_admits_and_only_once():
    record = Record(NOW)
    admit(record)
    assert record.states[YARD].roles[0].role == "dismantler"
    with pytest.raises(Conflict):
        admit(record)
    with pytest.raises(NotAllowed):
        record.say(YARD, "registry.admit", acts.Admit(organisation="organisation:b", names={"en": "B"}, economy="JPN"))


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"economy": "MYX"}, "/body/economy"),
        ({"roles": ("dismantlr",)}, "/body/roles/0"),
        ({"names": {"en": " "}}, "/body/names/en"),
    ],
)
def test_what_is_wrong_is_named(more, pointer):
    fields = {"organisation": YARD, "names": {"en": "Yard"}, "economy": "MYS", **more}
    with pytest.raises(Refused) as caught:
        Record(NOW).say(rights.NODE, "registry.admit", acts.Admit(**fields))
    assert caught.value.problems[0].pointer == pointer


def test_the_nearest_role_is_suggested():
    with pytest.raises(Refused, match="dismantler"):
        admit(Record(NOW), roles=("dismantlr",))


def test_a_role_is_judged_at_the_claimed_instant_and_now():
    state = OrganisationState(names={"en": "Yard"}, economy="MYS", admitted_on=NOW)
    ended = msgspec.structs.replace(
        state, roles=(rights_span("dismantler", NOW - timedelta(days=9), NOW - timedelta(days=2)),)
    )
    begun = msgspec.structs.replace(state, roles=(rights_span("dismantler", NOW - timedelta(days=2)),))
    for organisation, claimed in ((ended, NOW - timedelta(days=3)), (begun, NOW - timedelta(days=3))):
        with pytest.raises(NotAllowed):
            require(organisation, claimed)
    require(begun, NOW - timedelta(days=1))


def rights_span(role, since, until=None):
    from meguri.registry.states import RoleSpan

    return RoleSpan(role, since, until)


def require(state, claimed):
    act = Act(
        kind="x",
        version=1,
        node="n",
        subjects=(),
        actor=YARD,
        key="k",
        nonce="1",
        claimed=clock.stamp(claimed),
        body={},
    )
    return rights.require(World({YARD: state}), act, Instants(claimed, NOW), {"dismantler"})


def test_a_closed_organisation_says_nothing_more():
    record = Record(NOW)
    admit(record)
    record.say(YARD, "registry.close", acts.Close(organisation=YARD))
    with pytest.raises(NotAllowed) as caught:
        require(record.states[YARD], NOW)
    assert caught.value.problems[0].code == "closed"
    with pytest.raises(NotAllowed):
        record.say(YARD, "registry.close", acts.Close(organisation=YARD))


def test_a_role_ends_and_an_end_must_follow_the_beginning():
    record = Record(NOW)
    admit(record)
    record.say(
        rights.NODE, "registry.assign", acts.Assign(organisation=YARD, role="dismantler", until=NOW + timedelta(1))
    )
    state = record.states[YARD]
    assert rights.holds(state, "dismantler", NOW)
    assert not rights.holds(state, "dismantler", NOW + timedelta(days=1))
    with pytest.raises(Refused):
        record.say(
            rights.NODE,
            "registry.assign",
            acts.Assign(organisation=YARD, role="exporter", since=NOW, until=NOW - timedelta(1)),
        )


def grant(**more):
    fields = {
        "licence": "L1",
        "holder": "organisation:smelter",
        "kind": "jpn-art15-recycler",
        "number": "第1号",
        "since": NOW,
        "until": NOW + timedelta(400),
        "issued_by": "jpn-moej",
        "begins": course.begins("grant", "JPN", NOW),
        **more,
    }
    return acts.Grant(**fields)


def suspend(licence):
    return acts.StepOfLicence(
        licence="L1",
        holder="organisation:smelter",
        transition="suspend",
        change=course.change(licence, "suspend", "JPN", NOW),
        text="inspection",
    )


def japan(record):
    for who, roles, authority in (
        ("smelter", ("smelter",), ""),
        ("jpn-moej", ("authority",), "jpn-moej"),
        ("mys-doe", ("authority",), "mys-doe"),
    ):
        body = acts.Admit(
            organisation=f"organisation:{who}",
            names={"en": who},
            economy="JPN" if who != "mys-doe" else "MYS",
            roles=roles,
            authority=authority,
        )
        record.say(rights.NODE, "registry.admit", body)


def test_a_licence_is_given_by_its_issuer_and_suspended_by_it():
    record = Record(NOW)
    japan(record)
    with pytest.raises(Refused):
        record.say("organisation:mys-doe", "registry.grant", grant())
    with pytest.raises(Refused):
        record.say("organisation:jpn-moej", "registry.grant", grant(issued_by="mys-doe"))
    with pytest.raises(NotAllowed):
        record.say("organisation:smelter", "registry.grant", grant())
    record.say("organisation:jpn-moej", "registry.grant", grant())
    licence = record.states["licence:L1"]
    assert isinstance(licence, LicenceState)
    assert licence.holds(NOW)
    record.say("organisation:jpn-moej", "registry.step", suspend(licence))
    assert not record.states["licence:L1"].holds(NOW)
    with pytest.raises(Conflict):
        record.say("organisation:jpn-moej", "registry.step", suspend(licence))


def test_a_licence_of_another_economy_is_refused():
    record = Record(NOW)
    japan(record)
    admit(record)
    with pytest.raises(Refused) as caught:
        record.say("organisation:jpn-moej", "registry.grant", grant(holder=YARD))
    assert caught.value.problems[0].pointer == "/body/holder"


def test_a_facility_stands_somewhere():
    record = Record(NOW)
    admit(record)
    fields = {
        "facility": "F1",
        "organisation": YARD,
        "names": {"en": "Yard"},
        "economy": "MYS",
        "lat": 5.3,
        "lon": 100.4,
        "port": "MYPEN",
    }
    record.say(YARD, "registry.site", acts.Site(**fields))
    assert record.states["facility:F1"].port == "MYPEN"
    for more, pointer in (({"lat": 95.0}, "/body/lat"), ({"port": "MYPEX"}, "/body/port")):
        with pytest.raises(Refused) as caught:
            record.say(YARD, "registry.site", acts.Site(**{**fields, "facility": "F2", **more}))
        assert caught.value.problems[0].pointer == pointer
