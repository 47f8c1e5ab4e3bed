"""Cases are their parties' and the authorities': those who read for one see them, those who sign or prepare act."""

from meguri.kit.people.policy import Need, Policy, Rule

POLICY = Policy(
    "consent",
    {
        "consent:cases": Rule(read=Need.READ),
        "consent:new": Rule(read=Need.SAY, do=Need.SAY),
        "consent:case": Rule(read=Need.READ, of="case:<case>"),
        "consent:step": Rule(do=Need.SAY, of="case:<case>"),
        "consent:retract": Rule(do=Need.SAY, of="case:<case>"),
        "consent:hold": Rule(do=Need.SAY, of="case:<case>"),
        "consent:release": Rule(do=Need.SAY, of="case:<case>"),
        "consent:guarantee": Rule(do=Need.SAY, of="case:<case>"),
        "consent:rest": Rule(do=Need.SAY, of="case:<case>"),
        "consent:complete": Rule(do=Need.SAY, of="case:<case>"),
        "/api/cases/<case>": Rule(read=Need.READ, of="case:<case>"),
    },
)
