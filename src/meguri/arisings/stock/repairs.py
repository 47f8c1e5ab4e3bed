"""Named repairs: what was changed in the input, where, from what to what, and why. Never silent."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from meguri.kit.problems import N_, Problem, Refused, nearest, refuse
from meguri.kit.words import Words

#: The repairs that the stock models can be asked for (``repair={"years-sorted", ...}``), and what each does.
KINDS: dict[str, Words] = {
    "years-sorted": Words("The rows were put in the order of their years."),
    "years-filled": Words("A missing year was filled by a straight line between its neighbours."),
    "years-zero": Words("A missing year was taken as a year without sales."),
    "gaps-filled": Words(
        "A missing figure was filled by a straight line between its neighbours in time.",
    ),
    "negative-zeroed": Words("A negative figure was set to zero."),
    "negative-kept": Words(
        "A negative figure was kept: net sales of a published series, whose model is signed.",
    ),
    "unit-converted": Words("The figure was converted to the unit of the inflow."),
    "shares-scaled": Words("Shares that together exceed one were scaled down to one."),
    "exports-cut": Words("Exports above what leaves use were cut to what leaves."),
    "leave-at-once": Words(
        "Initial stock older than its lifetime allows leaves in the first year.",
    ),
    "surplus-outflow": Words(
        "The stock falls faster than its cohorts die: no inflow, and the surplus leaves early, from every cohort in "
        "proportion.",
    ),
}

#: Only by name: how some published series were made; no part of ``"all"``.
NOT_IN_ALL = frozenset({"negative-kept", "years-zero"})

#: Recorded when the caller gave only a total for the initial stock (an assumption, not a repair of an error).
AGES_ASSUMED = Words(
    "Only the total of the initial stock was given: its ages are those of constant past sales.",
)


@dataclass(frozen=True)
class Repair:
    """One figure changed or assumed; ``where`` is a JSON Pointer into the input (``/inflow/2010/0308/JPN``)."""

    kind: str
    where: str
    before: float | None
    after: float | None
    why: Words


class Repairs:
    """The repairs a caller allows, and the list of those made."""

    def __init__(self, allowed: str | Collection[str] = ()) -> None:
        names = [allowed] if isinstance(allowed, str) else list(allowed)
        for name in names:
            if name != "all" and name not in KINDS:
                raise refuse(
                    N_("There is no repair named {name}. Known repairs: {known}. Nearest: {nearest}"),
                    "/repair",
                    "unknown-repair",
                    name=name,
                    known=", ".join(sorted(KINDS)),
                    nearest=nearest(name, KINDS) or "-",
                )
        self._allowed = (set(KINDS) - NOT_IN_ALL if "all" in names else set()) | set(names)
        self._made: list[Repair] = []

    def __iter__(self) -> Iterator[Repair]:
        return iter(self._made)

    def allows(self, kind: str) -> bool:
        """Whether the caller asked for this repair."""
        return kind in self._allowed

    def note(self, kind: str, where: str, before: float | None, after: float | None, why: Words | None = None) -> None:
        """Record one repair."""
        self._made.append(Repair(kind, where, before, after, why or KINDS[kind]))

    def made(self) -> tuple[Repair, ...]:
        """All repairs so far, in the order they were made."""
        return tuple(self._made)


#: How many cells a refusal names before it only counts the rest.
NAMED = 10


def cells_refused(problems: Iterable[Problem], total: int) -> Refused:
    """One refusal of the first cells in question; the last problem counts those that are not named."""
    named = list(problems)[:NAMED]
    if total > len(named):
        more = total - len(named)
        named.append(Problem(N_("{more} more of the same kind are not listed."), "", "more", {"more": more}))
    return Refused(*named)
