"""What metals are worth is everybody's."""

from meguri.kit.people.policy import Need, Policy, Rule

POLICY = Policy(
    "worth",
    {
        "worth:page": Rule(read=Need.OPEN),
        "worth:elements_csv": Rule(read=Need.OPEN),
        "worth:supply_csv": Rule(read=Need.OPEN),
    },
)
