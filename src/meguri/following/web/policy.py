"""What is followed is its person's, or their organisation's; the feed's address is read by whoever holds it."""

from meguri.kit.people.policy import AccessRule, Need, Policy

POLICY = Policy(
    "following",
    {
        "following:page": AccessRule(read=Need.READ),
        "following:add": AccessRule(do=Need.READ),
        "following:end": AccessRule(do=Need.READ),
        "following:alert": AccessRule(read=Need.READ),
        "following:address": AccessRule(do=Need.READ),
        "following:address_withdraw": AccessRule(do=Need.READ),
        "following:feed": AccessRule(read=Need.HOLDER),
        "/api/alerts": AccessRule(read=Need.READ),
    },
)
