"""What following has for the house."""

from meguri.kit.rooms import Room
from meguri.kit.words import Words

ROOM = Room(
    "following",
    followed="home_lines.followed",
    links={"/following/": Words("What I follow of the law")},
    pages="web.urls",
    policy="web.policy",
    endpoints="web.api",
    commands="commands",
    aside=True,
)
