"""What the journal has for the house."""

from meguri.kit.rooms import Room
from meguri.kit.words import Words

ROOM = Room(
    "journal",
    acts=("acts", "delegating.acts"),
    kinds="tables/kinds.csv",
    books={"journal": "models.Founding", "key": "models.Key", "delegation": "models.Delegation"},
    ready={
        "sealer": "log.sealing.readiness_of_sealer",
        "checkpoints": "log.publishing.readiness_of_checkpoints",
    },
    numbers={"acts": "log.sealing.numbers_of_acts"},
    links={"/journal/": Words("The journal")},
    pages="web.urls",
    policy="web.policy",
    endpoints="web.api",
    commands="commands",
    aside=True,
)
