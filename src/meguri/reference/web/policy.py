"""Facts are everybody's."""

from meguri.kit.people.policy import Need, Policy, Rule

POLICY = Policy(
    "reference",
    {
        "reference:index": Rule(read=Need.OPEN),
        "reference:csv": Rule(read=Need.OPEN),
        "reference:table": Rule(read=Need.OPEN),
    },
)
