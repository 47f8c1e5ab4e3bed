"""Who may see and do what at the addresses of the kit: the person's own account, long work, signs of health."""

from meguri.kit.people.policy import Need, Policy, Rule

POLICY = Policy(
    "kit",
    {
        "kit:language": Rule(do=Need.OPEN),
        "kit:act_for": Rule(do=Need.SIGNED_IN),
        "kit:job": Rule(read=Need.HOLDER),
        "kit:job_part": Rule(read=Need.HOLDER),
        "kit:job_cancel": Rule(do=Need.HOLDER),
        "kit:livez": Rule(read=Need.OPEN),
        "kit:healthz": Rule(read=Need.OPEN),
        "kit:readyz": Rule(read=Need.OPEN),
        "kit:metrics": Rule(read=Need.HOLDER),
        "kit:robots": Rule(read=Need.OPEN),
        "kit:favicon": Rule(read=Need.OPEN),
        "account_login": Rule(read=Need.OPEN, do=Need.OPEN),
        "account_logout": Rule(read=Need.OPEN, do=Need.OPEN),
        "account_inactive": Rule(read=Need.OPEN),
        "account_signup": Rule(read=Need.OPEN, do=Need.OPEN),
        "account_reauthenticate": Rule(read=Need.SIGNED_IN, do=Need.SIGNED_IN),
        "account_change_password": Rule(read=Need.SIGNED_IN, do=Need.SIGNED_IN),
        "/api/": Rule(read=Need.OPEN),
        "/api/openapi.json": Rule(read=Need.OPEN),
    },
)
