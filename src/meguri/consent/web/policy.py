"""Cases are their parties' and the authorities': those who read for one see them, those who sign or prepare act."""

from meguri.kit.people.policy import AccessRule, Need, Policy

POLICY = Policy(
    "consent",
    {
        "consent:cases": AccessRule(read=Need.READ),
        "consent:new": AccessRule(read=Need.SAY, do=Need.SAY),
        "consent:case": AccessRule(read=Need.READ, of="case:<case>"),
        "consent:officer": AccessRule(do=Need.SAY, of="case:<case>"),
        "consent:step": AccessRule(do=Need.SAY, of="case:<case>"),
        "consent:retract": AccessRule(do=Need.SAY, of="case:<case>"),
        "consent:hold": AccessRule(do=Need.SAY, of="case:<case>"),
        "consent:release": AccessRule(do=Need.SAY, of="case:<case>"),
        "consent:guarantee": AccessRule(do=Need.SAY, of="case:<case>"),
        "consent:rest": AccessRule(do=Need.SAY, of="case:<case>"),
        "consent:complete": AccessRule(do=Need.SAY, of="case:<case>"),
        "/api/notification": AccessRule(read=Need.READ),
        "/api/cases/<case>": AccessRule(read=Need.READ, of="case:<case>"),
    },
)
