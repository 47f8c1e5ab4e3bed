"""That the evidence of a settlement is not merely claimed of a lot."""

from __future__ import annotations

from collections.abc import Iterable

from meguri import materials
from meguri.custody import acts as custody_acts
from meguri.custody import contents
from meguri.custody.states import LotState
from meguri.custody.vocabulary import steps
from meguri.journal.act import Act, Instants
from meguri.journal.kinds import guard
from meguri.journal.world import World
from meguri.kit.problems import N_, refuse
from meguri.movement.states import Content


@guard("custody.collect", "custody.transform", "custody.stock_take")
def evidence_is_not_claimed(
    world: World,
    act: Act,
    body: custody_acts.Collect | custody_acts.Transform | custody_acts.StockTake,
    at: Instants,
) -> None:
    """What only a settlement makes of a content is claimed of no new lot, but where its inputs have it, nor of one that
    was counted.
    """
    if isinstance(body, custody_acts.StockTake):
        for index, one in enumerate(body.found):
            _unclaimed(one.contents, frozenset(), f"/body/found/{index}/contents")
        return
    if isinstance(body, custody_acts.Collect):
        _unclaimed(body.contents, frozenset(), "/body/contents")
        return
    step = steps().get(body.step)
    known: set[Content] = set()
    if step is not None and step.same_stream:
        parts = [(world.get(f"lot:{part.lot}", LotState), part.grams) for part in body.inputs]
        states = [(state, grams) for state, grams in parts if state is not None]
        known = set(contents.blended(states))
        if len(states) == 1:
            known |= set(states[0][0].contents)
    for index, output in enumerate(body.outputs):
        _unclaimed(output.contents, frozenset(known), f"/body/outputs/{index}/contents")


def _unclaimed(given: Iterable[Content], known: frozenset[Content], pointer: str) -> None:
    for index, one in enumerate(given):
        if one.basis in materials.SETTLED and one not in known:
            raise refuse(
                N_(
                    "“{basis}” is what a settled sample makes of a content. Write assay or declared, or sample the "
                    "lot, exchange and settle."
                ),
                f"{pointer}/{index}/basis",
                "evidence",
                basis=one.basis,
            )
