"""What is lost has a kind, a bound for it, and nobody's loss stays small: at each event, and over a site's events."""

from __future__ import annotations

from fractions import Fraction

from meguri.custody import acts
from meguri.custody.substance import vocabulary
from meguri.custody.vocabulary import steps
from meguri.journal.act import Act, Instants
from meguri.journal.kinds import guard
from meguri.journal.world import World
from meguri.kit.grams import to_kg
from meguri.kit.problems import N_, refuse
from meguri.kit.words import listed

BY_FIGURES = {"bill": "dust", "yields": "ignition"}
"""Of which kind a loss is that was reckoned and not weighed."""


@guard("custody.transform")
def lost_as_it_can_be(world: World, act: Act, body: acts.Transform, at: Instants) -> None:
    """Each part of a loss is of a kind that the step has, and no greater than such a loss can be."""
    step = steps().get(body.step)
    if step is None or step.type != "transformation":
        return
    before = sum(part.grams for part in body.inputs)
    if body.loss_by:
        if body.losses:
            raise refuse(N_("A loss that figures reckon has no parts of its own."), "/body/losses", "losses")
        _bounded(BY_FIGURES[body.loss_by], body.step, body.loss_g, before)
        return
    told = sum(part.grams for part in body.losses)
    if told != body.loss_g:
        raise refuse(
            N_("Of the loss of {loss} kg, {told} kg is told by its kind. Tell all of it; the kinds are: {known}."),
            "/body/losses",
            "losses",
            loss=to_kg(body.loss_g),
            told=to_kg(told),
            known=listed(kind.name for kind in vocabulary.losses().values() if body.step in kind.steps),
        )
    sums: dict[str, int] = {}
    for index, part in enumerate(body.losses):
        kind = vocabulary.losses().get(part.kind)
        if kind is None or body.step not in kind.steps or part.grams <= 0:
            raise refuse(
                N_("“{kind}” of {mass} kg is no loss of this step. Its losses are: {known}."),
                f"/body/losses/{index}",
                "losses",
                kind=part.kind,
                mass=to_kg(part.grams),
                known=", ".join(one.kind for one in vocabulary.losses().values() if body.step in one.steps),
            )
        sums[part.kind] = sums.get(part.kind, 0) + part.grams
    for name, grams in sums.items():
        _bounded(name, body.step, grams, before)


def _bounded(name: str, step: str, grams: int, before: int) -> None:
    """Refuse a loss of a kind that is greater than it can be."""
    kind = vocabulary.losses()[name]
    most = int(Fraction(before) * kind.most)
    if grams > most:
        raise refuse(
            N_(
                "{kind} takes at most {share} % of what goes in ({most} kg), not {mass} kg. Say what else was lost, or "
                "record what came out as a lot: slag, dust and sludge are lots."
            ),
            "/body/loss_g",
            "loss",
            kind=kind.name,
            share=f"{float(100 * kind.most):g}",
            most=to_kg(most),
            mass=to_kg(grams),
        )
