"""Which node this is, and which node keeps the tracks of an economy's authorities: from one setting until there is
peering. Where it says nothing, all is our own.
"""

from __future__ import annotations

from django.conf import settings

from meguri.journal import subject


def here() -> str:
    """The name of this node."""
    name: str = settings.NODE
    return name


def keeper(economy: str) -> str:
    """The node to which an economy's authorities and facilities belong; empty where that is this one."""
    node: str = settings.PEERS.get(economy, "")
    return "" if node == here() else node


def seen(name: str, keeper: str) -> str:
    """A subject that a state kept by another node (empty: by this one) names, as it is called here."""
    return subject.seen(name, keeper, here())
