"""Questions about a facility: answered on its page, shown with who says so and until when, and gone after that day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from meguri.kit.models import Membership
from meguri.registry import services, vocabulary
from tests_support import use_clock

pytestmark = pytest.mark.django_db
NOW = datetime(2025, 10, 1, 3, tzinfo=UTC)
ADDRESS = "/registry/facilities/works/checks/basel-esm"


@pytest.fixture(autouse=True)
def cast(settings):
    settings.DEMONSTRATION = False
    use_clock(lambda: NOW)
    services.admit("smelter", {"en": "Smelter Ltd"}, "JPN", ("smelter",))
    services.site("smelter", {"en": "Works"}, "JPN", 34, 135, facility="works")
    services.admit("auditor", {"en": "Auditor Ltd"}, "JPN", ("auditor",))
    services.admit("other", {"en": "Other Ltd"}, "JPN", ("smelter",))
    yield
    use_clock(None)


def signed_in(name) -> Client:
    user = get_user_model().objects.create_user(username=name, password="x" * 20)
    Membership.objects.create(user=user, organisation=f"organisation:{name}")
    client = Client()
    client.force_login(user)
    return client


def test_what_is_answered_is_shown_with_who_says_so_until_its_day():
    sent = {
        "answer-basel-esm.1": "yes", "evidence-basel-esm.1": "Licence 7", "answer-basel-esm.2": "no",
        "answer-basel-esm.6": "not_applicable", "until": "2026-01-31",
    }  # fmt: skip
    assert signed_in("smelter").post(ADDRESS, sent).status_code == 302
    auditor = signed_in("auditor")
    assert auditor.post(ADDRESS, sent | {"answer-basel-esm.1": "no"}).status_code == 302
    html = Client().get("/registry/facilities/works?lang=en").content.decode()
    assert "1 of 7 met" in html
    assert "0 of 7 met" in html
    assert "(of itself)" in html
    assert "Auditor Ltd" in html
    ja = Client().get("/registry/facilities/works?lang=ja").content.decode()
    assert "7 項目中 1 項目に適合" in ja
    use_clock(lambda: NOW + timedelta(days=200))
    assert services.checks("works") == {}


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"evidence-basel-esm.1": ""}, "evidence-basel-esm.1"),
        ({"answer-basel-esm.1": ""}, "until"),
        ({"until": "2025-10-01"}, "until"),
        ({"until": "2031-01-01"}, "until"),
        ({"until": ""}, "until"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(more, field):
    sent = {"answer-basel-esm.1": "yes", "evidence-basel-esm.1": "Licence 7", "until": "2026-01-31", **more}
    answer = signed_in("smelter").post(ADDRESS, sent)
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.content.decode()


def test_others_do_not_answer_and_lists_of_another_economys_law_are_not_asked():
    other = signed_in("other")
    assert other.get(ADDRESS).status_code == 404
    assert other.post(ADDRESS, {"until": "2026-01-31"}).status_code == 404
    html = signed_in("smelter").get("/registry/facilities/works").content.decode()
    assert "checks/basel-esm" in html
    assert "checks/mys-recovery" not in html


def test_every_question_is_of_a_scheme_and_every_scheme_asks():
    assert {one.scheme for one in vocabulary.esm_checks().values()} == set(vocabulary.esm_schemes())
