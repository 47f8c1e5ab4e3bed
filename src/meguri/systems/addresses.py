"""Where a webhook may lead: to the open internet, and nowhere inside. What a name resolves to is looked at, each time,
and the connection goes to the very address that was looked at.
"""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from meguri.kit.problems import N_, MeguriError, refuse

LONGEST = 500
LOWEST_PORT = 1024
"""Below it only 443: nothing else there expects a webhook."""
TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")
SIX_TO_FOUR, TEREDO = ipaddress.IPv6Network("2002::/16"), ipaddress.IPv6Network("2001::/32")
COMPATIBLE = ipaddress.IPv6Network("::/96")
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True)
class HookTarget:
    """Where a message goes: the parts of its address, and an address of the network that was looked at."""

    secure: bool
    host: str
    port: int
    path: str
    peer: str
    shown: str


def inner_allowed() -> bool:
    """Whether tests let messages go to this machine, and without TLS."""
    return bool(getattr(settings, "WEBHOOKS_INNER", False))


def is_open(given: str) -> bool:
    """Whether an address of the network lies on the open internet; also of those that carry another within."""
    address: Address = ipaddress.ip_address(given.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return is_open(str(address.ipv4_mapped))
        if address in TRANSLATED or address in COMPATIBLE:
            return is_open(str(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))) and int(address) > 1
        if address in SIX_TO_FOUR or address in TEREDO or address.is_site_local or "%" in given:
            return False
    return (
        address.is_global
        and not address.is_multicast
        and not address.is_reserved
        and not address.is_loopback
        and not address.is_link_local
        and not address.is_private
    )


def _inner(host: str) -> MeguriError:
    return refuse(
        N_("“{host}” is an address inside a network. A webhook goes to the open internet alone."),
        "/url",
        "inner",
        host=host[:80],
    )


def parts(url: str) -> SplitResult:
    """An address taken apart. Refused where it is not written as a webhook's."""
    wrong = refuse(
        N_("Write the address as https://host/path, without a user name, in at most {most} characters."),
        "/url",
        "url",
        most=LONGEST,
    )
    if not 0 < len(url) <= LONGEST or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise wrong
    try:
        found = urlsplit(url)
        port = found.port
    except ValueError:
        raise wrong from None
    if not found.hostname or "@" in found.netloc or found.fragment:
        raise wrong
    if found.scheme != "https" and not (inner_allowed() and found.scheme == "http"):
        raise wrong
    if port is not None and port != 443 and port < LOWEST_PORT:
        raise refuse(N_("Port {port} is not for webhooks: use 443, or one from 1024 on."), "/url", "port", port=port)
    return found


def resolve(url: str) -> HookTarget:
    """Where a message to this address goes now. Refused where it is wrong, unknown, or any of its addresses inner."""
    found = parts(url)
    host = str(found.hostname)
    secure = found.scheme == "https"
    port = found.port or (443 if secure else 80)
    try:
        answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise refuse(N_("The host “{host}” is not known."), "/url", "host", host=host[:80]) from None
    peers = list(dict.fromkeys(str(answer[4][0]) for answer in answers))
    if not inner_allowed() and not all(map(is_open, peers)):
        raise _inner(host)
    path = (found.path or "/") + (f"?{found.query}" if found.query else "")
    return HookTarget(secure, host, port, path, peers[0], found.netloc)
