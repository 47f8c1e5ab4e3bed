"""Signing in: a new password by mail, codes of an app, recovery codes, passkeys, another service, sessions."""

from __future__ import annotations

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import hotp_value, yield_hotp_counters_from_time
from allauth.socialaccount.models import SocialAccount
from cryptography.hazmat.primitives.asymmetric import rsa
from django.core import mail
from django.core.cache import cache
from django.test import Client
from software_key import SoftwareKey

from meguri.kit.models import AccessNote, User
from meguri.kit.people import access, accounts
from meguri.kit.problems import Refused
from meguri.kit.running.starting import EnvironmentProblem
from meguri.portal import environment

pytestmark = pytest.mark.django_db
PASSWORD = "a long and quiet afternoon"
OTHER = "another long and quiet evening"


@pytest.fixture(autouse=True)
def fresh(settings):
    cache.clear()
    settings.DEMONSTRATION = False


@pytest.fixture
def person() -> User:
    return accounts.create_person("mina", PASSWORD, "mina@example.org")


def sign_in(password: str = PASSWORD, login: str = "mina", client: Client | None = None):
    client = client or Client(raise_request_exception=False)
    return client, client.post("/accounts/login/", {"login": login, "password": password})


def known(client: Client) -> bool:
    return client.get("/").wsgi_request.reader.user is not None


def code(secret: str, steps: int = 0) -> str:
    counters = list(yield_hotp_counters_from_time())
    return f"{hotp_value(secret, counters[0] + steps):06d}"


def confirmed(client: Client) -> None:
    """Show once more who one is, as is asked before factors are changed."""
    assert client.post("/accounts/reauthenticate/", {"password": PASSWORD}).status_code == 302


def enrolled(client: Client) -> str:
    """Set up an app; returns its secret."""
    confirmed(client)
    page = client.get("/accounts/factors/app/begin/")
    assert page.status_code == 200, page.headers
    secret = re.search(r"<code>([A-Z2-7]{16,})</code>", page.content.decode()).group(1)
    assert client.post("/accounts/factors/app/begin/", {"code": "000000"}).status_code == 200
    assert client.post("/accounts/factors/app/begin/", {"code": code(secret)}).status_code == 302
    return secret


def noted() -> set[str]:
    return set(AccessNote.objects.values_list("kind", flat=True))


def test_an_app_is_set_up_and_asked_for_from_then_on(person, django_capture_on_commit_callbacks):
    client, answer = sign_in()
    assert answer.status_code == 302
    with django_capture_on_commit_callbacks(execute=True):
        secret = enrolled(client)
    assert secret not in json.dumps([one.data for one in Authenticator.objects.all()])
    assert mail.outbox[-1].to == ["mina@example.org"]
    cache.clear()
    second, answer = sign_in()
    assert answer.headers["Location"] == "/accounts/factors/authenticate/"
    assert not known(second)
    assert second.get("/accounts/factors/").status_code == 302
    assert second.post("/accounts/factors/authenticate/", {"code": "000000"}).status_code == 200
    assert not known(second)
    assert second.post("/accounts/factors/authenticate/", {"code": code(secret, 1)}).status_code == 302
    assert known(second)
    assert {access.FACTOR_WRONG, access.FACTOR_USED, access.SIGNED_IN} <= noted()


def test_factors_are_kept_under_a_new_secret_like_the_keys(person, settings):
    from meguri.journal.signatures import keyring

    client, _ = sign_in()
    secret = enrolled(client)
    with pytest.raises(Refused):
        keyring.keep_under("no such secret", "x" * 48)
    keyring.keep_under(settings.KEYRING_SECRET, "y" * 48)
    settings.KEYRING_SECRET = "y" * 48
    cache.clear()
    other, _ = sign_in()
    assert other.post("/accounts/factors/authenticate/", {"code": code(secret, 1)}).status_code == 302
    assert known(other)


def test_a_code_serves_once(person):
    client, _ = sign_in()
    secret = enrolled(client)
    cache.clear()
    given = code(secret, 1)
    for expected in (302, 200):
        other, _ = sign_in()
        assert other.post("/accounts/factors/authenticate/", {"code": given}).status_code == expected


def test_a_recovery_code_opens_once(person):
    client, _ = sign_in()
    enrolled(client)
    page = client.get("/accounts/factors/recovery/")
    codes = re.findall(r"<li><code>(\d+)</code></li>", page.content.decode())
    assert len(codes) == 10
    assert codes[0] in client.get("/accounts/factors/recovery/codes.txt").content.decode()
    for expected in (True, False):
        other, _ = sign_in()
        other.post("/accounts/factors/authenticate/", {"code": codes[0]})
        assert known(other) is expected


def test_codes_cannot_be_guessed_by_who_has_the_password(person):
    client, _ = sign_in()
    enrolled(client)
    cache.clear()
    statuses = []
    for n in range(9):
        if n % 3 == 0:
            other, _ = sign_in()
        statuses.append(other.post("/accounts/factors/authenticate/", {"code": f"{n:06d}"}).status_code)
    assert statuses == [200] * 6 + [429] * 3


@pytest.mark.parametrize(
    "at",
    ["app/begin/", "app/end/", "recovery/", "recovery/new/", "recovery/codes.txt", "keys/add/", "keys/"],
)
def test_factors_change_only_for_who_has_just_shown_that_it_is_them(person, at, monkeypatch):
    client, _ = sign_in()
    if at != "app/begin/":
        enrolled(client)
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": 1.0, "username": "mina"}]
    session.save()
    answer = client.get(f"/accounts/factors/{at}")
    if at == "keys/":
        assert answer.status_code == 200
        return
    assert answer.status_code == 302
    assert "reauthenticate" in answer.headers["Location"]
    assert client.get(answer.headers["Location"]).status_code == 200
    wrong = client.post("/accounts/reauthenticate/", {"password": OTHER})
    assert wrong.status_code in (200, 302)
    cache.clear()
    right = client.post(f"/accounts/reauthenticate/?next=/accounts/factors/{at}", {"password": PASSWORD})
    assert right.status_code == 302


def test_a_password_is_reset_through_the_mail_and_ends_all_sessions(person):
    before, _ = sign_in()
    client = Client()
    assert client.post("/accounts/password/reset/", {"email": "mina@example.org"}).status_code == 302
    link = re.search(r"http://testserver(/accounts/password/reset/key/\S+)", mail.outbox[-1].body).group(1)
    page = client.get(link, follow=True)
    at = page.redirect_chain[-1][0]
    assert client.post(at, {"password1": "short", "password2": "short"}).status_code == 200
    assert client.post(at, {"password1": OTHER, "password2": OTHER}).status_code == 302
    assert not known(before)
    assert not known(client)
    assert Client().get(link, follow=True).status_code == 404
    cache.clear()
    assert known(sign_in(OTHER)[0])
    assert not known(sign_in(PASSWORD)[0])
    assert access.PASSWORD in noted()


def test_a_reset_does_not_go_past_the_second_factor(person):
    client, _ = sign_in()
    enrolled(client)
    client = Client()
    client.post("/accounts/password/reset/", {"email": "mina@example.org"})
    link = re.search(r"http://testserver(/accounts/password/reset/key/\S+)", mail.outbox[-1].body).group(1)
    at = client.get(link, follow=True).redirect_chain[-1][0]
    client.post(at, {"password1": OTHER, "password2": OTHER})
    cache.clear()
    other, answer = sign_in(OTHER)
    assert answer.headers["Location"] == "/accounts/factors/authenticate/"
    assert not known(other)


def test_nobody_learns_whether_an_address_has_an_account(person):
    answers = []
    for address in ("mina@example.org", "nobody@example.org"):
        client = Client()
        first = client.post("/accounts/password/reset/", {"email": address})
        page = client.get(first.headers["Location"])
        answers.append((first.status_code, first.headers["Location"], page.status_code, len(page.content)))
    assert answers[0] == answers[1]
    assert [one.to for one in mail.outbox] == [["mina@example.org"]]
    wrong = [sign_in("x" * 20, login)[1] for login in ("mina", "nobody", "mina@example.org", "nobody@example.org")]
    told = [re.sub(r'(value|content)="[^"]*"', "", one.content.decode()) for one in wrong]
    assert told[0] == told[1]
    assert told[2] == told[3]


def test_a_mailbox_is_not_flooded_and_nobody_is_told(person):
    for n in range(12):
        cache.delete("x")
        answer = Client(REMOTE_ADDR=f"10.0.0.{n}").post("/accounts/password/reset/", {"email": "mina@example.org"})
        assert answer.status_code == 302
    assert len(mail.outbox) == 6


def test_mail_that_does_not_go_out_looks_like_mail_that_does(person, settings):
    settings.EMAIL_BACKEND = "tests_support_no_such.Backend"
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    assert Client().post("/accounts/password/reset/", {"email": "mina@example.org"}).status_code == 302


def test_sessions_are_seen_and_ended_by_their_owner_alone(person):
    here, _ = sign_in(client=Client(headers={"user-agent": "Here"}))
    there, _ = sign_in(client=Client(headers={"user-agent": "There"}))
    accounts.create_person("omar", PASSWORD, "")
    foreign, _ = sign_in(login="omar")
    page = here.get("/accounts/sessions/").content.decode()
    assert "There" in page
    number = re.search(r"/accounts/sessions/(\d+)/end", page).group(1)
    assert foreign.post(f"/accounts/sessions/{number}/end").status_code == 404
    assert known(there)
    assert here.post(f"/accounts/sessions/{number}/end").status_code == 302
    assert (known(here), known(there), known(foreign)) == (True, False, True)
    third, _ = sign_in()
    assert here.post("/accounts/sessions/").status_code == 302
    assert (known(here), known(third), known(foreign)) == (True, False, True)
    assert access.ENDED in noted()


def test_a_session_is_another_after_signing_in_and_ends_after_a_working_day(person, settings):
    client = Client()
    client.get("/accounts/login/")
    session = client.session
    session["x"] = 1
    session.save()
    before = session.session_key
    client.cookies["sessionid"] = before
    sign_in(client=client)
    assert client.session.session_key != before
    assert settings.SESSION_COOKIE_AGE == 12 * 3600
    assert 0 < client.session.get_expiry_age() <= 12 * 3600


def test_every_page_of_the_account_is_ours_in_both_languages(person):
    """No page falls back to a template of the library, and no script stands in one."""
    client, _ = sign_in()
    enrolled(client)
    at = ("", "app/end/", "recovery/", "recovery/new/", "keys/", "keys/add/", "reauthenticate/")
    pages = [f"/accounts/factors/{one}" for one in at]
    pages += ["/accounts/sessions/", "/accounts/outside/", "/accounts/password/change/", "/accounts/reauthenticate/"]
    for page in pages:
        for language, word in (("en", "Skip to the content"), ("ja", "本文へ")):
            answer = client.get(page, headers={"accept-language": language})
            html = answer.content.decode()
            assert answer.status_code == 200, page
            assert "<main" in html, page
            assert word[:2] in html, page
            for tag in re.findall(r"<script[^>]*>", html):
                assert "src=" in tag or "application/json" in tag, (page, tag)
            assert not re.search(r"\son\w+=|style=", html), page
    for page in ("/accounts/password/reset/", "/accounts/password/reset/done/", "/accounts/outside/cancelled/"):
        assert "<main" in Client().get(page).content.decode()


def test_the_scripts_of_passkeys_are_served_as_files():
    html = Client().get("/accounts/login/").content.decode()
    found = re.findall(r'<script src="([^"]+)"', html)
    assert [one for one in found if "webauthn" in one]
    for one in found:
        assert Client().get(one).status_code == 200


def test_a_passkey_that_nobody_has_signs_nobody_in():
    client = Client(raise_request_exception=False)
    options = client.get("/accounts/factors/keys/sign-in/", headers={"accept": "application/json"})
    assert "challenge" in options.json()["request_options"]["publicKey"]
    for given in ("", "{}", "null", "[]", '{"id": "x", "rawId": "x", "response": {}, "type": "public-key"}'):
        answer = client.post("/accounts/factors/keys/sign-in/", {"credential": given})
        assert answer.status_code < 500, given
        assert not known(client)


def registered(client, key, **more):
    """Register a security key at its page; the answer."""
    html = client.get("/accounts/factors/keys/add/").content.decode()
    told = json.loads(re.search(r'<script id="js_data" type="application/json">(.*?)</script>', html, re.S).group(1))
    given = {"name": "My key", "passwordless": "on", "credential": key.create(told["creation_options"], **more)}
    return client.post("/accounts/factors/keys/add/", given)


def with_key(key, **more):
    """A browser that signs in with a security key alone; and its answer."""
    client = Client(raise_request_exception=False)
    options = client.get("/accounts/factors/keys/sign-in/", headers={"accept": "application/json"}).json()
    answer = client.post(
        "/accounts/factors/keys/sign-in/", {"credential": key.sign(options["request_options"], **more)}
    )
    return client, answer


def test_a_passkey_is_registered_signs_in_and_is_taken_away(person, settings):
    settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = False  # as in production
    owner, _ = sign_in()
    confirmed(owner)
    key = SoftwareKey("testserver")
    assert registered(owner, key, origin="https://elsewhere.example").status_code == 200, "made for another site"
    assert not known(with_key(key)[0])
    assert registered(owner, key).status_code == 302
    assert "My key" in owner.get("/accounts/factors/keys/").content.decode()
    there, answer = with_key(key)
    assert (answer.status_code, known(there)) == (302, True)
    for wrong in (
        lambda: with_key(key, origin="https://elsewhere.example"),
        lambda: with_key(SoftwareKey("testserver")),
    ):
        client, _ = wrong()
        assert not known(client)
    # What was signed for one challenge opens nothing a second time.
    client = Client(raise_request_exception=False)
    options = client.get("/accounts/factors/keys/sign-in/", headers={"accept": "application/json"}).json()
    signed = key.sign(options["request_options"])
    client.get("/accounts/factors/keys/sign-in/", headers={"accept": "application/json"})
    client.post("/accounts/factors/keys/sign-in/", {"credential": signed})
    assert not known(client)
    number = re.search(r"/accounts/factors/keys/(\d+)/remove/", owner.get("/accounts/factors/keys/").content.decode())[
        1
    ]
    assert owner.post(f"/accounts/factors/keys/{number}/remove/").status_code == 302
    assert not known(with_key(key)[0])


class Issuer(BaseHTTPRequestHandler):
    """Another service that signs people in: as little of OpenID Connect as is asked of it."""

    said: dict[str, object] = {}
    nonce = ""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def do_GET(self):
        base = f"http://{self.headers['Host']}"
        path = urlsplit(self.path).path
        if path.endswith("openid-configuration"):
            self.answer(
                {
                    "issuer": base,
                    "authorization_endpoint": f"{base}/authorize",
                    "token_endpoint": f"{base}/token",
                    "userinfo_endpoint": f"{base}/userinfo",
                    "jwks_uri": f"{base}/keys",
                }
            )
        elif path == "/keys":
            public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
            self.answer({"keys": [public | {"kid": "1", "alg": "RS256"}]})
        else:
            self.answer(self.said)

    def do_POST(self):
        sent = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        if sent.get("code") != ["right"]:
            self.answer({"error": "invalid_grant"}, 400)
            return
        base = f"http://{self.headers['Host']}"
        claims = {"iss": base, "aud": "client", "iat": 1, "exp": 9_999_999_999, **self.said}
        token = jwt.encode(claims, self.key, algorithm="RS256", headers={"kid": "1"})
        self.answer({"access_token": "x", "token_type": "Bearer", "id_token": token})

    def answer(self, what, status=200):
        body = json.dumps(what).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def issuer(settings):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Issuer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    at = f"127.0.0.1:{server.server_port}"
    settings.SOCIALACCOUNT_PROVIDERS = environment.oidc(f"ministry=http://client:secret@{at}?title=Ministry&trust=yes")
    Issuer.said = {"sub": "77", "email": "mina@example.org", "email_verified": True}
    yield at
    server.shutdown()
    server.server_close()


def through(client: Client, code: str = "right"):
    began = client.post("/accounts/outside/ministry/login/")
    asked = parse_qs(urlsplit(began.headers["Location"]).query)
    assert asked["code_challenge_method"] == ["S256"]
    return client.get("/accounts/outside/ministry/login/callback/", {"code": code, "state": asked["state"][0]})


def test_another_service_signs_in_whom_it_knows_by_a_confirmed_address(person, issuer):
    assert "Ministry" in Client().get("/accounts/login/").content.decode()
    client = Client(raise_request_exception=False)
    assert client.get("/accounts/outside/ministry/login/").status_code == 200
    assert through(client).status_code == 302
    assert client.get("/").wsgi_request.reader.user == person
    Issuer.said = {"sub": "77", "email": "changed@example.org", "email_verified": False}
    again = Client(raise_request_exception=False)
    through(again)
    assert again.get("/").wsgi_request.reader.user == person
    assert SocialAccount.objects.count() == 1
    assert access.SIGNED_IN in noted()


@pytest.mark.parametrize(
    "said",
    [
        {"sub": "78", "email": "nobody@example.org", "email_verified": True},
        {"sub": "78", "email": "mina@example.org", "email_verified": False},
        {"sub": "78"},
    ],
)
def test_another_service_makes_no_accounts_and_its_word_counts_only_confirmed(person, issuer, said):
    Issuer.said = said
    client = Client(raise_request_exception=False)
    answer = through(client)
    assert answer.status_code < 500
    assert not known(client)
    assert User.objects.count() == 1
    assert SocialAccount.objects.count() == 0


def test_another_service_does_not_go_past_the_second_factor_nor_a_closed_account(person, issuer):
    client, _ = sign_in()
    enrolled(client)
    other = Client(raise_request_exception=False)
    assert through(other).headers["Location"] == "/accounts/factors/authenticate/"
    assert not known(other)
    User.objects.update(is_active=False)
    third = Client(raise_request_exception=False)
    assert through(third).status_code < 500
    assert not known(third)


def test_a_wrong_code_or_state_signs_nobody_in(person, issuer):
    client = Client(raise_request_exception=False)
    assert through(client, "wrong").status_code < 500
    assert client.get("/accounts/outside/ministry/login/callback/?code=right&state=x").status_code < 500
    assert client.get("/accounts/outside/nobody/login/callback/?code=right&state=x").status_code == 404
    assert not known(client)


def test_other_services_are_named_by_the_surroundings():
    assert environment.oidc("") == {}
    text = "ministry=https://client:sec%2Fret@login.example.go.jp/realm/?title=METI other=https://a:b@c.example"
    first, second = environment.oidc(text)["openid_connect"]["APPS"]
    assert (first["provider_id"], first["name"], first["secret"]) == ("ministry", "METI", "sec/ret")
    assert first["settings"]["server_url"] == "https://login.example.go.jp/realm"
    assert second["settings"]["email_authentication"] is False
    assert environment.oidc_origins(text) == ["https://c.example", "https://login.example.go.jp"]
    for wrong in (
        "x",
        "x=http://a:b@c.example",
        "x=https://c.example",
        "X=https://a:b@c",
        "x=https://a:b@c?trust=perhaps",
    ):
        with pytest.raises(EnvironmentProblem, match="MEGURI_OIDC"):
            environment.oidc(wrong)
