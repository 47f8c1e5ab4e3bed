"""The law is everybody's: whoever asks is answered, and may try a draft."""

from meguri.kit.people.policy import Need, Policy, Rule

POLICY = Policy(
    "law",
    {
        "law:ask": Rule(read=Need.OPEN),
        "law:library": Rule(read=Need.OPEN),
        "law:gaps": Rule(read=Need.OPEN),
        "law:gaps-csv": Rule(read=Need.OPEN),
        "law:timeline": Rule(read=Need.OPEN),
        "law:map": Rule(read=Need.OPEN),
        "law:laboratory": Rule(read=Need.OPEN, do=Need.OPEN),
        "law:instrument": Rule(read=Need.OPEN),
        "law:economy": Rule(read=Need.OPEN),
        "/api/verdict": Rule(read=Need.OPEN),
        "/api/law/timeline": Rule(read=Need.OPEN),
        "/api/law/matrix": Rule(read=Need.OPEN),
        "/api/law/diff": Rule(do=Need.OPEN),
    },
)
