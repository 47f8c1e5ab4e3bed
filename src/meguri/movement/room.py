"""What the room of movements has for the house."""

from meguri.kit.rooms import Room
from meguri.kit.words import Words

ROOM = Room(
    "movement",
    acts=("acts", "folds", "guards"),
    kinds="tables/kinds.csv",
    books={"movement": "models.Movement", "arrival": "models.Arrival"},
    waiting="web.home_page.waiting",
    links={"/movements/": Words("Movements")},
    pages="web.urls",
    lists="web.listed.LISTS",
    policy="web.policy",
    endpoints="web.api",
)
