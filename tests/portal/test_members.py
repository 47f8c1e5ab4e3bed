"""An organisation's own people: roles, invitations, changing and ending memberships; and what roles may sign."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client

from meguri.journal import kinds
from meguri.journal import services as journal
from meguri.kit.models import Invitation, Membership, User
from meguri.kit.people import accounts, duties, identity, rights
from meguri.kit.problems import NotAllowed
from meguri.portal.cli import main
from meguri.registry import services as registry

pytestmark = pytest.mark.django_db
OWN, OTHER = "organisation:penang-recovery", "organisation:selangor-smelter"
PASSWORD = "a long and quiet afternoon"


@pytest.fixture
def admitted():
    cache.clear()
    journal.ensure_node()
    for short in ("penang-recovery", "selangor-smelter"):
        registry.admit(short, {"en": short}, "MYS", ["dismantler"])


def person(name: str, *held: str, organisation: str = OWN) -> User:
    user = accounts.create_person(name, PASSWORD, f"{name}@example.org")
    if held:
        accounts.join(user, organisation, held)
    return user


def client_of(user: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def keeper(admitted) -> Client:
    return client_of(person("mina", "administer"))


def invited(client: Client, **changed):
    answer = client.post(
        "/organisation/people/invite", {"email": "new@example.org", "duties": ["prepare", "driver"]} | changed
    )
    if answer.status_code != 302:
        return answer
    return re.search(r"https?://testserver(/invitation/\S+)", mail.outbox[-1].body).group(1)


def test_every_role_signs_what_its_table_says_and_no_kind_more():
    named = {kind.name for kind in kinds.every()}
    for duty in duties.duties().values():
        assert duty.signs - {duties.ALL_KINDS} <= named
        assert bool(duty.signs) == (duties.SIGN in duty.may)
        reader = identity.Reader(User(username="x"), OWN, "X", duties=(duty.duty,))
        for kind in sorted(named):
            with rights.reading(reader):
                may = duty.signs & {kind, duties.ALL_KINDS}
                if may:
                    assert rights.require_signing(OWN, [kind]) is None
                elif duties.PREPARE in duty.may:
                    assert rights.require_signing(OWN, [kind]).why == rights.HeldForm.ROLE
                else:
                    with pytest.raises(NotAllowed):
                        rights.require_signing(OWN, [kind])
                with pytest.raises(NotAllowed):
                    rights.require_signing(OTHER, [kind])
    rights.require_signing(OWN, ["registry.close"])


def test_nothing_is_said_for_somebody_who_may_not_whatever_page_asks(admitted):
    """The door is the journal's own: a service that is called while a reader's request is answered meets it."""
    for held, may in (("read",), False), (("prepare",), False), (("driver",), False), (("sign",), True):
        reader = identity.acting(person("-".join(held), *held), OWN)
        with rights.reading(reader):
            if may:
                assert registry.close(OWN)
            elif held == ("prepare",):
                with pytest.raises(rights.HeldForm):
                    registry.close(OWN)
            else:
                with pytest.raises(NotAllowed, match="Signatory"):
                    registry.close(OWN)


def test_an_invitation_makes_an_account_once(keeper):
    link = invited(keeper, until="2999-12-31")
    assert mail.outbox[-1].to == ["new@example.org"]
    assert link.rpartition("/")[2] not in str(Invitation.objects.values_list())
    stranger = Client(raise_request_exception=False)
    page = stranger.get(link)
    assert page.status_code == 200
    assert "no-store" in page.headers["Cache-Control"]
    assert "Preparer" in page.content.decode()
    sent = {"username": "nur", "password1": PASSWORD, "password2": PASSWORD + "!"}
    wrong = stranger.post(link, sent)
    assert wrong.status_code == 422
    assert 'href="#password2"' in wrong.content.decode()
    assert stranger.post(link, sent | {"password1": "short", "password2": "short"}).status_code == 422
    assert stranger.post(link, sent | {"password2": PASSWORD}).status_code == 302
    reader = stranger.get("/").wsgi_request.reader
    assert (reader.organisation, set(reader.duties)) == (OWN, {"prepare", "driver"})
    assert Membership.objects.get(user__username="nur").until.year in (2999, 3000)
    assert User.objects.get(username="nur").email == "new@example.org"
    for client in (Client(raise_request_exception=False), stranger):
        assert client.get(link).status_code == 404
        assert client.post(link, sent | {"username": "nur2", "password2": PASSWORD}).status_code == 404
    assert not User.objects.filter(username="nur2").exists()


def test_who_has_an_account_accepts_with_it_and_keeps_the_roles_there_were(keeper):
    other = person("omar", "sign", organisation=OTHER)
    accounts.join(other, OWN, ("read",))
    client = client_of(other)
    assert client.post(invited(keeper)).status_code == 302
    reader = client.get("/").wsgi_request.reader
    assert reader.organisation == OWN
    assert set(reader.duties) == {"read", "prepare", "driver"}
    assert client.post("/act-for", {"organisation": OTHER}).status_code == 302
    assert client.get("/").wsgi_request.reader.duties == ("sign",)


def test_an_invitation_that_was_withdrawn_or_has_expired_opens_nothing(keeper):
    first, second = invited(keeper), invited(keeper)
    newest, oldest = Invitation.objects.order_by("-pk")
    assert keeper.post(f"/organisation/people/invitations/{oldest.pk}/withdraw").status_code == 302
    assert keeper.post(f"/organisation/people/invitations/{oldest.pk}/withdraw").status_code == 404
    Invitation.objects.filter(pk=newest.pk).update(expires=datetime.now(UTC) - timedelta(seconds=1))
    somebody = client_of(person("somebody"))
    for link in (first, second, "/invitation/x"):
        assert Client().get(link).status_code == 404
        assert somebody.post(link).status_code == 404


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"email": "nobody"}, "email"),
        ({"email": "a@example.org\nBcc: b@example.org"}, "email"),
        ({"duties": []}, "duties"),
        ({"duties": ["king"]}, "duties"),
        ({"until": "2020-01-01"}, "until"),
        ({"until": "soon"}, "until"),
    ],
)
def test_what_is_wrong_with_an_invitation_is_named(keeper, changed, field):
    answer = invited(keeper, **changed)
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.content.decode()
    assert mail.outbox == []


def test_mail_that_does_not_go_out_invites_nobody(keeper, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    assert invited(keeper).status_code == 409
    assert keeper.get("/organisation/people").context["invitations"] == []


def test_members_are_changed_and_ended_by_their_own_organisation_alone(keeper):
    other = person("siti", "sign")
    client = client_of(other)
    number = Membership.objects.get(user=other).pk
    foreign = client_of(person("omar", "administer", organisation=OTHER))
    for what in ("change", "end"):
        assert foreign.post(f"/organisation/people/{number}/{what}", {"duties": ["read"]}).status_code == 404
        assert client.post(f"/organisation/people/{number}/{what}", {"duties": ["read"]}).status_code == 403
    assert keeper.post(f"/organisation/people/{number}/change", {"duties": ["read", "driver"]}).status_code == 302
    assert client.get("/").wsgi_request.reader.duties == ("read", "driver")
    assert keeper.post(f"/organisation/people/{number}/change", {"duties": []}).status_code == 422
    assert keeper.post(f"/organisation/people/{number}/end").status_code == 302
    assert client.get("/").wsgi_request.reader.organisation is None
    assert keeper.post(f"/organisation/people/{number}/end").status_code == 404


def test_an_organisation_never_loses_its_last_administrator(keeper):
    own = Membership.objects.get(user__username="mina")
    for what, sent in (
        ("change", {"duties": ["sign"]}),
        ("change", {"duties": ["administer"], "until": "2999-01-01"}),
        ("end", {}),
    ):
        assert keeper.post(f"/organisation/people/{own.pk}/{what}", sent).status_code == 409
    second = person("siti", "administer", "sign")
    second.is_active = False
    second.save()
    assert keeper.post(f"/organisation/people/{own.pk}/end").status_code == 409
    second.is_active = True
    second.save()
    assert keeper.post(f"/organisation/people/{own.pk}/end").status_code == 302


def test_whoever_is_removed_while_a_form_is_open_sends_it_in_vain(keeper):
    """The form was shown; then the membership ends, or the account is closed. Nothing comes of sending it."""
    sent = {"stream": "laptops", "mass_kg": "10"}
    member, closed = person("siti", "sign"), person("nur", "sign")
    for user in (member, closed):
        assert client_of(user).get("/lots/take-in").status_code == 200
    open_form, open_form_of_closed = client_of(member), client_of(closed)
    keeper.post(f"/organisation/people/{Membership.objects.get(user=member).pk}/end")
    User.objects.filter(pk=closed.pk).update(is_active=False)
    before = journal.recent(1)[0].number
    answer = open_form.post("/lots/take-in", sent)
    assert answer.status_code == 403
    assert "acts for no organisation" in answer.content.decode()
    answer = open_form_of_closed.post("/lots/take-in", sent)
    assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (302, "/accounts/login/")
    assert journal.recent(1)[0].number == before


def test_a_form_that_its_reader_may_not_send_is_not_shown(admitted):
    assert "/lots/take-in" in client_of(person("siti", "sign")).get("/lots/").content.decode()
    assert "/lots/take-in" not in client_of(person("nur", "read")).get("/lots/").content.decode()


def test_a_driver_comes_home_to_movements_alone(admitted, monkeypatch):
    from meguri.kit.web import inbox

    lines = [inbox.Waiting("T", None, "", "", at) for at in ("/movements/x", "/cases/x", "/lots/x", "/nowhere/x")]
    monkeypatch.setattr(inbox, "waiting", lambda reader: lines)
    monkeypatch.setattr(inbox, "followed", lambda reader: [])
    told = client_of(person("dan", "driver")).get("/").context["waiting"]
    assert [one.url for one in told] == ["/movements/x"]
    assert len(client_of(person("siti", "read")).get("/").context["waiting"]) == 4


def test_the_operator_makes_the_first_one_by_command(admitted, monkeypatch, capsys):
    monkeypatch.setenv("MEGURI_PASSWORD", PASSWORD)
    assert main(["person", "add", "first", "--organisation", OWN, "--json"]) == 0
    assert main(["person", "join", "first", "--organisation", OTHER, "--role", "read", "--role", "driver"]) == 0
    capsys.readouterr()
    assert main(["person", "list", "--json"]) == 0
    told = capsys.readouterr().out
    assert '"roles": ["sign", "administer"]' in told
    assert '"roles": ["read", "driver"]' in told
    assert main(["person", "end", "first", "--organisation", OTHER]) == 0
    assert main(["person", "end", "first", "--organisation", OTHER]) == 2
    assert main(["person", "join", "first", "--organisation", "organisation:nobody"]) == 2
    assert main(["person", "join", "first", "--organisation", OWN, "--role", "king"]) == 2
    assert main(["person", "join", "nobody", "--organisation", OWN]) == 2
    assert identity.standing(User.objects.get(username="first")) == {OWN: ("sign", "administer")}


def test_who_is_no_person_may_what_the_house_may():
    assert rights.present() is None
    with rights.reading(identity.Reader(organisation=OWN)):
        rights.require_signing(OTHER, ["registry.close"])
