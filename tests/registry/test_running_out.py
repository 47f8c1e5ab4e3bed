"""A licence that runs out counts for nothing from that instant on; who holds it and who issued it are told in time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from meguri.kit.people import identity
from meguri.kit.web import inbox
from meguri.portal.mailing import sending, wishes
from meguri.registry import course, services
from meguri.registry.web import home_page
from tests_support import use_clock

pytestmark = [pytest.mark.django_db, pytest.mark.writes_outside]
NOW = datetime(2026, 1, 10, 3, tzinfo=UTC)
SMELTER, MOEJ, STRANGER = "organisation:smelter", "organisation:jpn-moej", "organisation:stranger"
UNTIL = course.start_of(datetime(2026, 6, 1).date(), "JPN")


@pytest.fixture
def now(settings):
    settings.DEMONSTRATION = False
    settings.ALLOWED_HOSTS = ["testserver"]
    at = [NOW]
    use_clock(lambda: at[0])
    services.admit_authorities(["jpn-moej"])
    for name in (SMELTER, STRANGER):
        services.admit(name, {"en": name.partition(":")[2]}, "JPN", ("smelter",))
    services.site("smelter", {"en": "Works"}, "JPN", 34.5, 134.0, facility="works", operations=["R4"])
    services.grant(
        "facility:works", "jpn-art15-recycler", "15-1", NOW, UNTIL, licence="L1", issued_by="jpn-moej", actor=MOEJ
    )
    yield at
    use_clock(None)


def told(who):
    reader = identity.acting(None, who)
    return [(str(one.title), one.due) for one in inbox.waiting(reader) if "/registry/licences/" in one.url]


def test_owner_and_issuer_are_told_before_it_ends_and_once_it_has(now):
    assert told(SMELTER) == told(MOEJ) == []
    now[0] = UNTIL - home_page.AHEAD
    ((title, due),) = told(SMELTER)
    assert (title, due) == ("Ask for the renewal of the licence 15-1", UNTIL)
    ((title, _),) = told(MOEJ)
    assert "nobody has asked for its renewal" in title
    assert told(STRANGER) == []
    services.step("L1", "ask_renewal", actor=SMELTER)
    assert told(SMELTER) == []
    assert told(MOEJ) == [("Decide on the renewal of the licence 15-1", UNTIL)]
    services.step("L1", "refuse_renewal", "Not all papers came", actor=MOEJ)
    assert services.licence("L1").holds(UNTIL - timedelta(seconds=1))
    now[0] = UNTIL
    assert not services.licence("L1").holds(UNTIL)
    for who in (SMELTER, MOEJ):
        ((title, due),) = told(who)
        assert (title, due) == ("The licence 15-1 has lapsed: its last day was 2026-05-31", None)
    now[0] = UNTIL + home_page.AFTER
    assert told(SMELTER) == told(MOEJ) == []


def test_it_is_shown_as_lapsed_though_nobody_has_declared_it(now, client):
    def page():
        return client.get("/registry/licences/L1?lang=en").content.decode()

    now[0] = UNTIL - timedelta(seconds=1)
    assert ("Lapsed" in page(), "not in force" in page()) == (False, False)
    now[0] = UNTIL
    assert ("Lapsed" in page(), "not in force" in page()) == (True, True)


def test_what_waits_is_mailed_once_by_the_process_that_mails(now, mailoutbox):
    from meguri.kit.people import accounts

    user = accounts.create_person("keeper", "correct horse battery staple", "keeper@example.org")
    accounts.join(user, SMELTER, ("sign",))
    wishes.wish(user, SMELTER, {wishes.WAITING: wishes.IMMEDIATE}, "en", "http://testserver")
    now[0] = UNTIL - home_page.AHEAD
    sending.send()
    sending.send()
    found = [mail for mail in mailoutbox if "Ask for the renewal of the licence 15-1" in mail.body]
    assert len(found) == 1
