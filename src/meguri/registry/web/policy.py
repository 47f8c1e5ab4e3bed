"""Who is on record with which licence is everybody's."""

from meguri.kit.people.policy import AccessRule, Need, Policy

POLICY = Policy(
    "registry",
    {
        "registry:organisations": AccessRule(read=Need.ANYONE),
        "registry:organisation": AccessRule(read=Need.ANYONE),
    },
)
