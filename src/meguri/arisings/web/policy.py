"""What will come is everybody's; runs of one's own are known to who started them."""

from meguri.kit.people.policy import AccessRule, Need, Policy

POLICY = Policy(
    "arisings",
    {
        "arisings:overview": AccessRule(read=Need.OPEN),
        "arisings:ranking_csv": AccessRule(read=Need.OPEN),
        "arisings:series_csv": AccessRule(read=Need.OPEN),
        "arisings:elements_csv": AccessRule(read=Need.OPEN),
        "arisings:whole": AccessRule(read=Need.OPEN),
        "arisings:economy": AccessRule(read=Need.OPEN),
        "arisings:uncertainty": AccessRule(read=Need.OPEN),
        "arisings:products": AccessRule(read=Need.OPEN),
        "arisings:product": AccessRule(read=Need.OPEN),
        "arisings:elements": AccessRule(read=Need.OPEN),
        "arisings:element": AccessRule(read=Need.OPEN),
        "arisings:scenarios": AccessRule(read=Need.OPEN),
        "arisings:compare": AccessRule(read=Need.OPEN),
        "arisings:validation": AccessRule(read=Need.OPEN),
        "/api/arisings": AccessRule(read=Need.OPEN),
        "/api/arisings/series": AccessRule(read=Need.OPEN),
    },
)
