"""A buying point's people see its collectors and buy; an authority sees the numbers of its economy and their steps.

A receipt is also opened by whoever holds the paper with its code.
"""

from meguri.kit.people.policy import AccessRule, Need, Policy

POLICY = Policy(
    "buying",
    {
        "buying:overview": AccessRule(read=Need.READ),
        "buying:board": AccessRule(read=Need.READ, do=Need.SAY, own=True),
        "buying:buy": AccessRule(read=Need.SAY, do=Need.SAY),
        "buying:scanned": AccessRule(read=Need.SAY),
        "buying:receipt": AccessRule(read=Need.READ, of="purchase:<lot>"),
        "buying:slip": AccessRule(read=Need.HOLDER),
        "buying:register": AccessRule(read=Need.SAY, do=Need.SAY),
        "buying:collector": AccessRule(read=Need.READ, own=True),
        "buying:card": AccessRule(read=Need.READ, own=True),
        "buying:meet": AccessRule(do=Need.SAY),
        "buying:lose": AccessRule(do=Need.SAY),
        "buying:details": AccessRule(do=Need.SAY, own=True),
        "buying:erase": AccessRule(do=Need.SAY, own=True),
    },
)
