"""Who may see and do what in the journal: each act is shown to whom its kind declares, and told by whose key signs."""

from meguri.kit.people.policy import Need, Policy, Rule

POLICY = Policy(
    "journal",
    {
        "journal:log_checkpoint": Rule(read=Need.OPEN),
        "journal:log_tile": Rule(read=Need.OPEN),
        "journal:overview": Rule(read=Need.ANYONE),
        "journal:act": Rule(read=Need.ANYONE, of="act:<id>"),
        "/api/acts": Rule(read=Need.OPEN, do=Need.HOLDER),
        "/api/acts/<id>": Rule(read=Need.ANYONE, of="act:<id>"),
        "/api/acts/<id>/proof": Rule(read=Need.OPEN),
        "/api/acts/<id>/bundle": Rule(read=Need.ANYONE, of="act:<id>"),
        "/api/checkpoint": Rule(read=Need.OPEN),
        "/api/checkpoint/consistency": Rule(read=Need.OPEN),
    },
)
