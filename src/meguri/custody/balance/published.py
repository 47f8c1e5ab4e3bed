"""What of the balance anyone may see: a sum only where three organisations or more are in it. Pure.

A figure that is withheld must not follow from those that are shown. The figures of a line add up (what came in is what
went out and what is there), and the stocks of all materials add up to the stock of the whole; so wherever one is
withheld, the smallest others are withheld beside it, until those that could be told by subtraction have three
organisations in them together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from meguri.custody.balance.accounts import figure
from meguri.custody.balance.ledger import AnswerLine, Balance
from meguri.custody.vocabulary import element_of

FEWEST = 3
"""A sum is shown from so many organisations on."""
WHOLE = ("collected", "came", "difference", "loss", "went", "stock")
LINE = ("in", "out", "difference", "stock")

Parties = Mapping[str, tuple[int, frozenset[str]]]
"""By figure: how many organisations are in it, and (where they are one or two) which."""


@dataclass(frozen=True)
class SumOf:
    """A figure: of which stream (empty: of the whole) and what."""

    stream: str
    what: str


@dataclass(frozen=True)
class PublicLine:
    """A material's line; None where a figure is withheld. Grams."""

    name: str
    in_g: int | None
    out_g: int | None
    difference_g: int | None
    stock_g: int | None
    closure_g: int

    @property
    def hidden(self) -> bool:
        """Whether nothing of it is shown, and nothing of it is unaccounted for."""
        shown = (self.in_g, self.out_g, self.difference_g, self.stock_g)
        return not self.closure_g and all(figure is None for figure in shown)


@dataclass(frozen=True)
class PublicElement:
    """A metal's line; None where a figure is withheld. Grams."""

    element: str
    contained_g: float | None
    sd_g: float | None
    recovered_g: int | None
    stock_g: int | None


@dataclass(frozen=True)
class PublicBalance:
    """The balance as anyone may see it. `whole` holds its figures by what they are; None where one is withheld."""

    closed: bool
    closure_g: int
    whole: Mapping[str, int | None]
    streams: tuple[PublicLine, ...]
    elements: tuple[PublicElement, ...]
    wrong: int
    adds_up: bool | None
    empty: bool
    answers: tuple[AnswerLine, ...]
    """What the answers are, and how much stands against each; not which lots."""
    seen_share: float | None
    """None where nothing is in stock, or what is there is withheld."""

    @property
    def withheld(self) -> bool:
        """Whether any figure is withheld."""
        lines = [*self.whole.values(), *(line.stock_g for line in self.elements)]
        lines += [line.recovered_g for line in self.elements]
        lines += [cell for line in self.streams for cell in (line.in_g, line.out_g, line.difference_g, line.stock_g)]
        return None in lines


def published(found: Balance, parties: Parties) -> PublicBalance:
    """The balance without what would tell of fewer than `FEWEST` organisations."""
    amounts = _amounts(found)
    hidden = withheld(amounts, parties)

    def shown(stream: str, what: str) -> int | None:
        return None if SumOf(stream, what) in hidden else amounts[SumOf(stream, what)]

    elements = []
    for line in found.elements:
        stream = next((one.name for one in found.streams if element_of(one.name) == line.element), "")
        known = (
            not (line.recovered_g or line.contained_g) or _count(parties, figure(line.element, "recovered")) >= FEWEST
        )
        elements.append(
            PublicElement(
                line.element,
                line.contained_g if known else None,
                line.sd_g if known else None,
                line.recovered_g if known else None,
                shown(stream, "stock") if stream else line.stock_g,
            )
        )
    return PublicBalance(
        closed=found.closed,
        closure_g=found.closure_g,
        whole={what: shown("", what) for what in WHOLE},
        streams=tuple(
            PublicLine(
                line.name,
                in_g=shown(line.name, "in"),
                out_g=shown(line.name, "out"),
                difference_g=shown(line.name, "difference"),
                stock_g=shown(line.name, "stock"),
                closure_g=line.closure_g,
            )
            for line in found.streams
        ),
        elements=tuple(elements),
        wrong=len(found.wrong) + found.more_wrong,
        adds_up=found.adds_up,
        empty=found.empty,
        answers=tuple(AnswerLine(line.answer, line.ok, (), len(line.failing) + line.more) for line in found.answers),
        seen_share=None if SumOf("", "stock") in hidden else found.seen_share,
    )


def _amounts(found: Balance) -> dict[SumOf, int]:
    """Every figure that could be shown, in grams."""
    made = {SumOf("", what): int(getattr(found, f"{what}_g")) for what in WHOLE}
    for line in found.streams:
        made |= {SumOf(line.name, what): int(getattr(line, f"{what}_g")) for what in LINE}
    return made


def withheld(amounts: Mapping[SumOf, int], parties: Parties) -> set[SumOf]:
    """The figures that are not to be shown: those of too few, and those from which these could be told."""
    hidden = {
        cell
        for cell, grams in amounts.items()
        if (grams or _count(parties, figure(cell.stream, cell.what))) and _few([cell], parties)
    }
    groups = list(_adding_up(amounts))
    while True:
        before = len(hidden)
        for group in groups:
            hidden |= _beside(group, hidden, amounts, parties)
        if len(hidden) == before:
            return hidden


def _adding_up(amounts: Mapping[SumOf, int]) -> Iterator[list[SumOf]]:
    """Figures of which any one follows from the others: each line, and the stocks of all lines with their sum."""
    for stream in dict.fromkeys(cell.stream for cell in amounts):
        yield [cell for cell in amounts if cell.stream == stream]
    yield [cell for cell in amounts if cell.what == "stock"]


def _beside(group: list[SumOf], hidden: set[SumOf], amounts: Mapping[SumOf, int], parties: Parties) -> set[SumOf]:
    """What else of a group is withheld, the smallest first, until what is withheld cannot be told apart."""
    inside = [cell for cell in group if cell in hidden]
    open_ = sorted(
        (cell for cell in group if cell not in hidden and amounts[cell]),
        key=lambda cell: (abs(amounts[cell]), cell.stream, cell.what),
    )
    more: set[SumOf] = set()
    while inside and open_ and (len(inside) < 2 or _few(inside, parties)):
        inside.append(open_.pop(0))
        more.add(inside[-1])
    if inside and (len(inside) < 2 or _few(inside, parties)):
        # Nothing that holds anything is left: what is nothing would tell it all the same.
        more |= {cell for cell in group if cell not in inside}
    return more


def _few(cells: Iterable[SumOf], parties: Parties) -> bool:
    """Whether fewer than `FEWEST` organisations are in these figures together, as far as that is known."""
    names: set[str] = set()
    for cell in cells:
        count, known = parties.get(figure(cell.stream, cell.what), (0, frozenset()))
        if count >= FEWEST:
            return False
        names |= known
    return len(names) < FEWEST


def _count(parties: Parties, name: str) -> int:
    return parties.get(name, (0, frozenset()))[0]
