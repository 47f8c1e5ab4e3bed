"""What the door for systems has for the house."""

from meguri.kit.rooms import Room

ROOM = Room(
    "systems",
    waiting="waiting.waiting",
    pages="web.urls",
    endpoints="web.api",
    commands="commands",
    aside=True,
)
