"""What came out of a story that was played: grams by stage, closure, metals, shares of origin, the journal's state."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from meguri.custody import services as custody
from meguri.custody import tracing
from meguri.journal import verification
from meguri.kit.grams import to_kg


def reckon(memory: Mapping[str, Any]) -> dict[str, Any]:
    """The keys that docs/scenario.md describes, reckoned from the record, not from what the story remembers of it."""
    report = verification.verify(against=memory["checkpoint"])
    balance = tracing.balance()
    return {
        "stages": _stages(memory),
        "closure_g": balance.closure_g,
        "recovered_g": _recovered(memory),
        "origin_shares": _shares(memory),
        "lots": {
            "penang": memory["penang_lot"],
            "selangor": memory["selangor_lot"],
            "blend": memory["blend"],
            "bags": memory["bags"],
            **{f"metal_{element}": lot for element, lot in memory["metals"].items()},
        },
        "case": memory["case"],
        "movement": memory["movement"],
        "refused_early": memory["refused_early"],
        "verdicts": memory["verdicts"],
        "journal": {
            "intact": report.intact,
            "root": report.root,
            "acts": report.acts,
            "against": memory["checkpoint"],
        },
    }


def _stages(memory: Mapping[str, Any]) -> dict[str, Any]:
    dismantled: dict[str, int] = defaultdict(int)
    dismantling = tracing.events([memory["penang_dismantling"], memory["selangor_dismantling"]])
    outputs = [part for event in dismantling.values() for part in event.outputs]
    lots = custody.lots([part.lot for part in outputs])
    for part in outputs:
        dismantled[lots[part.lot].stream] += part.grams
    smelting = tracing.events([memory["smelting"]])[memory["smelting"]]
    return {
        "collected_g": memory["penang_collected_g"] + memory["selangor_collected_g"],
        "dismantled_g": dict(sorted(dismantled.items())),
        "dismantling_loss_g": sum(event.loss_g for event in dismantling.values()),
        "boards_g": dismantled["circuit-boards"],
        "blended_g": memory["blended_g"],
        "sent_g": memory["sent_g"],
        "received_g": memory["received_g"],
        "weighing_difference_g": memory["received_g"] - memory["sent_g"],
        "accepted_g": memory["accepted_g"],
        "refused_g": memory["refused_g"],
        "recovered_g": sum(_recovered(memory).values()),
        "slag_g": memory["slag_g"],
        "smelting_loss_g": smelting.loss_g,
    }


def _recovered(memory: Mapping[str, Any]) -> dict[str, int]:
    made = {part.lot: part.grams for part in tracing.events([memory["smelting"]])[memory["smelting"]].outputs}
    return {element: made[lot] for element, lot in memory["metals"].items()}


def _shares(memory: Mapping[str, Any]) -> dict[str, float]:
    found = tracing.find(memory["gold"])
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
