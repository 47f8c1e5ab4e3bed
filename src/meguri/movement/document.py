"""The movement document, block by block as the common form has it. Pure; the page and the PDF show the same value.

Without a case the same form says what else lets the movement go: it names no consent that nobody gave.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

import msgspec

from meguri import law
from meguri.consent.case import resting
from meguri.consent.states import WholeCase
from meguri.consent.tracks import grounds
from meguri.kit.catalogues import offered
from meguri.kit.files.reading import lines
from meguri.kit.grams import to_kg
from meguri.kit.language import formats
from meguri.kit.words import Words, cell, given, listed, plain
from meguri.movement.states import Allowed, ArrivalState, MovementState
from meguri.procedure import tables
from meguri.reference import ports
from meguri.sea.legs import reckoned

FOLDER = Path(__file__).with_name("tables")
NONE = plain("–")
NAME = Words("Name")
ALLOWED: Mapping[Allowed, Words] = {
    "consent": Words("Consents of a case"),
    "annex_vii": Words("Information document (Annex VII)"),
    "declaration": Words("Declaration of the exporter"),
    "not_controlled": Words("Verdict: not controlled"),
    "domestic": Words("Note within one economy"),
}
"""What lets a movement go, in words."""
DIGITS = 12
"""How much of a digest a document shows."""


class Field(msgspec.Struct, frozen=True):
    """One entry of a block: what it is, and what stands there, both in both languages."""

    label: Words
    value: Words


class FormBlock(msgspec.Struct, frozen=True):
    """A block of the common form; `id` is its number, with a letter for the carriers (``8a``)."""

    id: str
    title: Words
    fields: tuple[Field, ...]


class LotLine(msgspec.Struct, frozen=True):
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
    blocks: tuple[FormBlock, ...]
    bags: tuple[LotLine, ...]
    demonstration: bool

    def block(self, id: str) -> FormBlock:
        """The block of that number. KeyError where there is none."""
        for block in self.blocks:
            if block.id == id:
                return block
        raise KeyError(id)


class NamedParty(msgspec.Struct, frozen=True):
    """An organisation or facility as the form names it."""

    name: Words
    economy: str


class SignedAct(msgspec.Struct, frozen=True):
    """The act that stands for a signature: its id, when it was said, and how it was signed (held, attested)."""

    act: str
    at: datetime
    mode: str = ""


class Goods(msgspec.Struct, frozen=True, kw_only=True):
    """What is shipped, as the case says it, or the question that the verdict answered."""

    shipments: int
    operation: str
    description: str
    codes: tuple[str, ...]


def _words(table: str, key: str) -> Mapping[str, Words]:
    rows = lines(FOLDER / f"{table}.csv", needed=("words",))
    return {row[key]: cell(f"movement/{table}", row[key], "words", row["words"]) for row in rows}


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


def _party(party: NamedParty | None) -> tuple[Field, ...]:
    if party is None:
        return (Field(NAME, NONE),)
    known = law.parties().get(party.economy)
    return (
        Field(NAME, party.name),
        Field(Words("Country or economy"), known.name if known else plain(party.economy or "–")),
    )


def _signature(said: SignedAct | None) -> tuple[Field, ...]:
    if said is None:
        return (Field(Words("Signature"), NONE),)
    how = {
        "held": Words("own key"),
        "offered": Words("a key that its owner has not accepted"),
        "attested": Words("by the service, for a person signed in"),
    }.get(said.mode)
    mark = Field(Words("Electronic act"), plain(f"{said.act[:16]}, {said.at:%Y-%m-%d %H:%M} UTC"))
    return (mark, Field(Words("Signed"), how)) if how else (mark,)


def _port(code: str) -> Words:
    known = ports().get(code)
    if known is None:
        return plain(code)
    return Words("{name} ({code})").format(name=known.name, code=code)


def _way(movement: MovementState) -> Iterator[Field]:
    """Route and distance; by land within one economy there is no port."""
    calls = [code for code in (movement.port_from, *movement.ports_via, movement.port_to) if code]
    yield Field(Words("Route"), listed((_port(code) for code in calls), plain(" → ")) if calls else NONE)
    if not movement.km:
        yield Field(Words("Distance"), NONE)
        return
    yield Field(
        Words("Distance"),
        Words("{km} km ({source})").format(km=f"{movement.km:,.0f}", source=reckoned(movement.km_source)),
    )


def _mass(grams: int) -> Words:
    return plain(f"{to_kg(grams)} kg")


def _consents(case: WholeCase) -> Iterator[Field]:
    words = tables.states()
    for track in case.tracks:
        said, decision = words[track.state].words, track.decision
        if decision and decision.valid_from and decision.valid_until:
            said = Words("{state}, {since} to {until}").format(
                state=said, since=decision.valid_from.isoformat(), until=decision.valid_until.isoformat()
            )
        for condition in decision.conditions if decision else ():
            said = Words("{said}; condition: {condition}").format(said=said, condition=condition)
        for one in track.entered:
            said = Words("{said}; entered from paper {reference} of {dated}, scan SHA-256 {scan}").format(
                said=said, reference=one.scan.reference, dated=one.scan.dated.isoformat(), scan=one.scan.sha256[:16]
            )
        if grounds.general(track.asked):
            said = Words("{said} (○ general Basel procedure)").format(said=said)
        yield Field(law.office_name(track.authority), said)
    for fact in resting.said(case, case.verdict.question, case.resting):
        known = law.fact_vocabulary().get(fact.fact)
        yield Field(known.label if known else plain(fact.fact), SAID_BY[fact.said_by].format(value=str(fact.value)))


SAID_BY: Mapping[str, Words] = {
    "record": Words("{value}, proved by the record"),
    "exporter": Words("{value}, the exporter's word"),
}
"""A fact of the case's question, with who says it."""


def _verdict(movement: MovementState, verdict: law.Decision | None) -> Iterator[Field]:
    """What lets it go without a case: the verdict, the day it was asked for, the law by which it was given."""
    if verdict is None:
        yield Field(Words("Moves on"), ALLOWED[movement.permission.kind])
        return
    words = law.VERDICT_WORDS.get(verdict.verdict, plain(verdict.verdict))
    yield Field(Words("Verdict"), Words("{words}, asked for {day}").format(words=words, day=verdict.question.on))
    yield Field(Words("Law on file"), plain(verdict.law[:DIGITS]))


def _consigned(case: WholeCase | None, verdict: law.Decision | None) -> Goods:
    if case is not None:
        return Goods(shipments=case.shipments, operation=case.operation, description=case.description, codes=case.codes)
    asked = verdict.question.operation if verdict else None
    return Goods(shipments=1, operation=asked or "", description="", codes=verdict.codes if verdict else ())


class _Charge(msgspec.Struct, frozen=True):
    """Who took charge of the consignment, when, and by which act they handed it on or let it leave."""

    carrier: str
    since: datetime | None
    signed: SignedAct | None = None


def _charges(movement: MovementState, said: Mapping[str, SignedAct]) -> list[_Charge]:
    """The carriers one after another: whoever hands over had it until then.

    Of a movement that was sent back the record names the carrier of the way back; the form tells of the way there.
    """
    left = said.get("movement.depart")
    handed = [point for point in movement.course.points if point.transition == "hand_over"]
    last = movement.carrier
    if any(point.transition == "return" for point in movement.course.points):
        last = movement.departed_by if not handed and movement.departed_by != movement.exporter else ""
    who = [*(point.actor for point in handed), last]
    since = [movement.departed_at, *(point.at for point in handed)]
    signed = [left if movement.departed_by == who[0] else None, *(SignedAct(point.act, point.at) for point in handed)]
    return [_Charge(*charge) for charge in zip(who, since, signed, strict=True)]


def _charge(charge: _Charge, parties: Mapping[str, NamedParty], *more: Field) -> tuple[Field, ...]:
    unknown = NamedParty(plain(charge.carrier.partition(":")[2]), "") if charge.carrier else None
    return (
        *_party(parties.get(charge.carrier, unknown)),
        *more,
        Field(Words("Date of transfer"), _day(charge.since.date() if charge.since else None)),
        *_signature(charge.signed),
    )


def _later(charges: Sequence[_Charge], parties: Mapping[str, NamedParty]) -> tuple[Field, ...]:
    """Further carriers; the form has three boxes, so its last one takes all that follow."""
    if not charges:
        return (Field(NAME, NONE),)
    return tuple(field for charge in charges for field in _charge(charge, parties))


def build(
    movement: MovementState,
    arrival: ArrivalState | None,
    case: WholeCase | None,
    parties: Mapping[str, NamedParty],
    said: Mapping[str, SignedAct],
    facility: NamedParty | None,
    *,
    number: str,
    verdict: law.Decision | None = None,
    demonstration: bool = False,
) -> MovementDocument:
    """The document as the record has it now.

    `parties` are organisations by subject; `said` the acts of the movement by kind; `number` is the case's, or that of
    the paper that lets it move; `verdict` is the one that does, where no case keeps it. Lots are weighed in grams.
    """
    stream = law.streams().get(movement.stream)
    goods = _consigned(case, verdict)
    operation = law.operations().get(goods.operation)
    physical = _physical().get(movement.stream, _physical()["*"])
    shipped = movement.departed_at.date() if movement.departed_at else None
    charges = _charges(movement, said)
    exporter = parties.get(movement.exporter)

    def block(id: str, *fields: Field) -> FormBlock:
        return FormBlock(id, titles()[id.rstrip("abc")], tuple(fields))

    blocks = (
        _permitted(movement, case, number),
        block("2", Field(Words("Number", context="of shipments"), plain(f"{movement.serial} / {goods.shipments}"))),
        block("3", *_party(exporter)),
        block("4", *_party(parties.get(movement.importer))),
        block(
            "5",
            Field(Words("Mass"), _mass(movement.grams)),
            Field(Words("Lots", context="count"), plain(str(len(movement.lots)))),
        ),
        block("6", Field(Words("Shipped"), _day(shipped)), Field(Words("Planned"), _day(movement.planned_on))),
        block(
            "7",
            Field(Words("Type"), packagings().get(movement.packaging, plain(movement.packaging or "–"))),
            Field(Words("Packages"), plain(str(movement.packages))),
        ),
        block(
            "8a",
            *_charge(charges[0], parties, Field(Words("Means of transport"), plain(movement.conveyance or "–"))),
        ),
        block("8b", *_later(charges[1:2], parties)),
        block("8c", *_later(charges[2:], parties)),
        block("9", *_party(exporter)),
        block("10", *_party(facility)),
        block(
            "11",
            Field(
                Words("Operation"),
                Words("{code} {words}").format(code=goods.operation, words=operation.words)
                if operation
                else plain(goods.operation or "–"),
            ),
        ),
        block(
            "12",
            Field(Words("Designation"), stream.name if stream else plain(movement.stream)),
            Field(Words("Composition"), plain(goods.description or "–")),
        ),
        block("13", Field(Words("Characteristic"), physical)),
        block("14", Field(Words("Codes"), plain(" · ".join(code.partition(":")[2] for code in goods.codes) or "–"))),
        block("15", Field(Words("Declaration"), DECLARED[case is not None]), *_signature(said.get("movement.plan"))),
        block("16", *_way(movement), *(_consents(case) if case else _verdict(movement, verdict))),
        block("17", Field(Words("Received"), NONE)),
        block("18", *_receipt(arrival, said.get("movement.receive"))),
        block("19", *_certified(arrival, said.get("movement.recover"))),
        *(block(id, Field(Words("Stamp"), NONE)) for id in ("20", "21", "22")),
    )
    return MovementDocument(
        number=number,
        serial=movement.serial,
        on=max([entry.at.date() for entry in said.values()], default=movement.planned_at.date()),
        status=tables.states("movement")[movement.status].words,
        blocks=blocks,
        bags=tuple(_bags(movement, arrival)),
        demonstration=demonstration,
    )


DECLARED = {
    True: Words(
        "The information is complete and correct to the best of our knowledge; contracts that can be enforced are "
        "concluded; insurance or guarantee in force where required; all consents are held.",
    ),
    False: Words(
        "The information is complete and correct to the best of our knowledge; no consent is asked for; what lets the "
        "consignment move is named in block 16.",
    ),
}
"""What the exporter declares, under a case or without one."""


def _permitted(movement: MovementState, case: WholeCase | None, number: str) -> FormBlock:
    """Block 1: the notification, or what else lets it move, with its number."""
    if case is not None:
        return FormBlock("1", titles()["1"], (Field(Words("Number", context="of a notification"), plain(number)),))
    return FormBlock(
        "1",
        Words("Number of the document"),
        (
            Field(Words("Number", context="of a document"), plain(number)),
            Field(Words("Moves on"), ALLOWED[movement.permission.kind]),
        ),
    )


def _receipt(arrival: ArrivalState | None, said: SignedAct | None) -> Iterator[Field]:
    refused = [bag for bag in arrival.bags if bag.turned_away_g or not (bag.accepted or bag.missing)] if arrival else []
    yield Field(Words("Date"), _day(arrival.received_at.date() if arrival else None))
    yield Field(Words("Accepted"), _mass(arrival.accepted_g) if arrival else NONE)
    yield Field(
        Words("Refused"),
        plain(", ".join(f"{bag.lot}: {to_kg(bag.turned_away_g)} kg, {bag.reason}" for bag in refused))
        if refused
        else NONE,
    )
    yield from _signature(said)


def _certified(arrival: ArrivalState | None, said: SignedAct | None) -> Iterator[Field]:
    """One certificate after another, each with the act that stands for its signature."""
    certificates = arrival.certificates if arrival else ()
    if not certificates:
        yield Field(Words("Certificate"), NONE)
        yield Field(Words("Recovered", context="in a certificate"), NONE)
        yield from _signature(None)
    for one in certificates:
        made = ", ".join(f"{made.element} {to_kg(made.grams)} kg" for made in one.made)
        number = plain(one.number)
        if one.revoked_at is not None:
            number = Words("{number} (revoked)", context="certificate").format(number=one.number)
        yield Field(Words("Certificate"), number)
        yield Field(Words("Recovered", context="in a certificate"), plain(made or "–"))
        yield from _signature(said if said and said.act == one.act else SignedAct(one.act, one.at))


def _bags(movement: MovementState, arrival: ArrivalState | None) -> Iterable[LotLine]:
    weighed = {bag.lot: bag for bag in arrival.bags} if arrival else {}
    for lot in movement.lots:
        bag = weighed.get(lot.lot)
        if bag is None:
            outcome = NONE
        elif bag.missing:
            outcome = Words("did not arrive")
        elif bag.refused_g:
            outcome = Words("accepted as lot {lot}; {mass} kg refused: {why}").format(
                lot=bag.becomes, mass=to_kg(bag.refused_g), why=bag.reason
            )
        elif not bag.accepted:
            outcome = Words("refused: {why}", context="on arrival").format(why=bag.reason)
        elif bag.becomes:
            outcome = Words("accepted as lot {lot}").format(lot=bag.becomes)
        else:
            outcome = Words("accepted")
        yield LotLine(lot.lot, to_kg(lot.grams), to_kg(bag.received_g) if bag else "–", outcome)


def without_customs(document: MovementDocument) -> Sequence[FormBlock]:
    """Blocks 1 to 19: those that are not the customs' back page."""
    return [block for block in document.blocks if block.id not in ("20", "21", "22")]
