"""Who may see and do what in the journal: each act is shown to whom its kind declares, and told by whose key signs."""

from meguri.kit.people.policy import AccessRule, Need, Policy

POLICY = Policy(
    "journal",
    {
        "journal:log_checkpoint": AccessRule(read=Need.OPEN),
        "journal:log_tile": AccessRule(read=Need.OPEN),
        "journal:overview": AccessRule(read=Need.ANYONE, do=Need.ANYONE),
        "journal:act": AccessRule(read=Need.ANYONE, of="act:<id>"),
        "/api/acts": AccessRule(read=Need.ANYONE, do=Need.HOLDER),
        "/api/kinds": AccessRule(read=Need.OPEN),
        "/api/acts/<id>": AccessRule(read=Need.ANYONE, of="act:<id>"),
        "/api/acts/<id>/proof": AccessRule(read=Need.OPEN),
        "/api/acts/<id>/bundle": AccessRule(read=Need.ANYONE, of="act:<id>"),
        "/api/checkpoint": AccessRule(read=Need.OPEN),
        "/api/checkpoint/consistency": AccessRule(read=Need.OPEN),
    },
)
