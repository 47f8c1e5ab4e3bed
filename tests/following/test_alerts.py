"""What is followed: an answer that packs, days or drafts make another is told once, to whom it concerns."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from types import MappingProxyType
from xml.etree import ElementTree

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client

from meguri.following import looking, services, wording
from meguri.following.models import LawAlert, LawFollow, WatchedLaw
from meguri.kit.people import accounts, identity
from meguri.kit.problems import NotFound, Refused
from meguri.law import Law, Question, verdict
from meguri.law.across import alerts
from meguri.portal import cli
from meguri.portal.mailing import sending, wishes
from meguri.registry import services as registry
from meguri.systems import tokens
from tests_support import use_clock

pytestmark = [pytest.mark.django_db, pytest.mark.writes_outside]
YARD, OTHER = "organisation:yard", "organisation:other"
TODAY = date(2026, 11, 30)
LANE = {"stream": "copper-granules", "origin": "DEU", "destination": "VNM", "operation": "R4"}


@pytest.fixture(autouse=True)
def house(settings):
    settings.DEMONSTRATION = False
    settings.ALLOWED_HOSTS = ["testserver"]
    cache.clear()
    on(TODAY)
    for name in ("yard", "other"):
        registry.admit(name, {"en": name.title()}, "MYS", ("dismantler",))
    yield
    use_clock(None)


def on(day):
    from datetime import UTC, datetime

    use_clock(lambda: datetime(day.year, day.month, day.day, 9, tzinfo=UTC))


def person(name="linh", organisation=YARD):
    user = accounts.create_person(name, "a long sentence to begin with", f"{name}@example.org")
    accounts.join(user, organisation)
    return identity.acting(user, organisation, identity.standing(user)[organisation])


def browser(reader):
    found = Client()
    found.force_login(reader.user)
    return found


def followed(reader, whole=False, **asked):
    return services.follow(reader, *services.of_lane(Question.parse(on=TODAY, **{**LANE, **asked})), whole=whole)


def without(*ids):
    """The law on file without some rules, as older packs might have been."""
    law = Law.load()
    rules = tuple(rule for rule in law.rules if rule.id not in ids)
    stages = {stage: tuple(rule for rule in rules if rule.stage == stage) for stage in law.stages}
    return replace(
        law, rules=rules, stages=MappingProxyType(stages), digest=f"without {' '.join(ids)}"[:60], _near={}, _entries={}
    )


def first_ban():
    """A rule that decides the lane's coming answer."""
    (coming,) = alerts.ahead([Question.parse(on=TODAY, **LANE)], TODAY)
    return date.fromisoformat(coming.on), coming.changes[0]


def test_what_is_known_to_come_is_shown_at_once_and_told_on_its_day_once():
    reader = person()
    row = followed(reader)
    day, change = first_ban()
    shown = wording.follow(services.mine(reader).get(pk=row.pk))
    assert (shown.on, shown.count) == (day, 1)
    assert shown.first.because
    assert looking.look(TODAY) == looking.LookedAgain(0, ())
    on(day)
    (told,) = looking.look(day).told
    assert (told.kind, told.on) == (looking.DATED, day.isoformat())
    assert told.changes[0]["before"]["verdict"] == change.before.verdict
    assert told.changes[0]["after"]["verdict"] == verdict(Question.parse(on=day, **LANE)).verdict
    assert told.changes[0]["because"][0]["rule"] == change.because[0].rule
    assert looking.look(day).told == ()
    assert wording.follow(services.mine(reader).get(pk=row.pk)).on != day


def test_what_is_near_is_told_once_before():
    followed(person())
    day, _ = first_ban()
    near = day - looking.NEAR
    on(near)
    assert [one.kind for one in looking.look(near).told] == [looking.COMING]
    later = date.fromordinal(near.toordinal() + 3)
    on(later)
    assert looking.look(later).told == ()


def test_every_boundary_between_two_looks_is_told_by_its_own_day():
    """A process that stood still for years tells each day for itself."""
    followed(person(), stream="mixed-small-e-waste", origin="DEU", destination="GHA")
    WatchedLaw.objects.update(digest="")
    on(date(2020, 1, 1))
    looking.look(date(2020, 1, 1))
    on(TODAY)
    told = looking.look(TODAY).told
    asked = [Question.parse(on=TODAY, **{**LANE, "stream": "mixed-small-e-waste", "destination": "GHA"})]
    days = [one.on for one in alerts.ahead(asked, date(2020, 1, 1), until=TODAY)]
    assert days
    assert [one.on for one in told if one.kind == looking.DATED] == days


def test_other_packs_are_told_with_what_was_and_because_of_which_text():
    """Every rule that decides the lane today: packs without it, and then with it."""
    reader = person()
    question = Question.parse(on=TODAY, **LANE)
    told = 0
    for ground in verdict(question).grounds:
        old = without(*(rule.id for rule in Law.load().rules if rule.id.split("@")[0] == ground.rule))
        row = followed(reader)
        WatchedLaw.objects.update(digest="")
        looking.look(TODAY, old)
        found = [one for one in looking.look(TODAY).told if one.on == TODAY.isoformat()]
        was, now = alerts.kept(verdict(question, old)), alerts.kept(verdict(question))
        assert bool(found) == (was.decided != now.decided), ground.rule
        for one in found:
            assert (one.kind, one.before, one.after) == (looking.PACK, old.digest, Law.load().digest)
            assert one.changes[0]["before"]["verdict"] == was.verdict
            assert [cause["rule"] for cause in one.changes[0]["because"]] == [ground.rule]
            told += 1
        services.end(reader, row.pk)
    assert told


def test_a_change_that_new_packs_let_come_or_take_back_is_told_with_its_day():
    followed(person())
    day, change = first_ban()
    old = without(*(rule.id for rule in Law.load().rules if rule.id.split("@")[0] == change.because[0].rule))
    WatchedLaw.objects.update(digest="")
    looking.look(TODAY, old)
    (told,) = looking.look(TODAY).told
    assert (told.kind, told.on, told.changes[0]["after"]["verdict"]) == (
        looking.PACK,
        day.isoformat(),
        change.after.verdict,
    )
    (back,) = looking.look(TODAY, old).told
    assert (back.kind, back.on, back.changes[0]["before"]["verdict"]) == (
        looking.PACK,
        day.isoformat(),
        change.after.verdict,
    )


def test_a_stream_that_old_packs_did_not_know_is_no_change():
    services.follow(person(), *services.of_economy("VNM"))
    looking.look(TODAY)
    row = WatchedLaw.objects.get()
    few = dict(list(row.answers.items())[:50])
    WatchedLaw.objects.update(answers=few, digest="before")
    assert looking.look(TODAY).told == ()
    assert len(WatchedLaw.objects.get().answers) == len(alerts.of_economy("VNM", TODAY))


def test_a_question_that_the_law_no_longer_knows_is_said_and_breaks_nothing():
    reader = person()
    row = followed(reader)
    followed(reader, destination="JPN")
    WatchedLaw.objects.filter(pk=row.watched_id).update(
        said={"question": {**LANE, "stream": "fairy-dust"}}, digest="before"
    )
    assert looking.look(TODAY).looked == 1
    assert WatchedLaw.objects.get(pk=row.watched_id).lost
    assert "no longer knows" in browser(reader).get("/following/").content.decode()


def test_a_draft_is_printed_and_told_only_where_that_is_asked(tmp_path, capsys, settings):
    settings.ON_START, settings.CLOCK = (), ""
    followed(person())
    draft = tmp_path / "ban.toml"
    draft.write_text(
        '[[rule]]\nid = "draft.vnm.ban"\nstage = "prohibit"\ndirection = "import"\neffect = "prohibited"\n'
        'economies = ["VNM"]\nstreams = ["copper-granules"]\nfrom = 2027-01-15\ninstrument = "A bill"\n'
        'citation = "A bill Art 1"\nsource = "a test"\nconfidence = "low"\nevidence = "secondary"\nwords = "No more."\n'
    )
    assert cli.main(["law", "alerts", "--with", str(draft), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert [(one["kind"], one["on"], one["draft"]) for one in said["alerts"]] == [("draft", "2027-01-15", "ban")]
    assert said["alerts"][0]["changes"][0]["because"][0]["rule"] == "draft.vnm.ban"
    assert not LawAlert.objects.exists()
    for expected in (1, 0):
        assert cli.main(["law", "alerts", "--with", str(draft), "--tell", "--json"]) == 0
        assert len(json.loads(capsys.readouterr().out)["alerts"]) == expected
    assert LawAlert.objects.get().draft == "ban"
    assert cli.main(["law", "alerts", "--tell"]) == 2
    assert cli.main(["law", "alerts", "--on", "soon"]) == 2
    draft.write_text("[[rule]]\n")
    assert cli.main(["law", "alerts", "--with", str(draft)]) == 2


def told_alert(reader):
    row = followed(reader)
    day, _ = first_ban()
    on(day)
    looking.look(day)
    return row


def test_alerts_are_seen_by_who_followed_before_and_by_nobody_else():
    linh, minh = person(), person("minh")
    told_alert(linh)
    late = followed(minh)
    assert services.alerts_of(linh).count() == 1
    assert services.alerts_of(minh).count() == 0
    assert late.watched_id == services.mine(linh).get().watched_id
    number = LawAlert.objects.get().pk
    assert browser(linh).get(f"/following/alerts/{number}").status_code == 200
    for other in (minh, person("mai", OTHER)):
        assert browser(other).get(f"/following/alerts/{number}").status_code == 404
        with pytest.raises(NotFound):
            services.end(other, services.mine(linh).get().pk)


def test_an_organisation_follows_for_all_its_people_and_systems():
    linh = person()
    followed(linh, whole=True)
    followed(linh)
    text = tokens.make("yard", "a test", ["read"])[1]
    day, _ = first_ban()
    on(day)
    looking.look(day)
    for reader in (linh, person("minh")):
        assert services.alerts_of(reader).count() == 1

    def page(query=""):
        cache.clear()
        return Client().get(f"/api/alerts{query}", headers={"authorization": f"Bearer {text}"}).json()

    first = page()
    assert [line["on"] for line in first["items"]] == [day.isoformat()]
    assert page(f"?after={first['next']}") == {"items": [], "next": first["next"], "more": False}
    assert page("?after=x")["status"] == 422
    own = tokens.make("other", "a test", ["read"])[1]
    assert Client().get("/api/alerts", headers={"authorization": f"Bearer {own}"}).json()["items"] == []


def test_mail_tells_each_alert_once_in_the_persons_language():
    linh = person()
    wishes.wish(linh.user, YARD, {"law": "immediate"}, "ja", "http://testserver")
    told_alert(linh)
    assert sending.send() == (1, 0)
    assert sending.send() == (0, 0)
    (sent,) = mail.outbox
    assert "/following/alerts/" in sent.body
    assert any("\u3040" <= letter <= "\u30ff" for letter in sent.body)


def test_the_process_that_mails_looks_by_itself():
    linh = person()
    followed(linh)
    day, _ = first_ban()
    on(day)
    wishes.wish(linh.user, YARD, {"law": "immediate"}, "en", "http://testserver")
    assert sending.send() == (1, 0)
    assert LawAlert.objects.count() == 1


def test_the_feed_is_read_by_whoever_holds_its_address_until_it_is_taken_back():
    linh = person()
    told_alert(linh)
    page = browser(linh)
    made = page.post("/following/address")
    address = made.context["address"]
    assert made.headers["Cache-Control"] == "no-store"
    answer = Client().get(address)
    tree = ElementTree.fromstring(answer.content)
    assert len(tree.findall("{http://www.w3.org/2005/Atom}entry")) == 1
    page.post("/following/address/withdraw")
    assert Client().get(address).status_code == 404


def test_following_by_the_page():
    linh = person()
    page = browser(linh)
    offered = page.get(
        "/following/?from=DEU&to=VNM&stream=copper-granules&operation=R4&on=2026-01-01&fact=hazardous=false"
    )
    assert offered.context["offered"]
    assert dict(offered.context["sent"])["fact"] == "hazardous=false"
    for form in (dict(offered.context["sent"]), {"economy": "vnm"}, {"stream": "circuit-boards", "whole": "yes"}):
        assert page.post("/following/add", form).status_code == 302
        assert page.post("/following/add", form).status_code == 302
    assert LawFollow.objects.count() == 3
    assert LawFollow.objects.filter(user=None).count() == 1
    for form in ({}, {"economy": "XXX"}, {"stream": "fairy-dust"}, {"from": "DEU", "to": "x", "stream": "cables"}):
        answer = page.post("/following/add", form)
        assert answer.status_code == 422, form
    assert page.post("/following/add", {"case": "NOTHING"}).status_code == 404
    assert page.get("/following/").status_code == 200
    assert page.get("/", headers={"accept-language": "ja"}).status_code == 200
    for row in LawFollow.objects.all():
        page.post(f"/following/{row.pk}/end")
    assert not WatchedLaw.objects.exists()


def test_no_more_is_followed_than_can_be_looked_at(monkeypatch):
    monkeypatch.setattr(services, "MOST", 1)
    linh = person()
    followed(linh)
    followed(linh, whole=True)
    with pytest.raises(Refused):
        followed(linh, destination="JPN")
