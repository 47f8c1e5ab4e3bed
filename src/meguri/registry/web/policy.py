"""Who is on record with which licence is everybody's."""

from meguri.kit.people.policy import Need, Policy, Rule

POLICY = Policy(
    "registry",
    {
        "registry:organisations": Rule(read=Need.ANYONE),
        "registry:organisation": Rule(read=Need.ANYONE),
    },
)
