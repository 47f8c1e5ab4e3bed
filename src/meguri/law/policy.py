"""The law is everybody's: whoever asks is answered, and may try a draft."""

from meguri.kit.people.policy import AccessRule, Need, Policy

POLICY = Policy(
    "law",
    {
        "law:ask": AccessRule(read=Need.OPEN),
        "law:library": AccessRule(read=Need.OPEN),
        "law:checked": AccessRule(read=Need.OPEN),
        "law:gaps": AccessRule(read=Need.OPEN),
        "law:gaps-csv": AccessRule(read=Need.OPEN),
        "law:timeline": AccessRule(read=Need.OPEN),
        "law:map": AccessRule(read=Need.OPEN),
        "law:laboratory": AccessRule(read=Need.OPEN, do=Need.OPEN),
        "law:clauses": AccessRule(read=Need.OPEN),
        "law:instrument": AccessRule(read=Need.OPEN),
        "law:economy": AccessRule(read=Need.OPEN),
        "/api/verdict": AccessRule(read=Need.OPEN),
        "/api/verdicts": AccessRule(do=Need.OPEN),
        "/api/law/timeline": AccessRule(read=Need.OPEN),
        "/api/law/matrix": AccessRule(read=Need.OPEN),
        "/api/law/diff": AccessRule(do=Need.OPEN),
    },
)
