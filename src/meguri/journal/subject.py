"""What an act writes and reads, by name: ``lot:7Q2…`` of the act's own node, ``track:7Q2…/moej.import@meguri.jpn`` of
another's.
"""

from __future__ import annotations


def split(subject: str) -> tuple[str, str]:
    """Prefix and id of a subject: ``lot:7Q2`` is ``("lot", "7Q2")``. The id keeps the node, where one is named."""
    prefix, _, id = subject.partition(":")
    return prefix, id


def home(subject: str) -> str:
    """The node that keeps it, where that is another than the act's own; else an empty string."""
    return subject.rpartition("@")[2] if "@" in subject else ""


def bare(subject: str) -> str:
    """The same without its node's name, as acts of that node have it."""
    return subject.rpartition("@")[0] if "@" in subject else subject


def at(subject: str, node: str) -> str:
    """A subject that a node keeps; with an empty name, one's own."""
    return f"{subject}@{node}" if node else subject


def seen_from(subject: str, node: str, here: str) -> str:
    """A subject that an act of `node` names, as a node called `here` names it."""
    at = home(subject) or node
    return bare(subject) if at == here else f"{bare(subject)}@{at}"


def seen(subject: str, keeper: str, here: str) -> str:
    """A subject that a state kept by `keeper` (empty: this node) names, as this node, called `here`, names it."""
    return seen_from(subject, keeper or here, here)
