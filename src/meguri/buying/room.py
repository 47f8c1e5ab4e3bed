"""What buying has for the house."""

from meguri.kit.rooms import Room

ROOM = Room(
    "buying",
    acts=("acts", "folds", "guards"),
    kinds="tables/kinds.csv",
    books={"collector": "models.Collector", "purchase": "models.Purchase"},
    pages="web.urls",
    policy="web.policy",
    commands="commands",
)
