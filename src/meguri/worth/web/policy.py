"""What metals are worth is everybody's."""

from meguri.kit.people.policy import AccessRule, Need, Policy

POLICY = Policy(
    "worth",
    {
        "worth:page": AccessRule(read=Need.OPEN),
        "worth:elements_csv": AccessRule(read=Need.OPEN),
        "worth:supply_csv": AccessRule(read=Need.OPEN),
    },
)
