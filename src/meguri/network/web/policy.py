"""Built-in plans are everybody's; those of one's own are known to who started them."""

from meguri.kit.people.policy import Need, Policy, Rule

POLICY = Policy(
    "network",
    {
        "network:overview": Rule(read=Need.ANYONE),
        "network:compare": Rule(read=Need.ANYONE),
        "network:whatever": Rule(read=Need.ANYONE),
        "network:whatever_start": Rule(do=Need.ANYONE),
        "network:new": Rule(read=Need.ANYONE, do=Need.ANYONE),
        "network:plan": Rule(read=Need.ANYONE),
        "network:start": Rule(do=Need.ANYONE),
        "network:forget": Rule(do=Need.ANYONE),
        "network:front": Rule(read=Need.ANYONE),
        "network:front_start": Rule(do=Need.ANYONE),
        "network:front_csv": Rule(read=Need.ANYONE),
        "network:table": Rule(read=Need.ANYONE),
        "network:results": Rule(read=Need.ANYONE),
        "network:model": Rule(read=Need.ANYONE),
        "network:model_start": Rule(do=Need.ANYONE),
        "/api/plans": Rule(read=Need.ANYONE),
        "/api/plans/<key>": Rule(read=Need.ANYONE),
    },
)
