"""What the room of papers has for the house."""

from meguri.kit.rooms import Room

ROOM = Room(
    "papers",
    acts=("acts", "folds", "guards"),
    kinds="tables/kinds.csv",
    books={"paper": "models.FiledPaper"},
    pages="web.urls",
    policy="web.policy",
    endpoints="web.api",
    commands="commands",
)
