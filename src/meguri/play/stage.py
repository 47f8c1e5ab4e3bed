"""What a story knows while it is played: its names and what stands on record for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from meguri.custody import record
from meguri.custody import services as custody
from meguri.custody.services import instruments
from meguri.kit.grams import parse_kg
from meguri.kit.problems import N_, Problem, Refused, nearest, refuse
from meguri.movement.states import DECLARED, MassBasis
from meguri.play.written import Day, Kg, Name
from meguri.registry import services as registry

OPERATOR = "operator"
NODE = "organisation:node"


@dataclass
class StoryStage:
    """Names of organisations, facilities and licences, what each step has made by the name it gave it, and the hour.

    `things` keeps what steps made as JSON: ids by kind. `at` is the instant that the present step claims.
    """

    at: datetime
    organisations: dict[str, str] = field(default_factory=dict)
    facilities: dict[str, str] = field(default_factory=dict)
    licences: dict[str, str] = field(default_factory=dict)
    things: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def today(self) -> Day:
        """The day of the present step, in UTC."""
        return self.at.date().isoformat()

    def who(self, name: str, pointer: str = "/by") -> str:
        """The subject of an organisation of the story; ``operator`` is the node's own."""
        if name == OPERATOR:
            return NODE
        return self._known(self.organisations, name, pointer, N_("There is no organisation “{name}” in this story."))

    def facility(self, name: str, owner: str, pointer: str = "/facility") -> str:
        """The id of a facility; without a name, the only one of its owner."""
        if name:
            return self._known(self.facilities, name, pointer, N_("There is no facility “{name}” in this story."))
        own = registry.facilities(owner)
        if len(own) != 1:
            raise refuse(
                N_("{owner} has {count} facilities: say which one."), pointer, "which", owner=owner, count=len(own)
            )
        return next(iter(own))

    def licence(self, name: str, pointer: str = "/licence") -> str:
        """The id of a licence."""
        return self._known(self.licences, name, pointer, N_("There is no licence “{name}” in this story."))

    def thing(self, name: str, kind: str, pointer: str) -> str:
        """The id of the case, movement, event or hold that a step made under a name."""
        ids = self.things.get(name, {})
        if kind not in ids:
            raise self._unknown(name, pointer, [one for one, made in self.things.items() if kind in made])
        return str(ids[kind])

    def basis(self, scale: str) -> MassBasis:
        """How a mass is known that the instrument of an earlier step showed; declared where none is named."""
        return instruments.basis_on(self.thing(scale, "instrument", "/scale"), at=self.at) if scale else DECLARED

    def lots(self, names: Sequence[str], pointer: str = "/lots") -> list[str]:
        """Ids of lots: all that a step made under a name, or one of them: ``bags.4``, ``parts.circuit-boards``."""
        found: list[str] = []
        for place, name in enumerate(names):
            head, _, tail = name.partition(".")
            made: dict[str, str] = self.things.get(head, {}).get("lots", {})
            if not made or (tail and tail not in made):
                known = [one for one, ids in self.things.items() if "lots" in ids]
                raise self._unknown(name, f"{pointer}/{place}", [*known, *(f"{head}.{label}" for label in made)])
            found += [made[tail]] if tail else made.values()
        # What arrived has a name of its receiver's from then on; the story's name goes with it.
        became = record.taken_over(found) if found else {}
        return [became.get(lot, lot) for lot in found]

    def lot(self, name: str, pointer: str = "/lot") -> str:
        """The id of one lot."""
        found = self.lots([name], pointer)
        if len(found) != 1:
            raise refuse(N_("“{name}” is {count} lots: say which one."), pointer, "which", name=name, count=len(found))
        return found[0]

    def named(self, subject: str) -> str:
        """What the story calls an organisation; its subject where it has no name for it."""
        return next((name for name, known in self.organisations.items() if known == subject), subject)

    @staticmethod
    def _known(known: dict[str, str], name: str, pointer: str, text: str) -> str:
        if name not in known:
            raise StoryStage._unknown(name, pointer, known, text)
        return known[name]

    @staticmethod
    def _unknown(name: str, pointer: str, known: Any, text: str = "") -> Refused:
        close = nearest(name, known)
        found = text or N_("No step has made “{name}” before.")
        return Refused(Problem(found, pointer, "unknown-name", {"name": name, "nearest": close}))


def grams(kg: Kg, pointer: str) -> int:
    """Kilograms of a story in grams."""
    return parse_kg(kg, pointer)


def day(written: Day, pointer: str) -> date:
    """A day of a story. Refused where it is none."""
    try:
        return date.fromisoformat(str(written))
    except ValueError:
        raise refuse(
            N_("“{written}” is not a date. Write year, month and day, such as 2025-10-01."),
            pointer,
            "date",
            written=str(written)[:40],
        ) from None


def names(given: Name, otherwise: str) -> dict[str, str]:
    """A name by language; what the story calls it where it has none."""
    if isinstance(given, dict):
        return given
    return {"en": given or otherwise}


def whole_masses(lots: Sequence[str]) -> dict[str, int]:
    """What is left of each lot, in grams."""
    return {lot: state.mass_g for lot, state in custody.lots(lots).items()}
