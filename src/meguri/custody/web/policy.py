"""Lots are shown to whoever had a part in them; their holders act. A shared link shows one lot without names."""

from meguri.kit.people.policy import Need, Policy, Rule

POLICY = Policy(
    "custody",
    {
        "custody:lots": Rule(read=Need.READ),
        "custody:take_in": Rule(read=Need.SAY, do=Need.SAY),
        "custody:blend": Rule(read=Need.SAY, do=Need.SAY),
        "custody:dispatch": Rule(read=Need.SAY, do=Need.SAY),
        "custody:receive": Rule(read=Need.SAY, do=Need.SAY),
        "custody:smelt": Rule(read=Need.SAY, do=Need.SAY),
        "custody:lot": Rule(read=Need.READ, of="lot:<id>"),
        "custody:trace": Rule(read=Need.READ, of="lot:<id>"),
        "custody:share_lot": Rule(do=Need.SAY, of="lot:<id>"),
        "custody:withdraw_share": Rule(do=Need.SAY, of="lot:<id>"),
        "custody:dismantle": Rule(read=Need.SAY, do=Need.SAY, of="lot:<id>"),
        "custody:pack": Rule(read=Need.SAY, do=Need.SAY, of="lot:<id>"),
        "custody:agree": Rule(read=Need.SAY, do=Need.SAY, of="lot:<id>"),
        "custody:correct": Rule(read=Need.SAY, do=Need.SAY, of="lot:<id>"),
        "custody:balance": Rule(read=Need.ANYONE),
        "custody:shared": Rule(read=Need.HOLDER),
        "/api/lots/<id>": Rule(read=Need.READ, of="lot:<id>"),
        "/api/lots/<id>/trace": Rule(read=Need.READ, of="lot:<id>"),
        "/api/balance": Rule(read=Need.ANYONE),
    },
)
