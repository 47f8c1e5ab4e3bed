"""Papers of a movement are shown to who sees the movement; what is checked by anybody is open to anybody."""

from meguri.kit.people.policy import AccessRule, Need, Policy

POLICY = Policy(
    "exchange",
    {
        "exchange:movement_document": AccessRule(read=Need.ROAD, of="movement:<movement>"),
        "exchange:former_document": AccessRule(read=Need.ROAD, of="movement:<movement>"),
        "exchange:certificates": AccessRule(read=Need.READ),
        "exchange:certificate": AccessRule(read=Need.READ, of="certificate:<id>"),
        "exchange:certificate_file": AccessRule(read=Need.READ, of="certificate:<id>"),
        "exchange:revoke": AccessRule(read=Need.SAY, do=Need.SAY, of="certificate:<id>"),
        "exchange:claims": AccessRule(read=Need.READ),
        "exchange:claim": AccessRule(read=Need.READ, of="claim:<id>"),
        "exchange:claim_file": AccessRule(read=Need.READ, of="claim:<id>"),
        "exchange:claim_account": AccessRule(read=Need.READ, of="content:<id>"),
        "exchange:verify": AccessRule(read=Need.OPEN, do=Need.OPEN),
        "exchange:issuer": AccessRule(read=Need.OPEN),
        "exchange:status_list": AccessRule(read=Need.OPEN),
    },
)
