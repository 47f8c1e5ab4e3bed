"""Built-in plans are everybody's; those of one's own are known to who started them."""

from meguri.kit.people.policy import AccessRule, Need, Policy

POLICY = Policy(
    "network",
    {
        "network:overview": AccessRule(read=Need.ANYONE),
        "network:compare": AccessRule(read=Need.ANYONE),
        "network:whatever": AccessRule(read=Need.ANYONE),
        "network:whatever_start": AccessRule(do=Need.ANYONE),
        "network:new": AccessRule(read=Need.ANYONE, do=Need.ANYONE),
        "network:plan": AccessRule(read=Need.ANYONE),
        "network:start": AccessRule(do=Need.ANYONE),
        "network:forget": AccessRule(do=Need.ANYONE),
        "network:front": AccessRule(read=Need.ANYONE),
        "network:front_start": AccessRule(do=Need.ANYONE),
        "network:front_csv": AccessRule(read=Need.ANYONE),
        "network:table": AccessRule(read=Need.ANYONE),
        "network:results": AccessRule(read=Need.ANYONE),
        "network:model": AccessRule(read=Need.ANYONE),
        "network:model_start": AccessRule(do=Need.ANYONE),
        "/api/plans": AccessRule(read=Need.ANYONE),
        "/api/plans/<key>": AccessRule(read=Need.ANYONE),
    },
)
