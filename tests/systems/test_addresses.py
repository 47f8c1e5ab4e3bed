"""A webhook leads to the open internet and nowhere inside, however the inner address is written or come by."""

from __future__ import annotations

import socket

import pytest

from meguri.kit.problems import Refused
from meguri.systems import addresses
from meguri.systems.models import Webhook

from .conftest import YARD, Caller

INNER = [
    "127.0.0.1", "127.1", "127.255.255.254", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001", "0",
    "0.0.0.0", "10.0.0.1", "10.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "192.168.257", "169.254.169.254",
    "169.254.0.1", "2852039166", "100.64.0.1", "192.0.0.1", "192.0.2.1", "198.18.0.1", "203.0.113.7", "224.0.0.1",
    "240.0.0.1", "255.255.255.255", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::ffff:10.0.0.1]",
    "[::127.0.0.1]", "[64:ff9b::127.0.0.1]", "[64:ff9b::a00:1]", "[64:ff9b:1::1]", "[fe80::1]", "[fe80::1%25lo]",
    "[fc00::1]", "[fd12:3456:789a::1]", "[ff02::1]", "[2001:db8::1]", "[2002:7f00:1::]", "[2002:a00:1::1]",
    "[2001:0:7f00:1::]", "[0:0:0:0:0:0:0:1]", "[fec0::1]", "localhost", "LOCALHOST", "localhost.",
]  # fmt: skip
OPEN = ["8.8.8.8", "1.1.1.1", "[2606:4700:4700::1111]", "[64:ff9b::8.8.8.8]", "[::ffff:8.8.8.8]"]
NOT_WRITTEN = [
    "", "https://", "http://8.8.8.8/", "ftp://8.8.8.8/", "file:///etc/passwd", "gopher://8.8.8.8/", "//8.8.8.8/",
    "https://user@8.8.8.8/", "https://8.8.8.8@127.0.0.1/", "https://user:word@8.8.8.8/", "https://8.8.8.8\\@127.0.0.1/",
    "https://8.8.8.8/ x", "https://8.8.8.8/\r\nHost: x", "https://8.8.8.8:0x50/", "https://8.8.8.8:99999/",
    "https://8.8.8.8:22/", "https://8.8.8.8:80/", "https://8.8.8.8/#x", "https://[::1/", "https://８.8.8.8/",
    "https://8.8.8.8/" + "x" * 500, "javascript:alert(1)", "https://exa mple.com/", "https://\u2488.example/",
]  # fmt: skip


@pytest.mark.parametrize("host", INNER)
def test_an_inner_address_is_refused(host):
    with pytest.raises(Refused) as refused:
        addresses.resolve(f"https://{host}/hook")
    assert refused.value.problems[0].pointer == "/url"
    assert refused.value.problems[0].code in ("inner", "host")


@pytest.mark.parametrize("host", INNER)
def test_each_is_known_as_inner_where_it_resolves(host):
    """Not merely unknown: what a resolver makes of it is looked at."""
    try:
        answers = socket.getaddrinfo(host.strip("[]").replace("%25", "%"), 443, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        pytest.skip("this resolver takes it for a name")
    assert not any(addresses.is_open(str(answer[4][0])) for answer in answers)


@pytest.mark.parametrize("host", OPEN)
def test_an_open_address_is_taken(host):
    found = addresses.resolve(f"https://{host}/hook?x=1")
    assert (found.secure, found.port, found.path) == (True, 443, "/hook?x=1")


@pytest.mark.parametrize("url", NOT_WRITTEN)
def test_what_is_not_written_as_an_address_is_refused(url):
    with pytest.raises(Refused) as refused:
        addresses.resolve(url)
    assert refused.value.problems[0].pointer == "/url"


def resolving(monkeypatch, *peers):
    given = [
        (socket.AF_INET6 if ":" in one else socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, 443)) for one in peers
    ]
    monkeypatch.setattr(addresses.socket, "getaddrinfo", lambda *_, **__: given)


@pytest.mark.parametrize(
    "peers", [("127.0.0.1",), ("8.8.8.8", "10.0.0.1"), ("2606:4700::1", "::1"), ("169.254.169.254",)]
)
def test_a_name_that_resolves_to_an_inner_address_is_refused(monkeypatch, peers):
    """Any of the addresses of a name is enough."""
    resolving(monkeypatch, *peers)
    with pytest.raises(Refused) as refused:
        addresses.resolve("https://hooks.example/")
    assert refused.value.problems[0].code == "inner"


def test_the_address_that_was_looked_at_is_the_one_that_is_spoken_to(monkeypatch):
    """A name that answers otherwise the second time (DNS rebinding) is not asked a second time."""
    resolving(monkeypatch, "8.8.8.8")
    target = addresses.resolve("https://hooks.example:8443/")
    resolving(monkeypatch, "127.0.0.1")
    assert (target.peer, target.host, target.port) == ("8.8.8.8", "hooks.example", 8443)


@pytest.mark.django_db
@pytest.mark.writes_outside
def test_no_webhook_is_set_up_to_an_inner_address(house):
    caller = Caller(YARD)
    for host in ("127.0.0.1", "2130706433", "[::1]", "[::ffff:10.0.0.1]", "169.254.169.254", "localhost"):
        answer = caller.post("/api/webhooks", {"url": f"https://{host}/x"})
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == "/url"
    assert not Webhook.objects.exists()
