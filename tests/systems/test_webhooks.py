"""Webhooks: each act that concerns an organisation once, in order, signed; again after failures, then no more."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import ssl
import threading
import time
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.core.cache import cache
from django.db import connections
from django.test import Client
from django.utils import timezone

from meguri.custody import services as custody
from meguri.kit.models import Membership, User
from meguri.kit.people.identity import Reader
from meguri.kit.web import inbox
from meguri.portal import cli
from meguri.registry import services as registry
from meguri.systems import delivery, hooks
from meguri.systems.models import Webhook

from .conftest import OTHER, YARD, Caller

pytestmark = [pytest.mark.django_db, pytest.mark.writes_outside]


class Receiver(ThreadingHTTPServer):
    """A system that hears: what it was sent, and what it answers next."""

    daemon_threads = True

    def __init__(self):
        self.heard, self.answers, self.slow = [], [], 0.0
        super().__init__(("127.0.0.1", 0), Hears)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/hook?from=meguri"

    def answer(self, *given):
        """Statuses (or headers with one) to answer next; 204 after them."""
        self.answers = list(given)

    @property
    def numbers(self):
        return [message["data"]["number"] for _, _, message in self.heard]


class Hears(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status, headers = 204, {}
        if self.server.answers:
            status = self.server.answers.pop(0)
            if isinstance(status, tuple):
                status, headers = status
        if self.server.slow:
            time.sleep(self.server.slow)
        if 200 <= status < 300:
            self.server.heard.append((dict(self.headers), body, json.loads(body)))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def receiver(house):
    house.WEBHOOKS_INNER = True
    server = Receiver()
    server.house = house
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def collect(who=YARD, grams=1000):
    return custody.collect(who, who.partition(":")[2], "printers", grams)


def hook(receiver, caller=None, **more):
    made = (caller or Caller(YARD)).post("/api/webhooks", {"url": receiver.url, **more})
    assert made.status_code == 201, made.content
    return made.json()["webhook"]["id"], made.json()["secret"]


def due(id):
    """The next attempt is due now."""
    Webhook.objects.filter(pk=id).update(again=timezone.now() - timedelta(seconds=1))


def test_each_act_is_heard_once_in_order_and_signed(receiver):
    collect()
    id, secret = hook(receiver)
    lots = [collect(grams=1000 + n) for n in range(3)]
    collect(OTHER)
    assert delivery.deliver() == 3
    assert delivery.deliver() == 0
    assert [message["data"]["subjects"][1] for _, _, message in receiver.heard] == [f"lot:{lot}" for lot in lots]
    assert receiver.numbers == sorted(receiver.numbers)
    for headers, body, message in receiver.heard:
        assert message["type"] == message["data"]["kind"] == "custody.collect"
        assert message["organisation"] == YARD
        key = base64.b64decode(secret.removeprefix("whsec_"))
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        assert (
            headers["webhook-signature"]
            == "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        )
        assert abs(int(headers["webhook-timestamp"]) - time.time()) < 60
    assert len({headers["webhook-id"] for headers, _, _ in receiver.heard}) == 3
    assert Webhook.objects.get(pk=id).delivered is not None
    assert secret.encode() not in bytes(Webhook.objects.get(pk=id).secret)


def test_the_feed_and_the_webhook_tell_the_same(receiver):
    caller = Caller(YARD)
    hook(receiver, caller, after="0")
    collect()
    delivery.deliver()
    feed = caller.get("/api/feed?limit=200").json()["items"]
    assert [message["data"] for _, _, message in receiver.heard] == feed
    assert [message["cursor"] for _, _, message in receiver.heard] == [str(line["number"]) for line in feed]


def test_a_webhook_is_narrowed_to_kinds(receiver):
    hook(receiver, kinds=["custody.collect"], after="0")
    collect()
    delivery.deliver()
    assert [message["type"] for _, _, message in receiver.heard] == ["custody.collect"]


def test_a_message_that_is_not_taken_is_sent_again_later_and_later(receiver):
    id, _ = hook(receiver)
    collect()
    collect()
    receiver.answer(500, 503, 302)
    waits = []
    for _ in range(3):
        assert delivery.deliver() == 0
        row = Webhook.objects.get(pk=id)
        waits.append(row.again - timezone.now())
        assert (row.off, row.said[:5]) == (None, "HTTP ")
        # Nothing is tried before its time.
        assert delivery.deliver() == 0
        assert Webhook.objects.get(pk=id).failures == row.failures
        due(id)
    assert waits == sorted(waits)
    assert waits[2] > timedelta(minutes=4)
    assert Caller(YARD).get(f"/api/webhooks/{id}").json()["state"] == "failing"
    assert delivery.deliver() == 2
    assert len(receiver.heard) == 2
    row = Webhook.objects.get(pk=id)
    assert (row.failures, row.again, row.said) == (0, None, "")


def test_after_too_many_failures_it_is_switched_off_and_said_so(receiver):
    caller = Caller(YARD)
    id, _ = hook(receiver, caller)
    collect()
    receiver.answer(*[500] * 50)
    attempts = 0
    while Webhook.objects.get(pk=id).off is None:
        due(id)
        delivery.deliver()
        attempts += 1
        assert attempts < 20
    assert attempts == len(delivery.DELAYS) + 1
    assert sum(delivery.DELAYS, timedelta()) > timedelta(days=2)
    assert caller.get(f"/api/webhooks/{id}").json()["state"] == "off"
    told = [one.title.say("en") for one in inbox.waiting(Reader(organisation=YARD)) if one.url == "/systems/"]
    assert told == [f"A webhook was switched off: {receiver.url}"]
    assert not [one for one in inbox.waiting(Reader(organisation=OTHER)) if one.url == "/systems/"]
    user = User.objects.create_user("someone", password="x" * 20)
    Membership.objects.create(user=user, organisation=YARD)
    browser = Client()
    browser.force_login(user)
    page = browser.get("/systems/").content.decode()
    assert "switched off" in page
    assert "too many failures" in page
    assert "HTTP 500" in page
    receiver.answer()
    assert delivery.deliver() == 0
    assert browser.post(f"/systems/webhooks/{id}/switch", {"on": "yes"}).status_code == 302
    assert delivery.deliver() == 1


def test_gone_is_gone(receiver):
    id, _ = hook(receiver)
    collect()
    receiver.answer(410)
    delivery.deliver()
    row = Webhook.objects.get(pk=id)
    assert (row.why, row.off is None) == (hooks.GONE, False)


def test_no_redirect_is_followed(receiver):
    """Neither to another server nor inside: the redirect is an answer that is not 2xx."""
    other = Receiver()
    threading.Thread(target=other.serve_forever, daemon=True).start()
    id, _ = hook(receiver)
    collect()
    receiver.answer((307, {"Location": other.url}), (301, {"Location": "http://169.254.169.254/"}))
    for said in ("HTTP 307", "HTTP 301"):
        assert delivery.deliver() == 0
        assert Webhook.objects.get(pk=id).said == said
        due(id)
    assert other.heard == []
    other.shutdown()
    other.server_close()


def test_an_address_that_leads_inside_by_now_is_switched_off_without_a_word_to_it(receiver, settings):
    id, _ = hook(receiver)
    collect()
    settings.WEBHOOKS_INNER = False
    Webhook.objects.filter(pk=id).update(url=receiver.url.replace("http://", "https://"))
    assert delivery.deliver() == 0
    row = Webhook.objects.get(pk=id)
    assert (row.why, row.off is None) == (hooks.INNER, False)
    assert receiver.heard == []
    assert Caller(YARD).post(f"/api/webhooks/{id}/on").status_code == 422


def test_who_answers_slowly_or_never_is_left(receiver, monkeypatch):
    id, _ = hook(receiver)
    collect()
    monkeypatch.setattr(delivery, "ANSWER_S", 0.5)
    receiver.slow = 3.0
    began = time.monotonic()
    assert delivery.deliver() == 0
    assert time.monotonic() - began < 2.5
    assert Webhook.objects.get(pk=id).failures == 1


def test_who_answers_byte_by_byte_is_left(house, monkeypatch):
    """The whole answer has its time, not each byte of it."""
    import socket

    house.WEBHOOKS_INNER = True
    monkeypatch.setattr(delivery, "ANSWER_S", 1.0)
    listening = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def drip():
        one, _ = listening.accept()
        one.sendall(b"HTTP/1.1 200 OK\r\nX: ")
        while not stop.wait(0.1):
            try:
                one.sendall(b"x")
            except OSError:
                return

    threading.Thread(target=drip, daemon=True).start()
    made = Caller(YARD).post("/api/webhooks", {"url": f"http://127.0.0.1:{listening.getsockname()[1]}/"}).json()
    collect()
    began = time.monotonic()
    assert delivery.deliver() == 0
    assert time.monotonic() - began < 5
    assert Webhook.objects.get(pk=made["webhook"]["id"]).failures == 1
    stop.set()
    listening.close()


def certificate(folder, name):
    """A certificate of its own making for a host, and its key, in one file."""
    from datetime import UTC, datetime

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{name}.pem"
    plain = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(plain + made.public_bytes(serialization.Encoding.PEM))
    return file


@pytest.mark.parametrize(
    ("name", "trusted", "heard"), [("localhost", True, 1), ("localhost", False, 0), ("other", True, 0)]
)
def test_a_certificate_is_that_of_the_host_and_trusted(house, monkeypatch, tmp_path, name, trusted, heard):
    house.WEBHOOKS_INNER = True
    file = certificate(tmp_path, name)
    server = Receiver()
    secured = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    secured.load_cert_chain(file)
    server.socket = secured.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    known = ssl.create_default_context(cafile=str(file) if trusted else None)
    monkeypatch.setattr(delivery.ssl, "create_default_context", lambda: known)
    made = Caller(YARD).post("/api/webhooks", {"url": f"https://localhost:{server.server_port}/"})
    assert made.status_code == 201
    collect()
    assert delivery.deliver() == heard == len(server.heard)
    assert ("CERTIFICATE" in Webhook.objects.get().said.upper()) == (not heard)
    server.shutdown()
    server.server_close()


def test_by_command(receiver, capsys):
    # The tests' record was founded as a demonstration's, and commands open it in no other mode.
    receiver.house.DEMONSTRATION = True
    id, secret = hook(receiver)
    collect()
    assert cli.main(["webhooks", "deliver", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"sent": 1}
    assert cli.main(["webhooks", "list", "--json"]) == 0
    told = capsys.readouterr().out
    assert json.loads(told)["id"] == id
    assert secret not in told
    assert cli.main(["webhooks", "list"]) == 0
    assert receiver.url in capsys.readouterr().out


def test_replayed_from_a_cursor(receiver):
    caller = Caller(YARD)
    id, _ = hook(receiver, caller)
    for _ in range(3):
        collect()
    delivery.deliver()
    numbers = receiver.numbers
    ids = [headers["webhook-id"] for headers, _, _ in receiver.heard]
    assert caller.post(f"/api/webhooks/{id}/replay", {"after": str(numbers[0])}).status_code == 200
    assert delivery.deliver() == 2
    assert receiver.numbers == [*numbers, *numbers[1:]]
    # The same message has the same id, so that a receiver knows it again.
    assert [headers["webhook-id"] for headers, _, _ in receiver.heard[3:]] == ids[1:]
    assert caller.post(f"/api/webhooks/{id}/replay", {"after": "x"}).status_code == 422


def test_a_closed_organisation_hears_nothing(receiver):
    id, _ = hook(receiver)
    collect()
    registry.close(YARD)
    assert delivery.deliver() == 0
    assert Webhook.objects.get(pk=id).why == hooks.CLOSED


def test_one_that_fails_holds_up_no_other(receiver):
    other = Receiver()
    threading.Thread(target=other.serve_forever, daemon=True).start()
    hook(receiver)
    hook(other)
    collect()
    receiver.answer(*[500] * 9)
    assert delivery.deliver() == 1
    assert len(other.heard) == 1
    other.shutdown()
    other.server_close()


def test_a_webhook_that_somebody_delivers_is_left_to_them(receiver):
    id, _ = hook(receiver)
    collect()
    Webhook.objects.filter(pk=id).update(until=timezone.now() + timedelta(seconds=60))
    assert delivery.deliver() == 0
    # Who held it is gone.
    Webhook.objects.filter(pk=id).update(until=timezone.now() - timedelta(seconds=1))
    assert delivery.deliver() == 1


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_two_at_once_send_it_once(receiver):
    hook(receiver)
    for n in range(20):
        collect(grams=1000 + n)

    def send():
        delivery.deliver()
        connections.close_all()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    delivery.deliver()
    assert len(receiver.numbers) == len(set(receiver.numbers)) == 20


def test_switched_off_while_it_is_delivered_stays_off(receiver, monkeypatch):
    id, _ = hook(receiver)
    collect()
    collect()
    whole = delivery.send

    def sending(row, item):
        whole(row, item)
        hooks.switch(YARD, id, False)

    monkeypatch.setattr(delivery, "send", sending)
    assert delivery.deliver() == 1
    assert Webhook.objects.get(pk=id).why == hooks.BY_HAND
    assert delivery.deliver() == 0


def test_a_webhook_is_its_organisations_alone(receiver):
    id, _ = hook(receiver)
    other = Caller(OTHER)
    assert other.get("/api/webhooks").json() == {"items": [], "next": None}
    for method, rest in (("GET", ""), ("DELETE", ""), ("POST", "/on"), ("POST", "/off"), ("POST", "/replay")):
        body = {"after": "0"} if rest == "/replay" else None
        assert other(method, f"/api/webhooks/{id}{rest}", body).status_code == 404
    assert Caller(YARD)("DELETE", f"/api/webhooks/{id}").status_code == 204
    assert not Webhook.objects.exists()


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, ""), ({"url": 1}, "/url"), ({"url": "https://8.8.8.8/", "kinds": ["no.kind"]}, "/kinds/0"),
        ({"url": "https://8.8.8.8/", "after": "x"}, "/after"), ({"url": "https://8.8.8.8/", "x": 1}, ""),
        ({"url": "https://8.8.8.8/", "purpose": "\n"}, "/purpose"), ({"url": "x"}, "/url"),
    ],
)  # fmt: skip
def test_what_is_no_webhook_is_refused(house, body, pointer):
    answer = Caller(YARD).post("/api/webhooks", body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert not Webhook.objects.exists()


def test_webhooks_are_bounded(receiver):
    caller = Caller(YARD)
    for _ in range(hooks.MOST):
        hook(receiver, caller)
    assert caller.post("/api/webhooks", {"url": receiver.url}).status_code == 422


def test_secrets_follow_the_keyring(receiver, settings):
    from meguri.journal.signatures import keyring

    _, secret = hook(receiver)
    new = "another secret that is long enough to be one"
    keyring.keep_under(settings.KEYRING_SECRET, new)
    settings.KEYRING_SECRET = new
    collect()
    assert delivery.deliver() == 1
    headers, body, _ = receiver.heard[0]
    at = int(headers["webhook-timestamp"])
    assert headers["webhook-signature"] == hooks.signature(secret, headers["webhook-id"], at, body)


def test_people_set_up_replay_and_remove_webhooks(receiver):
    user = User.objects.create_user("someone", password="x" * 20)
    Membership.objects.create(user=user, organisation=YARD)
    browser = Client()
    browser.force_login(user)
    page = browser.post("/systems/webhooks", {"url": receiver.url})
    assert page.status_code == 200
    assert "whsec_" in page.content.decode()
    assert "whsec_" not in browser.get("/systems/").content.decode()
    row = Webhook.objects.get()
    collect()
    delivery.deliver()
    cache.clear()
    assert browser.post(f"/systems/webhooks/{row.id}/replay", {"after": str(row.cursor)}).status_code == 302
    assert delivery.deliver() == 1
    assert len(receiver.heard) == 2
    assert browser.post("/systems/webhooks", {"url": "https://10.0.0.1/"}).status_code in (200, 422)
    assert browser.post(f"/systems/webhooks/{row.id}/remove").status_code == 302
    assert not Webhook.objects.filter(pk=row.id).exists()
