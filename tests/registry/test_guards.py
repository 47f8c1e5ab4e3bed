"""What the registry refuses, each with the place that is wrong; and what its acts leave on record."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from meguri.kit.problems import Conflict, MeguriError, NotAllowed, Refused
from meguri.registry import acts, course, folds, guards, rights, vocabulary  # noqa: F401
from meguri.registry.states import RoleSpan
from memory_record import Record
from tests_support import use_clock

NOW = datetime(2025, 10, 1, 3, tzinfo=UTC)
DAY = timedelta(days=1)
YARD, OTHER, OPERATOR, SMELTER, MOEJ, METI = (
    f"organisation:{name}" for name in ("yard", "other", "operator", "smelter", "jpn-moej", "jpn-meti")
)


@pytest.fixture(autouse=True)
def present():
    use_clock(lambda: NOW)
    yield
    use_clock(None)


@pytest.fixture
def record():
    record = Record(NOW)
    for who, economy, roles, authority in (
        (YARD, "MYS", ("dismantler",), ""),
        (OTHER, "MYS", ("exporter",), ""),
        (OPERATOR, "MYS", ("operator",), ""),
        (SMELTER, "JPN", ("smelter",), ""),
        (MOEJ, "JPN", ("authority",), "jpn-moej"),
        (METI, "JPN", ("authority",), "jpn-meti"),
    ):
        say(record, acts.Admit(organisation=who, names={"en": who}, economy=economy, roles=roles, authority=authority))
    return record


KINDS = {
    acts.Admit: "registry.admit",
    acts.Assign: "registry.assign",
    acts.Site: "registry.site",
    acts.Grant: "registry.grant",
    acts.StepOfLicence: "registry.step",
    acts.Close: "registry.close",
}


def say(record, body, actor=rights.NODE, **more):
    return record.say(actor, KINDS[type(body)], body, **more)


def refused(kind, record, body, actor=rights.NODE, **more):
    before = dict(record.states)
    with pytest.raises(kind) as caught:
        say(record, body, actor, **more)
    assert record.states == before
    (problem,) = caught.value.problems
    return problem.pointer, problem.code


def admit(**more):
    return acts.Admit(**{"organisation": "organisation:new", "names": {"en": "New"}, "economy": "MYS", **more})


def site(**more):
    fields = {"facility": "F1", "organisation": YARD, "names": {"en": "Works"}, "economy": "MYS", "lat": 5, "lon": 100}
    return acts.Site(**{**fields, **more})


def grant(**more):
    fields = {
        "licence": "L1", "holder": SMELTER, "kind": "jpn-art15-recycler", "number": "1", "since": NOW - DAY,
        "issued_by": "jpn-moej", "until": NOW + 400 * DAY,
    }  # fmt: skip
    fields |= more
    economy = "MYS" if fields["holder"] in (YARD, "facility:F1", "facility:abroad") else "JPN"
    return acts.Grant(**{"begins": course.begins("grant", economy, NOW), **fields})


def step(record, transition, text="Inspection", licence="L1", **more):
    state = record.states.get(f"licence:{licence}")
    change = course.change(state, transition, "JPN", NOW) if state else course.begins("grant", "JPN", NOW).change
    holder = state.holder if state else SMELTER
    fields = {"licence": licence, "holder": holder, "transition": transition, "change": change, "text": text}
    return acts.StepOfLicence(**{**fields, **more})


@pytest.mark.parametrize(
    "subject",
    [
        "new",
        "facility:new",
        "organisation:",
        "organisation:" + "x" * 101,
        "organisation:a b",
        "organisation:a:b",
        ":new",
    ],
)
def test_an_organisation_is_named_as_such(record, subject):
    assert refused(Refused, record, admit(organisation=subject)) == ("/body/organisation", "subject")
    assert refused(Refused, record, site(organisation=subject)) == ("/body/organisation", "subject")
    assert refused(Refused, record, acts.Close(organisation=subject)) == ("/body/organisation", "subject")
    assert refused(Refused, record, acts.Assign(organisation=subject, role="exporter"))[0] == "/body/organisation"


def test_a_name_may_have_a_hundred_characters_of_letters_digits_and_hyphens(record):
    say(record, admit(organisation="organisation:" + "x" * 97 + "-_."))
    say(record, site(facility="y" * 100))


@pytest.mark.parametrize("id", ["", "a b", "a:b", "x" * 101])
def test_facilities_and_licences_are_named_likewise(record, id):
    assert refused(Refused, record, site(facility=id)) == ("/body/facility", "subject")
    assert refused(Refused, record, grant(licence=id)) == ("/body/licence", "subject")


@pytest.mark.parametrize(
    ("names", "pointer", "code"),
    [
        ({}, "/body/names/en", "name"),
        ({"ja": "名"}, "/body/names/en", "name"),
        ({"en": "  "}, "/body/names/en", "length"),
        ({"en": "x" * 201}, "/body/names/en", "length"),
        ({"en": "X", "english": "X"}, "/body/names", "language"),
        ({"en": "X", "E": "X"}, "/body/names", "language"),
    ],
)
def test_names_are_in_languages_and_in_english(record, names, pointer, code):
    assert refused(Refused, record, admit(names=names)) == (pointer, code)
    assert refused(Refused, record, site(names=names)) == (pointer, code)


def test_a_name_has_two_hundred_characters_at_most(record):
    say(record, admit(names={"en": "x" * 200, "zh-Hant": "名"}))


@pytest.mark.parametrize(
    "body",
    [
        admit(),
        acts.Assign(organisation=YARD, role="operator"),
        site(),
        grant(),
        acts.Close(organisation=YARD),
    ],
    ids=lambda body: type(body).__name__,
)
def test_a_stranger_changes_nothing_of_others(record, body):
    """Somebody admitted, but neither the operator nor the one whom it concerns; and somebody who is not admitted."""
    assert refused(NotAllowed, record, body, OTHER) == ("/actor", "role")
    assert refused(NotAllowed, record, body, "organisation:nobody") == ("/actor", "not-admitted")


@pytest.mark.parametrize("body", [admit(), acts.Assign(organisation=YARD, role="exporter"), site(), grant()])
def test_an_operator_beside_the_node_may(record, body):
    say(record, body, OPERATOR)


def test_roles_are_those_of_the_table_and_belong_to_somebody(record):
    assert refused(Refused, record, acts.Assign(organisation=YARD, role="dismantlr")) == ("/body/role", "unknown-word")
    with pytest.raises(Refused, match="Did you mean “dismantler”"):
        say(record, acts.Assign(organisation=YARD, role="dismantlr"))
    with pytest.raises(Refused, match="One of: auditor, authority"):
        say(record, acts.Assign(organisation=YARD, role="qqqqqqqqqq"))
    assert refused(Conflict, record, acts.Assign(organisation="organisation:nobody", role="exporter")) == (
        "/body/organisation",
        "unknown-subject",
    )
    with pytest.raises(Refused) as caught:
        say(record, admit(roles=("exporter", "exportr", "smeltr")))
    assert [problem.pointer for problem in caught.value.problems] == ["/body/roles/1", "/body/roles/2"]


@pytest.mark.parametrize("until", [NOW, NOW - DAY])
def test_what_ends_begins_before(record, until):
    assert refused(Refused, record, acts.Assign(organisation=YARD, role="exporter", since=NOW, until=until)) == (
        "/body/until",
        "span",
    )
    assert refused(Refused, record, grant(since=NOW, until=until)) == ("/body/until", "span")


def test_a_role_of_a_time_and_the_end_of_one(record):
    begun = record.states[YARD].roles
    assert begun == (RoleSpan("dismantler", NOW),)
    say(record, acts.Assign(organisation=YARD, role="exporter", since=NOW - DAY, until=NOW + DAY))
    assert record.states[YARD].roles == (*begun, RoleSpan("exporter", NOW - DAY, NOW + DAY))
    say(record, acts.Assign(organisation=YARD, role="collector"))
    say(record, acts.Assign(organisation=YARD, role="collector", until=NOW + DAY))
    assert refused(Conflict, record, acts.Assign(organisation=YARD, role="exporter", until=NOW + 9 * DAY)) == (
        "/body/role",
        "role",
    ), "what has its end keeps it"
    assert record.states[YARD].roles == (
        *begun,
        RoleSpan("exporter", NOW - DAY, NOW + DAY),
        RoleSpan("collector", NOW, NOW + DAY),
    ), "other roles go on"
    assert rights.roles_of(record.states[YARD], NOW) == ("exporter", "collector", "dismantler")
    assert rights.roles_of(record.states[YARD], NOW + DAY) == ("dismantler",)
    assert rights.roles_of(record.states[YARD], NOW - 2 * DAY) == ()


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"lat": 90.001}, "/body/lat"),
        ({"lat": -91.0}, "/body/lat"),
        ({"lat": float("nan")}, "/body/lat"),
        ({"lon": 180.001}, "/body/lon"),
        ({"lon": -181.0}, "/body/lon"),
        ({"lon": float("inf")}, "/body/lon"),
        ({"economy": "XXX"}, "/body/economy"),
        ({"port": "MYPEX"}, "/body/port"),
    ],
)
def test_a_facility_stands_on_earth(record, more, pointer):
    assert refused(Refused, record, site(**more), YARD)[0] == pointer


def test_a_facility_may_stand_at_the_ends_of_the_earth_once(record):
    say(record, site(lat=90.0, lon=-180.0), YARD)
    say(record, site(facility="F2", lat=-90.0, lon=180.0, operations=("R4",)), YARD)
    assert record.states["facility:F2"].operations == ("R4",)
    assert refused(Conflict, record, site(), YARD) == ("/body/facility", "exists")
    assert refused(Conflict, record, site(facility="F3", organisation="organisation:nobody")) == (
        "/body/organisation",
        "unknown-subject",
    )


def test_a_closed_organisation_has_no_new_facility_of_its_own_saying(record):
    say(record, acts.Close(organisation=YARD), YARD)
    assert refused(NotAllowed, record, site(), YARD) == ("/actor", "closed")
    assert refused(Conflict, record, acts.Close(organisation=YARD)) == ("/body/organisation", "closed")
    assert refused(Conflict, record, acts.Close(organisation="organisation:nobody"))[1] == "unknown-subject"
    assert record.states[YARD].closed_on == NOW
    assert rights.roles_of(record.states[YARD], NOW) == ()
    assert rights.roles_of(record.states[YARD], NOW - DAY) == (), "it was admitted later"


def test_closing_is_judged_at_the_claimed_and_at_the_recorded_instant(record):
    """What it says today of yesterday is refused too, though it was open yesterday."""
    record.now = NOW + 2 * DAY
    say(record, acts.Close(organisation=YARD), YARD)
    assert refused(NotAllowed, record, site(), YARD, claimed=NOW + DAY) == ("/actor", "closed")


def test_a_licence_is_of_a_kind_for_somebody_on_record(record):
    assert refused(Refused, record, grant(kind="jpn-art15-recyclr")) == ("/body/kind", "unknown-word")
    assert refused(Refused, record, grant(holder="smelter")) == ("/body/holder", "subject")
    assert refused(Conflict, record, grant(holder="organisation:nobody")) == ("/body/holder", "unknown-subject")
    assert refused(Conflict, record, grant(holder="facility:nowhere")) == ("/body/holder", "unknown-subject")
    assert refused(Refused, record, grant(holder=YARD)) == ("/body/holder", "economy")
    say(record, grant(until=NOW + DAY))
    assert refused(Conflict, record, grant()) == ("/body/licence", "exists")


def test_a_licence_of_a_facility_is_of_the_economy_where_that_lies(record):
    say(record, site(facility="abroad", organisation=SMELTER))
    say(record, site(facility="works", organisation=SMELTER, economy="JPN"))
    assert refused(Refused, record, grant(holder="facility:abroad")) == ("/body/holder", "economy")
    say(record, grant(holder="facility:works"))


def test_a_licence_that_any_economy_gives_may_be_held_anywhere(record):
    for number, holder in enumerate((YARD, SMELTER)):
        say(record, grant(licence=f"L{number}", kind="dismantling", holder=holder, issued_by=""))


def test_an_authority_grants_what_is_its_own_to_grant(record):
    """Both ministries issue the kind; each says its own, and the table says who may at all."""
    assert refused(Refused, record, grant(issued_by="mys-doe")) == ("/body/issued_by", "issuer")
    assert refused(Refused, record, grant(issued_by="jpn-moej"), METI) == ("/body/issued_by", "issuer")
    assert refused(NotAllowed, record, grant(), YARD) == ("/actor", "role")
    say(record, grant(issued_by="jpn-meti"), METI)
    say(record, grant(licence="L2"), OPERATOR)


def test_a_licence_is_relied_on_in_its_time(record):
    say(record, grant(until=NOW + DAY))
    licence = record.states["licence:L1"]
    times = (NOW - DAY - timedelta(seconds=1), NOW - DAY, NOW, NOW + DAY - timedelta(seconds=1), NOW + DAY)
    assert [licence.holds(at) for at in times] == [False, True, True, True, False]


def test_a_suspension_is_its_issuers_with_a_reason_and_is_lifted_again(record):
    say(record, grant(), MOEJ)
    assert refused(Refused, record, step(record, "suspend"), METI) == ("/body/licence", "issuer")
    assert refused(NotAllowed, record, step(record, "suspend"), YARD) == ("/actor", "role")
    assert refused(NotAllowed, record, step(record, "suspend"), SMELTER) == ("/actor", "role")
    assert refused(Refused, record, step(record, "suspend", " "), MOEJ) == ("/text", "required")
    assert refused(Conflict, record, step(record, "resume"), MOEJ) == ("/transition", "not-open")
    assert refused(Conflict, record, step(record, "suspend", licence="L9"))[1] == "unknown-subject"
    say(record, step(record, "suspend"), MOEJ)
    assert (record.states["licence:L1"].holds(NOW), record.states["licence:L1"].reason) == (False, "Inspection")
    assert record.states["licence:L1"].suspended
    assert refused(Conflict, record, step(record, "suspend"), MOEJ) == ("/transition", "not-open")
    say(record, step(record, "resume", "All is well"), OPERATOR)
    assert record.states["licence:L1"].holds(NOW)
    say(record, step(record, "suspend"))


def test_a_role_is_asked_at_both_instants(record):
    """The operator's role began today: it cannot say today what it claims to have said yesterday."""
    record.now = NOW + DAY
    say(record, acts.Assign(organisation=OTHER, role="operator", since=NOW + DAY))
    say(record, admit(), OTHER)
    with pytest.raises(MeguriError, match="Exporter on 2025-10-01"):
        say(record, admit(organisation="organisation:newer"), OTHER, claimed=NOW)


def test_the_tables_say_what_is_issued_by_whom():
    kinds = vocabulary.licence_kinds()
    assert kinds["jpn-art14-importer"].issuers == ("jpn-moej", "jpn-meti")
    assert kinds["dismantling"].issuers == ()
    confidences = {row.confidence for row in (*kinds.values(), *vocabulary.roles().values())}
    assert confidences <= {"sourced", "derived", "memory", "high", "medium"}
    assert "Article 14" in kinds["jpn-art14-importer"].citation
    assert kinds["dismantling"].economy == ""
    assert {kind.fact for kind in kinds.values()} >= {
        "importer_certified",
        "recycler_certified",
        "facility_preconsented",
    }
