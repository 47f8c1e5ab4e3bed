"""Who may see and do what, by address: each room says it in one object, and nothing is answered that none names.

A policy is data: for each address, by its name (``consent:case``; endpoints by their path, ``/api/cases/<case>``), what
reading needs and what doing needs. `kit.web.requests.guarding` asks before the page or endpoint begins; whose party a
reader must be is judged where the thing is looked up, and the rule says of what.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from meguri.kit.people import duties


class Need(Enum):
    """What somebody must be, or hold, to read or to do."""

    OPEN = "open"
    """Everybody, as they are."""
    ANYONE = "anyone"
    """Everybody; who may read for an organisation sees more in it."""
    HOLDER = "holder"
    """Whoever holds what the request must bear: a link's secret, a signature, a token; work of one's own."""
    SIGNED_IN = "signed in"
    """A person with an account."""
    READ = "read"
    """Who may read for an organisation."""
    ROAD = "road"
    """Who may see an organisation's movements: readers and drivers."""
    SAY = "say"
    """Who may sign or prepare what an organisation says."""
    ROAD_SAY = "road say"
    """The same on the road: drivers too, in what they may sign."""
    KEEP = "keep"
    """The administrator of this installation, or who may sign or prepare for an organisation; the page asks whether
    that one keeps the registry, decides as an authority, or owns the thing."""
    ADMINISTER = "administer"
    """Who looks after an organisation's people."""
    ADMINISTRATOR = "administrator"
    """The administrator of this installation."""
    OVERSEE = "oversee"
    """The administrator of this installation, or of an organisation."""


RIGHTS: dict[Need, tuple[tuple[str, ...], ...]] = {
    Need.READ: ((duties.READ,),),
    Need.ROAD: ((duties.ROAD,),),
    Need.SAY: ((duties.READ,), (duties.SIGN, duties.PREPARE)),
    Need.ROAD_SAY: ((duties.ROAD,), (duties.SIGN, duties.PREPARE)),
    Need.ADMINISTER: ((duties.ADMINISTER,),),
}
"""The rights that a person's roles in the organisation must give: one of each group."""


@dataclass(frozen=True)
class AccessRule:
    """What reading an address and sending something to it need; None: it is not used like this.

    `of` is the subject whose party the reader must be, as the address names it: ``case:<case>``. What is `own` is not
    for who acts for the organisation by a delegation.
    """

    read: Need | None = None
    do: Need | None = None
    of: str = ""
    own: bool = False

    def need(self, method: str) -> Need:
        """What a method needs; one that the address does not take needs what the other does."""
        first, second = (self.read, self.do) if method in ("GET", "HEAD", "OPTIONS") else (self.do, self.read)
        found = first or second
        assert found is not None, "a rule without a need"
        return found

    @property
    def methods(self) -> list[str]:
        """The methods that the address takes."""
        return ["GET"] * (self.read is not None) + ["POST"] * (self.do is not None)

    @property
    def public(self) -> bool:
        """Whether the address answers to who is not known."""
        return self.need("GET") in (Need.OPEN, Need.ANYONE)

    @property
    def words(self) -> str:
        """The rule for people and machines: ``read: road, of movement:<movement>; do: road say``."""
        of = (f", of {self.of}" if self.of else "") + (", own people" if self.own else "")
        parts = {"read": self.read, "do": self.do}
        return "; ".join(f"{name}: {need.value}{of}" for name, need in parts.items() if need)


@dataclass(frozen=True)
class Policy:
    """A room's rules, by the name or the path of an address."""

    room: str
    rules: Mapping[str, AccessRule]

    def __iter__(self) -> Iterator[str]:
        return iter(self.rules)


_rules: dict[str, AccessRule] = {}


def take(policy: Policy) -> None:
    """Let a room's policy count from now on."""
    _rules.update(policy.rules)


def rule(name: str, path: str) -> AccessRule | None:
    """The rule of an address by its name, else by its path; None where no room has one."""
    return _rules.get(f"/{path}") if path.startswith("api/") else _rules.get(name)


def names() -> set[str]:
    """All that rules name."""
    return set(_rules)
