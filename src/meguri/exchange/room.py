"""What the room of exchange has for the house."""

from meguri.kit.rooms import Room

ROOM = Room(
    "exchange",
    acts=("acts", "folds", "guards"),
    kinds="tables/kinds.csv",
    books={"feed": "models.Feed"},
    pages="web.urls",
    policy="web.policy",
    commands="commands",
)
