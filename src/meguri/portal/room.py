"""What the portal has of its own."""

from meguri.kit.rooms import Room

ROOM = Room(
    "portal",
    pages="web.urls",
    policy="web.policy",
    commands="commands",
    ready={"mail": "mailing.sending.check"},
    aside=True,
)
