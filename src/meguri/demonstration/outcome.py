"""What came out of a story that was played: grams by stage, closure, metals, shares of origin, the journal's state."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, TypeAlias

from meguri import reference
from meguri.custody import record
from meguri.custody import services as custody
from meguri.custody.balance import totals
from meguri.custody.trace import walk
from meguri.demonstration.story import title_of
from meguri.journal.log import verification
from meguri.kit.grams import to_kg
from meguri.play.stage import StoryStage
from meguri.play.story import Story
from meguri.play.verbs.law import AskStep

ANSWER = ("status", "verdict", "procedures", "assumptions")
Things: TypeAlias = Mapping[str, Mapping[str, Any]]


def reckon(told: Story, known: StoryStage) -> dict[str, Any]:
    """The keys that docs/scenario.md describes, reckoned from the record, not from what the story remembers of it."""
    made = known.things
    report = verification.verify(against=made["kept"]["checkpoint"])
    metals = _metals(made)
    return {
        "stages": _stages(made),
        "closure_g": totals.balance().closure_g,
        "recovered_g": _recovered(made),
        "origin_shares": _shares(metals["Au"]),
        "lots": {
            "penang": _only(made["penang-lot"]),
            "selangor": _only(made["selangor-lot"]),
            "blend": _only(made["blend"]),
            "bags": list(made["bags"]["lots"].values()),
            **{f"metal_{element}": lot for element, lot in metals.items()},
        },
        "case": made["case"]["case"],
        "movement": made["movement"]["movement"],
        "refused_early": made["too-early"]["refused"],
        "verdicts": [
            {"case_id": step.id, "question": title_of(step).en, **{key: made[step.id][key] for key in ANSWER}}
            for step in told.steps
            if isinstance(step, AskStep)
        ],
        "journal": {
            "intact": report.intact,
            "root": report.root,
            "acts": report.acts,
            "against": made["kept"]["checkpoint"],
        },
    }


def _only(made: Mapping[str, Any]) -> str:
    return str(next(iter(made["lots"].values())))


def _metals(made: Things) -> dict[str, str]:
    """Lots of metal by element."""
    return {name: lot for name, lot in made["metal"]["lots"].items() if name in reference.elements()}


def _stages(made: Things) -> dict[str, Any]:
    known = record.events(
        [made[name]["event"] for name in ("penang-lot", "selangor-lot", "penang-parts", "selangor-parts")]
        + [made[name]["event"] for name in ("blend", "bags", "receipt", "metal")]
    )
    event = {name: known[made[name]["event"]] for name in made if made[name].get("event") in known}
    dismantling = [event["penang-parts"], event["selangor-parts"]]
    outputs = [part for one in dismantling for part in one.outputs]
    lots = custody.lots([part.lot for part in outputs])
    dismantled: dict[str, int] = defaultdict(int)
    for part in outputs:
        dismantled[lots[part.lot].stream] += part.grams
    slag = made["metal"]["lots"].get("slag")
    out = {part.lot: part.grams for part in event["metal"].outputs}
    received = {part.lot: part.grams for part in event["receipt"].outputs}
    refused = sum(received[lot] for lot in event["receipt"].refused)
    return {
        "collected_g": event["penang-lot"].output_g + event["selangor-lot"].output_g,
        "dismantled_g": dict(sorted(dismantled.items())),
        "dismantling_loss_g": sum(one.loss_g for one in dismantling),
        "boards_g": dismantled["circuit-boards"],
        "blended_g": event["blend"].output_g,
        "sent_g": event["bags"].output_g,
        "received_g": event["receipt"].output_g,
        "weighing_difference_g": event["receipt"].output_g - event["bags"].output_g,
        "accepted_g": event["receipt"].output_g - refused,
        "refused_g": refused,
        "recovered_g": sum(_recovered(made).values()),
        "slag_g": out.get(slag, 0) if slag else 0,
        "smelting_loss_g": event["metal"].loss_g,
    }


def _recovered(made: Things) -> dict[str, int]:
    smelting = made["metal"]["event"]
    out = {part.lot: part.grams for part in record.events([smelting])[smelting].outputs}
    return {element: out[lot] for element, lot in _metals(made).items()}


def _shares(gold: str) -> dict[str, float]:
    found = walk.find(gold)
    shares: dict[str, float] = {}
    for source, share in found.trace.sources().items():
        place = found.events[found.lots[source].made_by].facility
        shares[place] = shares.get(place, 0.0) + share
    return shares


def summary(result: Mapping[str, Any]) -> str:
    """The same for a person at a terminal."""
    stages = result["stages"]
    lines = ["", "What came out"]
    for name in ("collected_g", "boards_g", "sent_g", "received_g", "accepted_g", "refused_g", "slag_g"):
        lines.append(f"  {name.removesuffix('_g'):<12}{to_kg(stages[name]):>16} kg")
    lines += [f"  {element:<12}{to_kg(grams):>16} kg" for element, grams in result["recovered_g"].items()]
    lines += [f"  from {place:<28}{100 * share:8.3f} %" for place, share in result["origin_shares"].items()]
    lines.append(f"  unaccounted {result['closure_g']} g")
    journal = result["journal"]
    state = "intact" if journal["intact"] else "NOT INTACT"
    lines.append(f"  journal     {journal['acts']} acts, {state}, root {journal['root']}")
    return "\n".join(lines)
