"""Lots are shown to whoever had a part in them; their holders act. A shared link shows one lot without names."""

from meguri.kit.people.policy import AccessRule, Need, Policy

POLICY = Policy(
    "custody",
    {
        "custody:lots": AccessRule(read=Need.READ),
        "custody:take_in": AccessRule(read=Need.SAY, do=Need.SAY),
        "custody:blend": AccessRule(read=Need.SAY, do=Need.SAY),
        "custody:dispatch": AccessRule(read=Need.SAY, do=Need.SAY),
        "custody:receive": AccessRule(read=Need.SAY, do=Need.SAY),
        "custody:smelt": AccessRule(read=Need.SAY, do=Need.SAY),
        "custody:lot": AccessRule(read=Need.READ, of="lot:<id>"),
        "custody:trace": AccessRule(read=Need.READ, of="lot:<id>"),
        "custody:share_lot": AccessRule(do=Need.SAY, of="lot:<id>"),
        "custody:withdraw_share": AccessRule(do=Need.SAY, of="lot:<id>"),
        "custody:dismantle": AccessRule(read=Need.SAY, do=Need.SAY, of="lot:<id>"),
        "custody:pack": AccessRule(read=Need.SAY, do=Need.SAY, of="lot:<id>"),
        "custody:agree": AccessRule(read=Need.SAY, do=Need.SAY, of="lot:<id>"),
        "custody:correct": AccessRule(read=Need.SAY, do=Need.SAY, of="lot:<id>"),
        "custody:balance": AccessRule(read=Need.ANYONE),
        "custody:shared": AccessRule(read=Need.HOLDER),
        "/api/lots/<id>": AccessRule(read=Need.READ, of="lot:<id>"),
        "/api/lots/<id>/trace": AccessRule(read=Need.READ, of="lot:<id>"),
        "/api/certificates/<id>": AccessRule(read=Need.READ, of="certificate:<id>"),
        "/api/accounts/<id>": AccessRule(read=Need.READ, of="content:<id>"),
        "/api/claims/<id>": AccessRule(read=Need.READ, of="claim:<id>"),
        "/api/balance": AccessRule(read=Need.ANYONE),
    },
)
