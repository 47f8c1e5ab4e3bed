"""Facts are everybody's."""

from meguri.kit.people.policy import AccessRule, Need, Policy

POLICY = Policy(
    "reference",
    {
        "reference:index": AccessRule(read=Need.OPEN),
        "reference:csv": AccessRule(read=Need.OPEN),
        "reference:table": AccessRule(read=Need.OPEN),
    },
)
