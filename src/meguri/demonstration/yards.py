"""The story in Malaysia: two yards take in and dismantle, an exporter buys boards of both, blends and packs them."""

from __future__ import annotations

from meguri.consent.states import Bag
from meguri.custody import services as custody
from meguri.demonstration import cast
from meguri.demonstration.telling import Telling, Told
from meguri.kit.grams import apportion, to_kg
from meguri.kit.words import Words

BOARDS = "circuit-boards"
EQUIPMENT = "mixed-small-e-waste"


def collect(role: str, telling: Telling) -> Told:
    """A yard takes in mixed small IT equipment."""
    yard = cast.member(role)
    grams = getattr(telling.scenario.yards, role).mass_g
    lot = custody.collect(
        yard.subject,
        yard.facility,
        EQUIPMENT,
        grams,
        mix="mixed-small-it",
        place=f"{yard.name.en}: municipal take-back",
        label="Mixed small IT equipment",
        claimed=telling.at,
    )
    telling.keep(**{f"{role}_lot": lot, f"{role}_collected_g": grams})
    return Told(f"/lots/{lot}", Words(f"{to_kg(grams)} kg", f"{to_kg(grams)} kg"))


def dismantle(role: str, telling: Telling) -> Told:
    """A yard takes its lot apart, by the composition of the scenario or the expected bill."""
    yard = cast.member(role)
    lot = telling.recall(f"{role}_lot")
    made = custody.dismantle(
        yard.subject, lot, composition=getattr(telling.scenario.yards, role).composition, claimed=telling.at
    )
    telling.keep(**{f"{role}_boards": made.by_stream[BOARDS], f"{role}_dismantling": made.event})
    boards = custody.lot(made.by_stream[BOARDS]).mass_g
    return Told(
        f"/lots/{lot}",
        Words(
            f"{len(made.lots)} lots, boards {to_kg(boards)} kg, loss {to_kg(made.loss_g)} kg",
            f"{len(made.lots)}ロット、基板屑 {to_kg(boards)} kg、損失 {to_kg(made.loss_g)} kg",
        ),
    )


def sell(telling: Telling) -> Told:
    """Both yards send their boards to the exporter."""
    for role in ("penang", "selangor"):
        custody.dispatch(
            telling.who(role), [telling.recall(f"{role}_boards")], telling.who("exporter"), claimed=telling.at
        )
    return Told(f"/lots/{telling.recall('penang_boards')}")


def buy(telling: Telling) -> Told:
    """The exporter weighs both lots on arrival; its scale agrees."""
    boards = [telling.recall("penang_boards"), telling.recall("selangor_boards")]
    states = custody.lots(boards)
    bags = [Bag(lot=lot, received_g=state.mass_g, accepted=True) for lot, state in states.items()]
    custody.receive(telling.who("exporter"), cast.member("exporter").facility, bags, claimed=telling.at)
    return Told("/lots/")


def blend(telling: Telling) -> Told:
    """The exporter blends the boards of both yards."""
    boards = [telling.recall("penang_boards"), telling.recall("selangor_boards")]
    lot = custody.blend(
        telling.who("exporter"), boards, label="Circuit boards, blended from two yards", claimed=telling.at
    )
    grams = custody.lot(lot).mass_g
    telling.keep(blend=lot, blended_g=grams)
    return Told(f"/lots/{lot}", Words(f"{to_kg(grams)} kg", f"{to_kg(grams)} kg"))


def pack(telling: Telling) -> Told:
    """The exporter packs the blend in bags as equal as grams allow."""
    lot = telling.recall("blend")
    count = telling.scenario.shipping.bags
    masses = apportion(custody.lot(lot).mass_g, [1] * count)
    bags = custody.pack(
        telling.who("exporter"),
        lot,
        masses,
        labels=[f"Bag {n} of {count}" for n in range(1, count + 1)],
        claimed=telling.at,
    )
    telling.keep(bags=list(bags), sent_g=sum(masses))
    return Told(f"/lots/{lot}", Words(f"{count} bags", f"{count}袋"))
