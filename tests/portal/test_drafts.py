"""What waits for a signature: forms of who may only prepare, and acts for which an office wants four eyes."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from django.core.cache import cache
from django.test import Client

from meguri.custody.models import Lot
from meguri.journal import services as journal
from meguri.journal.models import Private
from meguri.kit.models import FormDraft, User
from meguri.kit.people import accounts
from meguri.registry import services as registry
from tests_support import use_clock

pytestmark = pytest.mark.django_db
YARD, OTHER = "organisation:yard", "organisation:other"


@pytest.fixture(autouse=True)
def admitted(settings):
    settings.DEMONSTRATION = False
    cache.clear()
    use_clock(lambda: datetime(2025, 10, 1, 3, tzinfo=UTC))
    for name in ("yard", "other"):
        registry.admit(name, {"en": name}, "MYS", ("dismantler",))
        registry.site(name, {"en": f"{name} works"}, "MYS", 5.4, 100.4, facility=f"{name}-works")
    yield
    use_clock(None)


def person(name: str, *held: str, organisation: str = YARD) -> Client:
    user = accounts.create_person(name, "a long and quiet afternoon", "")
    accounts.join(user, organisation, held)
    client = Client(raise_request_exception=False)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def take_in(client: Client, mass: str = "12.5"):
    page = client.get("/lots/take-in").content.decode()
    hidden = dict(re.findall(r'name="(as_lot|as_event|nonce)" value="(\w+)"', page))
    sent = {"stream": "mixed-small-e-waste", "mass_kg": mass, "facility": "yard-works", **hidden}
    return client.post("/lots/take-in", sent)


def beside() -> dict[str, str]:
    """Who is kept beside the newest act."""
    return dict(Private.objects.filter(act_id=journal.recent(1)[0].id).values_list("name", "value"))


def test_what_a_preparer_sends_waits_until_somebody_signs_it():
    preparer, signer = person("mina", "prepare"), person("omar", "sign")
    before = journal.recent(1)[0].number
    answer = take_in(preparer)
    assert answer.status_code == 302
    at = answer.headers["Location"]
    assert at.startswith("/drafts/")
    assert Lot.objects.count() == 0
    page = preparer.get(at).content.decode()
    assert "12500" in page
    assert "mina" in page
    assert "Sign it" not in page
    assert preparer.post(f"{at}/sign").status_code == 403
    assert at in signer.get("/drafts/").content.decode()
    assert "Sign it" in signer.get(at).content.decode()
    signed = signer.post(f"{at}/sign")
    assert signed.status_code == 302
    assert Lot.objects.get().mass_g == 12_500
    assert journal.recent(1)[0].number > before
    assert beside() == {"person": "omar", "prepared": "mina"}
    assert signer.post(f"{at}/sign").status_code == 404
    assert signer.get(at).status_code == 404
    assert Lot.objects.count() == 1


def test_what_would_be_refused_is_refused_to_who_prepares_it():
    preparer = person("mina", "prepare")
    before = journal.recent(1)[0].number
    assert take_in(preparer, "heavy").status_code == 422
    page = preparer.get("/lots/take-in").content.decode()
    hidden = dict(re.findall(r'name="(as_lot|as_event|nonce)" value="(\w+)"', page))
    sent = {"stream": "mixed-small-e-waste", "mass_kg": "1", "facility": "other-works", **hidden}
    assert preparer.post("/lots/take-in", sent).status_code in (404, 422)
    assert FormDraft.objects.count() == 0
    # The key with which the service speaks may have been enrolled; nothing else was said.
    assert {one.act.kind for one in journal.recent(9) if one.number > before} <= {"journal.enrol_key"}


def test_what_is_refused_when_it_is_signed_goes_on_waiting_and_says_why():
    preparer, signer = person("mina", "prepare"), person("omar", "sign")
    at = take_in(preparer).headers["Location"]
    registry.close(YARD)
    answer = signer.post(f"{at}/sign")
    assert answer.status_code >= 400
    assert answer.status_code < 500
    assert Lot.objects.count() == 0
    assert signer.get(at).status_code == 200


def test_four_eyes_hold_what_one_alone_signs_until_another_does():
    keeper, first, second = person("nur", "administer"), person("mina", "sign"), person("omar", "sign")
    assert keeper.post("/organisation/four-eyes", {"kinds": ["custody.collect"]}).status_code == 302
    assert first.post("/organisation/four-eyes", {"kinds": []}).status_code == 403
    at = take_in(first).headers["Location"]
    assert at.startswith("/drafts/")
    assert "a second person" in first.get(at).content.decode()
    assert first.post(f"{at}/sign").status_code == 403
    assert second.post(f"{at}/sign").status_code == 302
    assert beside() == {"person": "omar", "prepared": "mina"}
    assert keeper.post("/organisation/four-eyes", {"kinds": ["custody.no_such"]}).status_code == 422
    assert keeper.post("/organisation/four-eyes", {"kinds": []}).status_code == 302
    assert not take_in(first).headers["Location"].startswith("/drafts/")


def test_four_eyes_have_seen_what_one_prepared_and_another_signs():
    keeper, preparer, signer = person("nur", "administer"), person("mina", "prepare"), person("omar", "sign")
    keeper.post("/organisation/four-eyes", {"kinds": ["custody.collect"]})
    at = take_in(preparer).headers["Location"]
    # Two persons have seen it: who filled it in, and who signs.
    assert signer.post(f"{at}/sign").status_code == 302
    assert Lot.objects.count() == 1


def test_a_draft_is_its_organisations_alone_and_can_be_put_away():
    preparer, signer, foreign = (
        person("mina", "prepare"),
        person("omar", "sign"),
        person("siti", "sign", organisation=OTHER),
    )
    at = take_in(preparer).headers["Location"]
    reader = person("dan", "read")
    for client, status in ((foreign, 404), (reader, 403), (Client(), 302)):
        assert client.get(at).status_code == status
        assert client.post(f"{at}/sign").status_code == status
        assert client.post(f"{at}/away").status_code == status
    assert at not in foreign.get("/drafts/").content.decode()
    assert preparer.post(f"{at}/away").status_code == 302
    assert signer.post(f"{at}/sign").status_code == 404
    assert Lot.objects.count() == 0


def test_who_prepared_stays_named_when_the_account_is_gone():
    preparer, signer = person("mina", "prepare"), person("omar", "sign")
    at = take_in(preparer).headers["Location"]
    User.objects.get(username="mina").delete()
    assert "mina" in signer.get(at).content.decode()
    assert signer.post(f"{at}/sign").status_code == 302
    assert beside()["prepared"] == "mina"
