"""The movement document, block by block as the common form has it. Pure; the page and the PDF show the same value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache

import msgspec

from meguri import law
from meguri.consent import offices, tables
from meguri.consent.movements import STATUS
from meguri.consent.states import CaseState, MovementState
from meguri.kit import formats
from meguri.kit.catalogues import offered
from meguri.kit.grams import to_kg
from meguri.kit.words import Words, cell, given, listed, plain
from meguri.network.legs import reckoned
from meguri.reference import ports

NONE = plain("–")


class Field(msgspec.Struct, frozen=True):
    """One entry of a block: what it is, and what stands there, both in both languages."""

    label: Words
    value: Words


class Block(msgspec.Struct, frozen=True):
    """A block of the common form; `id` is its number, with a letter for the carriers (``8a``)."""

    id: str
    title: Words
    fields: tuple[Field, ...]


class Bag(msgspec.Struct, frozen=True):
    """A lot in the list that belongs to the document. Masses are written in kilograms."""

    lot: str
    sent: str
    received: str
    outcome: Words


class MovementDocument(msgspec.Struct, frozen=True):
    """All that the document says. `on` is the day of its latest entry, `demonstration` marks a story's document."""

    number: str
    serial: int
    on: date
    status: Words
    blocks: tuple[Block, ...]
    bags: tuple[Bag, ...]
    demonstration: bool

    def block(self, id: str) -> Block:
        """The block of that number. KeyError where there is none."""
        for block in self.blocks:
            if block.id == id:
                return block
        raise KeyError(id)


class Party(msgspec.Struct, frozen=True):
    """An organisation or facility as the form names it."""

    name: Words
    economy: str


class Said(msgspec.Struct, frozen=True):
    """The act that stands for a signature: its id, when it was said, and how it was signed (held, attested)."""

    act: str
    at: datetime
    mode: str = ""


def _words(table: str, key: str) -> Mapping[str, Words]:
    rows = tables.rows(f"{table}.csv")
    return {row[key]: cell(f"consent/{table}", row[key], "words", row["words"]) for row in rows}


@lru_cache(maxsize=1)
def titles() -> Mapping[str, Words]:
    """Titles of the blocks by number."""
    return _words("movement_blocks", "block")


@lru_cache(maxsize=1)
def packagings() -> Mapping[str, Words]:
    """Kinds of packaging of the common form by our word for them."""
    return _words("packaging", "code")


@lru_cache(maxsize=1)
def _physical() -> Mapping[str, Words]:
    return _words("physical", "stream")


def _day(value: date | None) -> Words:
    return given({code: formats.plain_day(value, code) for code in offered()}) if value else NONE


def _party(party: Party | None) -> tuple[Field, ...]:
    if party is None:
        return (Field(Words("Name"), NONE),)
    known = law.parties().get(party.economy)
    return (
        Field(Words("Name"), party.name),
        Field(Words("Country or economy"), known.name if known else plain(party.economy)),
    )


def _signature(said: Said | None) -> tuple[Field, ...]:
    if said is None:
        return (Field(Words("Signature"), NONE),)
    how = {
        "held": Words("own key"),
        "attested": Words("by the service, for a person signed in"),
    }.get(said.mode)
    mark = Field(Words("Electronic act"), plain(f"{said.act[:16]}, {said.at:%Y-%m-%d %H:%M} UTC"))
    return (mark, Field(Words("Signed"), how)) if how else (mark,)


def _port(code: str) -> Words:
    known = ports().get(code)
    if known is None:
        return plain(code)
    return Words("{name} ({code})").format(name=known.name, code=code)


def _route(movement: MovementState) -> Words:
    calls = (movement.port_from, *movement.ports_via, movement.port_to)
    return listed((_port(code) for code in calls), plain(" → "))


def _mass(grams: int) -> Words:
    return plain(f"{to_kg(grams)} kg")


def _consents(case: CaseState) -> Iterator[Field]:
    words = tables.states()
    for track in case.tracks:
        said, decision = words[track.state].words, track.decision
        if decision and decision.valid_from and decision.valid_until:
            said = Words("{state}, {since} to {until}").format(
                state=said, since=decision.valid_from.isoformat(), until=decision.valid_until.isoformat()
            )
        for condition in decision.conditions if decision else ():
            said = Words("{said}; condition: {condition}").format(said=said, condition=condition)
        yield Field(offices.name(track.authority), said)


def build(
    case: CaseState,
    movement: MovementState,
    parties: Mapping[str, Party],
    said: Mapping[str, Said],
    facility: Party | None,
    *,
    demonstration: bool = False,
) -> MovementDocument:
    """The document as the record has it now.

    `parties` are organisations by subject; `said` the acts of the movement by kind; lots are weighed in grams.
    """
    stream = law.streams().get(case.stream)
    operation = law.operations().get(case.operation)
    physical = _physical().get(case.stream, _physical()["*"])
    shipped = movement.departed_at.date() if movement.departed_at else None
    received = said.get("consent.receive")
    name = Words("Name")
    accepted = movement.accepted_g
    refused = [bag for bag in movement.bags if not bag.accepted]

    def block(id: str, *fields: Field) -> Block:
        return Block(id, titles()[id.rstrip("abc")], tuple(fields))

    blocks = (
        block("1", Field(Words("Number", context="of a notification"), plain(case.number))),
        block("2", Field(Words("Number", context="of shipments"), plain(f"{movement.serial} / {case.shipments}"))),
        block("3", *_party(parties.get(case.exporter))),
        block("4", *_party(parties.get(case.importer))),
        block(
            "5",
            Field(Words("Mass"), _mass(movement.grams)),
            Field(Words("Lots", context="count"), plain(str(len(movement.lots)))),
        ),
        block(
            "6",
            Field(Words("Shipped"), _day(shipped)),
            Field(Words("Planned"), _day(movement.planned_on)),
        ),
        block(
            "7",
            Field(Words("Type"), packagings().get(movement.packaging, plain(movement.packaging or "–"))),
            Field(Words("Packages"), plain(str(movement.packages))),
        ),
        block(
            "8a",
            *_party(parties.get(movement.carrier)),
            Field(Words("Means of transport"), plain(movement.conveyance or "–")),
            Field(Words("Date of transfer"), _day(shipped)),
            *_signature(said.get("consent.depart") if movement.departed_by == movement.carrier else None),
        ),
        block("8b", Field(name, NONE)),
        block("8c", Field(name, NONE)),
        block("9", *_party(parties.get(case.exporter))),
        block("10", *_party(facility)),
        block(
            "11",
            Field(
                Words("Operation"),
                Words("{code} {words}").format(code=case.operation, words=operation.words)
                if operation
                else plain(case.operation or "–"),
            ),
        ),
        block(
            "12",
            Field(Words("Designation"), stream.name if stream else plain(case.stream)),
            Field(Words("Composition"), plain(case.description)),
        ),
        block("13", Field(Words("Characteristic"), physical)),
        block("14", Field(Words("Codes"), plain(" · ".join(code.partition(":")[2] for code in case.codes) or "–"))),
        block(
            "15",
            Field(
                Words("Declaration"),
                Words(
                    "The information is complete and correct to the best of our knowledge; contracts that can be "
                    "enforced are concluded; insurance or guarantee in force where required; all consents are held.",
                ),
            ),
            *_signature(said.get("consent.open_movement")),
        ),
        block(
            "16",
            Field(Words("Route"), _route(movement)),
            Field(
                Words("Distance"),
                Words("{km} km ({source})").format(km=f"{movement.km:,.0f}", source=reckoned(movement.km_source)),
            ),
            *_consents(case),
        ),
        block("17", Field(Words("Received"), NONE)),
        block(
            "18",
            Field(Words("Date"), _day(movement.received_at.date() if movement.received_at else None)),
            Field(Words("Accepted"), _mass(accepted) if received else NONE),
            Field(
                Words("Refused"),
                plain(", ".join(f"{bag.lot}: {to_kg(bag.received_g)} kg, {bag.reason}" for bag in refused))
                if refused
                else NONE,
            ),
            *_signature(received),
        ),
        block(
            "19",
            Field(Words("Certificate"), plain(movement.certificate or "–")),
            Field(Words("Recovered", context="in a certificate"), plain(_recovered(movement) or "–")),
            *_signature(said.get("consent.certify")),
        ),
        *(block(id, Field(Words("Stamp"), NONE)) for id in ("20", "21", "22")),
    )
    days = [entry.at.date() for entry in said.values()] or [movement.opened_at.date()]
    return MovementDocument(
        number=case.number,
        serial=movement.serial,
        on=max(days),
        status=STATUS[movement.status],
        blocks=blocks,
        bags=tuple(_bags(movement)),
        demonstration=demonstration,
    )


def _recovered(movement: MovementState) -> str:
    return ", ".join(f"{made.element} {to_kg(made.grams)} kg" for made in movement.made)


def _bags(movement: MovementState) -> Iterable[Bag]:
    weighed = {bag.lot: bag for bag in movement.bags}
    for lot in movement.lots:
        bag = weighed.get(lot.lot)
        if bag is None:
            outcome = NONE
        elif bag.accepted:
            outcome = Words("accepted")
        else:
            outcome = Words("refused: {why}", context="on arrival").format(why=bag.reason)
        yield Bag(lot.lot, to_kg(lot.grams), to_kg(bag.received_g) if bag else "–", outcome)


def without_customs(document: MovementDocument) -> Sequence[Block]:
    """Blocks 1 to 19: those that are not the customs' back page."""
    return [block for block in document.blocks if block.id not in ("20", "21", "22")]
