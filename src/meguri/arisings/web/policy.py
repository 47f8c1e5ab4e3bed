"""What will come is everybody's; runs of one's own are known to who started them."""

from meguri.kit.people.policy import Need, Policy, Rule

POLICY = Policy(
    "arisings",
    {
        "arisings:overview": Rule(read=Need.OPEN),
        "arisings:ranking_csv": Rule(read=Need.OPEN),
        "arisings:series_csv": Rule(read=Need.OPEN),
        "arisings:elements_csv": Rule(read=Need.OPEN),
        "arisings:whole": Rule(read=Need.OPEN),
        "arisings:economy": Rule(read=Need.OPEN),
        "arisings:uncertainty": Rule(read=Need.OPEN),
        "arisings:products": Rule(read=Need.OPEN),
        "arisings:product": Rule(read=Need.OPEN),
        "arisings:elements": Rule(read=Need.OPEN),
        "arisings:element": Rule(read=Need.OPEN),
        "arisings:scenarios": Rule(read=Need.OPEN),
        "arisings:compare": Rule(read=Need.OPEN),
        "arisings:validation": Rule(read=Need.OPEN),
        "/api/arisings": Rule(read=Need.OPEN),
        "/api/arisings/series": Rule(read=Need.OPEN),
    },
)
