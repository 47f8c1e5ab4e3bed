"""Papers of a movement are shown to who sees the movement."""

from meguri.kit.people.policy import Need, Policy, Rule

POLICY = Policy(
    "exchange",
    {
        "exchange:movement_document": Rule(read=Need.ROAD, of="movement:<movement>"),
        "exchange:former_document": Rule(read=Need.ROAD, of="movement:<movement>"),
    },
)
