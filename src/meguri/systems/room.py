"""What the door for systems has for the house."""

from meguri.kit.rooms import Room
from meguri.kit.words import Words

ROOM = Room(
    "systems",
    ready={"webhooks": "delivery.check"},
    waiting="waiting.waiting",
    links={"/systems/": Words("Systems")},
    pages="web.urls",
    policy="web.policy",
    endpoints="web.api",
    commands="commands",
    aside=True,
)
