"""The demonstration is everybody's to play; in every other mode it is not there."""

from meguri.kit.people.policy import AccessRule, Need, Policy

POLICY = Policy(
    "demonstration",
    {
        "demonstration:story": AccessRule(read=Need.OPEN),
        "demonstration:role": AccessRule(do=Need.OPEN),
        "demonstration:as": AccessRule(read=Need.OPEN),
        "demonstration:step": AccessRule(do=Need.OPEN),
        "demonstration:play": AccessRule(do=Need.OPEN),
        "demonstration:restart": AccessRule(read=Need.OPEN, do=Need.OPEN),
    },
)
