"""Papers of a movement are shown to who sees the movement."""

from meguri.kit.people.policy import AccessRule, Need, Policy

POLICY = Policy(
    "exchange",
    {
        "exchange:movement_document": AccessRule(read=Need.ROAD, of="movement:<movement>"),
        "exchange:former_document": AccessRule(read=Need.ROAD, of="movement:<movement>"),
    },
)
