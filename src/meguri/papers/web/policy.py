"""A paper is for who brought it and for who reads what it belongs to; that is judged where it is looked up."""

from meguri.kit.people.policy import AccessRule, Need, Policy

OF = "paper:<paper>"

POLICY = Policy(
    "papers",
    {
        "papers:attach": AccessRule(read=Need.SAY, do=Need.SAY),
        "papers:content": AccessRule(read=Need.READ, of=OF),
        "papers:erase": AccessRule(do=Need.SAY, of=OF, own=True),
        "/api/papers": AccessRule(read=Need.READ, do=Need.HOLDER),
        "/api/papers/<paper>": AccessRule(read=Need.READ, of=OF),
        "/api/papers/<paper>/content": AccessRule(read=Need.READ, of=OF),
    },
)
