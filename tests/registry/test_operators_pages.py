"""The operator's pages, those of an organisation's own people, and the public form: what each lets whom do."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from meguri.kit.models import User
from meguri.kit.people import accounts
from meguri.registry import models, services
from meguri.registry.admission import beginning
from tests_support import use_clock

pytestmark = pytest.mark.django_db
NOW = datetime(2025, 10, 1, 3, tzinfo=UTC)
PAGES = (
    "/registry/", "/registry/next", "/registry/authorities", "/registry/organisations/new",
    "/registry/organisations/yard/describe", "/registry/organisations/yard/role", "/registry/facilities/new",
    "/registry/facilities/kl/change", "/registry/licences/new", "/registry/licences/apply", "/registry/import",
    "/registry/template.xlsx",
)  # fmt: skip
OPEN = ("/registry/apply", "/registry/facilities/kl", "/organisations/yard", "/organisations/")


@pytest.fixture(autouse=True)
def cast():
    use_clock(lambda: NOW)
    services.admit_authorities(["mys-doe", "jpn-moej"])
    services.admit("yard", {"en": "Yard"}, "MYS", ("dismantler",))
    services.admit("other", {"en": "Another firm"}, "MYS")
    services.site("yard", {"en": "Works"}, "MYS", 3.1, 101.6, facility="kl", operations=["R12"])
    yield
    use_clock(None)


def signed_in(client, organisation=""):
    name = organisation or "op"
    if not organisation:
        client.force_login(accounts.create_administrator(name, "long enough password 1"))
        return client
    user = accounts.create_person(name, "long enough password 1", "")
    accounts.join(user, f"organisation:{organisation}")
    client.force_login(user)
    return client


def wrong(answer):
    return [
        re.sub(r"<[^>]+>|\s+", " ", one).strip() for one in re.findall(r'class="wrong"[^>]*>(.*?)</p>', answer, re.S)
    ]


@pytest.mark.parametrize("address", PAGES)
def test_what_belongs_to_the_operator_is_shown_to_nobody_else(client, address):
    assert client.get(address).status_code == 302, "a stranger signs in first"
    assert signed_in(client, "other").get(address).status_code == (
        200 if address.endswith("licences/apply") else 404
    ) or (address == "/registry/facilities/new")
    assert signed_in(client).get(address).status_code == 200


@pytest.mark.parametrize("address", OPEN)
def test_what_is_public_is_open_to_anyone_in_both_languages(client, address):
    for language in ("en", "ja"):
        assert client.get(f"{address}?lang={language}").status_code == 200


def test_an_organisation_is_admitted_with_its_numbers_described_given_a_role_and_closed(client):
    operator = signed_in(client)
    form = {"organisation": "new", "name_en": "New firm", "economy": "MYS", "roles": ["carrier"], "scheme": ["gln"]}
    answer = operator.post("/registry/organisations/new?lang=en", form | {"number": ["4012345000008"]})
    assert (answer.status_code, models.Organisation.objects.filter(id="new").exists()) == (422, False)
    assert "check digit" in wrong(answer.content.decode())[0]
    assert 'value="New firm"' in answer.content.decode(), "what was written stays"
    assert operator.post("/registry/organisations/new", form | {"number": ["4012345000009"]}).status_code == 302
    like = form | {"organisation": "newer", "name_en": "NEW FIRM LTD", "number": [""]}
    answer = operator.post("/registry/organisations/new?lang=en", like)
    assert (answer.status_code, 'name="new"' in answer.content.decode()) == (422, True)
    assert operator.post("/registry/organisations/new", like | {"new": "yes"}).status_code == 302
    operator.post(
        "/registry/organisations/new/describe", {"name_en": "Renamed", "scheme": ["duns"], "number": ["150483782"]}
    )
    assert [one.scheme for one in services.organisation("new").identifiers] == ["duns"]
    role = {"role": "exporter", "since": "2025-10-02", "until": "2025-10-01"}
    assert operator.post("/registry/organisations/new/role", role).status_code == 422
    assert operator.post("/registry/organisations/new/role", role | {"until": "2025-10-31"}).status_code == 302
    assert operator.post("/registry/organisations/new/close", {"reason": "Sold"}).status_code == 302
    assert services.organisation("new").closed_on == NOW


def test_a_facility_and_a_licence_through_its_steps(client):
    operator = signed_in(client)
    form = {"organisation": "yard", "facility": "two", "name_en": "Two", "economy": "MYS", "lat": "3", "lon": "101"}
    assert operator.post("/registry/facilities/new", form | {"lat": "x"}).status_code == 422
    assert operator.post("/registry/facilities/new", form | {"capacity": "1200"}).status_code == 302
    assert (
        operator.post("/registry/facilities/two/change", {"name_en": "Two", "operations": ["R12"]}).status_code == 302
    )
    grant = {"holder": "facility:two", "kind": "mys-partial-recovery", "number": "7", "since": "2025-10-01"}
    for more in ({"issued_by": "jpn-moej"}, {"issued_by": "mys-doe", "operations": ["R4"]}, {"issued_by": "mys-doe",
                 "until": "2027-01-01"}):  # fmt: skip
        assert operator.post("/registry/licences/new", grant | more).status_code == 422
    answer = operator.post("/registry/licences/new", grant | {"issued_by": "mys-doe", "operations": ["R12"]})
    address = answer.headers["Location"]
    for step, status in (("suspend", 422), ("suspend", 302), ("suspend", 409), ("resume", 302), ("revoke", 302)):
        text = "" if (step, status) == ("suspend", 422) else "Inspection"
        assert operator.post(f"{address}/step", {"transition": step, "text": text}).status_code == status, step
    assert operator.get(address).status_code == 200


def test_its_own_people_apply_and_the_authority_decides(client):
    yard = signed_in(client, "yard")
    apply = {"holder": "facility:kl", "kind": "mys-partial-recovery", "issued_by": "mys-doe", "text": "New"}
    assert yard.post("/registry/licences/apply", apply | {"holder": "organisation:other"}).status_code in (403, 422)
    address = yard.post("/registry/licences/apply", apply).headers["Location"]
    assert yard.post(f"{address}/step", {"transition": "refuse", "text": "No"}).status_code == 403
    assert yard.get("/registry/organisations/yard/describe").status_code == 200
    assert yard.post("/registry/organisations/other/close", {}).status_code == 404
    foreign = signed_in(client, "jpn-moej")
    assert foreign.post(f"{address}/step", {"transition": "ask", "text": "?"}).status_code == 404
    doe = signed_in(client, "mys-doe")
    assert address.rpartition("/")[2] in doe.get("/registry/").content.decode()
    assert doe.post(f"{address}/step", {"transition": "ask", "text": "Which?"}).status_code == 302
    client.force_login(User.objects.get(username="yard"))
    assert client.post(f"{address}/step", {"transition": "answer", "text": "This"}).status_code == 302
    client.force_login(User.objects.get(username="mys-doe"))
    grant = {"licence": address.rpartition("/")[2], "number": "9", "since": "2025-10-01"}
    assert client.post("/registry/licences/new", grant).status_code == 302
    assert services.licence(grant["licence"]).holds(NOW)


def test_a_stranger_applies_and_somebody_of_its_country_decides(client):
    form = {"name_en": "Fresh", "economy": "MYS", "roles": ["carrier"], "message": "Hello"}
    for missing in ("name_en", "economy", "roles"):
        answer = client.post(
            "/registry/apply", {k: v for k, v in form.items() if k != missing}, REMOTE_ADDR="198.51.100.8"
        )
        assert answer.status_code == 422, missing
    assert client.post("/registry/apply", form | {"roles": ["operator"]}, REMOTE_ADDR="198.51.100.8").status_code == 422
    address = client.post("/registry/apply", form, REMOTE_ADDR="198.51.100.8").headers["Location"]
    assert client.post("/registry/apply", form, REMOTE_ADDR="198.51.100.8").status_code == 429, "five times an hour"
    id = address.rpartition("/")[2]
    assert "waits" in client.get(f"{address}?lang=en").content.decode()
    assert signed_in(client, "jpn-moej").get(f"/registry/applications/{id}").status_code == 404
    doe = signed_in(client, "mys-doe")
    assert doe.post(f"/registry/applications/{id}", {"decision": "refuse"}).status_code == 422
    assert doe.post(f"/registry/applications/{id}", {"decision": ""}).status_code == 422
    decided = doe.post(f"/registry/applications/{id}", {"decision": "grant", "organisation": "fresh"})
    assert decided.status_code == 302
    kept = models.Application.objects.get(id=id).value
    assert (kept.decided_by, kept.wanted.message, kept.organisation) == (
        "organisation:mys-doe",
        "Hello",
        "organisation:fresh",
    )
    assert not models.WaitingApplication.objects.exists()
    assert "admitted" in client.get(f"{address}?lang=en").content.decode()
    assert services.organisation("fresh").roles[0].role == "carrier"


def test_an_organisation_without_a_role_is_told_what_it_lacks(client):
    lacks = beginning.lacks("organisation:other", services.organisation("other"))
    assert [one.url for one in lacks] == ["/registry/apply"]
    page = signed_in(client, "other").get("/organisations/other?lang=en").content.decode()
    assert "It holds no role" in page
    address = client.post("/registry/apply", {"roles": ["dismantler"]}, REMOTE_ADDR="198.51.100.7").headers["Location"]
    operator = signed_in(client)
    operator.post(f"/registry/applications/{address.rpartition('/')[2]}", {"decision": "grant"})
    assert services.organisation("other").roles[0].role == "dismantler"
    words = [one.words.en for one in beginning.lacks("organisation:other", services.organisation("other"))]
    assert any("facility" in one for one in words)
    assert any("licence to dismantle" in one for one in words)


def test_the_first_run_says_what_is_missing_until_it_is_not(client):
    missing = {step.name for step in beginning.steps() if not step.done}
    assert missing == {"exporter", "importer", "smelter", "facility", "carrier", "licences", "people"}
    operator = signed_in(client)
    assert "/registry/next" in operator.get("/").content.decode()
    services.assign("other", "exporter")
    services.admit("smelter", {"en": "Smelter"}, "JPN", ("smelter",))
    services.site("smelter", {"en": "W"}, "JPN", 1, 2, facility="w")
    services.admit("lines", {"en": "Lines"}, "MYS", ("carrier",))
    services.grant("organisation:lines", "waste-carriage", "1", NOW)
    signed_in(client, "lines")
    assert beginning.ready()
    client.force_login(User.objects.get(username="op"))
    assert "/registry/next" not in client.get("/").content.decode()
