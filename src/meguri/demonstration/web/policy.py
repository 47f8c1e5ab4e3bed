"""The demonstration is everybody's to play; in every other mode it is not there."""

from meguri.kit.people.policy import Need, Policy, Rule

POLICY = Policy(
    "demonstration",
    {
        "demonstration:story": Rule(read=Need.OPEN),
        "demonstration:role": Rule(do=Need.OPEN),
        "demonstration:as": Rule(read=Need.OPEN),
        "demonstration:step": Rule(do=Need.OPEN),
        "demonstration:play": Rule(do=Need.OPEN),
        "demonstration:restart": Rule(read=Need.OPEN, do=Need.OPEN),
    },
)
